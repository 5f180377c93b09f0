"""Where the lines of templates are written: in cells, in strings, in no file.

Jinja's tracebacks name a template by what stands for its file; here that becomes
a place that people know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from ...registry.owners import belongs_here
from ...registry.records import TemplateSource
from ...registry.registry import living_registries

#: What Jinja calls a template that was given as a string.
STRINGS = frozenset({"<template>", "<unknown>"})
FORMER = re.compile(r"<template (.+) [0-9a-f]{12}>")


@dataclass(frozen=True, slots=True)
class Source:
    """A source's place, its lines, and the number that its first line has there."""

    place: str
    lines: tuple[str, ...]
    first: int = 1


def source_of(
    filename: str, before: Sequence[FrameType], error: BaseException
) -> Source | None:
    """Return the template that a frame of a traceback stands in, if it is none of a
    file; `before` are the frames that lead there."""
    if filename in STRINGS:
        return string_source(before, error)
    record = record_of(filename)
    if record is not None:
        lines = tuple(record.target.splitlines())
        return Source(f"{record.name} ({record.owner})", lines, record.line)
    former = FORMER.fullmatch(filename)
    return None if former is None else Source(f"{former[1]} (as it was)", ())


def record_of(filename: str) -> TemplateSource | None:
    """Return the template in force that a name in tracebacks stands for."""
    found = [
        record
        for registry in living_registries()
        for record in registry.find(("template file", filename))
    ]
    return found[-1] if found else None  # type: ignore[return-value]


def string_source(before: Sequence[FrameType], error: BaseException) -> Source | None:
    """Return the string that was rendered, as the nearest of our own frames has it."""
    source = getattr(error, "source", None)  # a syntax error knows
    for frame in reversed(before):
        if isinstance(source, str):
            break
        if belongs_here(frame.f_globals):
            template = frame.f_locals.get("template")
            source = getattr(template, "source", None)
    if not isinstance(source, str):
        return None
    return Source("the template string", tuple(source.splitlines()))
