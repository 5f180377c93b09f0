"""The judge is judged: what fails a run, and what it says. No suite is run here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from . import __main__ as command
from . import environment, run, verdict
from .suites import SUITES, WIDER, Suite
from .verdict import Verdict


def judged(here: str, on_flask: str, expected: str) -> list[str]:
    names = (frozenset(each.split()) for each in (here, on_flask, expected))
    return Verdict("suite", "source==1", *names).complaints()


@pytest.mark.parametrize(
    ("here", "on_flask", "expected", "complaints"),
    [
        ("a b", "a b", "a b", []),
        ("a b", "a", "a b", []),
        ("a", "a", "a b", ["b passed before and does not any more"]),
        ("a b", "a b", "a", ["b passes and is not expected to: add it with --update"]),
        ("a", "a b", "a", ["b passes on Flask and not here"]),
    ],
)
def test_a_run_fails_for_whatever_is_not_as_it_was(
    here, on_flask, expected, complaints
):
    assert judged(here, on_flask, expected) == complaints


def test_every_suite_has_a_list_and_a_row_that_agree():
    rows = {verdict.suite_of(row): row for row in verdict.stated_rows()}
    assert [*rows] == [suite.name for suite in (*SUITES, *WIDER)]
    for suite in SUITES:
        row = rows[suite.name]
        tests = verdict.expected(suite.name)
        assert tests
        assert row.startswith(f"| {suite.name} ({suite.source}) | {len(tests)} |")


def test_an_index_that_cannot_be_reached_fails_the_run(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(environment, "CACHE", tmp_path)
    # Taken from a place where nothing is, at once and without a network.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(command, "SUITES", (Suite("gone", "no-such-suite==1", ()),))
    monkeypatch.setattr(run, "python_with", lambda requires: None)
    assert command.main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Nothing can be said: `pip download")
    assert "no-such-suite==1" in said


def test_a_run_on_another_flask_counts_for_nothing(monkeypatch, tmp_path):
    """The Flask that is installed here takes the place of the alias."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "nbflask").mkdir()
    (tmp_path / "nbflask" / "__init__.py").touch()
    (tmp_path / "nbflask" / "alias.py").write_text(
        "import sys; code = sys.argv[2]; del sys.argv[1:3]; exec(code)"
    )
    monkeypatch.setattr(run, "sources", lambda suite: tmp_path)
    monkeypatch.setattr(run, "python_with", lambda requires: sys.executable)
    with pytest.raises(run.Impostor, match=r"run on nbflask, and ran on \{'flask'\}"):
        run.passed(Suite("trial", "trial==1", ()), run.HERE)


def test_the_command_says_what_it_takes():
    words = [sys.executable, "-m", "tests.conformance", "no-such-suite"]
    done = subprocess.run(
        words, cwd=environment.PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "flask-sqlalchemy" in done.stderr
