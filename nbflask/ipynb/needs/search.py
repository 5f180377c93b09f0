"""The search for what an app needs: from name to name, until nothing more is."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ..names import walk_now
from ..pieces import Code, Cut, Piece, RequestCell
from .effects import attaches, effects_of
from .habits import words
from .known import Known
from .order import Order
from .outside import exploring
from .rivals import classes_for
from .stored import Stored, closes, only_connects
from .versions import Versions

#: What `%load_ext nbflask` gives a notebook that lacks it.
ADDED = words(
    """
    Flask Blueprint request session g current_app jsonify redirect url_for abort flash
    render_template render_template_string make_response Response
    """
)


APP = "app"


#: Names that every module has.
GIVEN = frozenset(dir(builtins)) | {
    *("__name__", "__file__", "__doc__", "__builtins__", "__spec__", "__package__")
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing defines, where it is used, and what is known of it."""

    name: str
    piece: Piece
    why: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.piece.place}){self.why and f': {self.why}'}"


class Search:
    """Looks for what is needed, from name to name, until nothing more is.

    Pieces go by their number. A version of a name begins with the piece that defines
    it and ends before the next one that does.
    """

    def __init__(self, cut: Cut, known: Known, gone: set[int]) -> None:
        self.cut = cut
        self.pieces = cut.pieces
        self.known = known
        self.gone = gone
        self.kept: set[int] = set()
        #: What has to run before a piece, and what rather should, if it can.
        self.before: dict[int, set[int]] = {}
        self.rather: dict[int, set[int]] = {}
        self.added: set[str] = set()
        self.missing: dict[str, Missing] = {}
        self.apps: set[str] = set()
        self.end = len(self.pieces)
        self._asked: set[tuple[str, int]] = set()
        self._fresh: list[int] = []
        self._stars = [
            number
            for number, piece in enumerate(self.pieces)
            if isinstance(piece, Code) and is_star_import(piece.node)
        ]
        self._outside = exploring(self.pieces, known)
        self.versions = Versions(self.pieces, known, gone, self._outside)
        self.stored = Stored(self.pieces, known, gone | self._outside)

    def need_app(self, name: str, makes_app: bool) -> None:
        self.apps.add(name)
        if makes_app:
            self.added.add("Flask")
            self._keep_changes(name, -1, self.end)
        else:
            self.need(name, self.end, None)
        for number, piece in enumerate(self.pieces):
            if isinstance(piece, Code) and goes_first(piece.node):
                self.keep(number)
        self._keep_attached()
        self._keep_paths()

    def _keep_paths(self) -> None:
        """Keep what changes where the imports below it are found: sys.path."""
        for number, piece in enumerate(self.pieces):
            if number in self.gone | self._outside or not sets_up_python(
                piece, self.known
            ):
                continue
            if any(each > number and self._is_found(each) for each in self.kept):
                self.keep(number)
        self._work_off()

    def _is_found(self, number: int) -> bool:
        """Whether a piece imports a module that is not Python's own."""
        piece = self.pieces[number]
        return isinstance(piece, Code) and any(
            each not in sys.stdlib_module_names for each in modules_of(piece.node)
        )

    def _keep_attached(self) -> None:
        """Keep what is made for an app, and what is made for that in turn."""
        while True:
            self._work_off()
            found = [
                number
                for number, piece in enumerate(self.pieces)
                if number not in self.kept
                and number not in self.gone
                and attaches(piece, frozenset(self.apps), self.known)
            ]
            if not found:
                return
            for number in found:
                self.apps |= self.pieces[number].uses.defines
                self.keep(number)
                for name in self.pieces[number].uses.defines:
                    self.need(name, self.end, number)

    def need(self, name: str, at: int, by: int | None) -> None:
        """Keep what defines a name as it is known before the piece `at`."""
        if (name, at) in self._asked:
            return
        self._asked.add((name, at))
        found, end = self.version_for(name, at)
        if not found:
            self._need_elsewhere(name, by)
            return
        if self._outside.intersection(found):
            piece = self.pieces[found[0]]
            self.missing.setdefault(name, Missing(name, piece, "it is had by asking"))
            return
        for number in found:
            self.keep(number)
        first = min(found)
        is_first = first == self.versions.definitions[name][0]
        # What changes it above was run below, unless loading the magics made it.
        if is_first and not (name == APP and self.cut.adds_names):
            first = -1
        self._keep_changes(name, first, end)

    def version_for(self, name: str, at: int) -> tuple[list[int], int]:
        """Return the version that a piece finds: one above it, else the first below,
        as of cells that were not run in the order in which they stand."""
        found, end = self.versions.version(name, at)
        places = self.versions.definitions.get(name, [])
        if not found and places and name not in GIVEN | ADDED:
            return self.versions.version(name, places[0] + 1)
        return found, end

    def _keep_changes(self, name: str, first: int, end: int) -> None:
        for number in self.versions.changes(name, first, end):
            self.keep(number)

    def _need_elsewhere(self, name: str, by: int | None) -> None:
        if name in GIVEN:
            return
        if self.cut.adds_names and name in ADDED:
            self.added.add(name)
            return
        if name == APP and APP in self.apps:
            return
        setting = {
            number
            for number in self.versions.changes(name, -1, self.end)
            if name not in self.pieces[number].uses.now
        }
        for number in (*self._stars, *setting):
            self.keep(number)
        if self._stars or setting or name in self.missing:
            return
        piece = self.pieces[by] if by is not None else self.pieces[0]
        self.missing[name] = Missing(name, piece)

    def keep(self, number: int) -> None:
        if number not in self.kept:
            self.kept.add(number)
            self._fresh.append(number)

    def _work_off(self) -> None:
        """Look for what is needed by what has been kept, until that is all there."""
        while self._fresh:
            number = self._fresh.pop()
            piece = self.pieces[number]
            self._refuse_magic(piece)
            self._need_now(number, piece)
            for writer in self.stored.writers(piece):
                self._need_writer(writer, number)
            for name in sorted(piece.uses.later | piece.uses.changes_later):
                self.need(name, self.end, number)

    def _need_now(self, number: int, piece: Piece) -> None:
        """Have what a piece needs as it runs. What it registers for a class is for the
        class as it is defined last, so it comes below that."""
        anew = {each for each in classes_for(piece) if self._is_anew(each, number)}
        for name in sorted(piece.uses.now - anew):
            self.need(name, number, number)
            self._need_of_function(name, number, set())
            self._put_before(name, number)
        for name in sorted(anew):
            self.need(name, self.end, number)
            last = self.versions.definitions[name][-1]
            self.before.setdefault(number, set()).add(last)

    def _need_writer(self, writer: int, number: int) -> None:
        """Keep what writes a file that a piece names, and what is written by that."""
        versions = self.versions
        written = {
            each
            for name in self.pieces[writer].uses.defines
            for each in versions.changes(
                name, writer, versions.version(name, writer + 1)[1]
            )
        }
        if only_connects(self.pieces[writer]) and all(
            closes(self.pieces[each]) for each in written
        ):
            return
        for each in (writer, *written):
            self.keep(each)
            if each < number:
                self.before.setdefault(number, set()).add(each)

    def _is_anew(self, name: str, at: int) -> bool:
        """Whether a class is defined anew below a piece."""
        places = self.versions.definitions.get(name, [])
        return bool(places) and places[-1] > at and all(map(self._is_class, places))

    def _is_class(self, number: int) -> bool:
        piece = self.pieces[number]
        return isinstance(piece, Code) and isinstance(piece.node, ast.ClassDef)

    def _refuse_magic(self, piece: Piece) -> None:
        """Note a piece that only IPython can run, and that defines something."""
        why = ""
        if isinstance(piece, RequestCell):
            why = f"%{piece.magic} gave it, and requests are not taken along"
        elif isinstance(piece, Code) and piece.magics:
            why = f"{piece.magics[0]} gave it, which only IPython can run"
        for name in sorted(piece.uses.defines) if why else ():
            self.missing.setdefault(name, Missing(name, piece, why))

    def _need_of_function(self, name: str, at: int, seen: set[str]) -> None:
        """Have what a function uses when it may be called before the end."""
        function = next(
            (
                number
                for number in reversed(self.versions.definitions.get(name, []))
                if number < at
            ),
            None,
        )
        if function is None or name in seen:
            return
        seen.add(name)
        uses = self.pieces[function].uses
        for each in sorted(uses.later):
            # Defined later on, it was not called before.
            if any(number < at for number in self.versions.definitions.get(each, [])):
                self.need(each, at, at)
                self._put_before(each, at)
                self._need_of_function(each, at, seen)

    # In which order

    def _put_before(self, name: str, at: int) -> None:
        """Have what a piece uses run before it, wherever it stands, and what changes
        that, if it can."""
        found, _ = self.version_for(name, at)
        if not found:
            return
        first = min(found)
        self.before.setdefault(at, set()).update(found)
        rather = self.rather.setdefault(at, set())
        for number in self.versions.changes(name, first, self.end):
            beside = self.pieces[number].cell is self.pieces[first].cell
            if number < at or (first > at and beside):
                rather.add(number)
        if first > at:
            for each in self.pieces[first].uses.later:
                rather.update(self.version_for(each, at)[0])

    def in_order(self) -> Iterator[Piece]:
        title = self.cut.document.name
        order = Order(self.versions, self.kept, self.before, self.rather, title)
        order.mount_last(self.apps)
        return iter(order)


def sets_up_python(piece: Piece, known: Known) -> bool:
    """Whether a piece changes the module sys, be it by a name of its own."""
    return any(known.modules.get(name) == "sys" for name in effects_of(piece, known))


def modules_of(node: ast.stmt) -> Iterator[str]:
    """Yield the packages that a statement imports."""
    for each in walk_now(node):
        if isinstance(each, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module.partition(".")[0]


def goes_first(node: ast.stmt) -> bool:
    """Whether a statement decides what those below it mean."""
    is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return is_future or installs_alias(node)


def installs_alias(node: ast.stmt) -> bool:
    """Whether a statement is nbflask.install_as_flask(): what is imported below it
    means another package."""
    call = node.value if isinstance(node, ast.Expr) else None
    called = call.func if isinstance(call, ast.Call) else None
    name = getattr(called, "attr", getattr(called, "id", None))
    return name == "install_as_flask"


def is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
