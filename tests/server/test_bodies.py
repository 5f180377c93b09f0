"""Bodies of requests: in chunks, asked for, unread, too large."""

from __future__ import annotations

import threading
import tracemalloc

import pytest
from wire import GET, HOST, LAST, LIMIT, said, statuses, talk, tell

from nbflask.server import Limits

CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
EXPECTS = b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n"


def unread(environ, start_response):
    """Answer without a look at the body."""
    text = f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} "
    return said(text)(environ, start_response)


# In chunks


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        (b"0\r\n\r\n", b""),
        (b"000\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"00005\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", b"hello"),
        (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (b"5;a\r\nhello\r\n0;b=c\r\n\r\n", b"hello"),
        (b'5 ;a="b c";d\r\nhello\r\n0\r\n\r\n', b"hello"),
        (b"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", b"hello"),
        (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
        (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("app", [tell, unread])
def test_a_chunked_body_ends_where_it_says(chunks, body, app, serve, connect):
    client = connect(serve(app))
    answer = client.ask(CHUNKED + chunks + GET)
    assert answer.body == b"POST / " + (body if app is tell else b"")
    assert client.answer().status == 200
    sent = CHUNKED + chunks + GET
    for at in range(len(CHUNKED), len(sent)):
        assert statuses(talk([sent[:at], sent[at:]], app)) == [200, 200]


BROKEN = {
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "a minus": b"-1\r\nhello\r\n0\r\n\r\n",
    "a space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "a tab before": b"\t5\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"5_0\r\nhello\r\n0\r\n\r\n",
    "no number": b"\r\nhello\r\n0\r\n\r\n",
    "an extension alone": b";a\r\nhello\r\n0\r\n\r\n",
    "no hexadecimal": b"5g\r\nhello\r\n0\r\n\r\n",
    "a word after it": b"5 hello\r\nhello\r\n0\r\n\r\n",
    "a wide digit": "５\r\nhello\r\n0\r\n\r\n".encode(),
    "a number without end": b"0" * 5000 + b"5\r\nhello\r\n0\r\n\r\n",
    "a huge number": b"f" * 16 + b"\r\nhello\r\n0\r\n\r\n",
    "a bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare CR after the size": b"5\rhello\r\n0\r\n\r\n",
    "a bare LF in an extension": b"5;a\nhello\r\n0\r\n\r\n",
    "a NUL in an extension": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "an extension without end": b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n",
    "nothing after a chunk": b"5\r\nhello0\r\n\r\n",
    "a bare LF after a chunk": b"5\r\nhello\n0\r\n\r\n",
    "a bare CR after a chunk": b"5\r\nhello\r0\r\n\r\n",
    "more than it says": b"5\r\nhello!\r\n0\r\n\r\n",
    "less than it says": b"5\r\nhell\r\n0\r\n\r\n\r\n",
    "a bare LF at the end": b"5\r\nhello\r\n0\n\n",
    "a folded trailer": b"0\r\nA: b\r\n c\r\n\r\n",
    "a trailer without a name": b"0\r\n: b\r\n\r\n",
    "a trailer with a bare LF": b"0\r\nA: b\nC: d\r\n\r\n",
    "too many trailers": b"0\r\n" + b"A: b\r\n" * 100 + b"\r\n",
    "an endless trailer": b"0\r\nA: " + b"b" * 5000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("chunks", BROKEN.values(), ids=[*BROKEN])
@pytest.mark.parametrize("app", [tell, unread])
def test_a_broken_chunk_ends_the_connection(chunks, app, serve, connect, capfd):
    client = connect(serve(app))
    client.send(CHUNKED + chunks + GET * 3)
    client.end()
    # An app that has not looked at the body has answered before it is found out.
    assert statuses(client.rest()) == ([400] if app is tell else [200])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("chunks", BROKEN.values(), ids=[*BROKEN])
def test_a_broken_chunk_stays_broken_however_often_it_is_read(chunks):
    seen = []

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "2")])
        yield b"o"
        for _ in range(5):
            try:
                while environ["wsgi.input"].read(3):
                    pass
            except Exception as error:
                seen.append(type(error).__name__)
        yield b"k"

    assert statuses(talk([CHUNKED + chunks + GET * 3], app)) == [200]
    assert seen == ["Refused"] * 5


# Asked for


@pytest.mark.parametrize(
    ("rest", "sent"),
    [
        (b"Content-Length: 3\r\n\r\n", b"abc"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
    ],
)
def test_a_body_that_is_read_is_asked_for(rest, sent, serve, connect):
    client = connect(serve(tell))
    assert client.ask(EXPECTS + rest).status == 100
    assert client.ask(sent).body == b"POST / abc"
    assert client.is_in_step


def test_a_body_that_nobody_reads_is_not_asked_for(serve, connect):
    client = connect(serve(unread))
    answer = client.ask(EXPECTS + b"Content-Length: 3\r\n\r\n")
    assert (answer.status, answer.fields["connection"]) == (200, "close")
    client.send(b"abc" + GET)  # sent all the same
    assert client.rest() == b""


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (EXPECTS + b"Content-Length: 1001\r\n\r\n", 413),
        (EXPECTS + b"Host: localhost\r\nContent-Length: 3\r\n\r\n", 400),
        (EXPECTS.replace(b"localhost", b"evil") + b"Content-Length: 3\r\n\r\n", 400),
    ],
)
def test_a_body_that_is_refused_is_not_asked_for(request_bytes, status, serve, connect):
    client = connect(serve(tell, limits=Limits(body=1000)))
    answer = client.ask(request_bytes)
    assert (answer.status, answer.fields["connection"]) == (status, "close")
    assert client.rest() == b""


@pytest.mark.parametrize(
    "request_bytes",
    [
        EXPECTS + b"\r\n",
        EXPECTS + b"Content-Length: 0\r\n\r\n",
        EXPECTS.replace(b"100-continue", b"miracles") + b"Content-Length: 1\r\n\r\na",
        EXPECTS.replace(b"1.1", b"1.0") + b"Content-Length: 1\r\n\r\na",
    ],
    ids=["no body", "an empty body", "another expectation", "HTTP/1.0"],
)
def test_what_needs_no_asking_is_not_asked_for(request_bytes, serve, connect):
    assert connect(serve(tell)).ask(request_bytes).status == 200


# Unread, and too large


@pytest.mark.parametrize(("size", "kept"), [(1_000_000, True), (1_000_001, False)])
def test_a_little_that_nobody_has_read_is_passed_over(size, kept, serve, connect):
    client = connect(serve(unread))
    client.send(b"POST / HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (HOST, size))
    answer = client.answer()
    assert answer.fields.get("connection") == (None if kept else "close")
    client.send(b"x" * size)
    assert client.is_in_step is kept


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: 1000", b"x" * 1000, 200),
        (b"Content-Length: 1001", b"x" * 1001, 413),
        (b"Content-Length: 999999999999999999", b"x" * 5000, 413),
        (b"Transfer-Encoding: chunked", b"3E8\r\n" + b"x" * 1000 + b"\r\n", 200),
        (b"Transfer-Encoding: chunked", b"3E9\r\n" + b"x" * 1001 + b"\r\n", 413),
        (b"Transfer-Encoding: chunked", b"1\r\nx\r\n" * 1001, 413),
        (b"Transfer-Encoding: chunked", b"fffffffffffffff\r\n" + b"x" * 5000, 413),
    ],
)
def test_a_body_has_a_limit(head, body, status, serve, connect):
    client = connect(serve(tell, limits=Limits(body=1000)))
    end = b"0\r\n\r\n" if status == 200 and b"chunked" in head else b""
    client.send(b"POST / HTTP/1.1\r\n" + HOST + head + b"\r\n\r\n" + body + end)
    assert client.answer().status == status
    assert client.is_in_step is (status == 200)


def test_the_log_names_a_request_whose_body_was_too_large(serve, connect):
    lines: list[str] = []
    client = connect(serve(tell, limits=Limits(body=1), log=lines.append))
    assert client.ask(EXPECTS + b"Content-Length: 2\r\n\r\n").status == 413
    assert client.rest() == b""  # the log is told after the client
    assert lines == ["POST / HTTP/1.1 413"]


def test_an_endless_body_takes_no_memory(serve, connect):
    """The app reads and forgets 100 MB; the most that is held at once is little."""
    peak = []

    def app(environ, start_response):
        tracemalloc.start()
        while environ["wsgi.input"].read(10_000):
            pass
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        return said("read")(environ, start_response)

    client = connect(serve(app))
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    client.send(CHUNKED)
    for _ in range(100):
        client.send(chunk)
    assert client.ask(b"0\r\n\r\n").body == b"read"
    assert peak[0] < 2_000_000
    assert client.ask(LAST).status == 200


def test_a_client_that_sends_for_ever_after_a_refusal_is_left(serve, connect):
    client = connect(serve(tell, limits=Limits(body=10)))
    client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 11\r\n\r\n")
    assert client.answer().status == 413
    gone = threading.Event()

    def flood() -> None:
        try:
            while True:
                client.send(bytes(65536))
        except OSError:
            gone.set()

    flooding = threading.Thread(target=flood, daemon=True)
    flooding.start()
    assert gone.wait(LIMIT)
    flooding.join(LIMIT)
