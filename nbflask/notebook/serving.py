"""The notebook's one server: in the background, of whichever app is current."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

from ..ctx import _cv_app, _cv_request
from ..server import Server

Resolve = Callable[[], Any]


class Serving:
    """At most one server, which can be started, given another app, and stopped."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._resolve: Resolve | None = None

    @property
    def server(self) -> Server | None:
        """The server, while it is running."""
        server = self._server
        return server if server is not None and server.running else None

    def start(
        self, resolve: Resolve, host: str | None = None, port: int | None = None
    ) -> Server:
        """Serve what `resolve` answers, asked again for every request.

        A server that runs already goes on with the new app, unless another host
        or port is asked for. Raises OSError in one line if no port can be had.
        """
        self._resolve = resolve
        running = self.server
        if running is not None and self._is_as_asked(running, host, port):
            return running
        self.stop()
        self._server = Server(
            self._current_app,
            host or "127.0.0.1",
            5000 if port is None else port,
            context=context_without_requests,
        )
        return self._server.start()

    def stop(self) -> bool:
        """Stop the server. Answers whether there was one."""
        running, self._server = self.server, None
        if running is None:
            return False
        running.stop()
        return True

    def _current_app(self) -> Any:
        assert self._resolve is not None
        return self._resolve()

    def _is_as_asked(self, server: Server, host: str | None, port: int | None) -> bool:
        ports = {None, server.port, server.moved_from or server.port}
        return host in {None, server.host} and (port in ports or port == 0)


def context_without_requests() -> contextvars.Context:
    """Copy the cell's context, for its prints, without what is pushed in it."""
    context = contextvars.copy_context()
    context.run(_cv_app.set, None)
    context.run(_cv_request.set, None)
    return context
