"""Requests over real sockets: right answers to right requests."""

from __future__ import annotations

import http.client
import io
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from wire import LIMIT, Gate, ask, echo, hello, said, send, tell, until, with_host

from nbflask.server import Server

# Requests


def test_the_app_is_resolved_once_for_each_request():
    apps = iter([said("first"), said("second"), said("third")])
    with Server(lambda: next(apps), port=0) as server:
        assert [ask(server)[1] for _ in range(3)] == [b"first", b"second", b"third"]


def test_fifty_requests_from_eight_threads_are_all_answered(serve):
    server = serve(echo)

    def post(number: int) -> bytes:
        return ask(server, "POST", body=str(number).encode())[1]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(50)))
    assert answers == [f"POST {number}".encode() for number in range(50)]


def test_a_waiting_request_does_not_hold_up_others():
    gate = Gate()
    apps = iter([gate, hello])
    with Server(lambda: next(apps), port=0) as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, server)
        assert gate.entered.wait(LIMIT)
        assert ask(server)[0] == 200
        gate.opened.set()
        assert waiting.result(LIMIT)[0] == 200


def test_head_has_headers_and_no_body(serve):
    answer = send(serve(echo), b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"Content-Length: 5" in head
    assert body == b""


def test_a_chunked_body_arrives_whole(serve):
    chunks = iter([b"one ", b"two ", b"three"])
    status, body, _ = ask(serve(echo), "POST", body=chunks, encode_chunked=True)
    assert (status, body) == (200, b"POST one two three")


def test_a_streamed_answer_arrives_chunk_by_chunk(serve):
    def stream(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        assert seen.wait(LIMIT)
        yield b"second"

    seen = threading.Event()
    server = serve(stream)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.request("GET", "/")
    response = connection.getresponse()
    assert response.read(5) == b"first"
    seen.set()
    assert response.read() == b"second"
    connection.close()


def test_the_answers_body_is_closed(serve):
    closed = threading.Event()

    class Body(list):
        def close(self) -> None:
            closed.set()

    def app(environ, start_response):
        hello(environ, start_response)
        return Body([b"hello"])

    ask(serve(app))
    assert closed.wait(LIMIT)


def test_each_answer_gives_the_log_one_line(serve):
    lines: list[str] = []
    server = serve(log=lines.append)
    ask(server, path="/a?q=100%25")
    with_host(server, b"evil.example")
    send(server, b"GET /\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert lines == [
        "GET /a?q=100%25 HTTP/1.1 200",
        "GET / HTTP/1.1 400",
        r"GET /\x1b[31m HTTP/1.1 400",
    ]


def test_the_log_may_be_a_file(serve):
    file = io.StringIO()
    ask(serve(log=file.write))
    until(file.getvalue)  # the log is told after the client
    assert file.getvalue() == "GET / HTTP/1.1 200"


def test_without_a_log_the_server_is_silent(serve, capfd):
    ask(serve())
    assert capfd.readouterr() == ("", "")


# For the server as a whole (RFC 9110, 9.3.7)

OPTIONS = b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    "rest",
    [b"\r\n", b"Content-Length: 3\r\n\r\nabc", b"Expect: 100-continue\r\n\r\n"],
)
def test_what_the_server_can_do_is_asked_without_the_app(rest, serve, connect):
    lines: list[str] = []
    client = connect(serve(tell, log=lines.append))
    answer = client.ask(OPTIONS + rest)
    methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    assert (answer.status, answer.fields["allow"]) == (200, methods)
    assert answer.body.decode() == f"{methods}\n"
    assert client.is_in_step
    assert lines[0] == "OPTIONS * HTTP/1.1 200"


def test_what_the_server_can_do_is_not_for_everyone(serve):
    server = serve(token="secret")
    assert send(server, OPTIONS + b"\r\n").startswith(b"HTTP/1.1 401 ")
    foreign = OPTIONS.replace(b"localhost", b"evil.example")
    assert send(server, foreign + b"\r\n").startswith(b"HTTP/1.1 400 ")


# Errors


def fails_at_once(environ, start_response):
    raise ValueError("oh no")


def fails_late(environ, start_response):
    start_response("200 OK", [])
    raise ValueError("oh no")
    yield


def exits(environ, start_response):
    sys.exit("oh no")


def exits_late(environ, start_response):
    start_response("200 OK", [])
    sys.exit("oh no")
    yield


@pytest.mark.parametrize("broken", [fails_at_once, fails_late, exits, exits_late])
def test_an_exception_is_a_500_and_the_next_request_works(broken, capfd):
    apps = iter([broken, hello])
    with Server(lambda: next(apps), port=0) as server:
        status, body, _ = ask(server)
        assert (status, b"oh no" in body) == (500, False)
        assert ask(server)[0] == 200
    assert "oh no" in capfd.readouterr().err


def test_an_error_in_finding_the_app_is_a_500(capfd):
    apps: list[Callable] = []
    with Server(lambda: apps[0], port=0) as server:
        assert ask(server)[0] == 500
        apps.append(hello)
        assert ask(server)[0] == 200
    assert "IndexError" in capfd.readouterr().err


def test_a_stream_that_breaks_off_is_seen_as_broken(serve, capfd):
    def breaks(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"some"
        raise ValueError("oh no")

    server = serve(breaks)
    with pytest.raises(http.client.IncompleteRead):
        ask(server)
    server.stop()
    assert "oh no" in capfd.readouterr().err


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_malformed_request_does_no_harm(request_bytes, serve, capfd):
    server = serve(echo)
    assert b" 200 OK" not in send(server, request_bytes)
    assert ask(server)[0] == 200
