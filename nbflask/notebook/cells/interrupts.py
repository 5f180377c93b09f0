"""An interrupt reaches a request at once, in a cell that awaits as in any other.

There the kernel cancels the cell, which hears of it when it awaits next. A request
is answered in the kernel's own thread, so that would be after the request.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from ...registry.owners import belongs_here
from .watch import AtEnd, Ended

KERNEL = "ipykernel"


class Interrupts:
    """Takes the kernel's place while a cell awaits, and gives it back."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def heed(self) -> AtEnd:
        """Listen for interrupts from a cell's beginning; return what its end needs."""
        kernels = kernels_handler()
        if kernels is None:
            return nothing_is_left
        from asyncio import current_task

        cell = current_task()

        def interrupt(number: int, frame: FrameType | None) -> None:
            stops = stopping(frame, self.shell.user_ns)
            if not isinstance(stops, KeyboardInterrupt):
                kernels(number, frame)
                if stops is not None and cell is not None:
                    # The kernel does so later: other requests of the cell come before.
                    cell.cancel()
            if stops is not None:
                raise stops

        def give_back(ended: Ended) -> None:
            if signal.getsignal(signal.SIGINT) is interrupt:
                signal.signal(signal.SIGINT, kernels)

        signal.signal(signal.SIGINT, interrupt)
        return give_back


def kernels_handler() -> Any:
    """Return what the kernel does on an interrupt of a cell that awaits.

    In other cells it has Python's own way, and people may have theirs.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    handler = signal.getsignal(signal.SIGINT)
    module = getattr(handler, "__module__", None) or ""
    return handler if module.partition(".")[0] == KERNEL else None


def stopping(frame: FrameType | None, names: dict[str, Any]) -> BaseException | None:
    """Return what stops the request that a frame is in; None if it is in none.

    A task is cancelled: other exceptions of this kind would end the kernel's loop.
    """
    in_request = False
    while frame is not None:
        if is_cell(frame, names):
            return KeyboardInterrupt() if in_request else None
        if belongs_here(frame.f_globals) and not watches_cells(frame):
            in_request = True
        frame = frame.f_back
    if not in_request:
        return None
    from asyncio import CancelledError

    return CancelledError("interrupted")


def is_cell(frame: FrameType, names: dict[str, Any]) -> bool:
    return frame.f_globals is names and frame.f_code.co_name == "<module>"


def watches_cells(frame: FrameType) -> bool:
    """Whether a frame is of this package, which stands around the code of cells."""
    return str(frame.f_globals.get("__name__")).startswith(f"{__package__}.")


def nothing_is_left(ended: Ended) -> None:
    """Do nothing at a cell's end."""
