"""The asking process: python -m tests.benchmarks.server.client.

For each line `PORT CONNECTIONS SECONDS` of its input it asks, and writes the requests
per second and their median seconds as JSON.
"""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import sys
from time import perf_counter

from .servers import HELLO

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Conversation:
    """One connection, made anew when the server closes it."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port = port
        self._selector = selector
        self._connect()

    def ask(self) -> None:
        self._came = b""
        self._asked = perf_counter()
        self._socket.sendall(REQUEST)

    def hear(self) -> float | None:
        """Read what has come. Returns how long the answer took, if that was all."""
        more = self._socket.recv(65536)
        self._came += more
        ended = self._came.endswith(HELLO.encode())
        if more and not ended:
            return None
        took = perf_counter() - self._asked
        self._check()
        if b"\r\nConnection: close\r\n" in self._came:
            self._selector.unregister(self._socket)
            self._socket.close()
            began = perf_counter()
            self._connect()
            took += perf_counter() - began  # each of its requests has to
        return took

    def close(self) -> None:
        self._socket.close()

    def _check(self) -> None:
        """A wrong answer must not win a race."""
        head, _, body = self._came.partition(b"\r\n\r\n")
        right = head.startswith(b"HTTP/1.1 200 ") and body == HELLO.encode()
        assert right, self._came

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, selectors.EVENT_READ, self)


def measure(port: int, connections: int, seconds: float) -> tuple[float, float]:
    """Return requests per second, and the median of their seconds."""
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        each = [Conversation(port, selector) for _ in range(connections)]
        begun = perf_counter()
        for one in each:
            one.ask()
        while perf_counter() - begun < seconds:
            for key, _ in selector.select(seconds):
                if (took := key.data.hear()) is not None:
                    times.append(took)
                    key.data.ask()
        passed = perf_counter() - begun
    for one in each:
        one.close()
    return len(times) / passed, statistics.median(times)


def main() -> None:
    for line in sys.stdin:
        port, connections, seconds = line.split()
        told = measure(int(port), int(connections), float(seconds))
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
