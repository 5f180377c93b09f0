"""A response as a card: text/plain and text/html of the same content.

The bytes are read in bodies, the text is made in plain, the look is in
card.html and style.css. There is no script; a page is shown in a frame that
may do nothing.
"""

from __future__ import annotations

from . import plain
from .bodies import Body, bound, read
from .bounds import bounded, bounded_failure
from .page import Card, render
from .view import DEFAULT_LIMITS, Failure, Frame, Hop, Limits, ResponseView, cut_short

__all__ = ["Failure", "Frame", "Hop", "Limits", "ResponseView", "card"]


def card(view: ResponseView, limits: Limits = DEFAULT_LIMITS) -> Card:
    """Return a response's card.

    Its text begins like this:
    200 OK  GET /users/1  application/json · 27 B · 0.4 ms → users_user_id (cell [3])
    """
    body = read(view, limits)
    view, left_out = bounded(view, limits)
    # A hint may have said what the standard page says.
    said = {" ".join(hint.split()) for hint in view.hints}
    told = (note for note in body.notes if note not in said)
    notes = (*told, *cut_short(view.truncated), *left_out)
    folded = _folded(view, body)
    request_text, _ = bound(view.request_body.decode("utf-8", "replace"), limits)
    html = render(
        "card.html",
        view=view,
        body=body,
        notes=notes,
        tone=f"{view.status_code // 100}xx",
        colour=plain.colour_of(view.status_code),
        status=plain.status(view),
        meta=plain.meta(view),
        size=plain.size(len(view.body)),
        served_by=plain.served_by(view),
        location=plain.location(view),
        is_folded=bool(folded),
        fold_title=folded,
        frame=framed(body),
        request_text=request_text,
    )
    return Card(plain.text(view, body, notes, folded), html)


def failure_text(
    failure: Failure, limits: Limits = DEFAULT_LIMITS, *, opens: bool = True
) -> str:
    """Return an exception as text, with all that a card would show of it; `opens`
    says whether it is what %debug opens."""
    return "\n".join(plain.failure(bounded_failure(failure, limits), opens=opens))


def _folded(view: ResponseView, body: Body) -> str:
    """Return what stands for a body that would only repeat the card."""
    if body.is_standard:
        return f"The standard page for {view.status_code}"
    if view.failure is not None and body.source:
        return "The page that the visitor sees"
    return ""


def framed(body: Body) -> str:
    """Return a page's source as its frame is given it, or nothing."""
    return render("frame.html") + body.page.source if body.page else ""
