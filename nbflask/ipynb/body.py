"""From the text of a %%route cell to a view.

Line numbers are those of the cell: its first line, the magic, becomes the
`def` line, so tracebacks, `%debug` and `inspect.getsource` show the cell.
"""

from __future__ import annotations

import ast
import linecache
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from textwrap import indent
from types import CodeType, FunctionType
from typing import Any

from ..helpers import stream_with_context
from .scopes import advised, shadowed_globals

INDENT = "    "
#: What a cell is called where its syntax is wrong.
CELL = "<cell>"
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
YIELDING = (ast.Yield, ast.YieldFrom)


class CellSyntaxError(Exception):
    """A syntax error in a cell's body, shown alone and at the cell's line."""

    def __init__(self, error: SyntaxError) -> None:
        super().__init__(f"{error.msg} (line {error.lineno} of the cell)")
        self.error = error

    def _render_traceback_(self) -> list[str]:
        lines = traceback.format_exception_only(type(self.error), self.error)
        return "".join(lines).rstrip().splitlines()


def read(text: str, filename: str) -> ast.Module:
    """Parse a body whose first line stands on line 2. Raises CellSyntaxError."""
    try:
        return ast.parse("\n" + text, filename)
    except SyntaxError as error:
        error.text = error.text or ""
        raise CellSyntaxError(error) from None


def is_function_form(module: ast.Module) -> bool:
    """Whether the last statement is a def, which then is the view."""
    last = module.body[-1] if module.body else None
    return isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef))


def define(
    module: ast.Module, filename: str, namespace: dict[str, Any]
) -> Callable[..., Any]:
    """Run a body as ordinary code, and return the function it defines last."""
    last = module.body[-1]
    assert isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef))
    exec(compile_tree(module, filename), namespace)
    view: Callable[..., Any] = namespace[last.name]
    return view


def make_view(
    module: ast.Module,
    name: str,
    parameters: Sequence[str],
    filename: str,
    namespace: dict[str, Any],
) -> Callable[..., Any]:
    """Return a function with this body, not an empty one, whose last expression is
    its result.

    `await` makes it async, `yield` makes it stream; the globals are
    `namespace`, live. Binds no name. Raises CellSyntaxError.
    """
    own = list(walk_scope(module))
    yields = any(isinstance(each, YIELDING) for each in own)
    is_async = awaits(module)
    if yields and is_async:
        said = "a body cannot both await and yield; collect, then return"
        raise CellSyntaxError(SyntaxError(said))
    shadowed = shadowed_globals(own, parameters, namespace)
    body, last = module.body, module.body[-1]
    if isinstance(last, ast.Expr) and not yields:
        body = [*body[:-1], ast.copy_location(ast.Return(last.value), last)]
    view = as_function(body, name, parameters, filename, namespace, is_async=is_async)
    if shadowed:
        view = advised(view, shadowed)
    return streaming(view) if yields else view


def returns_nothing(module: ast.Module) -> bool:
    """Whether no way through a body leads to a result, nor to an exception."""
    last = module.body[-1] if module.body else None
    return not isinstance(last, ast.Expr) and not any(
        isinstance(each, (ast.Return, ast.Raise, *YIELDING)) or is_abort(each)
        for each in walk_scope(module)
    )


def is_abort(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else None
    return (called.id if isinstance(called, ast.Name) else name) == "abort"


def as_function(
    body: list[ast.stmt],
    name: str,
    parameters: Sequence[str],
    filename: str,
    namespace: dict[str, Any],
    *,
    is_async: bool,
) -> Callable[..., Any]:
    header = f"{'async ' if is_async else ''}def {name}({', '.join(parameters)}): pass"
    module = ast.parse(header, filename)
    function = module.body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    for statement in body:
        shift(statement)
    function.body = body
    code = compile_tree(module, filename)
    inner = next(each for each in code.co_consts if isinstance(each, CodeType))
    view = FunctionType(inner, namespace, name)
    view.__module__ = namespace.get("__name__", "__main__")
    return view


def source_of_view(
    name: str, parameters: Sequence[str], text: str, *, is_async: bool = False
) -> str:
    """Return the body as the function that it becomes, line for line."""
    header = f"{'async ' if is_async else ''}def {name}({', '.join(parameters)}):"
    return f"{header}\n{indent(text, INDENT)}"


def shift(statement: ast.stmt) -> None:
    """Move a statement to the right, to where it stands in the shown source."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.col_offset += len(INDENT)
            if node.end_col_offset is not None:
                node.end_col_offset += len(INDENT)


def compile_tree(module: ast.Module, filename: str) -> CodeType:
    try:
        # No inherited flags: IPython's would allow what a function may not do.
        return compile(module, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        error.text = linecache.getline(filename, error.lineno or 0) or error.text
        error.filename = CELL
        raise CellSyntaxError(error) from None


def awaits(module: ast.Module) -> bool:
    """Whether a body has to be an async function."""
    return any(is_awaiting(each) for each in walk_scope(module))


def is_awaiting(node: ast.AST) -> bool:
    in_comprehension = isinstance(node, ast.comprehension) and node.is_async
    return bool(in_comprehension) or isinstance(node, AWAITING)


def walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run as part of the body itself."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, SCOPES):
            yield from walk_scope(child)


def streaming(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a view whose pieces are made while its request is still current."""

    def stream(**values: Any) -> Any:
        return stream_with_context(view(**values))

    return update_wrapper(stream, view)
