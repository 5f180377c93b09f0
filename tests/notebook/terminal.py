"""IPython in a terminal: a process on a pty, typed into as a person does."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from time import monotonic

LIMIT = 20.0  # seconds that a cell, and the start, may take
OPTIONS = (
    *("--no-banner", "--no-confirm-exit", "--colors=NoColor", "--no-autoindent"),
    "--HistoryManager.enabled=False",
    "--TerminalInteractiveShell.autosuggestions_provider=None",
)
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>]|\r")
PROMPT = re.compile(r"In \[\d+\]:")
DEBUGGER = re.compile(r"\nipdb>")  # on a line of its own: not one that is redrawn
ENDED = re.compile(r"<<ended (True|False)>>")
#: Has each cell's end told; what is typed must not look like what is told.
WATCH = (
    "get_ipython().events.register("
    "'post_run_cell', lambda r: print('<<en' f'ded {r.success}>>'))"
)
PASTE = "\x1b[200~{}\x1b[201~"
ACCEPT = "\x1b\r"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the terminal showed of a cell, the cell itself included."""

    ok: bool
    text: str


class Terminal:
    """A running `ipython`. The cells that it runs have no ids."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.end, inside = pty.openpty()
        self.process = subprocess.Popen(
            [str(python), "-m", "IPython", *OPTIONS],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=folder,
            start_new_session=True,
            env={
                **os.environ,
                "TERM": "xterm",
                "IPYTHONDIR": str(folder / "ipython"),
                "PROMPT_TOOLKIT_NO_CPR": "1",  # nobody says where the cursor is
            },
        )
        os.close(inside)
        self.seen = ""
        self._until(PROMPT)
        self._type(PASTE.format(WATCH) + ACCEPT)
        self._until(ENDED)
        self._until(PROMPT)

    def run(
        self,
        cell: str,
        id: str | None = None,
        answers: Sequence[str] = (),
        interrupt_at: str | None = None,
    ) -> Typed:
        """Paste a cell and have it run; `answers` are typed when the debugger asks. It
        is interrupted when it has written a line of its own."""
        self._type(PASTE.format(cell) + ACCEPT)
        return self._ran(answers, interrupt_at)

    def complete(self, typed: str, became: str) -> Typed:
        """Type the beginning of a cell, press Tab, wait until it has become what it is
        to end with, and have it run."""
        self._type(typed + "\t")
        self._until(re.compile(re.escape(became)))
        self._type(ACCEPT)
        return self._ran()

    def _ran(
        self, answers: Sequence[str] = (), interrupt_at: str | None = None
    ) -> Typed:
        shown = ""
        if interrupt_at is not None:
            shown += self._until(re.compile(rf"\n{re.escape(interrupt_at)}\n"))
            self.process.send_signal(SIGINT)
        for answer in answers:
            shown += self._until(DEBUGGER)
            self._type(answer + "\r")
        shown += self._until(ENDED)
        text, _, succeeded = shown.rpartition("<<ended ")
        self._until(PROMPT)
        return Typed(succeeded == "True>>", text)

    def do(self, cell: str) -> Typed:
        """Run a cell that has to succeed."""
        ran = self.run(cell)
        assert ran.ok, ran.text
        return ran

    def _type(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def _until(self, wanted: re.Pattern[str]) -> str:
        """Return what is shown up to and with what is wanted."""
        limit = monotonic() + LIMIT
        while not (found := wanted.search(self.seen)):
            patience = max(0.0, limit - monotonic())
            ready, _, _ = select.select([self.end], [], [], patience)
            if not ready or self.process.poll() is not None:
                raise AssertionError(f"No {wanted.pattern!r} in {self.seen!r}")
            # A read may end amid a character or a control sequence: all is read anew.
            raw = self.seen.encode(errors="surrogateescape")
            raw += os.read(self.end, 65536)
            self.seen = CONTROL.sub("", raw.decode(errors="surrogateescape"))
        shown, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return shown

    def close(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT)
        os.close(self.end)
