"""What the tests of the server share: plain apps, and clients that send raw bytes."""

from __future__ import annotations

import contextvars
import http.client
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from time import monotonic
from typing import Any

from werkzeug.wsgi import get_input_stream

from nbflask.server import Limits, Server
from nbflask.server.connections import Connection
from nbflask.server.conversation import Conversation, Service
from nbflask.server.guard import Guard

PROJECT = Path(__file__).parent.parent.parent
LIMIT = 10.0  # seconds that a condition may take before a test fails
HOST = b"Host: localhost\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
#: A request that shows by its answer whether server and client are in step.
MARKER = b"GET /marker HTTP/1.1\r\n" + HOST + b"\r\n"
LAST = b"GET /marker HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


# Apps


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def echo(environ, start_response):
    """Answer with the method and the body that came."""
    body = get_input_stream(environ).read()
    text = f"{environ['REQUEST_METHOD']} ".encode() + body
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [text]


def tell(environ, start_response):
    """Answer with all that came: method, target, body."""
    body = get_input_stream(environ).read()
    text = f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} ".encode() + body
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def said(text: str, status: str = "200 OK", *fields: tuple[str, str]) -> Callable:
    def app(environ, start_response):
        start_response(status, list(fields))
        return [text.encode()]

    return app


class Gate:
    """An app whose requests wait inside until the test lets them go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, environ, start_response):
        self.entered.set()
        assert self.opened.wait(LIMIT)
        return hello(environ, start_response)


# Clients


def ask(server: Server, method: str = "GET", path: str = "/", **kwargs):
    """Send one request; return (status, body, headers)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    try:
        connection.request(method, path, **kwargs)
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


def send(server: Server, request: bytes) -> bytes:
    """Send raw bytes; return everything that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def with_host(server: Server, host: bytes, target: bytes = b"/") -> bytes:
    return send(server, b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")


@dataclass
class Answer:
    status: int
    fields: dict[str, str]
    body: bytes


class Reader:
    """Reads answers one after the other from `receive`, as strictly as a proxy does.

    Fails if one is cut off or framed in two ways.
    """

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self.ahead = b""

    def answer(self, method: str = "GET") -> Answer:
        """Read the next answer, that to a request of `method`."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        found = re.fullmatch(r"HTTP/1\.1 ([1-9][0-9]{2})( [ -~]*)?", first)
        assert found, first
        pairs = [re.fullmatch(r"([!#-'*+.^-z|~0-9A-Z-]+): (.*)", ln) for ln in lines]
        assert all(pairs), lines
        fields = {pair[1].lower(): pair[2] for pair in pairs}
        assert len({"content-length", "transfer-encoding"} & {*fields}) < 2, lines
        status = int(found[1])
        if method == "HEAD" or status in (100, 204, 304):
            return Answer(status, fields, b"")
        return Answer(status, fields, self._body(fields))

    def _body(self, fields: dict[str, str]) -> bytes:
        if fields.get("transfer-encoding") == "chunked":
            whole = b""
            while size := int(self._until(b"\r\n"), 16):
                whole += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            assert self._exactly(2) == b"\r\n"
            return whole
        if "content-length" in fields:
            return self._exactly(int(fields["content-length"]))
        assert fields["connection"] == "close"
        return self.rest()

    def rest(self) -> bytes:
        """Read to the end of the connection."""
        with suppress(ConnectionError):
            while more := self._receive():
                self.ahead += more
        rest, self.ahead = self.ahead, b""
        return rest

    def _until(self, end: bytes) -> bytes:
        while end not in self.ahead:
            self._more()
        return self._exactly(self.ahead.index(end) + len(end))

    def _exactly(self, size: int) -> bytes:
        while len(self.ahead) < size:
            self._more()
        taken, self.ahead = self.ahead[:size], self.ahead[size:]
        return taken

    def _more(self) -> None:
        more = self._receive()
        assert more, f"cut off after {self.ahead!r}"
        self.ahead += more


class Client(Reader):
    """A connection to a server. Each of its waits has a limit."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(lambda: self.socket.recv(65536))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def end(self) -> None:
        """Say that nothing more comes, and stay to listen."""
        self.socket.shutdown(socket.SHUT_WR)

    def ask(self, request: bytes) -> Answer:
        self.send(request)
        return self.answer(request.partition(b" ")[0].decode())

    @property
    def is_in_step(self) -> bool:
        """Whether the connection goes on, with the right answer to the next request."""
        try:
            self.send(MARKER)
            answer = self.answer()
        except (OSError, AssertionError):
            assert not self.ahead
            return False
        return (answer.status, answer.body) == (200, b"GET /marker ")


@dataclass
class Wire:
    """A connection without a network, which brings bytes in exactly these pieces."""

    pieces: list[bytes]
    sent: list[bytes] = field(default_factory=list)

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            return b""
        piece, rest = self.pieces[0][:size], self.pieces[0][size:]
        self.pieces[:1] = [rest] if rest else []
        return piece

    def sendall(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class Anyone(Guard):
    """Lets requests for any name pass."""

    def knows(self, host: str) -> bool:
        return True


def talk(
    pieces: Iterable[bytes],
    app: Callable = tell,
    guard: type[Guard] = Guard,
    **limits: Any,
) -> bytes:
    """Return what a server answers to bytes that come in pieces, in this thread."""
    service = Service(
        resolve=lambda: app,
        guard=guard("127.0.0.1", "http://127.0.0.1:1"),
        limits=Limits(**limits),
        context=contextvars.copy_context(),
        log=None,
        host="127.0.0.1",
        port=1,
    )
    wire: Any = Wire([piece for piece in pieces if piece])
    Conversation(service, Connection(wire, ("127.0.0.1", 2))).hold()
    return b"".join(wire.sent)


def reader_of(answers: bytes) -> Reader:
    """Return a reader of answers that have all come."""
    pieces = iter([answers])
    return Reader(lambda: next(pieces, b""))


def statuses(answers: bytes) -> list[int]:
    """Return the statuses of all answers to requests that are no HEAD."""
    reader, found = reader_of(answers), []
    reader.ahead = reader.rest()
    while reader.ahead:
        found.append(reader.answer().status)
    return found


# Conditions


def until(condition: Callable[[], Any], why: str = "") -> Any:
    """Wait until a condition holds, and return what it says."""
    deadline, pause = monotonic() + LIMIT, threading.Event()
    while not (found := condition()):
        assert monotonic() < deadline, why or "waited in vain"
        pause.wait(0.005)
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
        return True


def serving_threads() -> list[threading.Thread]:
    """Return the threads that serve connections."""
    return [each for each in threading.enumerate() if each.name == "nbflask request"]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", dedent(code)]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
