"""Secrets in a notebook: a module reads them from the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from ...ipynb.names import FUNCTIONS
from ...ipynb.pieces import Code, Piece

#: Names of what nobody is to read: SECRET_KEY, api_key, DB_PASSWORD.
SECRET = re.compile(
    r"(?:.*_)?(?:secret|secret_key|password|passwd|token|api_?key|private_key"
    r"|access_key|credentials?|salt)",
    re.IGNORECASE,
)
#: A URL with somebody's password in it.
WITH_PASSWORD = re.compile(r"\w+(?:\+\w+)?://[^\s:/@]+:[^\s@]+@")


#: Shorter ones may be anything.
SHORTEST = 4
#: A text of this length that is said again is no coincidence.
LONG = 16


def hidden(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return a statement with its secrets read from the environment, and their names
    there: `app.secret_key = "dev"` is `app.secret_key = os.environ["SECRET_KEY"]`.

    Those that are `known` of other statements are found wherever they are said."""
    tree = ast.parse(text)
    named = list(secrets_in(tree))
    return without(text, {id(each[0]): each for each in [*again(tree, known), *named]})


def hidden_again(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The same of a function, whose own variables are its own affair."""
    return without(text, {id(e[0]): e for e in again(ast.parse(text), known)})


def again(
    tree: ast.AST, known: Mapping[str, str]
) -> Iterator[tuple[ast.Constant, str]]:
    """Yield the literals that say a secret again. Parts of f-strings have no place."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        if len(tree.value) >= LONG and tree.value in known:
            yield tree, known[tree.value]
    elif not isinstance(tree, ast.JoinedStr):
        for child in ast.iter_child_nodes(tree):
            yield from again(child, known)


def without(
    text: str, secrets: Mapping[int, tuple[ast.Constant, str]]
) -> tuple[str, tuple[str, ...]]:
    found = sorted(secrets.values(), key=lambda each: position(each[0]), reverse=True)
    lines = text.split("\n")
    for node, name in found:
        value = f'os.environ["{name}"]'
        if isinstance(node.value, bytes):
            value += ".encode()"
        put(lines, node, value)
    return "\n".join(lines), tuple(dict.fromkeys(name for _, name in reversed(found)))


def position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def put(lines: list[str], node: ast.expr, text: str) -> None:
    """Put a text where a node stands."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset or 0 :].decode()
    lines[first : last + 1] = [f"{before}{text}{after}"]


def secrets_in(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    """Yield the literals that are secrets, with the names of their variables."""
    local = variables_of_functions(tree)
    for node in ast.walk(tree):
        for name, value in named_values(node):
            if not isinstance(value, ast.Constant) or not value.value:
                continue
            if id(node) in local and not is_setting(name):
                continue
            said = value.value
            is_secret = isinstance(said, (str, bytes)) and SECRET.fullmatch(name)
            if is_secret or (isinstance(said, str) and WITH_PASSWORD.match(said)):
                yield value, variable(name)


def variables_of_functions(tree: ast.AST) -> set[int]:
    """Return the statements that give a function's own variables a value."""
    return {
        id(each)
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS)
        for each in ast.walk(function)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    }


def variable(name: str) -> str:
    word = re.sub(r"\W+", "_", name).strip("_").upper()
    return f"_{word}" if word[:1].isdigit() else word


def named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what has a name, and what it is: variables, attributes, settings."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            name = name_of(target)
            if name:
                yield name, node.value
    elif isinstance(node, ast.keyword) and node.arg and is_setting(node.arg):
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            said = getattr(key, "value", None)
            if isinstance(said, str) and is_setting(said):
                yield said, value


def is_setting(name: str) -> bool:
    """Whether a name is one of an app's settings. A row {"token": 1} is data."""
    return name.isupper()


def name_of(target: ast.expr) -> str | None:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        said = target.slice.value
        return said if isinstance(said, str) and is_setting(said) else None
    return None


def secrets_of(pieces: Iterable[Piece]) -> dict[str, str]:
    """Return the secrets of a notebook's pieces, and the variable of the environment
    that a module reads each from."""
    found: dict[str, str] = {}
    for piece in pieces:
        for node, name in secrets_in(piece.node) if isinstance(piece, Code) else ():
            said = node.value
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            if isinstance(text, str) and len(text) >= SHORTEST:
                found[text] = name
    return found
