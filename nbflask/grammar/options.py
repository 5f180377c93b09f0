"""Options of a magic's line, declared in tables. Knows no magic and no request.

A magic adds an option by adding a row:

    RUN_OPTIONS = (
        Option("--port", "N", "the port to listen on", int),
        Option("--open", help="open a browser too"),
        HELP,
    )
    arguments = parse("--port 5001 --open", RUN_OPTIONS)
    arguments.options["port"]  # 5001
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any

from .errors import LineError
from .words import Evaluate, fill_text, show, split


def _name(text: str) -> str:
    if not text.isidentifier() or iskeyword(text):
        raise ValueError("is not a Python name, such as r")
    return text


def _status(text: str) -> str:
    if not re.fullmatch(r"[1-5](\d\d|xx)", text.lower(), re.ASCII):
        raise ValueError("is not a status, such as 200 or 2xx")
    return text.lower()


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", text, re.ASCII) or float(text) == 0:
        raise ValueError("is not a number of seconds, such as 2.5")
    return float(text)


def status_matches(pattern: str, status: int) -> bool:
    """Return whether a status is what --expect asked for: 204 is 204 and 2xx."""
    return pattern == str(status) or pattern == f"{status // 100}xx"


@dataclass(frozen=True, slots=True)
class Option:
    """One row of a magic's options; without a metavar it is a flag.

    `type` makes the value from its text or raises ValueError with a message
    that follows the text: "is not a number". With `many` the option takes all
    words up to the next option. With `implied`, which is what it means alone, its
    value only stands behind an equals sign.
    """

    name: str
    metavar: str | None = None
    help: str = ""
    type: Callable[[str], object] = str
    many: bool = False
    implied: object = None

    @property
    def shown(self) -> str:
        """The option as it is written: "--port N", "--token[=SECRET]"."""
        if self.metavar is None:
            return self.name
        if self.implied is None:
            return f"{self.name} {self.metavar}"
        return f"{self.name}[={self.metavar}]"

    @property
    def key(self) -> str:
        """The name in Arguments.options: "--dry-run" is "dry_run"."""
        return self.name.lstrip("-").replace("-", "_")

    @property
    def default(self) -> object:
        """What stands in Arguments.options when the line does not say."""
        if self.metavar is None:
            return False
        return () if self.many else None


@dataclass(frozen=True, slots=True)
class Arguments:
    """A parsed line: every option's value by key, and the other words in order."""

    options: Mapping[str, Any]
    items: tuple[str, ...]


HELP = Option("--help", help="show this help")

REQUEST_OPTIONS = (
    Option("--form", help="send fields as a form, not as JSON"),
    Option("--follow", help="follow redirects"),
    Option("--verbose", help="show the request too"),
    Option("--out", "NAME", "keep the response in this variable", _name),
    Option("--client", "NAME", "use a client (a cookie jar) of this name"),
    Option("--live", help="send it to the running server, over its socket"),
    Option("--stream", help="show the body's pieces as they come"),
    Option("--expect", "STATUS", "fail the cell on any other: 200 or 2xx", _status),
    Option("--raise", help="let the view's exception through"),
    Option("--timeout", "S", "give up after S seconds", _seconds),
    Option("--quiet", help="show nothing"),
    HELP,
)

BODY_OPTIONS = (
    *REQUEST_OPTIONS,
    Option("--py", help="the cell is a Python expression, sent as JSON"),
)


def parse(
    line: str,
    options: Sequence[Option] = REQUEST_OPTIONS,
    *,
    evaluate: Evaluate | None = None,
) -> Arguments:
    """Read a line's options, wherever they stand; `--` ends them.

    With `evaluate` the options' values may hold {{expressions}}; the other
    words keep theirs, for `prepare` or `fill`.

    Raises LineError for an unknown option, a missing or a wrong value.
    """
    words = split(line)
    table = {option.name: option for option in options}
    values = {option.key: option.default for option in options}
    # Help is wanted most when the rest of the line is wrong.
    if HELP.name in table and HELP.name in _before_end(words):
        return Arguments(values | {"help": True}, ())
    items: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            items += words
            break
        if not _is_option(word):
            items.append(word)
            continue
        option, value = _take(word, words, table, evaluate)
        values[option.key] = _joined(values[option.key], value, option)
    return Arguments(values, tuple(items))


def describe(options: Sequence[Option] = REQUEST_OPTIONS) -> str:
    """Return the options' help, one line each, aligned."""
    names = [option.shown for option in options]
    width = max(map(len, names), default=0)
    return "\n".join(
        f"  {name:<{width}}  {option.help}".rstrip()
        for name, option in zip(names, options, strict=True)
    )


def _before_end(words: Sequence[str]) -> Sequence[str]:
    return words[: words.index("--")] if "--" in words else words


def _is_option(word: str) -> bool:
    # -1 is a number, -f is what HTTPie's short options look like.
    return word.startswith("--") or bool(re.fullmatch("-[A-Za-z]", word))


def _take(
    word: str,
    words: list[str],
    table: Mapping[str, Option],
    evaluate: Evaluate | None,
) -> tuple[Option, object]:
    """Return the option that a word names and its value, taken from `words`."""
    name, equals, text = word.partition("=")
    option = table.get(name)
    if option is None:
        raise _unknown(name, table)
    if option.metavar is None:
        if equals:
            raise LineError(f"{name} takes no value: write {name} alone.")
        return option, True
    if option.implied is not None and not equals:
        return option, option.implied
    given = [text] if equals else []
    while words and not _is_option(words[0]) and (option.many or not given):
        given.append(words.pop(0))
    if not given or given == [""]:
        raise LineError(f"{name} needs a value: write {option.shown}.")
    values = tuple(_convert(option, text, evaluate) for text in given)
    return option, values if option.many else values[0]


def _convert(option: Option, text: str, evaluate: Evaluate | None) -> object:
    if evaluate is not None:
        text = fill_text(text, evaluate)
    try:
        return option.type(text)
    except ValueError as error:
        # int("x") and friends speak of base 10; our own types of the value.
        reason = str(error) if str(error).startswith("is not") else "does not fit"
        raise LineError(
            f"{option.name} {option.metavar}: {show(text)} {reason}."
        ) from error


def _joined(before: object, value: object, option: Option) -> object:
    if option.many and isinstance(before, tuple) and isinstance(value, tuple):
        return before + value
    return value


def _unknown(name: str, table: Mapping[str, Option]) -> LineError:
    if name.startswith("--"):
        near = get_close_matches(name, table, 1)
    else:
        near = [known for known in table if known[2] == name[1]][:1]
    fix = f"did you mean {near[0]}?" if near else f"there are {' '.join(table)}."
    return LineError(f"There is no option {show(name)}: {fix}")
