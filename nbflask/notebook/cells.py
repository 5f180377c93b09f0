"""Which cell is running, its beginning and its end. An edition for each.

Nested runs (`%%capture`, `%%time`, a cell magic that runs its body) belong to
the cell around them. Here nothing is known of magics and of requests.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

from ..registry.editions import Edition, close_edition, open_edition
from ..registry.owners import Owner

#: For all notebooks of this process: a run's name must not come back.
_nameless = count(1)


class CellWatch:
    """Opens an edition when a cell begins, and closes it when the cell ends."""

    def __init__(self, shell: Any, tell: Callable[[str], None] = print) -> None:
        self.shell = shell
        self.tell = tell
        self.edition: Edition | None = None
        #: How many cells have begun. Tells one run from the next.
        self.run = 0
        self._watching = False
        self._depth = 0
        self._message: Any = None
        self._after: list[Callable[[], None]] = []

    def start(self) -> None:
        """Watch from now on, the cell that is running included."""
        if self._watching:
            return
        self._watching = True
        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.events.register("post_run_cell", self.after_cell)
        if running_cell_frame(self.shell) is not None:
            self._begin(None)

    def stop(self) -> None:
        """Watch no more. What is registered stays as it is."""
        if not self._watching:
            return
        self._watching = False
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.events.unregister("post_run_cell", self.after_cell)
        self._end(succeeded=True)

    def before_cell(self, info: Any = None) -> None:
        if self._depth and self._message == self._message_id():
            self._depth += 1
            return
        # A cell whose end was never heard of has not ended well.
        self._end(succeeded=False)
        self._begin(getattr(info, "cell_id", None))

    def after_cell(self, result: Any = None) -> None:
        self._depth -= 1
        if self._depth <= 0:
            self._end(succeeded=bool(getattr(result, "success", True)))

    def _begin(self, cell_id: str | None) -> None:
        self._depth = 1
        self.run += 1
        self._message = self._message_id()
        owner = self._owner(cell_id or self._cell_id())
        self.edition = open_edition(owner, self.shell.user_ns, self._label)

    def _end(self, *, succeeded: bool) -> None:
        self._depth = 0
        edition, self.edition = self.edition, None
        if edition is None:
            return
        undone = not succeeded and bool(edition.added)
        close_edition(succeeded=succeeded)
        if succeeded:
            for notice in edition.notices:
                self.tell(notice)
        elif undone:
            self.tell("The cell failed, so the app is as it was before it ran.")

    def _owner(self, cell_id: str | None) -> Owner:
        if cell_id is None:
            return Owner("cell", f"run {next(_nameless)}", lasting=False)
        return Owner("cell", cell_id)

    def _label(self) -> str:
        """Return the running cell's name, as in In [3].

        Only its code knows the number: some IPythons count before, some after.
        """
        frame = running_cell_frame(self.shell)
        if frame is None:
            return "a cell"
        return f"cell [{number_of(self.shell, frame.f_code.co_filename)}]"

    def _parent(self) -> dict[str, Any]:
        get_parent = getattr(self.shell, "get_parent", None)
        return (get_parent() or {}) if get_parent is not None else {}

    def _cell_id(self) -> str | None:
        cell_id: str | None = self._parent().get("metadata", {}).get("cellId")
        return cell_id

    def _message_id(self) -> Any:
        return self._parent().get("header", {}).get("msg_id")


def running_cell_frame(shell: Any) -> FrameType | None:
    """Return the frame of the cell's own code, if a cell is running."""
    frame: FrameType | None = sys._getframe(1)
    found = None
    while frame is not None:
        if frame.f_globals is shell.user_ns and number_of(
            shell, frame.f_code.co_filename
        ):
            found = frame
        frame = frame.f_back
    return found


def number_of(shell: Any, filename: str) -> int | None:
    """Return the number of the cell that was compiled under a file name."""
    numbers: dict[str, int] = getattr(shell.compile, "_filename_map", {})
    return numbers.get(filename)
