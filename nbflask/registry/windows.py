"""Flask's mutable attributes, as live windows on a registry: what all have in common.

Reading a window shows the records in force; writing files some or withdraws them.
`lists` and `dicts` tell the two shapes; `attributes` has a class for each attribute.

A window holds nothing of its own while it is in its place. When something else is
assigned to that place, who still has the window keeps what it showed last: from
then on it is a list or a dict like any other, until it is assigned back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from copy import deepcopy
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from .policies import policy
from .records import Record
from .registry import LOCK, AppRegistry, Registry

#: One change, ready to be made.
Step = Callable[[], None]
#: Where a window is: the attribute, then the names that lead on from there.
Place = tuple[Hashable, ...]

#: The windows that somebody holds: in one place there is one.
_held: WeakKeyDictionary[Registry, WeakValueDictionary[Place, Window]] = (
    WeakKeyDictionary()
)


class Borrowed(TypeError):
    """What a blueprint brings shows in the app, and is changed in the blueprint."""

    def __init__(self, name: object) -> None:
        super().__init__(
            f"{name!r} belongs to a mounted blueprint. Change it there, or before"
            " the blueprint is mounted."
        )


class Window:
    """A list or a dict that shows records. It compares and prints as what it shows."""

    #: What it showed last, once it is detached.
    _last: Any = None

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._place: Place = (id(self),)

    def look(self) -> Any:
        """Return what the records show, as a plain list or dict."""
        raise NotImplementedError

    def take(self, value: Any) -> Any:
        """Return a plain copy of what is to be shown here."""
        raise NotImplementedError

    def plan(self, value: Any) -> list[Step]:
        """Return the steps after which this plain value shows here.

        Raises Borrowed if there are none.
        """
        raise NotImplementedError

    def shown(self) -> Any:
        return self.look() if self._last is None else self.take(self._last)

    def copy(self) -> Any:
        return self.shown()

    def replace(self, value: Any) -> None:
        """Show this value instead: all of it from one moment on, or nothing."""
        content = self.take(value)
        if self._last is None:
            carry_out(self.plan(content))
        else:
            self._last = content

    def borrowed(self) -> Any:
        """Return that part of it which mounted blueprints bring, as a plain value."""
        raise NotImplementedError

    def assign(self, value: Any) -> None:
        """Have `value` in this window's place, as `app.attribute = value` does."""
        assign_all([(self, value)])

    def detach(self, shown: Any) -> None:
        """Leave the place, and go on with what showed there."""
        self._last = shown
        _held[self._registry].pop(self._place, None)

    def attach(self, other: Window) -> None:
        """Take another window's place again, if this is where it came from."""
        if (self._registry, self._place) == (other._registry, other._place):
            self._last = None
            _held[self._registry][self._place] = self

    def __copy__(self) -> Any:
        return self.shown()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return deepcopy(self.shown(), memo)

    def __eq__(self, other: object) -> bool:
        mine = self.shown()
        theirs = other.shown() if isinstance(other, Window) else other
        return bool(mine == theirs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.shown())


class LiveAttribute:
    """A window as an attribute of apps or blueprints, which assigning to it fills."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make

    def __get__(self, owner: Any, owner_class: type[Any] | None = None) -> Any:
        if owner is None:
            return self
        return window_at((self,), owner.registry, self.make)

    def __set__(self, owner: Any, value: Any) -> None:
        self.__get__(owner).assign(value)


def window_at(
    place: Place, registry: Registry, make: Callable[[Registry], Window]
) -> Any:
    """Return the window in a place: one and the same, while anybody holds it."""
    known = _held.setdefault(registry, WeakValueDictionary())
    window = known.get(place)
    if window is None:
        window = make(registry)
        window._place = place
        window = known.setdefault(place, window)
    return window


def assign_all(pairs: Iterable[tuple[Window, Any]]) -> None:
    """Have values in the places of windows, all of them or none."""
    changes = [(window, value) for window, value in pairs if value is not window]
    plans = [window.plan(window.take(value)) for window, value in changes]
    former = [(each, each.shown()) for window, _ in changes for each in inside(window)]
    carry_out(step for plan in plans for step in plan)
    for window, shown in former:
        window.detach(shown)
    for window, value in changes:
        if isinstance(value, Window):
            value.attach(window)


def inside(window: Window) -> list[Window]:
    """Return the windows in a place and in those that lead on from there."""
    known = _held.get(window._registry) or WeakValueDictionary()
    here, depth = window._place, len(window._place)
    return [each for place, each in list(known.items()) if place[:depth] == here]


def carry_out(steps: Iterable[Step]) -> None:
    # Nobody compiles a table meanwhile, so nobody sees one step without the others.
    with LOCK:
        for step in steps:
            step()


def in_force(registry: Registry) -> tuple[Record, ...]:
    """Return the records as this registry's owner sees them: an app sees those of
    its blueprints too, a blueprint its own. Code that runs again is not shown what
    only its former run has filed."""
    records = registry.records
    if isinstance(registry, AppRegistry):
        records = registry.table.records
    former = frozenset(policy().former(registry))
    return tuple(each for each in records if each not in former) if former else records
