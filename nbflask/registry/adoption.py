"""What a new app takes over from the one it replaces: records, not what the app is
made with. What the new app has already wins.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from .owners import FRAMEWORK
from .policies import policy
from .records import Detour, Extension, Mount, Record, Route, View
from .registry import LOCK, Registry
from .rivals import asked


def adopt(registry: Registry, former: Registry) -> tuple[Record, ...]:
    """Move what a former app's registry has, and this one lacks, and return it.

    Raises LookupError or ValueError if anything cannot be in force here; then
    nothing has moved.
    """
    with LOCK:
        moved = tuple(adoptable(former.records, registry.records))
        if moved:
            policy().exchange(registry, moved, ())
            policy().exchange(former, (), moved)
    return moved


def adoptable(former: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """Return the records of a former app that a new one lacks, in their order.

    Left out is what the package and the app's extensions filed, what the new app
    has itself, and what a run that does not last filed together with such: it has
    run again.
    """
    former, new = tuple(former), tuple(new)
    keys = {each.key for each in new}
    again = {each.owner for each in former if each.key in keys}
    again = {each for each in again if not each.lasting}
    libraries = libraries_of_extensions(former)
    wanted = [
        each
        for each in former
        if not isinstance(each, Extension)
        and each.owner != FRAMEWORK
        and each.key not in keys
        and each.owner not in again
        and package_of(each) not in libraries
    ]
    return without_the_unserved(without_taken(wanted, new), former)


def libraries_of_extensions(records: Iterable[Record]) -> set[str]:
    """Return the packages that have extensions on an app, with which they stay."""
    extensions = (each for each in records if isinstance(each, Extension))
    return {package_of(each) for each in extensions} - {""}


def package_of(record: Record) -> str:
    owner = record.owner
    return owner.name.partition(".")[0] if owner.kind == "module" else ""


def without_taken(wanted: list[Record], new: tuple[Record, ...]) -> list[Record]:
    """Leave out routes to endpoints, and to URLs, that the new app serves already."""
    endpoints = {each.endpoint for each in new if isinstance(each, View)}
    taken: dict[Hashable, set[str]] = {}
    for each in new:
        if isinstance(each, Route):
            taken.setdefault(each.pattern, set()).update(asked(each))
    return [
        each
        for each in wanted
        if not isinstance(each, Route)
        or (
            each.endpoint not in endpoints
            and not asked(each) <= taken.get(each.pattern, set())
        )
    ]


def without_the_unserved(
    wanted: list[Record], former: tuple[Record, ...]
) -> list[Record]:
    """Leave out views that lose all their routes, and what the former app had in the
    place of blueprints' routes where the blueprint stays."""
    mounted = {each.name for each in wanted if isinstance(each, Mount)}
    staying = [
        each
        for each in wanted
        if isinstance(each, Detour)
        and (each.scope or "").partition(".")[0] not in mounted
    ]
    left = {each for detour in staying for each in (detour, *detour.records)}
    had = {each.endpoint for each in former if isinstance(each, Route)}
    kept = {each.endpoint for each in wanted if isinstance(each, Route)}
    return [
        each
        for each in wanted
        if each not in left
        and not (isinstance(each, View) and each.endpoint in had - kept)
    ]
