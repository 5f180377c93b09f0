"""Requests that cells send in Python, by a client of their own: what they change is
there, and what they say is not recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..names import root_of
from ..pieces import REQUESTS, Code, Piece
from .recorded import Unsent

CLIENT = "test_client"
#: Methods of a client. `open` may send any request.
SENDING = {**{each: each.upper() for each in REQUESTS}, "open": "POST"}


def clients_in(pieces: Iterable[Piece]) -> frozenset[str]:
    """Return the variables that an app's client is assigned to."""
    return frozenset(
        name
        for piece in pieces
        if isinstance(piece, Code) and makes_a_client(piece.node)
        for name in piece.uses.defines
    )


def makes_a_client(node: ast.AST) -> bool:
    attributes = (e.attr for e in ast.walk(node) if isinstance(e, ast.Attribute))
    return CLIENT in attributes


def sent_by_python(
    pieces: Iterable[Piece], clients: frozenset[str]
) -> Iterator[Unsent]:
    """Yield the requests of calls such as client.post("/users")."""
    for piece in pieces:
        for node in ast.walk(piece.node) if isinstance(piece, Code) else ():
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if not isinstance(called, ast.Attribute) or called.attr not in SENDING:
                continue
            if root_of(called) in clients or makes_a_client(called.value):
                shown = f"{piece.place}: {ast.unparse(called)}(…)"
                yield Unsent(
                    piece.cell.number, SENDING[called.attr], path_in(node), shown
                )


def path_in(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    is_known = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if isinstance(first, ast.Constant) and is_known else None
