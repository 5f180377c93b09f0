"""What is another value each time that it is asked for: clocks, dice, identities."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..pieces import Code, Piece, RouteCell

#: Modules of which everything varies, and those of which this does.
MODULES = frozenset({"random", "secrets", "uuid"})
CLOCKS = frozenset(
    {
        *("now", "today", "utcnow", "time", "time_ns", "perf_counter", "monotonic"),
        *("process_time", "strftime", "localtime", "gmtime", "ctime"),
    }
)
CLOCKED = frozenset({"time", "datetime"})
#: Modules of dice, and what lets them fall alike each time.
DICE = frozenset({"random", "numpy"})
SEEDING = frozenset({"seed", "default_rng", "RandomState"})
#: Functions that tell of a process, a thread or a call.
IDENTITIES = frozenset(
    {"getpid", "get_ident", "current_thread", "get_native_id", "urandom", "mkdtemp"}
)


def names_in(pieces: Iterable[Piece]) -> dict[str, str]:
    """Return what a notebook's imported names stand for; without those of dice that
    it sets to a beginning of its own."""
    pieces = list(pieces)
    names = dict(imported(pieces))
    if any(is_seed(node) for each in pieces for node in nodes_of(each)):
        names = {name: e for name, e in names.items() if e.split(".")[0] not in DICE}
    return names


def is_seed(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) and node.args else None
    return isinstance(called, ast.Attribute) and called.attr in SEEDING


def vary(pieces: Iterable[Piece], names: dict[str, str]) -> bool:
    """Whether pieces ask for what varies, given what imported names stand for."""
    return any(is_varying(node, names) for each in pieces for node in nodes_of(each))


def imported(pieces: Iterable[Piece]) -> Iterator[tuple[str, str]]:
    """Yield names with what they stand for: ("choice", "random.choice")."""
    for piece in pieces:
        node = piece.node if isinstance(piece, Code) else None
        if isinstance(node, ast.Import):
            for each in node.names:
                name = each.asname or each.name.partition(".")[0]
                yield name, each.name if each.asname else name
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def nodes_of(piece: Piece) -> Iterator[ast.AST]:
    if isinstance(piece, RouteCell):
        yield from ast.walk(piece.module)
    elif isinstance(piece, Code):
        yield from ast.walk(piece.node)


def is_varying(node: ast.AST, names: dict[str, str]) -> bool:
    if isinstance(node, ast.Name):
        whole = names.get(node.id, "")
        module, _, last = whole.partition(".")
        if module in MODULES:
            return True
        return bool(last) and (
            last in IDENTITIES or (module in CLOCKED and last in CLOCKS)
        )
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "random" and isinstance(node.value, ast.Name):
        return names.get(node.value.id) == "numpy"
    return node.attr in IDENTITIES or (node.attr in CLOCKS and of_clock(node, names))


def of_clock(node: ast.Attribute, names: dict[str, str]) -> bool:
    """Whether an attribute is of a clock: time.time, datetime.datetime.now."""
    value: ast.expr = node.value
    while isinstance(value, ast.Attribute):
        value = value.value
    known = names.get(value.id, "") if isinstance(value, ast.Name) else ""
    return known.partition(".")[0] in {*CLOCKED, "pandas"}
