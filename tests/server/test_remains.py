"""What a server leaves behind: nothing, whatever its clients have done."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from wire import GET, HOST, LAST, Client, ask, serving_threads, tell, until

from nbflask.server import Limits, Server

POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def asks(client: Client) -> None:
    assert client.ask(GET).status == 200


def asks_often(client: Client) -> None:
    client.send(GET * 5)
    for _ in range(5):
        assert client.answer().status == 200


def asks_once(client: Client) -> None:
    client.send(LAST)
    assert client.rest()


def says_nothing(client: Client) -> None:
    pass


def says_half(client: Client) -> None:
    client.send(GET[:-3])


def says_nonsense(client: Client) -> None:
    client.send(b"nonsense\r\n\r\n" + GET)
    assert client.answer().status == 400


def ends_within_a_body(client: Client) -> None:
    client.send(POST + b"Content-Length: 5\r\n\r\nabc")


def ends_within_a_chunk(client: Client) -> None:
    client.send(CHUNKED + b"5\r\nabc")
    client.end()


def breaks_a_chunk(client: Client) -> None:
    assert client.ask(CHUNKED + b"zz\r\n").status == 400


def never_listens(client: Client) -> None:
    client.send(GET)


def resets(client: Client) -> None:
    client.send(GET)
    linger = b"\1\0\0\0\0\0\0\0"
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


KINDS: list[Callable[[Client], None]] = [
    asks,
    asks_often,
    asks_once,
    says_nothing,
    says_half,
    says_nonsense,
    ends_within_a_body,
    ends_within_a_chunk,
    breaks_a_chunk,
    never_listens,
    resets,
]


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_a_thousand_connections_of_all_kinds_leave_nothing(serve):
    server = serve(tell)

    def visit(number: int) -> None:
        with Client(server) as client:
            KINDS[number % len(KINDS)](client)

    def visits(count: int) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(visit, range(count)))
        until(lambda: not serving_threads())

    visits(100)  # what is made once
    before = threading.active_count(), files(), objects()
    visits(1000)
    threads, open_files, kept = threading.active_count(), files(), objects()
    assert (threads, open_files) == before[:2]
    assert kept - before[2] < 100


@pytest.mark.parametrize("stays", [False, True], ids=["new clients", "one that stays"])
def test_fifty_restarts_leave_nothing_and_keep_the_port(stays, serve, connect):
    server = serve(tell)
    port = server.port
    counts = []
    for _ in range(50):
        client = connect(server)
        assert client.ask(GET).status == 200
        if not stays:
            client.socket.close()
        server.restart()
        assert not serving_threads()
        assert server.port == port
        if stays:
            assert client.rest() == b""
            client.socket.close()
        assert ask(server)[0] == 200  # its thread has begun
        until(lambda: not serving_threads())
        counts.append((threading.active_count(), files()))
    assert set(counts[1:]) == {counts[0]}


def test_a_stopped_server_can_be_forgotten_though_clients_were_there(connect):
    import weakref

    server = Server(lambda: tell, port=0).start()
    client = connect(server)
    client.send(b"nonsense\r\n\r\n")
    assert client.answer().status == 400  # its thread lingers
    connect(server)  # and this one asks nothing
    assert server.stop() is True
    gone = weakref.ref(server)
    del server
    gc.collect()
    assert gone() is None
    assert not serving_threads()


def test_a_request_that_comes_just_before_the_stop_is_answered(serve, connect):
    """Also on a connection that was not accepted yet."""
    server = serve(tell, limits=Limits())
    for _ in range(50):
        clients = [connect(server) for _ in range(4)]
        stopping = threading.Thread(target=server.stop)
        for each in clients:
            each.send(GET)
        stopping.start()
        assert [each.answer().body for each in clients] == [b"GET / "] * 4
        stopping.join()
        server.start()


def test_a_request_that_comes_just_after_the_stop_is_answered(
    serve, connect, monkeypatch
):
    """Who has just connected may ask, once."""
    monkeypatch.setattr("nbflask.server.connections.NEW_SECONDS", 5.0)
    server = serve(tell)
    client = connect(server)
    until(serving_threads)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    until(lambda: not server.running)
    assert client.ask(GET).body == b"GET / "
    assert client.rest() == b""
    client.socket.close()
    stopping.join()


@pytest.mark.parametrize("stays", [False, True], ids=["new clients", "ones that stay"])
def test_a_restart_turns_nobody_away(stays, serve, monkeypatch):
    """Each request of clients that come all the while is answered."""
    monkeypatch.setattr("nbflask.server.connections.NEW_SECONDS", 5.0)
    server = serve(tell)
    over = threading.Event()
    request = GET if stays else LAST
    answered = [0] * 4

    def visit(number: int) -> None:
        while not over.is_set():
            with Client(server) as client:
                kept = True
                while kept and not over.is_set():
                    try:
                        answer = client.ask(request)
                    except (AssertionError, ConnectionError):
                        assert stays  # it was closed between two requests
                        assert not client.ahead
                        break
                    kept = answer.fields.get("connection") != "close"
                    answered[number] += 1

    with ThreadPoolExecutor(4) as pool:
        visits = [pool.submit(visit, number) for number in range(4)]
        for _ in range(20):
            server.restart()
        before = list(answered)
        until(
            lambda: all(now > then for now, then in zip(answered, before, strict=True))
        )
        over.set()
        for each in visits:
            each.result()
