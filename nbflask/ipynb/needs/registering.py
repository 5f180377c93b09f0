"""What a piece registers with an app, beside what it serves."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from ..names import FUNCTIONS, root_of
from ..pieces import Code, Piece
from ..standing.matching import attribute_of, call_in, rules_of

#: Decorators and methods of an app that say what becomes of errors,
ERRORS = frozenset({"errorhandler", "app_errorhandler", "register_error_handler"})
#: what templates know,
TEMPLATING = frozenset(
    {
        *("template_filter", "template_test", "template_global"),
        *("context_processor", "app_context_processor"),
        *("app_template_filter", "app_template_test", "app_template_global"),
        *("add_template_filter", "add_template_test", "add_template_global"),
    }
)
#: and what no request meets.
ELSEWHERE = frozenset({"command", "group", "shell_context_processor", "add_command"})
#: Exceptions that the framework's own errors are of, too.
GENERAL = frozenset({"Exception", "BaseException", "KeyError", "LookupError"})


def is_routing(piece: Piece) -> bool:
    return next(rules_of(piece), None) is not None


def is_import(piece: Piece) -> bool:
    node = piece.node if isinstance(piece, Code) else None
    return isinstance(node, (ast.Import, ast.ImportFrom))


def kinds_of(piece: Piece) -> Iterator[str]:
    """Yield what a piece registers with an app: "errorhandler", "before_request"."""
    call = call_in(piece)
    if call is not None:
        yield attribute_of(call)
    node = piece.node if isinstance(piece, Code) else None
    for each in node.decorator_list if isinstance(node, FUNCTIONS) else ():
        called = each.func if isinstance(each, ast.Call) else each
        if isinstance(called, ast.Attribute):
            yield called.attr


def calls_in(piece: Piece) -> Iterator[ast.Call]:
    """Yield the calls by which a piece registers something."""
    call = call_in(piece)
    if call is not None:
        yield call
    node = piece.node if isinstance(piece, Code) else None
    for each in node.decorator_list if isinstance(node, FUNCTIONS) else ():
        if isinstance(each, ast.Call):
            yield each


def may_handle(piece: Piece, status: int) -> bool:
    """Whether an error handler may have to do with an answer of this status."""
    given = [each.args[0] for each in calls_in(piece) if each.args]
    return not given or any(is_met_by(each, status) for each in given)


def is_met_by(handled: ast.expr, status: int) -> bool:
    if isinstance(handled, ast.Constant):
        return handled.value == status
    name = handled.id if isinstance(handled, ast.Name) else ""
    if hasattr(builtins, name) and name not in GENERAL:
        return status == 500  # a ValueError that nothing has handled
    return status >= 400


def mounted_in(piece: Piece) -> set[str]:
    call = call_in(piece)
    given = call.args if call is not None else ()
    return {name for each in given if (name := root_of(each)) is not None}
