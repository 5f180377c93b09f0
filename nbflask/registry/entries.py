"""What a table is made of, and what has changed since one was made. Knows no rules of
how records come to count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter

from werkzeug.routing import Rule

from ..values import State
from .layers import MOST
from .mounts import Sight
from .records import Detour, Mount, Record, Route, View
from .tree import Rank

Path = tuple[Record, ...]
rank_of = attrgetter("rank")


class Entry(State):
    """A record as an app sees it, behind the mounts that lead to the original.

    `rank` says where it stands among all. A route has its `rule`, ready to match.
    """

    rank: Rank
    path: Path
    record: Record
    rule: Rule | None = None


class Exchange(State):
    """Records that went from one registry, and that came, each with its rank there."""

    gone: list[tuple[float, Record]]
    added: list[tuple[float, Record]]

    @property
    def records(self) -> list[Record]:
        return [record for _, record in self.gone + self.added]

    def is_compiled(self) -> bool:
        """Whether it makes a difference to tables."""
        return any(map(attrgetter("compiled"), self.records))

    def keeps_places(self, *, mounted: bool) -> bool:
        """Whether all else shows as before, where the registry is, or is mounted.

        What a blueprint means for a whole app shows at one of its mounts only.
        """
        kinds = {*map(type, self.records)}
        return kinds <= {Route, View} if mounted else kinds.isdisjoint({Mount, Detour})


class Difference:
    """What came and went since a table was made. What did both is forgotten."""

    def __init__(self) -> None:
        self.gone: set[Rank] = set()
        self.added: dict[Rank, Sight] = {}

    def note(self, gone: Iterable[Rank], added: Iterable[tuple[Rank, Sight]]) -> None:
        for rank in gone:
            if self.added.pop(rank, None) is None:
                self.gone.add(rank)
        self.added.update(added)


class Step(State):
    """From the entries of one table to those of the next."""

    gone: list[Entry]
    added: list[Entry]

    @property
    def entries(self) -> list[Entry]:
        return self.gone + self.added


class Entries:
    """All entries of a table in their order: those of a table before, and what is
    laid over them, which is brought into the order when somebody asks for all."""

    __slots__ = ("_layers",)

    def __init__(
        self, base: tuple[Entry, ...], over: dict[Rank, Entry | None] | None = None
    ) -> None:
        # Read and replaced as one: another thread may bring them into order.
        self._layers = base, over or {}

    def find(self, rank: Rank) -> Entry:
        """Return the entry of a rank. Raises LookupError if there is none."""
        base, over = self._layers
        if rank in over:
            found = over[rank]
        else:
            at = bisect_left(base, rank, key=rank_of)
            found = base[at] if at < len(base) else None
        if found is None or found.rank != rank:
            raise LookupError(f"Nothing has rank {rank}.")
        return found

    def after(self, step: Step) -> Entries:
        """Return the entries after a step."""
        base, over = self._layers
        gone = {each.rank: None for each in step.gone}
        added = {each.rank: each for each in step.added}
        over = {**over, **gone, **added}
        entries = Entries(base, over)
        return entries if len(over) <= MOST else Entries(entries.whole())

    def whole(self) -> tuple[Entry, ...]:
        base, over = self._layers
        if over:
            left = list(base)
            for rank, entry in over.items():
                at = bisect_left(left, rank, key=rank_of)
                is_there = at < len(left) and left[at].rank == rank
                left[at : at + is_there] = [] if entry is None else [entry]
            base = tuple(left)
            self._layers = base, {}
        return base
