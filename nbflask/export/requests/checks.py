"""Tests of an app, from the requests of a notebook and how they were answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...grammar.options import status_matches
from ...grammar.request import MISSING, FilePart, PreparedRequest
from ...ipynb.errors import NotebookError
from ...ipynb.requests.recorded import Answer, Sent, value_of
from .answers import asserted
from .literals import (
    Brackets,
    Expression,
    Named,
    argument,
    call,
    cut_bytes,
    laid,
    literal,
    pair,
    quoted,
)
from .naming import free, word_of
from .volatile import HELPER, NAMES, endings

#: Methods that a client has a function for.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
MARGIN = "    "
DOCSTRING = '''\
"""The requests of {notebook}, and how they were answered there.

They are sent in the notebook's order, and each finds what those before it have left:
the app its data, a client its cookies. Run the whole file.
"""
'''
UNRAISED = """\
# As in the notebook, what a view raises is answered with a 500.
{app}.config["PROPAGATE_EXCEPTIONS"] = False
"""
FIXTURE = '''\
@pytest.fixture(scope="module")
def {name}():
    """Ask the app{whose}; cookies stay from test to test."""
    return {app}.test_client()
'''
#: Why nothing is said of an answer.
UNKNOWN = "# How it was answered was not recorded."
CHANGED = "# What answers it has changed since it was sent."
FAILED = "# It failed in the notebook."


@dataclass(frozen=True, slots=True)
class Module:
    """The module under test, the variable of its app in it, and the variables of the
    environment that it wants."""

    name: str = "app"
    app: str = "app"
    environment: Sequence[str] = ()


def checks_of(
    sent: Sequence[Sent],
    module: Module,
    *,
    notebook: str = "a notebook",
    ignore: Sequence[str] = (),
) -> str:
    """Return a module of pytest that sends requests to a module's app.

    `ignore` names fields of JSON that are left out of comparisons: "id" at any depth,
    "owner.id" where an owner has it. Raises NotebookError if nothing was sent.
    """
    if not sent:
        raise NotebookError(
            f"{notebook} has no requests to make tests of: send some with %get and its"
            " like, and save it"
        )
    clients = fixtures_of(sent)
    names = names_of(sent)
    tests = [
        test_of(each, name, clients[each.client], ignore)
        for each, name in zip(sent, names, strict=True)
    ]
    leaves_out = any("stable(" in each for each in tests)
    blocks = [heading(sent, module, notebook)]
    if leaves_out:
        listed = literal_tuple(endings(ignore))
        blocks = [f"{blocks[0]}\n{NAMES.format(names=listed)}", HELPER]
    for client, name in clients.items():
        whose = f" as {plain(client)}" if client else ""
        blocks.append(FIXTURE.format(name=name, app=module.app, whose=whose))
    return "\n\n".join([*blocks, *tests]).rstrip() + "\n"


def heading(sent: Sequence[Sent], module: Module, notebook: str) -> str:
    """Return what stands above all tests: imports, and what the app wants to find."""
    wanted = list(module.environment)
    uses_os = wanted or any(each.secrets for each in sent)
    uses_io = any(each.request.files for each in sent)
    lines = [DOCSTRING.format(notebook=plain(notebook))]
    lines += ["import io"] if uses_io else []
    lines += ["import os"] if uses_os else []
    lines += [""] if uses_io or uses_os else []
    lines += ["import pytest", ""]
    defaults = [f'os.environ.setdefault("{name}", "testing")' for name in wanted]
    lines += [*defaults, ""] if defaults else []
    lines.append(f"from {module.name} import {module.app}")
    if any(each.answer and each.answer.status >= 500 for each in sent):
        lines += ["", UNRAISED.format(app=module.app).rstrip()]
    return "\n".join([*lines, ""])


def plain(text: str) -> str:
    """Return text that may stand in a docstring."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def literal_tuple(texts: Sequence[str]) -> str:
    listed = ", ".join(map(quoted, texts))
    return f"({listed},)" if len(texts) == 1 else f"({listed})"


# Names


def fixtures_of(sent: Iterable[Sent]) -> dict[str, str]:
    """Return the fixture of each client that sends something."""
    found: dict[str, str] = {}
    for client in dict.fromkeys(each.client for each in sent):
        wanted = f"client_{word_of(client)}" if client else "client"
        found[client] = free(wanted, set(found.values()))
    return found


def names_of(sent: Iterable[Sent]) -> list[str]:
    """Return a name for the test of each request."""
    found: dict[str, None] = {}
    for each in sent:
        path = each.request.path.partition("?")[0]
        said = each.title or f"{each.request.method} {path.strip('/') or 'index'}"
        found[free(f"test_{word_of(said)}", found)] = None
    return list(found)


# One test


def test_of(sent: Sent, name: str, client: str, ignore: Sequence[str]) -> str:
    said = list(assertions(sent, ignore))
    comment = "" if said else why_nothing(sent)
    before = "response = " if said else ""
    asked = laid(before, request_of(sent, client), MARGIN)
    above = [needing(variable) for _, variable in sent.secrets]
    lines = [*above, f"def {name}({client}):"]
    lines += [f"{MARGIN}{comment}"] if comment else []
    return "\n".join([*lines, asked, *said, ""])


# pytest would take it for a test.
test_of.__test__ = False  # type: ignore[attr-defined]


def needing(variable: str) -> str:
    return (
        f'@pytest.mark.skipif("{variable}" not in os.environ, reason="no {variable}")'
    )


def why_nothing(sent: Sent) -> str:
    if sent.answer is None:
        return UNKNOWN
    return CHANGED if not sent.stands else FAILED


def assertions(sent: Sent, ignore: Sequence[str]) -> Iterator[str]:
    """Yield the lines that assert what was answered, as far as it holds."""
    answer, expected = sent.answer, sent.expected
    if not sent.stands:
        return
    if expected is not None and not fits(answer, expected):
        yield f"{MARGIN}assert {status_is(expected)}"
    elif answer is not None and (answer.status < 500 or expected is not None):
        yield f"{MARGIN}assert response.status_code == {answer.status}"
        if sent.request.method != "HEAD":
            yield from asserted(answer, ignore, MARGIN, varies=sent.varies)


def fits(answer: Answer | None, expected: str) -> bool:
    return answer is not None and status_matches(expected, answer.status)


def status_is(expected: str) -> str:
    """Return what --expect asked for: 204, or 2xx."""
    if expected.endswith("xx"):
        return f"response.status_code // 100 == {expected[0]}"
    return f"response.status_code == {expected}"


# One request


def request_of(sent: Sent, client: str) -> Expression:
    """Return the call that sends a request."""
    request = sent.request
    arguments: list[Expression] = [Named(quoted(request.path))]
    function = f"{client}.{request.method.lower()}"
    if request.method not in METHODS:
        function = f"{client}.open"
        arguments.append(argument("method", literal(request.method)))
    headers = headers_of(sent)
    if headers is not None:
        arguments.append(argument("headers", headers))
    arguments += body_of(request)
    if sent.follow:
        arguments.append(Named("follow_redirects=True"))
    return call(function, arguments)


def headers_of(sent: Sent) -> Expression | None:
    given: list[tuple[str, Expression]] = [
        (name, literal(value)) for name, value in sent.request.headers
    ]
    given += [(name, Named(f'os.environ["{e}"]')) for name, e in sent.secrets]
    if not given:
        return None
    if len({name.lower() for name, _ in given}) == len(given):
        return Brackets("{", tuple(pair(quoted(n), v) for n, v in given), "}")
    pairs = (Brackets("(", (literal(n), v), ")") for n, v in given)
    return Brackets("[", tuple(pairs), "]")


def body_of(request: PreparedRequest) -> Iterator[Expression]:
    value = json_in(request)
    if value is not MISSING and value is not None and not request.files:
        yield argument("json", literal(value))
        return
    if request.form or request.files:
        yield argument("data", fields_of(request))
    elif value is None:
        yield Named('data="null"')
        yield Named('content_type="application/json"')
        return
    elif request.body is not None:
        yield argument("data", content(request.body))
    if request.content_type:
        yield argument("content_type", literal(request.content_type))


def json_in(request: PreparedRequest) -> object:
    """Return the JSON that a request sends, as such or as text; else MISSING."""
    if request.json is not MISSING or request.body is None:
        return request.json
    is_json = request.content_type == "application/json"
    return value_of(request.body) if is_json else MISSING


def content(body: bytes) -> Expression:
    """Return a body, as text if it is text."""
    try:
        return literal(body.decode())
    except UnicodeDecodeError:
        return literal(body)


def fields_of(request: PreparedRequest) -> Expression:
    """Return the fields of a form: a value, a file, or a list of them."""
    fields: dict[str, list[Expression]] = {}
    for name, value in request.form:
        fields.setdefault(name, []).append(literal(value))
    for part in request.files:
        fields.setdefault(part.field, []).append(upload(part))
    found = (
        pair(quoted(name), each[0] if len(each) == 1 else Brackets("[", (*each,), "]"))
        for name, each in fields.items()
    )
    return Brackets("{", tuple(found), "}")


def upload(part: FilePart) -> Expression:
    pieces = [literal(each) for each in cut_bytes(part.content)]
    inside = pieces[0] if len(pieces) == 1 else literal(part.content)
    items = [call("io.BytesIO", [inside]), literal(part.filename)]
    items += [literal(part.content_type)] if part.content_type else []
    return Brackets("(", tuple(items), ")")
