"""Clients that are slow, idle or many: hung up on, and nobody else suffers."""

from __future__ import annotations

import socket
import threading
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import Any

import pytest
from wire import GET, HOST, LIMIT, Gate, ask, hello, serving_threads, tell, until

from nbflask.server import Limits
from nbflask.server.answering import Answer
from nbflask.server.bodies import Body
from nbflask.server.connections import Connection
from nbflask.server.reading import Gone, Head, Source

SOON = 0.05
BEGUN = b"POST / HTTP/1.1\r\n" + HOST
#: The modules that wait for what comes, and for what goes.
HAPPENS = {"comes": "reading", "goes": "answering"}


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


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (GET[:-2], b"A: b\r\n"),
        (BEGUN + b"Content-Length: 1000\r\n\r\n", b"x"),
        (BEGUN + b"Transfer-Encoding: chunked\r\n\r\n3E8\r\n", b"x"),
        (BEGUN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (BEGUN + b"Transfer-Encoding: chunked\r\n\r\n5;a=", b"b"),
        (BEGUN + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", b"b"),
    ],
    ids=["head", "of known length", "chunk", "chunks", "extension", "trailer"],
)
@pytest.mark.parametrize("app", [tell, hello], ids=["read", "not read"])
def test_what_drips_is_hung_up_on_though_something_comes(
    begun, drop, app, serve, connect, capfd
):
    client = connect(serve(app, limits=Limits(head_seconds=SOON, stall=SOON)))
    client.send(begun)
    pause = threading.Event()
    deadline = monotonic() + LIMIT
    with pytest.raises(OSError, match=r"reset|[Bb]roken|abort"):  # noqa: PT012
        while monotonic() < deadline:
            client.send(drop)
            pause.wait(SOON / 2)
    until(lambda: not serving_threads())
    assert capfd.readouterr().err == ""


class SlowWire:
    """Brings or takes pieces of some bytes in some seconds each, by its own clock."""

    def __init__(self, steps: list[tuple[int, float]]) -> None:
        self.steps = steps
        self.clock, self.waited = 1000.0, 0.0
        wire: Any = self
        self.connection = Connection(wire, ("127.0.0.1", 2))

    def recv(self, size: int) -> bytes:
        return bytes(self._wait())

    def sendall(self, data: bytes) -> None:
        self._wait()

    def _wait(self) -> int:
        size, seconds = self.steps.pop(0)
        self.clock += seconds
        self.waited += seconds
        if self.connection.until < self.clock:
            raise OSError("hung up on")
        return size


FAST = (65_536, 0.0)
#: What comes or goes in so many seconds each, and how long that may go on in all.
AT_A_RATE = pytest.mark.parametrize(
    ("steps", "most"),
    [
        ([(1, 1.0)], 31),
        ([(1, 20.0)], 40),
        ([(1, 0.01)], 38),
        ([(100, 1.0)], 39),
        ([(450, 1.0)], 301),
        ([(100_000, 31.0)], 31),
        ([FAST] * 100 + [(1, 1.0)] * 100, 31),
        ([(1, 29.0), (20, 0.0)], 58),
        ([(500, 1.0)], inf),
        ([(100, 0.05)], inf),  # 2 kB a second
        ([(15_000, 29.0)], inf),
        ([(1, 29.0), (15_000, 0.0)], inf),
        ([(1, 0.0)], inf),
    ],
)


@pytest.mark.parametrize("thinks", [0.0, 100.0], ids=["quick app", "slow app"])
@pytest.mark.parametrize("way", ["comes", "goes"])
@AT_A_RATE
def test_a_body_comes_and_an_answer_goes_at_a_least_rate(
    steps, most, way, thinks, monkeypatch
):
    """However long the app takes itself."""
    steps = steps * 5000 if len(steps) < 3 else [*steps]
    wire, sizes = SlowWire(steps), [size for size, _ in steps]
    monkeypatch.setattr(f"nbflask.server.{HAPPENS[way]}.monotonic", lambda: wire.clock)
    body = Body(Source(wire.connection, Limits()), sum(sizes) if way == "comes" else 0)
    answer = Answer(wire.connection, Head("GET", "/", "", {}), body, Limits())
    with nullcontext() if most == inf else pytest.raises(Gone):
        for size in sizes:
            if way == "comes":
                assert len(body.take(10**6)) == size
            else:
                answer.put(bytes(size))
            wire.clock += thinks
    assert wire.waited <= most


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("size", [1000, 1_000_000])
@pytest.mark.parametrize("drop", [0, 1], ids=["nothing", "a drop"])
def test_a_client_that_hardly_reads_is_hung_up_on(size, drop, framed, serve, connect):
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(10**9))] if framed else [])
        try:
            for _ in range(10**9 // size):
                yield bytes(size)
        finally:
            closed.set()

    client = connect(serve(app, limits=Limits(stall=SOON)))
    client.send(GET)
    deadline = monotonic() + LIMIT
    while not closed.wait(SOON / 2):
        assert monotonic() < deadline
        if drop:
            client.socket.recv(drop)
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
