"""The pieces of a notebook that its app needs, in an order in which they can be run.

An app needs what registers something with it, what its views use, and what changed
that; the rest of a notebook explores. As in a notebook whose cells are run from top to
bottom, a name means what was defined last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import NotebookError
from ..pieces import Code, Cut, FileCell, Piece, RouteCell
from .apps import made_apps
from .known import Known, known_of
from .rivals import superseded
from .search import APP, Missing, Search


@dataclass(frozen=True, slots=True)
class Plan:
    """What an app needs of its notebook.

    `app` is its variable; with `makes_app` loading the magics made it, and `added` are
    names that loading them gave. `known` is what the whole notebook tells of its names.
    """

    cut: Cut
    app: str
    makes_app: bool
    pieces: tuple[Piece, ...]
    added: frozenset[str] = frozenset()
    missing: tuple[Missing, ...] = ()
    #: What of the notebook registers something and was replaced later on.
    replaced: tuple[Piece, ...] = ()
    known: Known = field(default_factory=Known)

    @property
    def routes(self) -> tuple[RouteCell, ...]:
        return tuple(each for each in self.pieces if isinstance(each, RouteCell))

    @property
    def files(self) -> tuple[FileCell, ...]:
        return tuple(each for each in self.pieces if isinstance(each, FileCell))


def plan(cut: Cut, app: str | None = None) -> Plan:
    """Return what the app of this variable needs, or the only app. Raises
    NotebookError if there is none, or more than one, or no order that works."""
    known = known_of(cut.pieces)
    name, makes_app = find_app(cut, known, app)
    gone = superseded(cut.pieces)
    search = Search(cut, known, gone)
    search.need_app(name, makes_app)
    return Plan(
        cut=cut,
        app=name,
        makes_app=makes_app,
        pieces=tuple(search.in_order()),
        added=frozenset(search.added),
        missing=tuple(search.missing.values()),
        replaced=tuple(each for n, each in enumerate(cut.pieces) if n in gone),
        known=known,
    )


# Which app


def find_app(cut: Cut, known: Known, wanted: str | None) -> tuple[str, bool]:
    """Return the variable of the app, and whether loading the magics makes it."""
    name = cut.document.name
    found: dict[str, Piece] = {}
    for piece in cut.pieces:
        node = piece.node if isinstance(piece, Code) else None
        for variable in made_apps(node, known.functions) if node else ():
            found[variable] = piece
    routed = any(isinstance(e, RouteCell) and e.target is None for e in cut.pieces)
    is_made = cut.adds_names and APP not in found and (not found or routed)
    if is_made and wanted in {None, APP}:
        return APP, True
    if wanted is not None:
        if wanted in found:
            return wanted, False
        there = f": there are {', '.join(found)}" if found else ""
        raise NotebookError(f"{name} has no app named {wanted!r}{there}")
    if not found:
        raise NotebookError(
            f"{name} has no app: write app = Flask(__name__) in a cell, or"
            " %load_ext nbflask, which makes one"
        )
    if APP in found and all(each is found[APP] for each in found.values()):
        return APP, False
    if len({id(each) for each in found.values()}) > 1:
        shown = ", ".join(f"{each} ({piece.cell})" for each, piece in found.items())
        raise NotebookError(
            f"{name} has {len(found)} apps, {shown}: say which, as in"
            f" {name}:{next(iter(found))}"
        )
    return next(iter(found)), False


# What it needs


def explored(cut: Cut, pieces: Iterable[Piece]) -> list[Piece]:
    """Return what a plan has left out."""
    there = {id(each) for each in pieces}
    return [each for each in cut.pieces if id(each) not in there]


__all__ = ["Missing", "Plan", "explored", "plan"]
