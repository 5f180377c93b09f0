"""Tracebacks made such that IPython can show them: it reads every source as Python,
knows none of a cell or a string, and where a frame went on after a step, as to raise
another exception, it may take that line for the step's.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType, TracebackType
from typing import Any

from ..cells.sources import Source, source_of
from .frames import is_own, line_of, steps_of

#: What Jinja leaves in the globals of a template's frame.
MARKS = frozenset({"__jinja_exception__", "__jinja_template__"})
#: What fails wherever it stands, whatever names there are.
FAILS = "[][0]"
#: By what a function is named in a traceback; Python 3.10 knows no qualified name.
KEPT = ("co_name", "co_qualname", "co_firstlineno")
#: A numbered line with nothing on it, in colours or without, such as one in the place
#: of a cell's magic.
EMPTY = re.compile(r"\n(?: |\x1b\[[0-9;]*m)*\d+(?: |\x1b\[[0-9;]*m)*(?=\n)")


def of_own_code(
    error: BaseException, shell: Any
) -> tuple[TracebackType | None, dict[str, Source]]:
    """Return the traceback without the steps that are not the person's, and the
    templates in it, by the names that they have there."""
    steps = steps_of(error.__traceback__)
    frames = [each.tb_frame for each in steps]
    trace: TracebackType | None = None
    sources: dict[str, Source] = {}
    for i in reversed(range(len(steps))):
        step, frame = steps[i], frames[i]
        if not is_own(frame, shell):
            continue
        source = template_at(frame, frames[:i], error)
        if source is not None:
            name = f"<template {len(sources)}>"
            sources[name] = source
            step = in_template(step, name, source)
        elif frame.f_lineno != step.tb_lineno:
            step = in_function(step)
        trace = TracebackType(trace, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return trace, sources


def template_at(
    frame: FrameType, before: Sequence[FrameType], error: BaseException
) -> Source | None:
    """Return the template that a frame stands in, if it does in any."""
    if MARKS.isdisjoint(frame.f_globals):
        return None
    name = frame.f_code.co_filename
    source = source_of(name, before, error)
    if source is not None and source.lines:
        return source
    lines = tuple(each.rstrip("\n") for each in linecache.getlines(name))
    return Source(name if source is None else source.place, lines)


def in_template(step: TracebackType, name: str, source: Source) -> TracebackType:
    """Return a step at the same line of a template, in a frame of a module: of all
    else the whole source would be parsed."""
    line = line_of(step.tb_frame, step.tb_lineno) + source.first - 1
    code = compile("\n" * (line - 1) + FAILS, name, "exec")
    return standing_for(step, code)


def in_function(step: TracebackType) -> TracebackType:
    """Return a step at the same line of a function, in a frame that stays there."""
    known = step.tb_frame.f_code
    lines = "\n" * (step.tb_lineno - known.co_firstlineno)
    code = compile(lines + FAILS, known.co_filename, "exec")
    kept = {each: getattr(known, each) for each in KEPT if hasattr(known, each)}
    return standing_for(step, code.replace(**kept))


def standing_for(step: TracebackType, code: CodeType) -> TracebackType:
    """Return the step of code that fails, with the variables of another step."""
    try:
        exec(code, {}, {**step.tb_frame.f_locals})
    except IndexError as failed:
        trace = failed.__traceback__
        assert trace is not None
        assert trace.tb_next is not None
        return trace.tb_next
    return step


@contextmanager
def legible(sources: Mapping[str, Source]) -> Iterator[None]:
    """Let the lines of templates be found for a while, each at its number."""
    for name, source in sources.items():
        lines = [f"{each}\n" for each in (*[""] * (source.first - 1), *source.lines)]
        linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
    try:
        yield
    finally:
        for name in sources:
            linecache.cache.pop(name, None)


def placed(lines: str, sources: Mapping[str, Source]) -> str:
    """Return what IPython writes of steps, with the places of templates as names."""
    for name, source in sources.items():
        before, found, after = split_at(name, lines)
        if found:
            lines = EMPTY.sub("", f"{before}{source.place}{after}")
    return lines


def split_at(name: str, lines: str) -> tuple[str, bool, str]:
    """Return what stands before and after a file's name, without the word File."""
    before, found, after = lines.partition(name)
    head, _, colours = before.rpartition("File ")
    return head + colours, bool(found), after
