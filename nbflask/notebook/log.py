"""The requests that the server has answered: the last ones, to be looked at and to be
sent again. Knows no display."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from time import perf_counter
from typing import Any, overload

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wsgi import ClosingIterator

from ..dispatch import Story

MOST = 1_000
MOST_OF_A_BODY = 65_536
#: What the app tells of itself is no part of a request.
WSGI = ("wsgi.", "werkzeug.", "nbflask.")


@dataclass(frozen=True, slots=True)
class Logged:
    """A request that was answered, and how.

    `at` is when it came, `seconds` how long its answer took, `size` the bytes of the
    answer's body. `body` is that of the request as far as it was read and there is
    room; `is_whole` tells whether that is all of it. `environ` has what WSGI says of
    the request in text, `endpoint` is None where no rule matched.
    """

    number: int
    at: datetime
    environ: dict[str, str] = field(repr=False)
    status: int
    seconds: float
    size: int
    endpoint: str | None = None
    body: bytes = field(default=b"", repr=False)
    is_whole: bool = True

    @property
    def method(self) -> str:
        return self.environ["REQUEST_METHOD"]

    @property
    def path(self) -> str:
        """The path as it was asked for, with the query."""
        return self.environ.get("REQUEST_URI") or self.environ.get("PATH_INFO", "/")

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return tuple(EnvironHeaders(self.environ))

    def as_environ(self) -> dict[str, Any]:
        """Return the request as `app.test_client().open()` takes it.

        Raises ValueError if its body is not whole.
        """
        if not self.is_whole:
            raise ValueError(
                f"Request {self.number} cannot be sent again: of its body the log has"
                f" only the first {len(self.body):,} bytes."
            )
        return {
            **self.environ,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.url_scheme": self.environ.get("wsgi.url_scheme", "http"),
            "wsgi.input": io.BytesIO(self.body),
        }


class RequestLog:
    """The last requests, the latest at the end. Each of `heard` is told of a new one,
    in the thread that answered it."""

    def __init__(self, most: int = MOST) -> None:
        self.heard: list[Callable[[], object]] = []
        self.total = 0
        self._entries: deque[Logged] = deque(maxlen=most)
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Logged]:
        return iter(tuple(self._entries))

    @overload
    def __getitem__(self, index: int) -> Logged: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Logged, ...]: ...
    def __getitem__(self, index: int | slice) -> Logged | tuple[Logged, ...]:
        return tuple(self._entries)[index]

    def numbered(self, number: int) -> Logged:
        """Return the request of this number. Raises KeyError if it is not there."""
        for each in tuple(self._entries):
            if each.number == number:
                return each
        raise KeyError(number)

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        self._entries.clear()

    def note(self, environ: dict[str, Any], story: Story) -> Note:
        """Listen to a request that is about to be answered."""
        return Note(self, environ, story)

    def add(self, note: Note) -> None:
        self._entries.append(note.entry(next(self._numbers)))
        self.total += 1
        for tell in tuple(self.heard):
            tell()


class Note:
    """What the log will have of a request that is being answered."""

    def __init__(self, log: RequestLog, environ: dict[str, Any], story: Story) -> None:
        self._log = log
        self._story = story
        self._at = datetime.now()
        self._began = perf_counter()
        self._said = {
            key: value
            for key, value in environ.items()
            if type(value) is str and not key.startswith(WSGI)
        }
        self._input = environ["wsgi.input"] = KeptInput(environ["wsgi.input"])
        self._status = 0
        self._size = 0

    def starting(self, start_response: Any) -> Any:
        """Return a start_response that hears the status."""

        def start(status: str, headers: Any, *exc_info: Any) -> Any:
            self._status = int(status[:3])
            return start_response(status, headers, *exc_info)

        return start

    def reading(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Return a body whose end ends the note."""
        close = getattr(body, "close", None)
        ends = [self.end] if close is None else [close, self.end]
        return ClosingIterator(self._measured(body), ends)

    def end(self) -> None:
        """Put the request into the log."""
        self._seconds = perf_counter() - self._began
        self._log.add(self)

    def entry(self, number: int) -> Logged:
        return Logged(
            number,
            self._at,
            self._said,
            self._status or 500,
            self._seconds,
            self._size,
            self._story.endpoint,
            *self._input.kept(),
        )

    def _measured(self, body: Iterable[bytes]) -> Iterator[bytes]:
        for piece in body:
            self._size += len(piece)
            yield piece


class KeptInput(io.RawIOBase):
    """A request's body that remembers what is read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._pieces: list[bytes] = []
        self._room = MOST_OF_A_BODY
        self._ended = False
        self._cut = False

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        piece: bytes = self._stream.read(-1 if size is None else size)
        self._ended = self._ended or size is None or size < 0 or not (piece or not size)
        return self._keep(piece)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readline(self, size: int | None = -1) -> bytes:
        return self._keep(self._stream.readline(-1 if size is None else size))

    def kept(self) -> tuple[bytes, bool]:
        """Return what there is of the body, and whether that is all."""
        if not self._ended and not self._cut and isinstance(self._stream, io.BytesIO):
            self.read()  # it is all there, the app did not want it
        return b"".join(self._pieces), self._ended and not self._cut

    def _keep(self, piece: bytes) -> bytes:
        if self._room:
            self._pieces.append(piece[: self._room])
        self._cut = self._cut or len(piece) > self._room
        self._room = max(0, self._room - len(piece))
        return piece
