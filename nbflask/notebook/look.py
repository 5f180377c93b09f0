"""From a client's response to what its card shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from ..registry.records import View, name_of
from ..registry.table import Table
from ..testing import ClientResponse
from .display import Hop, ResponseView
from .frames import failure_of
from .hints import hints
from .steps import origin

#: How the app logs an exception that nothing answered, at the end of a request.
LOGGED_FAILURE = re.compile(r"^\[[^\n]*\bException on .*", re.MULTILINE | re.DOTALL)


def view_of(
    response: ClientResponse,
    shell: Any,
    *,
    verbose: bool = False,
    log: str = "",
    truncated: str | None = None,
    notes: Iterable[str] = (),
) -> ResponseView:
    """Gather all that is known of a response."""
    request = response.request
    story = response.story
    view = find_view(story.table, story.endpoint)
    body, sent = response.data, request.environ.get("nbflask.body", b"")
    return ResponseView(
        method=request.method,
        path=full_path(request),
        status_code=response.status_code,
        reason=reason_of(response),
        headers=tuple(response.headers.items()),
        body=body,
        mimetype=response.mimetype or "",
        charset=response.mimetype_params.get("charset", "utf-8"),
        elapsed=response.elapsed.total_seconds(),
        endpoint=story.endpoint,
        view_name=None if view is None else shown_name(view.target),
        cell=None if view is None else str(view.owner),
        redirects=tuple(hop_of(each) for each in response.history),
        cookies_set=tuple(cookies_in(response)),
        request_headers=tuple(request.headers.items()) if verbose else None,
        request_body=sent,
        failure=failure_of(story.failure, shell),
        log=log_beside(story.failure, log),
        hints=(*notes, *origin(response, shell), *hints(response, shell)),
        truncated=truncated,
    )


def full_path(request: Any) -> str:
    query = request.query_string.decode("utf-8", "replace")
    return f"{request.path}?{query}" if query else str(request.path)


def reason_of(response: ClientResponse) -> str:
    """Return the status's reason as HTTP writes it, a person's own as it is."""
    reason = response.status.partition(" ")[2]
    try:
        usual = HTTPStatus(response.status_code).phrase
    except ValueError:
        return reason
    return usual if reason.upper() == usual.upper() else reason


def hop_of(response: Any) -> Hop:
    return Hop(
        response.request.method,
        full_path(response.request),
        response.status_code,
        response.headers.get("Location", ""),
    )


def cookies_in(response: ClientResponse) -> Iterable[tuple[str, str]]:
    for line in response.headers.getlist("Set-Cookie"):
        name, _, rest = line.partition("=")
        yield name, rest


def find_view(table: Table | None, endpoint: str | None) -> View | None:
    if table is None or endpoint is None:
        return None
    views = (each for each in table.records if isinstance(each, View))
    return next((each for each in views if each.endpoint == endpoint), None)


def shown_name(function: Any) -> str:
    """Return a function's name for people: "static", "<lambda>"."""
    return name_of(function).rpartition("<locals>.")[2].partition(" ")[0]


def log_beside(error: BaseException | None, log: str) -> str:
    """Return what was logged, without the traceback that the card shows anyway."""
    return log if error is None else LOGGED_FAILURE.sub("", log)
