"""Where records are kept, and the one place that changes them.

A change is one exchange of a tuple under one lock for all registries, because
a change in a blueprint reaches the tables of everything it is mounted on.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from weakref import WeakSet, ref

from werkzeug.routing import Map, Rule

from . import turns
from .binding import bind_rule
from .entries import Difference, Entries, Entry, Exchange, Path, Step
from .mounts import Mountable, expand, is_seen, spot, whole
from .owners import Owner
from .ranks import Ranks
from .records import Adapter, Detour, Mount, Record, Route
from .rule_map import RuleMap
from .table import Table
from .tree import Rank

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
        self._ranks = Ranks()
        self._marked: dict[Hashable, list[Record]] = {}
        self._owned: dict[Owner, dict[Record, None]] = {}
        #: What has yielded to another owner's: see `waiting`.
        self.waiting: tuple[Record, ...] = ()
        self._mounts: tuple[Mount, ...] = ()
        self._detours: tuple[Detour, ...] = ()
        #: Whether there may be adapters; asked with each result that is no text.
        self.adapts = False
        with LOCK:
            _registries.add(self)

    @property
    def parents(self) -> list[Registry]:
        """The registries that this one is mounted in, those of dead apps left out."""
        if not self._parents:
            return []
        with LOCK:
            return [each for each in self._parents if each.front is not None]

    def find(self, mark: Hashable) -> tuple[Record, ...]:
        """Return the records that bear a mark, in the order they were filed in."""
        return tuple(self._marked.get(mark, ()))

    def owned_by(self, owner: Owner) -> list[Record]:
        """Return the records of one owner, in the order in which they count."""
        with LOCK:
            return self._ranks.in_order(self._owned.get(owner, ()))

    def rank(self, record: Record) -> float:
        """Return a number that says where a record stands among the others."""
        return self._ranks[record]

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
            added, gone, ranks = tuple(add), self._in_force(withdraw), self._ranks
            self.admit((), added)
            went = [(ranks[each], each) for each in gone]
            self.records, in_place = ranks.splice(self.records, added, gone, before)
            self._unmark(gone)
            self._mark(added)
            if in_place:
                came = [(ranks[each], each) for each in added]
                self.follow(Exchange(went, came))
            else:
                self.stale()

    def _in_force(self, records: Iterable[Record]) -> set[Record]:
        return {each for each in records if each in self._marked.get(each.key, ())}

    def set_records(self, records: tuple[Record, ...]) -> None:
        """Replace all records at once by records that were admitted before."""
        with LOCK:
            self.records = records
            self._ranks.renumber(records)
            self._marked.clear()
            self._owned.clear()
            self._mark(records)
            self._find_mounts()
            self.stale()

    def _mark(self, records: Iterable[Record]) -> None:
        for record in records:
            for mark in record.marks:
                self._marked.setdefault(mark, []).append(record)
            self._owned.setdefault(record.owner, {})[record] = None
            if isinstance(record, Mount):
                record.target.add_parent(self)
            if isinstance(record, (Mount, Detour)):
                self._find_mounts()
            self.adapts = self.adapts or isinstance(record, Adapter)

    def _unmark(self, records: Iterable[Record]) -> None:
        for record in records:
            for mark in record.marks:
                marked = [each for each in self._marked[mark] if each is not record]
                if marked:
                    self._marked[mark] = marked
                else:
                    del self._marked[mark]
            del self._owned[record.owner][record]
            if not self._owned[record.owner]:
                del self._owned[record.owner]
            if isinstance(record, (Mount, Detour)):
                self._find_mounts()

    def _find_mounts(self) -> None:
        mounts = (each for each in self.records if isinstance(each, Mount))
        detours = (each for each in self.records if isinstance(each, Detour))
        self._mounts, self._detours = tuple(mounts), tuple(detours)

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
        avoided = {(each.scope, each.target) for each in self._detours}
        sights = expand([record], path)
        return [sight[1] for sight in sights if spot(sight) not in avoided]

    def mounts_of(self, mounted: Mountable) -> Iterator[Mount]:
        return (each for each in self._mounts if each.target is mounted)

    def follow(self, exchange: Exchange, path: tuple[Mount, ...] = ()) -> None:
        """Have every table that shows these records, mounted along `path`, follow an
        exchange of them on its next use."""
        for parent in self.parents:
            for mount in parent.mounts_of(self):
                parent.follow(exchange, (mount, *path))

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
        # That of the former table, which does not keep it itself.
        self._url_map: RuleMap | None = None
        # What is different since, or None if that is not known.
        self._since: Difference | None = None
        # Rules that were bound to see whether they can be, for the next table.
        self._admitted: dict[Path, Rule] = {}

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
        try:
            table = self._followed() or self._made_anew()
        except LookupError:
            # Somebody has changed a rule in place, so it was not found again.
            table = self._made_anew()
        self._former, self._url_map = table, table.url_map
        self._since, self._admitted = Difference(), {}
        return table

    def _followed(self) -> Table | None:
        """Return a table made of the former one, if it is known what differs."""
        before, since = self._former, self._since
        if before is None or since is None:
            return None
        step = self._step(before.entries, since)
        return Table(before.entries.after(step), self.settings, before, step)

    def _made_anew(self) -> Table:
        return Table(self._all_entries(), self.settings, self._former, None)

    def _all_entries(self) -> Entries:
        known = {} if self._former is None else self._former.bound
        entries = [
            Entry(self._rank_of(path), path, seen, self._rule(path, seen, known))
            for path, seen in whole(self.records)
        ]
        return Entries(tuple(entries))

    def _step(self, entries: Entries, since: Difference) -> Step:
        added = [
            Entry(rank, path, seen, self._rule(path, seen, {}))
            for rank, (path, seen) in since.added.items()
        ]
        return Step([entries.find(rank) for rank in since.gone], added)

    def _rule(
        self, path: Path, seen: Record, known: Mapping[Path, Rule]
    ) -> Rule | None:
        """Return a route's rule, which may have been bound already."""
        if not isinstance(seen, Route):
            return None
        return known.get(path) or self._admitted.get(path) or self._bind(seen)

    def _rank_of(self, path: Path) -> Rank:
        """Return where a record shows among all: a blueprint's behind its mount, and
        behind all else what is mounted on it."""
        rank: list[Any] = [self.rank(path[0])]
        for mount, record in pairwise(path):
            rank += isinstance(record, Mount), mount.target.rank(record)
        return tuple(rank)

    def follow(self, exchange: Exchange, path: tuple[Mount, ...] = ()) -> None:
        since, mounted = self._since, bool(path)
        if since is None and self._published is self._draft is None:
            return  # there is no table that could follow
        if exchange.is_compiled():
            self._published = self._draft = None
        if self._detours or not exchange.keeps_places(mounted=mounted):
            self._since = since = None
        if since is None or self._former is None:
            return
        above = (*self._rank_of(path), False) if mounted else ()
        gone, added = (
            [((*above, rank), each) for rank, each in records]
            for records in (exchange.gone, exchange.added)
        )
        since.note(
            [rank for rank, each in gone if is_seen(each) or not mounted],
            [(rank, sight) for rank, each in added for sight in expand([each], path)],
        )

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
        for record in records:
            self._admitted.pop((record,), None)

    def set_records(self, records: tuple[Record, ...]) -> None:
        with LOCK:
            self._admitted.clear()
            super().set_records(records)

    def stale(self) -> None:
        with LOCK:
            self._published = self._draft = self._since = None

    def rebind(self) -> None:
        """Make every rule anew: the converters or the map's settings changed."""
        with LOCK:
            self._former, self._url_map, self._admitted = None, None, {}
            self.stale()


def reaches(mounted: Mountable, registry: Registry) -> bool:
    """Whether a registry is mounted somewhere below another, or is the same."""
    inside = (each.target for each in mounted.records if isinstance(each, Mount))
    return mounted is registry or any(reaches(each, registry) for each in inside)
