"""One run of code that may run again, such as a cell: an edition.

What the run files replaces what the last one filed. When it ends well, what it no
longer files is withdrawn; when it fails, every registry is as the run found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast
from weakref import WeakKeyDictionary

from . import turns
from .owners import Owner, calling_frame
from .policies import policy
from .records import Hook, Mount, Record, Route, View, name_of
from .registry import LOCK, Registry, living_registries
from .rivals import left_without_a_route, shadowed, yielding


@dataclass(eq=False)
class Edition:
    """What a run has filed so far, and in which registries. A policy of its own.

    `namespace` holds the globals of the code it speaks for; `label` is asked for
    the owner's label when something is filed, which most runs never do.
    """

    owner: Owner
    namespace: dict[str, Any]
    label: Callable[[], str] | None = None
    before: WeakKeyDictionary[Registry, tuple[Record, ...]] = field(
        default_factory=WeakKeyDictionary
    )
    fronts: WeakKeyDictionary[Registry, Any] = field(default_factory=WeakKeyDictionary)
    added: set[Record] = field(default_factory=set)
    withdrawn: set[Record] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    unfinished: dict[Record, Callable[[], None]] = field(default_factory=dict)
    turn: turns.Turn | None = None

    lenient = True

    # As a policy

    def owner_for(self, target: Any) -> Owner:
        """The run owns what its code registers, or what a library registers that
        its code defined; the rest belongs to that library, and outlives the run."""
        if self.label is not None:
            self.owner, self.label = replace(self.owner, label=self.label()), None
        frame = calling_frame()
        module = getattr(target, "__module__", None)
        if frame is None or frame.f_globals is self.namespace:
            return self.owner
        if module == self.namespace.get("__name__", "__main__"):
            return self.owner
        return Owner("module", str(frame.f_globals.get("__name__", "?")))

    def add(
        self,
        registry: Registry,
        records: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        """File records in place of those that they supersede."""
        new = tuple(records)
        with LOCK:
            gone = yielding(new, registry, self.added)
            unused = left_without_a_route(gone, registry, self.added)
            behind = shadowed(new, registry, self.added)
            anchor = before or (behind[0] if behind and not gone else None)
            self._swap(registry, new, [*gone, *unused], anchor)
        self._tell_of(new, [*gone, *behind])

    def exchange(
        self, registry: Registry, add: Iterable[Record], withdraw: Iterable[Record]
    ) -> None:
        """Take records out and put others in, whatever they claim."""
        with LOCK:
            self._swap(registry, tuple(add), list(withdraw))

    def refuses(self, old: Record) -> bool:
        """Whether a name is taken for good: by this very run."""
        return old in self.added

    def shares(self, old: Record) -> bool:
        """Whether a record that is in force will do: if this run has filed it."""
        return old in self.added

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        """Run what a setup function has to do, unless the run goes on to mount its
        blueprint, which runs it too."""
        self.unfinished[setup] = function

    def has_run(self, setup: Record) -> None:
        """Note that a setup function has done its work."""
        self.unfinished.pop(setup, None)

    def put_in_front(self, registry: Registry, front: Any) -> None:
        """Let a blueprint that is made again stand for the one before it."""
        with LOCK:
            self.before.setdefault(registry, registry.records)
            self.fronts[registry] = registry.front
            registry.front = front
            registry.rebind()  # its prefix may be another
            self._has_changed()

    def _swap(
        self,
        registry: Registry,
        new: tuple[Record, ...],
        gone: list[Record],
        before: Record | None = None,
    ) -> None:
        was = registry.records
        registry.swap(new, gone, before)
        self.before.setdefault(registry, was)
        self.added.update(new)
        self.withdrawn.update(gone)
        self._has_changed()

    def _has_changed(self) -> None:
        if self.turn is not None:
            self.turn.changed = True

    def _tell_of(self, new: tuple[Record, ...], rivals: list[Record]) -> None:
        """Note whose things these are now, if two that last both claim them."""
        endpoints = {each.endpoint for each in rivals if isinstance(each, View)}
        for old in rivals:
            if isinstance(old, Route) and old.endpoint in endpoints:
                continue
            both = (old.owner, new[0].owner)
            if both[0] != both[1] and all(each.live and each.lasting for each in both):
                notice = f"{describe(old)} of {old.owner} is now served by {both[1]}."
                if notice not in self.notices:
                    self.notices.append(notice)

    # At its end

    def finish(self) -> None:
        """Do what was left for the end of a run that went well."""
        for function in list(self.unfinished.values()):
            function()
        self.withdraw_leftovers()

    def leftovers(self) -> dict[Registry, list[Record]]:
        """What this owner filed when it last ran, and has not filed this time."""
        found = {}
        for registry in living_registries():
            mine = (each for each in registry.records if each.owner == self.owner)
            gone = [each for each in mine if each not in self.added]
            if gone:
                found[registry] = gone
        return found

    def withdraw_leftovers(self) -> None:
        with LOCK:
            for registry, gone in self.leftovers().items():
                self._swap(registry, (), gone)

    def roll_back(self) -> None:
        """Undo what this run did to any registry, and nothing that others did."""
        with LOCK:
            for registry, front in self.fronts.items():
                registry.front = front
                registry.rebind()
            for registry, before in self.before.items():
                now = set(registry.records)
                kept = [each for each in before if each in now | self.withdrawn]
                known = {*before, *self.added}
                others = [each for each in registry.records if each not in known]
                registry.set_records((*kept, *others))

    def changes(self) -> Iterator[tuple[str, Route]]:
        """Yield the routes that went ("-"), came ("+") and are served anew ("="),
        seen so far, and as their apps see them."""
        for registry, before in self.before.items():
            went = routes_without(before, registry.records)
            came = routes_without(registry.records, before)
            mine = (each for each in registry.records if each in self.added)
            again = [each for each in mine if isinstance(each, Route)]
            again = [each for each in again if each not in came]
            for sign, routes in (("-", went), ("+", came), ("=", again)):
                for route in routes:
                    for seen in registry.seen_in_apps(route):
                        yield sign, cast(Route, seen)


def current_edition() -> Edition | None:
    """Return this thread's open edition."""
    rules = policy()
    return rules if isinstance(rules, Edition) else None


def open_edition(
    owner: Owner, namespace: dict[str, Any], label: Callable[[], str] | None = None
) -> Edition:
    """Begin a run in this thread. One that was left open here has failed."""
    close_edition(succeeded=False)
    edition = Edition(owner, namespace, label)
    edition.turn = turns.begin(edition)
    return edition


def close_edition(*, succeeded: bool) -> Edition | None:
    """End this thread's run: withdraw what it no longer files, or undo all of it."""
    edition = current_edition()
    if edition is None:
        return None
    try:
        if succeeded:
            edition.finish()
        else:
            edition.roll_back()
    except Exception as error:
        edition.roll_back()
        edition.notices.append(f"What was registered here is undone: {error}")
    except BaseException:
        edition.roll_back()
        raise
    finally:
        assert edition.turn is not None
        turns.end(edition.turn)
    return edition


def describe(record: Record) -> str:
    describers: dict[type[Record], Callable[[Any], str]] = {
        Route: lambda each: f"{each.rule} ({each.endpoint})",
        View: lambda each: f"Endpoint {each.endpoint!r}",
        Hook: lambda each: f"{each.kind} {name_of(each.target)}",
        Mount: lambda each: f"Blueprint {each.name!r}",
    }
    return describers.get(type(record), lambda each: str(each.key))(record)


def routes_without(records: Iterable[Record], others: Iterable[Record]) -> list[Route]:
    known = {each.key for each in others if isinstance(each, Route)}
    routes = (each for each in records if isinstance(each, Route))
    return [each for each in routes if each.key not in known]
