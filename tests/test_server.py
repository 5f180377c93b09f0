"""The background server through real sockets, with plain WSGI callables as apps."""

from __future__ import annotations

import contextvars
import errno
import http.client
import io
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.wsgi import get_input_stream

from nbflask.server import Server

PROJECT = Path(__file__).parent.parent
LIMIT = 10.0  # seconds that a condition may take before a test fails


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def echo(environ, start_response):
    """Answer with the method and the body that came."""
    body = get_input_stream(environ).read()
    text = f"{environ['REQUEST_METHOD']} ".encode() + body
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [text]


def said(text: str) -> Callable:
    def app(environ, start_response):
        start_response("200 OK", [])
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


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
        return True


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", dedent(code)]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60
    )


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


# Starting and stopping


def test_start_returns_at_once_and_the_app_answers(serve):
    began = monotonic()
    server = serve()
    assert monotonic() - began < 1
    assert ask(server)[:2] == (200, b"hello")


def test_a_server_shows_its_address_and_whether_it_runs(serve):
    server = serve()
    assert server.port > 0
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert repr(server) == f"<Server {server.url} running>"
    server.stop()
    assert repr(server) == f"<Server {server.url} stopped>"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_url_works_from_this_machine(host, url):
    assert Server(lambda: hello, host, 8000).url == url


def test_starting_twice_is_harmless(serve):
    server = serve()
    port, threads = server.port, threading.active_count()
    assert server.start() is server
    assert (server.port, threading.active_count()) == (port, threads)
    assert ask(server)[0] == 200


def test_stopping_twice_or_before_the_start_is_harmless(serve):
    assert Server(lambda: hello).stop() is True
    server = serve()
    assert server.stop() is True
    assert server.stop() is True
    assert not server.running


def test_a_with_block_starts_and_stops():
    with Server(lambda: hello, port=0) as server:
        assert server.running
        assert ask(server)[0] == 200
    assert not server.running
    assert is_free(server.port)


def test_the_port_can_be_bound_again_at_once_twenty_times(serve):
    server = serve()
    port = server.port
    for _ in range(20):
        assert ask(server)[0] == 200
        server.stop()
        assert is_free(port)
        server.start()
        assert (server.port, server.moved_from) == (port, None)


def test_restart_keeps_the_port(serve):
    server = serve()
    port = server.port
    assert server.restart() is server
    assert server.running
    assert server.port == port
    assert ask(server)[0] == 200


def test_many_starters_make_one_server(serve):
    server = Server(lambda: hello, port=0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: server.start(), range(8)))
    names = [t.name for t in threading.enumerate() if t.name.startswith("nbflask")]
    server.stop()
    assert len(names) == 1


# Ports


def test_a_busy_port_moves_on_and_says_so(serve):
    first = serve()
    second = serve(said("second"), port=first.port)
    assert first.moved_from is None
    assert first.port < second.port < first.port + 20
    assert second.moved_from == first.port
    assert ask(second)[1] == b"second"


def test_a_restart_stays_where_it_moved_to(serve):
    first = serve()
    second = serve(port=first.port)
    moved_to = second.port
    first.stop()
    second.restart()
    assert (second.port, second.moved_from) == (moved_to, first.port)


def test_twenty_busy_ports_are_one_clear_error(monkeypatch):
    def busy(self, address):
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(
        socket, "socket", type("Busy", (socket.socket,), {"bind": busy})
    )
    with pytest.raises(OSError, match=r"Ports 5000 to 5019 of .* all in use"):
        Server(lambda: hello).start()


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("127.0.0.1", 70000, "port 70000: use 0 to 65535"),
        ("127.0.0.1", -1, "port -1: use 0 to 65535"),
        ("no.such.host.invalid", 5000, "Cannot serve on no.such.host.invalid:5000: "),
        ("a" * 64 + ".invalid", 5000, "Cannot serve on aaa"),
        ("192.0.2.1", 5000, "Cannot serve on 192.0.2.1:5000: "),
    ],
)
def test_an_address_that_cannot_be_had_is_one_line(host, port, said):
    server = Server(lambda: hello, host, port)
    with pytest.raises(OSError, match=said) as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert not server.running


def test_python_in_a_browser_is_refused_before_anything_is_touched(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(RuntimeError, match="runs in a browser"):
        Server(lambda: hello).start()


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


def test_without_a_log_the_server_is_silent(serve, capfd):
    ask(serve())
    assert capfd.readouterr() == ("", "")


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


# The Host header


@pytest.mark.parametrize(
    "host",
    [b"localhost", b"LocalHost:5000", b"127.0.0.1", b"127.0.0.1:1", b"[::1]:80", b"me"],
)
def test_names_it_is_served_under_are_answered(host, serve):
    answer = with_host(serve(allowed_hosts=["ME"]), host)
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"evil.example:5000",
        b"",
        b"localhost.evil.example",
        b"evil.example#localhost",
        b"localhost@evil.example",
        b"user:pw@localhost",
        b"localhost/evil.example",
        b"localhost:evil.example",
        b"localhost:5000:5000",
        b"localhost, evil.example",
        b"localhost\r\nHost: evil.example",
        b"evil.example\r\nHost: localhost",
        b"[::1",
        b"[::1]evil.example",
        b"::1",
        b"[localhost]",
        b"0.0.0.0",
        b"127.0.0.2",
        b"2130706433",
        b"localhost\x00",
        b"\xff\xfe",
        "ｌocalhost".encode(),
        b"\x1b]0;title\x07",
        b"a" * 20_000,
    ],
)
def test_any_other_host_is_refused(host, serve):
    answer = with_host(serve(), host)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"hello" not in body
    assert b"\x1b" not in body
    assert len(answer) < 1000


def test_the_refusal_is_one_line_that_names_the_fix(serve):
    server = serve()
    status, body, _ = ask(server, headers={"Host": "evil.example"})
    assert status == 400
    assert body.decode() == (
        f"Not served under the name 'evil.example': ask {server.url}"
        " or add it to allowed_hosts.\n"
    )


def test_a_request_without_a_host_is_refused(serve):
    assert send(serve(), b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_full_url_as_target_counts_as_the_host(serve):
    server = serve()
    foreign = with_host(server, b"localhost", b"http://evil.example/")
    own = with_host(server, b"evil.example", b"http://localhost/")
    assert foreign.startswith(b"HTTP/1.1 400 ")
    assert own.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"10.1.2.3:5000", b"200"),
        (b"[fe80::1]", b"200"),
        (b"0.0.0.0", b"200"),
        (socket.gethostname().encode(), b"200"),
        (b"evil.example", b"400"),
        (b"10.1.2.3.evil.example", b"400"),
    ],
)
def test_a_wildcard_host_is_served_under_every_address_but_no_foreign_name(
    host, status, serve
):
    answer = with_host(serve(host="0.0.0.0"), host)
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_one_allowed_host_may_be_a_plain_string(serve):
    server = serve(allowed_hosts="hub.example")
    assert b" 200 OK" in with_host(server, b"hub.example")
    assert b" 400 " in with_host(server, b"h")


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(host=st.binary(max_size=60).filter(lambda raw: b"\n" not in raw))
def test_no_host_that_anyone_can_think_of_gets_through(host, serve_once):
    answer = with_host(serve_once, host)
    assert b" 400 " in answer.partition(b"\r\n")[0]


@pytest.fixture
def serve_once(serve) -> Server:
    return serve()


# Stopping while clients are there


def test_stop_lets_running_requests_finish(serve):
    gate = Gate()
    server = serve(gate)
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(ask, server)
        assert gate.entered.wait(LIMIT)
        stopped = pool.submit(server.stop, LIMIT)
        gate.opened.set()
        assert answer.result(LIMIT)[:2] == (200, b"hello")
        assert stopped.result(LIMIT) is True


def test_stop_frees_the_port_even_if_a_request_takes_longer_than_the_limit(serve):
    gate = Gate()
    server = serve(gate)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, server)
        assert gate.entered.wait(LIMIT)
        assert server.stop(timeout=0.05) is False
        assert is_free(server.port)
        assert isinstance(answer.exception(LIMIT), (OSError, http.client.HTTPException))
        gate.opened.set()


def test_stop_does_not_wait_for_clients_that_ask_nothing(serve):
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as client:
        ask(server)  # the silent connection is accepted before this one
        began = monotonic()
        assert server.stop(timeout=LIMIT) is True
        assert monotonic() - began < LIMIT / 2
        assert client.recv(1) == b""


def test_a_view_may_stop_its_own_server():
    def app(environ, start_response):
        server.stop()
        return hello(environ, start_response)

    server = Server(lambda: app, port=0).start()
    assert ask(server)[:2] == (200, b"hello")
    assert not server.running
    assert is_free(server.port)


# Context variables

marked: contextvars.ContextVar[str] = contextvars.ContextVar("marked", default="none")


def tell_mark(environ, start_response):
    start_response("200 OK", [])
    text = marked.get()
    marked.set("set in a request")
    return [text.encode()]


def test_requests_run_in_copies_of_the_starters_context(serve):
    token = marked.set("the starter's")
    server = serve(tell_mark)
    marked.reset(token)
    assert [ask(server)[1] for _ in range(2)] == [b"the starter's"] * 2


def test_the_owner_can_leave_variables_out_of_the_context(serve):
    token = marked.set("not for the server")
    server = serve(tell_mark, context=contextvars.Context)
    assert ask(server)[1] == b"none"
    marked.reset(token)


# The end of the interpreter


def test_the_interpreter_exits_promptly_and_frees_the_port():
    began = monotonic()
    done = run_python("""
        from urllib.request import urlopen
        from nbflask.server import Server

        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"served"]

        server = Server(lambda: app, port=0).start()
        print(urlopen(server.url).read().decode(), server.port)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    text, port = done.stdout.split()
    assert text == "served"
    assert monotonic() - began < LIMIT
    assert is_free(int(port))


def test_an_endless_request_does_not_hold_up_the_exit():
    began = monotonic()
    done = run_python("""
        import itertools, socket
        from nbflask.server import Server

        def app(environ, start_response):
            start_response("200 OK", [])
            return itertools.repeat(b"x" * 1000)

        server = Server(lambda: app, port=0).start()
        client = socket.create_connection((server.host, server.port))
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        client.recv(10)
        server.stop(timeout=0.1)
        server.start()
        client = socket.create_connection((server.host, server.port))
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        client.recv(10)
    """)
    assert done.returncode == 0, done.stderr
    assert monotonic() - began < LIMIT


def test_a_stopped_server_leaves_nothing_for_the_exit():
    done = run_python("""
        import gc, weakref
        from nbflask.server import Server

        server = Server(lambda: None, port=0).start()
        server.stop()
        gone = weakref.ref(server)
        del server
        gc.collect()
        print(gone() is None)
    """)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_the_log_may_be_a_file(serve):
    file = io.StringIO()
    ask(serve(log=file.write))
    assert file.getvalue() == "GET / HTTP/1.1 200"
