"""The methods of HTTP, and lines on which one may be named before the path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from .errors import LineError
from .request import PreparedRequest, prepare

#: Those that have a magic of their own, in the order in which people name them.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
#: Those that a rule may name.
KNOWN_METHODS = (*METHODS, "TRACE")


def method_and_words(
    magic: str, items: Sequence[str]
) -> tuple[str | None, Sequence[str]]:
    """Return the method, if one is named, and the words from the path on.

    Raises LineError if there is no path; `magic` stands before it, "trace".
    """
    if not items:
        raise LineError(f"The path is missing: write one, %{magic} /users")
    first = items[0]
    if first.upper() in KNOWN_METHODS and len(items) > 1:
        return first.upper(), items[1:]
    if first.isalpha() and len(items) > 1 and items[1].startswith("/"):
        near = get_close_matches(first.upper(), KNOWN_METHODS, 1)
        known = f"there are {' '.join(KNOWN_METHODS)}."
        fix = f"did you mean {near[0]}?" if near else known
        raise LineError(f"There is no method {first!r}: {fix}")
    if first in KNOWN_METHODS:
        raise LineError(f"The path is missing: write one, %{magic} {first} /users")
    return None, items


def prepare_any(magic: str, items: Sequence[str], **options: Any) -> PreparedRequest:
    """Make a request of a line that may name its method. Without one it is GET, and
    POST if there is a body, as for HTTPie."""
    named, words = method_and_words(magic, items)
    request = prepare(named or "GET", words, **options)
    if named is None and request.has_body:
        request = replace(request, method="POST")
    return request
