"""Where records are kept, and the one place that changes them.

A change is one exchange of a tuple under one lock for all registries, because
a change in a blueprint reaches the tables of everything it is mounted on.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator
from functools import partial
from typing import Any
from weakref import WeakSet, ref

from werkzeug.routing import Map, Rule

from . import turns
from .mounts import Mountable, expand, place_of, see
from .records import Mount, Record, Route, Setup
from .table import Table, bind_rule, compile_table

LOCK = threading.RLock()

#: Every registry that lives: a cell that ends looks here for what it left behind.
REGISTRIES: WeakSet[Registry] = WeakSet()


class Registry:
    """The records of one app or blueprint, in the order in which they count."""

    def __init__(self, front: Any) -> None:
        self.records: tuple[Record, ...] = ()
        self.front = front
        self.parents: WeakSet[Registry] = WeakSet()
        self._marked: dict[Hashable, list[Record]] = {}
        REGISTRIES.add(self)

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
            added, gone = tuple(add), set(withdraw)
            self.admit(added)
            self.records = splice(self.records, added, gone, before)
            self._unmark(gone)
            self._mark(added)
            self.stale()

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
                record.target.parents.add(self)

    def _unmark(self, records: Iterable[Record]) -> None:
        for record in records:
            for mark in record.marks:
                marked = [each for each in self._marked[mark] if each is not record]
                if marked:
                    self._marked[mark] = marked
                else:
                    del self._marked[mark]

    def admit(self, records: Iterable[Record]) -> None:
        """Raise what is wrong with these records, seen from every app above."""
        for parent in list(self.parents):
            for mount in parent.mounts_of(self):
                place = place_of(mount)
                seen = (each for each in records if not isinstance(each, Setup))
                parent.admit([see(place, each) for each in seen])

    def seen(self, record: Record) -> list[Record]:
        """Return a record as the apps above see it, or as it is where none does."""
        found = [
            each
            for parent in list(self.parents)
            for mount in parent.mounts_of(self)
            for each in parent.seen(see(place_of(mount), record))
        ]
        return found or [record]

    def mounts_of(self, mounted: Mountable) -> Iterator[Mount]:
        for record in self.records:
            if isinstance(record, Mount) and record.target is mounted:
                yield record

    def stale(self) -> None:
        """Have every table that shows these records compiled anew on its next use."""
        for parent in list(self.parents):
            parent.stale()

    def rebind(self) -> None:
        """Have every rule of those tables made anew."""
        for parent in list(self.parents):
            parent.rebind()


class AppRegistry(Registry):
    """The registry of an app: it has a table, compiled when it is asked for."""

    def __init__(self, front: Any, settings: Map) -> None:
        # A weak reference: an app is freed as soon as nobody uses it.
        super().__init__(ref(front))
        self.settings = settings
        self._published: Table | None = None
        self._draft: Table | None = None
        self._former: Table | None = None
        # Rules that were bound to see whether they can be, for the next table.
        self._admitted: dict[tuple[Record, ...], Rule] = {}

    @property
    def app(self) -> Any:
        """The app whose registry this is, or None when it is gone."""
        return self.front()

    @property
    def table(self) -> Table:
        """The app as it is now."""
        return self._published or self._refresh()

    def _refresh(self) -> Table:
        while True:
            private = turns.wait_for_others()
            with LOCK:
                # The next turn may have begun since: only the lock tells for sure.
                if turns.is_awaited():
                    continue
                if private:
                    self._draft = self._draft or self._compile()
                    return self._draft
                self._published = self._published or self._draft or self._compile()
                self._draft = None
                return self._published

    def _compile(self) -> Table:
        bound = {} if self._former is None else self._former.bound
        options = bool(self.app.config["PROVIDE_AUTOMATIC_OPTIONS"])
        bind = partial(bind_rule, settings=self.settings, options=options)
        self._former = compile_table(
            expand(self.records),
            self.settings,
            self._former,
            {**bound, **self._admitted},
            bind,
        )
        self._admitted = {}
        return self._former

    def admit(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record, Route):
                self._admitted[(record,)] = bind_rule(record, self.settings)
            elif isinstance(record, Mount):
                self._admit_mounted(record)

    def _admit_mounted(self, mount: Mount) -> None:
        for _, record in expand([mount]):
            if isinstance(record, Route):
                bind_rule(record, self.settings)

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
            self._published = self._draft = None

    def rebind(self) -> None:
        """Make every rule anew: the converters or the map's settings changed."""
        with LOCK:
            self._former, self._admitted = None, {}
            self.stale()


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
