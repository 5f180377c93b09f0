"""What %%route says of a body that will not do what was meant."""

import inspect

import pytest


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("from math import *", 2),
        ("x = 1\nclass A:\n    return 1", 4),
        ("def f(a, a): pass", 2),
        ("x = 1\ndef f(a, a): pass\nx", 3),
    ],
)
def test_an_error_of_the_compiler_shows_the_cells_own_line(notebook, body, line):
    shown = notebook.run(f"%%route /x\n{body}").text
    assert f'File "<cell>", line {line}' in shown
    assert body.splitlines()[line - 2].strip() in shown


@pytest.mark.parametrize(
    "body",
    [
        "counter += 1\nstr(counter)",
        "import asyncio\nawait asyncio.sleep(0)\ncounter += 1\nstr(counter)",
        "counter = counter + 1\nstr(counter)",
        "yield 'a'\ncounter += 1",
    ],
)
def test_a_variable_that_a_body_makes_its_own_is_explained(notebook, body):
    notebook.do("counter = 0")
    notebook.do(f"%%route /x\n{body}")
    notebook.do("r = %get /x --quiet")
    error = notebook.names["r"].exception
    assert isinstance(error, UnboundLocalError)
    assert str(error).endswith("; write: global counter")


def test_a_body_that_hides_a_variable_works_and_shows_its_source(notebook):
    notebook.do("word = 'outer'")
    notebook.do("%%route /<n>\nword = n\nword * 2")
    assert notebook.body("/a") == "aa"
    view = notebook.names["app"].view_functions["n"]
    assert inspect.getsource(view).startswith("def n(n):\n    word = n")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("x = 1", True),
        ("if True:\n    'x'", True),
        ("x = 1\nprint(x)", False),
        ("if True:\n    return 'x'", False),
        ("if True:\n    abort(404)", False),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise", False),
        ("for x in 'ab':\n    yield x", False),
        ("def f():\n    pass", False),
        ("def f():\n    return 1\nx = f()", True),
    ],
)
def test_a_body_without_a_result_is_told_at_once(notebook, body, told):
    shown = notebook.do(f"%%route /x\n{body}").text
    assert ("let the last line be an expression" in shown) == told
    assert shown.startswith("+ GET /x")
