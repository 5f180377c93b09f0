"""The notebook's one server: in the background, of whichever app is current."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from secrets import token_urlsafe
from typing import Any
from weakref import WeakSet

from ...grammar.errors import LineError
from ...server import Server
from ...story import Story
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


class VisitedServer(Server):
    """A server whose requests are `visits`."""

    visits: Visits


class Serving:
    """A notebook's server, which can be started, given another app, and stopped.

    There is one, unless a person starts a former one again, by the variable that holds
    it. What it answers is in `log`.
    """

    def __init__(self, explain: Explain, settings: Any) -> None:
        self.log = RequestLog()
        self._settings = settings
        self._explain = explain
        self._latest: VisitedServer | None = None
        self._made: WeakSet[VisitedServer] = WeakSet()
        self._stories: dict[str, Story] = {}
        self._address: tuple[tuple[str, str], Address] | None = None

    @property
    def server(self) -> VisitedServer | None:
        """The server, while it is running."""
        latest, running = self._latest, self._running()
        return latest if latest in running else next(iter(running), None)

    def _running(self) -> list[VisitedServer]:
        return [each for each in self._made if each.running]

    @property
    def pin(self) -> str | None:
        """The PIN of the server's debugger, if it has one."""
        server = self.server
        debugged = None if server is None else server.visits.debugged
        return None if debugged is None else str(debugged.pin)

    def start(self, resolve: Resolve, asked: Asked | None = None) -> Server:
        """Serve what `resolve` answers, asked again for every request.

        A server that runs already goes on with the new app, unless something else is
        asked for. Raises OSError in one line if no port can be had, and LineError if
        there may be no debugger; then the one that runs goes on.
        """
        asked = asked or Asked()
        former = server = self.server
        if server is None or not asked.is_met_by(server):
            server = self._make(resolve, asked, former)
            if asked.debugger:
                self._add_debugger(server)
            elif former is not None and former.visits.debugged is not None:
                with suppress(LineError):  # others could reach it now
                    self._add_debugger(server)
            take_over(former, server)
            self._latest = server
            self._made.add(server)
        elif asked.debugger and server.visits.debugged is None:
            self._add_debugger(server)
        server.visits.resolve = resolve
        return server

    def restart(self, server: Server) -> None:
        """Restart a server, with the settings of now."""
        server.limits = self._settings.limits
        server.allowed_hosts = self._settings.allowed_hosts
        server.switch_interval = self._settings.switch_interval or None
        server.restart()

    def expect(self, port: str, story: Story) -> None:
        """Tell a story of the request that will come from this port, of this kernel."""
        self._stories[port] = story

    def expect_no_more(self, port: str) -> None:
        self._stories.pop(port, None)

    def stop(self) -> list[VisitedServer]:
        """Stop whatever serves, and return it."""
        running = self._running()
        for server in running:
            server.stop()
        return running

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

    def _make(
        self, resolve: Resolve, asked: Asked, before: Server | None
    ) -> VisitedServer:
        """Return a server as asked for."""
        settings = self._settings
        host, port, token = as_before(before)
        if asked.token is not None:
            token = asked.token or token_urlsafe(TOKEN_BYTES)
        visits = Visits(
            resolve, self._explain, settings, self.log, self._stories, token
        )
        server = VisitedServer(
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
        server.visits = visits
        return server

    def _add_debugger(self, server: VisitedServer) -> None:
        from . import debugger

        debugger.refuse_elsewhere(server.host, self.address_of(server))
        visits = server.visits
        visits.debugged = debugger.debugged(visits.let_fail, server.host)


def as_before(server: Server | None) -> tuple[str, int, str]:
    """Return a server's host, port and token; the usual without one."""
    if server is None:
        return HOST, PORT, ""
    return server.host, server.port, server.token


def take_over(former: Server | None, server: Server) -> None:
    """Start a server, and stop the former only when that has gone well."""
    if former is not None and former.port == server.port:
        # One port cannot be had twice, so the new host is tried on another.
        Server(lambda: no_app, server.host, 0).start().stop()
        former.stop()
        try:
            server.start()
        except BaseException:
            former.start()
            raise
    else:
        server.start()
        if former is not None:
            former.stop()


def no_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return say("This server is only tried out.", start_response)


def context_without_requests() -> contextvars.Context:
    """Copy the cell's context, for its prints, without what is pushed in it."""
    context = contextvars.copy_context()
    context.run(make_current, None, None)
    return context
