"""Whose frame is it: the person's own code, seen in stacks and tracebacks."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from itertools import dropwhile
from types import FrameType, TracebackType
from typing import Any

from ...registry.owners import belongs_here
from ..cells.sources import Source, source_of
from ..cells.watch import number_of
from ..display.view import Frame

#: Lines shown on each side of the line that failed.
AROUND = 2
#: How an app logs an exception that nothing answered, up to what it logs next.
LOGGED_FAILURE = re.compile(
    r"^\[[^\n]*\bException on .*?(?=^\[\d{4}-|\Z)", re.MULTILINE | re.DOTALL
)
CALLS_IPYTHON = "get_ipython()"
LIBRARIES = ("site-packages", "dist-packages")


def is_own(frame: FrameType, shell: Any) -> bool:
    """Whether a frame runs the person's code: a cell's, or a module's of theirs."""
    if frame.f_globals is shell.user_ns:
        return True
    filename = frame.f_code.co_filename
    if belongs_here(frame.f_globals) or filename.startswith("<frozen"):
        return False
    # What is compiled to C names its source; only its module tells where that lies.
    module = str(frame.f_globals.get("__file__", ""))
    return not any(of_libraries(each) for each in (filename, module))


def of_libraries(filename: str) -> bool:
    standard = os.path.dirname(os.__file__)
    return filename.startswith(standard) or any(p in filename for p in LIBRARIES)


def own_frames(error: BaseException, shell: Any) -> list[traceback.FrameSummary]:
    """Return the person's own frames of a traceback. There may be none."""
    steps = list(traceback.walk_tb(error.__traceback__))
    summary = traceback.extract_tb(error.__traceback__)
    pairs = zip(summary, steps, strict=True)
    return [shown for shown, (frame, _) in pairs if is_own(frame, shell)]


def has_own_frames(error: BaseException, shell: Any) -> bool:
    return any(
        is_own(frame, shell) for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def passes_here(error: BaseException, shell: Any) -> bool:
    """Whether an exception came up in this package, or below Werkzeug, when the
    person's code had called it."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    while frames and not is_own(frames[0], shell):
        del frames[0]
    return any(is_of_the_framework(each) for each in frames)


def is_of_the_framework(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__package__", "")).partition(".")[0]
    return package == "werkzeug" or belongs_here(frame.f_globals)


def shown_frames(error: BaseException, shell: Any) -> tuple[Frame, ...]:
    """Return the person's own frames of a traceback, with the lines around each."""
    steps = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    summary = traceback.extract_tb(error.__traceback__)
    return tuple(
        frame_of(
            shown,
            shell,
            line_of(steps[i], shown.lineno or 0),
            source_of(shown.filename, steps[:i], error),
        )
        for i, shown in enumerate(summary)
        if is_own(steps[i], shell)
    )


def last_place(error: BaseException, shell: Any) -> Frame | None:
    """Return the person's last own frame of a traceback, if there is one."""
    frames = shown_frames(error, shell)
    return frames[-1] if frames else None


def line_of(frame: FrameType, line: int) -> int:
    """Return the line in a template for one in what Jinja has made of it, which is
    all that stands in the traceback of an interrupt."""
    template = frame.f_globals.get("__jinja_template__")
    return line if template is None else template.get_corresponding_lineno(line)


def frame_of(
    shown: traceback.FrameSummary, shell: Any, at: int, source: Source | None
) -> Frame:
    """Return a frame with the lines around, numbered as where they are written."""
    shift = 0
    place, text = place_of(shown, shell), lines_of(shown.filename, shell)
    if source is not None:
        place, shift = source.place, source.first - 1
        text = list(source.lines) or text
    lines = [
        (i + shift, text[i - 1].rstrip("\n") if i <= len(text) else "", i == at)
        for i in range(max(1, at - AROUND), at + AROUND + 1)
    ]
    existing = [line for line in lines if line[1] or line[2]] if text else []
    return Frame(place, at + shift, shown.name, tuple(existing))


def lines_of(filename: str, shell: Any) -> list[str]:
    """Return the lines of a file; a cell's magics and commands as they were typed, in
    place of the calls that IPython makes of them."""
    lines = linecache.getlines(filename)
    history = getattr(shell.history_manager, "input_hist_raw", ())
    number = number_of(shell, filename) or len(history)
    typed = history[number].splitlines() if number < len(history) else []
    # IPython leaves out the empty ones above.
    typed = list(dropwhile(lambda line: not line.strip(), typed))
    if len(typed) != len(lines):
        return lines
    return [
        as_indented(line, raw) if CALLS_IPYTHON in line else line
        for line, raw in zip(lines, typed, strict=True)
    ]


def as_indented(line: str, raw: str) -> str:
    return line[: len(line) - len(line.lstrip())] + raw.lstrip()


def place_of(shown: traceback.FrameSummary, shell: Any) -> str:
    """Return the cell of a frame, "cell [3]", else its file."""
    number = number_of(shell, shown.filename)
    return shown.filename if number is None else f"cell [{number}]"


def from_own_code(error: BaseException, shell: Any) -> BaseException:
    """Return an exception whose traceback begins in the person's own code.

    An interrupt may come while none of that runs in this thread, for it is waited
    for: then nothing is left of the traceback.
    """
    step = error.__traceback__
    while step is not None and not is_own(step.tb_frame, shell):
        step = step.tb_next
    if step is None and isinstance(error, Exception):
        return error
    return error.with_traceback(step)


def up_to_own_code(error: BaseException, shell: Any) -> TracebackType | None:
    """Return the traceback whose last frame is the person's last own one.

    Without an own frame it is the whole traceback.
    """
    steps = steps_of(error.__traceback__)
    while steps and not is_own(steps[-1].tb_frame, shell):
        steps.pop()
    return chained(steps) or error.__traceback__


def steps_of(trace: TracebackType | None) -> list[TracebackType]:
    steps = []
    while trace is not None:
        steps.append(trace)
        trace = trace.tb_next
    return steps


def chained(steps: Sequence[TracebackType]) -> TracebackType | None:
    """Return a new traceback of these steps, one after the other."""
    trace: TracebackType | None = None
    for step in reversed(steps):
        trace = TracebackType(trace, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return trace


def remember(error: BaseException, shell: Any) -> BaseException:
    """Make %debug open this exception, in the person's last own frame; return what
    stands for it there."""
    shown = stand_in(error, up_to_own_code(error, shell))
    sys.last_type, sys.last_value = type(shown), shown
    sys.last_traceback = shown.__traceback__
    sys.last_exc = shown  # type: ignore[attr-defined]
    if getattr(getattr(shell, "InteractiveTB", None), "tb", None) is not None:
        shell.InteractiveTB.tb = None  # an older error, which %debug would prefer
    return shown


def stand_in(error: BaseException, trace: TracebackType | None) -> BaseException:
    """Return the exception with another traceback, leaving its own as it is.

    IPython's debugger takes the traceback from the exception it is given.
    """
    try:
        copy = type(error).__new__(type(error), *error.args)
        copy.args = error.args
        vars(copy).update(vars(error))
        faithful = str(copy) == str(error)
    except Exception:
        faithful = False
    if not faithful:
        return error.with_traceback(trace)
    copy.__cause__, copy.__context__ = error.__cause__, error.__context__
    copy.__suppress_context__ = error.__suppress_context__
    return copy.with_traceback(trace)


def calling_scope(shell: Any) -> Callable[[str], object]:
    """Return what evaluates an expression where the running magic was called.

    In a function its variables are seen, in a comprehension those around it too.
    """
    frames = list(scopes_from(sys._getframe(1), shell))
    names = shell.user_ns
    if not frames or frames[0].f_locals is names:
        return lambda expression: eval(expression, names)
    # As globals, so that what is nested in the expression sees them too.
    seen = dict(names)
    for frame in reversed(frames):
        seen |= frame.f_locals
    return lambda expression: eval(expression, seen)


def scopes_from(frame: FrameType | None, shell: Any) -> Iterator[FrameType]:
    """Yield the innermost frame of a cell's code, then those that it lies in."""
    while frame is not None and frame.f_globals is not shell.user_ns:
        frame = frame.f_back
    while frame is not None and frame.f_globals is shell.user_ns:
        yield frame
        if frame.f_code.co_name not in {"<listcomp>", "<setcomp>", "<dictcomp>"}:
            return
        frame = frame.f_back
