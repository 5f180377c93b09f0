"""Runs scenarios under the framework that `import flask` brings, one after another.

    python worker.py                    under Flask
    python -m nbflask.alias worker.py   under nbflask

Says who it is in one line of JSON, then answers each line (a scenario) with a line
(what was seen). Scenarios do not see each other: each has its own context and finds
environment, signals, loggers and clock as they were.
"""

from __future__ import annotations

import contextvars
import importlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flask
import flask.signals
import werkzeug.test
from itsdangerous import TimestampSigner
from sight import Sight, plain
from stage import Stage

NOON = 1_700_000_000  # the time that all sessions are signed at


class Clock:
    """Tells itsdangerous the time, so that signatures are the same."""

    now = NOON


class Log(logging.Handler):
    """Shows what is logged, and of which exception."""

    def __init__(self, see: Sight) -> None:
        super().__init__()
        self.see = see

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[0] if record.exc_info else None
        self.see("log", record.name, record.levelname, record.getMessage(), failure)


def answer(scenario: dict[str, Any]) -> list[Any]:
    """Run a scenario and return what was seen of it."""
    see = Sight()
    with as_if_alone(see):
        try:
            contextvars.Context().run(run, scenario, see)
        except BaseException as error:
            see("ended by", error)
    return see.seen


def run(scenario: dict[str, Any], see: Sight) -> None:
    if "snippet" in scenario:
        module, _, name = scenario["snippet"].partition(".")
        getattr(importlib.import_module(f"snippets.{module}"), name)(see)
    else:
        Stage(see).play(scenario["steps"])
    if flask.has_app_context() or flask.has_request_context():
        see("a context was left behind")


@contextmanager
def as_if_alone(see: Sight) -> Iterator[None]:
    """Show warnings and log lines, and leave no traces."""
    environment, log = dict(os.environ), Log(see)
    logging.getLogger().addHandler(log)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        # These come when the garbage is collected, which may be at any time.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            yield
        finally:
            # Said once each, as by default in Python: nbflask remembers what it has
            # bound to a host, so Werkzeug does not warn again.
            for kind, text in dict.fromkeys(
                (w.category, str(w.message)) for w in warned
            ):
                see("warned", kind, plain(text))
            logging.getLogger().removeHandler(log)
            os.environ.clear()
            os.environ.update(environment)
            Clock.now = NOON
            forget_loggers()
            for signal in flask.signals._signals.values():
                signal._clear_state()


def forget_loggers() -> None:
    for name in ("app", "other"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)


def main() -> None:
    # Programs may print; answers go where standard output was.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    TimestampSigner.get_timestamp = lambda self: Clock.now
    # What separates the parts of a form is made of these.
    werkzeug.test.time, werkzeug.test.random = (lambda: NOON), (lambda: 0.5)
    sys.modules["worker"] = sys.modules["__main__"]
    own = flask.Flask.__module__.partition(".")[0]
    print(json.dumps({"framework": own}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
