"""No trouble that Flask has in a notebook is left, wherever the notebook is run: it is
shown with Flask first."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from lines import NEWEST, on_every_line
from troubles import BEGIN, TROUBLES, Cell, Look, Trouble

pytestmark = pytest.mark.kernel

every_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=str)
#: Without ids an edited cell is another cell, and what it no longer says stays.
trouble_without_ids = pytest.mark.parametrize(
    "trouble", [each for each in TROUBLES if not each.needs_ids], ids=str
)
_notebooks = count(1)


@pytest.mark.parametrize("line", [NEWEST], ids=str, indirect=True)
@pytest.mark.parametrize(
    "trouble", [each for each in TROUBLES if each.in_flask], ids=str
)
def test_flask_itself_has_it_in_the_same_kernel(kernel_process, trouble):
    begin = BEGIN.replace("from nbflask", "from flask")
    # An app of another name, for apps of one name share a logger.
    kernel_process.do(begin.replace("Flask(__name__)", "Flask('flasks')"))
    shown = ""
    for step in trouble.steps:
        if isinstance(step, Look):
            shown += kernel_process.run(asking(step)).text
        elif step.answers:
            break  # there may be nothing to debug
        else:
            at = "Press CTRL+C"  # for it would go on for ever
            shown += kernel_process.run(step.source, step.id, interrupt_at=at).text
    assert [each for each in trouble.in_flask if each not in shown] == [], shown


@on_every_line
@every_trouble
def test_it_is_gone_in_a_kernel_that_is_told_cell_ids(kernel_process, trouble):
    live_through(trouble, kernel_process, f"notebook {next(_notebooks)}")


@on_every_line
@trouble_without_ids
def test_it_is_gone_in_a_kernel_that_is_not(kernel_process, trouble):
    live_through(trouble, kernel_process)


@on_every_line
@trouble_without_ids
def test_it_is_gone_in_a_terminal(terminal, trouble):
    live_through(trouble, terminal)


def live_through(trouble: Trouble, place: Any, notebook: str | None = None) -> None:
    """Do what the person does, with a new app, in a kernel or in a terminal.

    Cells have ids that are theirs alone if the notebook has a name.
    """
    do(Cell(BEGIN, "begin"), place, notebook)
    for step in trouble.steps:
        if isinstance(step, Cell):
            do(step, place, notebook)
        else:
            assert seen(step, place) == repr(step.value), step.expression


def do(cell: Cell, place: Any, notebook: str | None) -> None:
    id = None if notebook is None else f"{notebook}, {cell.id}"
    ran = place.run(cell.source, id, cell.answers)
    assert ran.ok is not cell.fails, ran.text
    assert [each for each in cell.shows if each not in ran.text] == [], ran.text
    assert [each for each in cell.lacks if each in ran.text] == [], ran.text


def seen(look: Look, place: Any) -> str:
    ran = place.run(asking(look))
    assert ran.ok, ran.text
    return ran.text.partition("seen: ")[2].partition(" :seen")[0]


def asking(look: Look) -> str:
    # In two parts: a terminal shows what is typed into it, too.
    return f"print('se' + 'en:', repr(({look.expression})), ':se' + 'en')"
