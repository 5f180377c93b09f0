"""The bodies of requests, as files that end where the request does."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import ClientDisconnected

from .limits import PASSED_OVER
from .reading import Gone, Head, Refused, Source

CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*")
LONGEST_LINE = 4_096
MOST_TRAILERS = 64
BUFFER = 65_536


class Body:
    """A request's body on its way in, whose length is known. May be empty.

    `invite` is called once before the app waits for it, if the client sends it only
    when asked to (`Expect: 100-continue`).
    """

    def __init__(self, source: Source, left: int) -> None:
        self._source = source
        self._left = left
        self.invite: Callable[[], object] | None = None

    @property
    def ended(self) -> bool:
        return not self._left

    @property
    def can_be_passed_over(self) -> bool:
        """Whether what nobody has read is little enough to read it in vain."""
        return self.ended or (self.invite is None and self._left <= PASSED_OVER)

    def as_file(self) -> io.BytesIO | io.BufferedReader:
        """Return the body for reading, once."""
        if self._source.has(self._left):
            return io.BytesIO(self.take(self._left))
        return io.BufferedReader(Stream(self), BUFFER)

    def take(self, size: int) -> bytes:
        """Return up to `size` bytes; nothing at the end. Raises Refused and Gone."""
        if not self._left:
            return b""
        if self.invite is not None:
            invite, self.invite = self.invite, None
            invite()
        piece = self._source.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def pass_over(self) -> bool:
        """Read what nobody has read. Whether it ended well, and in good time."""
        if self.ended:
            return True
        room = PASSED_OVER
        with suppress(Refused):
            while not self.ended and room > 0:
                room -= len(self.take(BUFFER))
        return self.ended


class ChunkedBody(Body):
    """A body that comes in chunks, each with its length, of at most `limit` bytes."""

    def __init__(self, source: Source, limit: int) -> None:
        super().__init__(source, 0)
        self._room = limit
        self._begun = False
        self._ended = False
        self._refused: Refused | None = None

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def can_be_passed_over(self) -> bool:
        return self.ended or (self.invite is None and self._refused is None)

    def as_file(self) -> io.BufferedReader:
        return io.BufferedReader(Stream(self), BUFFER)

    def take(self, size: int) -> bytes:
        if self.invite is not None:
            invite, self.invite = self.invite, None
            invite()
        if self._refused is not None:  # what follows is not to be understood
            raise self._refused
        if not self._left and not self._ended:
            try:
                self._next_chunk()
            except Refused as refused:
                self._refused = refused
                raise
        return b"" if self._ended else super().take(size)

    def _next_chunk(self) -> None:
        if self._begun and self._source.line(0):
            raise Refused(400, "A chunk is longer than it says.")
        self._begun = True
        found = CHUNK_SIZE.fullmatch(self._source.line(LONGEST_LINE))
        if found is None:
            raise Refused(400, "A chunk's length is not a hexadecimal number.")
        self._left = int(found[1], 16)
        self._room -= self._left
        if self._room < 0:
            raise too_large()
        if not self._left:
            self._pass_over_trailers()
            self._ended = True

    def _pass_over_trailers(self) -> None:
        for _ in range(MOST_TRAILERS):
            line = self._source.line(LONGEST_LINE)
            if not line:
                return
            if TRAILER.fullmatch(line) is None:
                raise Refused(400, "A trailer is not 'Name: value' on one line.")
        raise Refused(400, f"More than {MOST_TRAILERS} trailers came.")


class Stream(io.RawIOBase):
    """A body as a raw file."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._body.take(len(buffer))
        except Gone:
            raise ClientDisconnected from None
        buffer[: len(piece)] = piece
        return len(piece)


def body_of(head: Head, source: Source, limit: int) -> Body:
    """Return what is to come of a request's body.

    Raises Refused for a body of more than `limit` bytes.
    """
    if head.length is None:
        return ChunkedBody(source, limit)
    if head.length > limit:
        refused = too_large()
        refused.line = head.line.encode("latin-1")
        raise refused
    return Body(source, head.length)


def too_large() -> Refused:
    return Refused(413, "The body is too large.")
