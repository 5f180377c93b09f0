"""Asking a WSGI app for an answer, in this thread.

An app that is done when it returns, as with nearly every page, needs nothing more
than to be called. Bodies that are made while they are read are Werkzeug's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any

from werkzeug.test import run_wsgi_app

from .environs import Environ

#: Body, status and headers.
Answer = tuple[Iterable[bytes], str, Any]


class Start:
    """What an app calls to begin its answer: keeps what it is told.

    Once somebody else goes on with the answer, that one is told.
    """

    status: str | None = None
    headers: Any = None
    onward: Callable[..., Any] | None = None
    #: What was written before there was a body, and who takes what is written now.
    written: tuple[bytes, ...] = ()
    writer: Callable[[bytes], Any] | None = None

    def __call__(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        if self.onward is not None:
            return self.onward(status, headers, exc_info)
        if exc_info:
            try:
                raise exc_info[1].with_traceback(exc_info[2])
            finally:
                del exc_info  # it leads to this frame
        self.status, self.headers = status, headers
        return self.write

    def write(self, piece: bytes) -> None:
        if self.writer is None:
            self.written += (piece,)
        else:
            self.writer(piece)

    def go_on(self, answer: Any, environ: Environ, onward: Callable[..., Any]) -> Any:
        """Be an app that has begun as the one before, and answers what it did."""
        self.onward = onward
        if self.status is not None:
            self.writer = onward(self.status, self.headers)
            for piece in self.written:
                self.writer(piece)
        return answer


def ask(app: Any, environ: Environ, *, buffered: bool) -> Answer:
    """Return what an app answers. What it changes in the environ is its own affair."""
    start = Start()
    answer = app(environ.copy(), start)
    if type(answer) is not list or not answer or start.status is None or start.written:
        return run_wsgi_app(partial(start.go_on, answer), environ, buffered)
    return [*answer] if buffered else chain(answer), start.status, start.headers
