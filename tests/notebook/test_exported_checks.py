"""Tests that are written of a notebook pass on its module, and fail on another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lines import NEWEST, KernelOfALine
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from nbflask.export.modules.module import module_of
from nbflask.export.requests.checks import Module, checks_of
from nbflask.ipynb.cutting import cut
from nbflask.ipynb.needs.plan import plan
from nbflask.ipynb.reading import document_of
from nbflask.ipynb.requests.asked import recording_of
from nbflask.ipynb.standing.judging import judged

pytestmark = pytest.mark.kernel
PROJECT = Path(__file__).parents[2]

CELLS = (
    "%load_ext nbflask\nimport time\napp.secret_key = 'dev'",
    "readings = []\ndef total(): return sum(each['value'] for each in readings)",
    "%%route /readings\nreadings",
    "%get /readings",
    "%%route POST /readings\n"
    "reading = {'value': request.json['value'], 'at': time.time()}\n"
    "readings.append(reading)\n"
    "reading, 201",
    "for value in (3, 4):\n    %post /readings value:={{value}}",
    "%post /readings value:=5 --expect 201",
    "%post /readings wrong=1",
    '%%http\n### Add nine\nPOST /readings\n\n{"value": 9}\n### Look\nGET /readings',
    "%%route /total\n'the total was ' + str(total())",
    "%get /total",
    "%%route /total\n{'total': total()}",
    "%get /total",
    "%%template page.html\n<title>{{ name }}</title>\n<p>Hello {{ name }}!</p>",
    "%%route /page/<name>\nrender_template('page.html', name=name)",
    "%get /page/Zoë\n%get '/page/A & B'",
    "%%route /login/<name>\nsession['name'] = name\nredirect('/me')",
    "%%route /me\n'I am ' + session.get('name', 'nobody')",
    "%get /login/ada --follow\n%get /login/bob --client bob\n"
    "%get /me\n%get /me --client bob\n%get /me --client eve",
    "%%route POST /files\n{k: f.read().decode() for k, f in request.files.items()}",
    "with open('a.txt', 'w') as file:\n    file.write('smile')\n"
    "%post /files a@a.txt\n%post /login/x\n%get /nowhere",
    "@app.errorhandler(ValueError)\n"
    "def wrong(error): return {'error': str(error)}, 400",
    "%%route /int/<text>\n{'int': int(text)}",
    "%get /int/3\n%get /int/x",
)


def run(folder, *cells) -> str:
    """Run a notebook in a kernel, and return the text of its file."""
    notebook = new_notebook(cells=[new_code_cell(each) for each in cells])
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name=NEWEST.name,
        kernel_manager_class=KernelOfALine,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(PROJECT)})
    return nbformat.writes(notebook)


def ran_tests(folder) -> tuple[int, str]:
    """Run a folder's tests in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    text = run(tmp_path_factory.mktemp("kernel"), *CELLS)
    return document_of(text, "readings.ipynb")


@pytest.mark.parametrize("framework", ["nbflask", "flask"])
def test_tests_of_a_notebook_pass_on_its_module_and_fail_on_another(
    recorded, framework, tmp_path
):
    chosen = plan(cut(recorded))
    recording = recording_of(chosen.cut)
    sent = judged(chosen, recording.sent, recording.unsent)
    module = module_of(chosen, "app", framework=framework)
    (source,) = module.modules.values()
    text = checks_of(
        sent,
        Module("app", chosen.app, module.secrets),
        notebook=recorded.name,
        ignore=["at"],
    )
    (tmp_path / "test_app.py").write_text(text, "utf-8")
    (tmp_path / "app.py").write_text(source, "utf-8")
    for name, content in module.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(content, "utf-8")
    code, said = ran_tests(tmp_path)
    assert code == 0, said + text
    assert (len(sent), text.count("assert response.status_code")) == (21, 19)
    for before, after in (
        ("'I am '", "'I was '"),
        ("sum(", "max("),
        ("int(text)", "-int(text)"),
        ("201", "200"),
    ):
        changed = source.replace(before, after)
        assert changed != source
        (tmp_path / "app.py").write_text(changed, "utf-8")
        assert ran_tests(tmp_path)[0] == 1
