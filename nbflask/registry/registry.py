"""Where records are kept, and the one place that changes them.

A change is one exchange of a tuple under one lock for all registries, because
a change in a blueprint reaches the tables of everything it is mounted on.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator
from typing import Any
from weakref import WeakSet, ref

from werkzeug.routing import Map, Rule

from . import turns
from .binding import bind_rule
from .mounts import Mountable, expand, spot, whole
from .records import Adapter, Detour, Mount, Record, Route
from .table import Table, compile_table

LOCK = threading.RLock()

#: Every registry that lives: a run that ends looks here for what it left behind.
_registries: WeakSet[Registry] = WeakSet()


def living_registries() -> list[Registry]:
    with LOCK:
        return list(_registries)


class Registry:
    """The records of one app or blueprint, in the order in which they count.

    `front` is the app or the blueprint that people know it by.
    """

    def __init__(self, front: Any) -> None:
        self.records: tuple[Record, ...] = ()
        self.front = front
        self._parents: WeakSet[Registry] = WeakSet()
        self._marked: dict[Hashable, list[Record]] = {}
        #: Whether there may be adapters; asked with each result that is no text.
        self.adapts = False
        with LOCK:
            _registries.add(self)

    @property
    def parents(self) -> list[Registry]:
        """The registries that this one is mounted in, those of dead apps left out."""
        with LOCK:
            return [each for each in self._parents if each.front is not None]

    def find(self, mark: Hashable) -> tuple[Record, ...]:
        """Return the records that bear a mark, in the order they were filed in."""
        return tuple(self._marked.get(mark, ()))

    def swap(
        self,
        add: Iterable[Record] = (),
        withdraw: Iterable[Record] = (),
        before: Record | None = None,
    ) -> None:
        """Put records in and take records out, in one step.

        What is added stands where the first withdrawn record stood, else before
        the record `before`, else at the end. Raises what is wrong with the new
        records, and then nothing has changed.
        """
        with LOCK:
            added, gone = tuple(add), self._in_force(withdraw)
            self.admit((), added)
            self.records = splice(self.records, added, gone, before)
            self._unmark(gone)
            self._mark(added)
            if any(each.compiled for each in (*added, *gone)):
                self.stale()

    def _in_force(self, records: Iterable[Record]) -> set[Record]:
        return {each for each in records if each in self._marked.get(each.key, ())}

    def set_records(self, records: tuple[Record, ...]) -> None:
        """Replace all records at once by records that were admitted before."""
        with LOCK:
            self.records = records
            self._marked.clear()
            self._mark(records)
            self.stale()

    def _mark(self, records: Iterable[Record]) -> None:
        for record in records:
            for mark in record.marks:
                self._marked.setdefault(mark, []).append(record)
            if isinstance(record, Mount):
                record.target.add_parent(self)
            self.adapts = self.adapts or isinstance(record, Adapter)

    def _unmark(self, records: Iterable[Record]) -> None:
        for record in records:
            for mark in record.marks:
                marked = [each for each in self._marked[mark] if each is not record]
                if marked:
                    self._marked[mark] = marked
                else:
                    del self._marked[mark]

    def add_parent(self, parent: Registry) -> None:
        self._parents.add(parent)

    def admit(self, path: tuple[Mount, ...], records: Iterable[Record]) -> None:
        """Raise what is wrong with records that are mounted here along `path`, as
        every app above sees them."""
        new = tuple(records)
        for record in new:
            if isinstance(record, Mount) and reaches(record.target, self):
                raise ValueError(
                    f"Blueprint {record.name!r} cannot be mounted on itself, nor on"
                    " what is mounted on it."
                )
        for parent in self.parents:
            for mount in parent.mounts_of(self):
                parent.admit((mount, *path), new)

    def seen_in_apps(
        self, record: Record, path: tuple[Mount, ...] = ()
    ) -> list[Record]:
        """Return a record as the apps above see it, or as it is where none is."""
        above = [(each, m) for each in self.parents for m in each.mounts_of(self)]
        if above:
            return [
                seen
                for parent, mount in above
                for seen in parent.seen_in_apps(record, (mount, *path))
            ]
        detours = [each for each in self.records if isinstance(each, Detour)]
        avoided = {(each.scope, each.target) for each in detours}
        sights = expand([record], path)
        return [sight[1] for sight in sights if spot(sight) not in avoided]

    def mounts_of(self, mounted: Mountable) -> Iterator[Mount]:
        for record in self.records:
            if isinstance(record, Mount) and record.target is mounted:
                yield record

    def stale(self) -> None:
        """Have every table that shows these records compiled anew on its next use."""
        for parent in self.parents:
            parent.stale()

    def rebind(self) -> None:
        """Have every rule of those tables made anew."""
        for parent in self.parents:
            parent.rebind()


class AppRegistry(Registry):
    """The registry of an app: it has a table, compiled when it is asked for."""

    def __init__(self, front: Any, settings: Map) -> None:
        # A weak reference: an app is freed as soon as nobody uses it.
        self._app = ref(front)
        super().__init__(front)
        self.settings = settings
        self._published: Table | None = None
        self._draft: Table | None = None
        self._former: Table | None = None
        # Rules that were bound to see whether they can be, for the next table.
        self._admitted: dict[tuple[Record, ...], Rule] = {}

    @property
    def front(self) -> Any:
        """The app whose registry this is, or None when it is gone."""
        return self._app()

    @front.setter
    def front(self, app: Any) -> None:
        self._app = ref(app)

    @property
    def table(self) -> Table:
        """The app as it is now."""
        return self._published or self._refresh()

    def _refresh(self) -> Table:
        while True:
            turns.wait_for_others()
            with LOCK:
                # The next turn may have begun since: only the lock tells for sure.
                if turns.awaited() is not None:
                    continue
                if turns.is_private():
                    self._draft = self._draft or self._compile()
                    return self._draft
                self._published = self._published or self._draft or self._compile()
                self._draft = None
                return self._published

    def _compile(self) -> Table:
        bound = {} if self._former is None else self._former.bound
        self._former = compile_table(
            whole(self.records),
            self.settings,
            self._former,
            {**bound, **self._admitted},
            self._bind,
        )
        self._admitted = {}
        return self._former

    def _bind(self, route: Route) -> Rule:
        app = self.front
        options = app is None or app.config["PROVIDE_AUTOMATIC_OPTIONS"]
        return bind_rule(route, self.settings, bool(options))

    def admit(self, path: tuple[Mount, ...], records: Iterable[Record]) -> None:
        new = tuple(records)
        super().admit(path, new)
        bound = {
            sight: self._bind(seen)
            for sight, seen in expand(new, path)
            if isinstance(seen, Route) and not self._will_avoid(sight)
        }
        # Kept for the next table, which would have to bind them again.
        self._admitted.update(bound)

    def _will_avoid(self, sight: tuple[Record, ...]) -> bool:
        # What it makes of a blueprint's rule is not to be known before it does.
        app = self.front  # it may be freed at any moment, by a thread or a collection
        return len(sight) > 1 and app is not None and app.adds_rules_its_own_way()

    def _unmark(self, records: Iterable[Record]) -> None:
        super()._unmark(records)
        gone = set(records)
        if gone:
            kept = self._admitted.items()
            self._admitted = {p: rule for p, rule in kept if gone.isdisjoint(p)}

    def set_records(self, records: tuple[Record, ...]) -> None:
        with LOCK:
            self._admitted.clear()
            super().set_records(records)

    def stale(self) -> None:
        with LOCK:
            self._published = self._draft = None

    def rebind(self) -> None:
        """Make every rule anew: the converters or the map's settings changed."""
        with LOCK:
            self._former, self._admitted = None, {}
            self.stale()


def reaches(mounted: Mountable, registry: Registry) -> bool:
    """Whether a registry is mounted somewhere below another, or is the same."""
    inside = (each.target for each in mounted.records if isinstance(each, Mount))
    return mounted is registry or any(reaches(each, registry) for each in inside)


def splice(
    records: tuple[Record, ...],
    added: tuple[Record, ...],
    gone: set[Record],
    before: Record | None,
) -> tuple[Record, ...]:
    """Return `records` without those gone and with `added` in their place."""
    if not gone and before is None:
        return (*records, *added)
    anchors = [i for i, each in enumerate(records) if each in gone or each is before]
    at = anchors[0] if anchors else len(records)
    kept = [each for each in records[:at] if each not in gone]
    rest = [each for each in records[at:] if each not in gone]
    return (*kept, *added, *rest)
