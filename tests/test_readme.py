"""What the README shows is what happens: its cells are run, its outputs compared.

Every ```python block is a cell, all of them in one kernel; a ```text block below it
is what the cell shows, but for times and ports. A ```py block is a module, which
test_deployment serves.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nbclient
import nbformat
import pytest

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
COMMAND_HEADINGS = ("Start it", "Test it")
CELL_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Example:
    cell: str
    shown: str | None


def examples() -> list[Example]:
    """The README's cells in order, each with the output that stands below it."""
    blocks = FENCE.findall(README)
    following = [*blocks[1:], ("", "")]
    return [
        Example(text.rstrip("\n"), output if next_language == "text" else None)
        for (language, text), (next_language, output) in zip(
            blocks, following, strict=True
        )
        if language == "python"
    ]


def section(heading: str) -> str:
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@cache
def outputs() -> list[str]:
    """Run all the README's cells in one kernel; return what each of them shows."""
    cells = [nbformat.v4.new_code_cell(each.cell) for each in examples()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with TemporaryDirectory() as folder:  # which cells write into
        client = nbclient.NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        client.execute(env={**os.environ, "PYTHONPATH": str(PROJECT)})
    return ["".join(map(as_text, cell["outputs"])) for cell in notebook["cells"]]


def as_text(output) -> str:
    if output["output_type"] == "stream":
        return output["text"]
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}\n"
    return output["data"]["text/plain"] + "\n"


def loosely(text: str) -> list[str]:
    """Lines without what differs from run to run: times, ports, trailing blanks."""
    text = re.sub(r"\d+(\.\d+)? m?s\b", "0 ms", text)
    text = re.sub(r"(127\.0\.0\.1):\d+", r"\1:0", text)
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.kernel
@pytest.mark.parametrize("at", range(len(examples())))
def test_a_cell_shows_what_stands_below_it(at):
    example, shown = examples()[at], outputs()[at]
    assert "Error: " not in shown.splitlines()[-1:] or example.shown
    if example.shown is not None:
        assert loosely(shown) == loosely(example.shown), example.cell


def test_there_are_examples_with_outputs():
    assert sum(example.shown is not None for example in examples()) >= 8


@pytest.mark.parametrize("heading", COMMAND_HEADINGS)
def test_a_command_is_one_line(heading):
    # The first block is what CI and a newcomer run.
    _, text = FENCE.findall(section(heading))[0]
    assert len(text.splitlines()) == 1
    assert text.startswith("python3 -m venv .venv && ")


def test_every_file_it_points_to_is_there():
    missing = [path for path in LINK.findall(README) if not (PROJECT / path).exists()]
    assert missing == []


def test_it_can_be_read_in_one_go():
    assert len(README.splitlines()) <= 300
