"""An app's blueprints as a tree, as data: where each stands and what it holds.

How it is shown is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .reach import handler_call
from .registry.mounts import Sight, place_at, whole
from .registry.owners import Owner
from .registry.records import (
    Adapter,
    Command,
    ErrorHandler,
    Hook,
    Mount,
    Record,
    Route,
    StaticFile,
    TemplateName,
    TemplateSource,
    View,
    short_name,
)
from .registry.table import scopes_of


@dataclass(frozen=True, slots=True)
class Member:
    """What a blueprint or an app holds.

    `kind` is "route", a kind of hook, "error_handler", "template filter" (or test, or
    global), "adapter", "template", "static file" or "command"; `detail` is a route's
    endpoint and view, what a handler is for, an adapter's class, and "the whole app"
    for a blueprint's hook that is meant for it.
    """

    kind: str
    name: str
    owner: Owner
    detail: str = ""


# No slots: whoever shows it may want a weak reference to it.
@dataclass(frozen=True, eq=False)
class Branch:
    """An app, or a blueprint where it is mounted, with what is mounted on it.

    `name` is whole: "admin.users" is mounted on "admin". The owner is who mounted
    it; an app has none.
    """

    name: str
    prefix: str | None
    subdomain: str | None
    owner: Owner | None
    members: tuple[Member, ...]
    branches: tuple[Branch, ...]


def outline(app: Any) -> Branch:
    """Return the tree of an app's blueprints. See `Flask.outline`."""
    sights = whole(app.registry.records)
    mounts = [sight for sight in sights if isinstance(sight[1], Mount)]
    names = {each.name for _, each in sights if isinstance(each, Mount)}
    views = {each.endpoint: each for _, each in sights if isinstance(each, View)}
    held: dict[str | None, list[Member]] = {None: [], **{name: [] for name in names}}
    for sight in sights:
        home = home_of(sight, names)
        found = member(sight[1], home, views)
        if found is not None:
            held[home].append(found)
    return Branch(
        name=app.name,
        prefix=None,
        subdomain=None,
        owner=None,
        members=tuple(held[None]),
        branches=branches_below(None, mounts, held),
    )


def branches_below(
    above: str | None,
    mounts: Iterable[Sight],
    held: dict[str | None, list[Member]],
) -> tuple[Branch, ...]:
    found = []
    for path, mount in mounts:
        place = place_at(path)  # type: ignore[arg-type]
        if place is None or scopes_of(place.name)[0] != above:
            continue
        below = branches_below(place.name, mounts, held)
        members = tuple(held[place.name])
        found.append(
            Branch(
                place.name, place.prefix, place.subdomain, mount.owner, members, below
            )
        )
    return tuple(found)


def home_of(sight: Sight, names: set[str]) -> str | None:
    """Return the name of the blueprint that a record belongs to, as it is mounted."""
    path, record = sight
    place = place_at(path[:-1])  # type: ignore[arg-type]
    if place is not None:
        return place.name
    # An app may have filed a blueprint's route in a way of its own.
    above = scopes_of(record.endpoint)[0] if isinstance(record, Route) else None
    return above if above in names else None


def member(record: Record, home: str | None, views: dict[str, View]) -> Member | None:
    """Return what is told of a record; of a view its routes tell."""
    if isinstance(record, Route):
        methods = ",".join(sorted(record.asked_methods)) or "ANY"
        view = views.get(record.endpoint)
        shown = "no view yet" if view is None else short_name(view.target)
        last = record.endpoint.rpartition(".")[2]
        detail = record.endpoint if shown == last else f"{record.endpoint}: {shown}"
        return Member("route", f"{methods} {record.rule}", record.owner, detail)
    if isinstance(record, Hook):
        detail = "" if record.scope == home else "the whole app"
        return Member(record.kind, short_name(record.target), record.owner, detail)
    if isinstance(record, ErrorHandler):
        call = handler_call(record)
        where = "" if record.scope == home else " of the whole app"
        return Member(call.kind, call.name, call.owner, f"{call.for_}{where}")
    if isinstance(record, TemplateName):
        return Member(f"template {record.kind}", record.name, record.owner)
    if isinstance(record, Adapter):
        name, kind = short_name(record.target), record.kind.__name__
        return Member("adapter", name, record.owner, kind)
    if isinstance(record, TemplateSource):
        return Member("template", record.name, record.owner)
    if isinstance(record, StaticFile):
        return Member("static file", record.path, record.owner)
    if isinstance(record, Command):
        return Member("command", record.name, record.owner)
    return None
