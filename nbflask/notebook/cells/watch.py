"""Which cell is running, its beginning and its end. An edition for each live one.

Nested runs (`%%capture`, `%%time`, a cell magic that runs its body) belong to
the cell around them. Here nothing is known of magics and of requests.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from itertools import count
from types import FrameType
from typing import Any

from ...registry.editions import BETWEEN, Edition, close_edition, open_edition
from ...registry.owners import Owner
from ...values import Value
from . import notices


class Ended(Value):
    """A cell that has ended: whose it was, what it raised, and what it said; its
    number is that of In [3]."""

    owner: Owner
    error: BaseException | None = None
    succeeded: bool = True
    text: str = ""
    number: int | None = None


AtEnd = Callable[[Ended], None]

#: For all notebooks of this process: a run's name must not come back.
_nameless = count(1)


class Run(threading.local):
    """The cell that a thread is running, and the runs nested in it.

    `infos` tells which ends belong to beginnings that were heard; the first is
    None for a cell that was running already when the watch began. `untold` is what
    the person has to know of it at its end.
    """

    owner: Owner | None = None
    edition: Edition | None = None
    infos: tuple[Any, ...] = ()
    message: Any = None
    at_end: tuple[AtEnd, ...] = ()
    untold: tuple[str, ...] = ()


class CellWatch:
    """Knows when a cell begins and ends. While `live`, each has an edition.

    Each of `heed` is called at each beginning; what it returns is called after the
    end, with what became of the cell.
    """

    def __init__(
        self,
        shell: Any,
        tell: Callable[[str], None] = print,
        heed: Sequence[Callable[[], AtEnd]] = (),
    ) -> None:
        self.shell = shell
        self.tell = tell
        self.heed = heed
        self.live = True
        #: How many cells have begun. Tells one run from the next.
        self.count = 0
        self._watching = False
        self._run = Run()

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

    def switch(self, *, live: bool) -> None:
        """Give cells editions, or none, the one that is running included."""
        run, self.live = self._run, live
        if not live:
            self._close(succeeded=True)
            self._tell()
        elif run.owner is not None and run.edition is None:
            run.edition = open_edition(run.owner, self.shell.user_ns, self._label)

    def owner(self) -> Owner:
        """Return whose code is running: a cell, with its label, or what is between
        cells, such as the callback of a widget."""
        run = self._run
        if run.owner is None:
            return BETWEEN
        if not run.owner.label:
            run.owner = run.owner.altered(label=self._label())
        return run.owner

    def before_cell(self, info: Any = None) -> None:
        run = self._run
        if run.infos and run.message == self._message_id():
            run.infos = (*run.infos, info)
            return
        self._end_unheard()
        self._begin(info)

    def after_cell(self, result: Any = None) -> None:
        run, info = self._run, getattr(result, "info", None)
        if info in run.infos:
            run.infos = run.infos[: run.infos.index(info)]
        elif run.infos and is_end_of(info, run.infos):
            run.infos = ()
        else:
            return  # such as an empty cell, which ends without having begun
        if not run.infos:
            self._end(succeeded=bool(getattr(result, "success", True)), result=result)

    def _end_unheard(self) -> None:
        """End a cell whose end nobody has told of: a kernel in a browser does not, of
        cells that await. IPython knows of it then; else it has not ended well."""
        last = getattr(self.shell, "last_execution_result", None)
        self.after_cell(last)
        if self._run.infos:
            self._end(succeeded=False)

    def fail(self) -> None:
        """Undo what the running cell has registered. Its error is shown before its
        end is heard of, which may take a while, and others see the app meanwhile."""
        if len(self._run.infos) == 1:
            self._close(succeeded=False)

    def _begin(self, info: Any) -> None:
        run = self._run
        self.count += 1
        run.infos, run.message = (info,), self._message_id()
        run.owner = self._owner(getattr(info, "cell_id", None) or self._cell_id())
        if self.live:
            run.edition = open_edition(run.owner, self.shell.user_ns, self._label)
        run.at_end = tuple(heed() for heed in self.heed)

    def _end(self, *, succeeded: bool, result: Any = None) -> None:
        run = self._run
        at_end, run.at_end, run.infos = run.at_end, (), ()
        self._close(succeeded=succeeded)
        self._tell()
        owner, run.owner = run.owner, None
        if owner is not None:
            ended = Ended(
                owner,
                getattr(result, "error_in_exec", None),
                succeeded,
                getattr(getattr(result, "info", None), "raw_cell", ""),
                getattr(result, "execution_count", None),
            )
            for act in at_end:
                act(ended)

    def _close(self, *, succeeded: bool) -> None:
        """Close the edition, and note what the person has to know of it."""
        run = self._run
        edition, run.edition = run.edition, None
        if edition is None:
            return
        undone = not succeeded and bool(edition.added)
        failed = notices.failed(edition) if undone else None
        close_edition(succeeded=succeeded)
        if succeeded:
            run.untold += tuple(edition.notices)
        elif failed is not None:
            run.untold += (failed,)

    def _tell(self) -> None:
        untold, self._run.untold = self._run.untold, ()
        for notice in untold:
            self.tell(notice)

    def _owner(self, cell_id: str | None) -> Owner:
        if cell_id is None:
            name = f"run {next(_nameless)}"
            return Owner("cell", name, live=True, lasting=False)
        return Owner("cell", cell_id, live=True)

    def _label(self) -> str:
        """Return the running cell's name, as in In [3].

        Only its code knows the number: some IPythons count before, some after.
        """
        frame = running_cell_frame(self.shell)
        if frame is None:
            return "a cell"
        return f"cell [{number_of(self.shell, frame.f_code.co_filename)}]"

    def _parent(self) -> dict[str, Any]:
        """Return the message that the running cell came with; a shell in a browser
        leaves that to its kernel."""
        for each in (self.shell, getattr(self.shell, "kernel", None)):
            get_parent = getattr(each, "get_parent", None)
            if get_parent is not None:
                return get_parent() or {}
        return {}

    def _cell_id(self) -> str | None:
        cell_id: str | None = self._parent().get("metadata", {}).get("cellId")
        return cell_id

    def _message_id(self) -> Any:
        return self._parent().get("header", {}).get("msg_id")


def is_end_of(info: Any, infos: Sequence[Any]) -> bool:
    """Whether what ends is the outermost of some cells although IPython tells of it by
    another object: it had begun before anybody watched, or IPython itself has failed
    over it, as in showing its error."""
    begun = infos[0]
    if begun is None:
        return len(infos) == 1 and bool(getattr(info, "raw_cell", "?").strip())
    if info is None:
        return False
    return (info.raw_cell, info.cell_id) == (begun.raw_cell, begun.cell_id)


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
