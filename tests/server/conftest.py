"""The server of each test: on a port of its own, and gone afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from wire import LIMIT, Client, hello, is_free

from nbflask.server import Server


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(LIMIT)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(app: Callable = hello, **kwargs) -> Server:
        server = Server(lambda: app, port=kwargs.pop("port", 0), **kwargs)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()
        assert is_free(server.port)


@pytest.fixture
def connect() -> Iterator[Callable[[Server], Client]]:
    """Connects to servers, and closes all that in the end."""
    opened: list[Client] = []

    def connect(server: Server) -> Client:
        opened.append(Client(server))
        return opened[-1]

    yield connect
    for client in opened:
        client.socket.close()
