"""The open connections, each with the daemon thread that serves it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from time import monotonic

#: So long a client that has just connected may take to ask, when all shall end.
NEW_SECONDS = 0.5


class Connection:
    """A client's connection, and until when it may go on waiting.

    It is `new` until its client has asked for the first time, `idle` while it has asked
    nothing that is not answered, and `closing` once it shall end after the answer at
    hand. It is hung up on when `until` is over, which spares each read and write a
    limit of its own.
    """

    def __init__(self, socket: socket.socket, address: tuple[str, int]) -> None:
        self.socket = socket
        self.address = address
        self.thread: threading.Thread | None = None
        self.new = True
        self.idle = True
        self.closing = False
        self.until = inf
        self._ending = threading.Lock()

    def hang_up(self, how: int = socket.SHUT_RDWR) -> None:
        # Not while it is closed: its number may be another file's at once.
        with self._ending, suppress(OSError):
            self.socket.shutdown(how)

    def close(self) -> None:
        with self._ending:
            self.socket.close()


class Connections:
    """All connections of a server, at most so many at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Connection] = set()
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        return bool(self._open)

    def open(self, connection: Connection, work: Callable[[], object]) -> bool:
        """Serve a connection in a thread of its own. False if there is no room."""
        staying = [each for each in self._snapshot() if not each.closing]
        if len(staying) >= self.most and not make_room(staying):
            return False
        connection.thread = threading.Thread(
            target=self._run, args=(connection, work), name="nbflask request"
        )
        connection.thread.daemon = True
        with self._lock:  # which its end waits for, but not its start
            try:
                connection.thread.start()
            except RuntimeError:  # no more threads can be had
                return False
            self._open.add(connection)
        return True

    def hang_up_late(self) -> None:
        """Hang up on the clients whose time is over."""
        now = monotonic()
        for connection in self._snapshot():
            if connection.until < now:
                connection.hang_up()

    def finish(self, timeout: float) -> bool:
        """Wait for the requests; cut off those that take longer than timeout."""
        all_of_them = self._snapshot()
        # A view may stop its own server: its thread cannot wait for itself.
        current = threading.current_thread()
        others = [each for each in all_of_them if each.thread is not current]
        for connection in all_of_them:
            connection.closing = True
        deadline = monotonic() + timeout
        end_idle(each for each in all_of_them if not each.new)
        # The first request of those who have just come is on its way.
        wait_for([each for each in others if each.new], min(NEW_SECONDS, timeout))
        # Browsers connect ahead of time, and may ask nothing.
        end_idle(others)
        wait_for(others, deadline - monotonic())
        late = [each for each in others if each in self._open]
        for connection in late:
            connection.hang_up()
        return not late

    def _run(self, connection: Connection, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)

    def _snapshot(self) -> list[Connection]:
        with self._lock:
            return list(self._open)


def end_idle(connections: Iterable[Connection]) -> None:
    """Have those end that are idle. What their clients have sent is still read."""
    for connection in connections:
        if connection.idle:
            connection.hang_up(socket.SHUT_RD)


def wait_for(connections: Iterable[Connection], seconds: float) -> None:
    """Wait until connections have ended, for so long at most."""
    deadline = monotonic() + seconds
    for connection in connections:
        if connection.thread is not None:
            connection.thread.join(max(0.0, deadline - monotonic()))


def make_room(connections: Iterable[Connection]) -> bool:
    """End the connection that has been idle for longest. False if none is."""
    idle = [each for each in connections if each.idle]
    if not idle:
        return False
    oldest = min(idle, key=lambda each: each.until)
    oldest.closing = True
    oldest.hang_up(socket.SHUT_RD)
    return True
