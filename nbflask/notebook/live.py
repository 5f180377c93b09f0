"""Displays that change when what they show does, whatever runs meanwhile.

They are changed from a thread of their own, a few times a second at most: who has
news only says so. Knows nothing of what is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from IPython.display import display

if TYPE_CHECKING:
    from .display.page import Card

#: Between two changes of a display lie at least so many seconds.
REST = 0.2
#: So many displays change; with one more the oldest stays as it is.
MOST = 8


class LiveDisplays:
    """What of one shell is kept up to date, and the thread that does it."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._followed: dict[str, Callable[[], object]] = {}
        self._news = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def show(self, name: str, make: Callable[[], Card]) -> None:
        """Display what `make` returns, and keep it up to date until another display
        of this name takes its place. What has not changed is left alone."""
        card = make()
        if not can_update(self.shell):
            display(card)  # type: ignore[no-untyped-call]
            return
        shown, parent = f"nbflask-{uuid4().hex}", parent_of(self.shell)
        display(card, display_id=shown)  # type: ignore[no-untyped-call]

        def renew() -> None:
            nonlocal card
            before, card = card, make()
            if card != before:
                update(self.shell, card, shown, parent)

        self.follow(name, renew)

    def follow(self, name: str, renew: Callable[[], object]) -> None:
        """Call something whenever there is news, as of the cell that is running."""
        context = copy_context()
        self._followed.pop(name, None)
        self._followed[name] = lambda: context.copy().run(renew)
        for oldest in list(self._followed)[:-MOST]:
            del self._followed[oldest]
        self._start()

    @property
    def is_busy(self) -> bool:
        """Whether any display is kept up to date."""
        return bool(self._followed)

    def touch(self) -> None:
        """Say that there is news. Returns at once, in any thread; where there are no
        threads, all is up to date then."""
        if not self._followed:
            return
        self._news.set()
        if self._thread is None:
            self._renew()

    def stop(self) -> None:
        """Bring all displays up to date a last time, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._news.set()
            thread.join(REST * 10)
        self._followed.clear()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            thread = threading.Thread(
                target=self._keep_up, name="nbflask displays", daemon=True
            )
            with suppress(RuntimeError):  # in a browser
                thread.start()
                self._thread = thread

    def _keep_up(self) -> None:
        while not self._ended.is_set():
            self._news.wait()
            self._renew()
            self._ended.wait(REST)

    def _renew(self) -> None:
        self._news.clear()
        for renew in list(self._followed.values()):
            renew()


def parent_of(shell: Any) -> Any:
    get_parent = getattr(shell, "get_parent", None)
    return None if get_parent is None else get_parent()


def can_update(shell: Any) -> bool:
    """Whether a front end listens that can change a display."""
    return hasattr(shell, "kernel") and hasattr(shell.display_pub, "session")


def update(shell: Any, card: Card, display_id: str, parent: Any) -> None:
    """Send a display anew, as of the message of the cell that it is in."""
    publisher = shell.display_pub
    content = {
        "data": card.forms,
        "metadata": {},
        "transient": {"display_id": display_id},
    }
    publisher.session.send(
        publisher.pub_socket,
        "update_display_data",
        content,
        parent=parent,
        ident=getattr(publisher, "topic", None),
    )
