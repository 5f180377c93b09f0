"""A shell without a kernel, a terminal, and a person: cells run in it one by one."""

from __future__ import annotations

import inspect
import os
import sys
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ..ipynb.reading import Cell
from ..recording import describe
from .findings import Finding


class Shell(InteractiveShell):
    """IPython's shell. What it shows goes where its standard output goes."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is none."""


def new_shell(folder: str) -> Shell:
    """Return the process's only shell. What it writes for itself goes to a folder."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    shell: Shell = Shell.instance(config=config, ipython_dir=folder)
    return shell


def run(shell: Shell, cell: Cell) -> BaseException | None:
    """Run a cell as a notebook does, and return what it raises, if it fails."""
    run_cell: Any = shell.run_cell
    done = run_cell(cell.text, store_history=True, cell_id=key_of(cell))
    error: BaseException | None = done.error_before_exec or done.error_in_exec
    return error


def key_of(cell: Cell) -> str:
    """Return what a cell is known by while it runs."""
    return cell.id or str(cell)


def finding_of(error: BaseException, cell: Cell, shell: Shell) -> Finding:
    """Return what a cell's exception says, and the line of the cell that it is at."""
    return Finding(said_by(error), cell.number, line_of(error, shell))


def said_by(error: BaseException) -> str:
    # A magic says what is wrong with its line in a sentence.
    if type(error).__name__ == "UsageError":
        return " ".join(str(error).split())
    return describe(error)


def line_of(error: BaseException, shell: Shell) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    lines = lines_of(error.__traceback__, shell)
    return lines[0] if lines else None


def lines_of(step: TracebackType | None, shell: Shell) -> list[int]:
    """Return the lines of cells that a traceback passes, from the outside in."""
    known = getattr(shell.compile, "_filename_map", {})
    lines: list[int] = []
    while step is not None:
        if step.tb_frame.f_code.co_filename in known:
            lines.append(step.tb_lineno)
        step = step.tb_next
    return lines


def number_at(view: Any, shell: Shell) -> int | None:
    """Return the line of its cell that a view begins at, if it is a cell's."""
    code = getattr(inspect.unwrap(view), "__code__", None)
    known = getattr(shell.compile, "_filename_map", {})
    if code is None or code.co_filename not in known:
        return None
    line: int = code.co_firstlineno
    return line


def behave_like_a_kernel(folder: str) -> None:
    """Have the modules beside the notebook found, and figures shown as in one."""
    os.chdir(folder)
    sys.path[0] = folder
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
