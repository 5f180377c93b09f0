"""Values made safe to show, and templates rendered. Knows no response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zlib import crc32

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from jinja2 import Environment

# Shown by name, so that no value can reorder or hide what surrounds it.
_DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\r\n\x85\u2028\u2029]+")

_CARD = 'class="nbflask-card'
# Where a card's style belongs: NUL is in no value that was made safe.
_STYLE = "\0style\0"
_RULE = re.compile(r"[^{}]+\{(?:[^{}]|\{[^{}]*\})*\}")
_CLASS = re.compile(r"\.(nf-[a-z0-9]+)")
_CLASS_NAME = re.compile(r"\bnf-[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Card:
    """One display in two forms that say the same, and what programs read of it."""

    text: str
    html: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def forms(self) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return self.forms, dict(self.metadata)


def clean(text: str) -> str:
    """Return text with control and bidi characters visible, half ones replaced."""
    text = text.replace("\r\n", "\n")
    text = _DIRECTING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return _UNPRINTABLE.sub(_picture, text)


def line(value: object) -> str:
    """Return the value's text, clean and on one line."""
    return clean(_BREAKS.sub(" ⏎ ", str(value)))


def lines_of(value: object) -> list[str]:
    """Return the lines of the value's text, clean; one at least."""
    return [line(each) for each in str(value).splitlines()] or [""]


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def srcdoc(text: str) -> Markup:
    """Escape a page for srcdoc; its bidi characters are its own affair."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def render(template: str, **values: object) -> str:
    """Render a template of this folder inside the card's frame and style."""
    style = Markup(_STYLE)
    html = _environment().get_template(template).render(style=style, **values)
    return _styled(html) if _STYLE in html else html


@cache
def _environment() -> Environment:
    # Imported and made on first use: loading the extension stays free.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {"srcdoc": srcdoc, "line": line}
    return environment


def _finalize(value: object) -> object:
    return clean(value) if type(value) is str else value


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of the stylesheet, as short as can be, and the classes that each of its
    selectors needs. It may hold under a condition, such as "@media (…)"."""

    condition: str
    text: str
    needs: tuple[frozenset[str], ...]


@cache
def _rules() -> tuple[_Rule, ...]:
    environment = _environment()
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, "style.css")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    source = re.sub(r"\s+", " ", source)
    source = re.sub(r" ?([{};,]) ?", r"\1", source).replace(": ", ":")
    return tuple(_rules_in(source.replace(";}", "}").strip()))


def _rules_in(source: str, condition: str = "") -> Iterator[_Rule]:
    for rule in _RULE.findall(source):
        head, _, body = rule.partition("{")
        if head.startswith("@"):
            yield from _rules_in(body[:-1], head)
        else:
            needs = (frozenset(_CLASS.findall(each)) for each in head.split(","))
            yield _Rule(condition, rule, tuple(needs))


def _styled(html: str) -> str:
    """Return a card with its style, which is for those of the same style alone:
    what another card below lacks or repeats changes nothing here."""
    rules = _rules_for(html)
    scope = f"nf-{crc32(rules.encode()):08x}"
    html = html.replace(_CARD, f"{_CARD} {scope}", 1)
    return html.replace(_STYLE, rules.replace(".nbflask-card", f".{scope}"), 1)


def _rules_for(html: str) -> str:
    """Return the rules that a card's elements need: every card carries its own."""
    used = set(_CLASS_NAME.findall(html))
    needed = (each for each in _rules() if any(part <= used for part in each.needs))
    blocks = []
    for condition, rules in groupby(needed, attrgetter("condition")):
        text = "".join(each.text for each in rules)
        blocks.append(f"{condition}{{{text}}}" if condition else text)
    return "".join(blocks)
