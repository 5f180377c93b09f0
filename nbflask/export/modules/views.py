"""A %%route cell as the function that a person would have written."""

from __future__ import annotations

import ast
import builtins
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count

from ...grammar.rules import identifier
from ...grammar.words import pieces as braces
from ...ipynb import body
from ...ipynb.needs.rivals import ROUTING
from ...ipynb.pieces import RouteCell

INDENT = "    "
BUILTINS = frozenset(dir(builtins))
STREAMING = "stream_with_context"


@dataclass(frozen=True, slots=True)
class View:
    """A cell's function: its text with decorators, and what it uses of the package."""

    name: str
    text: str
    imports: tuple[str, ...] = ()


def views(routes: Iterable[RouteCell], app: str, taken: set[str]) -> dict[int, View]:
    """Return the function of each cell, by the cell's number.

    No function has a name that is `taken`, or means something to Python; endpoints
    are those that the notebook gave.
    """
    found: dict[int, View] = {}
    endpoints: set[tuple[str, str]] = set()
    names = set(taken)
    for route in routes:
        target = route.target or app
        if route.defines_its_view:
            found[route.cell.number] = View("", with_decorator(route, target))
            continue
        wanted = route.endpoint or route.derived
        endpoint = next(
            each
            for each in numbered(wanted)
            if route.endpoint or (target, each) not in endpoints
        )
        endpoints.add((target, endpoint))
        name = free_name(identifier(endpoint), names)
        names.add(name)
        found[route.cell.number] = as_function(route, target, name, endpoint)
    return found


def numbered(name: str) -> Iterator[str]:
    return chain([name], (f"{name}_{number}" for number in count(2)))


def free_name(name: str, taken: set[str]) -> str:
    """Return a name for a function: `users_view` where `users` is something else."""
    return next(
        each
        for each in chain([name], numbered(f"{name}_view"))
        if each not in taken and each not in BUILTINS
    )


def as_function(route: RouteCell, target: str, name: str, endpoint: str) -> View:
    """Return the function whose body the cell is."""
    yields = any(isinstance(e, body.YIELDING) for e in body.walk_scope(route.module))
    awaits = body.awaits(route.module)
    decorators = [decorator(route, target, endpoint if endpoint != name else None)]
    if yields:
        decorators.append(f"@{STREAMING}")
    head = f"{'async ' if awaits else ''}def {name}({', '.join(route.parameters)}):"
    text = route.text if yields else with_return(route)
    lines = [*decorators, head, indented(text.strip("\n"))]
    return View(name, "\n".join(lines), (STREAMING,) if yields else ())


def with_decorator(route: RouteCell, target: str) -> str:
    """Return a cell's own function under its route."""
    function = route.module.body[-1]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    named = route.endpoint if route.endpoint not in {None, function.name} else None
    lines = route.text.split("\n")
    first = min([function.lineno, *(e.lineno for e in function.decorator_list)])
    lines.insert(first - 1, decorator(route, target, named))
    return "\n".join(lines).strip("\n")


def decorator(route: RouteCell, target: str, endpoint: str | None) -> str:
    """Return @app.get("/users"), and what else a route's line said."""
    methods = route.methods
    given = [quoted(route.rule)]
    word = methods[0].lower() if len(methods) == 1 else "route"
    if word not in ROUTING:
        word = "route"
    if word == "route":
        given.append(f"methods=[{', '.join(map(quoted, methods))}]")
    if endpoint is not None:
        given.append(f"endpoint={quoted(endpoint)}")
    if route.defaults:
        pairs = (default(each) for each in route.defaults)
        given.append(f"defaults={{{', '.join(pairs)}}}")
    return f"@{target}.{word}({', '.join(given)})"


def default(word: str) -> str:
    """Return `page=1` as `"page": 1`; {{an expression}} stays one."""
    key, _, text = word.partition("=")
    found = list(braces(text))
    if re.fullmatch(r"-?\d+", text):
        value = text
    elif any(is_expression for is_expression, _ in found):
        value = " + ".join(
            f"str({piece})" if is_expression else quoted(piece)
            for is_expression, piece in found
        )
    else:
        value = quoted(text)
    return f"{quoted(key)}: {value}"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def with_return(route: RouteCell) -> str:
    """Return a body's text, whose last expression is its result."""
    last = route.module.body[-1]
    if not isinstance(last, ast.Expr):
        return route.text
    lines = route.text.split("\n")
    line = lines[last.lineno - 1].encode()
    before, after = line[: last.col_offset].decode(), line[last.col_offset :].decode()
    lines[last.lineno - 1] = f"{before}return {after}"
    return "\n".join(lines)


def indented(text: str) -> str:
    """Return a body to the right; what is within strings stays where it is."""
    inside = lines_within_strings(text)
    return "\n".join(
        line if number in inside or not line.strip() else f"{INDENT}{line}"
        for number, line in enumerate(text.split("\n"), 1)
    )


def lines_within_strings(text: str) -> set[int]:
    """Return the numbers of the lines that begin within a string."""
    found: set[int] = set()
    begun: list[int] = []
    starts = {getattr(tokenize, "FSTRING_START", -1)}
    ends = {getattr(tokenize, "FSTRING_END", -1)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in starts:
            begun.append(token.start[0])
        elif token.type in ends:
            found.update(range(begun.pop() + 1, token.end[0] + 1))
    return found
