"""`nbflask check`: notebooks run in processes of their own, and what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from processes import LIMIT

pytestmark = pytest.mark.usefixtures("terminal")

PROJECT = Path(__file__).parent.parent
LOAD = "%load_ext nbflask"
HELLO = "%%route /hello\n'Hello'"


def write_notebook(
    name: str, *cells: str, tags: Iterable[tuple[int, str]] = ()
) -> None:
    """Write a notebook of the current folder. `tags` come with the numbers of cells."""
    told = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": [tag for at, tag in tags if at == number]},
            "execution_count": None,
            "outputs": [],
            "source": dedent(text).strip(),
        }
        for number, text in enumerate(cells, 1)
    ]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": told}
    Path(name).write_text(json.dumps(whole), "utf-8")


def check(*arguments: str, seconds: float = LIMIT * 3) -> tuple[int, list[str]]:
    """Run the command; return its exit code and what it says."""
    command = [sys.executable, "-m", "nbflask", "check", *arguments]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ,
        text=True,
        timeout=seconds,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_notebook_in_which_all_is_well_passes():
    write_notebook("api.ipynb", LOAD, HELLO, "%get /hello --expect 200")
    assert check("api.ipynb") == (0, ["api.ipynb: 3 cells run, 1 route, all well"])


def test_quietly_a_notebook_in_which_all_is_well_says_nothing():
    write_notebook("api.ipynb", LOAD, HELLO, "%get /hello")
    assert check("-q", "api.ipynb") == (0, [])


@pytest.mark.parametrize(
    ("cell", "line", "says"),
    [
        ("x = 1\n1 / 0", 2, "ZeroDivisionError: division by zero"),
        ("def f():\n    return {}['a']\n\nf()", 4, "KeyError: 'a'"),
        ("x = 1\nx = = 2", 2, "SyntaxError: invalid syntax"),
        ("%get /hello there", 1, "'there' is no item"),
        (f"{LOAD}\nx = 1\n%get /hello there", 3, "'there' is no item"),
        ("%%route /x\nx = 1\n\nx = = 2", 1, "invalid syntax (line 4 of the cell)"),
        ("import nowhere", 1, "ModuleNotFoundError: No module named 'nowhere'"),
        ("input()", 1, "EOFError"),
        ("raise SystemExit(3)", 1, "SystemExit: 3"),
        (
            "import asyncio\nawait asyncio.sleep(0)\nraise OSError('no')",
            3,
            "OSError: no",
        ),
    ],
)
def test_an_error_ends_a_notebook_and_is_told_with_its_cell_and_line(cell, line, says):
    write_notebook("api.ipynb", LOAD, cell, HELLO)
    code, lines = check("api.ipynb")
    assert code == 1
    assert lines[0].startswith(f"api.ipynb, cell 2, line {line}: ")
    assert says in lines[0]
    assert lines[1:] == ["api.ipynb: stopped after 2 of 3 cells, 1 finding"]


def test_an_error_of_many_lines_is_told_in_one():
    write_notebook("api.ipynb", "raise ValueError('one\\ntwo\\nthree')")
    assert check("-q", "api.ipynb") == (
        1,
        ["api.ipynb, cell 1, line 1: ValueError: one two three"],
    )


def test_answers_that_were_not_expected_are_told_one_by_one():
    write_notebook(
        "api.ipynb",
        LOAD,
        HELLO,
        "x = 1\n%get /hello --expect 404",
        "%%http --expect 201\nGET /hello",
        "%get /hello --expect 200",
    )
    assert check("api.ipynb") == (
        1,
        [
            "api.ipynb, cell 3, line 2: Expected 404, but GET /hello answered 200 OK",
            "api.ipynb, cell 4, line 1: Expected 201, but GET /hello answered 200 OK",
            "api.ipynb: 5 cells run, 1 route, 2 findings",
        ],
    )


ROUTES = """
    from nbflask import Blueprint, Flask

    app = Flask(__name__)
    part = Blueprint("part", __name__, static_folder=".")

    @app.get("/")
    @app.post("/")
    def index():
        return "index"

    @part.route("/<int:number>", methods=["GET", "PUT"])
    def one(number):
        return str(number)

    app.register_blueprint(part, url_prefix="/part")
"""


NUMBERED = "no request asks for GET,PUT /part/<int:number>"


def test_a_route_that_no_request_asks_for_is_told_with_the_cell_that_has_it():
    write_notebook("api.ipynb", ROUTES, LOAD, HELLO)
    assert check("api.ipynb") == (
        1,
        [
            "api.ipynb, cell 1, line 6: no request asks for POST /",
            "api.ipynb, cell 1, line 6: no request asks for GET /",
            f"api.ipynb, cell 1, line 11: {NUMBERED}",
            "api.ipynb, cell 3, line 1: no request asks for GET /hello",
            "api.ipynb: 3 cells run, 4 routes, 4 findings",
        ],
    )


@pytest.mark.parametrize(
    "asking",
    [
        "app.test_client().post('/')\napp.test_client().head('/')",
        "client = app.test_client()\nclient.post('/')\nclient.get('/?q=1')",
        """
        from urllib.request import urlopen
        server = app.run(port=0)
        urlopen(f"{server.url}/").close()
        urlopen(f"{server.url}/", data=b"").close()
        """,
    ],
)
def test_whoever_asks_for_a_route_has_asked(asking):
    write_notebook("api.ipynb", ROUTES, asking)
    assert check("-q", "api.ipynb")[1] == [f"api.ipynb, cell 1, line 11: {NUMBERED}"]


def test_a_view_that_has_taken_anothers_place_wants_to_be_asked_itself():
    write_notebook(
        "api.ipynb", LOAD, HELLO, "%get /hello", "%%route /hello\n'Good bye'"
    )
    says = "no request asks for GET /hello since it was changed"
    assert check("-q", "api.ipynb") == (1, [f"api.ipynb, cell 4, line 1: {says}"])


def test_asking_in_vain_does_not_count():
    write_notebook("api.ipynb", LOAD, HELLO, "%post /hello\n%get /hello/\n%why /hello")
    assert check("-q", "api.ipynb")[0] == 1


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        (["/hello"], 0),
        (["GET /hello"], 0),
        (["/h*"], 0),
        (["POST /hello", "/"], 1),
        (["/nowhere", "GET *"], 0),
    ],
)
def test_a_route_may_be_allowed_not_to_be_asked(allowed, code):
    write_notebook("api.ipynb", LOAD, HELLO)
    options = [word for each in allowed for word in ("--allow-unasked", each)]
    assert check("api.ipynb", *options)[0] == code


def test_of_several_apps_all_are_looked_at_or_the_one_that_is_named():
    write_notebook(
        "api.ipynb", LOAD, HELLO, "other = Flask('other')\n%flask use other", HELLO
    )
    assert check("-q", "api.ipynb") == (
        1,
        [
            "api.ipynb, cell 2, line 1: no request asks for GET /hello of app",
            "api.ipynb, cell 4, line 1: no request asks for GET /hello of other",
        ],
    )
    assert check("-q", "api.ipynb:other") == (
        1,
        ["api.ipynb, cell 4, line 1: no request asks for GET /hello"],
    )
    assert check("-q", "api.ipynb:third") == (
        1,
        ["api.ipynb: third is no app of nbflask at the end"],
    )


def test_a_notebook_without_an_app_is_told():
    write_notebook("notes.ipynb", "1 + 1")
    says = "notes.ipynb: no variable holds an app of nbflask at the end"
    assert check("-q", "notes.ipynb") == (1, [says])


def test_cells_may_be_meant_to_fail_or_to_be_left_out():
    tags = (3, "raises-exception"), (4, "skip-execution"), (5, "raises-exception")
    cells = [LOAD, HELLO, "1 / 0", "never", "%get /hello --expect 404"]
    write_notebook("api.ipynb", *cells, tags=tags)
    assert check("api.ipynb") == (0, ["api.ipynb: 4 cells run, 1 route, all well"])


def test_a_cell_that_does_not_end_is_interrupted_and_told_with_its_line():
    write_notebook(
        "api.ipynb", LOAD, "import threading\nthreading.Event().wait()", HELLO
    )
    assert check("api.ipynb", "--timeout", "2") == (
        1,
        [
            "api.ipynb, cell 2, line 2: did not end within 2 s",
            "api.ipynb: stopped after 2 of 3 cells, 1 finding",
        ],
    )


def test_a_process_that_ends_by_itself_is_told_with_its_cell():
    write_notebook("api.ipynb", LOAD, "import os\nos._exit(7)", HELLO)
    assert check("-q", "api.ipynb") == (
        1,
        ["api.ipynb, cell 2: the process ended with exit code 7"],
    )


def test_a_notebook_that_is_written_for_flask_is_checked_on_nbflask():
    hello = "@app.get('/')\ndef hello():\n    return 'Hello'"
    made = "from flask import Flask\napp = Flask(__name__)"
    write_notebook("api.ipynb", made, hello, "app.run(debug=True)")
    says = "no request asks for GET /"
    assert check("-q", "api.ipynb") == (1, [f"api.ipynb, cell 2, line 1: {says}"])
    asks = "assert app.test_client().get('/').text == 'Hello'"
    write_notebook("api.ipynb", made, hello, asks)
    assert check("-q", "api.ipynb") == (0, [])


def test_what_cells_have_started_ends_with_their_notebook():
    write_notebook(
        "api.ipynb",
        "import fcntl, subprocess, sys, threading",
        "held = open('held', 'w')\nfcntl.flock(held, fcntl.LOCK_EX)",
        "child = [sys.executable, '-c', 'import sys; sys.stdin.read()']",
        "subprocess.Popen(child, stdin=subprocess.PIPE, pass_fds=[held.fileno()])",
        "threading.Thread(target=threading.Event().wait).start()",
        "1 / 0",
    )
    assert check("-q", "api.ipynb")[0] == 1
    # It is let go by the end of the last who held it.
    take = "import fcntl; fcntl.flock(open('held'), fcntl.LOCK_EX)"
    subprocess.run([sys.executable, "-c", take], check=True, timeout=LIMIT)


@pytest.mark.parametrize("text", ["no JSON", '{"nbformat": 3}', None])
def test_a_notebook_that_cannot_be_read_is_told_and_the_others_are_checked(text):
    if text is not None:
        Path("bad.ipynb").write_text(text)
    write_notebook("api.ipynb", LOAD, HELLO, "%get /hello")
    code, lines = check("bad.ipynb", "api.ipynb")
    assert code == 2
    assert lines[0].startswith("Error: ")
    assert "bad.ipynb" in lines[0]
    assert lines[1:] == ["api.ipynb: 3 cells run, 1 route, all well"]


def test_cells_run_in_the_notebooks_folder_as_in_a_kernel():
    Path("deep").mkdir()
    Path("deep", "helper.py").write_text("word = 'found'")
    write_notebook(
        "deep/api.ipynb",
        LOAD,
        "from pathlib import Path\nfrom helper import word",
        "%%route /\nPath('helper.py').read_text() + word",
        "assert 'found' in app.test_client().get('/').text",
        "print('°')\n!echo here\n1 + 1",
        "assert _ == 2\n%matplotlib inline",
    )
    assert check("-q", "deep/api.ipynb") == (0, [])


#: Routes that a lesson leaves for the reader to ask, or shows in %flask routes only.
UNASKED: dict[str, list[str]] = {
    "01_quickstart": ["/archive/"],
    "02_routing": ["/about", "/books", "/opening-hours", "/tags/<tag>", "/tags/new"],
    "04_blueprints": ["/boutique/", "/boutique/help", "/boutique/admin/goods"],
    "07_serving": ["/"],  # shown in a page that a browser asks for
}
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def options_of(path: Path) -> list[Any]:
    allowed = UNASKED.get(path.stem, [])
    return [word for each in allowed for word in ("--allow-unasked", each)]


@pytest.mark.heavy
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebooks_of_the_project_pass(path):
    assert check("-q", str(path), *options_of(path), seconds=LIMIT * 20) == (0, [])
