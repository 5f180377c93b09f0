"""What a run's notices say of records, and of whose they are now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ..errors import advice
from .owners import Owner, are_two_cells
from .records import (
    Adapter,
    Command,
    Detour,
    ErrorHandler,
    Extension,
    Hook,
    Mount,
    Record,
    Route,
    Setup,
    StaticFile,
    TemplateName,
    TemplateSource,
    View,
    short_name,
)

DESCRIPTIONS: dict[type[Record], Callable[[Any], str]] = {
    Route: lambda each: f"{','.join(sorted(each.asked_methods))} {each.rule}",
    View: lambda each: f"endpoint {each.endpoint!r}",
    Hook: lambda each: f"{each.kind} {short_name(each.target)}",
    ErrorHandler: lambda each: f"the handler of {each.code or each.exception.__name__}",
    Adapter: lambda each: f"the adapter of {each.kind.__name__}",
    TemplateName: lambda each: f"template {each.kind} {each.name!r}",
    TemplateSource: lambda each: f"template {each.name!r}",
    StaticFile: lambda each: f"static file {each.path!r}",
    Detour: lambda each: f"what stands for {describe(each.target)}",
    Command: lambda each: f"command {each.name!r}",
    Extension: lambda each: f"extension {each.name!r}",
    Mount: lambda each: f"blueprint {each.name!r}",
    Setup: lambda each: f"setup function {short_name(each.target)}",
}


def describe(record: Record) -> str:
    """Return what a record is, for people: "GET /users", "blueprint 'shop'"."""
    return DESCRIPTIONS[type(record)](record)


def as_beginning(text: str) -> str:
    """Return a text as a sentence begins. Names that begin one stay as they are."""
    word = text.partition(" ")[0]
    return text[0].upper() + text[1:] if word.isalpha() else text


def taken_over(new: tuple[Record, ...], rivals: Collection[Record]) -> Iterator[str]:
    """Yield whose things these are now, where two that last both claim them."""
    mine = new[0].owner
    for old in of_their_own(rivals):
        if are_two_cells(old.owner, mine):
            what = as_beginning(describe(old))
            lost = no_longer_served(old, rivals, new)
            yield f"{what} of {old.owner} is now served by {mine}{lost}."


def let_go(back: Collection[Record], by: Owner) -> Iterator[str]:
    """Yield what counts again, since the run of an owner has let it go."""
    for each in of_their_own(back):
        what = as_beginning(describe(each))
        yield f"{what} of {each.owner} is in force again: {by} has let it go."


def of_their_own(records: Collection[Record]) -> list[Record]:
    """Return records without the routes to endpoints that are among them."""
    endpoints = {each.endpoint for each in records if isinstance(each, View)}
    return [
        each
        for each in records
        if not isinstance(each, Route) or each.endpoint not in endpoints
    ]


def no_longer_served(
    old: Record, rivals: Iterable[Record], new: Iterable[Record]
) -> str:
    """Return which URLs nothing serves any more, where an endpoint changes hands."""
    if not isinstance(old, View):
        return ""
    now = {each.pattern for each in new if isinstance(each, Route)}
    lost = [
        each.rule
        for each in rivals
        if isinstance(each, Route)
        and each.endpoint == old.endpoint
        and each.pattern not in now
    ]
    if not lost:
        return ""
    verb = "is" if len(lost) == 1 else "are"
    return f"; {', '.join(lost)} {verb} no longer served{advice(old.target)}"
