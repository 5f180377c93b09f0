"""By which rules a registration counts: Flask's own, unless a turn has others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, cast

from . import turns
from .owners import Owner, calling_module
from .records import Mount, Record
from .registry import LOCK, Registry


class Policy(Protocol):
    """What decides when something is registered."""

    @property
    def lenient(self) -> bool:
        """Whether nothing comes too late, be it after the first request."""

    def running(self) -> Owner:
        """Return whose code runs at this moment, be it by calling a library."""

    def owner_for(self, target: Any) -> Owner:
        """Return who registers `target` at this moment."""

    def former(self, registry: Registry) -> Collection[Record]:
        """Return what the code that runs has filed when it ran before, and has not
        filed again. It is in force still, but the code is not to meet it."""

    def add(
        self,
        registry: Registry,
        records: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        """File records, in place of those that they supersede."""

    def exchange(
        self,
        registry: Registry,
        add: Iterable[Record],
        withdraw: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        """Take records out and put others in, whatever they claim."""

    def refuses(self, old: Record) -> bool:
        """Whether a name, once given, is taken for good."""

    def shares(self, old: Record) -> bool:
        """Whether a record that is in force will do, whoever files it again."""

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        """Run what a setup function has still to do."""

    def has_run(self, setup: Record) -> None:
        """Note that a setup function has done its work."""


class Strict:
    """Flask's own rules: every name is given once, and before the first request.

    Whoever registers checks the names; what is one of a kind replaces the former.
    """

    lenient = False

    def running(self) -> Owner:
        return calling_module()

    def owner_for(self, target: Any) -> Owner:
        return calling_module()

    def former(self, registry: Registry) -> Collection[Record]:
        return ()

    def add(
        self,
        registry: Registry,
        records: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        with LOCK:
            added = tuple(records)
            rivals = [
                old
                for new in added
                # A second mount of one name is found out when an app mounts both.
                if new.unique and not isinstance(new, Mount)
                for old in registry.find(new.key)
            ]
            overridden = [each for each in rivals if each.overrides]
            if overridden:
                # Not in their place: mounts may have come since, and the last counts.
                registry.swap((), overridden)
            registry.swap(added, rivals, before)

    def exchange(
        self,
        registry: Registry,
        add: Iterable[Record],
        withdraw: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        registry.swap(add, withdraw, before)

    def refuses(self, old: Record) -> bool:
        return True

    def shares(self, old: Record) -> bool:
        return True

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        function()

    def has_run(self, setup: Record) -> None:
        pass


STRICT = Strict()


def strict() -> Policy:
    return STRICT


_default: Callable[[], Policy] = strict


def set_default(make: Callable[[], Policy] = strict) -> None:
    """Say by which rules a registration counts outside any turn."""
    global _default
    _default = make


def policy() -> Policy:
    """Return the rules by which a registration of this thread counts."""
    turn = turns.mine()
    return _default() if turn is None else cast(Policy, turn.policy)


_behalf: ContextVar[Owner | None] = ContextVar("nbflask.behalf", default=None)


@contextmanager
def on_behalf_of(owner: Owner) -> Iterator[None]:
    """Have this owner be the one who registers, whoever's code does it."""
    token = _behalf.set(owner)
    try:
        yield
    finally:
        _behalf.reset(token)


def owner_for(target: Any) -> Owner:
    """Return who registers `target` at this moment."""
    return _behalf.get() or policy().owner_for(target)
