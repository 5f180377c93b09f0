"""What a notebook tells of its names, all pieces taken together."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations

from ..names import FUNCTIONS, root_of, roots_of_arguments
from ..pieces import Code, Piece
from .apps import made_apps
from .habits import LOOKING_IF_SHOWN, LOOKING_METHODS, SHOWING_MODULES, TRYING, VIEWS_OF

#: Methods that only look, but give what belongs to their object.
GIVING_PARTS = frozenset({"get", "items", "values"})


@dataclass(frozen=True, slots=True)
class Known:
    """Which names are modules, what is
    written as functions, which functions an object was given, which hold an app, and
    what is a part of what: `cursor = connection.cursor()`."""

    modules: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, ast.stmt] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    apps: frozenset[str] = frozenset({"app"})
    wholes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def with_wholes(self, names: set[str]) -> set[str]:
        """Return names, and those of what their objects are parts of."""
        found: set[str] = set()
        waiting = [*names]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.wholes.get(name, ())
        return found


def known_of(pieces: tuple[Piece, ...]) -> Known:
    modules: dict[str, str] = {}
    functions: dict[str, ast.stmt] = {}
    nodes = [each.node for each in pieces if isinstance(each, Code)]
    for piece in pieces:
        if not isinstance(piece, Code):
            continue
        for node in ast.walk(piece.node):
            if isinstance(node, ast.Import):
                for each in node.names:
                    name = each.asname or each.name.partition(".")[0]
                    modules[name] = each.name if each.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for each in node.names:
                    whole = f"{node.module}.{each.name}"
                    if whole in SHOWING_MODULES:
                        modules[each.asname or each.name] = whole
        if isinstance(piece.node, (*FUNCTIONS, ast.ClassDef)):
            functions[piece.node.name] = piece.node
    given: dict[str, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            found = functions_given(node.value) & functions.keys()
            names = {e.id for e in node.targets if isinstance(e, ast.Name)}
            given |= dict.fromkeys(names if found else (), frozenset(found))
    apps = {name for node in nodes for name in made_apps(node, functions)}
    wholes: dict[str, set[str]] = {}
    for node in nodes:
        for name, whole in parts_in(node):
            if whole not in modules and whole not in functions:
                wholes.setdefault(name, set()).add(whole)
    return Known(
        modules,
        functions,
        given,
        frozenset({"app", *apps}),
        {name: frozenset(found) for name, found in wholes.items()},
    )


def parts_in(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield a variable and that of which a statement makes it a part."""
    if not isinstance(node, ast.Assign):
        return
    names = [each.id for each in node.targets if isinstance(each, ast.Name)]
    yield from permutations(names, 2)  # application = app = Flask(__name__)
    whole = root_of(node.value)
    if whole is None or not all(is_part(each) for each in way_to(node.value)):
        return
    yield from ((name, whole) for name in names if name != whole)


def way_to(node: ast.AST) -> Iterator[ast.AST]:
    """Yield an expression and what it is taken of, down to a name."""
    while not isinstance(node, ast.Name):
        yield node
        node = node.func if isinstance(node, ast.Call) else node.value  # type: ignore[attr-defined]


def is_part(node: ast.AST) -> bool:
    """Whether what is taken of an object belongs to it, and is no look at it."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute)
    looking = LOOKING_METHODS | LOOKING_IF_SHOWN | VIEWS_OF | TRYING
    return isinstance(node, ast.Attribute) and (
        node.attr in GIVING_PARTS or node.attr not in looking
    )


def functions_given(call: ast.expr) -> set[str]:
    """Return the names that a call is given as they are, or calls on its way:
    `Thread(target=work).start()`."""
    return {
        name
        for each in ast.walk(call)
        if isinstance(each, ast.Call)
        for name in roots_of_arguments(each, plain=True)
    }
