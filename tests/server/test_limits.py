"""Clients that are slow, idle or many: hung up on, and nobody else suffers."""

from __future__ import annotations

import socket
import threading
from time import monotonic

import pytest
from wire import GET, HOST, LIMIT, Gate, ask, hello, serving_threads, tell, until

from nbflask.server import Limits

SOON = 0.05
BEGUN = b"POST / HTTP/1.1\r\n" + HOST


@pytest.fixture(autouse=True)
def _watchful(monkeypatch) -> None:
    monkeypatch.setattr("nbflask.server.background.WATCH_SECONDS", SOON)


def ends(client) -> bytes:
    """Return what is left to hear until the server hangs up, which it has to soon."""
    began = monotonic()
    rest = client.rest()
    assert monotonic() - began < LIMIT / 2
    return rest


# Slow


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        ({"idle": SOON}, b""),
        ({"idle": SOON}, b"\r\n"),
        ({"idle": SOON}, GET),
        ({"head_seconds": SOON}, b"G"),
        ({"head_seconds": SOON}, GET[:-2]),
        ({"head_seconds": SOON}, GET + GET[:-1]),
        ({"stall": SOON}, BEGUN + b"Content-Length: 5\r\n\r\nhell"),
        ({"stall": SOON}, BEGUN + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhell"),
    ],
)
def test_a_client_that_says_no_more_is_hung_up_on(limits, sent, serve, connect, capfd):
    client = connect(serve(tell, limits=Limits(**limits)))
    client.send(sent)
    assert ends(client).count(b" 200 OK") == sent.count(GET)
    until(lambda: not serving_threads())
    capfd.readouterr()


def test_a_head_that_drips_is_hung_up_on_though_something_comes(serve, connect):
    client = connect(serve(tell, limits=Limits(head_seconds=SOON)))
    client.send(GET[:-2])
    pause = threading.Event()
    deadline = monotonic() + LIMIT
    with pytest.raises(OSError, match=r"reset|[Bb]roken|abort"):  # noqa: PT012
        while monotonic() < deadline:
            client.send(b"A: b\r\n")
            pause.wait(SOON / 2)


@pytest.mark.parametrize("framed", [True, False])
def test_a_client_that_never_reads_is_hung_up_on(framed, serve, connect):
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(10**9))] if framed else [])
        try:
            for _ in range(1000):
                yield bytes(1_000_000)
        finally:
            closed.set()

    client = connect(serve(app, limits=Limits(stall=SOON)))
    client.send(GET)
    assert closed.wait(LIMIT)
    until(lambda: not serving_threads())


def test_a_view_may_take_longer_than_a_client(serve, connect):
    """The limits are for clients: an app thinks for as long as it wants."""
    gate = Gate()
    limits = Limits(idle=SOON, head_seconds=SOON, stall=SOON)
    client = connect(serve(gate, limits=limits))
    client.send(GET)
    assert gate.entered.wait(LIMIT)
    slow = connect(serve(hello, limits=limits))
    assert slow.rest() == b""  # one that was late has been hung up on meanwhile
    gate.opened.set()
    assert client.answer().body == b"hello"


def test_an_answer_may_take_long_while_something_of_it_is_read(serve, connect):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "3000000")])
        return [bytes(3_000_000)]

    client = connect(serve(app, limits=Limits(stall=1.0)))
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    assert len(client.ask(GET).body) == 3_000_000


# Many


def test_an_idle_client_makes_room_for_another(serve, connect):
    server = serve(limits=Limits(connections=2))
    clients = []
    for _ in range(3):
        clients.append(connect(server))
        assert clients[-1].ask(GET).status == 200
    first, second, third = clients
    assert first.rest() == b""
    assert second.ask(GET).status == 200
    assert third.ask(GET).status == 200


def test_where_nobody_is_idle_another_is_turned_away(serve, connect):
    gate = Gate()
    server = serve(gate, limits=Limits(connections=1))
    client = connect(server)
    client.send(GET)
    assert gate.entered.wait(LIMIT)
    for sent in (GET, b""):
        other = connect(server)
        other.send(sent)
        answer = other.answer()
        assert (answer.status, answer.fields["retry-after"]) == (503, "1")
        assert other.rest() == b""
    gate.opened.set()
    assert client.answer().body == b"hello"
    until(lambda: ask(server)[0] == 200)  # when the first is idle


def test_many_clients_that_ask_nothing_do_not_keep_others_out(serve, connect):
    server = serve(limits=Limits(connections=5))
    for _ in range(50):
        connect(server)
    assert ask(server)[0] == 200
    until(lambda: len(serving_threads()) <= 5)


def test_one_that_lingers_counts_as_idle(serve, connect, monkeypatch):
    monkeypatch.setattr("nbflask.server.conversation.LINGER", 10 * LIMIT)
    server = serve(limits=Limits(connections=1))
    client = connect(server)
    client.send(b"nonsense\r\n\r\n")
    assert client.answer().status == 400
    until(lambda: ask(server)[0] == 200)  # when it has begun to linger


# Threads


def test_threads_have_names_and_end_with_their_connections(serve, connect):
    server = serve()
    names = {each.name for each in threading.enumerate()}
    assert f"nbflask server on port {server.port}" in names
    clients = [connect(server) for _ in range(3)]
    assert [each.ask(GET).status for each in clients] == [200] * 3
    assert [each.daemon for each in serving_threads()] == [True] * 3
    for each in clients:
        each.socket.close()
    until(lambda: not serving_threads())
