"""One request sent in this thread, and its response read: bounded, never fatal."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from werkzeug.datastructures import Headers

from ...grammar.errors import LineError
from ...grammar.request import PreparedRequest
from ...recording import sendable
from ...story import Story
from ...testing import ClientResponse, EnvironBuilder, FlaskClient
from ...tracing import listen_to_body, recording
from ..cells.contexts import Within
from ..failures.frames import from_own_code, last_place
from ..failures.last import show_own
from ..session import Notebook
from .timing import OutOfTime, TimeLimit
from .wire import over_the_wire

REDIRECTS = frozenset({301, 302, 303, 305, 307, 308})
#: Redirects followed, one after the other.
MOST_HOPS = 30
SENT = "nbflask.body"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A response whose body is read, what was logged, and what is to be said.

    `truncated` says why the body was not read to its end.
    """

    response: ClientResponse
    log: str = ""
    truncated: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How a request is to be sent; None for a timeout leaves the view its time, and
    for a client keeps no cookies. `heard` is told of each piece of the body."""

    client: str | None = ""
    follow: bool = False
    propagate: bool = False
    timeout: float | None = None
    traced: bool = False
    live: bool = False
    heard: Callable[[ClientResponse, bytes], object] | None = None


def exchange(notebook: Notebook, request: PreparedRequest, way: Way) -> Exchange:
    """Send a request and read its response; an exception becomes a 500.

    Raises LineError when no answer came in time; with `way.propagate` whatever
    the view raises.
    """
    __tracebackhide__ = True
    errors, limit = io.StringIO(), TimeLimit(way.timeout)
    try:
        # As from elsewhere: what the notebook has pushed is not there.
        with Within((None, None)):
            response, cut, note = send_and_read(notebook, request, way, errors, limit)
    except OutOfTime as late:
        if late.limit is not limit:
            raise
        raise LineError(too_late(request, late, notebook.shell)) from None
    except BaseException as error:
        show_own(error, notebook.shell)
        raise from_own_code(error, notebook.shell)  # noqa: B904  # the same error
    if response.exception is not None:
        notebook.last_failure.note(response.exception, response.story.contexts)
    return Exchange(response, errors.getvalue(), cut, (note,) if note else ())


def send_and_read(
    notebook: Notebook,
    request: PreparedRequest,
    way: Way,
    errors: io.StringIO,
    limit: TimeLimit,
) -> tuple[ClientResponse, str | None, str]:
    """Return the response, why its body was cut short, and a note."""
    __tracebackhide__ = True
    client, began = notebook.client(way.client), time.monotonic()
    if way.live:
        client = over_the_wire(client, notebook.serving, notebook.running_server())
    with limit:
        response, note = answer(notebook, client, request, way, errors)
    seconds = named = way.timeout or notebook.settings.time_limit
    if way.timeout:
        seconds = max(way.timeout - (time.monotonic() - began), 0.01)
    size, heard = notebook.settings.body_limit, way.heard
    cut = read_bounded(response, size, seconds, named, heard)
    return response, cut, note


def answer(
    notebook: Notebook,
    client: FlaskClient,
    request: PreparedRequest,
    way: Way,
    errors: io.StringIO,
) -> tuple[ClientResponse, str]:
    """Return the response, and a note if its redirect could not be followed."""
    __tracebackhide__ = True
    story = Story(propagate=way.propagate and not way.live)
    note = {SENT: sent_by(request, notebook)}
    kwargs = request.as_client_kwargs()
    if way.live and kwargs["path"].startswith("/"):
        kwargs["base_url"] = f"http://localhost:{notebook.running_server().port}"
    began = time.perf_counter()
    try:
        with recording(client.application, story) if way.traced else nullcontext():
            response = client.send_noting(errors, story, note=note, **kwargs)
        listen_to_body(response)
        if way.propagate and story.failure is not None:
            raise story.failure
    except (Exception, SystemExit) as error:  # a server lives on, and so does a cell
        if way.propagate:
            raise
        kept = ("path", "query_string", "method", "headers")
        kwargs = {name: kwargs[name] for name in kept if name in kwargs}
        return failed(client, kwargs, error, story, began), ""
    return follow(notebook, client, response, way) if way.follow else (response, "")


def sent_by(request: PreparedRequest, notebook: Notebook) -> bytes:
    """Return the body of a request for showing; a multipart form has none."""
    payload = request.as_client_kwargs()
    if "json" in payload:
        return notebook.app.json.dumps(payload["json"]).encode("utf-8", "replace")
    data = payload.get("data", b"")
    return data if isinstance(data, bytes) else b""


def failed(
    client: FlaskClient,
    kwargs: dict[str, Any],
    error: BaseException,
    story: Story,
    began: float,
) -> ClientResponse:
    """Return a 500 in the place of a response that the app did not give, asked for
    at the moment `began` of the performance counter.

    Raises LineError if it was the request that could not be made.
    """
    try:
        request = EnvironBuilder(client.application, **kwargs).get_request()
    except Exception:
        reason = " ".join(f"{error}".split())
        raise LineError(
            f"{kwargs['method']} {kwargs['path']} cannot be sent: {reason}"
        ) from error
    response: Any = client.response_wrapper(
        [], "500 INTERNAL SERVER ERROR", Headers(), request=request
    )
    response.elapsed = timedelta(seconds=time.perf_counter() - began)
    before, story.failure = story.failure, error
    if before is not None and error.__context__ is None and before is not error:
        # What a visitor would have been told of, had the end of it not failed too.
        error.__context__ = before
    response.story, response.json_module = story, client.application.json
    response.unanswered = True
    return response  # type: ignore[no-any-return]


def follow(
    notebook: Notebook, client: FlaskClient, response: ClientResponse, way: Way
) -> tuple[ClientResponse, str]:
    """Follow redirects; where that cannot go on, say why."""
    __tracebackhide__ = True
    hops: list[ClientResponse] = []
    asked: set[tuple[str, int]] = set()
    limits, elapsed = notebook.settings, response.elapsed
    while response.status_code in REDIRECTS and response.location:
        step = response.location, response.status_code
        if step in asked:
            return response, f"A loop: {step[0]} was asked for before."
        if len(hops) == MOST_HOPS:
            return response, f"Not followed further: {MOST_HOPS} redirects are enough."
        asked.add(step)
        read_bounded(response, limits.body_limit, limits.time_limit)
        further = one_further(client, response, way)
        if further is None:
            return response, f"Not followed: {step[0]} is not on the app's host."
        hops.append(response)
        elapsed += further.elapsed
        response = further
        response.history, response.elapsed = tuple(hops), elapsed
    if way.propagate and response.story.failure is not None:
        raise response.story.failure
    return response, ""


def one_further(
    client: FlaskClient, response: ClientResponse, way: Way
) -> ClientResponse | None:
    """Follow one redirect; None if it leads to another host."""
    began = time.perf_counter()
    try:
        return client.resolve_redirect(response)  # type: ignore[return-value]
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error).startswith("Following "):
            return None
        if way.propagate:
            raise
        same = response.status_code in {307, 308} or response.request.method == "HEAD"
        method = response.request.method if same else "GET"
        kwargs = {"path": response.location, "method": method}
        return failed(client, kwargs, error, Story(), began)


def read_bounded(
    response: ClientResponse,
    size: int,
    seconds: float,
    named: float | None = None,
    heard: Callable[[ClientResponse, bytes], object] | None = None,
) -> str | None:
    """Read a body up to a size and a time; return why it was not read whole.

    `named` are the seconds that the person knows of; `heard` is told of each piece.
    """
    pieces: list[bytes] = []
    limit = TimeLimit(seconds)
    late = f"it did not end within {named or seconds:g} s"
    try:
        with limit:
            whole = read_into(pieces, response, size, seconds, heard)
            return None if whole else late
    except OutOfTime as over:
        if over.limit is not limit:
            raise
        return late
    except BodyTooBig:
        return f"{size:,} bytes are the limit, the rest was not read"
    except Exception as error:
        if response.story.propagate:
            raise
        # The status is sent by then: what came is shown, and why no more came.
        # What the server's thread knows is more than that nothing else came.
        response.story.failure = response.story.failure or error
        return "it failed on its way"
    finally:
        response.close()
        response.response = pieces


class BodyTooBig(Exception):
    """A body is longer than is to be read."""


def read_into(
    pieces: list[bytes],
    response: ClientResponse,
    size: int,
    seconds: float,
    heard: Callable[[ClientResponse, bytes], object] | None = None,
) -> bool:
    """Gather a body's pieces; False if time was over, for where no alarm rings."""
    length, end = 0, time.monotonic() + seconds
    encoded: Iterator[bytes] = iter(response.iter_encoded())
    for piece in encoded:
        pieces.append(sendable(piece))
        length += len(piece)
        if heard is not None:
            heard(response, piece)
        if length > size and length != response.content_length:
            raise BodyTooBig
        if time.monotonic() > end and length != response.content_length:
            return False
    return True


def too_late(request: PreparedRequest, late: OutOfTime, shell: Any) -> str:
    """Say what did not answer in time, and where it was."""
    last = last_place(late, shell)
    where = ""
    if last is not None:
        where = f"; it was at line {last.lineno} of {last.location}, in {last.function}"
    return (
        f"{request.method} {request.path} did not answer"
        f" within {late.limit.seconds:g} s{where}"
    )
