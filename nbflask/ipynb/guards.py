"""`if __name__ == "__main__":` in a notebook, whose name that is: all of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

NAME, MAIN = "__name__", "__main__"


def as_run(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that a notebook runs: those of a guard in its place."""
    for node in body:
        if isinstance(node, ast.If) and is_true(node.test):
            yield from as_run(node.body)
        else:
            yield node


def is_true(test: ast.expr) -> bool:
    """Whether a test asks for the name that a notebook has."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = (test.left, test.comparators[0])
    names = {each.id for each in sides if isinstance(each, ast.Name)}
    values = {each.value for each in sides if isinstance(each, ast.Constant)}
    return isinstance(test.ops[0], ast.Eq) and (names, values) == ({NAME}, {MAIN})


def outside_of_blocks(text: str, node: ast.stmt) -> str:
    """Return the text of a statement as it stands where no block is around it."""
    if not node.col_offset:
        return text
    margin = " " * node.col_offset
    moved = "\n".join(each.removeprefix(margin) for each in text.split("\n"))
    return moved if says(moved, node) else ast.unparse(node)


def says(text: str, node: ast.stmt) -> bool:
    """Whether a text is a statement, and the lines within its strings are as before."""
    try:
        return [ast.dump(each) for each in ast.parse(text).body] == [ast.dump(node)]
    except SyntaxError:
        return False
