"""Notebooks on the command line: `nbflask run api.ipynb`, and `--app api.ipynb`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from notebook_files import document, write_notebook
from processes import LIMIT

from nbflask.cli import cli
from nbflask.cli.notebooks import Progress, left_out, numbers
from nbflask.ipynb.cutting import cut
from nbflask.ipynb.needs.plan import plan

pytestmark = pytest.mark.usefixtures("terminal", "forgotten")

MAGICS = "%load_ext nbflask"
SHOP = (
    MAGICS,
    "goods = ['tea', 'cup']",
    "goods[0]",
    "%%route /goods/<int:number>\ngoods[number]",
    "@app.cli.command()\ndef count():\n    print(len(goods), app.debug)",
    "%get /goods/1",
)


@pytest.fixture
def forgotten(monkeypatch) -> Iterator[None]:
    """Nothing of a loaded notebook stays in the process."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    known = set(sys.modules)
    yield
    for each in set(sys.modules) - known:
        if each.endswith("_ipynb"):
            del sys.modules[each]


def nbflask(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def write(*cells: str, name: str = "api.ipynb") -> None:
    write_notebook(Path(name), *cells)


# Every command


@pytest.mark.parametrize(
    "arguments",
    [
        ["--app", "api.ipynb", "routes"],
        ["routes", "--app", "api.ipynb"],
        ["--app", "api.ipynb:app", "routes"],
        ["routes", "-A", "./api.ipynb:app"],
    ],
)
def test_the_app_of_a_command_may_be_a_notebooks(arguments):
    write(*SHOP)
    rows = nbflask(*arguments).stdout.splitlines()
    assert "goods_number  GET      /goods/<int:number>" in [e.strip() for e in rows]


def test_the_environment_may_name_a_notebook(monkeypatch):
    write(*SHOP)
    monkeypatch.setenv("FLASK_APP", "api.ipynb")
    assert "goods_number" in nbflask("routes").stdout


def test_a_notebooks_app_brings_its_commands_and_heeds_the_debug_flag():
    write(*SHOP)
    assert nbflask("--app", "api.ipynb", "count").stdout == "2 False\n"
    assert nbflask("--app", "api.ipynb", "--debug", "count").stdout == "2 True\n"
    assert "count" in nbflask("--app", "api.ipynb", "--help").stdout


def test_the_shell_is_in_the_context_of_a_notebooks_app(start):
    write(*SHOP)
    command = [sys.executable, "-m", "nbflask", "shell", "--app", "api.ipynb"]
    line = "print('the', app.name)\n"
    done = subprocess.run(command, input=line, capture_output=True, text=True)
    assert "the api_ipynb" in done.stdout


# What is said


def test_which_cells_are_left_out_is_said_in_one_line_apart_from_the_output():
    write(*SHOP)
    done = nbflask("routes", "--app", "api.ipynb")
    assert done.stderr == (
        " * api.ipynb: 2 of 6 cells were left out: 3, 6 (not of the app)\n"
    )


def test_cells_that_later_ones_replace_are_said_to_be_replaced():
    cells = (MAGICS, "%%route /\n1", "%%route /\n2", "app.url_map", "1", "2")
    found = plan(cut(document(*cells)))
    assert left_out(found) == (
        "api.ipynb: 4 of 6 cells were left out: 4-6 (not of the app),"
        " 2 (replaced later)"
    )
    assert left_out(plan(cut(document(MAGICS, "%%route /\n1")))) == ""


@pytest.mark.parametrize(
    ("cells", "text"), [([], ""), ([1], "1"), ([3, 1, 2, 5, 8, 7], "1-3, 5, 7-8")]
)
def test_numbers_of_cells_are_told_as_ranges(cells, text):
    assert numbers(cells) == text


def test_a_loading_that_takes_long_is_told_step_by_step(capsys):
    times = iter([0.0, 1.0, 2.5])
    progress = Progress("api.ipynb", lambda: next(times))
    step = type("Step", (), {"cell": "cell 4"})
    progress(1, 3, step)
    progress(2, 3, step)
    progress.end()
    assert capsys.readouterr().err == "api.ipynb: cell 4, 2 of 3 …\n"


def test_in_a_terminal_the_progress_is_one_line_that_goes_again(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = Progress("api.ipynb")
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    progress(1, 3, type("Step", (), {"cell": "cell 4"}))
    progress.end()
    said = capsys.readouterr().err
    assert "api.ipynb: cell 4, 1 of 3 …" in said
    assert said.endswith("\r\x1b[K")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("cells", "code", "message"),
    [
        (("1",), 2, "Error: api.ipynb has no app"),
        (("x = (",), 2, "Error: api.ipynb, cell 1, line 1: '(' was never closed"),
        ((MAGICS, "app.x = 1 / 0"), 1, "Error: api.ipynb, cell 2, line 1: ZeroDivi"),
        ((MAGICS, "files = !ls", "%%route /\nfiles"), 2, "api.ipynb, cell 2, line 1"),
    ],
)
def test_errors_have_cell_and_line_and_an_exit_code(cells, code, message):
    write(*cells)
    done = nbflask("routes", "--app", "api.ipynb")
    assert done.exit_code == code
    assert message in done.stderr
    assert done.stdout == ""


def test_a_failing_cell_does_not_keep_anybody_from_reading_the_help():
    write(MAGICS, "app.x = 1 / 0")
    done = nbflask("--app", "api.ipynb", "--help")
    assert done.exit_code == 0
    assert "Error: api.ipynb, cell 2, line 1: ZeroDivisionError" in done.stderr
    assert "routes" in done.stdout


def test_a_notebook_that_is_not_there_is_an_error_of_usage():
    done = nbflask("routes", "--app", "none.ipynb")
    assert done.exit_code == 2
    assert "Error: There is no notebook none.ipynb\n" in done.stderr


# Serving


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_notebook_is_served_until_it_is_interrupted(command, start):
    write(*SHOP)
    process = start("-m", "nbflask", command, "api.ipynb", "--port", "0")
    process.until("Serving Flask app 'api.ipynb'")
    assert process.ask("/goods/1") == "cup"
    assert process.interrupt() == 0


def test_in_debug_mode_a_server_restarts_with_a_changed_notebook(start):
    write(*SHOP)
    process = start("-m", "nbflask", "run", "api.ipynb", "--debug", "-p", "0")
    assert process.address
    process.until("Debugger is active!")
    assert process.ask("/goods/1") == "cup"
    write(*SHOP, "1 +")
    process.until("Debugger is active!")
    assert "cell 7, line 1: invalid syntax" in process.ask("/goods/1")
    write(*SHOP[:3], "%%route /goods/<int:number>\ngoods[number] * 2")
    process.until("Debugger is active!")
    assert process.ask("/goods/1") == "cupcup"
    assert process.interrupt() == 0


def test_a_notebook_of_another_folder_finds_what_is_beside_it(start, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "prices.py").write_text("tea = 4")
    (folder / "data.txt").write_text("data")
    write(
        MAGICS,
        "from pathlib import Path\nimport prices\ndata = Path('data.txt').read_text()",
        "%%route /\nimport prices as late\n[prices.tea, late.tea, data]",
        name="shop/api.ipynb",
    )
    process = start("-m", "nbflask", "run", "shop/api.ipynb", "--port", "0")
    assert process.ask("/").split() == ['[4,4,"data"]']
    assert process.interrupt() == 0
    assert process.popen.wait(LIMIT) == 0
