"""The background server: an app on a socket, while the caller goes on working.

Here live the listening socket, the threads that serve, and the check of the Host
header. Here must not live: notebooks, links through proxies, reloaders, and which
app is the current one (``resolve`` tells).
"""

from __future__ import annotations

import atexit
import contextvars
import errno
import ipaddress
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.serving import BaseWSGIServer

__all__ = ["Server"]

PORTS_TRIED = 20
POLL_SECONDS = 0.02  # how soon the serving thread notices a stop
STOP_SECONDS = 5.0
EXIT_SECONDS = 0.5  # an endless stream must not hold up the interpreter's end

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/\\,\[\]]+)(?::[0-9]{0,5})?")


class Server:
    """A WSGI app served from daemon threads; every method returns soon.

    ``resolve`` is asked once for each request, so a change of app is effective at
    once. Port 0 takes any free port; a busy port moves on to the next free one of
    20 (see ``moved_from``).

    Only requests for names it is served under are answered, others get a 400: a
    web page elsewhere must not reach the app by pointing its own name at this
    machine (DNS rebinding). The names are ``localhost``, ``127.0.0.1``, ``[::1]``,
    ``host`` and ``allowed_hosts``, with any port; on a wildcard host (``0.0.0.0``
    or ``::``) also this machine's name and every address written in numbers.

    ``context`` makes the context that each request runs in a copy of; it is called
    by ``start``, in the starter's thread. The default carries everything along, so
    that prints reach the cell that started the server. An owner with context
    variables of its own, a pushed request say, passes a function that leaves them
    out.

    ``log`` gets one line for each answer; without it the server is silent. Errors
    that the app lets through are answered with a plain 500 and written to stderr.
    """

    def __init__(
        self,
        resolve: Callable[[], WSGIApplication],
        host: str = "127.0.0.1",
        port: int = 5000,
        *,
        allowed_hosts: Iterable[str] = (),
        context: Callable[[], contextvars.Context] = contextvars.copy_context,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.log = log
        extra = (allowed_hosts,) if isinstance(allowed_hosts, str) else allowed_hosts
        self.allowed_hosts = frozenset(name.lower() for name in extra)
        self._asked_port = port
        self._resolve = resolve
        self._context = context
        self._connections = _Connections()
        self._http: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Server {self.url} {'running' if self.running else 'stopped'}>"

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where this machine reaches it, without a slash at the end."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{_bracketed(here)}:{self.port}"

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def moved_from(self) -> int | None:
        """The port that was asked for but was busy; None if it was free."""
        return None if self.port == self._asked_port else self._asked_port

    def start(self) -> Server:
        """Listen and return self at once; harmless when running already.

        Raises OSError, in one line, if no socket can be had, and RuntimeError
        where Python runs in a browser and has no sockets.
        """
        if sys.platform == "emscripten":
            raise RuntimeError(
                "This Python runs in a browser and cannot serve on a socket."
                " Send requests in-process instead: app.test_client()."
            )
        with self._lock:
            if not self.running:
                self._listen()
        return self

    def stop(self, timeout: float = STOP_SECONDS) -> bool:
        """Free the port, then wait for running requests up to timeout seconds.

        Returns False if some had to be cut off. Harmless when stopped already.
        """
        with self._lock:
            self._stop_listening()
        return self._connections.finish(timeout)

    def restart(self, timeout: float = STOP_SECONDS) -> Server:
        """Stop and start, on the same port if it is still free."""
        self.stop(timeout)
        return self.start()

    def _listen(self) -> None:
        context = self._context()
        with _bound(self.host, self.port) as listener:
            port = listener.getsockname()[1]
            self._http = http = _http_server(self, port, listener.fileno(), context)
        self.port = port
        self._asked_port = self._asked_port or port
        self._thread = threading.Thread(
            target=context.copy().run,
            args=(http.serve_forever, POLL_SECONDS),
            name=f"nbflask server on port {port}",
            daemon=True,
        )
        self._thread.start()
        atexit.register(self._at_exit)

    def _stop_listening(self) -> None:
        atexit.unregister(self._at_exit)
        if self._http is not None and self._thread is not None:
            if self._thread.is_alive():  # not so in a forked child
                self._http.shutdown()
                # Joined before anyone binds again: until then the port is taken.
                self._thread.join()
            self._http.server_close()
        self._http = self._thread = None

    def _at_exit(self) -> None:
        self.stop(EXIT_SECONDS)

    def _answer(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        from werkzeug.wsgi import ClosingIterator

        host = environ.get("HTTP_HOST", "")
        if not self._is_served_under(host):
            return _refuse(host, self.url, start_response)
        with _only_errors():
            body = self._resolve()(environ, start_response)
        close = getattr(body, "close", None)
        return ClosingIterator(_guarded(body), [close] if close else [])

    def _is_served_under(self, host: str) -> bool:
        match = _HOST.fullmatch(host.lower())
        if match is None:
            return False
        name = match[1]
        names = {"localhost", "127.0.0.1", "[::1]", _bracketed(self.host).lower()}
        if name in names | self.allowed_hosts:
            return True
        if self.host not in {"0.0.0.0", "::"}:
            return False
        # Rebinding needs a name that resolves anew; a plain address cannot.
        return name == socket.gethostname().lower() or _is_address(name)


class _Connections:
    """The open connections, each with the daemon thread that serves it."""

    def __init__(self) -> None:
        self._sockets: dict[threading.Thread, socket.socket] = {}
        self._silent: set[threading.Thread] = set()

    def open(self, connection: socket.socket, work: Callable[[], object]) -> None:
        thread = threading.Thread(
            target=self._run, args=(work,), name="nbflask request", daemon=True
        )
        self._sockets[thread] = connection
        self._silent.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._forget(thread)
            raise

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            self._forget(threading.current_thread())

    def _forget(self, thread: threading.Thread) -> None:
        self._silent.discard(thread)
        self._sockets.pop(thread, None)

    def has_request(self) -> None:
        """Say that the current thread's client has sent a request."""
        self._silent.discard(threading.current_thread())

    def finish(self, timeout: float) -> bool:
        """Wait for the requests; cut off those that take longer than timeout."""
        # A view may stop its own server: its thread cannot wait for itself.
        current = threading.current_thread()
        others = {t: s for t, s in list(self._sockets.items()) if t is not current}
        for thread in others.keys() & self._silent:
            # Browsers connect ahead of time. What they have sent is still read.
            _hang_up(others[thread], socket.SHUT_RD)
        deadline = monotonic() + timeout
        for thread in others:
            thread.join(max(0.0, deadline - monotonic()))
        late = [thread for thread in others if thread.is_alive()]
        for thread in late:
            _hang_up(others[thread], socket.SHUT_RDWR)
        return not late


def _hang_up(connection: socket.socket, how: int) -> None:
    with suppress(OSError):  # closed by its own thread meanwhile
        connection.shutdown(how)


def _http_server(
    server: Server, port: int, descriptor: int, context: contextvars.Context
) -> BaseWSGIServer:
    """Return Werkzeug's threaded server on a bound socket, wired to server."""
    from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

    connections = server._connections

    class Handler(WSGIRequestHandler):
        def run_wsgi(self) -> None:
            connections.has_request()
            if _is_parsable(self.path):
                super().run_wsgi()
            else:
                self.send_error(400)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            self.log("info", "%s %s", _printable(self.requestline), code)

        def log(self, type: str, message: str, *args: Any) -> None:
            if server.log is not None:
                server.log(message % args if args else message)

    class Listener(ThreadedWSGIServer):
        def process_request(self, request: Any, client_address: Any) -> None:
            def work() -> None:
                self.process_request_thread(request, client_address)

            copy = context.copy()
            connections.open(request, lambda: copy.run(work))

        def log(self, type: str, message: str, *args: Any) -> None:
            print(message % args if args else message, file=sys.stderr)

    return Listener(server.host, port, server._answer, Handler, fd=descriptor)


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening socket on port, or on the next free one of 20."""
    if not 0 <= port <= 65535:
        raise OSError(errno.EINVAL, f"Cannot serve on port {port}: use 0 to 65535.")
    last = min(port + PORTS_TRIED, 65536) - 1 if port else 0
    for candidate in range(port, last + 1):
        try:
            return _listening(host, candidate)
        except (OSError, UnicodeError) as error:  # a name may be no name at all
            number = getattr(error, "errno", errno.EINVAL)
            if number != errno.EADDRINUSE:
                reason = getattr(error, "strerror", None) or error
                text = f"Cannot serve on {_bracketed(host)}:{candidate}: {reason}."
                raise OSError(number, text) from None
    raise OSError(
        errno.EADDRINUSE,
        f"Ports {port} to {last} of {_bracketed(host)} are all in use."
        " Stop one of their programs, or let port=0 take any free port.",
    )


def _listening(host: str, port: int) -> socket.socket:
    # The family as Werkzeug takes it from the host: it opens the socket anew.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share a busy port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def _refuse(host: str, url: str, start_response: StartResponse) -> list[bytes]:
    name = _printable(host[:100])
    text = f"Not served under the name '{name}': ask {url} or add it to allowed_hosts."
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("400 Bad Request", headers)
    return [f"{text}\n".encode()]


@contextmanager
def _only_errors() -> Iterator[None]:
    """Turn SystemExit and its like into an error, which Werkzeug answers with 500."""
    try:
        yield
    except (Exception, GeneratorExit):
        raise
    except BaseException as error:
        raise RuntimeError(f"The app raised {error!r} in a request.") from error


def _guarded(body: Iterable[bytes]) -> Iterator[bytes]:
    with _only_errors():
        yield from body


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_parsable(target: str) -> bool:
    """Whether a request's target survives Werkzeug's way of reading it."""
    from urllib.parse import urlsplit

    try:
        urlsplit(target)
    except ValueError:
        return False
    return True


def _printable(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
