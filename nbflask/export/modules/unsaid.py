"""What an app needs although no line of its module imports it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...ipynb.body import awaits
from ...ipynb.needs.plan import Plan
from ...ipynb.pieces import Piece, RouteCell
from .nodes import nodes_in, nodes_of


def unsaid_imports(plan: Plan, framework: str, said: set[str]) -> Iterator[str]:
    """Yield the modules that have to be there besides those that are imported."""
    yield framework
    if reads_frames(plan) and said.isdisjoint({"pandas", "polars"}):
        yield "pandas"
    if framework == "flask" and any(map(is_async, plan.pieces)):
        yield "asgiref"


def reads_frames(plan: Plan) -> bool:
    """Whether an app uses request.df."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "df"
        and ast.unparse(node.value).endswith("request")
        for node in nodes_of(plan)
    )


def is_async(piece: Piece) -> bool:
    """Whether a piece is a view or the like that has to be awaited."""
    if isinstance(piece, RouteCell) and awaits(piece.module):
        return True
    return any(
        isinstance(node, ast.AsyncFunctionDef)
        and (bool(node.decorator_list) or isinstance(piece, RouteCell))
        for node in nodes_in(piece)
    )
