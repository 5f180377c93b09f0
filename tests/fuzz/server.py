"""What a client sends, read without a socket."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from werkzeug.wsgi import get_input_stream

from nbflask.server.bodies import body_of
from nbflask.server.connections import Connection
from nbflask.server.limits import Limits
from nbflask.server.reading import Gone, Refused, Source
from tests.server.generated import mutations, requests
from tests.server.wire import HOST, Wire, talk

LIMITS = Limits(head=2000, body=10_000)
STATUS = re.compile(rb"^HTTP/1.1 ([0-9]{3})", re.MULTILINE)
ALLOWED = {b"501", b"505"}  # of those that tell of an error

examples = (
    b"\x05GET /a?b=c HTTP/1.1\r\n" + HOST + b"\r\n",
    b"\x09POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
    b"\x11PUT / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    b"3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n",
    b"\x03GET http://localhost/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"\xffGET * HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n",
)
inputs = st.builds(
    bytes.__add__,
    st.binary(min_size=1, max_size=1),
    st.lists(requests() | mutations() | st.binary(), max_size=3).map(b"".join),
)


def check(data: bytes) -> None:
    """The first byte tells how long the pieces are that the rest comes in."""
    size, whole = max(1, data[0] if data else 1), data[1:]
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert understood([whole]) == understood(pieces)
    told = STATUS.findall(talk(pieces, reads))
    assert all(each < b"500" or each in ALLOWED for each in told), told


def reads(environ: Any, start_response: Any) -> list[bytes]:
    """Read what there is, and say nothing of it."""
    get_input_stream(environ).read()
    start_response("200 OK", [])
    return []


def understood(pieces: list[bytes]) -> list[Any]:
    """Return what was read: requests with their bodies, and how it came to an end."""
    wire: Any = Wire([each for each in pieces if each])
    source = Source(Connection(wire, ("127.0.0.1", 1)), LIMITS)
    found: list[Any] = []
    try:
        while (head := source.head()) is not None:
            found.append(head)
            body = body_of(head, source, LIMITS.body)
            read = b"".join(iter(lambda body=body: body.take(7), b""))
            found.append(read)
    except Refused as refused:
        found.append(refused.code)
    except Gone:
        found.append("gone")
    return found
