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
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from .braces import REFERENCE, Piece, cut_braces
from .http_file import Variable, on_line
from .json_path import pick, read_path
from .request import MISSING
from .system_values import read_system
from .words import (
    Evaluate,
    LineError,
    ends_in_string,
    is_python,
    python_value,
    show,
    to_json,
)

#: Variables that may stand for one another in a row.
_MOST_STEPS = 50
_WORD = re.compile(r"\w+")


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
    their lines; `promised` will be answered before it.
    """

    evaluate: Evaluate
    variables: Mapping[str, Variable] = field(default_factory=dict)
    answers: Mapping[str, Answered] = field(default_factory=dict)
    promised: frozenset[str] = frozenset()
    later: Mapping[str, int] = field(default_factory=dict)


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
        return Filling(
            quote(
                resolve(expression[1:].strip(), scope).text, safe="", errors="replace"
            )
        )
    found = REFERENCE.fullmatch(expression)
    if found is not None and found[1] in scope.answers:
        return _part(expression, found, scope.answers[found[1]])
    variable = scope.variables.get(expression)
    if variable is not None:
        return _variable(variable, scope)
    value = python_value(expression, scope.evaluate)
    return Filling(str(value), value)


def _variable(variable: Variable, scope: Scope) -> Filling:
    if len(variable.pieces) == 1 and variable.pieces[0].is_expression:
        return resolve(variable.pieces[0].text, scope)
    return Filling(_filled(variable.pieces, scope))


def _part(expression: str, found: re.Match[str], answered: Answered) -> Filling:
    """Return what `login.response.body.$.token` stands for."""
    who, half, part, rest = found.groups()
    message: Message = getattr(answered, half)
    did = (
        f"{who} answered {answered.status} with"
        if half == "response"
        else f"{who} sent"
    )
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


# Before anything is sent


def verify(text: str, scope: Scope) -> None:
    """Raise LineError for an expression that cannot be filled in. No value is made,
    and nothing is evaluated but names."""
    for piece in cut_braces(text):
        if piece.is_expression:
            _verify(piece.text, scope, ())


def _verify(expression: str, scope: Scope, within: tuple[str, ...]) -> None:
    expression = expression.removeprefix("%").strip()
    if not expression:
        raise LineError("{{}} is empty: write a name in it.")
    if expression.startswith("$"):
        read_system(expression)
        return
    found = REFERENCE.fullmatch(expression)
    if found is not None and found[1] in {*scope.answers, *scope.promised}:
        _verify_part(expression, found[3], found[4])
    elif expression in scope.variables:
        _verify_variable(scope.variables[expression], scope, within)
    elif found is not None and not _python_has(found[1], found[2], scope):
        raise _unanswered(found[1], scope)
    elif _is_no_part(expression, scope):
        raise _not_a_part(expression)
    else:
        _verify_python(expression, scope)


def _verify_variable(variable: Variable, scope: Scope, within: tuple[str, ...]) -> None:
    name = variable.name
    if name in within:
        way = " → ".join((*within[within.index(name) :], name))
        raise LineError(f"@{name} stands for itself, {way}: write a value.")
    if len(within) == _MOST_STEPS:
        raise LineError(f"@{name} stands behind {_MOST_STEPS} others: write a value.")
    for piece in variable.pieces:
        if piece.is_expression:
            _verify_inner(piece.text, scope, (*within, name))


def _verify_inner(expression: str, scope: Scope, within: tuple[str, ...]) -> None:
    try:
        _verify(expression, scope, within)
    except LineError as error:
        if len(within) > 1:
            raise
        raise LineError(f"In @{within[0]}: {error}") from None


def _verify_part(expression: str, part: str, rest: str) -> None:
    """Check what comes behind login.response.body or login.response.headers."""
    start = expression.removesuffix(rest)
    if part == "headers":
        if len(rest) < 2 or rest[0] != ".":
            raise LineError(
                f"{{{{{expression}}}}} names no header: write {start}.Location"
            )
    elif rest.startswith(".$"):
        read_path(rest[1:])
    elif rest.startswith("./"):
        raise LineError(
            f"{{{{{expression}}}}} is XPath, which is not read here: take"
            f" {start}.* and read it in Python."
        )
    elif rest not in ("", ".*"):
        raise LineError(
            f"{{{{{expression}}}}} is not understood: write {start}.$.name for a value"
            f" of its JSON, or {start}.* for all its text."
        )


def _is_no_part(expression: str, scope: Scope) -> bool:
    """Whether an expression names a request and no part of it that there is.

    A view may have the request's name: then its attributes are Python's.
    """
    name, _, rest = expression.partition(".")
    if name not in {*scope.answers, *scope.promised}:
        return False
    attribute = _WORD.match(rest)
    return attribute is None or not _python_has(name, attribute[0], scope)


def _not_a_part(expression: str) -> LineError:
    name = expression.partition(".")[0]
    return LineError(
        f"{name} is a request: write {{{{{name}.response.body.$.name}}}} for a value of"
        f" its JSON, or {{{{{name}.response.headers.Location}}}}"
    )


def _unanswered(name: str, scope: Scope) -> LineError:
    if name in scope.later:
        return LineError(
            f"{name}, in line {scope.later[name]}, is not answered before this request:"
            " move it up, or send it first."
        )
    known = sorted({*scope.answers, *scope.promised})
    near = get_close_matches(name, known, 1)
    fix = f"did you mean {near[0]}?" if near else f"name one with # @name {name}"
    return LineError(f"There is no request named {name}: {fix}")


def _is_known(name: str, scope: Scope) -> bool:
    try:
        scope.evaluate(name)
    except Exception:
        return False
    return True


def _python_has(name: str, attribute: str, scope: Scope) -> bool:
    """Whether the notebook has a variable of this name with this attribute."""
    try:
        return hasattr(scope.evaluate(name), attribute)
    except Exception:
        return False


def _verify_python(expression: str, scope: Scope) -> None:
    if expression.isidentifier():
        if not _is_known(expression, scope):
            raise _unknown(expression, scope)
    elif not is_python(expression):
        raise LineError(
            f"{{{{{show(expression)[1:-1]}}}}} is neither a variable nor Python: write"
            " the name of a variable, or a Python expression."
        )


def _unknown(name: str, scope: Scope) -> LineError:
    near = get_close_matches(name, scope.variables, 1)
    fix = f"did you mean {near[0]}?" if near else f"write @{name} = value above"
    return LineError(f"There is no variable {name}: {fix}")


def constant(text: str, scope: Scope) -> str | None:
    """Return text filled in if all its values are known by now, which are those of
    variables alone; else None. The text is verified already."""
    return _constant(cut_braces(text), scope)


def _constant(pieces: Iterable[Piece], scope: Scope) -> str | None:
    done = ""
    for piece in pieces:
        found: str | None = piece.text
        if piece.is_expression:
            variable = scope.variables.get(piece.text)
            found = None if variable is None else _constant(variable.pieces, scope)
        if found is None:
            return None
        done += found
    return done
