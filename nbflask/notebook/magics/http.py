"""%%http: the requests of an .http text are sent in order, and shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ...grammar.errors import LineError
from ...grammar.http_file import HttpFile, HttpRequest
from ...grammar.http_prepare import MOST_TEXT, Place, read_file
from ...grammar.http_reading import read_http
from ...grammar.http_values import Scope
from ...grammar.options import REQUEST_OPTIONS, Arguments, Option, parse
from ...grammar.request import PreparedRequest
from ...testing import ClientResponse
from ..failures.frames import calling_scope
from ..requests.conversation import Responses, owner_of_hosts
from ..session import Notebook
from . import requests

#: What the text says itself, or says once for every request.
NEEDLESS = {"--form"}
OWN_HELP = {
    "--expect": "fail the cell on any other: one for all, or one for each",
    "--out": "keep the list of responses in this variable",
}
HTTP_OPTIONS = (
    Option("--only", "NAME", "send the requests of this name or title alone"),
    *(
        replace(
            each, help=OWN_HELP.get(each.name, each.help), many=each.name == "--expect"
        )
        for each in REQUEST_OPTIONS
        if each.name not in NEEDLESS
    ),
)

USAGE = """\
%%http [OPTION…]
%http FILE [OPTION…]
    send the requests that the cell or a file holds, in the format of REST clients'
    .http files

    %%http
    @user = Ada
    ### Make one
    # @name made
    POST /users
    Content-Type: application/json

    {{"name": "{{{{user}}}}"}}
    ### Look at it
    GET /users/{{{{made.response.body.$.n}}}}

Above a request stand ### and its title, # @name NAME, @variable = value. A query may
go on in lines that begin with ? or &; headers, an empty line and the body follow;
< FILE is a file's content.
{{{{…}}}} is a variable, a part of an answer (made.response.headers.Location,
made.response.body.$.items[0], made.request.body.*), $guid, $timestamp, $datetime,
$randomInt, $processEnv NAME, $dotenv NAME, or a Python expression, in a file a name
alone; {{{{%name}}}} encodes it for a URL. Variables and named requests stay from cell
to cell.
Only the notebook's app is asked, by path or as localhost. Nothing is sent when the
text is wrong. Scripts, @prompt, XPath and GraphQL are not done.
The result is a list of the responses; those with a name are responses["made"] too.

Options:
{options}

In Python: made = app.test_client().post("/users", json={{"name": user}}), and then
app.test_client().get(f"/users/{{made.json['n']}}")"""


def http(notebook: Notebook, line: str, cell: str | None = None) -> Responses | None:
    """Send the requests of a cell or a file; return their responses."""
    __tracebackhide__ = True
    evaluate = calling_scope(notebook.shell)
    arguments = parse(line, HTTP_OPTIONS, evaluate=evaluate)
    file, folder = text_of(arguments, cell)
    asked = chosen(file, arguments.options["only"])
    expected = expectations(arguments.options["expect"], len(asked))
    place = Place(owner_of_hosts(notebook.app, notebook.serving.server), folder)
    # A file may come from anywhere; a cell is the person's own code.
    scope = Scope(evaluate, names_only=cell is None)
    turn = notebook.conversation.begin(file, asked, scope, place)
    responses = Responses()
    try:
        for request, status in zip(asked, expected, strict=True):
            prepared = turn.prepare(request)
            response = deliver(notebook, prepared, request, arguments, status)
            responses.add(request.name, response)
            turn.keep(request, response)
            requests.check(response, status)
    finally:
        if arguments.options["out"]:
            notebook.shell.user_ns[arguments.options["out"]] = responses
    return responses or None


def text_of(arguments: Arguments, cell: str | None) -> tuple[HttpFile, Path]:
    """Return what a cell or a file says, and where the files lie that it includes."""
    words = arguments.items
    if cell is not None:
        if words:
            raise LineError(
                f"The cell holds the requests, so {words[0]!r} has no place: write"
                f" %http {words[0]} to send those of a file"
            )
        return read_http(cell, first=2), Path()
    if len(words) != 1:
        what = f"{words[1]!r} is one too many" if words else "The file is missing"
        raise LineError(
            f"{what}: write %http api.http, or %%http and the requests below it"
        )
    content = read_file(words[0], Path(), MOST_TEXT)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LineError(f"{words[0]} is not UTF-8 text: save it as UTF-8") from None
    return read_http(text), Path(words[0]).expanduser().parent


def chosen(file: HttpFile, only: str | None) -> Sequence[HttpRequest]:
    """Return the requests of a name or a title, or all."""
    if only is None:
        return file.requests
    found = [each for each in file.requests if only in (each.name, each.title)]
    if not found:
        labels = {each: None for r in file.requests for each in (r.name, r.title)}
        known = ", ".join(filter(None, labels)) or "none has a name"
        raise LineError(f"There is no request {only!r}; there are: {known}")
    return found


def expectations(statuses: Sequence[str], count: int) -> Sequence[str | None]:
    """Return the status that each request has to be answered with."""
    if len(statuses) > 1 and len(statuses) != count:
        raise LineError(
            f"--expect names {len(statuses)} statuses for {count} requests: write one"
            " for all, or one for each"
        )
    return statuses if len(statuses) > 1 else [*(statuses or (None,))] * count


def deliver(
    notebook: Notebook,
    prepared: PreparedRequest,
    request: HttpRequest,
    arguments: Arguments,
    expected: str | None,
) -> ClientResponse:
    __tracebackhide__ = True
    way = requests.way_of(arguments, arguments.options["client"] or "")
    way = replace(way, follow=way.follow and request.follows)
    notes = comments(request, prepared)
    return requests.deliver(
        notebook, prepared, arguments, way, expected, notes, request.label
    )


def comments(request: HttpRequest, prepared: PreparedRequest) -> Iterator[str]:
    """Say what was left out of a body in which it may have been meant."""
    types = [v for n, v in prepared.headers if n.lower() == "content-type" and v]
    kind = types[0] if types else prepared.content_type or ""
    if request.left_out and "json" not in kind.lower():
        yield (
            f"Line {request.left_out[0]} of the text was left out as a comment:"
            " include a file with < FILE to send a line that begins with # or //."
        )
