"""What a cell awaits at its top, where a module has nobody who waits."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...ipynb.body import INDENT, awaits, walk_scope
from ...ipynb.pieces import Code
from .views import indented

RUN = "asyncio.run("


def run_at_once(piece: Code, text: str, functions: Iterable[str]) -> str:
    """Return a statement that runs what it awaits: `rows = await load()` is
    `rows = asyncio.run(load())`, if `load` is one of these coroutine functions.

    All else is put into a function, which sets the module's names.
    """
    tree = ast.parse(text)
    if isinstance(piece.node, (ast.AsyncFunctionDef, ast.FunctionDef, ast.ClassDef)):
        return text
    if not awaits(tree):
        return text
    calls = [each for each in walk_scope(tree) if isinstance(each, ast.Await)]
    if len(calls) == 1 and is_call_of(calls[0].value, functions):
        called = ast.get_source_segment(text, calls[0].value)
        before, after = around(text, calls[0])
        return f"{before}{RUN}{called}){after}"
    return within_function(piece, text)


def is_call_of(node: ast.expr, functions: Iterable[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in functions
    )


def around(text: str, node: ast.expr) -> tuple[str, str]:
    """Return what stands before and behind an expression."""
    segment = ast.get_source_segment(text, node) or ""
    lines = text.split("\n")[: node.lineno]
    start = len("\n".join([*lines[:-1], ""]).encode()) + node.col_offset
    encoded = text.encode()
    return encoded[:start].decode(), encoded[start + len(segment.encode()) :].decode()


def within_function(piece: Code, text: str) -> str:
    name = f"run_cell_{piece.cell.number}"
    names = sorted(piece.uses.defines)
    declared = f"{INDENT}global {', '.join(names)}\n" if names else ""
    return f"async def {name}():\n{declared}{indented(text)}\n\n\n{RUN}{name}())"
