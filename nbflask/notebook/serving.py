"""The notebook's one server: in the background, of whichever app is current."""

from __future__ import annotations

import contextvars
import io
from collections.abc import Callable, Iterable
from typing import Any

from ..dispatch import STORY, Story
from ..server import Server
from .contexts import make_current
from .credentials import withhold
from .frames import LOGGED_FAILURE
from .grammar import LineError
from .log import RequestLog

Resolve = Callable[[], Any]
#: Returns what is told of an exception that came up in a request.
Explain = Callable[[BaseException, Story], str]


class Serving:
    """At most one server, which can be started, given another app, and stopped.

    What it answers is in `log`.
    """

    def __init__(self, explain: Explain, settings: Any) -> None:
        self.log = RequestLog()
        self._settings = settings
        self._explain = explain
        self._server: Server | None = None
        self._resolve: Resolve | None = None
        self._stories: dict[str, Story] = {}

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
        or port is asked for. Raises OSError in one line if no port can be had, and
        then the one that runs goes on.
        """
        running = self.server
        if running is None:
            self._resolve = resolve
        if running is None or not self._is_as_asked(running, host, port):
            server = Server(
                lambda: self._answer,
                host or "127.0.0.1",
                5000 if port is None else port,
                context=context_without_requests,
            )
            running = self._server = take_over(running, server)
        self._resolve = resolve
        return running

    def expect(self, port: str, story: Story) -> None:
        """Tell a story of the request that will come from this port, of this kernel."""
        self._stories[port] = story

    def expect_no_more(self, port: str) -> None:
        self._stories.pop(port, None)

    def stop(self) -> bool:
        """Stop the server. Answers whether there was one."""
        running, self._server = self.server, None
        if running is None:
            return False
        running.stop()
        return True

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a browser by the app of this moment; what fails there is a 500."""
        assert self._resolve is not None
        try:
            app = self._resolve()
        except LineError as error:
            return say(str(error), start_response)
        if not self._settings.pass_credentials:
            withhold(environ)
        expected = self._stories.get(environ.get("REMOTE_PORT", ""))
        story = environ[STORY] = expected or Story(propagate=False)
        note = self.log.note(environ, story)
        held = environ["wsgi.errors"] = HeldLog(environ["wsgi.errors"])
        try:
            answer: Iterable[bytes] = app(environ, note.starting(start_response))
        except BaseException:
            note.fail()
            raise
        finally:
            held.release(self._explain, story)
        return note.reading(answer)

    def _is_as_asked(self, server: Server, host: str | None, port: int | None) -> bool:
        ports = {None, server.port, server.moved_from or server.port}
        return host in {None, server.host} and (port in ports or port == 0)


class HeldLog(io.TextIOBase):
    """What a request logs, held back until it is known what came of it.

    Of an exception's traceback only the person's own lines are written.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._held: list[str] | None = []

    def write(self, text: str) -> int:
        if self._held is None:
            return int(self._stream.write(text))
        self._held.append(text)
        return len(text)

    def flush(self) -> None:
        if self._held is None:
            self._stream.flush()

    def close(self) -> None:
        """Leave the stream alone, which is not this log's own.

        Called for every request in the end: a kernel's stream waits for another thread
        when it is flushed, and keeps a socket for each thread that has done so.
        """

    def release(self, explain: Explain, story: Story) -> None:
        """Write what was logged; from now on everything is written at once."""
        text, self._held = "".join(self._held or ()), None
        if story.failure is not None:
            told = explain(story.failure, story)
            text = LOGGED_FAILURE.sub(lambda log: first_line(log[0]) + told, text)
        if text:
            self._stream.write(text if text.endswith("\n") else f"{text}\n")
            self._stream.flush()


def first_line(text: str) -> str:
    return text.partition("\n")[0] + "\n"


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


def say(text: str, start_response: Any) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("500 Internal Server Error", headers)
    return [f"{text}\n".encode()]


def context_without_requests() -> contextvars.Context:
    """Copy the cell's context, for its prints, without what is pushed in it."""
    context = contextvars.copy_context()
    context.run(make_current, None, None)
    return context
