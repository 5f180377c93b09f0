"""The notebook's one server: in the background, of whichever app is current."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from secrets import token_urlsafe
from typing import Any

from ...dispatch import Story
from ...server import Server
from ..cells.contexts import make_current
from . import public
from .jupyter import of_this_kernel
from .log import RequestLog
from .passage import base_of
from .public import Address
from .visits import Explain, Resolve, Visits, say

HOST, PORT = "127.0.0.1", 5000
#: So many bytes of chance make a token.
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """How a server is wanted. What is None stays as it is, or is as usual; a `token`
    of "" is any that nobody knows yet."""

    host: str | None = None
    port: int | None = None
    token: str | None = field(default=None, repr=False)
    debugger: bool = False

    def is_met_by(self, server: Server) -> bool:
        ports = {None, server.port, server.moved_from or server.port}
        token = self.token
        return (
            self.host in {None, server.host}
            and (self.port in ports or self.port == 0)
            and (bool(server.token) if token == "" else token in {None, server.token})
        )


class Serving:
    """At most one server, which can be started, given another app, and stopped.

    What it answers is in `log`.
    """

    def __init__(self, explain: Explain, settings: Any) -> None:
        self.log = RequestLog()
        self._settings = settings
        self._explain = explain
        self._server: Server | None = None
        self._visits: Visits | None = None
        self._stories: dict[str, Story] = {}
        self._address: tuple[tuple[str, str], Address] | None = None

    @property
    def server(self) -> Server | None:
        """The server, while it is running."""
        server = self._server
        return server if server is not None and server.running else None

    @property
    def pin(self) -> str | None:
        """The PIN of the server's debugger, if it has one."""
        debugged = None if self._visits is None else self._visits.debugged
        return None if debugged is None else str(debugged.pin)

    def start(self, resolve: Resolve, asked: Asked | None = None) -> Server:
        """Serve what `resolve` answers, asked again for every request.

        A server that runs already goes on with the new app, unless something else is
        asked for. Raises OSError in one line if no port can be had, and LineError if
        there may be no debugger; then the one that runs goes on.
        """
        asked = asked or Asked()
        running, visits = self.server, self._visits
        if running is None or visits is None or not asked.is_met_by(running):
            server, visits = self._made(resolve, asked, running)
            if asked.debugger:
                self._add_debugger(visits, server)
            running = self._server = take_over(running, server)
            self._visits = visits
        elif asked.debugger and visits.debugged is None:
            self._add_debugger(visits, running)
        visits.resolve = resolve
        return running

    def expect(self, port: str, story: Story) -> None:
        """Tell a story of the request that will come from this port, of this kernel."""
        self._stories[port] = story

    def expect_no_more(self, port: str) -> None:
        self._stories.pop(port, None)

    def stop(self) -> bool:
        """Stop the server. Answers whether there was one."""
        running, self._server, self._visits = self.server, None, None
        if running is None:
            return False
        running.stop()
        return True

    def address_of(self, server: Server) -> Address:
        """Return where the person's browser finds a server.

        Each request asks; the environment is looked at once for a server and a setting.
        """
        known = server.url, self._settings.public_url
        if self._address is None or self._address[0] != known:
            jupyter, setting = of_this_kernel(), known[1]
            found = public.find(
                server.url, server.port, os.environ, setting=setting, jupyter=jupyter
            )
            self._address = known, found
        return self._address[1]

    def _made(
        self, resolve: Resolve, asked: Asked, before: Server | None
    ) -> tuple[Server, Visits]:
        """Return a server as asked for, and what answers its requests."""
        settings = self._settings
        host, port, token = as_before(before)
        if asked.token is not None:
            token = asked.token or token_urlsafe(TOKEN_BYTES)
        visits = Visits(
            resolve, self._explain, settings, self.log, self._stories, token
        )
        server = Server(
            lambda: visits,
            asked.host or host,
            port if asked.port is None else asked.port,
            allowed_hosts=settings.allowed_hosts,
            token=token,
            outside=lambda *request: base_of(self.address_of(server), *request),
            limits=settings.limits,
            context=context_without_requests,
            switch_interval=settings.switch_interval or None,
        )
        visits.address = partial(self.address_of, server)
        return server, visits

    def _add_debugger(self, visits: Visits, server: Server) -> None:
        from . import debugger

        debugger.refuse_elsewhere(server.host, self.address_of(server))
        visits.debugged = debugger.debugged(visits.let_fail, server.host)


def as_before(server: Server | None) -> tuple[str, int, str]:
    """Return a server's host, port and token; the usual without one."""
    if server is None:
        return HOST, PORT, ""
    return server.host, server.port, server.token


def take_over(former: Server | None, server: Server) -> Server:
    """Start a server, and stop the former only when that has gone well."""
    if former is not None and former.port == server.port:
        # One port cannot be had twice, so the new host is tried on another.
        Server(lambda: no_app, server.host, 0).start().stop()
        former.stop()
        try:
            return server.start()
        except BaseException:
            former.start()
            raise
    server.start()
    if former is not None:
        former.stop()
    return server


def no_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return say("This server is only tried out.", start_response)


def context_without_requests() -> contextvars.Context:
    """Copy the cell's context, for its prints, without what is pushed in it."""
    context = contextvars.copy_context()
    context.run(make_current, None, None)
    return context
