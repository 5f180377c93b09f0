"""What {{…}} stands for in an .http file. Knows no client and no notebook.

The first of these that knows a name has it: the values that REST clients make
($guid), requests that were answered (login.response.…), the file's variables,
Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from .braces import REFERENCE, Piece, cut_braces
from .errors import LineError
from .http_file import Variable, on_line
from .json_path import pick, read_path
from .request import MISSING
from .system_values import read_system
from .words import Evaluate, ends_in_string, python_value, show, to_json

#: A name, its attributes, and what looks so: X-Token. None of it calls anything.
_NAMES = re.compile(r"[^\W\d][\w-]*(?:\.[\w-]+)*")
_BRACES = {"'{{'", '"{{"'}


@dataclass(frozen=True, slots=True)
class Message:
    """Headers and body of a request or a response."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """A named request with its response, whose status is such as "200 OK"."""

    status: str
    request: Message
    response: Message


@dataclass(frozen=True, slots=True)
class Scope:
    """All that an expression may name.

    `later` are requests that will be answered only after the one at hand, with
    their lines; `promised` will be answered before it. With `names_only` Python is
    asked for names and nothing else: the text is not the person's own code.
    """

    evaluate: Evaluate
    variables: Mapping[str, Variable] = field(default_factory=dict)
    answers: Mapping[str, Answered] = field(default_factory=dict)
    promised: frozenset[str] = frozenset()
    later: Mapping[str, int] = field(default_factory=dict)
    names_only: bool = False


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in an expression's place: text, or in JSON a value if there is one.

    Text is put into JSON as it is: @age = 36 is a number there.
    """

    text: str
    value: object = MISSING


def fill_http(text: str, scope: Scope) -> str:
    """Return text with every {{expression}} filled in. Raises LineError."""
    return _filled(cut_braces(text), scope)


def fill_http_json(text: str, scope: Scope) -> str:
    """Return a line of JSON, filled in: inside a string a value is escaped, outside
    it is written as JSON. Raises LineError."""
    done, in_string = "", False
    for piece in cut_braces(text):
        added = piece.text
        if piece.is_expression:
            added = _as_json(piece.text, resolve(piece.text, scope), in_string)
        done += added
        in_string ^= ends_in_string(added)
    return done


def _as_json(expression: str, filling: Filling, in_string: bool) -> str:
    if in_string:
        return to_json(filling.text, expression)[1:-1]
    if filling.value is MISSING:
        return filling.text
    return to_json(filling.value, expression)


def _filled(pieces: Iterable[Piece], scope: Scope) -> str:
    return "".join(
        resolve(piece.text, scope).text if piece.is_expression else piece.text
        for piece in pieces
    )


def draw(variable: Variable) -> Variable:
    """Return a variable whose {{$guid}} and the like are made, once for all its uses.

    Raises LineError.
    """
    with on_line(variable.line):
        return replace(variable, pieces=tuple(map(_drawn, variable.pieces)))


def _drawn(piece: Piece) -> Piece:
    if piece.is_expression and piece.text.startswith("$"):
        return Piece(read_system(piece.text)())
    return piece


# One expression


def resolve(expression: str, scope: Scope) -> Filling:
    """Return what an expression stands for. Raises LineError."""
    if expression.startswith("$"):
        return Filling(read_system(expression)())
    if expression.startswith("%"):
        text = resolve(expression[1:].strip(), scope).text
        return Filling(quote(text, safe="", errors="replace"))
    found = REFERENCE.fullmatch(expression)
    if found is not None and found[1] in scope.answers:
        return _part(expression, found, scope.answers[found[1]])
    variable = scope.variables.get(expression)
    if variable is not None:
        return _variable(variable, scope)
    if scope.names_only:
        refuse_code(expression)
    value = python_value(expression, scope.evaluate)
    return Filling(str(value), value)


def refuse_code(expression: str) -> None:
    """Raise LineError for an expression that does more than name a value."""
    if not _NAMES.fullmatch(expression) and expression not in _BRACES:
        raise LineError(
            f"{{{{{show(expression)[1:-1]}}}}} is code, and in a file only names are"
            " looked up: give it a name in a cell."
        )


def _variable(variable: Variable, scope: Scope) -> Filling:
    # What a variable holds was judged where it was written.
    scope = replace(scope, names_only=False)
    if len(variable.pieces) == 1 and variable.pieces[0].is_expression:
        return resolve(variable.pieces[0].text, scope)
    return Filling(_filled(variable.pieces, scope))


def _part(expression: str, found: re.Match[str], answered: Answered) -> Filling:
    """Return what `login.response.body.$.token` stands for."""
    who, half, part, rest = found.groups()
    message: Message = getattr(answered, half)
    answer = f"{who} answered {answered.status} with"
    did = answer if half == "response" else f"{who} sent"
    if part == "headers":
        return Filling(_header(message, rest.removeprefix("."), did))
    if not rest.startswith(".$"):
        return Filling(message.body.decode("utf-8", "replace"))
    try:
        value = pick(_json(message, did), read_path(rest[1:]))
    except LineError as error:
        text = str(error)
        missing = text.startswith("no ")
        raise LineError(f"{did} {text}" if missing else text) from None
    return Filling(value if isinstance(value, str) else _dumped(value), value)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _header(message: Message, name: str, did: str) -> str:
    values = [value for key, value in message.headers if key.lower() == name.lower()]
    if not values:
        has = ", ".join(dict.fromkeys(key for key, _ in message.headers)) or "none"
        raise LineError(f"{did} no header {show(name)}; it has: {has}")
    return ", ".join(values)


def _json(message: Message, did: str) -> Any:
    try:
        return json.loads(message.body)
    except (ValueError, RecursionError):
        types = [v for k, v in message.headers if k.lower() == "content-type"]
        kind = types[0] if types and message.body else "nothing"
        raise LineError(
            f"{did} no JSON but {kind}: body.* is the whole of it as text."
        ) from None
