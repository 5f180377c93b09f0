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
from time import perf_counter, time
from typing import Any, overload

from werkzeug.datastructures import EnvironHeaders

from ...recording import sendable
from ...story import Story

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
    What is kept of it is little; an entry is made for whoever looks.
    """

    def __init__(self, most: int = MOST) -> None:
        self.heard: list[Callable[[], object]] = []
        self.total = 0
        self._forgotten = 0
        self._most = most
        self._notes: dict[int, Note] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def heard_of(self) -> int:
        """How many requests there were since the log was last cleared."""
        return self.total - self._forgotten

    def __iter__(self) -> Iterator[Logged]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> Logged: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Logged, ...]: ...
    def __getitem__(self, index: int | slice) -> Logged | tuple[Logged, ...]:
        with self._lock:
            notes = [*self._notes.values()]
        if isinstance(index, slice):
            return tuple(note.entry() for note in notes[index])
        return notes[index].entry()

    def numbered(self, number: int) -> Logged:
        """Return the request of this number. Raises KeyError if it is not there."""
        return self._notes[number].entry()

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        with self._lock:
            self._notes.clear()
            self._forgotten = self.total

    def note(self, environ: dict[str, Any], story: Story) -> Note:
        """Listen to a request that is about to be answered."""
        return Note(self, environ, story)

    def add(self, note: Note) -> None:
        """Put a request in, whose answer begins."""
        with self._lock:
            note.number = self.total = self.total + 1
            self._notes[note.number] = note
            if len(self._notes) > self._most:
                del self._notes[next(iter(self._notes))]
        self.tell()

    def tell(self) -> None:
        """Say that there is news."""
        for tell in self.heard:
            tell()


class Note:
    """What the log has of a request; more and more while it is being answered."""

    def __init__(self, log: RequestLog, environ: dict[str, Any], story: Story) -> None:
        self.number = 0
        self._log = log
        self._story: Story | None = story
        self._at = time()
        self._began = perf_counter()
        self._said = {key: said for key, said in environ.items() if type(said) is str}
        stream = KeptInput(environ["wsgi.input"], length_of_body(environ))
        self._input: KeptInput | None = stream
        environ["wsgi.input"] = stream
        self._status = 500
        self.size = 0
        #: What is known once the request has ended.
        self._endpoint: str | None = None
        self._body = b"", True
        self._seconds = 0.0

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
        self._log.add(self)
        return HeardBody(self, body, broken)

    def fail(self) -> None:
        """Put a request into the log whose app let an exception through, so that
        there is no answer."""
        self._conclude()
        self._log.add(self)

    def entry(self) -> Logged:
        """Return what is known by now."""
        story, stream = self._story, self._input
        ended = story is None or stream is None
        said = {k: each for k, each in self._said.items() if not k.startswith(WSGI)}
        return Logged(
            self.number,
            datetime.fromtimestamp(self._at),
            said,
            self._status,
            self._seconds if ended else perf_counter() - self._began,
            self.size,
            self._endpoint if story is None else story.endpoint,
            *(self._body if stream is None else stream.kept()),
            ended,
        )

    def fail_to_go_on(self) -> None:
        """Hear that the body broke. Where nothing is sent yet the status can change."""
        if not self.size:
            self._status = 500

    def end(self) -> None:
        """Hear that the answer has ended, whole or not."""
        if self._input is not None and "HTTP_EXPECT" not in self._said:
            self._input.read_rest()
        self._conclude()
        self._log.tell()

    def _conclude(self) -> None:
        """Keep what there is to know, and let go of the rest: a thousand requests
        would hold a thousand connections."""
        if self._story is not None and self._input is not None:
            self._seconds = perf_counter() - self._began
            self._endpoint, self._body = self._story.endpoint, self._input.kept()
            self._story = self._input = None


class HeardBody(Iterator[bytes]):
    """An answer's body, whose size and end are noted; `broken` is told what it raises
    instead of a further piece."""

    def __init__(
        self, note: Note, body: Iterable[bytes], broken: Callable[[Exception], object]
    ) -> None:
        self._note = note
        self._body = body
        self._pieces = iter(body)
        self._broken = broken

    def __next__(self) -> bytes:
        try:
            piece = sendable(next(self._pieces))
        except StopIteration:
            raise
        except Exception as error:
            self._note.fail_to_go_on()
            self._broken(error)
            raise
        self._note.size += len(piece)
        return piece

    def close(self) -> None:
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                close()
        finally:
            self._note.end()


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
