"""What looks at an app from outside: clients, servers, and what is made of answers."""

from __future__ import annotations

import ast

from ..names import BLOCKS, FUNCTIONS, roots_of_arguments
from ..pieces import Code, Piece, RequestCell
from .apps import makes_an_app
from .habits import SERVING, TRYING, TRYING_APPS
from .known import Known


def exploring(pieces: tuple[Piece, ...], known: Known) -> set[int]:
    """Return the numbers of the pieces that look at an app from outside: with its
    client, its server or a response, or by a function that does."""
    found: set[int] = set()
    outside: set[str] = set()
    for number, piece in enumerate(pieces):
        uses = piece.uses
        defines = isinstance(piece, Code) and isinstance(
            piece.node, (*FUNCTIONS, ast.ClassDef)
        )
        asks = is_asking(piece, known) or bool(uses.now & outside)
        if asks and not defines:
            found.add(number)
        if asks or (defines and uses.later & outside):
            outside |= uses.defines
        elif not uses.partly:
            outside -= uses.defines
    return found


def is_asking(piece: Piece, known: Known) -> bool:
    """Whether a piece asks an app, or serves it."""
    if isinstance(piece, RequestCell):
        return True
    if not isinstance(piece, Code):
        return False
    node = piece.node
    if isinstance(node, BLOCKS):
        entered = [each.context_expr for each in getattr(node, "items", ())]
        return any(is_trying(each, known) for each in entered)
    value = getattr(node, "value", None)
    return isinstance(value, ast.AST) and is_trying(value, known)


def is_trying(value: ast.AST, known: Known) -> bool:
    """Whether an expression asks an app by its client, or serves it."""
    return any(
        isinstance(each, (ast.Attribute, ast.Call)) and tries(each, known)
        for each in ast.walk(value)
    )


def tries(node: ast.Attribute | ast.Call, known: Known) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        is_given = bool(roots_of_arguments(node, plain=True) & known.apps)
        return name in SERVING and is_given
    if node.attr in TRYING:
        return True
    of = node.value
    if isinstance(of, ast.Call):
        return node.attr in TRYING_APPS and makes_an_app(of, known.functions)
    return node.attr in TRYING_APPS and isinstance(of, ast.Name) and of.id in known.apps
