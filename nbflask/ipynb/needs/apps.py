"""Which variables of a notebook hold an app, by what is assigned to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ..names import FUNCTIONS

#: What is written as functions and classes, by name.
Functions = Mapping[str, ast.stmt]


def made_apps(node: ast.stmt, functions: Functions) -> Iterator[str]:
    """Yield the variables that a statement assigns an app to."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return
    if not isinstance(node.value, ast.Call) or not makes_an_app(node.value, functions):
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def makes_an_app(call: ast.Call, functions: Functions) -> bool:
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else None
    name = called.id if isinstance(called, ast.Name) else name
    if name is None:
        return False
    function = functions.get(name)
    if isinstance(function, FUNCTIONS):
        others = {each: functions[each] for each in functions if each != name}
        return any(
            returns_an_app(each, function, others) for each in ast.walk(function)
        )
    if isinstance(function, ast.ClassDef):
        bases = [
            getattr(each, "id", getattr(each, "attr", "")) for each in function.bases
        ]
        return any(each.endswith("Flask") for each in bases)
    return is_flask(call)


def returns_an_app(node: ast.AST, function: ast.stmt, others: Functions) -> bool:
    value = node.value if isinstance(node, ast.Return) else None
    if isinstance(value, ast.Call):
        return makes_an_app(value, others)
    return isinstance(value, ast.Name) and value.id in flasks_of(function, others)


def is_flask(call: ast.Call) -> bool:
    called = call.func
    name = getattr(called, "id", getattr(called, "attr", ""))
    return name == "Flask" or (name.endswith("Flask") and name[0].isupper())


def flasks_of(function: ast.stmt, others: Functions) -> set[str]:
    """Return the variables of a function that it assigns an app to."""
    return {
        target.id
        for each in ast.walk(function)
        if isinstance(each, ast.Assign)
        and isinstance(each.value, ast.Call)
        and makes_an_app(each.value, others)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
