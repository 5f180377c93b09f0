"""One run of code that may run again, such as a cell: an edition.

What the run files replaces what the last one filed. When it ends well, what it no
longer files is withdrawn; when it fails, every registry is as the run found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from weakref import WeakKeyDictionary

from . import turns
from .owners import FRAMEWORK, Owner, are_two_cells, calling_frame
from .records import Record, Route, StaticFile, TemplateSource
from .registry import LOCK, Registry, living_registries
from .rivals import (
    followers,
    has_it_first,
    left_without_a_route,
    shadowed,
    yielding,
)
from .telling import let_go, taken_over
from .waiting import returning, wait


class Edition:
    """What a run has filed so far, and in which registries. A policy of its own.

    `namespace` holds the globals of the code it speaks for; `label` is asked for
    the owner's label when something is filed, which most runs never do.
    """

    lenient = True

    def __init__(
        self,
        owner: Owner,
        namespace: dict[str, Any],
        label: Callable[[], str] | None = None,
    ) -> None:
        self.owner = owner
        self.namespace = namespace
        self.label = label
        self.before: WeakKeyDictionary[Registry, tuple[Record, ...]] = (
            WeakKeyDictionary()
        )
        self.fronts: WeakKeyDictionary[Registry, Any] = WeakKeyDictionary()
        self.added: set[Record] = set()
        self.withdrawn: set[Record] = set()
        #: What of others has yielded to this run.
        self.yielded: list[tuple[Registry, Record]] = []
        self.notices: list[str] = []
        #: Why all that the run filed is undone, although it ended well.
        self.undone: Exception | None = None
        self.unfinished: dict[Record, Callable[[], None]] = {}
        self.turn: turns.Turn | None = None

    # As a policy

    def running(self) -> Owner:
        """Return the run's owner, which now is to have its label."""
        if self.label is not None:
            self.owner, self.label = self.owner.altered(label=self.label()), None
        return self.owner

    def owner_for(self, target: Any) -> Owner:
        """The run owns what its code registers, or what a library registers that
        its code defined; the rest belongs to that library, and outlives the run."""
        owner = self.running()
        frame = calling_frame()
        module = getattr(target, "__module__", None)
        if frame is None or frame.f_globals is self.namespace:
            return owner
        if module == self.namespace.get("__name__", "__main__"):
            return owner
        return Owner("module", str(frame.f_globals.get("__name__", "?")))

    def former(self, registry: Registry) -> list[Record]:
        """Return what this owner filed when it last ran, and has not filed this time.

        The run reads an app without it: a library that looks whether it is there
        already must not find its own traces."""
        mine = registry.owned_by(self.owner)
        return [each for each in mine if each not in self.added]

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
            anew = followers(gone, new, registry)
            taken = [
                old
                for old in gone
                if old not in anew or has_it_first(new[0], old, registry)
            ]
            self._swap(registry, (*new, *anew.values()), [*gone, *unused], anchor)
            self.yielded += [
                (registry, old)
                for old in (*gone, *unused)
                if old not in anew and are_two_cells(old.owner, new[0].owner)
            ]
        self._note(taken_over(new, [*taken, *behind]))

    def exchange(
        self,
        registry: Registry,
        add: Iterable[Record],
        withdraw: Iterable[Record],
        before: Record | None = None,
    ) -> None:
        """Take records out and put others in, whatever they claim."""
        new, gone = tuple(add), list(withdraw)
        with LOCK:
            self._swap(registry, new, gone, before)
        if gone:  # if the run fails those come back, whoever the new ones belong to
            self.added.update(new)

    def refuses(self, old: Record) -> bool:
        """Whether a name is taken for good: by this very run, or by the package."""
        return old in self.added or old.owner == FRAMEWORK

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
        self._exchange(registry, new, gone, before)
        # What an app files for itself belongs to its making, which nothing undoes.
        self.added.update(each for each in new if each.owner != FRAMEWORK)

    def _exchange(
        self,
        registry: Registry,
        new: Iterable[Record],
        gone: list[Record],
        before: Record | None = None,
    ) -> None:
        was = registry.records
        registry.swap(new, gone, before)
        self.before.setdefault(registry, was)
        self.withdrawn.update(gone)
        self._has_changed()

    def _has_changed(self) -> None:
        if self.turn is not None:
            self.turn.changed = True

    def _note(self, told: Iterable[str]) -> None:
        self.notices = list(dict.fromkeys((*self.notices, *told)))

    # At its end

    def finish(self) -> None:
        """Do what was left for the end of a run that went well."""
        for function in list(self.unfinished.values()):
            function()
        self.withdraw_leftovers()

    def withdraw_leftovers(self) -> None:
        """Take out what is left of this owner's former run. What had yielded to that
        counts again."""
        replaced = [each for each in self.withdrawn if each.owner == self.owner]
        with LOCK:
            for registry in living_registries():
                yielded = [each for where, each in self.yielded if where is registry]
                wait(registry, yielded, self.owner)
                gone = self.former(registry)
                back = returning(registry, gone, [*gone, *replaced])
                if gone or back:
                    self._exchange(registry, back, gone)
                    self._note(let_go(back, self.owner))
            self.yielded.clear()

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

    def changes(self) -> Iterator[tuple[str, Record]]:
        """Yield what visitors can see that went ("-"), came ("+") and is served anew
        ("="), so far, as its apps see it: routes, templates and static files."""
        for registry, before in self.before.items():
            went = seen_without(before, registry.records)
            came = seen_without(registry.records, before)
            mine = (each for each in registry.records if each in self.added)
            again = [each for each in mine if isinstance(each, SEEN)]
            again = [each for each in again if each not in came]
            for sign, records in (("-", went), ("+", came), ("=", again)):
                for record in records:
                    for seen in registry.seen_in_apps(record):
                        yield sign, seen


def current_edition() -> Edition | None:
    """Return this thread's open edition."""
    turn = turns.mine()
    return None if turn is None else cast(Edition, turn.policy)


class Between(Edition):
    """The edition of one registration: it has no end, so nothing waits for that."""

    def run_at_end(self, setup: Record, function: Callable[[], None]) -> None:
        function()


#: Who registers where code may run again, while none of it runs: a thread, a timer.
BETWEEN = Owner("live", "between runs", "code between cells", live=True, lasting=False)


def between_runs(namespace: dict[str, Any]) -> Callable[[], Edition]:
    """Return the policy for code that registers while no run is open: as lenient,
    but each registration stands for itself."""
    return lambda: Between(BETWEEN, namespace)


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
        edition.undone = error
        edition.notices.append(f"What was registered here is undone: {error}")
    except BaseException:
        edition.roll_back()
        raise
    finally:
        assert edition.turn is not None
        turns.end(edition.turn)
    return edition


#: What visitors see of an app.
SEEN = (Route, TemplateSource, StaticFile)


def seen_without(records: Iterable[Record], others: Iterable[Record]) -> list[Record]:
    known = {each.key for each in others if isinstance(each, SEEN)}
    seen = (each for each in records if isinstance(each, SEEN))
    return [each for each in seen if each.key not in known]
