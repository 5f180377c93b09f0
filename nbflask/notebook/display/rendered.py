"""What a template renders to, as a card: a page in its frame, other text as text."""

from __future__ import annotations

from mimetypes import guess_type

from . import plain
from .bodies import Body, read
from .page import Card, clean, line, render
from .response import framed
from .view import DEFAULT_LIMITS, Limits, ResponseView

#: Endings that say that a name before them is a template's.
SUFFIXES = (".jinja2", ".jinja", ".j2")


def card(name: str, text: str, limits: Limits = DEFAULT_LIMITS) -> Card:
    """Return the card of a rendered template. Its text is what was rendered."""
    body = body_of(name, text, limits)
    html = render(
        "rendered.html",
        name=name,
        size=plain.size(len(text.encode("utf-8", "replace"))),
        body=body,
        frame=framed(body),
    )
    shown = clean(body.text) or "(nothing was rendered)"
    return Card("\n".join([shown, *(line(f"({note})") for note in body.notes)]), html)


def body_of(name: str, text: str, limits: Limits) -> Body:
    if not text:
        return Body()
    page = mimetype_of(name) in {"text/html", "application/xhtml+xml"}
    view = ResponseView(
        method="",
        path=name,
        status_code=200,
        reason="",
        body=text.encode("utf-8", "replace"),
        mimetype="text/html" if page else "text/plain",
    )
    return read(view, limits)


def mimetype_of(name: str) -> str | None:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return guess_type(name)[0]
