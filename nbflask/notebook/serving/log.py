"""The requests that the server has answered: the last ones, to be looked at and to be
sent again. Knows no display."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, overload

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wsgi import ClosingIterator

from ...dispatch import Story

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
    the request in text, `endpoint` is None where no rule matched. Until it has `ended`
    the answer goes on, and time and size grow.
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
    ended: bool = True

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
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


class RequestLog:
    """The last requests, the latest at the end. Each of `heard` is told of a new one,
    in the thread that answers it.

    A request is there as soon as its answer begins, and told again when it has ended.
    """

    def __init__(self, most: int = MOST) -> None:
        self.heard: list[Callable[[], object]] = []
        self.total = 0
        self._most = most
        self._entries: dict[int, Logged] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Logged]:
        with self._lock:
            return iter(tuple(self._entries.values()))

    @overload
    def __getitem__(self, index: int) -> Logged: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Logged, ...]: ...
    def __getitem__(self, index: int | slice) -> Logged | tuple[Logged, ...]:
        return tuple(self)[index]

    def numbered(self, number: int) -> Logged:
        """Return the request of this number. Raises KeyError if it is not there."""
        return self._entries[number]

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        with self._lock:
            self._entries.clear()

    def note(self, environ: dict[str, Any], story: Story) -> Note:
        """Listen to a request that is about to be answered."""
        return Note(self, environ, story)

    def add(self, note: Note) -> int:
        """Put a request in, whose answer begins; return its number."""
        with self._lock:
            self.total += 1
            number = self.total
            self._entries[number] = note.entry(number, ended=note.failed)
            if len(self._entries) > self._most:
                del self._entries[next(iter(self._entries))]
        self._tell()
        return number

    def renew(self, number: int, note: Note) -> None:
        """Say of a request what is known when its answer has ended."""
        with self._lock:
            if number not in self._entries:
                return
            self._entries[number] = note.entry(number, ended=True)
        self._tell()

    def _tell(self) -> None:
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
        stream = KeptInput(environ["wsgi.input"], length_of_body(environ))
        self._input = environ["wsgi.input"] = stream
        self._status = 500
        self._size = 0
        self._number = 0
        #: Whether the app let an exception through, so that there is no answer.
        self.failed = False

    def starting(self, start_response: Any) -> Any:
        """Return a start_response that hears the status."""

        def start(status: str, headers: Any, *exc_info: Any) -> Any:
            self._status = int(status[:3])
            return start_response(status, headers, *exc_info)

        return start

    def reading(
        self, body: Iterable[bytes], broken: Callable[[Exception], object]
    ) -> Iterable[bytes]:
        """Put the request into the log; return a body whose end is told there.

        `broken` is told of what the body raises instead of a further piece.
        """
        self._number = self._log.add(self)
        close = getattr(body, "close", None)
        ends = [self._end] if close is None else [close, self._end]
        return ClosingIterator(self._measured(body, broken), ends)

    def fail(self) -> None:
        """Put a request into the log whose app let an exception through."""
        self.failed = True
        self._log.add(self)

    def entry(self, number: int, *, ended: bool) -> Logged:
        return Logged(
            number,
            self._at,
            self._said,
            self._status,
            perf_counter() - self._began,
            self._size,
            self._story.endpoint,
            *self._input.kept(),
            ended,
        )

    def _end(self) -> None:
        if "HTTP_EXPECT" not in self._said:
            self._input.read_rest()
        self._log.renew(self._number, self)

    def _measured(
        self, body: Iterable[bytes], broken: Callable[[Exception], object]
    ) -> Iterator[bytes]:
        try:
            for piece in body:
                self._size += len(piece)
                yield piece
        except Exception as error:
            if not self._size:  # nothing is sent by then, so the status can change
                self._status = 500
            broken(error)
            raise


class KeptInput(io.RawIOBase):
    """A request's body that remembers what is read of it; `length` is None for one
    that comes in chunks."""

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self._length = length
        self._pieces: list[bytes] = []
        self._seen = 0
        self._ended = length == 0

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

    def read_rest(self) -> None:
        """Read what the app did not want, if it is little: it comes anyway."""
        if self._length is not None and self._length <= MOST_OF_A_BODY:
            with suppress(Exception):  # the client is gone
                self.read()

    def kept(self) -> tuple[bytes, bool]:
        """Return what there is of the body, and whether that is all."""
        ended = self._ended or self._seen == self._length
        return b"".join(self._pieces), ended and self._seen <= MOST_OF_A_BODY

    def _keep(self, piece: bytes) -> bytes:
        room = MOST_OF_A_BODY - self._seen
        if room > 0:
            self._pieces.append(piece[:room])
        self._seen += len(piece)
        return piece


def length_of_body(environ: dict[str, Any]) -> int | None:
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0
