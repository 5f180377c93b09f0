"""Where {{…}} stands in the text of an .http file. Says nothing of what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import LineError
from .words import is_python, show

#: `login.response.body.$.token`: a named request, its half, its part, the rest.
REFERENCE = re.compile(
    r"([A-Za-z_][\w-]*)\.(request|response)\.(body|headers)\b(.*)", re.DOTALL
)
_OWN = re.compile(rf"\s*(?:[$%]|{REFERENCE.pattern[:-4]})")
#: Places where an expression may end that are tried: {"a": {"b": {}}} has two.
_MOST_ENDS = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text as it is, or an expression without its braces."""

    text: str
    is_expression: bool = False


def cut_braces(text: str) -> tuple[Piece, ...]:
    """Cut text at its expressions: "/u/{{id}}" is "/u/" and the expression "id".

    Raises LineError for braces that are never closed.
    """
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    while (start := text.find("{{", at)) != -1:
        end = _end(text, start)
        if end is None:
            raise LineError(
                f"{{{{ is never closed in {show(text[start:])}: write {{{{name}}}}, "
                "or {{'{{'}} for the braces themselves."
            )
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start + 2 : end - 2].strip(), is_expression=True)
        at = end
    if at < len(text):
        yield Piece(text[at:])


def _end(text: str, start: int) -> int | None:
    """Return where the expression that begins at `start` ends, if it does.

    A Python expression may hold braces: the first end that makes it Python wins.
    """
    further = text.find("{{", start + 2)
    limit = len(text) if further == -1 else further
    first = text.find("}}", start + 2, limit)
    if first == -1:
        # {{'{{'}} is the braces themselves.
        return _end_around(text, start, further)
    close = first
    for _ in range(_MOST_ENDS if not _OWN.match(text, start + 2) else 0):
        if is_python(text[start + 2 : close]):
            return close + 2
        close = text.find("}}", close + 1, limit)
        if close == -1:
            break
    return first + 2


def _end_around(text: str, start: int, further: int) -> int | None:
    close = text.find("}}", further) if further != -1 else -1
    if close != -1 and is_python(text[start + 2 : close]):
        return close + 2
    return None
