"""What Tab offers: paths, endpoints, templates, options, subcommands, names.

`offer` is pure: it reads the text before the cursor. The matcher asks it on behalf
of IPython, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from shlex import quote
from typing import Any

from ...app import Flask
from ...blueprints import Blueprint
from ...grammar.methods import METHODS
from ..cells.contents import templates
from . import signatures
from .paths import complete_path
from .signatures import Signature

#: A front end shows a list, not a book.
MOST = 500

MAGIC = re.compile(r"\s*(?:[^\s=%]+\s*=\s*)?(%%?)(\w+)[ \t]+(.*)", re.DOTALL)
ENDPOINT = re.compile(r"\burl_for\(\s*(?:endpoint\s*=\s*)?[\"']([\w.-]*)$")
RENDERED = re.compile(
    r"\b(?:render_template|stream_template|get_template_attribute|get_template)"
    r"\(\s*(?:\[\s*(?:[\"'][^\"'\n]*[\"']\s*,\s*)*)?[\"']([^\"'\n]*)$"
)
NAMED_IN_TEMPLATE = re.compile(
    r"\{%[-+]?\s*(?:extends|include|import|from)\s+[\"']([^\"'\n]*)$"
)
HTTP_CELL = re.compile(r"\s*%%http\b[^\n]*\n")
REQUEST_LINE = re.compile(r"(?:([A-Za-z]+)[ \t]+)?(/[^\s?]*)")
TEMPLATE_CELL = re.compile(r"\s*%%template\s+(\S+)[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand in the place of a text's last piece."""

    fragment: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is to offer: an app, the magics' helps by name, the variables."""

    app: Any
    helps: Mapping[str, str]
    variables: Mapping[str, Any]


NOTHING = Offer()


def offer(before: str, around: Surroundings) -> Offer:
    """Return what may come at the end of a cell's text, up to the cursor."""
    line = before.rpartition("\n")[2]
    magic = MAGIC.fullmatch(line)
    if magic is not None and magic[2] in around.helps:
        signature = signatures.read(around.helps[magic[2]], magic[1])
        found = in_magic(magic[2], magic[3], signature, around)
        if found.candidates:
            return found
    return in_code(before, line, around)


# In code and in templates


def in_code(before: str, line: str, around: Surroundings) -> Offer:
    if around.app is None:
        return NOTHING
    if found := ENDPOINT.search(before):
        return starting(found[1], endpoints(around.app))
    if found := RENDERED.search(before):
        return starting(found[1], templates(around.app))
    asked = REQUEST_LINE.fullmatch(line) if HTTP_CELL.match(before) else None
    if asked is not None:
        return starting_path((asked[1] or "GET").upper(), asked[2], around)
    cell = TEMPLATE_CELL.match(before)
    if cell is not None and (found := NAMED_IN_TEMPLATE.search(line)):
        others = (each for each in templates(around.app) if each != cell[1])
        return starting(found[1], others)
    return NOTHING


def endpoints(app: Any) -> Iterable[str]:
    return {rule.endpoint for rule in app.registry.table.bound.values()}


# In a magic's line


def in_magic(
    name: str, typed: str, signature: Signature, around: Surroundings
) -> Offer:
    *words, current = typed.replace("\t", " ").split(" ")
    words = [each for each in words if each]
    if current.startswith("-"):
        return starting(current, signature.options_after(words))
    given, option = without_options(words, signature)
    if option is not None:
        return value_of(option, current, around)
    return positional(name, signature, given, current, around)


def without_options(
    words: list[str], signature: Signature
) -> tuple[list[str], str | None]:
    """Return the plain words, and what the last one's option wants for a value."""
    given: list[str] = []
    wanted = ""
    for word in words:
        if word.startswith("--"):
            wanted = signature.options.get(word, "")
        elif wanted:
            wanted = ""
        else:
            given.append(word)
    return given, wanted or None


def value_of(kind: str, current: str, around: Surroundings) -> Offer:
    if kind == "PATH":
        return starting_path("", current, around)
    if kind == "BLUEPRINT":
        return starting(current, variables(around, Blueprint))
    return NOTHING


def positional(
    magic: str,
    signature: Signature,
    given: list[str],
    current: str,
    around: Surroundings,
) -> Offer:
    """Return what a plain word may be, by where it stands: first what is to be
    typed as it is, then methods, then paths."""
    expected = signature.expected(given)
    kinds = {each.kind for each in expected}
    listed = methods(current) if "METHOD" in kinds else NOTHING
    if listed.candidates and listed.fragment != current:
        return listed  # behind a comma there is nothing but methods
    words = [each.literal for each in expected if each.literal]
    if "NAME" in kinds and given[-1:] == ["use"]:
        words += variables(around, Flask)
    if around.app is not None and magic in FILES and kinds & {"NAME", "PATH"}:
        # Which another run may write anew. A blank has to be quoted on a line.
        return starting(current, map(quote, FILES[magic](around.app)))
    found = [*starting(current, words).candidates, *listed.candidates]
    if "PATH" in kinds:
        found += starting_path(method_of(magic, given), current, around).candidates
    return Offer(current, tuple(found[:MOST]))


def method_of(magic: str, given: list[str]) -> str:
    asked = (given[0] if given else magic).upper()
    return asked if asked in METHODS else ""


def methods(current: str) -> Offer:
    """Offer methods, each behind the comma of the one before."""
    before, _, last = current.rpartition(",")
    used = before.upper().split(",")
    left = [each for each in METHODS if each not in used]
    return Offer(last, tuple(each for each in left if each.startswith(last.upper())))


def starting_path(method: str, current: str, around: Surroundings) -> Offer:
    """Offer the paths that take a method, or any if none of them does."""
    if around.app is None:
        return NOTHING
    table = around.app.registry.table
    rules = [each for each in table.bound.values() if not each.build_only]
    fitting = [each for each in rules if each.methods is None or method in each.methods]
    found = complete_path(fitting, current) if method else []
    found = found or complete_path(rules, current)
    prefix = f"{around.app.static_url_path}/"
    if current.startswith(prefix):
        files = (f"{prefix}{path}" for path in table.static_files)
        found = sorted({*found, *(each for each in files if each.startswith(current))})
    return Offer(current, tuple(found[:MOST]))


def static_files(app: Any) -> Iterable[str]:
    """Return the static files of cells: those of a folder may be of any kind."""
    return app.registry.table.static_files  # type: ignore[no-any-return]


#: What the magics that keep a cell as a file may be given for its name.
FILES: dict[str, Callable[[Any], Iterable[str]]] = {
    "template": templates,
    "static": static_files,
}


def variables(around: Surroundings, kind: type) -> list[str]:
    return [
        name
        for name, value in list(around.variables.items())
        if isinstance(value, kind) and not name.startswith("_")
    ]


def starting(text: str, candidates: Iterable[str]) -> Offer:
    found = sorted({each for each in candidates if each.startswith(text)})
    return Offer(text, tuple(islice(found, MOST)))


# For IPython

Ask = Callable[[], Surroundings]


def matcher(ask: Ask) -> Any:
    """Return what `shell.Completer.custom_matchers` takes; `ask` is called at each
    Tab. It offers nothing where something goes wrong, and keeps others out only
    where it knows better."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="nbflask")  # type: ignore[untyped-decorator,unused-ignore]
    def match(context: Any) -> dict[str, Any]:
        found = NOTHING
        with suppress(Exception):  # Tab must not print a traceback
            found = offer(text_before(context), ask())
        return {
            "completions": [SimpleCompletion(each) for each in found.candidates],
            "matched_fragment": found.fragment,
            "suppress": bool(found.candidates),
            "ordered": True,
        }

    return match


def text_before(context: Any) -> str:
    """Return the cell up to the cursor; some callers give nothing but the line."""
    lines = context.full_text.split("\n")
    number = min(context.cursor_line, len(lines) - 1)
    return "\n".join([*lines[:number], lines[number][: context.cursor_position]])
