"""What a person is told at the end of a cell, in one line each. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...registry.editions import Edition
from ...registry.owners import FRAMEWORK, Owner
from ...registry.records import (
    Command,
    Detour,
    ErrorHandler,
    Hook,
    Mount,
    Record,
    Route,
    Setup,
    StaticFile,
    TemplateName,
    TemplateSource,
    View,
)
from ...registry.registry import Registry
from ...registry.telling import describe

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
            is_new = record in edition.added and record.key not in known
            if is_new and record.owner != FRAMEWORK:
                yield from names_of(record, registry)


def names_of(record: Record, registry: Registry) -> Iterator[str]:
    # A view is told by its route, a setup function by what it sets up.
    if not isinstance(record, (View, Setup, Detour)):
        for seen in registry.seen_in_apps(record):
            yield describe(seen)


def left_behind(
    name: str, app: Any, left: Sequence[Record], owner: Owner
) -> str | None:
    """Say what a variable's former apps have that its new one lacks.

    "app is a new Flask: 2 routes and 1 hook of other cells stayed with the former
    one; …". What is not of cells does not count, nor is it told what `owner` left:
    the cell that made the new app has had its turn.
    """
    lost = [each for each in left if each.owner.live and each.owner != owner]
    what = counted(lost)
    if not what:
        return None
    one = what.startswith("1 ") and " and " not in what
    others, cells = (
        ("another cell", "that cell") if one else ("other cells", "those cells")
    )
    return (
        f"{name} is a new {type(app).__name__}: {what} of {others} stayed with the"
        f" former one; run {cells} again, or take over with %flask adopt."
    )


#: What a kind of record is called, and is worth telling.
KINDS: dict[type[Record], str] = {
    Route: "route",
    Hook: "hook",
    ErrorHandler: "error handler",
    TemplateSource: "template",
    TemplateName: "template name",
    StaticFile: "static file",
    Mount: "blueprint",
    Command: "command",
}


def counted(records: Sequence[Record]) -> str:
    """Return how many there are of each kind: "2 routes, 1 hook and 1 blueprint"."""
    numbers = Counter(type(each) for each in records)
    parts = [
        f"{numbers[kind]} {word}{'s' if numbers[kind] > 1 else ''}"
        for kind, word in KINDS.items()
        if numbers[kind]
    ]
    if not parts and View in numbers:
        return "1 view" if numbers[View] == 1 else f"{numbers[View]} views"
    *most, last = parts or [""]
    return f"{', '.join(most)} and {last}" if most else last
