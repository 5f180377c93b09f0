"""A time limit that really stops what runs. Knows nothing of requests."""

from __future__ import annotations

import signal
import threading
from time import monotonic
from types import TracebackType
from typing import Any


class OutOfTime(BaseException):
    """A limit's time is over. No Exception: what runs shall not answer it."""

    def __init__(self, limit: TimeLimit) -> None:
        super().__init__(f"{limit.seconds:g} s are over")
        self.limit = limit


class TimeLimit:
    """Raises OutOfTime in its `with` block after so many seconds; None never does.

    It needs the main thread and a timer that sends signals, which Windows and browsers
    have not; it does nothing without, nor inside a limit that ends earlier.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds or 0.0
        self._armed = False
        self._before: Any = None
        self._later = 0.0
        self._began = 0.0

    def __enter__(self) -> TimeLimit:
        if not self.seconds or not can_interrupt():
            return self
        self._later = signal.getitimer(signal.ITIMER_REAL)[0]
        if 0 < self._later < self.seconds:
            return self
        self._armed, self._began = True, monotonic()
        self._before = signal.signal(signal.SIGALRM, self._ring)
        # Again and again: a view's `except:` may have taken the first.
        signal.setitimer(signal.ITIMER_REAL, self.seconds, max(self.seconds, 1.0))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._armed:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        before = signal.SIG_DFL if self._before is None else self._before
        signal.signal(signal.SIGALRM, before)
        self._armed = False
        if self._later:
            left = self._later - (monotonic() - self._began)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))

    def _ring(self, *_: object) -> None:
        raise OutOfTime(self)


def can_interrupt() -> bool:
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
    )
