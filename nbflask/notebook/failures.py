"""What failed last in a request, for %debug to look into."""

from __future__ import annotations

import sys
from typing import Any

from ..dispatch import Story
from .contexts import again
from .frames import remember


class LastFailure:
    """The exception that %debug opens, in the contexts that it came up in."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._error: BaseException | None = None
        self._story = Story()

    def note(self, error: BaseException, story: Story) -> None:
        """Have %debug open an exception that was answered."""
        self._error, self._story = remember(error, self.shell), story

    def note_raised(self, error: BaseException, story: Story) -> None:
        """Have the contexts of an exception that passes through ready for %debug."""
        self._error, self._story = error, story

    def start(self) -> None:
        """Let the debugger see the request that failed as the current one."""
        self.shell.debugger = self._debugger

    def stop(self) -> None:
        """Give the debugger back as it was, and forget what failed."""
        vars(self.shell).pop("debugger", None)
        self._error, self._story = None, Story()

    def _debugger(self, *arguments: Any, **options: Any) -> Any:
        debugger = type(self.shell).debugger
        is_ours = getattr(sys, "last_value", None) is self._error
        with again(self._story.contexts if is_ours else None):
            return debugger(self.shell, *arguments, **options)
