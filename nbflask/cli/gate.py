"""A WSGI app before another one: while that is changed, requests wait.

None is turned away, and none is answered by half of the old and half of the new.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.wsgi import ClosingIterator

#: So long those inside may take to come to an end, such as streams.
GRACE_SECONDS = 2.0
#: So long a request waits. Then it sees what is there, as it would in a notebook.
PATIENCE_SECONDS = 60.0


class Gate:
    """Asks what `resolve` returns, for each request anew. `shut` keeps them out."""

    def __init__(self, resolve: Callable[[], Any]) -> None:
        self.resolve = resolve
        self._changed = threading.Condition()
        self._inside = 0
        self._is_shut = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._enter()
        try:
            answer = self.resolve()(environ, start_response)
        except BaseException:
            self._leave()
            raise
        return ClosingIterator(answer, self._leave)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Wait for those inside, and let nobody in meanwhile."""
        with self._changed:
            self._is_shut = True
            self._changed.wait_for(lambda: not self._inside, GRACE_SECONDS)
        try:
            yield
        finally:
            with self._changed:
                self._is_shut = False
                self._changed.notify_all()

    def _enter(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_shut, PATIENCE_SECONDS)
            self._inside += 1

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()
