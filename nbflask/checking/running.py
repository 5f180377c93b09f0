"""The process that a notebook runs in while it is checked. What it has to tell goes
over the standard output it was given, a line of JSON each.

    {"cell": 3}                              it begins with a cell
    {"finding": {"says": …, "cell": 3, …}}   a cell has failed
    {"unasked": {"rule": "/users", …}}       a route that nobody asked for
    {"ran": 12, "routes": 6}                 the end; no routes after an error
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import Any

from ..app import Flask
from ..doors import greet_hosts
from ..grammar.errors import Unexpected
from ..ipynb.cutting import cut
from ..ipynb.errors import NotebookError
from ..ipynb.reading import Document, read_notebook
from ..ipynb.runs.loading import answer_for_flask, imports_flask
from .asked import Asked, routes_of
from .findings import Finding, Unasked
from .shell import (
    Shell,
    behave_like_a_kernel,
    finding_of,
    key_of,
    new_shell,
    number_at,
    run,
)

#: Tags of cells, as nbclient and Jupyter know them.
MAY_FAIL, LEFT_OUT = "raises-exception", "skip-execution"


def main(path: str, app: str | None) -> None:
    """Run a notebook, and tell what becomes of it."""
    tell = take_output()
    document = read_notebook(path)
    stand_for_flask(document)
    behave_like_a_kernel(os.path.dirname(os.path.abspath(path)))
    with TemporaryDirectory() as folder:
        shell = new_shell(folder)
        # From here on its cells are known to the apps they make.
        greet_hosts()
        for each in told_of(document, app, shell, Asked()):
            tell(each)


def take_output() -> Any:
    """Return what writes to the standard output. What cells write goes nowhere."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]

    def tell(what: Mapping[str, Any]) -> None:
        print(json.dumps(what), file=channel, flush=True)

    return tell


def stand_for_flask(document: Document) -> None:
    """Have a notebook that is written for Flask run on nbflask, as in all commands."""
    # A cell that is no Python is told of when it is its turn.
    with suppress(NotebookError):
        if imports_flask(cut(document)):
            answer_for_flask(document.name)


def told_of(
    document: Document, app: str | None, shell: Shell, asked: Asked
) -> Iterator[Mapping[str, Any]]:
    ran = 0
    for cell in document.cells:
        if LEFT_OUT in cell.tags:
            continue
        yield {"cell": cell.number}
        ran += 1
        error = run(shell, cell)
        if error is None or MAY_FAIL in cell.tags:
            continue
        yield {"finding": asdict(finding_of(error, cell, shell))}
        # An answer that was not expected spoils nothing, an error may spoil all.
        if not isinstance(error.__context__, Unexpected):
            yield {"ran": ran, "routes": None}
            return
    yield from told_of_routes(document, app, shell, asked, ran)


def told_of_routes(
    document: Document, app: str | None, shell: Shell, asked: Asked, ran: int
) -> Iterator[Mapping[str, Any]]:
    apps = apps_of(shell.user_ns, app)
    if not apps:
        which = "no variable holds an app" if app is None else f"{app} is no app"
        yield {"finding": asdict(Finding(f"{which} of nbflask at the end"))}
    numbers = {key_of(each): each.number for each in document.cells}
    routes = 0
    for name, each in apps.items():
        for route, rule, view in routes_of(each):
            routes += 1
            place = numbers.get(route.owner.name), number_at(view, shell)
            missing = asked.missing(each, route, rule, view)
            for is_changed in sorted({*missing.values()}):
                methods = tuple(m for m, was in missing.items() if was is is_changed)
                unasked = Unasked(route.rule, methods, name, *place, is_changed)
                yield {"unasked": asdict(unasked)}
    yield {"ran": ran, "routes": routes, "apps": len(apps)}


def apps_of(names: Mapping[str, Any], asked: str | None) -> dict[str, Flask]:
    """Return the apps that variables hold, each once, or the one asked for."""
    found: dict[int, tuple[str, Flask]] = {}
    for name, value in names.items():
        wanted = name == asked if asked else not name.startswith("_")
        if wanted and isinstance(value, Flask):
            found.setdefault(id(value), (name, value))
    return dict(found.values())
