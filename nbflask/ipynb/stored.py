"""Which files pieces write, and which they name: a model that is dumped in one cell and
loaded in another hangs together by its path alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from .habits import words
from .known import Known
from .names import FUNCTIONS, walk_now
from .pieces import Code, FileCell, Piece, RouteCell

#: Functions and methods that write a file whose path they are given, or have.
WRITERS = words(
    """
    write_text write_bytes touch savetxt save savez savez_compressed dump tofile
    to_csv to_json to_parquet to_pickle to_excel to_feather to_hdf
    copyfile urlretrieve connect
    """
)
FILE = re.compile(r"[^\s<>{}|?*]*[^\s<>{}|?*./]\.\w{1,10}")


class Stored:
    """The files of a notebook: what writes each, by its path or a variable's name."""

    def __init__(
        self, pieces: Sequence[Piece], known: Known, kept_out: set[int]
    ) -> None:
        self._paths = {name for each in pieces for name in path_variables(each)}
        self._writers: dict[str, list[int]] = {}
        for number, piece in enumerate(pieces):
            for path in self._written(piece, known) if number not in kept_out else ():
                self._writers.setdefault(path, []).append(number)

    def writers(self, piece: Piece) -> Iterator[int]:
        """Yield the pieces that write what one names."""
        for path in named_by(piece):
            yield from self._writers.get(path, ())

    def _written(self, piece: Piece, known: Known) -> set[str]:
        if isinstance(piece, FileCell):
            return {piece.name}
        if not isinstance(piece, Code) or isinstance(
            piece.node, (*FUNCTIONS, ast.ClassDef)
        ):
            return set()
        calls = [each for each in walk_now(piece.node) if isinstance(each, ast.Call)]
        called = [known.functions.get(getattr(each.func, "id", "")) for each in calls]
        inner = (
            each
            for function in called
            if isinstance(function, FUNCTIONS)
            for each in ast.walk(function)
            if isinstance(each, ast.Call)
        )
        return {
            mark
            for call in (*calls, *inner)
            if writes(call)
            for mark in marks_in(call)
            if mark in self._paths or FILE.fullmatch(mark)
        }


def writes(call: ast.Call) -> bool:
    """Whether a call writes a file: open("x", "w"), df.to_csv("x.csv")."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name != "open":
        return name in WRITERS
    given = [*call.args, *(e.value for e in call.keywords if e.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant)]
    return any(
        isinstance(e, str) and re.fullmatch(r"[rwaxbt+]*[wax+][bt+]*", e) for e in modes
    )


def only_connects(piece: Piece) -> bool:
    """Whether a piece opens a database, which writes nothing by itself."""
    call = getattr(piece.node, "value", None) if isinstance(piece, Code) else None
    return isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "connect"


def closes(piece: Piece) -> bool:
    call = getattr(piece.node, "value", None) if isinstance(piece, Code) else None
    return isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "close"


def marks_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts and the names of an expression."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name):
            yield each.id


def named_by(piece: Piece) -> Iterable[str]:
    if isinstance(piece, RouteCell):
        return set(marks_in(piece.module))
    return set(marks_in(piece.node)) if isinstance(piece, Code) else ()


def path_variables(piece: Piece) -> Iterator[str]:
    """Yield the variables that a piece makes of a path."""
    node = piece.node if isinstance(piece, Code) else None
    if not isinstance(node, ast.Assign):
        return
    texts = [e for e in marks_in(node.value) if FILE.fullmatch(e) or e == "Path"]
    is_path = isinstance(node.value, (ast.Constant, ast.BinOp, ast.Call, ast.JoinedStr))
    for target in node.targets if texts and is_path else ():
        if isinstance(target, ast.Name):
            yield target.id
