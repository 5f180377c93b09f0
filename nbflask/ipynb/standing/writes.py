"""What a function may write when it is called: the module's names whose objects it
changes."""

from __future__ import annotations

import ast

from ..cutting import as_view
from ..names import FUNCTIONS, changed_targets, local_names, root_of, targets_of
from ..needs.habits import LOOKING_METHODS, words
from ..needs.known import Known
from ..pieces import Code, Piece, RouteCell

#: Names whose objects are another one for each request.
OF_A_REQUEST = frozenset({"g", "request", "current_app"})
#: Methods that change nothing that an answer tells of.
LOGGING = words("debug info warning error exception critical log")
QUIET = LOOKING_METHODS | LOGGING


def writes_of(piece: Piece, known: Known) -> set[str]:
    """Return the names whose objects a piece's functions may change."""
    found: set[str] = set()
    for function in functions_in(piece):
        for node in ast.walk(function):
            found |= written_by(node)
        found -= local_names(function)
    return found - set(known.modules) - OF_A_REQUEST


def functions_in(piece: Piece) -> list[ast.stmt]:
    if isinstance(piece, RouteCell):
        return [piece.module.body[-1] if piece.defines_its_view else as_view(piece)]
    node = piece.node if isinstance(piece, Code) else None
    return [node] if isinstance(node, (*FUNCTIONS, ast.ClassDef)) else []


def written_by(node: ast.AST) -> set[str]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
        return changed_targets(targets_of(node))
    if isinstance(node, ast.Global):
        return set(node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        root = root_of(node.func)
        return {root} if root and node.func.attr not in QUIET else set()
    return set()
