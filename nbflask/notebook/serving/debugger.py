"""Werkzeug's debugger, for a server that only this machine reaches.

Who knows its PIN runs code in the kernel, so it is there when asked for, and never
for a request that comes from elsewhere. Imported by need: few ask for it.
"""

from __future__ import annotations

import sys
from typing import Any

from werkzeug.debug import DebuggedApplication
from werkzeug.debug.console import ThreadedStream
from werkzeug.wrappers import Request, Response

from ...grammar.errors import LineError
from .jupyter import is_loopback
from .public import Address


class Debugger(DebuggedApplication):
    """Werkzeug's, beside a shell that has a hook of its own for what is displayed."""

    def execute_command(self, request: Request, command: str, frame: Any) -> Response:
        # The hook that it sets when it is imported ends with the cell. With another's
        # the result is not in the answer, and `_` stands still in the notebook.
        before, sys.displayhook = sys.displayhook, ThreadedStream.displayhook
        try:
            return super().execute_command(request, command, frame)
        finally:
            if sys.displayhook is ThreadedStream.displayhook:  # no cell has begun
                sys.displayhook = before


def refuse_elsewhere(host: str, address: Address) -> None:
    """Raise LineError if others than this machine's users could reach a debugger."""
    if not is_loopback(host):
        raise LineError(
            f"--debugger runs any code for who knows its PIN, so not on {host}: leave"
            " --host out, or use %debug after a failure"
        )
    if address.is_public:
        raise LineError(
            "--debugger runs any code for who knows its PIN, so not behind a proxy"
            f" ({address.link}): use %debug after a failure"
        )


def debugged(app: Any, host: str) -> Debugger:
    """Return an app whose failures a browser on this machine can look into.

    Raises LineError if it would ask for no PIN.
    """
    wrapped = Debugger(app, evalex=True, pin_security=True)
    if wrapped.pin is None:
        raise LineError(
            "--debugger needs a PIN: take WERKZEUG_DEBUG_PIN=off out of the environment"
        )
    wrapped.trusted_hosts += ["[::1]", host]
    return wrapped
