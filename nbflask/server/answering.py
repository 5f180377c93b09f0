"""What an app answers, on its way to the client (PEP 3333, RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from functools import lru_cache
from math import inf
from time import monotonic, time
from typing import Any

from .bodies import Body
from .connections import Connection
from .limits import Limits
from .reading import Gone, Head

Fields = Sequence[tuple[str, str]]
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
STATUS = re.compile(r"[1-9][0-9]{2}(?: [^\x00-\x1f\x7f]*)?")
#: Fields that are the server's to say.
OURS = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade"})
OURS_AND_LENGTH = OURS | {"content-length"}
#: So much is sent before the client's time begins anew.
AT_ONCE = 262_144
LAST_CHUNK = b"0\r\n\r\n"

_date = (0, "")


class Broken(Exception):
    """An answer that cannot be ended as it was begun: the connection has to end."""


class Answer:
    """One answer. The head is sent with the first piece of the body.

    `stays` tells whether the connection can go on afterwards.
    """

    def __init__(
        self, connection: Connection, head: Head, body: Body, limits: Limits
    ) -> None:
        self._connection = connection
        self._head = head
        self._body = body
        self._limits = limits
        self._behind = 0.0
        self.status = ""
        self.begun = False
        self.stays = stays_by_request(head)
        self._fields: Fields = ()
        self._has_body = True
        self._chunked = False
        self._left: int | None = None

    def start(
        self, status: str, fields: Fields, exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Be the app's start_response. Raises what PEP 3333 asks for."""
        if exc_info is not None:
            error = exc_info[1]
            del exc_info
            if self.begun:
                raise error
        elif self.status:
            raise AssertionError("start_response was called twice.")
        if not STATUS.fullmatch(status):
            raise ValueError(f"{status!r} is no status, such as '200 OK'.")
        self.status, self._fields = status, fields
        return self.write

    def restart(self) -> None:
        """Forget what was started, before anything of it is sent."""
        self.status = ""
        self._chunked = False
        self._left = None

    def send(self, body: Iterable[bytes]) -> None:
        """Send what an app has returned, and close it."""
        try:
            for piece in body:
                if piece:
                    self.write(piece)
                    if not self._has_body:
                        break  # such as that of a HEAD
            if not self.begun:
                head, self.begun = self._headed(ended=True), True
                self.put(head)
            self._end()
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def write(self, piece: bytes) -> None:
        """Send a piece of the body, and the head before the first.

        Raises Gone if nobody takes it, and Broken if it is longer than it should.
        """
        if not isinstance(piece, bytes):
            raise TypeError(f"The body has a {type(piece).__name__}, not bytes.")
        head = b"" if self.begun else self._headed(ended=False)
        # An empty chunk would be the last.
        framed = self._framed(piece) if piece and self._has_body else b""
        self.begun = True
        if head or framed:
            self.put(head + framed)
        if self._left is not None and self._left < 0:
            raise Broken("The body is longer than its Content-Length.")

    def _headed(self, *, ended: bool) -> bytes:
        """Return the head, and decide how the body's end is told."""
        if not self.status:
            raise AssertionError("The app returned without calling start_response.")
        told = told_once(self._fields)
        code = self.status[:3]
        self._has_body = self._head.method != "HEAD" and not is_bodiless(code)
        ours = ours_of(code)
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{n}: {v}" for n, v in self._fields if key_of(n) not in ours]
        if "date" not in told:
            lines.append(f"Date: {date()}")
        if "server" not in told:
            lines.append("Server: nbflask")
        lines += self._framing(told, code, ended=ended)
        if self._has_to_end(told, code):
            self.stays = False
        if not self.stays:
            lines.append("Connection: close")
        elif not self._head.is_current:
            lines.append("Connection: keep-alive")
        return encoded(lines)

    def _has_to_end(self, told: dict[str, str], code: str) -> bool:
        """Whether the connection cannot go on, whatever the client wants."""
        return (
            self._connection.closing
            or told.get("connection", "").lower() == "close"
            or not self._body.can_be_passed_over
            or code[0] == "1"  # the client waits for another answer after it
        )

    def _framing(self, told: dict[str, str], code: str, *, ended: bool) -> list[str]:
        """Decide how the body's end is told; return the fields for it."""
        if is_bodiless(code):
            return []
        length = told.get("content-length")
        if length is not None:
            if not (length.isascii() and length.isdecimal()):
                raise ValueError(f"{length!r} is no Content-Length.")
            self._left = int(length)
            return []
        if ended:
            return ["Content-Length: 0"] if self._has_body else []
        if self._head.is_current:
            self._chunked = True
            return ["Transfer-Encoding: chunked"]
        self.stays = False
        return []

    def _framed(self, piece: bytes) -> bytes:
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(piece), piece)
        if self._left is not None:
            left = self._left
            self._left = left - len(piece)
            if self._left < 0:
                return piece[:left]
        return piece

    def _end(self) -> None:
        if self._chunked and self._has_body:
            self.put(LAST_CHUNK)
        if self._has_body and self._left:
            raise Broken("The body is shorter than its Content-Length.")

    def put(self, data: bytes) -> None:
        connection, limits = self._connection, self._limits
        pieces: Iterable[Any] = (data,)
        if len(data) > AT_ONCE:
            whole = memoryview(data)
            pieces = (whole[i : i + AT_ONCE] for i in range(0, len(data), AT_ONCE))
        try:
            for piece in pieces:
                began = monotonic()
                connection.until = began + limits.stall - self._behind
                connection.socket.sendall(piece)
                waited = monotonic() - began
                # Hardly any client is slower than it may be: the others cost no call.
                if self._behind or waited * limits.rate > len(piece):
                    self._behind = limits.behind(self._behind, waited, len(piece))
        except OSError:  # gone, or hung up on by another thread
            raise Gone from None
        finally:
            connection.until = inf


def stays_by_request(head: Head) -> bool:
    """Whether the client wants the connection to go on."""
    asked = head.fields.get("connection")
    if asked is None:
        return head.is_current
    options = {each.strip() for each in asked.lower().split(",")}
    return "close" not in options and (head.is_current or "keep-alive" in options)


def is_bodiless(code: str) -> bool:
    return code[0] == "1" or code in {"204", "304"}


def told_once(fields: Fields) -> dict[str, str]:
    """Return fields by their keys. Raises ValueError for two lengths."""
    told: dict[str, str] = {}
    for name, value in fields:
        key = key_of(name)
        if key == "content-length" and key in told:
            raise ValueError("The answer has two Content-Lengths.")
        told[key] = value
    return told


@lru_cache(maxsize=256)
def key_of(name: str) -> str:
    """Return a field's name in lower case. Raises ValueError if it is no name."""
    if TOKEN.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of a header field.")
    return name.lower()


def ours_of(code: str) -> frozenset[str]:
    """Return the server's fields: of 1xx and 204 the length, too (RFC 9110, 8.6)."""
    return OURS_AND_LENGTH if code[0] == "1" or code == "204" else OURS


def encoded(lines: list[str]) -> bytes:
    """Return lines as a head. Raises ValueError if a line is more than one."""
    text = "\r\n".join(lines)
    ends = len(lines) - 1
    if text.count("\n") != ends or text.count("\r") != ends or "\0" in text:
        raise ValueError("A header field of the answer has a line end or a NUL.")
    return f"{text}\r\n\r\n".encode("latin-1")


def date() -> str:
    """Return the time as a Date field, made once a second."""
    global _date
    now = int(time())
    if _date[0] != now:
        _date = now, formatdate(now, usegmt=True)
    return _date[1]
