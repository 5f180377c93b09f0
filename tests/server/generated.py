"""Requests that nobody thinks of: valid ones, and what becomes of them by mutation."""

from __future__ import annotations

from hypothesis import strategies as st

WORD = st.text("abcXYZ019-", min_size=1, max_size=8)
TARGET = st.lists(WORD, max_size=3).map(lambda words: "/" + "/".join(words))
QUERY = st.sampled_from(["", "?", "?a=b", "?a=%20&b", "?/?"])
METHOD = st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PURGE", "M-X"])
VALUE = st.text('abc ,;="\t\xe4\xff:', max_size=10)
FIELD = st.tuples(WORD.map("X-{}".format), VALUE).map(": ".join)
BODY = st.binary(max_size=30) | st.sampled_from(
    [b"\r\n\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"]
)
EXTENSION = st.sampled_from(["", "", ";a", ";a=b", ';a="b c"'])
TRAILERS = st.sampled_from(["", "", "A: b\r\n", "A: b\r\nC:\r\n"])
CASE = st.sampled_from(["%x", "%X", "0%x"])


@st.composite
def chunks(draw) -> bytes:
    """A body in chunks, with its end."""
    written = b""
    for piece in draw(st.lists(BODY.filter(bool), max_size=4)):
        size = draw(CASE) % len(piece) + draw(EXTENSION)
        written += f"{size}\r\n".encode() + piece + b"\r\n"
    return written + f"0{draw(EXTENSION)}\r\n{draw(TRAILERS)}\r\n".encode()


@st.composite
def requests(draw) -> bytes:
    """A valid request that leaves the connection open."""
    line = f"{draw(METHOD)} {draw(TARGET)}{draw(QUERY)} HTTP/1.1"
    fields = ["Host: localhost", *draw(st.lists(FIELD, max_size=3))]
    kind = draw(st.sampled_from(["nothing", "length", "chunks"]))
    body = b""
    if kind == "length":
        body = draw(BODY)
        fields.append(f"content-length:{len(body)}")
    elif kind == "chunks":
        body = draw(chunks())
        fields.append("Transfer-Encoding: Chunked")
    fields = draw(st.permutations(fields))
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1") + body


#: What has broken parsers before.
SPIKES = [
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b",",
        b";",
    ),
    *(b"\x0b", b"\x0c", b"\x7f", b"\x85", b"\xa0", b"\xff", b"+", b"-", b"_", b"0x"),
    *(b"0", b"1", b"%", b"#", b"?", b"/", b"//", b"\\", b"HTTP/1.0", b"HTTP/2.0"),
    *(b"Host: a\r\n", b"Content-Length: 1\r\n", b"Content-Length: 0\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"\r\n A: b"),
    *(b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"GET / HTTP/1.1\r\n"),
]


@st.composite
def mutated(draw, whole: bytes) -> bytes:
    """A few bytes put in, taken out, or written over, at random places."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(whole)))
        gone = draw(st.sampled_from([0, 0, 0, 1, 1, 2, 5, 20]))
        put = draw(st.sampled_from([b"", *SPIKES]) | st.binary(max_size=2))
        whole = whole[:at] + put + whole[at + gone :]
    return whole


@st.composite
def cut(draw, whole: bytes) -> list[bytes]:
    """The same bytes in pieces."""
    places = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    ends = zip([0, *places], [*places, len(whole)], strict=True)
    return [whole[start:end] for start, end in ends]


@st.composite
def mutations(draw) -> bytes:
    """One to three requests, which were valid once."""
    whole = b"".join(draw(st.lists(requests(), min_size=1, max_size=3)))
    return draw(mutated(whole))
