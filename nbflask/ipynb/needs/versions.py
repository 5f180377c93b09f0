"""What defines a name and what changes it, by the places of pieces.

A version of a name begins with the piece that defines it and ends before the next one
that does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from ..pieces import Piece
from .effects import effects_of
from .known import Known


class Versions:
    """The names of pieces, which go by their number. What is `gone` has none, and what
    looks from `outside` changes nothing."""

    def __init__(
        self, pieces: Sequence[Piece], known: Known, gone: set[int], outside: set[int]
    ) -> None:
        self.pieces = pieces
        self.end = len(pieces)
        self.definitions: dict[str, list[int]] = {}
        self._changes: dict[str, list[int]] = {}
        for number, piece in enumerate(pieces):
            if number in gone:
                continue
            for name in piece.uses.defines:
                self.definitions.setdefault(name, []).append(number)
            for name in effects_of(piece, known) if number not in outside else ():
                self._changes.setdefault(name, []).append(number)

    def version(self, name: str, at: int) -> tuple[list[int], int]:
        """Return what defines a name as it is known before the piece `at`, the last
        first, and where the next version begins."""
        places = self.definitions.get(name, [])
        index = bisect_left(places, at)
        found: list[int] = []
        for number in reversed(places[:index]):
            found.append(number)
            if not self.pieces[number].uses.partly:
                break
        later = (e for e in places[index:] if not self.pieces[e].uses.partly)
        return found, next(later, self.end)

    def changes(self, name: str, first: int, end: int) -> set[int]:
        """Return what changes a name's object between two pieces."""
        return {each for each in self._changes.get(name, ()) if first < each < end}
