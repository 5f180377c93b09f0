"""The pieces of a notebook: statements of Python, views, templates, static files,
requests.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ..grammar.rules import name_for
from . import body
from .names import Uses
from .reading import Cell, Document

NOTHING = Uses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a cell that stands for itself. `line` is where it begins there."""

    cell: Cell
    line: int
    uses: Uses = NOTHING

    @property
    def place(self) -> str:
        return f"{self.cell}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Piece):
    """A statement of Python, with the comments above it."""

    text: str
    node: ast.stmt
    #: The line of the cell that the text begins on.
    top: int = 0
    #: Whether the cell shows its value, being its last line.
    is_shown: bool = False
    #: What of IPython's stands in it: "%matplotlib", "!pip".
    magics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCell(Piece):
    """A cell with %%route: its rule, and the body or the function that serves it.

    The first line of `text` is the one below the magic.
    """

    methods: tuple[str, ...]
    rule: str
    target: str | None
    endpoint: str | None
    defaults: tuple[str, ...]
    parameters: tuple[str, ...]
    text: str
    module: ast.Module
    tries: tuple[str, ...] = ()

    @property
    def defines_its_view(self) -> bool:
        return body.is_function_form(self.module)

    @property
    def derived(self) -> str:
        """The endpoint that the rule alone would give."""
        return name_for(self.rule, self.methods)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCell(Piece):
    """A cell with %%template, %%static or %%writefile: a file of this name."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCell(Piece):
    """A request of a cell, as typed: %get /users, or the text below %%post."""

    magic: str
    words: str
    text: str | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A document's pieces, in their order. `notes` say what is left out, and why."""

    document: Document
    pieces: tuple[Piece, ...]
    #: Whether the notebook loads the magics, which add the names that views need.
    adds_names: bool = False
    #: Names that only IPython can give, and by what: {"files": "!ls (cell 3)"}.
    of_magics: dict[str, str] = field(default_factory=dict)


REQUESTS = ("get", "post", "put", "patch", "delete", "head", "options")
