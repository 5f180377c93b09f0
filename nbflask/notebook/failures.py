"""What failed last in a request: %debug opens it, whoever asked; and a cell that it
is let through to shows it by the person's own frames."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import Any

from ..ctx import AppContext, RequestContext
from ..current import _cv_app, _cv_request
from ..signals import got_request_exception
from .contexts import within
from .frames import of_own_code, remember

Contexts = tuple[AppContext | None, RequestContext | None] | None


class LastFailure:
    """The exception that %debug opens, in the contexts that it came up in."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._known: tuple[BaseException, ...] = ()
        self._contexts: Contexts = None

    def note(self, error: BaseException, contexts: Contexts) -> None:
        """Have %debug open an exception, and see what was current with it."""
        self._known = (error, remember(error, self.shell))
        self._contexts = contexts

    def start(self) -> None:
        """Hear of exceptions that nothing answers, and go with the debugger."""
        got_request_exception.connect(self._receive)
        self.shell.debugger = self._debugger

    def stop(self) -> None:
        """Give the debugger back as it was, and forget what failed."""
        got_request_exception.disconnect(self._receive)
        vars(self.shell).pop("debugger", None)
        self._known, self._contexts = (), None

    def _receive(self, app: Any, exception: BaseException, **_: Any) -> None:
        request_context: RequestContext | None = _cv_request.get(None)
        within = request_context is not None
        self.note(exception, (_cv_app.get(None), request_context) if within else None)
        # Where an exception has no room for it, it is shown as ever.
        with suppress(AttributeError, TypeError):
            exception._render_traceback_ = partial(  # type: ignore[attr-defined]
                rendered, exception, self.shell
            )

    def _debugger(self, *arguments: Any, **options: Any) -> Any:
        debugger = type(self.shell).debugger
        is_ours = getattr(sys, "last_value", None) in self._known
        with within(self._contexts if is_ours else None):
            return debugger(self.shell, *arguments, **options)


def rendered(error: BaseException, shell: Any) -> list[str]:
    """Return what IPython writes of an exception, the libraries' frames left out."""
    lines: list[str] = shell.InteractiveTB.structured_traceback(
        type(error), error, of_own_code(error, shell)
    )
    return lines
