"""The syntax of pieces, to look for something in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...ipynb.needs.plan import Plan
from ...ipynb.pieces import Code, Piece, RouteCell


def trees_of(piece: Piece) -> tuple[ast.AST, ...]:
    """Return a piece's code, if it is code."""
    if isinstance(piece, RouteCell):
        return (piece.module,)
    return (piece.node,) if isinstance(piece, Code) else ()


def nodes_in(piece: Piece) -> Iterator[ast.AST]:
    return (node for tree in trees_of(piece) for node in ast.walk(tree))


def nodes_of(plan: Plan) -> Iterator[ast.AST]:
    return (node for piece in plan.pieces for node in nodes_in(piece))


def imported_in(text: str) -> Iterator[str]:
    """Yield the modules of the top level that a text imports, be it in a function."""
    return (name for node in ast.walk(ast.parse(text)) for name in imported_by(node))


def imported_by(node: ast.AST) -> Iterator[str]:
    """Yield the modules of the top level that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (each.name.partition(".")[0] for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
