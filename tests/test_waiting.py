"""Statements that await, as they would be in a module."""

import ast
import symtable

import pytest

from nbflask.ipynb.names import uses_of
from nbflask.ipynb.waiting import waited_for

WAITING = [
    ("rows = await ask(x)", "rows = ask(x)"),
    ("async for a in b:\n    await c(a)", "for a in b:\n    c(a)"),
    ("async with a as b:\n    pass", "with a as b:\n    pass"),
    ("x = [await y async for y in z]", "x = [y for y in z]"),
    (
        "@(await d)\nasync def f(a=(await b)):\n    return await c",
        "@d\nasync def f(a=b):\n    return await c",
    ),
    ("class A:\n\n    async def f(self):\n        await b", None),
]


@pytest.mark.parametrize(("text", "done"), WAITING)
def test_nothing_waits_where_a_module_runs(text, done):
    [statement] = ast.parse(text).body
    assert ast.unparse(waited_for(statement)) == (done or text)
    assert ast.unparse(statement) == ast.unparse(ast.parse(text))
    symtable.symtable(ast.unparse(waited_for(statement)), "<text>", "exec")


@pytest.mark.parametrize(("text", "done"), WAITING)
def test_names_are_the_same_with_waiting_and_without(text, done):
    [statement], [other] = ast.parse(text).body, ast.parse(done or text).body
    assert uses_of(statement) == uses_of(other)
