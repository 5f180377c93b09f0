"""What a table is made of, and what has changed since one was made. Knows no rules of
how records come to count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from werkzeug.routing import Rule

from .mounts import Sight
from .records import Detour, Mount, Record, Route, View
from .tree import Rank

Path = tuple[Record, ...]
rank_of = attrgetter("rank")


@dataclass(slots=True, eq=False)
class Entry:
    """A record as an app sees it, behind the mounts that lead to the original.

    `rank` says where it stands among all. A route has its `rule`, ready to match.
    """

    rank: Rank
    path: Path
    record: Record
    rule: Rule | None = None


Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Records that came into one registry, and that went, each with its rank there."""

    gone: tuple[tuple[float, Record], ...]
    added: tuple[tuple[float, Record], ...]

    @property
    def records(self) -> list[Record]:
        return [record for _, record in (*self.gone, *self.added)]

    def is_compiled(self) -> bool:
        """Whether it makes a difference to tables."""
        return any(each.compiled for each in self.records)

    def keeps_places(self, *, mounted: bool) -> bool:
        """Whether all else shows as before, where the registry is, or is mounted.

        What a blueprint means for a whole app shows at one of its mounts only.
        """
        if mounted:
            return all(isinstance(each, (Route, View)) for each in self.records)
        return not any(isinstance(each, (Mount, Detour)) for each in self.records)


@dataclass(slots=True)
class Difference:
    """What came and went since a table was made. What did both is forgotten."""

    gone: set[Rank] = field(default_factory=set)
    added: dict[Rank, Sight] = field(default_factory=dict)

    def note(self, gone: Iterable[Rank], added: Iterable[tuple[Rank, Sight]]) -> None:
        for rank in gone:
            if self.added.pop(rank, None) is None:
                self.gone.add(rank)
        self.added.update(added)


@dataclass(slots=True)
class Step:
    """From the entries of one table to those of the next."""

    gone: list[Entry]
    added: list[Entry]

    def take(self, entries: Entries) -> Entries:
        """Return the entries after this step."""
        left = list(entries)
        for each in self.gone:
            del left[bisect_left(left, each.rank, key=rank_of)]
        for each in self.added:
            left.insert(bisect_left(left, each.rank, key=rank_of), each)
        return tuple(left)


def find(entries: Entries, rank: Rank) -> Entry:
    """Return the entry of a rank. Raises LookupError if there is none."""
    at = bisect_left(entries, rank, key=rank_of)
    if at == len(entries) or entries[at].rank != rank:
        raise LookupError(f"Nothing has rank {rank}.")
    return entries[at]
