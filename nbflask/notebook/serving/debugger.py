"""Werkzeug's debugger, for a server that only this machine reaches.

Who knows its PIN runs code in the kernel, so it is there when asked for, and never
for a request that comes from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..grammar import LineError
from .jupyter import is_loopback
from .public import Address

if TYPE_CHECKING:
    from werkzeug.debug import DebuggedApplication


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


def debugged(app: Any, host: str) -> DebuggedApplication:
    """Return an app whose failures a browser on this machine can look into.

    Raises LineError if it would ask for no PIN.
    """
    # Imported by need: few ask for it.
    from werkzeug.debug import DebuggedApplication

    wrapped = DebuggedApplication(app, evalex=True, pin_security=True)
    if wrapped.pin is None:
        raise LineError(
            "--debugger needs a PIN: take WERKZEUG_DEBUG_PIN=off out of the environment"
        )
    wrapped.trusted_hosts += ["[::1]", host]
    return wrapped
