"""Windows that are lists of functions."""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence, Sequence
from functools import partial
from itertools import takewhile
from typing import Any, SupportsIndex, overload

from .mounts import Sight, spot, whole
from .policies import owner_for, policy
from .records import Detour, Record, short_name
from .windows import Borrowed, Step, Window, carry_out


class RecordList(Window, MutableSequence[Any]):
    """A list of functions. Subclasses say which records, and make new ones.

    `first` stands before all records, and cannot be taken out.
    """

    # Programs that tell lists from dicts by isinstance find a list.
    __class__ = property(lambda self: list)

    first: tuple[Any, ...] = ()

    def records(self) -> list[Record]:
        """Return the records in force, in the list's order."""
        raise NotImplementedError

    def make(self, function: Any) -> Record:
        raise NotImplementedError

    def look(self) -> list[Any]:
        return [*self.first, *(each.target for each in self.records())]

    def take(self, value: Iterable[Any]) -> list[Any]:
        return list(value)

    def plan(self, value: list[Any]) -> list[Step]:
        return [self._arrange(value), partial(self._file_again, self.records())]

    def borrowed(self) -> list[Any]:
        known = self._registry.records
        return [each.target for each in self.records() if each not in known]

    def clear(self) -> None:
        self._show([])

    def __len__(self) -> int:
        return len(self.shown())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice[Any, Any, Any]) -> list[Any]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.shown()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        functions = self.shown()
        functions[index] = value
        self._show(functions)

    def __delitem__(self, index: Any) -> None:
        functions = self.shown()
        del functions[index]
        self._show(functions)

    def reverse(self) -> None:
        self._show(self.shown()[::-1])

    def insert(self, index: SupportsIndex, value: Any) -> None:
        functions = self.shown()
        at = slice(index, None).indices(len(functions))[0]
        self._put(at, [value])

    def extend(self, values: Iterable[Any]) -> None:
        self._put(len(self), list(values))

    def __add__(self, other: Any) -> list[Any]:
        return [*self.shown(), *other]

    def __radd__(self, other: Any) -> list[Any]:
        return [*other, *self.shown()]

    def _put(self, at: int, functions: list[Any]) -> None:
        if self._last is not None:
            self._last[at:at] = functions
            return
        records = self.records()
        at = max(at - len(self.first), 0)
        anchor = records[at] if at < len(records) else None
        new = [self.make(each) for each in functions]
        if new:
            policy().add(self._registry, new, self._standing_for(anchor))

    def _show(self, functions: list[Any]) -> None:
        if self._last is not None:
            self._last = functions
        else:
            carry_out([self._arrange(functions)])

    def _arrange(self, functions: list[Any]) -> Step:
        """Return the step to these functions. What stays in its place is not touched:
        a blueprint's records cannot be."""
        wanted = [each for each in functions if not is_any_of(each, self.first)]
        records = self.records()
        head = same_start(records, wanted)
        tail = same_start(records[head:][::-1], wanted[head:][::-1])
        old = records[head : len(records) - tail]
        known = matching(old, now := wanted[head : len(wanted) - tail])
        pairs = zip(known, now, strict=True)
        new = [record or self.make(function) for record, function in pairs]
        if new == [each for each in old if each in known]:
            old, new = [each for each in old if each not in known], []
        anchor = records[head] if head < len(records) else None
        borrowed = [each for each in old if each not in self._registry.records]
        if not borrowed:
            return partial(self._exchange, old, new, anchor)
        if len(old) != len(new) or any(each in new for each in borrowed):
            raise Borrowed(short_name(borrowed[0].target))
        return partial(self._replace, records, wanted)

    def _replace(self, records: list[Record], functions: list[Any]) -> None:
        """Have other functions in the place of a blueprint's, all of them filed here:
        so they stay in their order."""
        mine = [each for each in records if each in self._registry.records]
        pairs = zip(matching(mine, functions), functions, strict=True)
        new = [record or self.make(function) for record, function in pairs]
        theirs = [each for each in records if each not in mine]
        detours = [self._around(each) for each in theirs]
        self._exchange(mine, new, theirs[0])
        policy().add(self._registry, detours)

    def _around(self, shown: Record) -> Detour:
        """Return what hides a record of a mounted blueprint."""
        sight = self._sight_of(shown)
        if sight is None:
            raise Borrowed(short_name(shown.target))
        scope, original = spot(sight)
        return Detour(owner=owner_for(shown.target), scope=scope, target=original)

    def _exchange(
        self, old: list[Record], new: list[Record], anchor: Record | None
    ) -> None:
        rules, registry = policy(), self._registry
        fresh = [each for each in new if each not in old]
        if fresh and (rules.lenient or not old):
            # Filed first, so that what a former run filed yields to it.
            rules.add(registry, fresh, self._standing_for(anchor))
        if old:
            known = {*registry.records, *fresh}
            stay = [each for each in new if each in known]
            rules.exchange(registry, stay, [*old, *fresh])

    def _file_again(self, records: list[Record]) -> None:
        """File what a run has assigned as a whole, though a former run filed it: at
        the end it would be withdrawn."""
        rules, registry = policy(), self._registry
        if not rules.lenient:
            return
        for each in records:
            mine = each.owner == rules.owner_for(each.target)
            if mine and each in registry.records and not rules.refuses(each):
                rules.exchange(registry, [each], [each])

    def _standing_for(self, shown: Record | None) -> Record | None:
        """Return the registry's own record for one that shows: it, or its mount."""
        if shown is None or shown in self._registry.records:
            return shown
        sight = self._sight_of(shown)
        return None if sight is None else sight[0][0]

    def _sight_of(self, shown: Record) -> Sight | None:
        """Return the mounts behind a record that shows, with the original."""
        for sight in whole(self._registry.records):
            _, seen = sight
            if seen.key == shown.key and seen.target is shown.target:
                return sight
        return None


def is_any_of(function: Any, others: Iterable[Any]) -> bool:
    return any(function is each for each in others)


def same_start(records: Sequence[Record], functions: Sequence[Any]) -> int:
    """Return with how many records of these functions two lists begin alike."""
    pairs = zip(records, functions, strict=False)
    return len(list(takewhile(lambda pair: pair[0].target is pair[1], pairs)))


def matching(
    records: Iterable[Record], functions: Iterable[Any]
) -> list[Record | None]:
    """Return for each function its record, each record once, or None."""
    left = list(records)
    found: list[Record | None] = []
    for function in functions:
        known = next((each for each in left if each.target is function), None)
        if known is not None:
            left.remove(known)
        found.append(known)
    return found
