"""Running one suite on one side: on nbflask, as `flask`, or on Flask itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .environment import CACHE, PROJECT, python_with, sources
from .suites import FLASK, Suite

HERE, ON_FLASK = "nbflask", "flask"

#: Seconds that a suite may take.
LIMIT = 600
PYTEST = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
OPTIONS = (
    *("-q", "-p", "witness"),
    *("--rootdir", ".", "--continue-on-collection-errors"),
)


class Impostor(Exception):
    """The tests have met another Flask than they were to be run on."""


def passed(suite: Suite, side: str) -> set[str]:
    """Return the names of the tests that pass on a side.

    Raises Impostor if they did not run on that side, Unavailable if they cannot be
    run at all.
    """
    requires = suite.requires if side == HERE else (*suite.requires, FLASK)
    python, folder = python_with(requires), sources(suite)
    outcomes = (checked if suite.typed else tested)(suite, side, python, folder)
    return {test for test, outcome in outcomes.items() if outcome == "passed"}


def run(
    command: list[str], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PY", "FLASK_"))}
    environ = {**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=LIMIT
    )


def tested(suite: Suite, side: str, python: Path, folder: Path) -> dict[str, str]:
    """Run pytest, and return what became of each test."""
    alias = ["-m", "nbflask.alias"] if side == HERE else []
    code = f"{suite.prelude}\n{PYTEST}"
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "testimony.json"
        done = run(
            [str(python), *alias, "-c", code, *OPTIONS, *suite.options, suite.tests],
            folder,
            PYTHONPATH=str(Path(__file__).parent),
            CONFORMANCE_TESTIMONY=str(told),
        )
        if not told.exists():
            raise RuntimeError(f"{suite.name} did not run:\n{done.stdout}{done.stderr}")
        testimony = json.loads(told.read_text("utf-8"))
    met = {module.partition(".")[0] for module in testimony["flask"].values()}
    if met != {side}:
        raise Impostor(f"{suite.name} was to run on {side}, and ran on {met}.")
    tests: dict[str, str] = testimony["tests"]
    return tests


def checked(suite: Suite, side: str, python: Path, folder: Path) -> dict[str, str]:
    """Run mypy, and return for each file whether it is right."""
    variables = {}
    probe = "import importlib.util as u; print(u.find_spec('flask') is not None)"
    installed = run([str(python), "-c", probe], folder).stdout.strip() == "True"
    if installed is (side == HERE):
        raise Impostor(f"For {suite.name} on {side} Flask is {installed=}.")
    if side == HERE:
        # To mypy a package is what stands in a folder of its name.
        variables["MYPYPATH"] = str(CACHE / "types")
        (CACHE / "types").mkdir(parents=True, exist_ok=True)
        link = CACHE / "types" / "flask"
        if not link.exists():
            link.symlink_to(PROJECT / "nbflask", target_is_directory=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    options = ["--python-version", version, "--no-incremental", "--no-pretty"]
    command = [str(python), "-m", "mypy", *options, suite.tests]
    done = run(command, folder, **variables)
    if not re.search(r"(Success|Found \d+ error)", done.stdout):
        raise RuntimeError(f"{suite.name} did not run:\n{done.stdout}{done.stderr}")
    wrong = set(re.findall(r"^(.+?):\d+: error:", done.stdout, re.MULTILINE))
    files = [each.relative_to(folder) for each in (folder / suite.tests).rglob("*.py")]
    names = [each.as_posix() for each in files]
    return {name: "failed" if name in wrong else "passed" for name in names}
