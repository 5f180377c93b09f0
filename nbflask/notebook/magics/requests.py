"""%get, %post and their like: a line becomes a request, its response is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ...grammar.errors import LineError, Unexpected
from ...grammar.options import (
    BODY_OPTIONS,
    REQUEST_OPTIONS,
    Arguments,
    parse,
    status_matches,
)
from ...grammar.request import MISSING, PreparedRequest, prepare
from ...ipynb.requests.recorded import Sent
from ...ipynb.requests.records import metadata_of
from ...testing import ClientResponse
from ..display import response as response_card
from ..failures.frames import calling_scope
from ..requests.conversation import owner_of_hosts
from ..requests.exchange import Exchange, Way, exchange, read_bounded
from ..requests.hints import of_request
from ..requests.look import view_of
from ..requests.recording import record
from ..requests.streams import Pieces
from ..session import Notebook

__all__ = ["EXAMPLES", "USAGE", "read_bounded", "send"]

#: Cards shown in one run of a cell; a loop or %timeit may make thousands.
MOST_CARDS = 40
#: For each notebook the run that showed cards last, and how many.
_cards: WeakKeyDictionary[Notebook, tuple[object, int]] = WeakKeyDictionary()

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
    evaluate = calling_scope(notebook.shell)
    arguments = parse(
        line, REQUEST_OPTIONS if cell is None else BODY_OPTIONS, evaluate=evaluate
    )
    options = arguments.options
    request = prepare(
        method,
        arguments.items,
        form=options["form"],
        evaluate=evaluate,
        cell=cell,
        as_python=options.get("py", False),
    )
    refuse_elsewhere(notebook, request)
    refuse_unwritable(notebook, request)
    hints = of_request(request, arguments.items, cell)
    way = way_of(arguments, options["client"] or "")
    return send_prepared(notebook, request, arguments, way, hints)


def send_prepared(
    notebook: Notebook,
    request: PreparedRequest,
    arguments: Arguments,
    way: Way,
    hints: Iterable[str] = (),
) -> ClientResponse:
    """Send a request as a line's options say, keep the response, and check it."""
    __tracebackhide__ = True
    options = arguments.options
    expected = options["expect"]
    response = deliver(notebook, request, arguments, way, expected, hints)
    if options["out"]:
        notebook.shell.user_ns[options["out"]] = response
    check(response, expected)
    return response


def deliver(
    notebook: Notebook,
    request: PreparedRequest,
    arguments: Arguments,
    way: Way,
    expected: str | None,
    hints: Iterable[str] = (),
    title: str = "",
) -> ClientResponse:
    """Send one request and show its response, unless the line says --quiet."""
    __tracebackhide__ = True
    done = exchange(notebook, request, way)
    sent = record(notebook, request, done, way, expected, title)
    if arguments.options["quiet"]:
        notebook.shows_for_the_first_time(done.response)  # or so it believes
    else:
        show(notebook, done, arguments, hints, title, sent)
    return done.response


def way_of(arguments: Arguments, client: str | None) -> Way:
    options = arguments.options
    return Way(
        client=client,
        follow=bool(options["follow"]),
        propagate=bool(options["raise"]),
        timeout=options["timeout"],
        live=bool(options.get("live")),
        heard=Pieces().hear if options.get("stream") else None,
    )


def refuse_elsewhere(notebook: Notebook, request: PreparedRequest) -> None:
    """Raise LineError for the URL of a host that is none of the app's."""
    if request.path.startswith("/"):
        return
    host = urlsplit(request.path).hostname
    if host and not owner_of_hosts(notebook.app, notebook.serving.server)(host):
        raise LineError(
            f"{host!r} is another host, and requests go to the notebook's app alone:"
            " write a path, such as /users"
        )


def refuse_unwritable(notebook: Notebook, request: PreparedRequest) -> None:
    """Raise LineError if the app's JSON cannot say what --py evaluated to."""
    dumps = notebook.app.json.dumps
    try:
        dumps(None if request.json is MISSING else request.json)
    except (TypeError, ValueError, RecursionError) as error:
        raise LineError(f"The body is not JSON, {error}: send plain values.") from None


def show(
    notebook: Notebook,
    done: Exchange,
    arguments: Arguments,
    hints: Iterable[str],
    title: str = "",
    sent: Sent | None = None,
) -> None:
    first = notebook.shows_for_the_first_time(done.response)
    if not first or not has_room(notebook):
        return
    view = view_of(
        done.response,
        notebook.shell,
        verbose=arguments.options["verbose"],
        log=done.log,
        truncated=done.truncated,
        notes=(*done.notes, *hints),
        title=title,
    )
    notebook.show(replace(response_card.card(view), metadata=metadata_of(sent)))


def has_room(notebook: Notebook) -> bool:
    """Whether this run of a cell may show one more card; if not, say so once."""
    run = notebook.watch.count, getattr(notebook.shell, "execution_count", None)
    last, shown = _cards.get(notebook, (None, 0))
    shown = shown + 1 if last == run else 1
    _cards[notebook] = run, shown
    if shown == MOST_CARDS + 1:
        print(
            f"{MOST_CARDS} cards are shown; further responses of this cell are not"
            " (use --quiet)"
        )
    return shown <= MOST_CARDS


def check(response: ClientResponse, expected: str | None) -> None:
    if expected is not None and not status_matches(expected, response.status_code):
        raise Unexpected(
            f"Expected {expected}, but {response.request.method}"
            f" {response.request.path} answered {response.status}"
        )
