"""How soon a thread that serves comes to its turn while another one computes.

Each read and each write of a request waits for the interpreter once, five thousandths
of a second with Python's own interval: more than all the rest of the request takes.
"""

from __future__ import annotations

import sys
import threading

_lock = threading.Lock()
#: The intervals that servers want, and the one that was there before the first.
_wanted: list[float] = []
_before: list[float] = []


class Haste:
    """One server's wish for a shorter interval; None is no wish."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def begin(self) -> None:
        if self._seconds is None:
            return
        with _lock:
            if not _wanted:
                _before[:] = [sys.getswitchinterval()]
            _wanted.append(self._seconds)
            sys.setswitchinterval(min(_wanted + _before))

    def end(self) -> None:
        if self._seconds is None:
            return
        with _lock:
            _wanted.remove(self._seconds)
            sys.setswitchinterval(min(_wanted + _before))
