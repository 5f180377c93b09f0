"""%why and %trace: where a request goes and why, and what happens on its way."""

from __future__ import annotations

from dataclasses import replace

from ...explain import Explanation
from ...grammar.errors import LineError
from ...grammar.methods import method_and_words, prepare_any
from ...grammar.options import BODY_OPTIONS, HELP, REQUEST_OPTIONS, Option, parse
from ...grammar.request import prepare
from ...grammar.words import split
from ...ipynb.requests.recorded import Sent
from ...ipynb.requests.records import metadata_of
from ...testing import ClientResponse
from ..display import trace as trace_card
from ..display import why as why_card
from ..failures.frames import calling_scope
from ..requests.exchange import Exchange, Way, exchange
from ..requests.hints import of_request
from ..requests.recording import record
from ..session import Notebook
from . import requests

WHY_OPTIONS = (
    Option("--host", "HOST", "ask this host, such as api.example.com"),
    HELP,
)
#: What a trace has no use for, and why.
NEEDLESS = {
    "--follow": "a redirect is traced alone, and where it leads by a line of its own",
    "--raise": "a failure is shown with its trace; %get --raise lets it through",
    "--live": "what a server's thread does cannot be listened to; leave it out",
    "--stream": "the body is read as a whole; %get --stream shows it as it comes",
}
TRACE_OPTIONS = tuple(each for each in REQUEST_OPTIONS if each.name not in NEEDLESS)
TRACE_BODY_OPTIONS = tuple(each for each in BODY_OPTIONS if each.name not in NEEDLESS)

WHY_USAGE = """\
%why [METHOD] PATH [--host HOST]
    say where a request would go and why: what each rule makes of it, which one
    wins, and the functions that would run, in order. Nothing is sent.

    %why /users/1
    %why POST /users/abc
    why = %why /users/1        (why.winner, why.rules, why.calls)

In Python: app.explain("GET", "/users/1")

Options:
{options}"""

TRACE_USAGE = """\
%trace [METHOD] PATH [ITEM…] [OPTION…]
    send a request and draw its life: every hook, the view, templates, signals,
    error handlers, each with its time and cell

    %trace /users/1
    %trace POST /users name=Ada age:=36
    r = %trace /users/1        (r.trace.steps)

Items are those of %get and %post; without a METHOD it is GET, and POST if there is
a body. --verbose shows the response too.
%%trace [METHOD] PATH sends the cell's body.
In Python: app.trace("GET", "/users/1").trace

Options:
{options}"""


def why(notebook: Notebook, line: str) -> Explanation:
    """Show what would become of a request; return the explanation."""
    evaluate = calling_scope(notebook.shell)
    arguments = parse(line, WHY_OPTIONS, evaluate=evaluate)
    named, words = method_and_words("why", arguments.items)
    method = named or "GET"
    if len(words) > 1:
        raise LineError(
            f"%why takes a path alone, and {words[1]!r} is more: put a query into"
            " the path, /search?q=x"
        )
    target = prepare(method, words, evaluate=evaluate).as_client_kwargs()
    app = notebook.app
    try:
        found = app.explain(
            method,
            target["path"],
            host=arguments.options["host"],
            query_string=target.get("query_string"),
        )
    except (ValueError, UnicodeError) as error:
        reason = " ".join(f"{error}".split())
        raise LineError(
            f"{method} {target['path']} cannot be asked: {reason}"
        ) from None
    notebook.show_once(found, why_card.card(found))
    return found


def trace(
    notebook: Notebook, line: str, cell: str | None = None
) -> ClientResponse | None:
    """Send what the line says and show its life; the response is returned."""
    __tracebackhide__ = True
    refuse_needless(line)
    evaluate = calling_scope(notebook.shell)
    options = TRACE_OPTIONS if cell is None else TRACE_BODY_OPTIONS
    arguments = parse(line, options, evaluate=evaluate)
    given = arguments.options
    request = prepare_any(
        "trace",
        arguments.items,
        form=given["form"],
        evaluate=evaluate,
        cell=cell,
        as_python=given.get("py", False),
    )
    requests.refuse_unwritable(notebook, request)
    way = Way(client=given["client"] or "", timeout=given["timeout"], traced=True)
    done = exchange(notebook, request, way)
    response = done.response
    sent = record(notebook, request, done, way, given["expect"])
    if not given["quiet"]:
        # A failure's traceback is what the response's card shows.
        if given["verbose"] or response.exception is not None:
            requests.show(
                notebook, done, arguments, of_request(request, arguments.items, cell)
            )
        show_trace(notebook, done, sent)
    notebook.shows_for_the_first_time(response)
    if given["out"]:
        notebook.shell.user_ns[given["out"]] = response
    requests.check(response, given["expect"])
    return response


def refuse_needless(line: str) -> None:
    words = split(line)
    until = words.index("--") if "--" in words else len(words)
    for word in words[:until]:
        if word in NEEDLESS:
            raise LineError(f"%trace has no {word}: {NEEDLESS[word]}")


def show_trace(notebook: Notebook, done: Exchange, sent: Sent | None) -> None:
    traced = done.response.trace
    if traced is not None and requests.has_room(notebook):
        card = trace_card.card(traced, truncated=done.truncated)
        notebook.show(replace(card, metadata=metadata_of(sent)))
