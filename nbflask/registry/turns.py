"""Whose turn it is to change apps, so that others see them before or after.

At most one turn is open. Its thread sees every change at once; a thread that
asks for a changed app waits until the turn has ended.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

#: Seconds that another thread waits for a turn that changes the app. Whoever
#: takes longer is seen as far as they have come.
PATIENCE = 0.25


@dataclass(slots=True)
class Turn:
    """One thread's turn; `changed` once it has changed anything."""

    thread: int = field(default_factory=threading.get_ident)
    changed: bool = False
    overdue: bool = False
    ended: threading.Event = field(default_factory=threading.Event)


_open: Turn | None = None


def begin() -> Turn:
    global _open
    _open = Turn()
    return _open


def end() -> None:
    global _open
    turn, _open = _open, None
    if turn is not None:
        turn.ended.set()


def is_mine() -> bool:
    """Whether a turn is open and belongs to the calling thread."""
    return _open is not None and _open.thread == threading.get_ident()


def is_awaited() -> bool:
    """Whether another thread's turn has changed the app, and goes on."""
    turn = _open
    return (
        turn is not None
        and turn.changed
        and not turn.overdue
        and turn.thread != threading.get_ident()
    )


def wait_for_others() -> bool:
    """Wait for another thread's changes to be complete.

    Answers True if what is read now is for the calling thread alone: it is
    that thread's own turn, and not over yet.
    """
    turn = _open
    if turn is None or turn.overdue or not turn.changed:
        return False
    if turn.thread == threading.get_ident():
        return True
    if not turn.ended.wait(PATIENCE):
        turn.overdue = True
    return False
