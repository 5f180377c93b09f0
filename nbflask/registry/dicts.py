"""Windows that are dicts: of records, or of further windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

from .policies import policy
from .records import Record
from .registry import Registry
from .windows import Borrowed, Step, Window, assign_all, window_at


class WindowDict(Window, MutableMapping[Any, Any]):
    """What windows that are dicts have in common."""

    # Programs that tell dicts from lists by isinstance find a dict.
    __class__ = property(lambda self: dict)

    def names(self) -> Iterable[Any]:
        """Return the keys, as the records show them."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.names() if self._last is None else self._last))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self)[::-1])

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.shown() | self.take(other)

    def __ror__(self, other: Any) -> Any:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.take(other) | self.shown()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def popitem(self) -> tuple[Any, Any]:
        """Take the last entry out and return it."""
        name = next(reversed(self), None)
        return name, self.pop(name)

    def clear(self) -> None:
        """Take out all but what mounted blueprints bring."""
        if self._last is not None:
            self._last = {}
        else:
            self._clear()

    def _clear(self) -> None:
        raise NotImplementedError


class RecordDict(WindowDict):
    """A dict whose entries are records: subclasses say which, and make new ones."""

    def entries(self) -> dict[Any, Record]:
        """Return the records in force by the name they have in this dict."""
        raise NotImplementedError

    def make(self, name: Any, value: Any) -> Record:
        raise NotImplementedError

    def value(self, record: Record) -> Any:
        return record.target

    def names(self) -> Iterable[Any]:
        return self.entries()

    def look(self) -> dict[Any, Any]:
        return {name: self.value(each) for name, each in self.entries().items()}

    def take(self, value: Any) -> dict[Any, Any]:
        return dict(value)

    def plan(self, value: dict[Any, Any]) -> list[Step]:
        known = self.entries()
        new = {
            name: each
            for name, each in value.items()
            if name not in known or not self._stays(known[name], each)
        }
        gone = {name: each for name, each in known.items() if name not in value}
        withdraw = [own for name in gone for own in self._own(name, gone[name])]
        for name in new.keys() & known.keys():
            withdraw += self._find(known[name])
        add = [self.make(name, each) for name, each in new.items()]
        if not add and not withdraw:
            return []
        return [partial(policy().exchange, self._registry, add, withdraw)]

    def borrowed(self) -> dict[Any, Any]:
        known = self.entries().items()
        return {name: self.value(each) for name, each in known if not self._find(each)}

    def _clear(self) -> None:
        self.replace(self.borrowed())

    def _find(self, record: Record) -> tuple[Record, ...]:
        """Return the registry's own records that claim what this one claims."""
        return self._registry.find(record.key)

    def _own(self, name: Any, record: Record) -> tuple[Record, ...]:
        found = self._find(record)
        if not found:
            raise Borrowed(name)
        return found

    def _stays(self, record: Record, value: Any) -> bool:
        # What a run assigns it files, though a former run of it has filed the same.
        rules = policy()
        mine = rules.lenient and record.owner == rules.owner_for(value)
        return self.value(record) is value and not mine

    def __getitem__(self, name: Any) -> Any:
        if self._last is not None:
            return self._last[name]
        return self.value(self.entries()[name])

    def __setitem__(self, name: Any, value: Any) -> None:
        if self._last is not None:
            self._last[name] = value
        else:
            policy().add(self._registry, [self.make(name, value)])

    def update(self, *others: Any, **more: Any) -> None:
        content = dict(*others, **more)
        if self._last is not None:
            self._last.update(content)
            return
        # What a blueprint brings stays the blueprint's.
        known, nothing = self.borrowed(), object()
        new = [
            self.make(name, value)
            for name, value in content.items()
            if known.get(name, nothing) is not value
        ]
        if new:
            policy().add(self._registry, new)

    def __delitem__(self, name: Any) -> None:
        if self._last is not None:
            del self._last[name]
            return
        gone = self._own(name, self.entries()[name])
        policy().exchange(self._registry, (), gone)


class Branches(WindowDict):
    """A dict of windows, each on the records that share one name.

    A name without records answers an empty window, as Flask's defaultdicts do, but
    reading it leaves nothing behind. What is taken out is plain.
    """

    def branch(self, name: Any, registry: Registry) -> Window:
        """Return a new window on the records of one name."""
        raise NotImplementedError

    def _branch(self, name: Any) -> Any:
        make = partial(self.branch, name)
        return window_at((*self._place, name), self._registry, make)

    def look(self) -> dict[Any, Any]:
        return {name: self._branch(name).look() for name in self.names()}

    def take(self, value: Any) -> dict[Any, Any]:
        content = dict(value).items()
        return {name: self._branch(name).take(each) for name, each in content}

    def plan(self, value: dict[Any, Any]) -> list[Step]:
        content = {**dict.fromkeys(self.names(), ()), **value}
        plans = (
            self._branch(name).plan(self._branch(name).take(each))
            for name, each in content.items()
        )
        return [step for plan in plans for step in plan]

    def borrowed(self) -> dict[Any, Any]:
        return {name: self._branch(name).borrowed() for name in self.names()}

    def _clear(self) -> None:
        self.update(self.borrowed())

    def __getitem__(self, name: Any) -> Any:
        if self._last is not None:
            return self._last.setdefault(name, self._branch(name).take(()))
        return self._branch(name)

    def __setitem__(self, name: Any, value: Any) -> None:
        self.update({name: value})

    def update(self, *others: Any, **more: Any) -> None:
        content = dict(*others, **more)
        if self._last is not None:
            self._last.update(self.take(content))
            return
        assign_all((self._branch(name), value) for name, value in content.items())

    def __delitem__(self, name: Any) -> None:
        if name not in self:
            raise KeyError(name)
        if self._last is not None:
            del self._last[name]
        else:
            self._branch(name).assign(())

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def get(self, name: Any, default: Any = None) -> Any:
        # Asking for a name that is not there must not answer an empty window.
        if name not in self:
            return default
        return self[name]

    def setdefault(self, name: Any, default: Any = ()) -> Any:
        """Return the window on a name, filled with `default` if it was empty."""
        branch = self[name]
        if not branch and default:
            self[name] = default
        return self[name]

    def pop(self, name: Any, *default: Any) -> Any:
        if name not in self:
            if default:
                return default[0]
            raise KeyError(name)
        content = self._branch(name).take(self[name])
        del self[name]
        return content
