"""What a client sends, read from its socket: a request's head, strictly by RFC 9112.

What could be read in two ways is refused, for a proxy in front may read it in the
other: line ends that are none, folded fields, two lengths, spaces before a colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf
from socket import SHUT_RD
from time import monotonic

from werkzeug.exceptions import HTTPException

from .connections import Connection
from .limits import Limits

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: Method, target, version, and the lines of the fields. No part can match another's
#: text, so what is no head is found out in one pass.
HEAD = re.compile(
    rb"(" + TOKEN + rb") ([!-~\x80-\xff]+) (HTTP/[0-9]\.[0-9])\r\n"
    rb"((?:" + TOKEN + rb":[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*)\r\n"
)
BARE_LINE_END = re.compile(rb"(?<!\r)\n")
LENGTH = re.compile(r"[0-9]{1,18}")
CHUNK = 65_536
MOST_FIELDS = 100
#: Fields that must not come twice, whatever they say.
ONCE = frozenset({"host", "content-length", "transfer-encoding"})


class Refused(HTTPException):
    """A request that is answered with an error, after which the connection ends.

    An app that meets it while it reads a body answers it as any other of its kind.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        #: The request's first line, for the log, if it could not be read.
        self.line = b""


class Gone(Exception):
    """The client has closed the connection, or has been hung up on."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's line and fields; the fields' names are in lower case.

    `length` is that of the body: None for one that comes in chunks.
    """

    method: str
    target: str
    version: str
    fields: dict[str, str]
    length: int | None = 0

    @property
    def line(self) -> str:
        return f"{self.method} {self.target} {self.version}".rstrip()

    @property
    def is_current(self) -> bool:
        """Whether it speaks HTTP/1.1, and so knows of chunks and kept connections."""
        return self.version != "HTTP/1.0"


def parsed(text: bytes) -> Head:
    """Return the head that a text is. Raises Refused for one that is none."""
    found = HEAD.fullmatch(text)
    if found is None:
        raise refusal(text)
    method, target, version, lines = found.groups()
    if not version.startswith(b"HTTP/1"):
        raise Refused(505, "HTTP/1.1 is spoken here.")
    fields: dict[str, str] = {}
    separate = lines.decode("latin-1").split("\r\n")[:-1]
    if len(separate) > MOST_FIELDS:
        raise Refused(431, f"The request has more than {MOST_FIELDS} header fields.")
    for line in separate:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name in fields:
            value = joined(name, fields[name], value)
        fields[name] = value
    if "host" not in fields and version != b"HTTP/1.0":
        raise Refused(400, "The request has no Host.")
    return Head(
        method.decode(),
        target.decode("latin-1"),
        version.decode(),
        fields,
        length_of_body(fields, version),
    )


def refusal(text: bytes) -> Refused:
    line = text.partition(b"\r\n")[0] + b"\r\n\r\n"
    if BARE_LINE_END.search(text):
        return Refused(400, "A line ends with LF, not CR LF.")
    if HEAD.fullmatch(line) is None:
        return Refused(400, "The first line is not 'METHOD /target HTTP/1.1'.")
    return Refused(400, "A header field is not 'Name: value' on one line.")


def joined(name: str, value: str, another: str) -> str:
    if name in ONCE:
        raise Refused(400, f"The header field {name} came twice.")
    return f"{value}{'; ' if name == 'cookie' else ','}{another}"


def length_of_body(fields: dict[str, str], version: bytes) -> int | None:
    """Return how long a body is; None if it comes in chunks."""
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise Refused(400, "Content-Length and Transfer-Encoding exclude another.")
        if version == b"HTTP/1.0":
            raise Refused(400, "HTTP/1.0 has no Transfer-Encoding.")
        if coding.lower() != "chunked":
            raise Refused(501, "Of codings only chunked is known.")
        return None
    if length is None:
        return 0
    if LENGTH.fullmatch(length) is None:
        raise Refused(400, "The Content-Length is not a number.")
    return int(length)


class Source:
    """The bytes that come from a client, some of them ahead of their reading."""

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._ahead = b""
        self._deadline = 0.0
        self._behind = 0.0  # with the body at hand

    def head(self) -> Head | None:
        """Read the next request's head; None if no more comes.

        Raises Refused for what is no head or is too long.
        """
        connection, limits = self._connection, self._limits
        connection.idle = True
        if connection.closing:
            connection.hang_up(SHUT_RD)  # what was sent by now is still read
        self._deadline = monotonic() + limits.idle
        # One empty line before a request does no harm.
        while self._ahead in {b"", b"\r", b"\r\n"}:
            if not self._receive_more():
                return None
        connection.idle = connection.new = False
        self._deadline = monotonic() + limits.head_seconds
        self._ahead = self._ahead.removeprefix(b"\r\n")
        first = self._ahead
        try:
            found = self._up_to_empty_line(limits.head)
            return None if found is None else parsed(found)
        except Refused as refused:
            refused.line = first[:200].partition(b"\r\n")[0]
            raise
        finally:
            self._deadline = self._behind = 0.0

    def _up_to_empty_line(self, size: int) -> bytes | None:
        seen = 0  # a head may come byte by byte
        while (end := self._ahead.find(b"\r\n\r\n", max(0, seen - 3))) < 0:
            if BARE_LINE_END.search(self._ahead, seen):
                raise Refused(400, "A line ends with LF, not CR LF.")
            seen = len(self._ahead)
            if seen > size:
                break
            if not self._receive_more():
                return None
        if end < 0 or end > size:
            raise Refused(431, f"The request's head is longer than {size:,} bytes.")
        return self._taken(end + 4)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, waiting for the first. Raises Gone at the end."""
        if not self._ahead and not self._receive_more():
            raise Gone
        return self._taken(size)

    def line(self, size: int) -> bytes:
        """Return a line without its CR LF. Raises Refused for a longer one."""
        while (end := self._ahead.find(b"\r\n")) < 0 and len(self._ahead) <= size + 1:
            if BARE_LINE_END.search(self._ahead):
                break
            if not self._receive_more():
                raise Gone
        if not 0 <= end <= size:
            raise Refused(400, "A line of a chunked body does not end where it must.")
        return self._taken(end + 2)[:-2]

    def has(self, size: int) -> bool:
        """Whether `size` bytes are there already."""
        return len(self._ahead) >= size

    def pass_over(self, seconds: float) -> None:
        """Read what still comes, for so long, and forget it."""
        self._connection.idle = True
        self._deadline = monotonic() + seconds
        self._ahead = b""
        while monotonic() < self._deadline and self._receive_more():
            self._ahead = b""

    def _taken(self, size: int) -> bytes:
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken

    def _receive_more(self) -> bool:
        connection, limits = self._connection, self._limits
        began = 0.0 if self._deadline else monotonic()  # with a body alone
        connection.until = self._deadline or began + limits.stall - self._behind
        try:
            more = connection.socket.recv(CHUNK)
        except OSError:  # reset, or hung up on by another thread
            raise Gone from None
        finally:
            connection.until = inf
        if began:
            self._behind = limits.behind(self._behind, monotonic() - began, len(more))
        self._ahead += more
        return bool(more)
