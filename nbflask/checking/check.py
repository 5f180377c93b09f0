"""Checking a notebook: it runs in a process of its own, which is listened to, and
ended if a cell does not end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryFile
from threading import Thread
from types import TracebackType
from typing import IO, Any

from ..ipynb.reading import read_notebook
from .findings import Finding, Report, Unasked

#: Seconds that an interrupted cell has to end, and a process that is done.
GRACE = 5.0


def check(
    path: str | Path,
    app: str | None = None,
    *,
    seconds: float = 60.0,
    allowed: Sequence[str] = (),
) -> Report:
    """Run a notebook from top to bottom, and return what is wrong with it.

    `app` is a variable, by default all that hold an app at the end are looked at; each
    cell has so many `seconds`; routes that are `allowed` ("/health", "POST /users",
    "/admin/*") need not be asked. Raises NotebookError if it cannot be read.
    """
    document = read_notebook(path)
    heard = Heard(allowed)
    with Program(str(path), app) as program:
        for told in program.lines(seconds, heard):
            heard.take(told)
    cells = len(document.cells)
    return Report(document.name, heard.ran, cells, heard.routes, heard.told())


@dataclass(slots=True)
class Heard:
    """What a notebook's process has told so far."""

    allowed: Sequence[str]
    cell: int | None = None
    ran: int = 0
    routes: int | None = None
    ended: bool = False
    names_apps: bool = False
    findings: list[Finding] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)

    def take(self, told: Mapping[str, Any]) -> None:
        if "cell" in told:
            self.cell = told["cell"]
            self.ran += 1
        if "finding" in told:
            self.findings.append(Finding(**told["finding"]))
        if "unasked" in told:
            route = told["unasked"]
            unasked = Unasked(**{**route, "methods": tuple(route["methods"])})
            left = unasked.without(self.allowed)
            self.unasked += [] if left is None else [left]
        if "ran" in told:
            self.ended, self.routes = True, told["routes"]
            self.names_apps = told.get("apps", 1) > 1

    def stop(self, says: str, line: int | None = None) -> None:
        """Note why nothing more is to be heard."""
        self.ended = True
        self.findings.append(Finding(says, self.cell, line))

    def told(self) -> tuple[Finding, ...]:
        unasked = sorted(self.unasked, key=lambda e: (e.cell or 0, e.line or 0))
        routes = (each.finding(names_app=self.names_apps) for each in unasked)
        return (*self.findings, *routes)


class Program:
    """The process of a notebook, heard line by line. Leaving ends it."""

    def __init__(self, path: str, app: str | None) -> None:
        self.errors = TemporaryFile()  # noqa: SIM115  # closed when it is left
        command = [sys.executable, "-m", "nbflask.checking", path]
        self.process = subprocess.Popen(
            command if app is None else [*command, app],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            # What its cells start ends with it.
            start_new_session=True,
        )
        self._lines: Queue[bytes | None] = Queue()
        assert self.process.stdout is not None
        self._reader = Thread(target=self._read, args=(self.process.stdout,))
        self._reader.start()

    def _read(self, output: IO[bytes]) -> None:
        for line in output:
            self._lines.put(line)
        self._lines.put(None)

    def lines(self, seconds: float, heard: Heard) -> Iterator[Mapping[str, Any]]:
        """Yield what it tells, until its end. A cell that does not end in time is
        interrupted; what there is to say of that is noted as heard."""
        while not heard.ended:
            try:
                line = self._lines.get(timeout=seconds)
            except Empty:
                heard.stop(*self._late(seconds))
                return
            if line is None:
                heard.stop(self._reason())
                return
            yield json.loads(line)

    def _late(self, seconds: float) -> tuple[str, int | None]:
        """Interrupt a cell; return what is to be said, and the line it was at."""
        says = f"did not end within {seconds:g} s"
        with suppress(ValueError):  # where there is no such signal
            self.process.send_signal(signal.SIGINT)
        try:
            line = self._lines.get(timeout=GRACE)
        except Empty:
            return f"{says}, nor when it was interrupted", None
        told = {} if line is None else json.loads(line)
        return says, told.get("finding", {}).get("line")

    def _reason(self) -> str:
        code = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        why = f": {said[-1]}" if said else ""
        return f"the process ended with exit code {code}{why}"

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE if error is None else 0)
        self._end_all()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()

    def _end_all(self) -> None:
        """End the process, and what its cells have started and left behind."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()
