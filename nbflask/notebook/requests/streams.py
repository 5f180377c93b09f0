"""The pieces of a body as they come, for people to read: events, text, or sizes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from ...testing import ClientResponse
from ..display import plain
from ..display.page import clean

EVENTS = "text/event-stream"
TEXTS = ("text/", "application/json", "application/x-ndjson", "application/xml")
#: So many lines are written; the card has more.
MOST_LINES = 500


@dataclass
class Event:
    """A server-sent event, https://html.spec.whatwg.org/multipage/server-sent-events."""

    name: str = ""
    id: str = ""
    data: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Take a line of it. Comments and fields that nobody knows are passed over."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.name = value
        elif name == "id":
            self.id = value

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.name, self.id and f"#{self.id}")))
        said = "\n".join(self.data)
        return f"{named}: {said}" if named else said


class Pieces:
    """Writes each piece of a body, with the time since the request began."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._rest = ""
        self._event = Event()
        self._lines = 0

    def hear(self, response: ClientResponse, piece: bytes) -> None:
        for text in self._texts(response, piece):
            self._write(text)

    def _texts(self, response: ClientResponse, piece: bytes) -> Iterator[str]:
        kind = response.mimetype or ""
        if not kind.startswith(TEXTS):
            yield plain.size(len(piece))
            return
        if self._decoder is None:
            self._decoder = decoder_of(response)
        text = self._decoder.decode(piece)
        if kind == EVENTS:
            yield from self._events(text)
        elif text:
            yield text.rstrip("\n")

    def _events(self, text: str) -> Iterator[str]:
        """Yield the events that end in a text; what begins is kept for the next."""
        *lines, self._rest = (self._rest + text).replace("\r\n", "\n").split("\n")
        for line in lines:
            if line:
                self._event.take(line)
                continue
            ended, self._event = self._event, Event()
            if ended.data:
                yield str(ended)

    def _write(self, text: str) -> None:
        since = plain.duration(perf_counter() - self._began)
        for line in clean(text).split("\n"):
            self._lines += 1
            if self._lines <= MOST_LINES:
                print(f"{since:>8}  {line}", flush=True)
            elif self._lines == MOST_LINES + 1:
                print(f"{MOST_LINES} lines are shown as they come; the card has more")
            since = ""


def decoder_of(response: ClientResponse) -> codecs.IncrementalDecoder:
    charset = response.mimetype_params.get("charset", "utf-8")
    try:
        decoder = codecs.getincrementaldecoder(charset)
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")
    return decoder(errors="replace")
