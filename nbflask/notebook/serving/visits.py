"""Requests of visitors: what each meets before the app hears of it, and after.

A visitor is whoever asks the notebook's server over its socket. Starts no server.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ...grammar.errors import LineError
from ...story import STORY, Story
from ..failures.frames import LOGGED_FAILURE
from .credentials import withhold, withhold_own
from .log import RequestLog
from .passage import enter, leave
from .public import Address

Resolve = Callable[[], Any]
#: Returns what is told of an exception that came up in a request.
Explain = Callable[[BaseException, Story], str]


class Visits:
    """The WSGI app of a server: what `resolve` answers, asked again for each request.

    `address` tells where browsers find the server, `token` is the secret that it asks
    them for. With a debugger (see `debugger`) failures are its affair. Of a request
    from this kernel `stories` has one to be told, by the port that it comes from.
    """

    def __init__(
        self,
        resolve: Resolve,
        explain: Explain,
        settings: Any,
        log: RequestLog,
        stories: Mapping[str, Story],
        token: str = "",
    ) -> None:
        self.resolve = resolve
        self.address: Callable[[], Address] | None = None
        self.debugged: Any = None
        self._explain = explain
        self._settings = settings
        self._log = log
        self._stories = stories
        self._token = token

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        base = "" if self.address is None else enter(environ, self.address())
        withhold_own(environ, self._token)
        if not self._settings.pass_credentials:
            withhold(environ)
        if base:
            start_response = leave(base, environ, start_response)
        elif self.debugged is not None:
            answer: Iterable[bytes] = self.debugged(environ, start_response)
            return answer
        expected = self._stories.get(environ.get("REMOTE_PORT", ""))
        story = expected or Story(propagate=False)
        return self._answer(environ, start_response, story)

    def let_fail(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, and let through what fails."""
        return self._answer(environ, start_response, Story(propagate=True))

    def _answer(
        self, environ: dict[str, Any], start_response: Any, story: Story
    ) -> Iterable[bytes]:
        """Answer by the app of this moment, and put the request into the log."""
        try:
            app = self.resolve()
        except LineError as error:
            return say(str(error), start_response)
        environ[STORY] = story
        note = self._log.note(environ, story)
        held = environ["wsgi.errors"] = HeldLog(environ["wsgi.errors"])

        def tell_of(error: BaseException, where: str) -> None:
            story.failure = error
            what = f"{environ['PATH_INFO']} [{environ['REQUEST_METHOD']}]"
            told = self._explain(error, story)
            held.tell_instead(f"Exception {where} {what}\n{told}\n")

        try:
            answer: Iterable[bytes] = app(environ, note.starting(start_response))
        except BaseException as error:
            note.fail()
            if not isinstance(error, Exception):  # such as SystemExit: no app logs it
                tell_of(error, "on")
            raise
        finally:
            held.release(self._explain, story)
        return note.reading(answer, partial(tell_of, where="in the stream of"))


class HeldLog(io.TextIOBase):
    """What a request logs, held back until it is known what came of it.

    Of an exception's traceback only the person's own lines are written.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._held: list[str] | None = []
        self._told = False

    def write(self, text: str) -> int:
        if self._told:
            return len(text)
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

    def tell_instead(self, text: str) -> None:
        """Write a text in the place of what the server is about to write."""
        self._stream.write(text)
        self._stream.flush()
        self._told = True

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


def say(text: str, start_response: Any) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("500 Internal Server Error", headers)
    return [f"{text}\n".encode()]
