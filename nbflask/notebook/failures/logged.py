"""What apps log of exceptions: the person's own lines, where this package's steps led
to them. Handlers and formats of the person's own are left alone."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from ...logging import default_handler
from .last import LastFailure


class OwnLog:
    """Has the handler that apps log by write exceptions as cards show them."""

    def __init__(self, last_failure: LastFailure) -> None:
        self._formatter = OwnLines(last_failure)

    def start(self) -> None:
        self._formatter.usual = default_handler.formatter or logging.Formatter()
        default_handler.setFormatter(self._formatter)

    def stop(self) -> None:
        if default_handler.formatter is self._formatter:
            default_handler.setFormatter(self._formatter.usual)


class OwnLines(logging.Formatter):
    """Writes what the usual formatter does, but for tracebacks."""

    usual: logging.Formatter

    def __init__(self, last_failure: LastFailure) -> None:
        super().__init__()
        self._last_failure = last_failure

    def format(self, record: logging.LogRecord) -> str:
        # Other handlers see the same record, and have a way of their own.
        kept = record.exc_text
        error = record.exc_info[1] if record.exc_info else None
        try:
            if error is not None and is_of_a_request(error):
                record.exc_text = self._told(error)
            return self.usual.format(record)
        finally:
            record.exc_text = kept

    def _told(self, error: BaseException) -> str:
        from ..display.response import failure_text
        from .chains import failure_of

        last = self._last_failure
        failure = failure_of(error, last.shell)
        return failure_text(failure, opens=last.knows(error))


def is_of_a_request(error: BaseException) -> bool:
    """Whether the framework's steps led to an exception."""
    from .frames import is_of_the_framework

    frames: Any = traceback.walk_tb(error.__traceback__)
    return any(is_of_the_framework(frame) for frame, _ in frames)
