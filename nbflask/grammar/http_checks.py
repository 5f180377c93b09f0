"""What can be seen to be wrong with an expression before anything is sent.

No value is made, and nothing is evaluated but names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from .braces import REFERENCE, Piece, cut_braces
from .errors import LineError
from .http_file import Variable, on_line
from .http_values import Scope, refuse_code
from .json_path import read_path
from .system_values import read_system
from .words import is_python, show

#: Variables that may stand for one another in a row.
_MOST_STEPS = 50
_WORD = re.compile(r"\w+")


def verify(text: str, scope: Scope) -> None:
    """Raise LineError for an expression that cannot be filled in."""
    for piece in cut_braces(text):
        if piece.is_expression:
            _verify(piece.text, scope, ())


def verify_definition(variable: Variable) -> None:
    """Raise LineError if a variable of a file is anything but text and names."""
    with on_line(variable.line):
        for piece in variable.pieces:
            expression = piece.text.removeprefix("%").strip()
            if piece.is_expression and not _is_own(expression):
                refuse_code(expression)


def _is_own(expression: str) -> bool:
    """Whether an expression can be of this format alone: it is no Python."""
    found = REFERENCE.fullmatch(expression)
    part = found is not None and found[4].startswith((".$", ".*", "./"))
    return part or expression.startswith("$")


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
    scope = replace(scope, names_only=False)
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
    if scope.names_only:
        refuse_code(expression)


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
