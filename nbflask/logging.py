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
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


#: Writes "[time] LEVEL in module: message" to wsgi_errors_stream.
default_handler = logging.StreamHandler(t.cast(t.TextIO, wsgi_errors_stream))
default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def create_logger(app: Application) -> logging.Logger:
    """Return the logger called app.name.

    In debug mode its level becomes DEBUG, unless one is set. It gets the
    default handler if nothing else handles its records.
    """
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger
