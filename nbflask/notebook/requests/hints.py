"""Why a request was refused, and what may have been meant. Makes no card."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from werkzeug.exceptions import BadRequestKeyError, HTTPException
from werkzeug.routing import Rule

from ...data.libraries import is_a
from ...explain import sought_by
from ...grammar.request import MISSING, PreparedRequest
from ...judging import (
    VARIABLE,
    Judgment,
    Sought,
    asked_of,
    in_order,
    nearest,
    place_of,
    takes,
    with_place,
)
from ...registry.table import Table
from ...testing import ClientResponse
from ..cells.contents import (
    STATIC,
    meant,
    of_cells,
    static_files,
    static_name,
    templates,
)
from ..failures.frames import own_frames

#: Rules shown for a path that none matches.
MOST = 3
#: What asyncio says of loops, and what it means in a notebook.
AWAIT = "A loop is running here already: make the view an 'async def' and await it."
OTHER_LOOP = (
    "Async views have a loop of their own, which is not that of cells: what is bound to"
    " a loop is to be made in a view or a hook."
)
LOOPS = {
    "cannot be called from a running event loop": AWAIT,
    "event loop is already running": AWAIT,
    "while another loop is running": AWAIT,
    "to a different event loop": OTHER_LOOP,
    "to a different loop": OTHER_LOOP,
}
PARTS = {
    "args": "query value",
    "cookies": "cookie",
    "files": "file",
    "form": "form field",
    "headers": "header",
    "values": "query value or form field",
}


def hints(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say why: the rules nearest to a path, a rule's methods, what was missing."""
    story, request = response.story, response.request
    status, table = refusal(response), story.table
    if request.method == "OPTIONS" and status < 300 and response.allow:
        yield f"It takes {', '.join(in_order(response.allow))}."
    yield from missing_template(response)
    yield from missing_file(response)
    yield from loop_trouble(response.exception)
    if status == 400:
        yield from bad_request(response, shell)
    if table is None or story.endpoint is not None:
        return
    if status == 405:
        error = response.story.answered
        valid = getattr(error, "valid_methods", None) or response.allow
        allowed = ", ".join(in_order(valid))
        said = f"It takes {allowed}." if allowed else ""
        yield f"{request.path} does not take {request.method}. {said}".rstrip()
        taking = (each for each in rules_of(table) if takes(each, request.method))
        yield from likely(taking, sought_in(response))
    if status == 404:
        yield from not_found(table, response)


def missing_template(response: ClientResponse) -> Iterator[str]:
    """Say which template may have been meant by the name of one that is not there."""
    error: Any = response.exception
    contexts = response.story.contexts
    if not is_a(error, "jinja2:TemplateNotFound") or contexts is None:
        return
    app = contexts[1].app
    several = is_a(error, "jinja2:TemplatesNotFound")
    wanted = error.templates if several else [error.name]
    for name in map(str, wanted):
        near = meant(name, templates(app), app.registry.table.templates)
        yield f"There is no template {name!r}: {near or f'%%template {name} makes it.'}"


def missing_file(response: ClientResponse) -> Iterator[str]:
    """Say the same of a static file."""
    name, contexts = static_name(response), response.story.contexts
    if name is None or contexts is None or refusal(response) != 404:
        return
    app, endpoint = contexts[1].app, response.story.endpoint or ""
    files = of_cells(app.registry.table, endpoint)
    near = meant(name, static_files(app, endpoint), files)
    makes = f"%%static {name} makes it." if endpoint == STATIC else ""
    further = near or makes
    yield f"There is no static file {name!r}{f': {further}' if further else '.'}"


def loop_trouble(error: BaseException | None) -> Iterator[str]:
    """Say what to do where a coroutine meets the wrong loop."""
    said = str(error) if isinstance(error, RuntimeError) else ""
    meant = (hint for words, hint in LOOPS.items() if words in said)
    yield from islice(meant, 1)


def refusal(response: ClientResponse) -> int:
    """Return the status, or that of an HTTP error which the app took for a failure."""
    failure = response.story.failure
    code = failure.code if isinstance(failure, HTTPException) else None
    return code or response.status_code


def not_found(table: Table, response: ClientResponse) -> Iterator[str]:
    if not rules_of(table):
        yield "The app has no routes yet. Define one with %%route or @app.route."
        return
    path = response.request.path
    by_host = any(place_of(each) for each in rules_of(table))
    asked = with_place(path, response.request.host if by_host else "")
    yield f"No rule matches {asked}. %flask routes shows them all."
    if path.endswith(";"):
        yield "The ; at the end is part of the path: --quiet shows nothing."
    braces = re.search(r"\{[^{}]+\}", path)
    if braces:
        yield f"{braces[0]} was sent as it is: write {{{braces[0]}}} for its value."
    elif VARIABLE.search(path):
        yield "A rule's variable was sent as it is: write a value in its place."
    yield from likely(rules_of(table), sought_in(response))


def rules_of(table: Table) -> list[Rule]:
    rules = (each for each in table.bound.values() if not each.build_only)
    return [each for each in rules if each.endpoint != "static"]


def sought_in(response: ClientResponse) -> Sought:
    """Return what the rules were asked for, the host too if the app was asked."""
    request, contexts = response.request, response.story.contexts
    context = None if contexts is None else contexts[1]
    if context is None:
        return Sought(request.method, request.path)
    return sought_by(context, context.url_adapter)


def likely(rules: Iterable[Rule], sought: Sought) -> Iterator[str]:
    """Yield the rules that may have been meant, the likeliest first."""
    for near in nearest(rules, sought, most=MOST):
        rule, methods = near.rule, ",".join(asked_of(near.rule))
        what = f"{methods} {with_place(rule.rule, place_of(rule))} → {rule.endpoint}"
        yield f"{apart(near.judgment, sought.path)}: {what}"


def apart(judgment: Judgment, path: str) -> str:
    """Say what sets a rule apart from a path."""
    if judgment.verdict == "slash":
        word = "without" if path.endswith("/") else "with"
        return f"Near, {word} a slash at its end"
    if judgment.verdict == "host":
        return f"Near, but {judgment.reason}"
    return f"{judgment.refusals[0]}" if judgment.refusals else "Near"


def bad_request(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say what a 400 missed: a key, or JSON that can be read."""
    # What the request was answered with, where the story tells it.
    error = getattr(response.story, "answered", None)
    words = own_words(error)
    if isinstance(error, BadRequestKeyError) and error.args:
        yield missing_key(error, shell)
    elif words:
        yield words
    request = response.request
    if request.is_json and not (words and is_of_the_body(error)):
        reason = not_json(request.environ.get("nbflask.body", b""))
        if reason:
            yield f"The request's body is not JSON: {reason}."


def own_words(error: BaseException | None) -> str:
    """Return what a 400 says beyond the usual."""
    if not isinstance(error, HTTPException) or error.code != 400:
        return ""
    words = error.description
    return str(words) if words and words != type(error).description else ""


def is_of_the_body(error: BaseException | None) -> bool:
    """Whether an error was raised as a body could not be read, and so says why."""
    cause = error and (error.__cause__ or error.__context__)
    return is_a(
        cause,
        "json:JSONDecodeError",
        "builtins:UnicodeDecodeError",
        "nbflask.data.reading:Unreadable",
    )


def missing_key(error: BadRequestKeyError, shell: Any) -> str:
    frames = own_frames(error, shell)
    line = (frames[-1].line or "") if frames else ""
    part = re.search(r"\brequest\.(\w+)", line)
    kind = PARTS.get(part[1], "field") if part else "field"
    return f"There is no {kind} {error.args[0]!r} in the request."


def not_json(body: bytes) -> str:
    """Return why bytes are not JSON; nothing if they are."""
    if not body:
        return "it is empty"
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def of_request(
    request: PreparedRequest, items: Sequence[str], cell: str | None
) -> Iterator[str]:
    """Say what was sent otherwise than it may have been meant."""
    if request.method in {"GET", "HEAD"} and request.json is not MISSING and items:
        fields = [each for each in items[1:] if re.match(r"[\w-]+=[^=]", each)]
        if fields:
            name, _, value = fields[0].partition("=")
            yield f"{fields[0]} is sent as JSON; write {name}=={value} for the query."
    if cell is None or request.json is not MISSING:
        return
    # With a type of its own a cell is sent as it is, JSON too.
    if is_python(cell) and not_json(cell.encode("utf-8", "replace")):
        yield "The cell is not JSON, so it was sent as text: --py sends Python values."


def is_python(cell: str) -> bool:
    """Whether a text reads as a Python dict or list."""
    try:
        return isinstance(ast.literal_eval(cell.strip()), dict | list | tuple)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return False
