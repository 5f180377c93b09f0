"""Statements one below the other, with the blank lines that a person would leave."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..ipynb.pieces import Code, Piece


@dataclass(frozen=True, slots=True)
class Block:
    """A statement's text, and the piece that it is of, if it is of one."""

    text: str
    piece: Piece | None = None
    is_definition: bool = False


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


def formatted(text: str) -> str:
    """Return a module as ruff formats it, if ruff is there: `nbflask[export]`."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    ruff = ruff or shutil.which("ruff")
    if ruff is None:
        return text
    command = [ruff, "format", "--isolated", "--stdin-filename", "app.py", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    return text if done.returncode else done.stdout.decode()
