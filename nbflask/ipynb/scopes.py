"""A body's variables: which of them hide one of the notebook's, and what to do.

A body is a function's, so `counter += 1` makes `counter` its own. Python's error
for that names no fix.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from inspect import iscoroutinefunction, isgeneratorfunction
from types import TracebackType
from typing import Any


def shadowed_globals(
    nodes: Iterable[ast.AST], parameters: Iterable[str], namespace: dict[str, Any]
) -> set[str]:
    """Return the notebook's variables that a body both reads and sets as its own."""
    read: set[str] = set()
    written: set[str] = set()
    declared = set(parameters)
    for node in nodes:
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
        elif isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else written).add(node.id)
    return {each for each in (read & written) - declared if each in namespace}


def advised(view: Callable[..., Any], names: set[str]) -> Callable[..., Any]:
    """Return a view whose UnboundLocalError for one of `names` says what to write."""
    code = view.__code__

    def call(**values: Any) -> Any:
        with advice(code, names):
            return view(**values)

    async def call_async(**values: Any) -> Any:
        with advice(code, names):
            return await view(**values)

    def stream(**values: Any) -> Any:
        with advice(code, names):
            yield from view(**values)

    wrapper: Callable[..., Any] = call
    if iscoroutinefunction(view):
        wrapper = call_async
    elif isgeneratorfunction(view):
        wrapper = stream
    return update_wrapper(wrapper, view)


@contextmanager
def advice(code: Any, names: set[str]) -> Iterator[None]:
    try:
        yield
    except UnboundLocalError as error:
        found = re.search(r"'(\w+)'", str(error))
        if found and found[1] in names and raised_in(error.__traceback__) is code:
            error.args = (f"{error}; write: global {found[1]}",)
        raise


def raised_in(traceback: TracebackType | None) -> Any:
    """Return the code in which an exception was raised."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return None if traceback is None else traceback.tb_frame.f_code
