"""What all tests share: an app, its client, its server, cells without a notebook.

After each test nothing may be left behind: no context, no edition, no thread.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from textwrap import dedent
from threading import Thread
from threading import enumerate as living_threads
from typing import Any

import pytest
from processes import Process

from nbflask import Flask
from nbflask.ctx import _cv_app, _cv_request
from nbflask.registry import editions, turns
from nbflask.registry.owners import Owner

PATIENCE = 2.0  # seconds that a thread has to end after its test


class Cells:
    """Runs cells as a notebook does, without one: source text in one namespace."""

    _notebooks = count(1)

    def __init__(self, **names: Any) -> None:
        self.namespace = {"__name__": "__main__", **names}
        self._notebook = next(self._notebooks)  # cells of two tests are never one
        self._nameless = count(1)

    def run(self, source: str, id: str | None = None) -> editions.Edition:
        """Run a cell; without an id it is one that does not come back.

        What the cell raises is raised here, after its edition has failed.
        """
        name = id or f"run {next(self._nameless)}"
        place = f"{self._notebook}/{name}"
        owner = Owner("cell", place, live=True, lasting=id is not None)
        code = compile(dedent(source), f"<{name}>", "exec")
        edition = editions.open_edition(owner, self.namespace, lambda: f"cell {name}")
        succeeded = False
        try:
            exec(code, self.namespace)
            succeeded = True
        finally:
            editions.close_edition(succeeded=succeeded)
        return edition


@pytest.fixture
def app() -> Flask:
    """An app without a secret key."""
    return Flask("test_app")


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def cells(app) -> Cells:
    """Runs cells that know `app` and `Blueprint`."""
    from nbflask import Blueprint

    return Cells(app=app, Blueprint=Blueprint)


@pytest.fixture
def served(app) -> Iterator[Any]:
    """The app on a socket, at `served.url`."""
    from nbflask.server import Server

    with Server(lambda: app, port=0) as server:
        yield server


@pytest.fixture
def terminal(monkeypatch, tmp_path) -> None:
    """An empty current folder, and an environment that knows nothing of Flask."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    foreign = ("FLASK_", "GUNICORN_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    monkeypatch.setattr(os, "environ", {**kept, "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.fixture
def start(terminal) -> Iterator[Callable[..., Process]]:
    """Starts Python processes in the current folder; none outlives the test."""
    # A shell starts what runs in its background deaf to SIGINT, and so its children.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(*arguments: str) -> Process:
        started.append(Process(*arguments))
        return started[-1]

    yield start
    for process in started:
        process.close()
    signal.signal(signal.SIGINT, former)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a context, an edition, a turn or a thread behind.

    A server that was left running is seen by its thread.
    """
    before = set(living_threads())
    yield
    found = [*left_contexts(), *left_editions(), *left_threads(before)]
    assert not found, f"left behind: {found}"


def left_contexts() -> Iterator[Any]:
    for variable in (_cv_request, _cv_app):
        while (context := variable.get(None)) is not None:
            yield context
            variable.set(None)


def left_editions() -> Iterator[Any]:
    for turn in list(turns._open.values()):
        yield turn
        turns.end(turn)


def left_threads(before: set[Thread]) -> list[Thread]:
    """Return the threads that still live, but for the loop, which all views share."""
    if "nbflask.loop" in sys.modules:
        sys.modules["nbflask.loop"].stop()
    late = [each for each in living_threads() if each not in before]
    for thread in late:
        thread.join(PATIENCE)
    return [each for each in late if each.is_alive()]
