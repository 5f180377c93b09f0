"""What a magic's line takes, read from its help: words, options and their values.

The help is made of the magics' tables of options, so a new magic, or a new option,
is known here by itself. Pure: knows no shell and no app.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

#: An option with its value's name, "--on BLUEPRINT"; a flag has none.
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)(?: ([A-Z][A-Z=]*)\b)?")
#: The options of a subcommand, up to a blank line.
SECTION = re.compile(r"^Options of %\w+ (\w+):\n((?:.+\n?)*)", re.MULTILINE)
#: Of two words one, "[N | clear]".
EITHER = re.compile(r"\[(\w+) \| (\w+)\]")
ANY = "ANY"


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a line takes: itself, or what it is called (METHOD, PATH)."""

    kind: str
    literal: str = ""
    optional: bool = False
    many: bool = False

    def accepts(self, typed: str) -> bool:
        if self.literal:
            return typed == self.literal
        if self.kind == "METHOD":
            return bool(re.fullmatch(r"[A-Za-z,]+", typed))
        return self.kind != "PATH" or not self.optional or typed.startswith("/")


@dataclass(frozen=True, slots=True)
class Signature:
    """All that a magic takes: the ways to write its words, and its options; `of` has
    those that are told of a subcommand alone."""

    ways: tuple[tuple[Word, ...], ...]
    options: dict[str, str]
    of: dict[str, frozenset[str]] = field(default_factory=dict)

    def options_after(self, typed: Sequence[str]) -> list[str]:
        """Return the options that may stand behind the words that were typed."""
        own = self.of.get(typed[0]) if typed else None
        others = frozenset[str]().union(*self.of.values())
        return [e for e in self.options if (e in own if own else e not in others)]

    def expected(self, typed: Sequence[str]) -> list[Word]:
        """Return what may stand behind the words that were typed already."""
        found: dict[Word, None] = {}
        for way in self.ways:
            for at in places(way, typed):
                found |= dict.fromkeys(reachable(way[at:]))
        return list(found)


def places(way: Sequence[Word], typed: Sequence[str]) -> set[int]:
    """Return how far along a way the typed words may have led."""
    now = {0}
    for text in typed:
        then = set()
        for at in now:
            for step, word in enumerate(way[at:], at):
                if word.accepts(text):
                    then.add(step if word.many else step + 1)
                if not (word.optional or word.many):
                    break
        now = then
    return now


def reachable(rest: Sequence[Word]) -> Iterator[Word]:
    for word in rest:
        yield word
        if not (word.optional or word.many):
            return


@lru_cache(maxsize=64)
def read(usage: str, sign: str = "%") -> Signature:
    """Read a magic's help: lines that begin with the magic, and its options.

    Where the help tells a line from what stands above a cell, the lines that begin
    with `sign` count, "%" or "%%".
    """
    lines = [line for line in usage.splitlines() if line.startswith("%")]
    lines = [each for each in lines if sign_of(each) == sign] or lines
    options: dict[str, str] = {}
    for name, metavar in OPTION.findall(usage):
        options[name] = options.get(name) or metavar
    of = {
        name: frozenset(option for option, _ in OPTION.findall(text))
        for name, text in SECTION.findall(usage)
    }
    ways = (way_of(each) for line in lines for each in without_choice(line))
    return Signature(tuple(ways), options, of)


def sign_of(line: str) -> str:
    return "%%" if line.startswith("%%") else "%"


def without_choice(line: str) -> list[str]:
    """Return a line of help for each of two words that it may go on with."""
    choices = r"[\1]", r"[\2]"
    return list(dict.fromkeys(EITHER.sub(choice, line) for choice in choices))


def way_of(line: str) -> tuple[Word, ...]:
    # What it does stands behind the line, two blanks apart.
    typed = re.split(r"\s{2,}", line)[0].split()[1:]
    words: list[Word] = []
    for text in typed:
        word = word_of(text)
        told = word.literal and words and not words[-1].literal
        if "--" in text or "OPTION" in text or told:
            break
        words.append(word)
    return tuple(words)


def word_of(text: str) -> Word:
    optional, many = text.startswith("["), text.endswith(("…", "…]"))
    plain = text.strip("[]…")
    if plain.isalpha() and plain.islower():
        return Word("LITERAL", literal=plain, optional=optional)
    if plain.startswith("METHOD"):
        return Word("METHOD", optional=optional)
    if plain == "PATH" or plain.startswith("/"):
        return Word("PATH", optional=optional)
    kind = plain if plain.isalpha() else ANY
    return Word(kind, optional=optional, many=many)
