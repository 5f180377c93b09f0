"""Programs as processes of their own, and what they answer over a socket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from queue import Queue
from textwrap import dedent
from threading import Event, Thread
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

LIMIT = 20.0  # seconds that a condition may take before a test fails
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def write(name: str, text: str) -> None:
    """Write a file of the current folder."""
    Path(name).write_text(dedent(text), "utf-8")


def until(condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Wait until a condition holds, and return what it says."""
    deadline, pause = monotonic() + limit, Event()
    while not (found := condition()):
        assert monotonic() < deadline, "waited in vain"
        pause.wait(0.02)
    return found


class Process:
    """A Python process whose output is read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-u", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ,
            text=True,
            start_new_session=True,  # a reloader and its child get one signal
        )
        self.lines: Queue[str | None] = Queue()
        self.reader = Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, text: str) -> str:
        """Return the next line with this text."""
        seen = []
        while (line := self.lines.get(timeout=LIMIT)) is not None:
            if text in line:
                return line
            seen.append(line)
        raise AssertionError(f"The process ended without {text!r}: {''.join(seen)}")

    @cached_property
    def address(self) -> str:
        """Where it says that it listens."""
        return ADDRESS.search(self.until("http://"))[0]

    def ask(self, path: str) -> str:
        """Return the body of its response, of an error too."""
        try:
            with urlopen(self.address + path, timeout=LIMIT) as response:
                return response.read().decode()
        except HTTPError as error:
            with error:
                return error.read().decode()

    def interrupt(self) -> int:
        """Send what Ctrl-C sends, and return the exit code."""
        os.killpg(self.popen.pid, signal.SIGINT)
        return self.popen.wait(LIMIT)

    def close(self) -> None:
        """Have nothing of it left, whatever became of the test."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(LIMIT)
        self.reader.join(LIMIT)
        self.popen.stdout.close()
