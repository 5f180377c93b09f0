"""A notebook cut into pieces.

IPython says what its own syntax means, and nothing is run. Magics and commands of a
shell are no part of a program: what they would have defined is known as theirs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..grammar.errors import LineError
from ..grammar.options import HELP, Option, parse
from ..grammar.rules import ROUTE_OPTIONS, parameters_of, read_rule
from . import body
from .errors import NotebookError
from .guards import as_run, outside_of_blocks
from .names import NONE, Uses, uses_lazily, uses_of
from .pieces import (
    REQUESTS,
    Code,
    Cut,
    FileCell,
    Piece,
    RequestCell,
    RouteCell,
)
from .reading import Cell, Document

#: Cell magics whose cell is run as it stands.
TRANSPARENT = frozenset({"time", "capture", "prun", "debug", "nbflask"})


#: Line magics whose line is a statement.
RUNNING = frozenset({"time", "prun"})


#: Cell magics that write a file.
WRITING = frozenset({"file", "writefile"})


#: What Python says of a text that it cannot read.
BROKEN = (SyntaxError, ValueError, MemoryError)


#: What IPython makes of its own syntax.
SHELL = "get_ipython"


CELL_MAGIC = re.compile(r"\s*%%(\w+)[ \t]*(.*)")


def cut(document: Document) -> Cut:
    """Cut all cells into pieces. Raises NotebookError for one that is no Python."""
    pieces: list[Piece] = []
    for cell in document.cells:
        try:
            pieces += pieces_of(cell, document.name)
        except RecursionError:
            raise NotebookError(
                f"{document.name}, {cell} is nested too deeply: give parts of it names"
            ) from None
    if any(puts_off_annotations(each) for each in pieces):
        pieces = [without_annotations(each) for each in pieces]
    adds = any(loads_magics(each) for each in pieces)
    of_magics: dict[str, str] = {}
    for piece in pieces:
        if isinstance(piece, Code) and piece.magics:
            by = f"{piece.magics[0]} ({piece.cell})"
            of_magics |= dict.fromkeys(piece.uses.defines, by)
    return Cut(document, tuple(pieces), adds, of_magics)


def puts_off_annotations(piece: Piece) -> bool:
    """Whether a piece has the annotations of the cells below it left for later."""
    node = piece.node if isinstance(piece, Code) else None
    names = node.names if isinstance(node, ast.ImportFrom) else ()
    is_future = getattr(node, "module", None) == "__future__"
    return is_future and any(each.name == "annotations" for each in names)


def without_annotations(piece: Piece) -> Piece:
    if not isinstance(piece, Code):
        return piece
    return replace(piece, uses=uses_lazily(piece.node))


def loads_magics(piece: Piece) -> bool:
    magics = piece.magics if isinstance(piece, Code) else ()
    return any(re.match(r"%(re)?load_ext +nbflask\b", each) for each in magics)


def pieces_of(cell: Cell, name: str) -> Iterator[Piece]:
    found = CELL_MAGIC.match(cell.text)
    if found is None:
        yield from statements(cell, cell.text, 0, name)
        return
    magic, line = found[1], found[2].strip()
    first = cell.text[: found.start(1)].count("\n") + 1  # blank lines may come before
    rest = "\n".join(cell.text.split("\n")[first:])
    try:
        if magic == "route":
            yield from route_cell(cell, line, rest, first, name)
        elif magic in {"template", "static"}:
            yield FileCell(
                cell=cell,
                line=first,
                kind=magic,
                name=parse(without_values(line), FILE_OPTIONS).items[0],
                text=ended(rest),
            )
        elif magic in WRITING:
            words = [each for each in line.split() if not each.startswith("-")]
            yield FileCell(
                cell=cell, line=first, kind="file", name=words[0], text=ended(rest)
            )
        elif magic in REQUESTS:
            yield RequestCell(cell=cell, line=first, magic=magic, words=line, text=rest)
        elif magic in TRANSPARENT:
            yield from statements(cell, rest, first, name)
    except IndexError:
        raise NotebookError(f"{name}, {cell}: %%{magic} lacks a name") from None
    except LineError as error:
        raise NotebookError(f"{name}, {cell}: %%{magic}: {error}") from None


def ended(text: str) -> str:
    """Return a file's text with the line break that IPython ends each cell with."""
    return text if text.endswith("\n") else f"{text}\n"


FILE_OPTIONS = (Option("--with", "NAME=EXPR", "", many=True), HELP)


def without_values(line: str) -> str:
    return re.sub(r"\s--with\s*$", "", f" {line}").strip()


def route_cell(
    cell: Cell, line: str, text: str, first: int, name: str
) -> Iterator[Piece]:
    """Yield the statements above a cell's function, and the route.

    The text of the route keeps its lines: what stands elsewhere is blank.
    """
    arguments = parse(line, ROUTE_OPTIONS)
    methods, rule = read_rule(arguments.items)
    options = arguments.options
    defaults = {word.partition("=")[0]: None for word in options["defaults"]}
    parameters = parameters_of(rule, defaults)
    text = python_of(text)
    module = parsed(cell, text, first, name)
    if not module.body:
        raise NotebookError(f"{name}, {cell}: %%route has no body below it")
    if body.is_function_form(module):
        *helpers, own = cut_statements(cell, text, first, module)
        yield from helpers
        assert isinstance(own, Code)
        text = "\n" * (own.top - first - 1) + own.text
        module = ast.parse(text)
    target, endpoint = options["on"], options["endpoint"]
    piece = RouteCell(
        cell=cell,
        line=first,
        methods=tuple(methods),
        rule=rule,
        target=target,
        endpoint=endpoint,
        defaults=tuple(options["defaults"]),
        parameters=tuple(parameters),
        text=text,
        module=module,
        tries=tuple(options["try"]),
    )
    yield with_uses(piece)


def with_uses(piece: RouteCell) -> RouteCell:
    """Return a route cell that knows what it has to do with."""
    target = frozenset({piece.target or "app"})
    if piece.defines_its_view:
        each = [uses_of(statement) for statement in piece.module.body]
        defines = frozenset().union(*(one.defines for one in each))
        now = frozenset().union(*(one.now for one in each)) - defines
        later = frozenset().union(*(one.later for one in each))
        changes = frozenset().union(*(one.changes for one in each))
        inside = frozenset().union(*(one.changes_later for one in each))
        uses = Uses(defines, now | target, later, changes | target, inside)
    else:
        inner = uses_of(as_view(piece))
        uses = Uses(NONE, target, inner.later, target, inner.changes_later)
    return replace(piece, uses=uses)


def as_view(piece: RouteCell) -> ast.stmt:
    """Return a body as the function that it is."""
    awaits = body.awaits(piece.module)
    head = f"{'async ' if awaits else ''}def view({', '.join(piece.parameters)}): pass"
    function: Any = ast.parse(head).body[0]
    function.body = piece.module.body
    statement: ast.stmt = function
    return statement


def python_of(text: str) -> str:
    """Return a cell's text as Python, line by line where it is Python already."""
    text = re.sub(r"\r\n?", "\n", text)
    # IPython takes more for the end of a line than Python does.
    return without_pages(text if tree_of(text) else transformed(text))


def transformed(text: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    blank = text[: len(text) - len(text.lstrip())].count("\n")
    manager = TransformerManager()  # type: ignore[no-untyped-call]
    return "\n" * blank + manager.transform_cell(text)


def without_pages(text: str) -> str:
    """Return Python without form feeds before its lines, which are no indentation."""
    plain = re.sub(r"(?m)^[ \t\f]*\f", "", text)
    before, after = (tree_of(each) if plain != text else None for each in (text, plain))
    if before is None or after is None:
        return text
    return plain if ast.dump(after) == ast.dump(before) else text


def tree_of(text: str) -> ast.Module | None:
    """Return what a text says as Python, if it is that."""
    try:
        return ast.parse(text)
    except BROKEN:
        return None


def is_python(text: str) -> bool:
    """Whether a cell has something to say that IPython understands."""
    if CELL_MAGIC.match(text):
        return True
    try:
        return bool(ast.parse(python_of(text)).body)
    except (SyntaxError, ValueError):
        return False


def parsed(cell: Cell, text: str, above: int, name: str) -> ast.Module:
    try:
        return ast.parse(text)
    except BROKEN as error:
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or error
        raise NotebookError(f"{name}, {cell}, line {line + above}: {message}") from None


def statements(cell: Cell, text: str, above: int, name: str) -> Iterator[Piece]:
    """Yield the statements of a text that stands below so many lines of its cell."""
    text = python_of(text)
    yield from cut_statements(cell, text, above, parsed(cell, text, above, name))


def cut_statements(
    cell: Cell, text: str, above: int, module: ast.Module
) -> Iterator[Piece]:
    lines = text.split("\n")  # what else breaks a line elsewhere, Python reads on
    end = 0
    for node in as_run(module.body):
        first = first_line(node)
        top = top_of_comments(lines, first, end)
        alone = is_alone(lines, node, first)
        source = (
            outside_of_blocks("\n".join(lines[top - 1 : node.end_lineno]), node)
            if alone
            else ast.get_source_segment(text, node) or ast.unparse(node)
        )
        end = node.end_lineno or first
        shown = node is module.body[-1] and isinstance(node, ast.Expr)
        place = (top + above if alone else first + above, first + above)
        yield piece_of(cell, node, source, place, shown)


def piece_of(
    cell: Cell, node: ast.stmt, text: str, place: tuple[int, int], is_shown: bool
) -> Piece:
    """Return what a statement is; its text begins, and it itself, at this place."""
    top, line = place
    calls = list(shell_calls(node))
    value = getattr(node, "value", None)
    if len(calls) == 1 and value is calls[0]:
        kind, words = read_call(calls[0])
        request = request_of(cell, node, words, line) if kind == "%" else None
        if request is not None:
            return request
        magic, _, rest = words.partition(" ")
        if kind == "%" and magic in RUNNING and isinstance(node, ast.Expr):
            inner = inner_statement(rest)
            if inner is not None:
                return piece_of(cell, inner, rest.strip(), (line, line), is_shown)
    magics = tuple("".join(read_call(each)) for each in calls)
    uses = uses_of(node)
    return Code(
        cell=cell,
        line=line,
        text=text,
        node=node,
        top=top,
        uses=replace(uses, now=uses.now - {SHELL}) if magics else uses,
        is_shown=is_shown and not text.rstrip().endswith(";"),
        magics=magics,
    )


def request_of(cell: Cell, node: ast.stmt, words: str, line: int) -> RequestCell | None:
    magic, _, rest = words.partition(" ")
    if magic not in REQUESTS:
        return None
    targets = getattr(node, "targets", None) or []
    variable = ast.unparse(targets[0]) if len(targets) == 1 else None
    uses = Uses(defines=frozenset({variable} if variable else ()))
    return RequestCell(
        cell=cell, line=line, magic=magic, words=rest, variable=variable, uses=uses
    )


def inner_statement(text: str) -> ast.stmt | None:
    try:
        inside = ast.parse(text.strip()).body
    except SyntaxError:
        return None
    return inside[0] if len(inside) == 1 else None


def shell_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield what IPython's own syntax became: get_ipython().run_line_magic(…)."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Attribute):
            continue
        shell = each.func.value
        asked = shell.func if isinstance(shell, ast.Call) else None
        if isinstance(asked, ast.Name) and asked.id == SHELL:
            yield each


def read_call(call: ast.Call) -> tuple[str, str]:
    """Return ("%", "matplotlib inline") or ("!", "pip install x")."""
    assert isinstance(call.func, ast.Attribute)
    texts = [str(e.value) for e in call.args if isinstance(e, ast.Constant)]
    sign = {"run_line_magic": "%", "run_cell_magic": "%%"}.get(call.func.attr, "!")
    return sign, " ".join(texts).strip()


def first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", ())
    first: int = min([node.lineno, *(each.lineno for each in decorators)])
    return first


def top_of_comments(lines: list[str], first: int, end: int) -> int:
    """Return the first line of the comments right above a statement."""
    top = first
    while top - 1 > end and lines[top - 2].lstrip().startswith("#"):
        top -= 1
    return top


def is_alone(lines: list[str], node: ast.stmt, first: int) -> bool:
    """Whether no other statement shares a line with this one."""
    last = node.end_lineno or node.lineno
    after = lines[last - 1].encode()[node.end_col_offset or 0 :].decode().strip()
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode().strip()
    starts = not before or first != node.lineno
    return starts and (not after or after.startswith("#"))
