"""What a worker sees of a program, as JSON: equal if the frameworks are.

Only what must differ is made equal here: addresses, the package's name and folder,
times that depend on the moment. Runs in the worker.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import flask
from deliberate import as_flask_says, is_own
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")
PACKAGE = re.compile(r"\bnbflask\b")
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
METHODS = re.compile(r"(?<=' \()[A-Z, ]+(?=\) -> )")  # of a rule: a set as well
FOLDER = os.path.dirname(flask.__file__)
RECENTLY = 60  # seconds; older dates are those of files, which do not change


class Sight:
    """Collects what is seen: call it with whatever a test wants compared."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, *values: Any) -> None:
        self.seen.append([describe(value) for value in values])

    @contextmanager
    def error(self) -> Iterator[None]:
        """See what the block raises, and go on."""
        try:
            yield
        except BaseException as error:
            self(error)
        else:
            self("nothing was raised")

    def outcome(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """See what a function returns or raises."""
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self(error)
        else:
            self(result)


def describe(value: Any) -> Any:
    """Return a value as JSON, in its order and with its types."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return plain(value)
        case bytes() | bytearray():
            return {"bytes": plain(value.decode("latin1"))}
        case Response() | TestResponse():
            return response(value)
        case BaseException():
            return error(value)
        case Headers():
            return {"headers": [[name, plain(text)] for name, text in value]}
        case Mapping():
            items = [[describe(key), describe(value[key])] for key in value]
            return {"mapping": items}
        case tuple():
            return {"tuple": [describe(item) for item in value]}
        case MutableSequence():
            return [describe(item) for item in value]
        case set() | frozenset():
            return {"set": sorted(map(repr, map(describe, value)))}
        case type():
            return {"class": value.__name__}
    if callable(value) and hasattr(value, "__name__"):
        return {"function": "its own" if is_the_frameworks(value) else value.__name__}
    return {"type": type(value).__name__, "text": plain(repr(value))}


def response(value: Any) -> dict[str, Any]:
    return {
        "status": value.status,
        "headers": [[name, header(name, text)] for name, text in value.headers],
        "body": plain(body_of(value)),
    }


def header(name: str, text: str) -> str:
    # Kept as a set by Werkzeug, so its order is chance.
    return in_order(text) if name == "Allow" else plain(text)


def in_order(names: str) -> str:
    return ", ".join(sorted(names.split(", ")))


def body_of(value: Any) -> str:
    value.direct_passthrough = False
    try:
        return value.get_data().decode("latin1")
    except Exception as broken:
        return f"broken off by {type(broken).__name__}: {broken}"


def error(value: BaseException) -> dict[str, Any]:
    """Return an error by its class, what else it can be caught as, and its text."""
    kinds = [kind for kind in type(value).__mro__ if not is_own(kind)]
    seen = {
        "error": kinds[0].__name__,
        "caught as": [kind.__name__ for kind in kinds if is_builtin(kind)],
        "message": plain(str(value)),
    }
    if isinstance(value, HTTPException):
        seen["code"] = value.code
        if value.response is not None:
            seen["response"] = describe(value.response)
    return seen


def is_the_frameworks(function: Any) -> bool:
    """Whether a function is of Flask's or nbflask's making, not the program's."""
    package = str(getattr(function, "__module__", "")).partition(".")[0]
    return package in {"flask", "nbflask"}


def is_builtin(kind: type) -> bool:
    return kind.__module__ == "builtins" and kind is not object


def plain(text: str) -> str:
    """Return a text without what differs from run to run."""
    text = as_flask_says(text).replace(FOLDER, "<flask>")
    text = PACKAGE.sub("flask", ADDRESS.sub("0x…", text))
    text = METHODS.sub(lambda found: in_order(found[0]), text)
    return HTTP_DATE.sub(_since_now, text)


def _since_now(found: re.Match[str]) -> str:
    """Return a date of now or later by its distance, in minutes."""
    try:
        date: datetime = parsedate_to_datetime(found[0])
    except ValueError:
        return found[0]
    seconds = date.timestamp() - time.time()
    if seconds < -RECENTLY or date.year > 9000:
        return found[0]
    return f"<in {round(seconds / 60)} minutes>"
