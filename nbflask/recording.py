"""Notes on one request while it runs: when each step began and ended, and within
which other. Knows neither how steps are caught nor how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from werkzeug.exceptions import HTTPException

from .registry.owners import Owner

#: Steps that follow one another: what leads to an answer.
MAIN = {"url_value_preprocessor", "before_request", "view", "error_handler"}
#: The phase in which steps of a kind are, if the request is not there yet.
WITHIN = {
    "after_request": ("response", "response"),
    "after_this_request": ("response", "response"),
    "teardown_request": ("teardown", "context pop"),
    "teardown_appcontext": ("teardown", "context pop"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request. Times are in seconds, `began` from the beginning.

    `kind` is "middleware", "context", "match", a kind of hook, "view", "template",
    "signal", "error_handler", "adapter", "response", "after_this_request", "teardown"
    or "body". A step lies within the one before it that is less deep.
    """

    kind: str
    name: str
    owner: Owner | None
    scope: str | None
    began: float
    took: float
    depth: int
    note: str = ""
    #: Whether an exception came out of it.
    failed: bool = False
    #: The names that a template was given.
    names: tuple[str, ...] = ()
    #: How many functions a signal was sent to; None for all else.
    receivers: int | None = None


# No slots: whoever shows it may want a weak reference to it.
@dataclass(frozen=True, eq=False)
class Trace:
    """The life of a request, its steps in the order in which they began.

    `status` is None if the request was never answered, `notes` say what could not
    be seen.
    """

    method: str
    path: str
    status: int | None
    seconds: float
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Mark:
    """A step that may still be going on."""

    kind: str
    name: str
    owner: Owner | None
    scope: str | None
    began: float
    depth: int
    ended: float | None = None
    note: str = ""
    failed: bool = False
    names: tuple[str, ...] = ()
    receivers: int | None = None


class Recorder:
    """Notes the steps of one request."""

    def __init__(self) -> None:
        self.origin = perf_counter()
        self._marks: list[Mark] = []
        self._open: list[Mark] = []
        self._phase: Mark | None = None

    @property
    def owner(self) -> Owner | None:
        """Whose function is running, the innermost one that is somebody's."""
        owners = (each.owner for each in reversed(self._open))
        return next((each for each in owners if each is not None), None)

    def begin(
        self,
        kind: str,
        name: str,
        owner: Owner | None = None,
        scope: str | None = None,
    ) -> Mark:
        """Note that a step begins, within those that have not ended."""
        if kind in MAIN:
            self.leave_phase()
        if kind in WITHIN:
            self.enter_phase(*WITHIN[kind])
        return self._begin(kind, name, owner, scope)

    def _begin(
        self, kind: str, name: str, owner: Owner | None, scope: str | None
    ) -> Mark:
        mark = Mark(kind, name, owner, scope, perf_counter(), len(self._open))
        self._marks.append(mark)
        self._open.append(mark)
        return mark

    def end(self, mark: Mark, note: str = "", *, failed: bool = False) -> None:
        """Note that a step has ended, and all that began within it."""
        now = perf_counter()
        while mark in self._open:
            last = self._open.pop()
            last.ended = now
            if last is self._phase:
                self._phase = None
        mark.note, mark.failed = note or mark.note, failed
        answers = mark.kind in {"view", "error_handler"} or (
            mark.kind == "before_request" and note
        )
        if answers and not failed and not any(e.kind in MAIN for e in self._open):
            self.enter_phase("response", "response")

    def fail(self, mark: Mark, error: BaseException) -> None:
        """Note that an exception came out of a step."""
        self.end(mark, f"raised {describe(error)}", failed=True)

    def moment(self, kind: str, name: str, note: str, receivers: int) -> None:
        """Note something that takes no time."""
        mark = Mark(kind, name, None, None, perf_counter(), len(self._open))
        mark.ended, mark.note, mark.receivers = mark.began, note, receivers
        self._marks.append(mark)

    def enter_phase(self, kind: str, name: str) -> None:
        """Begin a part of the request that ends when the next one begins."""
        if self._phase is not None and self._phase.kind == kind:
            return
        self.leave_phase()
        self._phase = self._begin(kind, name, None, None)

    def leave_phase(self, kind: str | None = None, note: str = "") -> None:
        """End the present part, or do so if it is of one kind."""
        if self._phase is not None and kind in (None, self._phase.kind):
            self.end(self._phase, note)

    def close(self) -> None:
        """Note that the request is over."""
        if self._open:
            self.end(self._open[0])

    def steps(self) -> tuple[Step, ...]:
        """Return what was noted so far."""
        now = perf_counter()
        return tuple(
            Step(
                kind=mark.kind,
                name=mark.name,
                owner=mark.owner,
                scope=mark.scope,
                began=mark.began - self.origin,
                took=(now if mark.ended is None else mark.ended) - mark.began,
                depth=mark.depth,
                note=mark.note,
                failed=mark.failed,
                names=mark.names,
                receivers=mark.receivers,
            )
            for mark in list(self._marks)
        )


def sendable(piece: bytes) -> bytes:
    """Return a piece of a body. Raises TypeError if it is none after all."""
    if isinstance(piece, (bytes, bytearray)):
        return piece
    raise TypeError(
        "A body is streamed in pieces of text or bytes, but one of them is of type"
        f" {type(piece).__name__}."
    )


class Body:
    """A body that is read piece by piece, and notes how long that takes."""

    def __init__(self, pieces: Any, recorder: Recorder) -> None:
        self._pieces, self._recorder = iter(pieces), recorder
        self._close = getattr(pieces, "close", None)
        self._mark: Mark | None = None
        self._count = self._length = 0

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> Any:
        if self._mark is None:
            self._mark = self._recorder.begin("body", "streamed body")
        try:
            piece = sendable(next(self._pieces))
        except StopIteration:
            self._end(whole=True)
            raise
        except Exception as error:
            self._recorder.fail(self._mark, error)
            raise
        except BaseException:
            # An interrupt, or time that is over: the reader's doing, not the body's.
            self._end(whole=False)
            raise
        self._count, self._length = self._count + 1, self._length + len(piece)
        return piece

    def _end(self, *, whole: bool) -> None:
        if self._mark is not None and self._mark.ended is None:
            count = f"{self._count:,} piece{'' if self._count == 1 else 's'}"
            note = f"{count}, {self._length:,} bytes{'' if whole else ', cut short'}"
            self._recorder.end(self._mark, note)

    def close(self) -> None:
        if self._close is not None:
            self._close()
        self._end(whole=False)


def describe(error: BaseException) -> str:
    """Return an exception's class and message on one line, an HTTP error's status."""
    try:
        if isinstance(error, HTTPException) and error.code is not None:
            return f"{error.code} {error.name}"
        words = " ".join(str(error).split())
    except Exception:
        words = ""
    name = type(error).__name__
    return f"{name}: {words}" if words else name


def kind_of(result: Any) -> str:
    """Return what a view returned, as a person calls it: "str", "dict, 201"."""
    if isinstance(result, tuple):
        parts = (str(e) if isinstance(e, int) else kind_of(e) for e in result)
        return ", ".join(parts)
    if result is None or isinstance(result, int):
        return str(result)
    return type(result).__name__
