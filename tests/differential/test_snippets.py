"""Small programs, area by area, show the same under Flask and under nbflask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .deliberate import DIFFERENT

SNIPPETS = Path(__file__).parent / "snippets"


def snippets() -> Iterator[str]:
    """Yield the names, "module.function", of all that takes a sight and no more.

    They are read, not imported: here `flask` must not be.
    """
    for path in sorted(SNIPPETS.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and ast.unparse(node.args) == "see":
                yield f"{path.stem}.{node.name}"


@pytest.mark.parametrize("snippet", [s for s in snippets() if s not in DIFFERENT])
def test_a_program_shows_the_same(pair, snippet):
    seen = pair.agree({"snippet": snippet})
    assert any(line[0] != "ended by" for line in seen), seen


@pytest.mark.parametrize("snippet", DIFFERENT)
def test_a_program_that_is_meant_to_show_something_else_does(pair, snippet):
    theirs, ours = pair.observe({"snippet": snippet})
    assert ours != theirs
