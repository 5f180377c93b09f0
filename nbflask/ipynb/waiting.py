"""Statements of cells that await, as they would be in a module, which may not."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import Any

#: What may wait, in a cell as in a coroutine.
WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.comprehension)


def waited_for(statement: ast.stmt) -> ast.stmt:
    """Return what a statement of a cell would be if it had nothing to await: a
    module may not, and Python 3.14 says so before it tells of any name."""
    if not any(isinstance(each, WAITS) for each in ast.walk(statement)):
        return statement
    done: ast.stmt = Waited().visit(deepcopy(statement))
    return done


class Waited(ast.NodeTransformer):
    """Takes `await` and `async` away where a module runs, not within its functions."""

    def visit_Await(self, node: ast.Await) -> Any:
        return self.visit(node.value)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> Any:
        return self._as(ast.For, node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Any:
        return self._as(ast.With, node)

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._around(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._around(node)

    def _as(self, kind: type[ast.AST], node: ast.AST) -> Any:
        done = ast.copy_location(kind(**dict(ast.iter_fields(node))), node)
        return self.generic_visit(done)

    def _around(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        """Visit what a function has around its body."""
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        node.args = self.visit(node.args)
        return node
