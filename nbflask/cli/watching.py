"""`--watch`: the changed cells of a notebook run again while it is served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import click

from ..ipynb.errors import NotebookError
from ..ipynb.reading import Document, read_notebook
from ..ipynb.runs.changes import Difference
from ..ipynb.runs.loading import Loaded
from ..ipynb.runs.renewing import next_version, renew
from ..registry.editions import between_runs
from ..registry.policies import set_default
from .gate import Gate
from .notebooks import numbers

#: Seconds between two looks at the file.
INTERVAL = 0.3
UNCHANGED = "The app is as it was."

Stamp = tuple[int, int, int]


def say(text: str) -> None:
    click.echo(text, err=True)


@contextmanager
def watched(loaded: Loaded) -> Iterator[Gate]:
    """Keep a notebook's app up to date with its file; ask the app by what this yields.

    What registers between runs, such as a view, counts as it does in a notebook.
    """
    gate = Gate(lambda: loaded.app)
    watch = Watch(loaded, gate)
    set_default(between_runs(loaded.scene.names))
    watch.start()
    try:
        yield gate
    finally:
        watch.stop()
        set_default()


class Watch:
    """Looks at a notebook's file now and then, in a thread of its own.

    It looks at time, size and identity of the file: some editors write it anew under
    another name. What is half written is read again at the next look.
    """

    def __init__(
        self, loaded: Loaded, gate: Gate, tell: Callable[[str], object] = say
    ) -> None:
        self.loaded = loaded
        self.gate = gate
        self.tell = tell
        self._seen: Stamp | None = None
        self._unreadable: Stamp | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._keep_looking, name="nbflask watch", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a run that has begun comes to its end."""
        self._ended.set()
        self._thread.join()

    def _keep_looking(self) -> None:
        while not self._ended.wait(INTERVAL):
            self.look()

    def look(self) -> None:
        """Have the app follow the file, if that has changed since the last look."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return
        try:
            document = read_notebook(self.loaded.path)
        except NotebookError as error:
            self._note_unreadable(stamp, error)
            return
        self._seen = stamp
        if document.cells != self.loaded.document.cells:
            self.follow(document)

    def follow(self, document: Document) -> None:
        """Run what a new version of the file changes, and tell what became of it."""
        name = document.name
        try:
            version, found = next_version(self.loaded, document)
            # What explores may change without anybody's waiting.
            with self.gate.shut() if found else nullcontext():
                renew(self.loaded, version, found)
        except NotebookError as error:
            self.tell(f"{error}\n{UNCHANGED}")
        except Exception as error:
            self.tell(f"{name}: {type(error).__name__}: {error}\n{UNCHANGED}")
        else:
            if found:
                self.tell(f" * {name} has changed: {became_of(found)}")

    def _stamp(self) -> Stamp | None:
        try:
            state = self.loaded.path.stat()
        except OSError:
            return None  # between two names
        return state.st_mtime_ns, state.st_size, state.st_ino

    def _note_unreadable(self, stamp: Stamp, error: NotebookError) -> None:
        """Tell of what cannot be read, if it is no longer being written."""
        if stamp == self._unreadable:
            self._seen = stamp
            self.tell(f"{error}\n{UNCHANGED}")
        self._unreadable = stamp


def became_of(found: Difference) -> str:
    """Return which cells ran, and which are gone, by the numbers they have or had."""
    ran = {each.cell.number for each in found.again}
    gone = {each.cell.number for each in found.gone}
    parts = [f"cells that ran: {numbers(ran)}"] if ran else []
    parts += [f"former cells that are gone: {numbers(gone)}"] if gone else []
    return "; ".join(parts)
