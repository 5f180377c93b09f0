"""The data of an .http file: requests as they are written, variables. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .braces import Piece
from .errors import LineError


@dataclass(frozen=True, slots=True)
class Variable:
    """`@name = value`, the value cut at its expressions."""

    name: str
    pieces: tuple[Piece, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Header:
    """One header line, not filled in yet."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class BodyLine:
    """One line of a body, not filled in yet, without its end."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`< path`: a file's content. With an encoding it is text to be filled in."""

    path: str
    encoding: str | None
    line: int


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request as it is written. `left_out` are lines taken for comments."""

    method: str
    target: str
    line: int
    headers: tuple[Header, ...] = ()
    body: tuple[BodyLine | Inclusion, ...] = ()
    title: str = ""
    name: str = ""
    follows: bool = True
    left_out: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """What a person calls it: its title, else its name."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class HttpFile:
    """All that a text says, in its order."""

    requests: tuple[HttpRequest, ...] = ()
    variables: tuple[Variable, ...] = ()


@contextmanager
def on_line(number: int) -> Iterator[None]:
    """Let a LineError say which line it is about."""
    try:
        yield
    except LineError as error:
        raise at_line(number, str(error)) from error.__cause__


def at_line(number: int, message: str) -> LineError:
    """Return an error that begins with its line's number."""
    return LineError(f"Line {number}: {message}")
