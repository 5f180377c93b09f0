"""What holds for any input: requests cut anywhere, and what only looks like one."""

from __future__ import annotations

import re
from contextlib import suppress

import h11
import pytest
from generated import cut, mutations, requests
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.wsgi import get_input_stream
from wire import (
    LAST,
    Anyone,
    Client,
    reader_of,
    serving_threads,
    statuses,
    talk,
    tell,
    until,
)

Asked = tuple[str, str, bytes]  # method, target, body


def undated(environ, start_response):
    """Answer always the same to the same request."""
    body = get_input_stream(environ).read()
    told = f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} ".encode("latin-1")
    start_response("200 OK", [("Date", "today"), ("X", str(len(body)))])
    return [told, body]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_requests_are_answered_in_any_pieces_as_they_are_one_by_one(data):
    each = data.draw(st.lists(requests(), min_size=1, max_size=5))
    pieces = data.draw(cut(b"".join(each)))
    assert talk(pieces, undated) == b"".join(talk([one], undated) for one in each)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_whatever_comes_is_understood_the_same_in_any_pieces(data):
    whole = data.draw(mutations())
    pieces = data.draw(cut(whole))
    assert heard_here([whole]) == heard_here(pieces)
    assert statuses(talk([whole])) == statuses(talk(pieces))


def heard_here(pieces: list[bytes]) -> list[Asked]:
    """Return the requests that the app hears of with their whole bodies."""
    heard = []

    def app(environ, start_response):
        body = get_input_stream(environ).read()
        method, target = environ["REQUEST_METHOD"], environ["REQUEST_URI"]
        heard.append((method, target, body))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    talk(pieces, app, Anyone)
    return heard


def heard_by_h11(whole: bytes) -> tuple[list[Asked], bool]:
    """Return the requests that a strict parser finds, and whether it looked for more.

    It is shown each without an empty line before it, which it does not take
    (RFC 9112, 2.2: it should).
    """
    heard: list[Asked] = []
    with suppress(h11.RemoteProtocolError):
        while whole:
            connection = h11.Connection(h11.SERVER, max_incomplete_event_size=100_000)
            connection.receive_data(whole.removeprefix(b"\r\n"))
            asked = next_of(connection)
            if asked is None:
                break
            heard.append(asked)
            if connection.their_state is h11.MUST_CLOSE:
                return heard, False
            whole = connection.trailing_data[0]
    return heard, True


def next_of(connection: h11.Connection) -> Asked | None:
    body = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            asked = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return asked.method.decode(), asked.target.decode("latin-1"), body
        else:
            return None


#: What h11 refuses and the server takes besides: a space before a chunk's extension
#: (RFC 9112, 7.1.1), and targets with bytes beyond ASCII, as curl sends them. And what
#: the server answers without the app.
DELIBERATE = re.compile(
    rb"[0-9a-fA-F][ \t]+;|[ /][^\r]*[\x80-\xff][^\r]* HTTP/1|OPTIONS \* "
)


@settings(max_examples=1000, deadline=None)
@given(mutations().filter(lambda whole: not DELIBERATE.search(whole)))
def test_no_request_is_heard_that_a_strict_parser_does_not_hear(whole):
    """Neither another one, nor one with another body: nothing can be smuggled."""
    here, (there, looked_on) = heard_here([whole]), heard_by_h11(whole)
    assert here[: len(there)] == there[: len(here)]
    assert len(here) <= len(there) or not looked_on


@pytest.mark.parametrize("app", [tell, undated])
def test_no_mutation_is_an_error_of_the_server_or_leaves_a_thread(app, serve):
    """It is answered by what the client did wrong, and then the connection ends, or it
    goes on in step: the next request gets its answer and no other."""
    server = serve(app)

    @settings(max_examples=200, deadline=None)
    @given(mutations())
    def holds(whole: bytes) -> None:
        with Client(server) as client:
            client.send(whole)
            client.send(LAST)
            client.end()
            answers = client.rest()
        reader = reader_of(answers)
        reader.ahead = reader.rest()
        while reader.ahead:
            answer = reader.answer()
            assert answer.status < 500 or answer.status in (501, 505)
            if answer.body.startswith(b"GET /marker "):
                assert not reader.ahead

    holds()
    until(lambda: not serving_threads())
