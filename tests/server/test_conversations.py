"""Many requests on one connection: kept, closed, pipelined, cut anywhere."""

from __future__ import annotations

import socket
import threading

import pytest
from wire import GET, HOST, LAST, LIMIT, hello, reader_of, talk, tell

POST = b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc"
CHUNKED = (
    b"POST /c HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
)

# Kept or closed


@pytest.mark.parametrize(
    ("version", "field", "kept"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: keep-alive\r\n", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: CLOSE\r\n", False),
        (b"1.1", b"Connection: x, Close ,y\r\n", False),
        (b"1.1", b"Connection: keep-alive\r\nConnection: close\r\n", False),
        (b"1.1", b"Connection: closed\r\n", True),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: keep-alive\r\n", True),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
        (b"1.0", b"Connection: close\r\n", False),
        (b"1.0", b"Connection: keep-alive, close\r\n", False),
    ],
)
def test_a_connection_is_kept_as_the_client_wishes(
    version, field, kept, serve, connect
):
    client = connect(serve(tell))
    request = b"GET / HTTP/" + version + b"\r\n" + HOST + field + b"\r\n"
    for _ in range(3 if kept else 1):
        answer = client.ask(request)
        assert (answer.status, answer.body) == (200, b"GET / ")
        told = answer.fields.get("connection")
        assert told == ("close" if not kept else None if version == b"1.1" else told)
        assert told in ((None, "keep-alive") if kept else ("close",))
    assert client.is_in_step is kept


def test_an_app_may_end_the_connection(serve, connect):
    def app(environ, start_response):
        start_response("200 OK", [("Connection", "close"), ("Content-Length", "2")])
        return [b"by"]

    client = connect(serve(app))
    assert client.ask(GET).fields["connection"] == "close"
    assert client.rest() == b""


def test_an_app_cannot_say_what_is_the_servers(serve, connect):
    def app(environ, start_response):
        fields = [("Transfer-Encoding", "gzip"), ("Keep-Alive", "x"), ("Upgrade", "x")]
        start_response("200 OK", [*fields, ("Connection", "keep-alive")])
        return [b"by"]

    client = connect(serve(app))
    answer = client.ask(GET)
    assert answer.body == b"by"
    assert not {"keep-alive", "upgrade", "connection"} & {*answer.fields}


@pytest.mark.parametrize(
    "gap", [b"\r\n", b""], ids=["an empty line between", "nothing between"]
)
def test_an_empty_line_before_a_request_does_no_harm(gap, serve, connect):
    client = connect(serve(tell))
    for request in (POST, GET, CHUNKED):
        assert client.ask(request + gap).status == 200
    assert client.is_in_step


# Pipelined


def test_a_hundred_requests_in_one_packet_are_answered_in_order(serve, connect):
    client = connect(serve(tell))
    wanted = [b"GET /%d " % number for number in range(100)]
    client.send(b"".join(b"%bHTTP/1.1\r\n%b\r\n" % (each, HOST) for each in wanted))
    assert [client.answer().body for _ in wanted] == wanted
    assert client.is_in_step


@pytest.mark.parametrize("first", [POST, CHUNKED], ids=["of known length", "chunked"])
@pytest.mark.parametrize("reads", [True, False], ids=["read", "not read"])
def test_a_body_and_the_next_request_in_one_packet(first, reads, serve, connect):
    client = connect(serve(tell if reads else hello))
    client.send(first + GET + LAST)
    bodies = [client.answer().body for _ in range(3)]
    assert len(bodies) == 3
    if reads:
        assert bodies[1:] == [b"GET / ", b"GET /marker "]
    assert client.rest() == b""


STREAM = POST + GET + CHUNKED + b"HEAD /h HTTP/1.1\r\n" + HOST + b"\r\n" + LAST
ANSWERS = [
    ("POST", b"POST /a abc"),
    ("GET", b"GET / "),
    ("POST", b"POST /c abc0123456789"),
    ("HEAD", b""),
    ("GET", b"GET /marker "),
]


def are_right(answers: bytes) -> bool:
    reader = reader_of(answers)
    return [(method, reader.answer(method).body) for method, _ in ANSWERS] == ANSWERS


def test_requests_may_be_cut_at_every_position():
    for at in range(len(STREAM)):
        assert are_right(talk([STREAM[:at], STREAM[at:]])), STREAM[:at]


def test_requests_may_come_byte_by_byte():
    assert are_right(talk(bytes([each]) for each in STREAM))


def test_requests_may_be_cut_at_every_position_of_a_socket(serve, connect):
    server = serve(tell)
    for at in range(1, len(STREAM), 7):
        client = connect(server)
        client.send(STREAM[:at], STREAM[at:])
        assert are_right(client.rest()), STREAM[:at]


def test_an_answer_that_ends_the_connection_arrives_though_more_was_asked(
    serve, connect
):
    server = serve(tell)
    for _ in range(50):
        client = connect(server)
        client.send(LAST)
        client.send(GET * 20)
        assert client.answer().body == b"GET /marker "
        assert client.rest() == b""


# Half closed, and gone


def test_a_client_that_has_said_all_still_hears_all(serve, connect):
    client = connect(serve(tell))
    client.send(POST + GET)
    client.end()
    assert [client.answer().body for _ in range(2)] == [b"POST /a abc", b"GET / "]
    assert client.rest() == b""


@pytest.mark.parametrize("cut", range(1, 60, 4))
def test_a_client_that_ends_within_a_head_hears_nothing(cut, serve, connect):
    client = connect(serve(tell))
    client.send(POST[:cut] if cut < POST.index(b"\r\n\r\n") else GET[:-1])
    client.end()
    assert client.rest() == b""


@pytest.mark.parametrize("request_bytes", [POST[:-1], CHUNKED[:-3], CHUNKED[:-1]])
def test_a_body_that_ends_early_is_no_body(request_bytes, serve, connect, capfd):
    client = connect(serve(tell))
    client.send(request_bytes)
    client.end()
    answer = client.answer()
    assert (answer.status, answer.fields["connection"]) == (400, "close")
    assert client.rest() == b""
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_stream_ends_when_its_client_has_gone(how, serve, connect):
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    client = connect(serve(app))
    client.send(GET)
    assert client.socket.recv(10)
    if how == "reset":
        linger = b"\1\0\0\0\0\0\0\0"
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.socket.close()
    assert closed.wait(LIMIT)
