"""Displays that change when what they show does, whatever runs meanwhile.

They are changed from a thread of their own, a few times a second at most: who has
news only says so. Knows nothing of what is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from IPython.display import display

from .display import Card

#: Between two changes of a display lie at least so many seconds.
REST = 0.2
#: So many displays change; with one more the oldest stays as it is.
MOST = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A display: what it shows, its id, and the message of the cell it is in."""

    make: Callable[[], Card]
    id: str
    parent: Any


class LiveDisplays:
    """The displays of one shell that change, and the thread that changes them."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._shown: dict[str, Shown] = {}
        self._news = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def show(self, name: str, make: Callable[[], Card]) -> None:
        """Display what `make` returns, and keep it up to date until another display
        of this name takes its place."""
        shown = Shown(make, f"nbflask-{uuid4().hex}", parent_of(self.shell))
        if not can_update(self.shell):
            display(make())  # type: ignore[no-untyped-call]
            return
        display(make(), display_id=shown.id)  # type: ignore[no-untyped-call]
        self._shown.pop(name, None)
        self._shown[name] = shown
        for oldest in list(self._shown)[:-MOST]:
            del self._shown[oldest]
        self._start()

    def forget(self, name: str) -> None:
        """Leave the display of this name as it is from now on."""
        self._shown.pop(name, None)

    @property
    def is_busy(self) -> bool:
        """Whether any display is kept up to date."""
        return bool(self._shown)

    def touch(self) -> None:
        """Say that there is news. Returns at once, in any thread."""
        if self._shown:
            self._news.set()

    def stop(self) -> None:
        """Bring all displays up to date a last time, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._news.set()
            thread.join(REST * 10)
        self._shown.clear()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(
                target=self._keep_up, name="nbflask displays", daemon=True
            )
            self._thread.start()

    def _keep_up(self) -> None:
        while not self._ended.is_set():
            self._news.wait()
            self._news.clear()
            for shown in list(self._shown.values()):
                update(self.shell, shown)
            self._ended.wait(REST)


def parent_of(shell: Any) -> Any:
    get_parent = getattr(shell, "get_parent", None)
    return None if get_parent is None else get_parent()


def can_update(shell: Any) -> bool:
    """Whether a front end listens that can change a display."""
    return hasattr(shell, "kernel") and hasattr(shell.display_pub, "session")


def update(shell: Any, shown: Shown) -> None:
    """Send a display anew, as of the cell that it is in."""
    publisher = shell.display_pub
    content = {
        "data": shown.make()._repr_mimebundle_(),
        "metadata": {},
        "transient": {"display_id": shown.id},
    }
    publisher.session.send(
        publisher.pub_socket,
        "update_display_data",
        content,
        parent=shown.parent,
        ident=getattr(publisher, "topic", None),
    )
