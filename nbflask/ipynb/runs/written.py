"""Modules that a notebook writes with %%writefile, imported from memory.

Running a notebook writes no file that nobody has asked for.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import PurePosixPath
from types import CodeType, ModuleType

from ..pieces import Code, Cut, FileCell, Piece, RouteCell
from .texts import keep


class WrittenModules(MetaPathFinder, InspectLoader):
    """Finds the modules that cells have written, before any file of that name."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.packages: set[str] = set()
        self.filenames: dict[str, str] = {}

    def write(self, piece: FileCell, notebook: str) -> None:
        """Have the next import of a cell's module find it."""
        name = module_of(piece.name)
        self.texts[name] = piece.text
        if PurePosixPath(piece.name).name == "__init__.py":
            self.packages.add(name)
        parent = name.rpartition(".")[0]
        if parent and parent not in self.texts and not exists(parent):
            self.texts[parent] = self.filenames[parent] = ""
            self.packages.add(parent)
        place = f"{piece.name} ({notebook}, {piece.cell})"
        self.filenames[name] = keep(place, piece.text)
        self.forget(name)

    def state(self) -> tuple[dict[str, str], set[str], dict[str, str]]:
        """Return what is written, for `restore`."""
        return dict(self.texts), set(self.packages), dict(self.filenames)

    def restore(self, state: tuple[dict[str, str], set[str], dict[str, str]]) -> None:
        """Have what was written before be all that is."""
        texts, self.packages, self.filenames = state
        changed = [e for e in self.texts if self.texts[e] != texts.get(e)]
        self.texts = texts
        for name in changed:
            self.forget(name)

    def forget(self, name: str) -> None:
        """Have a module imported anew, if it has been imported from here."""
        module = sys.modules.get(name)
        if getattr(module, "__loader__", None) is self:
            del sys.modules[name]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return a spec for a module that a cell has written."""
        if fullname not in self.texts:
            return None
        return ModuleSpec(
            fullname,
            self,
            origin=self.filenames[fullname],
            is_package=fullname in self.packages,
        )

    def is_package(self, fullname: str) -> bool:
        return fullname in self.packages

    def get_source(self, fullname: str) -> str:
        return self.texts[fullname]

    def get_code(self, fullname: str) -> CodeType:
        filename = self.filenames[fullname]
        return compile(self.texts[fullname], filename, "exec", dont_inherit=True)

    def invalidate_caches(self) -> None:
        """Nothing is remembered here."""


def exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def module_of(path: str) -> str:
    """Return what a file is imported as: "shop.models" for "shop/models.py"."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)


def is_imported(piece: FileCell, cut: Cut) -> bool:
    """Whether anything in a notebook imports what a cell writes."""
    if not piece.name.endswith(".py"):
        return False
    return module_of(piece.name).partition(".")[0] in set(imports_of(cut.pieces))


def imports_of(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield the first names of all modules that pieces import, or their functions."""
    for piece in pieces:
        yield from imports_in(piece)


def imports_in(piece: Piece) -> Iterator[str]:
    for node in ast.walk(tree_of(piece)):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def tree_of(piece: Piece) -> ast.AST:
    """Return a piece as Python, an empty module if it is none."""
    if isinstance(piece, Code):
        return piece.node
    if isinstance(piece, RouteCell):
        return piece.module
    if isinstance(piece, FileCell) and piece.name.endswith(".py"):
        try:
            return ast.parse(piece.text)
        except SyntaxError:
            pass
    return ast.Module([], [])
