"""What failed last in a request: %debug opens it, whoever asked; and a cell that it
is let through to shows it by the person's own frames."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from ...ctx import AppContext, RequestContext
from ...current import _cv_app, _cv_request
from ...signals import got_request_exception
from ..cells.contexts import Within

#: The contexts that were current, if any were.
CurrentContexts = tuple[AppContext | None, RequestContext | None] | None


class LastFailure:
    """The exception that %debug opens, in the contexts that it came up in.

    `cell_fails` is called when a cell's exception is to be shown, before it is.
    """

    def __init__(self, shell: Any, cell_fails: Callable[[], None]) -> None:
        self.shell = shell
        self.cell_fails = cell_fails
        self._known: tuple[BaseException, ...] = ()
        self._contexts: CurrentContexts = None
        self._usual: Any = None

    def note(self, error: BaseException, contexts: CurrentContexts) -> None:
        """Have %debug open an exception, and see what was current with it."""
        # Frames are looked into where something has failed, and loaded then.
        from .frames import remember

        self._known = (error, remember(error, self.shell))
        self._contexts = contexts

    def knows(self, error: BaseException) -> bool:
        """Whether %debug opens this exception."""
        return any(each is error for each in self._known)

    def start(self) -> None:
        """Hear of exceptions that nothing answers, and show what is let through; go
        with the debugger."""
        got_request_exception.connect(self._receive)
        self.shell.debugger = self._debugger
        self._usual = vars(self.shell).get("showtraceback")
        self.shell.showtraceback = self._showtraceback

    def stop(self) -> None:
        """Give the shell back as it was, and forget what failed."""
        got_request_exception.disconnect(self._receive)
        vars(self.shell).pop("debugger", None)
        if vars(self.shell).get("showtraceback") == self._showtraceback:
            del self.shell.showtraceback
            if self._usual is not None:
                self.shell.showtraceback = self._usual
        self._known, self._contexts = (), None

    def _receive(self, app: Any, exception: BaseException, **_: Any) -> None:
        request_context: RequestContext | None = _cv_request.get(None)
        within = request_context is not None
        self.note(exception, (_cv_app.get(None), request_context) if within else None)
        show_own(exception, self.shell)

    def _debugger(self, *arguments: Any, **options: Any) -> Any:
        debugger = type(self.shell).debugger
        is_ours = getattr(sys, "last_value", None) in self._known
        with Within(self._contexts if is_ours else None):
            return debugger(self.shell, *arguments, **options)

    def _showtraceback(
        self, exc_tuple: Any = None, *arguments: Any, **options: Any
    ) -> None:
        """Show an exception of this package by own frames; IPython would leave a
        group, or what came up while one was handled, to Python, which shows every
        frame there is."""
        if options.get("running_compiled_code"):
            self.cell_fails()
        error = None
        with suppress(ValueError):  # if there is nothing to show
            _, error, _ = self.shell._get_exc_info(exc_tuple)
        if error is None or options.get("exception_only") or not self._owns(error):
            usual = self._usual or partial(type(self.shell).showtraceback, self.shell)
            usual(exc_tuple, *arguments, **options)
            return
        lines = error._render_traceback_()
        self.shell._showtraceback(type(error), error, lines)
        if self.shell.call_pdb:
            self.shell.debugger(force=True)

    def _owns(self, error: BaseException) -> bool:
        """Whether an exception is shown by own frames: one of a request, or one that
        came out of this package, such as a decorator's. That %debug opens where the
        person's code called it."""
        from IPython.core.error import UsageError

        from .chains import came_from_here

        if shows_itself(error) or isinstance(error, UsageError):
            return is_shown_own(error)
        if not came_from_here(error, self.shell):
            return False
        show_own(error, self.shell)
        self.note(error, None)
        return is_shown_own(error)


class Lines(partial[list[str]]):
    """What IPython asks for the lines of an exception, known as made here."""


def show_own(error: BaseException, shell: Any) -> None:
    """Have IPython show an exception, and what led to it, by own frames alone."""
    from .tracebacks import rendered

    if shows_itself(error):
        return
    # Where an exception has no room for it, it is shown as ever.
    with suppress(AttributeError, TypeError):
        error._render_traceback_ = Lines(rendered, error, shell)  # type: ignore[attr-defined]


def shows_itself(error: BaseException) -> bool:
    """Whether IPython would ask an exception itself how to show it."""
    return hasattr(error, "_render_traceback_")


def is_shown_own(error: Any) -> bool:
    return isinstance(getattr(error, "_render_traceback_", None), Lines)


def shown_alone(error: Exception, shell: Any) -> Exception:
    """Return an exception that IPython shows as a card does."""
    from ..display.response import failure_text
    from .chains import failure_of
    from .frames import remember

    lines = failure_text(failure_of(error, shell)).splitlines()
    error._render_traceback_ = Lines(lambda: lines)  # type: ignore[attr-defined]
    remember(error, shell)
    return error
