"""Values as Python writes them, over as many lines as a formatter would take."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 88
INDENT = "    "
#: A string is cut into pieces of about so many characters.
PIECE = 68
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORDS = re.compile(rf".{{1,{PIECE}}}(?:(?<= )|\n|$)|.{{1,{PIECE}}}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Brackets:
    """What stands in brackets: `f(`, its arguments, `)`. Those of a call may share a
    line of their own; the elements of a list have one each."""

    opening: str
    items: tuple[Expression, ...]
    closing: str
    are_arguments: bool = False

    def flat(self) -> str:
        inside = ", ".join(each.flat() for each in self.items)
        return f"{self.opening}{inside}{self.closing}"


@dataclass(frozen=True, slots=True)
class Named:
    """A value behind its name: `json=…`, `"name": …`; or a text as it is."""

    name: str
    value: Brackets | None = None

    def flat(self) -> str:
        return self.name + (self.value.flat() if self.value else "")


Expression = Brackets | Named


def laid(before: str, expression: Expression, margin: str, after: str = "") -> str:
    """Return an expression within its line: on it if it fits, else on several."""
    line = f"{before}{expression.flat()}{after}"
    if fits(margin + line):
        return margin + line
    if isinstance(expression, Named):
        if expression.value is None:
            return margin + line
        return laid(before + expression.name, expression.value, margin, after)
    inner = margin + INDENT
    inside = ", ".join(each.flat() for each in expression.items)
    if expression.are_arguments and fits(inner + inside):
        lines = [inner + inside]
    else:
        lines = [laid("", each, inner, ",") for each in expression.items]
    first, last = f"{margin}{before}{expression.opening}", expression.closing
    return "\n".join([first, *lines, f"{margin}{last}{after}"])


def fits(line: str) -> bool:
    """Whether a line is short enough, as a formatter measures it."""
    return len(line) <= WIDTH and (line.isascii() or sum(map(columns, line)) <= WIDTH)


def columns(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in {"Mn", "Me"} else 1


def call(function: str, arguments: Sequence[Expression]) -> Brackets:
    return Brackets(f"{function}(", tuple(arguments), ")", are_arguments=True)


def argument(name: str, value: Expression) -> Named:
    if isinstance(value, Brackets):
        return Named(f"{name}=", value)
    return Named(f"{name}={value.name}", value.value)


def literal(value: Any) -> Expression:
    """Return a value of JSON, or one made of tuples, texts and bytes."""
    if isinstance(value, dict) and value:
        pairs = (pair(quoted(name), literal(each)) for name, each in value.items())
        return Brackets("{", tuple(pairs), "}")
    if isinstance(value, list) and value:
        return Brackets("[", tuple(map(literal, value)), "]")
    if isinstance(value, str):
        return Named(quoted(value))
    if isinstance(value, bytes):
        return Named(quoted_bytes(value))
    return Named(repr(value).replace("e+", "e"))


def pair(name: str, value: Expression) -> Named:
    if isinstance(value, Brackets):
        return Named(f"{name}: ", value)
    return Named(f"{name}: {value.name}", value.value)


def quoted(text: str) -> str:
    """Return a text's literal, in double quotes unless single ones escape less."""
    return in_quotes(repr('"' + text)[2:-1], text.count('"') > text.count("'"))


def quoted_bytes(content: bytes) -> str:
    body = repr(b'"' + content)[3:-1]
    return "b" + in_quotes(body, content.count(b'"') > content.count(b"'"))


def in_quotes(body: str, single: bool) -> str:
    mark = "'" if single else '"'
    body = _ESCAPED.sub(lambda found: "'" if found[1] == "'" else found[0], body)
    return mark + body.replace(mark, f"\\{mark}") + mark


def cut_text(text: str) -> Iterator[str]:
    """Yield the lines of a text, and those that are too long in pieces of words."""
    for line in text.splitlines(keepends=True):
        if fits(2 * INDENT + quoted(line)):
            yield line
        else:
            yield from (found[0] for found in _WORDS.finditer(line))


def cut_bytes(content: bytes) -> Iterator[bytes]:
    """Yield pieces of bytes whose literals fit on a line."""
    size = PIECE // 4
    yield from (content[at : at + size] for at in range(0, len(content), size))
