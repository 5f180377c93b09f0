"""What has yielded to another cell's waits here, and counts again when that goes.

So the app is the one that its cells' texts make, whatever they said before. A cell
that runs again files what it has anew: nothing of its former run waits any longer.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable

from .owners import Owner
from .records import (
    Adapter,
    Command,
    ErrorHandler,
    Hook,
    Record,
    Route,
    StaticFile,
    TemplateName,
    TemplateSource,
    View,
)
from .registry import Registry
from .rivals import rivals_of, supersedes

#: What stands for itself. What brings others along has more to do than to be there.
WAITS = (
    *(Route, View, Hook, ErrorHandler, Adapter, Command),
    *(TemplateName, TemplateSource, StaticFile),
)


def wait(registry: Registry, records: Iterable[Record], mine: Owner) -> None:
    """Have records wait that yielded to an owner's run, which has ended well."""
    kept = [each for each in registry.waiting if each.owner != mine]
    new = [each for each in records if isinstance(each, WAITS)]
    registry.waiting = tuple(dict.fromkeys((*kept, *new)))


def returning(
    registry: Registry, gone: Collection[Record], former: Collection[Record]
) -> list[Record]:
    """Return what need wait no longer once some records are gone; of several that
    claim one thing the last that had it. It had yielded to one of the `former`, which
    a run's owner had and no longer has: what people took out stays out."""
    freed = {
        group(each)
        for each in registry.waiting
        if any(supersedes(old, each, ()) for old in former)
    }
    latest = [each for each in reversed(registry.waiting) if group(each) in freed]
    # Views first: a route is nothing without its own.
    latest.sort(key=lambda each: not isinstance(each, View))
    back: list[Record] = []
    for each in latest:
        now = [rival for rival in rivals_of([each], registry) if rival not in gone]
        if may_return(each, [*now, *back]):
            back.append(each)
    back = with_their_own(back, registry, gone)
    registry.waiting = tuple(each for each in registry.waiting if each not in back)
    return back


def group(record: Record) -> Hashable:
    """Return what is the same for what goes and comes together: a view, its routes."""
    if isinstance(record, (Route, View)):
        return record.owner, record.endpoint
    return record


def may_return(old: Record, rivals: Iterable[Record]) -> bool:
    return not any(each == old or supersedes(each, old, ()) for each in rivals)


def with_their_own(
    back: list[Record], registry: Registry, gone: Collection[Record]
) -> list[Record]:
    """Return records without the routes whose view stays away, and the views that no
    route leads to."""

    def served(endpoint: str, owner: Owner) -> bool:
        views = [*registry.find(("view", endpoint)), *back]
        return any(
            isinstance(each, View)
            and each.endpoint == endpoint
            and each.owner == owner
            and each not in gone
            for each in views
        )

    kept = [
        each
        for each in back
        if not isinstance(each, Route) or served(each.endpoint, each.owner)
    ]
    led_to = {each.endpoint for each in kept if isinstance(each, Route)}
    waiting = {each.endpoint for each in registry.waiting if isinstance(each, Route)}
    return [
        each
        for each in kept
        if not isinstance(each, View)
        or each.endpoint in led_to
        or each.endpoint not in waiting
    ]
