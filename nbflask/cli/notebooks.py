"""Notebooks as apps of the command line: how their loading is told, and its errors."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import werkzeug.serving

from ..ipynb.cutting import loads_magics
from ..ipynb.errors import CellError, NotebookError
from ..ipynb.needs.plan import Plan
from ..ipynb.runs.loading import Loaded, load
from .locate import NoAppException

#: After so many seconds a loading is told of, whoever listens.
LONG = 2.0
CLEAR = "\r\x1b[K"


def load_for_command(path: str, name: str | None) -> Loaded:
    """Load a notebook for a command, and say what of it was left out.

    Raises NoAppException, or for a cell that failed click.ClickException.
    """
    progress = Progress(Path(path).name)
    try:
        loaded = load(path, name, progress)
    except CellError as error:
        progress.end()
        raise click.ClickException(str(error)) from None
    except NotebookError as error:
        progress.end()
        raise NoAppException(str(error)) from None
    progress.end()
    told = left_out(loaded.plan)
    if told and not werkzeug.serving.is_running_from_reloader():
        click.echo(f" * {told}", err=True)
    return loaded


class Progress:
    """Says which step a notebook is at: in a terminal always, on one line that goes
    again; elsewhere with each step once it takes long."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.clock = clock
        self.began = clock()
        self.is_shown = sys.stderr.isatty()

    def __call__(self, number: int, count: int, step: Any) -> None:
        text = f"{self.name}: {step.cell}, {number} of {count} …"
        if self.is_shown:
            click.echo(f"{CLEAR}{text}", err=True, nl=False)
        elif self.clock() - self.began > LONG:
            click.echo(text, err=True)

    def end(self) -> None:
        if self.is_shown:
            click.echo(CLEAR, err=True, nl=False)


def left_out(plan: Plan) -> str:
    """Return which cells of a notebook its app does without, in one line."""
    used = {each.cell.number for each in plan.pieces}
    replaced = {each.cell.number for each in plan.replaced} - used
    there = {e.cell.number for e in plan.cut.pieces if not loads_magics(e)}
    explores = there - used - replaced
    parts = []
    if explores:
        parts.append(f"{numbers(explores)} (not of the app)")
    if replaced:
        parts.append(f"{numbers(replaced)} (replaced later)")
    count = len(explores) + len(replaced)
    all_cells = len(plan.cut.document.cells)
    said = f"{plan.cut.document.name}: {count} of {all_cells} cells were left out: "
    return said + ", ".join(parts) if parts else ""


def numbers(cells: Iterable[int]) -> str:
    """Return numbers as a list with ranges: "1, 3-5"."""
    return ", ".join(
        str(first) if first == last else f"{first}-{last}"
        for first, last in ranges(sorted(cells))
    )


def ranges(cells: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(len(cells)):
        if place + 1 == len(cells) or cells[place + 1] != cells[place] + 1:
            yield cells[start], cells[place]
            start = place + 1
