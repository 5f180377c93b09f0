"""By which rules a registration counts: Flask's own, or those of a live cell.

`policy()` answers the one in force. Outside an edition it is `STRICT`: a
conflict is refused, and what comes after the first request is too late. Within
an edition what a cell files replaces what it filed before; when the cell ends
well, what it no longer files is withdrawn; when it fails, all is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from . import turns
from .owners import FRAMEWORK, Owner, calling_frame, calling_module
from .records import Hook, Mount, Record, Route, View, is_anonymous, name_of
from .registry import LOCK, REGISTRIES, Registry


class Strict:
    """Flask's own rules: every name is given once, and before the first request."""

    lenient = False

    def owner_for(self, target: Any) -> Owner:
        return calling_module()

    def add(
        self,
        registry: Registry,
        records: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        """File records. Raises EndpointConflict, and changes nothing then."""
        added = tuple(records)
        rivals = [old for new in added for old in self._rivals(registry, new)]
        registry.swap(added, rivals, before)

    def exchange(
        self, registry: Registry, add: Iterable[Record], withdraw: Iterable[Record]
    ) -> None:
        """Take records out and put others in, whatever they claim."""
        registry.swap(add, withdraw)

    def refuses(self, old: Record) -> bool:
        """Whether a name, once given, is taken for good."""
        return True

    def shares(self, old: Record) -> bool:
        """Whether a record that is in force will do, whoever files it again."""
        return True

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        """Run what a setup function has still to do."""
        function()

    def has_run(self, setup: Record) -> None:
        """Note that a setup function has done its work."""

    def _rivals(self, registry: Registry, new: Record) -> list[Record]:
        return list(registry.find(new.key)) if new.unique else []


@dataclass(eq=False)
class Edition:
    """One run of a cell: what it has filed so far, and for which registries.

    `namespace` holds the globals of the code it speaks for; `label` is asked for
    the owner's label when something is filed, which most cells never do.
    """

    owner: Owner
    namespace: dict[str, Any]
    label: Callable[[], str] | None = None
    before: WeakKeyDictionary[Registry, tuple[Record, ...]] = field(
        default_factory=WeakKeyDictionary
    )
    added: set[Record] = field(default_factory=set)
    fronts: WeakKeyDictionary[Registry, Any] = field(default_factory=WeakKeyDictionary)
    notices: list[str] = field(default_factory=list)
    unfinished: dict[Record, Callable[[], None]] = field(default_factory=dict)
    turn: turns.Turn = field(default_factory=turns.begin)

    lenient = True

    def owner_for(self, target: Any) -> Owner:
        """A cell owns what its code registers, or what a library registers that
        its code defined; the rest belongs to that library, and outlives the cell."""
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
            self._touch(registry)
            rivals = rivals_of(new, registry)
            gone = [old for old in rivals if self._yields(old, new, registry)]
            unused = self._without_a_route(gone, registry)
            shadowed = [old for old in rivals if self._is_shadowed(old, new)]
            anchor = before or (shadowed[0] if shadowed and not gone else None)
            registry.swap(new, [*gone, *unused], anchor)
            self.added.update(new)
        self._tell_of(new, [*gone, *shadowed])

    def _touch(self, registry: Registry) -> None:
        self.before.setdefault(registry, registry.records)
        self.turn.changed = True

    def exchange(
        self, registry: Registry, add: Iterable[Record], withdraw: Iterable[Record]
    ) -> None:
        new = tuple(add)
        with LOCK:
            self._touch(registry)
            registry.swap(new, withdraw)
            self.added.update(new)

    def put_in_front(self, registry: Registry, front: Any) -> None:
        """Let a blueprint that is made again stand for the one before it."""
        with LOCK:
            self._touch(registry)
            self.fronts[registry] = registry.front
            registry.front = front
            registry.rebind()  # its prefix may be another

    def refuses(self, old: Record) -> bool:
        """Whether a name is taken for good: by this very run of the cell."""
        return old in self.added

    def shares(self, old: Record) -> bool:
        """Whether a record that is in force will do: if this run has filed it."""
        return old in self.added

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        """Run what a setup function has to do, unless the cell goes on to mount its
        blueprint, which runs it too."""
        self.unfinished[setup] = function

    def has_run(self, setup: Record) -> None:
        """Note that a setup function has done its work."""
        self.unfinished.pop(setup, None)

    def finish(self) -> None:
        """Do what was left for the end of a cell that went well."""
        for function in list(self.unfinished.values()):
            function()
        self.withdraw_leftovers()

    def _yields(self, old: Record, new: tuple[Record, ...], registry: Registry) -> bool:
        if old in self.added:
            return old.unique and any(each.key == old.key for each in new)
        return any(self._supersedes(each, old, registry) for each in new) or (
            isinstance(old, Route) and self._loses_its_endpoint(old, new, registry)
        )

    def _supersedes(self, new: Record, old: Record, registry: Registry) -> bool:
        if new.key == old.key:
            return self._replaces(new, old) if new.unique else self._is_again(new, old)
        if isinstance(old, Route) and isinstance(new, Route) and collide(old, new):
            return old.asked_methods <= new.asked_methods
        return False

    def _replaces(self, new: Record, old: Record) -> bool:
        # Of two nameless cells it may be one that ran twice, so nothing is shared.
        return not (share_a_view(old, new) and old.owner.lasting)

    def _loses_its_endpoint(
        self, old: Route, new: tuple[Record, ...], registry: Registry
    ) -> bool:
        """Whether another view, with a route of its own, takes the endpoint over.

        A view without a route is put in the place of the former: a wrapper.
        """
        taken = {each.endpoint for each in new if isinstance(each, View)}
        if old.endpoint not in taken or not any(isinstance(r, Route) for r in new):
            return False
        owners = {each.owner for each in registry.find(("view", old.endpoint))}
        # Who served it before, served it with others: their routes are their own.
        losers = {new[0].owner} if new[0].owner in owners else owners
        return old.owner in losers

    def _without_a_route(self, gone: list[Record], registry: Registry) -> list[Record]:
        """Return the views of routes that go, where no other route leads to them."""
        routes = [each for each in gone if isinstance(each, Route)]
        return [
            view
            for route in routes
            for view in registry.find(("view", route.endpoint))
            if view.owner == route.owner
            and view not in self.added
            and view not in gone
            and set(registry.find(("endpoint", route.endpoint))) <= {view, *routes}
        ]

    def _is_again(self, new: Record, old: Record) -> bool:
        """Whether a list's entry is the same one, registered anew."""
        if new.owner == old.owner:
            return True
        if new.owner.kind != "cell" or old.owner.kind != "cell":
            return False
        lasting = new.owner.lasting and old.owner.lasting
        named = not isinstance(new, Hook) or not is_anonymous(name_of(new.target))
        return named or not lasting

    def _is_shadowed(self, old: Record, new: tuple[Record, ...]) -> bool:
        return (
            isinstance(old, Route)
            and old not in self.added
            and any(isinstance(each, Route) and collide(old, each) for each in new)
        )

    def _tell_of(self, new: tuple[Record, ...], rivals: list[Record]) -> None:
        endpoints = {each.endpoint for each in rivals if isinstance(each, View)}
        for old in rivals:
            if isinstance(old, Route) and old.endpoint in endpoints:
                continue
            if old.owner == new[0].owner or not old.owner.lasting:
                continue
            if old.owner.kind == "cell" and new[0].owner.lasting:
                notice = f"{describe(old)} of {old.owner} is now served by this cell."
                if notice not in self.notices:
                    self.notices.append(notice)

    def leftovers(self) -> dict[Registry, list[Record]]:
        """What this cell filed when it last ran, and has not filed this time."""
        found = {}
        for registry in list(REGISTRIES):
            mine = (each for each in registry.records if each.owner == self.owner)
            gone = [each for each in mine if each not in self.added]
            if gone:
                found[registry] = gone
        return found

    def withdraw_leftovers(self) -> None:
        with LOCK:
            for registry, gone in self.leftovers().items():
                self._touch(registry)
                registry.swap(withdraw=gone)

    def roll_back(self) -> None:
        """Leave every registry as this cell found it."""
        with LOCK:
            for registry, front in self.fronts.items():
                registry.front = front
                registry.rebind()
            for registry, before in self.before.items():
                others = [
                    each
                    for each in registry.records
                    if each not in before and each not in self.added
                ]
                registry.set_records((*before, *others))

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
                    for seen in registry.seen(route):
                        yield sign, cast(Route, seen)


STRICT = Strict()
_open: Edition | None = None

#: The registry that a blueprint made in a cell had when that cell ran before.
_fronts: WeakValueDictionary[tuple[str, str, str], Registry] = WeakValueDictionary()


def policy() -> Strict | Edition:
    """Return the rules by which a registration of this thread counts."""
    return _open if _open is not None and turns.is_mine() else STRICT


def open_edition(
    owner: Owner, namespace: dict[str, Any], label: Callable[[], str] | None = None
) -> Edition:
    """Begin a cell's run. An edition that was left open has failed."""
    global _open
    if _open is not None:
        close_edition(succeeded=False)
    _open = Edition(owner, namespace, label)
    return _open


def close_edition(*, succeeded: bool) -> Edition | None:
    """End the cell's run: withdraw what it no longer files, or undo all of it."""
    global _open
    edition = _open
    if edition is None:
        return None
    try:
        if succeeded:
            edition.finish()
        else:
            edition.roll_back()
    except Exception as error:
        edition.roll_back()
        edition.notices.append(f"Nothing of this cell is in force: {error}")
    finally:
        _open = None
        turns.end()
    return edition


def registry_for_blueprint(name: str, import_name: str, front: Any) -> Registry:
    """Return the registry of a new blueprint.

    A blueprint that a cell makes again carries on with the registry it had, so
    that mounts and members from other cells stay with it. What a function makes is
    always new: a factory means another blueprint each time.
    """
    edition, frame = policy(), calling_frame()
    if (
        not isinstance(edition, Edition)
        or edition.owner_for(front) != edition.owner
        or frame is None
        or frame.f_code.co_name != "<module>"
    ):
        return Registry(front)
    place = edition.owner.name if edition.owner.lasting else ""
    known = _fronts.get((place, import_name, name))
    if known is not None and known in edition.fronts:
        return Registry(front)
    if known is None:
        known = _fronts[place, import_name, name] = Registry(front)
    edition.put_in_front(known, front)
    return known


def rivals_of(new: Iterable[Record], registry: Registry) -> list[Record]:
    """Return the records in force that share a mark with new ones."""
    marks = [mark for record in new for mark in record.marks]
    found = {each: None for mark in marks for each in registry.find(mark)}
    return list(found)


def share_a_view(old: Record, new: Record) -> bool:
    """Whether two owners serve one function by one endpoint."""
    return (
        isinstance(old, View)
        and isinstance(new, View)
        and old.target == new.target
        and old.owner != new.owner
    )


def collide(old: Route, new: Route) -> bool:
    """Whether two routes of different endpoints answer the same URLs."""
    return (
        old.endpoint != new.endpoint
        and old.pattern == new.pattern
        and old.scope == new.scope
        and old.owner != FRAMEWORK
        and bool(old.asked_methods & new.asked_methods)
    )


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
