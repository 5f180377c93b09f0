"""Which files pieces write, and which they name: a model that is dumped in one cell and
loaded in another hangs together by its path alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from ..names import BLOCKS, FUNCTIONS, walk_now
from ..pieces import Code, FileCell, Piece, RouteCell
from .effects import is_query
from .habits import words
from .known import Known

#: Functions and methods that write a file whose path they are given, or have.
WRITERS = words(
    """
    write_text write_bytes touch savetxt save savez savez_compressed dump tofile
    to_csv to_json to_parquet to_pickle to_excel to_feather to_hdf
    copyfile urlretrieve connect
    """
)
#: Before the name of a variable, which is no text.
NAME = "$"
FOLDERS = words("mkdir makedirs")
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
            if self._is_path(mark, call) and not (connects(call) and only_asks(piece))
        }

    def _is_path(self, mark: str, call: ast.Call) -> bool:
        if mark.startswith(NAME):
            return mark in self._paths
        return makes_folder(call) or FILE.fullmatch(mark) is not None


def writes(call: ast.Call) -> bool:
    """Whether a call writes a file: open("x", "w"), df.to_csv("x.csv")."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name != "open":
        return name in WRITERS | FOLDERS
    given = [*call.args, *(e.value for e in call.keywords if e.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant)]
    return any(
        isinstance(e, str) and re.fullmatch(r"[rwaxbt+]*[wax+][bt+]*", e) for e in modes
    )


def makes_folder(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) in FOLDERS


def only_connects(piece: Piece) -> bool:
    """Whether a piece opens a database, which writes nothing by itself."""
    call = getattr(piece.node, "value", None) if isinstance(piece, Code) else None
    return isinstance(call, ast.Call) and connects(call)


def connects(call: ast.Call) -> bool:
    return getattr(call.func, "attr", "") == "connect"


def only_asks(piece: Code) -> bool:
    """Whether a block asks a database, and writes nothing into it."""
    calls = [each for each in ast.walk(piece.node) if isinstance(each, ast.Call)]
    names = [getattr(each.func, "attr", "") for each in calls]
    wanted = [c for c, n in zip(calls, names, strict=True) if n.startswith("execute")]
    return isinstance(piece.node, BLOCKS) and all(map(is_query, wanted))


def closes(piece: Piece) -> bool:
    call = getattr(piece.node, "value", None) if isinstance(piece, Code) else None
    return isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "close"


def marks_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts and the names of an expression."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name):
            yield f"{NAME}{each.id}"


def texts_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts of a piece. Where a path is the environment's, what stands for it
    here says nothing: os.environ.get("MODEL_FILE", "model.joblib") is a file that the
    machine has."""
    if isinstance(node, ast.Call) and is_of_environment(node.func):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from texts_in(child)


def is_of_environment(called: ast.expr) -> bool:
    """Whether a function gives a variable of the environment, or what is in its
    place."""
    named = {getattr(e, "attr", getattr(e, "id", "")) for e in ast.walk(called)}
    return "getenv" in named or {"environ", "get"} <= named


def named_by(piece: Piece) -> set[str]:
    """Return the texts and names of a piece; a file's folders are named by it, too."""
    tree: ast.AST | None = piece.module if isinstance(piece, RouteCell) else None
    tree = piece.node if isinstance(piece, Code) else tree
    found = set(texts_in(tree)) if tree is not None else set()
    found |= {f"{NAME}{each}" for each in piece.uses.now | piece.uses.later}
    files = [each for each in found if "/" in each and FILE.fullmatch(each)]
    return found.union(*(map(str, PurePosixPath(each).parents) for each in files))


def path_variables(piece: Piece) -> Iterator[str]:
    """Yield the variables that a piece makes of a path."""
    node = piece.node if isinstance(piece, Code) else None
    if not isinstance(node, ast.Assign):
        return
    texts = [e for e in marks_in(node.value) if FILE.fullmatch(e) or e == f"{NAME}Path"]
    is_path = isinstance(node.value, (ast.Constant, ast.BinOp, ast.Call, ast.JoinedStr))
    for target in node.targets if texts and is_path else ():
        if isinstance(target, ast.Name):
            yield f"{NAME}{target.id}"
