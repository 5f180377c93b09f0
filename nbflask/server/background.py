"""Starting and stopping: every method returns soon."""

from __future__ import annotations

import atexit
import contextvars
import selectors
import socket
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from .connections import Connection, Connections
from .conversation import Conversation, Service
from .guard import Guard, Outside, names_of
from .haste import SHORT, Haste
from .limits import Limits
from .listening import BACKLOG, bound, bracketed
from .reading import CHUNK

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication

STOP_SECONDS = 5.0
EXIT_SECONDS = 0.5  # an endless stream must not hold up the interpreter's end
#: How often clients that are late are looked for, while there are any.
WATCH_SECONDS = 1.0
#: How long it waits when no more files can be opened.
WAIT_SECONDS = 0.05
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
    b"Connection: close\r\nRetry-After: 1\r\n\r\n"
)


class Server:
    """A WSGI app served from daemon threads; every method returns soon.

    ``resolve`` is asked once for each request, so a change of app is effective at
    once. Port 0 takes any free port; a busy port moves on to the next free one of
    20 (see ``moved_from``).

    Only requests for names it is served under are answered, others get a 400: a
    web page elsewhere must not reach the app by pointing its own name at this
    machine (DNS rebinding). The names are ``localhost`` and what ends in
    ``.localhost``, ``127.0.0.1``, ``[::1]``, ``host`` and ``allowed_hosts``, with any
    port; on a wildcard host (``0.0.0.0`` or ``::``) also this machine's name and every
    address written in numbers. With
    a ``token`` a client must know it, too: from the query's ``token``, which becomes
    a cookie, or from ``Authorization: Bearer``.

    ``context`` makes the context that each request runs in a copy of; it is called
    by ``start``, in the starter's thread. The default carries everything along, so
    that prints reach the cell that started the server. An owner with context
    variables of its own, a pushed request say, passes a function that leaves them
    out.

    Behind a proxy it is found under another URL. ``outside`` is asked for it with each
    request's target and header fields, by their names in lower case; it returns none
    ("") for a request that no proxy has passed on. One that a proxy has passed on may
    ask for any name.

    ``log`` gets one line for each answer; without it the server is silent. Errors
    that the app lets through are answered with a plain 500 and written to stderr.

    ``switch_interval`` are the seconds after which a computing thread lets one that
    serves go on, while the server runs; None leaves Python's own.

    ``log``, ``token``, ``limits``, ``allowed_hosts`` and ``switch_interval`` may be set
    on it: the next ``start`` or ``restart`` heeds them.
    """

    def __init__(
        self,
        resolve: Callable[[], WSGIApplication],
        host: str = "127.0.0.1",
        port: int = 5000,
        *,
        allowed_hosts: Collection[str] = (),
        token: str = "",
        outside: Outside | None = None,
        limits: Limits | None = None,
        context: Callable[[], contextvars.Context] = contextvars.copy_context,
        log: Callable[[str], None] | None = None,
        switch_interval: float | None = SHORT,
    ) -> None:
        self.host = host
        self.port = port
        self.log = log
        self.token = token
        self._outside = outside
        self.limits = limits or Limits()
        self.allowed_hosts = allowed_hosts
        self._asked_port = port
        self._resolve = resolve
        self._context = context
        self.switch_interval = switch_interval
        self._haste = Haste(None)
        self._listener: Listener | None = None
        self._connections = Connections(self.limits.connections)
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
        return f"http://{bracketed(here)}:{self.port}"

    @property
    def running(self) -> bool:
        return self._listener is not None and self._listener.is_alive()

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
        """End all connections as `stop` does, and start if it was stopped.

        A server that runs keeps its port all the while: nobody is turned away.
        """
        with self._lock:
            if self._listener is not None and self.running:
                self._listener.service = self._new_service(self._context())
                self._hasten()
            else:
                self._listen()
        self._connections.finish(timeout)
        return self

    def _listen(self) -> None:
        context = self._context()
        listener = bound(self.host, self.port)
        self.port = listener.getsockname()[1]
        self._asked_port = self._asked_port or self.port
        service = self._new_service(context)
        self._listener = Listener(listener, service, self._connections)
        self._listener.start()
        self._hasten()
        atexit.register(self._at_exit)

    def _hasten(self) -> None:
        self._haste.end()
        self._haste = Haste(self.switch_interval)
        self._haste.begin()

    def _new_service(self, context: contextvars.Context) -> Service:
        self._connections.most = self.limits.connections
        names = names_of(self.allowed_hosts)
        guard = Guard(self.host, self.url, names, self.token, self._outside)
        return Service(
            self._resolve, guard, self.limits, context, self.log, self.host, self.port
        )

    def _stop_listening(self) -> None:
        atexit.unregister(self._at_exit)
        if self._listener is not None:
            self._listener.stop()
            self._haste.end()
        self._listener = None

    def _at_exit(self) -> None:
        self.stop(EXIT_SECONDS)


class Listener(threading.Thread):
    """Takes clients in, until it is stopped, and hangs up on those that are late."""

    def __init__(
        self, listener: socket.socket, service: Service, connections: Connections
    ) -> None:
        name = f"nbflask server on port {service.port}"
        super().__init__(name=name, daemon=True)
        self.service = service
        self._listener = listener
        self._connections = connections
        self._wake, self._woken = socket.socketpair()

    def run(self) -> None:
        self._listener.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                late = WATCH_SECONDS if self._connections.any else None
                ready = {key.fileobj for key, _ in selector.select(late)}
                if self._woken in ready:
                    return self._take_in_the_last()
                if ready and not self._take_in():
                    selector.unregister(self._listener)
                    selector.select(WAIT_SECONDS)
                    selector.register(self._listener, selectors.EVENT_READ)
                self._connections.hang_up_late()

    def stop(self) -> None:
        """Take nobody in any more, and free the port. Not so in a forked child."""
        if self.is_alive():
            self._wake.send(b"!")
            # Joined before anyone binds again: until then the port is taken.
            self.join()
        for each in (self._listener, self._wake, self._woken):
            each.close()

    def _take_in_the_last(self) -> None:
        """Take those in who are connected by now.

        The others are let wait, so that they come to an end; when the port is free, or
        another's, they hear of it.
        """
        with suppress(OSError):  # not everywhere can it be made shorter
            self._listener.listen(0)
        for _ in range(BACKLOG):
            if not self._take_in():
                break
        self._listener.close()  # at once: whoever connects now would be reset

    def _take_in(self) -> bool:
        """Take one client in. False if there is none, or no file for it."""
        try:
            accepted, address = self._listener.accept()
        except ConnectionError:  # gone again
            return True
        except OSError:
            return False
        accepted.setblocking(True)
        with suppress(OSError):  # gone again
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(accepted, address)
        conversation = Conversation(self.service, connection)
        if not self._connections.open(connection, conversation.hold):
            turn_away(accepted)
        return True


def turn_away(accepted: socket.socket) -> None:
    """Tell a client that there is no room, and wait for nothing."""
    accepted.setblocking(False)
    with accepted, suppress(OSError):
        accepted.send(FULL)
        accepted.shutdown(socket.SHUT_WR)
        accepted.recv(CHUNK)  # closed with something unread, it would be reset
