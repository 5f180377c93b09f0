"""How a blueprint's records look from where it is mounted. Pure functions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ..values import Value
from .records import (
    EVERYWHERE,
    NOTHING,
    Detour,
    ErrorHandler,
    Hook,
    Mount,
    Record,
    Route,
    Setup,
    TemplateName,
    View,
)


class Mountable(Protocol):
    """What a mount shows: a registry, and the blueprint that now fronts it."""

    @property
    def records(self) -> tuple[Record, ...]: ...
    @property
    def front(self) -> Any: ...
    def rank(self, record: Record) -> float: ...
    def add_parent(self, parent: Any) -> None: ...


class Place(Value):
    """Where a blueprint stands in an app, all mounts above it joined."""

    name: str
    prefix: str | None = None
    subdomain: str | None = None
    defaults: Mapping[str, Any] = NOTHING


def place_of(mount: Mount, above: Place | None = None) -> Place:
    """Return where a mount puts its blueprint, below the place it is made in.

    Prefixes are joined with one slash, subdomains and names with a dot.
    """
    front, options = mount.target.front, mount.options
    prefix = first(options.get("url_prefix"), front.url_prefix)
    subdomain = first(options.get("subdomain"), front.subdomain)
    name = mount.name
    if above is not None:
        name = f"{above.name}.{name}"
        prefix = join_prefixes(above.prefix, prefix)
        subdomain = ".".join(filter(None, (subdomain, above.subdomain))) or first(
            subdomain, above.subdomain
        )
    defaults = {**front.url_values_defaults, **dict(options.get("url_defaults") or ())}
    return Place(name, prefix, subdomain, defaults)


def place_at(path: tuple[Mount, ...]) -> Place | None:
    """Return where a chain of mounts leads to, the outermost first."""
    place = None
    for mount in path:
        place = place_of(mount, place)
    return place


def first(*values: str | None) -> str | None:
    return next((value for value in values if value is not None), None)


def join_prefixes(outer: str | None, inner: str | None) -> str | None:
    if outer is None or inner is None:
        return first(outer, inner)
    return f"{outer.rstrip('/')}/{inner.lstrip('/')}"


def join_rule(prefix: str | None, rule: str) -> str:
    if prefix is None:
        return rule
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}" if rule else prefix


def full_name(prefix: str, name: str) -> str:
    """Return the name of something within a blueprint: "outer.inner", or without a
    prefix just "inner"."""
    return f"{prefix}.{name}".lstrip(".")


def scope_at(place: Place, scope: str | None) -> str | None:
    if scope == EVERYWHERE:
        return None
    return place.name if scope is None else f"{place.name}.{scope}"


def see(place: Place, record: Record) -> Record:
    """Return a blueprint's record as the app sees it.

    Route("/x", endpoint="list") at "/shop" as "shop" becomes
    Route("/shop/x", endpoint="shop.list").
    """
    scope = scope_at(place, record.scope)
    if isinstance(record, Route):
        options = {"subdomain": place.subdomain, **record.options}
        options["defaults"] = {**place.defaults, **(options.get("defaults") or {})}
        return record.altered(
            scope=scope,
            rule=join_rule(place.prefix, record.rule),
            endpoint=full_name(place.name, record.endpoint),
            options=options,
        )
    if isinstance(record, View) and record.scope != EVERYWHERE:
        return record.altered(
            scope=scope, endpoint=full_name(place.name, record.endpoint)
        )
    return record.altered(scope=scope)


#: A record as the app sees it, behind the mounts that lead to the original.
Sight = tuple[tuple[Record, ...], Record]


def whole(records: Iterable[Record]) -> list[Sight]:
    """Return all that an app shows, with what it has filed itself in the place of
    blueprints' routes that it adds in a way of its own."""
    records = tuple(records)
    sights = list(expand(records))
    detours = [each for each in records if isinstance(each, Detour)]
    if not detours:
        return sights
    inside = {seen.name: seen.target for _, seen in sights if isinstance(seen, Mount)}
    taken = [
        each
        for each in detours
        if each.scope in inside and each.target in inside[each.scope].records
    ]
    instead = {record for each in taken for record in each.records}
    hidden = {record for each in detours for record in each.records} - instead
    spots = {(each.scope, each.target) for each in taken}
    views = {each.key for each in instead if isinstance(each, View)}
    return [
        sight
        for sight in sights
        if hidden.isdisjoint(sight[0]) and not is_avoided(sight, spots, views)
    ]


def spot(sight: Sight) -> tuple[str | None, Record]:
    """Return the name that a record's blueprint is mounted by, and the record."""
    path, _ = sight
    place = place_at(path[:-1])  # type: ignore[arg-type]
    return None if place is None else place.name, path[-1]


def is_avoided(
    sight: Sight, spots: set[tuple[str | None, Record]], views: set[Hashable]
) -> bool:
    """Whether something has taken the place of a blueprint's record."""
    path, seen = sight
    if len(path) == 1:
        return False
    return spot(sight) in spots or (isinstance(seen, View) and seen.key in views)


def expand(
    records: Iterable[Record],
    path: tuple[Mount, ...] = (),
    shown: set[int] | None = None,
) -> Iterator[Sight]:
    """Yield records of an app and of what is mounted on it, as seen there; `path`
    leads to where they are.

    What a blueprint means for the whole app is shown at its first mount only,
    however often it is mounted.
    """
    shown = set() if shown is None else shown
    place = place_at(path)
    for record in records:
        if isinstance(record, Mount):
            below = place_of(record, place)
            here = (*path, record)
            yield here, record.altered(name=below.name, scope=below.name)
            fresh = id(record.target) not in shown
            shown.add(id(record.target))
            inside = [
                each for each in record.target.records if fresh or not is_shared(each)
            ]
            # What is nested comes last, as Flask mounts it when all else is done.
            inside.sort(key=lambda each: isinstance(each, Mount))
            yield from expand(inside, here, shown)
        elif place is None:
            yield (*path, record), record
        elif is_seen(record):
            yield (*path, record), see(place, record)


def is_seen(record: Record) -> bool:
    """Whether a mounted blueprint's record means something to the app as it is."""
    if isinstance(record, Route):
        return isinstance(record.rule, str)
    return not isinstance(record, Setup)


def is_shared(record: Record) -> bool:
    """Whether a blueprint's record means the same to the app at each of its mounts."""
    if isinstance(record, TemplateName):
        return True
    return isinstance(record, (Hook, ErrorHandler)) and record.scope == EVERYWHERE
