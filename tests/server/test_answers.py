"""How an app's answer is framed, and what becomes of one that cannot be."""

from __future__ import annotations

import sys
import threading

import pytest
from wire import GET, HOST, hello, reader_of, said, talk, tell

GET_OLD = b"GET / HTTP/1.0\r\n" + HOST + b"\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
HELLO = ("Content-Length", "5")


def streamed(*pieces, status="200 OK", fields=()):
    def app(environ, start_response):
        start_response(status, list(fields))
        return iter(pieces)

    return app


def marked(app):
    """Return an app that knows how to answer the marker."""

    def either(environ, start_response):
        asked = tell if environ["PATH_INFO"] == "/marker" else app
        return asked(environ, start_response)

    return either


# How the end of a body is told

BODYLESS = ["204 No Content", "304 Not Modified"]


@pytest.mark.parametrize(
    ("app", "request_bytes", "told", "body"),
    [
        (streamed(b"hello", fields=[HELLO]), GET, {"content-length": "5"}, b"hello"),
        (streamed(b"he", b"llo"), GET, {"transfer-encoding": "chunked"}, b"hello"),
        (streamed(b"", b"hello", b""), GET, {"transfer-encoding": "chunked"}, b"hello"),
        (streamed(), GET, {"content-length": "0"}, b""),
        (streamed(b""), GET, {"content-length": "0"}, b""),
        (streamed(b"he", b"llo"), GET_OLD, {"connection": "close"}, b"hello"),
        (
            streamed(b"hello", fields=[HELLO]),
            GET_OLD,
            {"content-length": "5", "connection": "close"},
            b"hello",
        ),
        (streamed(b"hello", fields=[HELLO]), HEAD, {"content-length": "5"}, b""),
        (streamed(fields=[HELLO]), HEAD, {"content-length": "5"}, b""),
        (streamed(b"he", b"llo"), HEAD, {"transfer-encoding": "chunked"}, b""),
        (streamed(), HEAD, {}, b""),
        *((streamed(b"hello", status=each), GET, {}, b"") for each in BODYLESS),
        *((streamed(status=each), GET, {}, b"") for each in BODYLESS),
        (streamed(b"hello", status="204 No", fields=[HELLO]), GET, {}, b""),
        (
            streamed(b"hello", status="304 Not", fields=[HELLO]),
            GET,
            {"content-length": "5"},
            b"",
        ),
    ],
)
def test_an_answer_ends_where_the_client_can_tell(
    app, request_bytes, told, body, serve, connect
):
    client = connect(serve(marked(app)))
    answer = client.ask(request_bytes)
    framing = {"content-length", "transfer-encoding", "connection"}
    assert {k: v for k, v in answer.fields.items() if k in framing} == told
    assert answer.body == body
    assert client.is_in_step is (request_bytes is not GET_OLD)


def test_an_old_client_that_stays_hears_of_a_length_or_of_the_end(serve, connect):
    stays = GET_OLD.replace(HOST, HOST + b"Connection: keep-alive\r\n")
    client = connect(serve(marked(streamed(b"hello", fields=[HELLO]))))
    assert client.ask(stays).fields["connection"] == "keep-alive"
    assert client.is_in_step
    client = connect(serve(streamed(b"he", b"llo")))
    assert client.ask(stays).fields["connection"] == "close"


@pytest.mark.parametrize("sent", [b"hell", b""])
@pytest.mark.parametrize("request_bytes", [GET, GET_OLD])
def test_a_body_that_is_too_short_is_seen_as_cut_off(
    sent, request_bytes, serve, connect, capfd
):
    client = connect(serve(streamed(sent, fields=[HELLO])))
    client.send(request_bytes)
    with pytest.raises(AssertionError, match="cut off"):
        client.answer()
    assert client.rest() == sent
    assert "shorter than its Content-Length" in capfd.readouterr().err


@pytest.mark.parametrize("pieces", [(b"hello!",), (b"hello", b"!"), (b"hel", b"lo!")])
def test_a_body_that_is_too_long_is_cut_and_ends_the_connection(
    pieces, serve, connect, capfd
):
    client = connect(serve(streamed(*pieces, fields=[HELLO])))
    assert client.ask(GET).body == b"hello"
    assert client.rest() == b""
    assert "longer than its Content-Length" in capfd.readouterr().err


def test_an_answer_after_which_a_client_waits_for_another_ends_the_connection(
    serve, connect
):
    client = connect(serve(streamed(b"x", status="103 Early Hints", fields=[HELLO])))
    client.send(GET)
    head = client.rest()
    assert head.endswith(b"\r\nConnection: close\r\n\r\n")
    assert b"Content-Length" not in head


def test_a_date_and_a_name_are_added_unless_the_app_has_its_own():
    reader = reader_of(talk([GET], hello))
    assert {"date", "server"} <= {*reader.answer().fields}
    own = said("", "200 OK", ("Date", "today"), ("Server", "mine"))
    answer = talk([GET], own)
    assert (answer.count(b"Date:"), answer.count(b"Server:")) == (1, 1)


# What cannot be sent

NOTHING_STARTED = "without calling start_response"


def never_starts(environ, start_response):
    return [b"hello"]


def starts_twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return [b"hello"]


def fails_to_end(environ, start_response):
    start_response("200 OK", [])
    yield b""
    raise ValueError("oh no")


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (said("x", "200 OK", ("X", "a\r\nSet-Cookie: b")), "line end"),
        (said("x", "200 OK", ("X", "a\nSet-Cookie: b")), "line end"),
        (said("x", "200 OK", ("X", "a\r")), "line end"),
        (said("x", "200 OK", ("X", "a\0")), "NUL"),
        (said("x", "200 OK", ("X\r\nY", "a")), "no name"),
        (said("x", "200 OK", ("X Y", "a")), "no name"),
        (said("x", "200 OK", ("X:", "a")), "no name"),
        (said("x", "200 OK", ("", "a")), "no name"),
        (said("x", "200 OK", ("É", "a")), "no name"),
        (said("x", "200 OK", ("X", "€")), "UnicodeEncodeError"),
        (said("x", "200 OK\r\nSet-Cookie: b"), "no status"),
        (said("x", "200 OK\n"), "no status"),
        (said("x", "OK"), "no status"),
        (said("x", "0 OK"), "no status"),
        (said("x", ""), "no status"),
        (said("x", "200 OK", HELLO, HELLO), "two Content-Lengths"),
        (said("x", "200 OK", ("Content-Length", "1, 1")), "no Content-Length"),
        (said("x", "200 OK", ("Content-Length", "-1")), "no Content-Length"),
        (said("x", "200 OK", ("Content-Length", "²")), "no Content-Length"),
        (streamed("text"), "a str, not bytes"),
        (streamed("text", fields=[("Content-Length", "4")]), "a str, not bytes"),
        (streamed(b"", None, 5), "a int, not bytes"),
        (never_starts, NOTHING_STARTED),
        (starts_twice, "called twice"),
        (fails_to_end, "oh no"),
    ],
)
@pytest.mark.parametrize("request_bytes", [GET, GET_OLD, HEAD])
def test_an_answer_that_cannot_be_sent_is_a_500_in_its_place(
    app, reason, request_bytes, serve, connect, capfd
):
    client = connect(serve(marked(app)))
    answer = client.ask(request_bytes)
    assert (answer.status, "x" in answer.fields) == (500, False)
    assert "set-cookie" not in answer.fields
    assert answer.body == (
        b"" if request_bytes is HEAD else b"The app could not answer.\n"
    )
    assert client.is_in_step is (request_bytes is not GET_OLD)
    assert reason in capfd.readouterr().err


# What PEP 3333 lets an app do


def test_an_app_may_write(serve, connect):
    def app(environ, start_response):
        write = start_response("200 OK", [])
        write(b"one ")
        write(b"")
        write(b"two ")
        return [b"three"]

    client = connect(serve(marked(app)))
    assert client.ask(GET).body == b"one two three"
    assert client.is_in_step


def test_an_app_may_think_better_of_it_before_anything_is_sent(serve, connect):
    def app(environ, start_response):
        start_response("200 OK", [("X", "first"), ("Content-Length", "100")])
        try:
            raise ValueError
        except ValueError:
            start_response("418 I'm a teapot", [("Y", "second")], sys.exc_info())
        return [b"short"]

    client = connect(serve(marked(app)))
    answer = client.ask(GET)
    assert (answer.status, answer.body) == (418, b"short")
    assert ("x" in answer.fields, answer.fields["y"]) == (False, "second")
    assert client.is_in_step


def test_an_app_hears_that_it_is_too_late_to_think_better(serve, connect, capfd):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"sent"
        try:
            raise ValueError("oh no")
        except ValueError as error:
            start_response("500 NO", [], (type(error), error, error.__traceback__))

    client = connect(serve(app))
    client.send(GET)
    assert client.rest().endswith(b"4\r\nsent\r\n")
    assert "oh no" in capfd.readouterr().err


class Closing:
    """A body that tells of its end."""

    def __init__(self, *pieces: bytes, fails: bool = False) -> None:
        self.pieces = iter(pieces)
        self.fails = fails
        self.closed = threading.Event()

    def __iter__(self):
        return self

    def __next__(self):
        if self.fails:
            raise ValueError("oh no")
        return next(self.pieces)

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("request_bytes", [GET, HEAD, GET_OLD])
@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "nonsense"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_body_is_closed_whatever_becomes_of_it(request_bytes, status, fails, capfd):
    body = Closing(b"one", b"two", fails=fails)

    def app(environ, start_response):
        if status != "nonsense":
            start_response(status, [])
        return body

    talk([request_bytes], app)
    assert body.closed.is_set()
    capfd.readouterr()


def test_an_endless_body_is_not_made_for_a_head(serve, connect):
    def app(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"x"

    client = connect(serve(marked(app)))
    assert client.ask(HEAD).status == 200
    assert client.is_in_step
