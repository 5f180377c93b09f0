"""A notebook run in a real kernel: which requests it makes, and what its app answers
when it is as it was before the first of them."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

from nbflask.ipynb.cutting import cut
from nbflask.ipynb.needs.plan import plan
from nbflask.ipynb.reading import read_notebook
from tests.notebook.lines import NEWEST, KernelOfALine

PROJECT = Path(__file__).parents[2]
CELL_SECONDS = 60
#: What pip is told in its own way: nothing is to be installed, nor looked up.
PIP = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

#: What cells of a notebook change by themselves, put back before its app is asked.
PUT_BACK = {"07_serving": "scores.update(owls=3, foxes=5, hares=4)"}


@cache
def requests_of(path: Path) -> list[dict[str, Any]]:
    """Return the requests that a notebook makes, with the answers that it got."""
    return run(path, known=None)


@cache
def answers_of(path: Path) -> list[dict[str, Any]]:
    """Return what the app, as it is at the notebook's end, answers to its requests
    when nobody has asked it anything before."""
    return run(path, known=requests_of(path))


def app_of(path: Path) -> str:
    """Return the variable of a notebook's app."""
    return plan(cut(read_notebook(path))).app


def run(path: Path, known: list[dict[str, Any]] | None) -> Any:
    """Run a notebook's cells in the order in which its author did."""
    with TemporaryDirectory() as folder:
        told, notes = Path(folder, "told.json"), None
        if known is not None:
            notes = str(Path(folder, "known.json"))
            Path(notes).write_text(json.dumps(known), "utf-8")
        notebook = nbformat.read(path, as_version=4)
        first = f"__import__('tests.export.noting').export.noting.begin({notes!r})"
        if not uses_nbflask(notebook):
            first += "\n__import__('nbflask').install_as_flask()"
        app = app_of(path)
        last = (
            f"__import__('tests.export.noting').export.noting.end({app}, {str(told)!r})"
        )
        last = f"{PUT_BACK.get(path.stem, '')}\n{last}"
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        notebook.cells = [
            nbformat.v4.new_code_cell(first),
            *sorted(code, key=order),
            nbformat.v4.new_code_cell(last),
        ]
        work = Path(folder, "work")
        work.mkdir()
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name=NEWEST.name,
            kernel_manager_class=KernelOfALine,
            resources={"metadata": {"path": str(work)}},
        )
        client.execute(env=environment())
        return json.loads(told.read_text("utf-8"))


def environment() -> dict[str, str]:
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **PIP, "PYTHONPATH": str(PROJECT), "PATH": tools}


def uses_nbflask(notebook: Any) -> bool:
    return any(re.search(r"\bnbflask\b", cell.source) for cell in notebook.cells)


def order(cell: Any) -> float:
    """Return a cell's place in the order of running: those without are last."""
    return cell.execution_count or float("inf")
