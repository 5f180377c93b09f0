"""Starting and stopping the background server."""

from __future__ import annotations

import contextvars
import errno
import http.client
import os
import re
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from wire import LIMIT, Gate, ask, hello, is_free, run_python, said

from nbflask.server import Server

OURS = "Use 127.0.0.1, or 0.0.0.0 for every address of this machine."
APART = "write the host and the port apart: host='localhost'"
NO_HOST = "a host is a name or an address alone, such as 127.0.0.1."

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
        ("no.such.host.invalid", 5000, f". {OURS}"),
        ("a" * 64 + ".invalid", 5000, "Cannot serve on aaa"),
        ("a" * 64 + ".invalid", 5000, f". {OURS}"),
        ("", 5000, f"Cannot serve on '': {NO_HOST}"),
        ("192.0.2.1", 5000, "Cannot serve on 192.0.2.1:5000: "),
        ("192.0.2.1", 5000, f". {OURS}"),
        ("2001:db8::1", 5000, "Cannot serve on [2001:db8::1]:5000: "),
        ("2001:db8::1", 5000, f". {OURS}"),
        ("localhost:5000", 0, f"'localhost:5000': {APART}, port=5000."),
        ("127.0.0.1:80", 0, "apart: host='127.0.0.1', port=80."),
        ("http://localhost:5000/a", 0, f"localhost:5000/a': {APART}, port=5000."),
        ("[::1]:5000", 0, "'[::1]:5000': write the host and the port apart: host='::1"),
        ("http://localhost", 0, "'http://localhost': write the host alone: host='loca"),
        ("localhost/", 0, "'localhost/': write the host alone: host='localhost'."),
        ("localhost:", 0, "'localhost:': write the host alone: host='localhost'."),
        ("[::1]", 0, "'[::1]': write the host alone: host='::1'."),
        ("localhost:http", 0, f"'localhost:http': {NO_HOST}"),
        ("localhost:99999", 0, f"'localhost:99999': {NO_HOST}"),
        ("http://", 0, f"'http://': {NO_HOST}"),
        ("[::1", 0, f"'[::1': {NO_HOST}"),
        (":5000", 0, f"':5000': {NO_HOST}"),
        ("a\nb:1\n/", 0, "Cannot serve on 'a\\nb:1\\n/': "),
    ],
)
def test_an_address_that_cannot_be_had_is_one_line_with_the_fix(host, port, said):
    server = Server(lambda: hello, host, port)
    with pytest.raises(OSError, match=re.escape(said)) as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert not server.running


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "Permission denied. Use a port from 1024 on."),
        (errno.EMFILE, "Too many open files."),
    ],
)
def test_a_socket_that_cannot_be_had_says_why(number, said, monkeypatch):
    def fails(self, address):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(
        socket, "socket", type("Failing", (socket.socket,), {"bind": fails})
    )
    with pytest.raises(OSError, match=re.escape(f"127.0.0.1:80: {said}")) as caught:
        Server(lambda: hello, port=80).start()
    assert caught.value.errno == number


def test_python_in_a_browser_is_refused_before_anything_is_touched(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(RuntimeError, match="runs in a browser"):
        Server(lambda: hello).start()


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
