"""Whose turn it is to change apps, so that others see them before or after.

A thread has at most one turn. It sees its own changes at once; another thread
that asks for a changed app waits until the turn has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds that another thread waits for a turn that changes the app. Whoever
#: takes longer is seen as far as they have come.
PATIENCE = 0.25


class Turn:
    """One thread's turn; `changed` once it has changed anything.

    `policy` says how that thread's registrations count meanwhile.
    """

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        self.thread = threading.get_ident()
        self.changed = self.overdue = False
        self.ended = threading.Event()


_open: dict[int, Turn] = {}


def begin(policy: Any) -> Turn:
    """Open this thread's turn."""
    turn = Turn(policy)
    _open[turn.thread] = turn
    return turn


def end(turn: Turn) -> None:
    if _open.get(turn.thread) is turn:
        del _open[turn.thread]
    turn.ended.set()


def mine() -> Turn | None:
    """Return the calling thread's turn, if it has one."""
    return _open.get(threading.get_ident()) if _open else None


def awaited() -> Turn | None:
    """Return another thread's turn that has changed something and goes on."""
    me = threading.get_ident()
    for turn in list(_open.values()):
        if turn.changed and not turn.overdue and turn.thread != me:
            return turn
    return None


@contextmanager
def set_aside() -> Iterator[None]:
    """Let the calling thread be without its turn for a while: what runs now has turns
    of its own, and the former goes on after them."""
    turn = mine()
    if turn is not None:
        del _open[turn.thread]
    try:
        yield
    finally:
        if turn is not None:
            _open[turn.thread] = turn


def wait_for_others() -> None:
    """Wait until the changes of other threads are complete."""
    while (turn := awaited()) is not None:
        if not turn.ended.wait(PATIENCE):
            turn.overdue = True


def is_private() -> bool:
    """Whether what the calling thread sees now is for itself alone: it is its own
    turn, and not over yet."""
    turn = mine()
    return turn is not None and turn.changed and not turn.overdue
