"""The stack of contexts as a card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .page import Card, line, render
from .plain import aligned
from .view import Pairs

_NOTHING = (
    "No context is pushed. %ctx push /path makes request, session and g work in the"
    " following cells, %ctx app only current_app and g."
)


@dataclass(frozen=True, slots=True)
class ContextView:
    """One context: its kind, what it is of, who pushed it, and what it holds."""

    kind: str
    name: str
    cell: str
    pairs: Pairs = ()


def stack(views: Sequence[ContextView]) -> Card:
    """Return the contexts, the current one first.

    Its text begins like this:
    request context  GET /search?q=flask → search (cell [3])
      args  q='flask'
    """
    text = "\n".join(line for view in views for line in _lines(view))
    html = render("contexts.html", contexts=views, empty=_NOTHING)
    return Card(text or _NOTHING, html)


def _lines(view: ContextView) -> Iterator[str]:
    yield line(f"{view.kind}  {view.name} ({view.cell})")
    if view.pairs:
        yield aligned([(f"  {name}", value) for name, value in view.pairs])
