"""Two workers side by side: Flask and nbflask, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import ndiff
from pathlib import Path
from threading import Timer
from typing import Any

import nbflask

HERE = Path(__file__).parent
LIMIT = 30.0  # seconds for one answer
OLD = 1_000_000_000  # when all files were last changed


class Worker:
    """A process that runs scenarios under one framework."""

    def __init__(self, framework: str, *how: str, folder: Path) -> None:
        self.framework = framework
        path = [str(Path(nbflask.__file__).parent.parent)]
        environment = {k: v for k, v in os.environ.items() if "FLASK" not in k}
        self.process = subprocess.Popen(
            [sys.executable, *how, str(HERE / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=folder,
            env={**environment, "PYTHONPATH": os.pathsep.join(path)},
        )
        loaded = self.listen()["framework"]
        assert loaded == framework, f"{framework} was asked for, {loaded} is loaded"

    def tell(self, scenario: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(scenario) + "\n")
        self.process.stdin.flush()

    def listen(self) -> Any:
        """Return the next answer; a worker that gives none in time is ended."""
        assert self.process.stdout is not None
        limit = Timer(LIMIT, self.process.kill)
        limit.start()
        line = self.process.stdout.readline()
        limit.cancel()
        limit.join()
        assert line, f"{self.framework} gave no answer within {LIMIT} seconds"
        return json.loads(line)

    def end(self) -> None:
        """Let the process end by itself, else end it."""
        with self.process as process:  # closes the pipes, which is its sign to end
            try:
                process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()


class Pair:
    """Both workers. What they see of a scenario is compared."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.workers = (
            Worker("flask", folder=self.folder),
            Worker("nbflask", "-m", "nbflask.alias", folder=self.folder),
        )

    def observe(self, scenario: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        """Return what Flask shows of a scenario, and what nbflask shows."""
        if any(worker.process.poll() is not None for worker in self.workers):
            self.end()
            self.start()
        for worker in self.workers:
            worker.tell(scenario)
        theirs, ours = (worker.listen() for worker in self.workers)
        return theirs, ours

    def agree(self, scenario: dict[str, Any]) -> list[Any]:
        """Fail unless both frameworks show the same, and return what they show."""
        theirs, ours = self.observe(scenario)
        assert ours == theirs, difference(theirs, ours)
        return ours

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


def difference(theirs: list[Any], ours: list[Any]) -> str:
    """Return what was seen line by line: "-" under Flask only, "+" under nbflask."""
    lines = ([json.dumps(line) for line in seen] for seen in (theirs, ours))
    return "\n".join(["Flask (-) and nbflask (+) differ:", *ndiff(*lines)])


@contextmanager
def running(folder: Path) -> Iterator[Pair]:
    """Run both workers in a copy of the files, all of one age."""
    shutil.copytree(HERE / "files", folder, dirs_exist_ok=True)
    for path in folder.rglob("*"):
        os.utime(path, (OLD, OLD))
    pair = Pair(folder)
    try:
        yield pair
    finally:
        pair.end()
