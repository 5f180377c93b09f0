"""The order of records, as numbers that stay when other records come or go.

So a record is found among ten thousand by bisection, and whoever has derived
something from the records in order can do the same with a change of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import count

from .records import Record

Records = tuple[Record, ...]


class Ranks(dict[Record, float]):
    """What says where records stand in a tuple that is in their order."""

    def renumber(self, records: Records) -> None:
        self.clear()
        self.update((each, float(n)) for n, each in enumerate(records))

    def in_order(self, records: Iterable[Record]) -> list[Record]:
        return sorted(records, key=self.__getitem__)

    def index(self, records: Records, record: Record) -> int:
        return bisect_left(records, self[record], key=self.__getitem__)

    def splice(
        self, records: Records, added: Records, gone: set[Record], before: Record | None
    ) -> tuple[Records, bool]:
        """Return `records` without those gone and with `added` in their place, and
        whether all others have kept their ranks.

        Their place is that of the first one gone, or before a record, or at the end.
        """
        if not gone and before is None:
            first = self[records[-1]] + 1 if records else 0.0
            self.update(zip(added, count(first)))
            return records + added, True
        anchors = {*gone, before} if before in self else gone
        places = sorted([self.index(records, each) for each in anchors if each])
        at = places[0] if places else len(records)
        left = list(records)
        freed = []
        for place in reversed(places):
            if left[place] in gone:
                freed.append(self.pop(left.pop(place)))
        numbers = self._numbers(left, at, len(added), freed[::-1])
        left[at:at] = added
        spliced = tuple(left)
        if numbers is None:
            self.renumber(spliced)
            return spliced, False
        self.update(zip(added, numbers, strict=True))
        return spliced, True

    def _numbers(
        self, records: list[Record], at: int, wanted: int, freed: list[float]
    ) -> Sequence[float] | None:
        """Return so many ranks for new records at a place: those of the ones that
        were there, if there were as many."""
        low = self[records[at - 1]] if at else None
        high = self[records[at]] if at < len(records) else None
        if len(freed) == wanted and (
            high is None or all(each < high for each in freed)
        ):
            return freed
        return between(low, high, wanted)


def between(
    low: float | None, high: float | None, wanted: int
) -> Sequence[float] | None:
    """Return so many numbers, in order, within two others, or None if there is no
    room for them. None is no bound."""
    if high is None:
        start = 0.0 if low is None else low + 1
        return [start + n for n in range(wanted)]
    low = high - wanted - 1 if low is None else low
    step = (high - low) / (wanted + 1)
    numbers = [low + step * (n + 1) for n in range(wanted)]
    pairs = zip([low, *numbers], [*numbers, high], strict=True)
    return numbers if all(one < other for one, other in pairs) else None
