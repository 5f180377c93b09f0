"""From a notebook to a module and back: the module, run alone in a fresh process,
answers every request that the notebook made as the notebook's own app does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from nbflask.export.asked import Asked
from nbflask.export.exporting import export
from nbflask.ipynb.reading import read_notebook
from tests.export.notebook_runs import PROJECT, answers_of, app_of, requests_of
from tests.notebook_files import make_model

HERE = Path(__file__).parent
OURS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
THEIRS = sorted((HERE / "notebooks").glob("*.ipynb"))
OTHER = {"nbflask": "flask", "flask": "nbflask"}
ROUND_TRIPS = [
    pytest.param(path, framework, id=f"{path.stem}-{framework}")
    for path in (*OURS, *THEIRS)
    for framework in OTHER
]
#: Where a module for Flask has classes from that know data, if it needs them.
FOR_FLASK = "nbflask.for_flask"
WITH_DATA = {
    *("06_data", "08_ship_it"),
    *("03_bike_counts", "24_sales_dashboard", "30_signals_numpy", "32_pickled_model"),
}
#: Secrets of notebooks that their requests know; others may be anything.
SECRETS = {"TOKEN": "open sesame", "X_API_KEY": "only for this lesson"}
#: Values of JSON that are random, by their keys.
RANDOM = {"07_serving": {"token"}}
#: Rules of this project that say how a person is to think: exporting leaves them be.
#: Imports may have to stand below what decides what they find.
OF_TASTE = "B905,E501,E731,RET503,RET505,E402"
SECONDS = 60

every_round_trip = pytest.mark.parametrize(("path", "framework"), ROUND_TRIPS)


def exported(path: Path, folder: Path, framework: str) -> dict[str, bytes]:
    """Export a notebook into a folder; return what is there then, by file."""
    folder.mkdir(exist_ok=True, parents=True)
    asked = Asked(module=folder / "app.py", framework=framework, force=True)
    export(read_notebook(path), asked)
    files = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def python(arguments: list[str], folder: Path, **variables: str) -> str:
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answered(folder: Path, app: str, framework: str, requests: Any) -> Any:
    """Return what the module of a folder answers, alone in a process of its own, in
    which there is no other framework."""
    (folder / "requests.json").write_text(json.dumps(requests), "utf-8")
    text = (folder / "app.py").read_text("utf-8")
    names = set(re.findall(r'os\.environ\["(\w+)"\]', text))
    secrets = {each: SECRETS.get(each, "anything") for each in names}
    absent = "" if FOR_FLASK in text else OTHER[framework]
    if "MODEL_FILE" in text:
        make_model(folder)
    script = [str(HERE / "asking.py"), "app", app, framework, absent]
    python([*script, "requests.json", "answers.json"], folder, **secrets)
    return json.loads((folder / "answers.json").read_text("utf-8"))


def without(answer: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return an answer without some values of its JSON, if that is an object."""
    body = answer["body"]
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key not in keys}
    return {**answer, "body": body}


@pytest.mark.kernel
@every_round_trip
def test_a_module_answers_each_request_as_its_notebook_does(path, framework, tmp_path):
    expected, requests = answers_of(path), requests_of(path)
    assert requests
    exported(path, tmp_path, framework)
    found = answered(tmp_path, app_of(path), framework, requests)
    left_out = RANDOM.get(path.stem, set())
    for request, told, asked in zip(requests, expected, found, strict=True):
        where = request["method"], request["path"]
        assert without(asked, left_out) == without(told, left_out), where


@every_round_trip
def test_exporting_twice_gives_the_same_bytes(path, framework, tmp_path):
    first = exported(path, tmp_path / "first", framework)
    assert "app.py" in first
    assert exported(path, tmp_path / "again", framework) == first
    assert exported(path, tmp_path / "first", framework) == first


def test_a_module_for_flask_needs_nbflask_only_where_it_answers_with_data(tmp_path):
    found = set()
    for path in (*OURS, *THEIRS):
        files = exported(path, tmp_path / path.stem, "flask")
        if b"nbflask" in files["app.py"]:
            found.add(path.stem)
    assert found == WITH_DATA


@cache
def looked_through(*words: str) -> subprocess.CompletedProcess[str]:
    """Have ruff look at all modules at once."""
    with TemporaryDirectory() as folder:
        for path, framework in (each.values for each in ROUND_TRIPS):
            exported(path, Path(folder, f"{path.stem}-for-{framework}"), framework)
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--isolated"),
        ("check", "--config", f"{PROJECT / 'pyproject.toml'}", "--ignore", OF_TASTE),
        ("format", "--check", "--isolated"),
    ],
    ids=["default rules", "the project's rules", "format"],
)
def test_each_module_passes_ruff(words):
    done = looked_through(*words)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", THEIRS, ids=lambda path: path.stem)
def test_each_notebook_has_the_format_that_is_read(path):
    told = json.loads(path.read_text("utf-8"))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in told["cells"]]
    assert len(set(ids)) == len(ids) >= 6
    assert path.read_text("utf-8").endswith("}\n")


def test_there_are_thirty_notebooks_of_others():
    assert len(THEIRS) >= 30
