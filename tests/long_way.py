"""A client that goes the long way, to compare the short ones with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbflask.testing import FlaskClient


class LongWay(FlaskClient):
    """Has a step of its own, which does nothing else, and so goes Werkzeug's way."""

    def _copy_environ(self, other: Any) -> Any:
        return super()._copy_environ(other)


def tried(function: Callable[..., Any], *args: Any) -> Any:
    """Return what a function returns, or the kind of error that it raises."""
    try:
        return function(*args)
    except Exception as error:
        return type(error)
