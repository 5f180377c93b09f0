"""What is wrong with a notebook, in one line with what, where and the fix."""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType


class NotebookError(ValueError):
    """A notebook that cannot be read, or whose app cannot be told from the rest."""


class CellError(NotebookError):
    """A cell that raised an exception, which is `error`. `cell` and `line` say where;
    below the first line of its message stands the traceback from the cell on."""

    def __init__(self, name: str, cell: int, error: BaseException) -> None:
        start = from_the_cell(error.__traceback__, f"{name}, cell {cell}")
        self.cell, self.error = cell, error
        self.line = 1 if start is None else start.tb_lineno
        lines = traceback.format_exception(type(error), error, start)
        said = traceback.format_exception_only(type(error), error)[-1].strip()
        super().__init__(
            f"{name}, cell {cell}, line {self.line}: {said}\n{''.join(lines).rstrip()}"
        )


def from_the_cell(start: TracebackType | None, beginning: str) -> TracebackType | None:
    """Return a traceback without the frames that led to the cell's code."""
    while start is not None:
        filename = start.tb_frame.f_code.co_filename
        if filename.startswith(beginning) and filename in linecache.cache:
            return start
        start = start.tb_next
    return None
