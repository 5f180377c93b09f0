"""Routes as cards: the table of them, what a cell changed, the app's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .page import Card, line, render
from .plain import aligned
from .tree import Table

_NO_ROUTES = "No routes yet. Define the first with %%route / in a cell."
_MARKS = {"+": ("+", "came"), "-": ("−", "went"), "=": ("↻", "again")}
_NOTHING_CHANGED = "Nothing changed."
_ON_ITS_HOST = " (on the host that this notebook is on)"


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route, as %flask routes shows it; owner names its cell."""

    rule: str
    methods: tuple[str, ...]
    endpoint: str
    view: str
    blueprint: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One route that came ("+"), went ("-"), or is served anew ("=")."""

    sign: str
    methods: tuple[str, ...] | str
    rule: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class _ChangeLine:
    tone: str
    mark: str
    methods: str
    rule: str
    target: str


def table(rows: Sequence[RouteRow]) -> Card:
    """Return the routes as aligned columns, the blueprints' only if there are any."""
    columns = ["rule", "methods", "endpoint", "view", "blueprint", "owner"]
    cells = [
        [r.rule, ",".join(r.methods), r.endpoint, r.view, r.blueprint or "", r.owner]
        for r in rows
    ]
    if not any(row.blueprint for row in rows):
        columns.remove("blueprint")
        cells = [[*row[:4], row[5]] for row in cells]
    shown = Table(
        tuple(columns), tuple(map(tuple, cells)), tuple(False for _ in columns)
    )
    html = render("routes.html", table=shown, empty=_NO_ROUTES)
    return Card(aligned([columns, *cells]) if rows else _NO_ROUTES, html)


def changes(lines: Sequence[Change]) -> Card:
    """Return lines like "+ GET /users/<int:user_id> → users_user_id"."""
    shown = [_change_line(change) for change in lines]
    text = "\n".join(
        line(f"{c.mark} {c.methods} {c.rule}" + (f" → {c.target}" if c.target else ""))
        for c in shown
    )
    return Card(text or _NOTHING_CHANGED, render("changes.html", changes=shown))


def status(pairs: Sequence[tuple[str, object]]) -> Card:
    """Return labels and values as a small card: what %flask alone shows."""
    shown = [(label, str(value)) for label, value in pairs]
    return Card(aligned(shown), render("status.html", pairs=shown))


def link(
    url: str, *, running: bool, local: str = "", notes: Sequence[str] = ()
) -> Card:
    """Return where an app is served, as a link; `local` is where this machine finds
    it, if that is elsewhere. A url without a host is one on the notebook's own."""
    verb = "Serving on" if running else "No longer serving on"
    place = _ON_ITS_HOST if url.startswith("/") else ""
    shown = [f"On the kernel's machine: {local}"] if local else []
    shown += notes
    html = render("link.html", verb=verb, url=url, place=place, notes=shown)
    return Card("\n".join([f"{verb} {url}{place}", *shown]), html)


def _change_line(change: Change) -> _ChangeLine:
    methods = change.methods
    mark, tone = _MARKS.get(change.sign, _MARKS["-"])
    return _ChangeLine(
        tone,
        mark,
        methods if isinstance(methods, str) else ",".join(methods),
        change.rule,
        "" if tone == "went" else change.endpoint,
    )
