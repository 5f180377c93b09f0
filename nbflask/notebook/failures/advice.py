"""What is added to Flask's own words where somebody works outside of a context: the
way out that leads on there. In a thread, or a stream, that is no magic."""

from __future__ import annotations

import inspect
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from textwrap import fill
from types import FrameType
from typing import Any

from ...ctx import AppContext, RequestContext
from ...registry.owners import belongs_here
from ..cells.interrupts import KERNEL
from .last import show_own

QUOTED, NO_BREAK = re.compile("'[^']*'"), "\N{NO-BREAK SPACE}"
#: The package of magics, which do what the person says.
MAGICS_ARE_IN = __name__.rpartition(".failures.")[0]
#: By kind of context: the magics, for a cell; and the way for a thread of one's own.
MAGICS = {
    AppContext.kind: (
        "'%ctx app' makes the app current in the cells that follow, '%ctx push /path'"
        " a request too, which url_for wants; '%%ctx app' and '%%ctx /path' do so in a"
        " single cell."
    ),
    RequestContext.kind: (
        "'%ctx push /path' makes a request current in the cells that follow,"
        " '%%ctx /path' in a single cell."
    ),
}
THREAD = {
    AppContext.kind: (
        "A thread sees nothing of what is current elsewhere: let what it runs say"
        " 'with app.app_context():'."
    ),
    RequestContext.kind: (
        "A thread sees nothing of the request that started it: hand it what it needs,"
        " or decorate what it runs with @copy_current_request_context."
    ),
}
STREAM = (
    "A stream is read when its request is over:"
    " return stream_with_context(…) to keep the context."
)


def advisers(shell: Any) -> dict[str, Callable[[RuntimeError], RuntimeError]]:
    """Return what makes of such an error one that a notebook shows, by its kind."""
    return {kind: partial(advised, shell, kind) for kind in MAGICS}


def advised(shell: Any, kind: str, error: RuntimeError) -> RuntimeError:
    advice = advice_for(kind, sys._getframe(1), shell)
    if advice:
        error.args = (f"{error}\n\n{in_lines(advice)}",)
    show_own(error, shell)
    return error


def in_lines(text: str) -> str:
    """Return text in lines as wide as Flask's own, for not all front ends break them
    between words. What is quoted is to be typed: no line ends within it."""
    whole = QUOTED.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    return fill(whole, 76, break_on_hyphens=False).replace(NO_BREAK, " ")


def advice_for(kind: str, frame: FrameType, shell: Any) -> str:
    """Return what helps where a frame wants a context; nothing for what the app calls
    outside of its requests, such as a middleware."""
    called = called_by_the_app(frame, shell)
    if called is not None:
        return STREAM if called.f_code.co_flags & inspect.CO_GENERATOR else ""
    if in_a_thread_of_ones_own():
        return THREAD[kind]
    loaded = "ctx" in shell.magics_manager.magics["line"]
    where = "In this notebook" if loaded else "After '%load_ext nbflask',"
    return f"{where} {MAGICS[kind]}"


def in_a_thread_of_ones_own() -> bool:
    """Whether this thread runs neither cells nor callbacks of widgets, which a kernel
    may have threads for."""
    thread = threading.current_thread()
    of_kernel = type(thread).__module__.partition(".")[0] == KERNEL
    return thread is not threading.main_thread() and not of_kernel


def called_by_the_app(frame: FrameType | None, shell: Any) -> FrameType | None:
    """Return the frame of the person's function that an app has called, if it is one
    that wants something, by itself or through further ones."""
    # Frames are looked into where something has failed, and loaded then.
    from .frames import is_own

    called = None
    while frame is not None and not is_own(frame, shell):
        frame = frame.f_back
    while frame is not None and is_own(frame, shell):
        called, frame = frame, frame.f_back
    by_app = frame is not None and is_of_the_app(frame)
    return called if by_app else None


def is_of_the_app(frame: FrameType) -> bool:
    """Whether a frame is of what answers requests; magics only send them."""
    name = str(frame.f_globals.get("__name__", ""))
    if name.startswith("werkzeug."):
        return True
    return belongs_here(frame.f_globals) and not name.startswith(MAGICS_ARE_IN)
