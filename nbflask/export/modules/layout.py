"""Statements one below the other, with the blank lines that a person would leave."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ...ipynb.pieces import Code, Piece


@dataclass(frozen=True, slots=True)
class Block:
    """A statement's text, and the piece that it is of, if it is of one."""

    text: str
    piece: Piece | None = None
    is_definition: bool = False

    @property
    def defines(self) -> frozenset[str]:
        return frozenset() if self.piece is None else self.piece.uses.defines


def laid_out(blocks: Sequence[Block]) -> str:
    """Return the statements with two blank lines around definitions, and one where
    the notebook has one or another cell begins."""
    text = ""
    before: Block | None = None
    for block in blocks:
        text += space_between(before, block) + block.text
        before = block
    return text


def space_between(before: Block | None, block: Block) -> str:
    if before is None:
        return ""
    if before.is_definition or block.is_definition:
        return "\n\n\n"
    return "\n" if are_together(before.piece, block.piece) else "\n\n"


def are_together(first: Piece | None, second: Piece | None) -> bool:
    """Whether one statement stands right below the other in its cell."""
    if not isinstance(first, Code) or not isinstance(second, Code):
        return False
    if first.cell is not second.cell:
        return False
    height = (first.node.end_lineno or 0) - first.node.lineno
    return second.top - (first.line + height) <= 1


#: What ruff does to a module, if it is there: `nbflask[export]` brings it. What it
#: cannot mend, and the notebook's author meant, is marked as meant.
RUFF = (
    ("check", "--fix", "--quiet"),
    ("format", "--quiet"),
    ("check", "--add-noqa", "--quiet"),
)


def formatted(text: str) -> str:
    """Return a module's text as ruff would have it."""
    ruff = find_ruff()
    if ruff is None:
        return text
    with TemporaryDirectory() as folder:
        file = Path(folder) / "module.py"
        file.write_text(text, "utf-8")
        for word, *options in RUFF:
            command = [ruff, word, "--isolated", "--no-cache", *options, str(file)]
            subprocess.run(command, cwd=folder, capture_output=True)
        return file.read_text("utf-8")


def find_ruff() -> str | None:
    beside = shutil.which("ruff", path=str(Path(sys.executable).parent))
    return beside or shutil.which("ruff")
