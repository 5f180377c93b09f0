"""What a person is told at the end of a cell, in one line each. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..registry.editions import Edition, describe
from ..registry.owners import Owner
from ..registry.records import Record, Route, Setup, View
from ..registry.registry import Registry

#: So many things are named; of more only the number is told.
NAMED = 3


def failed(edition: Edition) -> str:
    """Say what is not in force, for the cell of an edition that is to be undone.

    "The cell failed: GET /e is not in force."
    """
    new = list(dict.fromkeys(new_things(edition)))
    before = "what it registered is as it was before."
    if not new:
        return f"The cell failed: {before}"
    what = ", ".join(new) if len(new) <= NAMED else f"{len(new)} new registrations"
    told = f"The cell failed: {what} {'is' if len(new) == 1 else 'are'} not in force"
    return f"{told}; {before}" if edition.withdrawn - edition.added else f"{told}."


def new_things(edition: Edition) -> Iterator[str]:
    """Yield the names of what the run has filed and nobody had filed before."""
    for registry, before in edition.before.items():
        known = {each.key for each in before}
        for record in registry.records:
            if record in edition.added and record.key not in known:
                yield from names_of(record, registry)


def names_of(record: Record, registry: Registry) -> Iterator[str]:
    # A view is told by its route, a setup function by what it sets up.
    if not isinstance(record, (View, Setup)):
        for seen in registry.seen_in_apps(record):
            yield describe(seen)


def left_behind(name: str, former: Any, app: Any, owner: Owner) -> str | None:
    """Say how many routes a variable's former app has that its new one lacks.

    Those of `owner` do not count: the cell that made the new app has had its turn,
    and so had a nameless run that filed what the new app has: it was the same cell.
    """
    there = {each.key for each in routes_of(app)}
    routes = list(routes_of(former))
    had = {each.owner for each in routes if each.key in there}
    done = {owner, *(each for each in had if not each.lasting)}
    lost = [
        each
        for each in routes
        if each.owner.live and each.owner not in done and each.key not in there
    ]
    if not lost:
        return None
    one = len(lost) == 1
    them = "1 route of another cell" if one else f"{len(lost)} routes of other cells"
    cells = "that cell" if one else "those cells"
    return (
        f"{name} is a new {type(app).__name__}: {them} stayed with the former one;"
        f" run {cells} again."
    )


def routes_of(app: Any) -> Iterator[Route]:
    """Yield an app's routes, those of its blueprints included."""
    for record in app.registry.table.records:
        if isinstance(record, Route):
            yield record
