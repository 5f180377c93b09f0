"""%get, %post and their like: a line becomes a request, its response is shown."""

from __future__ import annotations

import io
import sys
import time

from ...testing import ClientResponse
from ..display import response as response_card
from ..grammar import (
    BODY_OPTIONS,
    MISSING,
    REQUEST_OPTIONS,
    Arguments,
    LineError,
    PreparedRequest,
    parse,
    prepare,
    status_matches,
)
from ..look import from_own_code, view_of
from ..session import Notebook

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

USAGE = """\
%{name} PATH [ITEM…] [OPTION…]
    send {method} to the notebook's app and show the response

    r = %{name} {example}

Items, as in HTTPie: key=value (JSON string, or form field with --form),
key:=json, key==query, Header:value, field@file, key=@file, key:=@file.
{{{{expression}}}} inserts a Python expression's value.
%%{name} PATH sends the cell's body: JSON if it is JSON, else text.

Options:
{options}"""

EXAMPLES = {
    "GET": "/users/1 verbose==1 Accept:application/json",
    "POST": "/users name=Ada age:=36",
    "PUT": "/users/1 name=Ada",
    "PATCH": "/users/1 age:=37",
    "DELETE": "/users/1",
    "HEAD": "/",
    "OPTIONS": "/",
}


def send(
    notebook: Notebook, method: str, line: str, cell: str | None
) -> ClientResponse | None:
    """Send what the line says and show the response, which is returned."""
    __tracebackhide__ = True
    arguments = parse(
        line,
        REQUEST_OPTIONS if cell is None else BODY_OPTIONS,
        evaluate=notebook.evaluate,
    )
    request = prepare(
        method,
        arguments.items,
        form=arguments.options["form"],
        evaluate=notebook.evaluate,
        cell=cell,
        as_python=arguments.options.get("py", False),
    )
    refuse_unwritable(notebook, request)
    response, log, truncated = exchange(notebook, request, arguments)
    if arguments.options["quiet"]:
        notebook.shows_for_the_first_time(response)  # or so it believes
    else:
        show(notebook, response, arguments, log, truncated)
    if arguments.options["out"]:
        notebook.shell.user_ns[arguments.options["out"]] = response
    check(response, arguments.options["expect"])
    return response


def refuse_unwritable(notebook: Notebook, request: PreparedRequest) -> None:
    """Raise LineError if the app's JSON cannot say what --py evaluated to."""
    try:
        notebook.app.json.dumps(None if request.json is MISSING else request.json)
    except (TypeError, ValueError, RecursionError) as error:
        raise LineError(f"The body is not JSON, {error}: send plain values.") from None


def exchange(
    notebook: Notebook, request: PreparedRequest, arguments: Arguments
) -> tuple[ClientResponse, str, int | None]:
    """Send a request in this thread; return its response, its log and what was
    not read of its body."""
    __tracebackhide__ = True
    options = arguments.options
    client = notebook.client(options["client"] or "")
    errors = io.StringIO()
    limits = notebook.settings
    try:
        response: ClientResponse = client.send_noting(
            errors,
            propagate=bool(options["raise"]),
            follow_redirects=options["follow"],
            **request.as_client_kwargs(),
        )
        truncated = read_bounded(
            response, limits.body_limit, options["timeout"] or limits.time_limit
        )
    except BaseException as error:
        raise from_own_code(error, notebook.shell)  # noqa: B904  # the same error
    failure = response.exception
    if failure is not None:
        remember(failure)
    return response, errors.getvalue(), truncated


def read_bounded(response: ClientResponse, size: int, seconds: float) -> int | None:
    """Read a body up to a size and a time; 0 stands for a rest of unknown size."""
    pieces, length, end = [], 0, time.monotonic() + seconds
    complete = True
    try:
        for piece in response.iter_encoded():
            pieces.append(piece)
            length += len(piece)
            if length > size or time.monotonic() > end:
                complete = False
                break
    except Exception as error:
        if response.story.propagate:
            raise
        # The status is sent by then: what came is shown, and why no more came.
        response.story.failure, complete = error, False
    finally:
        response.close()
        response.response = pieces
    return None if complete else 0


def remember(error: BaseException) -> None:
    """Make %debug open this exception."""
    sys.last_type, sys.last_value = type(error), error
    sys.last_traceback = error.__traceback__
    sys.last_exc = error  # type: ignore[attr-defined]


def show(
    notebook: Notebook,
    response: ClientResponse,
    arguments: Arguments,
    log: str,
    truncated: int | None,
) -> None:
    if notebook.shows_for_the_first_time(response):
        view = view_of(
            response,
            notebook.shell,
            verbose=arguments.options["verbose"],
            log=log,
            truncated=truncated,
        )
        notebook.show(response_card.card(view))


def check(response: ClientResponse, expected: str | None) -> None:
    if expected is not None and not status_matches(expected, response.status_code):
        raise LineError(
            f"Expected {expected}, but {response.request.method}"
            f" {response.request.path} answered {response.status}"
        )
