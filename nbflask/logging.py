"""The application's logger and where its lines go. Levels, formats and handlers
beyond the default one belong to the user.
"""

from __future__ import annotations

import logging
import sys
import typing as t

from werkzeug.local import LocalProxy

from .ctx import _cv_request

if t.TYPE_CHECKING:
    from .typing import Application


def _current_errors_stream() -> t.TextIO:
    context = _cv_request.get(None)
    if context is None:
        return sys.stderr
    stream: t.TextIO = context.request.environ["wsgi.errors"]
    return stream


#: The error stream of the server while a request is handled, else sys.stderr.
#: Logging configurations name it "ext://flask.logging.wsgi_errors_stream".
wsgi_errors_stream = LocalProxy(_current_errors_stream)


def has_level_handler(logger: logging.Logger) -> bool:
    """Return whether a handler of the logger, or of one that it propagates to,
    accepts records of the logger's effective level.
    """
    lowest = logger.getEffectiveLevel()
    return any(handler.level <= lowest for handler in _handlers(logger))


def _handlers(logger: logging.Logger) -> t.Iterator[logging.Handler]:
    """Yield the handlers that a record of the logger comes by, nearest first."""
    yield from logger.handlers
    if logger.propagate and logger.parent:
        yield from _handlers(logger.parent)


#: Writes "[time] LEVEL in module: message" to wsgi_errors_stream.
default_handler = logging.StreamHandler(t.cast(t.TextIO, wsgi_errors_stream))
_FORMAT: t.Final = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
default_handler.setFormatter(logging.Formatter(_FORMAT))


def create_logger(app: Application) -> logging.Logger:
    """Return the logger called app.name.

    In debug mode its level becomes DEBUG, unless one is set. It gets the
    default handler if nothing else handles its records.
    """
    logger = logging.getLogger(app.name)
    if logger.level == logging.NOTSET and app.debug:
        logger.setLevel("DEBUG")
    # The level comes first: it decides which handlers count.
    handled = has_level_handler(logger)
    if not handled:
        logger.addHandler(default_handler)
    return logger
