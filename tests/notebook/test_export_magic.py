"""%flask export: the app of a running notebook as a module."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from described import described
from lines import on_every_line
from session_cells import REQUESTS
from test_session import Person, flasks_own_rules

from nbflask import Flask

FILES = ("StaticFile ", "TemplateSource ")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def served(path: Path) -> Flask:
    """The app of a module, which lives by Flask's own rules."""
    spec = spec_from_file_location(path.stem, path)
    module: Any = module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        with flasks_own_rules():
            spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module.app


def test_the_notebook_as_it_is_becomes_a_module(notebook, folder):
    notebook.do("rows = [1]", "data")
    notebook.do("%%route /rows\nrows", "view")
    notebook.do("%get /rows", "ask")
    notebook.run("%%route /broken\nrows +", "broken")
    notebook.run("rows = 0\nraise RuntimeError", "data")
    notebook.do("rows = [1, 2]", "data")
    notebook.do("%%route /lines\nrows", "view")
    assert notebook.do("%flask export app.py").text == "Wrote app.py\n"
    client = served(folder / "app.py").test_client()
    assert client.get("/lines").json == [1, 2]
    assert client.get("/rows").status_code == 404


def test_cells_from_before_nbflask_was_there_are_taken_along(shell, folder):
    shell.history_manager.enabled = True
    cells = ("base = 40", "base =", "%load_ext nbflask", "%%route /\n[base + 2]")
    for cell in (*cells, "%flask export app.py"):
        shell.run_cell(cell, store_history=True)
    assert served(folder / "app.py").test_client().get("/").json == [42]


def test_a_name_that_nothing_defines_is_told_with_its_cell(notebook, folder):
    notebook.do("%%route /\n[tables]", "view")
    text = notebook.do("%flask export app.py").text
    assert "Not defined in the notebook: tables (cell 2, line 1)" in text


def test_a_secret_stays_in_the_notebook(notebook, folder):
    notebook.do("app.secret_key = 'hush'", "key")
    text = notebook.do("%flask export app.py").text
    assert "SECRET_KEY is read from the environment (cell 2, line 1)" in text
    assert "hush" not in (folder / "app.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%flask export", "Name one module"),
        ("%flask export a.py b.py", "Name one module"),
        ("%flask export a.txt", "a.txt is no name of a module"),
        ("%flask export a.py --framework django", "use nbflask or flask"),
        ("%flask export a.py --frame flask", "did you mean --framework?"),
    ],
)
def test_a_wrong_line_writes_nothing(notebook, folder, line, said):
    before = set(folder.iterdir())
    ran = notebook.run(line)
    assert not ran.ok
    assert said in ran.text
    assert set(folder.iterdir()) == before


def without_files(app: Flask) -> list[str]:
    """What an app is, but for the files that cells hold: a module has a folder."""
    lines = described(app, REQUESTS).splitlines()
    return [each for each in lines if not each.startswith(FILES)]


def live_through(notebook: Any, folder: Any, seed: int) -> None:
    person = Person(seed)
    for text, id, _ in [*person.begin(), *person.go_on()]:
        notebook.run(text, id)
    notebook.do("%flask export app.py")
    module, live = served(folder / "app.py"), notebook.names["app"]
    assert without_files(module) == without_files(live)


@pytest.mark.parametrize("seed", range(2))
def test_after_a_persons_session_the_module_is_the_app(notebook, folder, seed):
    live_through(notebook, folder, seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(2, 32))
def test_after_any_session_the_module_is_the_app(notebook, folder, seed):
    live_through(notebook, folder, seed)


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize("id", ["a1b2", None])
def test_a_kernel_writes_its_app(kernel, tmp_path, id):
    kernel.do("base = 40")
    kernel.do("%load_ext nbflask", "load")
    kernel.do("%%route /sum/<int:n>\n{'sum': base + n}", id)
    kernel.do("%%route /sum/<int:n>\n{'sum': base + n, 'n': n}", id)
    kernel.do("r = %get /sum/2", "ask")
    path = tmp_path / "app.py"
    assert kernel.do(f"%flask export {path}").text == f"Wrote {path}\n"
    assert served(path).test_client().get("/sum/2").json == {"sum": 42, "n": 2}


def test_no_file_says_a_secret_of_the_notebook(notebook, folder):
    notebook.do("DOOR_TOKEN = 'open sesame'\napp.secret_key = 'hush hush'", "key")
    notebook.do(
        "%%route GET,POST /door\n"
        "given = request.headers.get('X-Door') or request.args.get('token')\n"
        "abort(401) if given != DOOR_TOKEN else 'open'",
        "view",
    )
    notebook.do("%get /door X-Door:{{DOOR_TOKEN}} --expect 200", "header")
    notebook.do("%get /door token=={{DOOR_TOKEN}} --expect 200", "query")
    notebook.do("%post /door token={{DOOR_TOKEN}}", "body")
    notebook.do("%get /door --expect 401", "none")
    line = "%flask export app.py --tests test_app.py --http a.http --curl a.sh"
    said = notebook.do(line).text
    assert "GET /door (cell 5) says a secret, and is written nowhere" in said
    assert "POST /door (cell 6) says a secret" in said
    texts = [each.read_text("utf-8") for each in folder.iterdir() if each.is_file()]
    assert [text for text in texts if "sesame" in text or "hush" in text] == []
    command = [sys.executable, "-m", "pytest", "-q", "test_app.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "2 passed" in done.stdout, done.stdout
