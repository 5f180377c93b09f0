"""From a client's response to what its card shows."""

from __future__ import annotations

import linecache
import os
import re
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from ..registry.owners import PACKAGE
from ..registry.records import Route, View, name_of
from ..registry.table import Table
from ..testing import ClientResponse
from .cells import number_of
from .display import Failure, Frame, Hop, ResponseView

#: Lines shown on each side of the line that failed.
AROUND = 2
#: How the app logs an exception that nothing answered, at the end of a request.
LOGGED_FAILURE = re.compile(r"^\[[^\n]*\bException on .*", re.MULTILINE | re.DOTALL)
LIBRARIES = ("site-packages", "dist-packages")


def view_of(
    response: ClientResponse,
    shell: Any,
    *,
    verbose: bool = False,
    log: str = "",
    truncated: int | None = None,
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
        hints=tuple(hints(story.table, request.method, request.path, response)),
        truncated=truncated,
    )


def full_path(request: Any) -> str:
    query = request.query_string.decode("utf-8", "replace")
    return f"{request.path}?{query}" if query else str(request.path)


def reason_of(response: ClientResponse) -> str:
    reason = response.status.partition(" ")[2]
    return reason.title() if reason.isupper() and len(reason) > 3 else reason


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


def hints(
    table: Table | None, method: str, path: str, response: ClientResponse
) -> Iterable[str]:
    """Say why nothing matched: the rules nearest to the path, or its methods."""
    if table is None or response.story.endpoint is not None:
        return
    if response.status_code == 405:
        yield f"{path} does not take {method}. It takes {response.headers['Allow']}."
    if response.status_code == 404:
        rules = {
            each.rule: each
            for each in table.records
            if isinstance(each, Route) and each.endpoint != "static"
        }
        if not rules:
            yield "The app has no routes yet. Define one with %%route or @app.route."
        else:
            yield f"No rule matches {path}. %flask routes shows them all."
        for rule in get_close_matches(path, rules, 3, 0.5):
            methods = ",".join(sorted(rules[rule].asked_methods))
            yield f"Near: {methods} {rule} → {rules[rule].endpoint}"


def failure_of(error: BaseException | None, shell: Any) -> Failure | None:
    if error is None:
        return None
    frames = (frame_of(each, shell) for each in own_frames(error, shell))
    return Failure(type(error).__name__, str(error), tuple(frames))


def own_frames(error: BaseException, shell: Any) -> list[traceback.FrameSummary]:
    """Return the person's own frames of a traceback. There may be none."""
    steps = list(traceback.walk_tb(error.__traceback__))
    summary = traceback.extract_tb(error.__traceback__)
    pairs = zip(summary, steps, strict=True)
    return [shown for shown, (frame, _) in pairs if is_own(frame, shell)]


def from_own_code(error: BaseException, shell: Any) -> BaseException:
    """Return an exception whose traceback begins in the person's own code."""
    step = error.__traceback__
    while step is not None and not is_own(step.tb_frame, shell):
        step = step.tb_next
    return error if step is None else error.with_traceback(step)


def is_own(frame: Any, shell: Any) -> bool:
    if frame.f_globals is shell.user_ns:
        return True
    module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    filename = frame.f_code.co_filename
    if module == PACKAGE or filename.startswith("<frozen"):
        return False
    standard = os.path.dirname(os.__file__)
    return not filename.startswith(standard) and not any(
        part in filename for part in LIBRARIES
    )


def frame_of(shown: traceback.FrameSummary, shell: Any) -> Frame:
    number = number_of(shell, shown.filename)
    location = shown.filename if number is None else f"cell [{number}]"
    at = shown.lineno or 0
    lines = [
        (i, linecache.getline(shown.filename, i).rstrip("\n"), i == at)
        for i in range(max(1, at - AROUND), at + AROUND + 1)
    ]
    existing = [line for line in lines if line[1] or line[2]]
    return Frame(location, at, shown.name, tuple(existing))


def log_beside(error: BaseException | None, log: str) -> str:
    """Return what was logged, without the traceback that the card shows anyway."""
    return log if error is None else LOGGED_FAILURE.sub("", log)
