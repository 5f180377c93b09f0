"""The listening socket, on the port that was asked for or on the next free one."""

from __future__ import annotations

import errno
import socket
import sys

PORTS_TRIED = 20
BACKLOG = 128


def bound(host: str, port: int) -> socket.socket:
    """Return a listening socket on port, or on the next free one of 20; 0 is any.

    Raises OSError, in one line.
    """
    if not 0 <= port <= 65535:
        raise OSError(errno.EINVAL, f"Cannot serve on port {port}: use 0 to 65535.")
    last = min(port + PORTS_TRIED, 65536) - 1 if port else 0
    for candidate in range(port, last + 1):
        try:
            return listening(host, candidate)
        except (OSError, UnicodeError) as error:  # a name may be no name at all
            number = getattr(error, "errno", errno.EINVAL)
            if number != errno.EADDRINUSE:
                reason = getattr(error, "strerror", None) or error
                text = f"Cannot serve on {bracketed(host)}:{candidate}: {reason}."
                raise OSError(number, text) from None
    raise OSError(
        errno.EADDRINUSE,
        f"Ports {port} to {last} of {bracketed(host)} are all in use."
        " Stop one of their programs, or let port=0 take any free port.",
    )


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share a busy port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
