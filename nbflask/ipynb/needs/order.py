"""In which order pieces run: as they stand, but that what one needs comes before it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ..errors import NotebookError
from ..names import FUNCTIONS, roots_of_arguments
from ..pieces import Code, Piece
from .versions import Versions

Before = Mapping[int, set[int]]


class Order:
    """Yields the pieces that are kept, each after what it needs.

    What comes `before` a piece has to; what should `rather` does where it can.
    """

    def __init__(
        self,
        versions: Versions,
        kept: set[int],
        before: Before,
        rather: Before,
        title: str,
    ) -> None:
        self.versions, self.pieces, self.kept = versions, versions.pieces, kept
        self.before = {number: found & kept for number, found in before.items()}
        self.rather = {number: found & kept for number, found in rather.items()}
        self.title = title

    def __iter__(self) -> Iterator[Piece]:
        done: set[int] = set()
        for number in sorted(self.kept):
            yield from self._with_needed(number, done, ())

    def mount_last(self, apps: Iterable[str]) -> None:
        """Have a blueprint whole before it is registered, where that can be: a cell may
        add to it later, and a module may not."""
        for number in sorted(self.kept):
            for name in self._mounted_by(number) - {*apps}:
                first, end = self.versions.version(name, number)
                changes = self.versions.changes(name, number, end)
                wanted = ({*first} | changes) & self.kept
                free = {e for e in wanted if number not in self._all_before(e)}
                self.before.setdefault(number, set()).update(free)

    def _mounted_by(self, number: int) -> set[str]:
        """Return the blueprints that a piece may register, be it by a loop or by a
        function that it calls."""
        piece = self.pieces[number]
        if not isinstance(piece, Code) or isinstance(piece.node, FUNCTIONS):
            return set()
        called = [
            each
            for name in piece.uses.now
            for each in self._defining(name)
            if isinstance(each.node, FUNCTIONS) and mounts(each)
        ]
        if not called and not mounts(piece):
            return set()
        used = piece.uses.now.union(*(each.uses.later for each in called))
        found = {
            name for name in used if any(map(makes_blueprint, self._defining(name)))
        }
        return found | mounted_by(piece)

    def _defining(self, name: str) -> list[Code]:
        places = self.versions.definitions.get(name, ())
        return [e for n in places if isinstance(e := self.pieces[n], Code)]

    def _with_needed(
        self, number: int, done: set[int], way: tuple[int, ...]
    ) -> Iterator[Piece]:
        if number in done:
            return
        if number in way:
            circle = [self.pieces[each] for each in (*way[way.index(number) :], number)]
            raise NotebookError(
                f"{self.title}: definitions go round in a circle:"
                f" {' needs '.join(name_of(each) for each in circle)}"
            )
        way = (*way, number)
        for each in sorted(self.before.get(number, ())):
            yield from self._with_needed(each, done, way)
        for each in sorted(self.rather.get(number, set()) - {*way}):
            yield from self._with_needed(each, done, way)
        done.add(number)
        yield self.pieces[number]

    def _all_before(self, number: int) -> set[int]:
        """Return what has to come before a piece, and before that in turn."""
        found: set[int] = set()
        waiting = [number]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self.before.get(each, ())
        return found


def name_of(piece: Piece) -> str:
    names = ", ".join(sorted(piece.uses.defines)) or "a piece"
    return f"{names} ({piece.cell})"


def makes_blueprint(piece: Code) -> bool:
    """Whether a piece is `api = Blueprint("api", __name__)` or its like."""
    value = getattr(piece.node, "value", None)
    called = value.func if isinstance(value, ast.Call) else None
    name = getattr(called, "attr", getattr(called, "id", ""))
    return str(name).endswith("Blueprint")


def mounts(piece: Code) -> bool:
    return any(map(is_mounting, ast.walk(piece.node)))


def is_mounting(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "register_blueprint"
    )


def mounted_by(piece: Piece) -> set[str]:
    """Return the names that a piece registers as blueprints by itself."""
    if not isinstance(piece, Code) or isinstance(piece.node, FUNCTIONS):
        return set()
    calls = (each for each in ast.walk(piece.node) if isinstance(each, ast.Call))
    return {
        name for each in calls if is_mounting(each) for name in roots_of_arguments(each)
    }
