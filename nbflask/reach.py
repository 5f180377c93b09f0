"""Which functions an endpoint meets in a table: its hooks, its view, the handlers.

Only looks them up, with who filed them; what runs, and when, is in `dispatch`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from .registry.owners import Owner
from .registry.records import ErrorHandler, Hook, Record, View, short_name
from .registry.table import Scopes, Table, scopes_of

#: What comes before the answer, and what comes after it.
BEFORE = ("url_value_preprocessor", "before_request")
AFTER = ("after_request", "teardown_request", "teardown_appcontext")


@dataclass(frozen=True, slots=True)
class Call:
    """A function that would run: a hook, the view, or an error handler, which has
    what it is `for_`: "404", "ValueError". Without a view the answer is "itself"."""

    kind: str
    name: str
    owner: Owner
    scope: str | None = None
    for_: str = ""


def handled(
    table: Table, error: HTTPException, endpoint: str | None
) -> ErrorHandler | None:
    """Return the error handler that answers an HTTP error, if there is one."""
    scopes = scopes_of(endpoint)
    function = table.error_handler(type(error), type(error).code, scopes)
    found = (
        each
        for each in table.records[::-1]
        if isinstance(each, ErrorHandler)
        and each.target is function
        and each.scope in scopes
    )
    return next(found, None)


def handler_call(handler: ErrorHandler) -> Call:
    what = handler.exception.__name__ if handler.code is None else str(handler.code)
    name = short_name(handler.target)
    return Call("error_handler", name, handler.owner, handler.scope, what)


def handlers_at_hand(table: Table, scopes: Scopes) -> Iterator[Call]:
    """Yield the error handlers of some scopes, those that count: the last filed."""
    in_force: dict[Any, ErrorHandler] = {
        (each.scope, each.code, each.exception): each
        for each in table.records
        if isinstance(each, ErrorHandler)
    }
    for scope in scopes:
        for each in in_force.values():
            if each.scope == scope:
                yield handler_call(each)


def hook_calls(table: Table, kind: str, scopes: Scopes) -> Iterator[Call]:
    for each in hooks_met(table, kind, scopes):
        yield Call(kind, short_name(each.target), each.owner, each.scope)


def hooks_met(table: Table, kind: str, scopes: Scopes) -> Iterator[Hook]:
    """Yield the hooks of one kind in some scopes, the inmost first, in the order in
    which they would run: from the outside in, and back in reverse."""
    back = kind in AFTER
    if kind == "teardown_appcontext":
        scopes = (None,)
    records = table.records[::-1] if back else table.records
    for scope in scopes if back else scopes[::-1]:
        for each in records:
            if isinstance(each, Hook) and (each.kind, each.scope) == (kind, scope):
                yield each


def view_record(table: Table, endpoint: str | None) -> View | None:
    """Return the record of an endpoint's view; the last one counts."""
    found: Iterator[Record] = reversed(table.records)
    views = (each for each in found if isinstance(each, View))
    return next((each for each in views if each.endpoint == endpoint), None)
