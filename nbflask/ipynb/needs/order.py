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
            for name in mounted_by(self.pieces[number]) - {*apps}:
                first, end = self.versions.version(name, number)
                changes = self.versions.changes(name, number, end)
                wanted = ({*first} | changes) & self.kept
                free = {e for e in wanted if number not in self._all_before(e)}
                self.before.setdefault(number, set()).update(free)

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


def mounted_by(piece: Piece) -> set[str]:
    """Return the names that a piece may register as blueprints."""
    if not isinstance(piece, Code) or isinstance(piece.node, FUNCTIONS):
        return set()
    calls = (
        each
        for each in ast.walk(piece.node)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "register_blueprint"
    )
    return {name for each in calls for name in roots_of_arguments(each)}
