"""The listening socket, on the port that was asked for or on the next free one."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import sys
from urllib.parse import urlsplit

#: Said of addresses that are another machine's, or of a kind that is not known here.
NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
MORE_THAN_A_HOST = re.compile(r"[]:/[]")
PORTS_TRIED = 20
BACKLOG = 128


def bound(host: str, port: int) -> socket.socket:
    """Return a listening socket on port, or on the next free one of 20; 0 is any.

    Raises OSError, in one line.
    """
    if not 0 <= port <= 65535:
        raise OSError(errno.EINVAL, f"Cannot serve on port {port}: use 0 to 65535.")
    if not is_alone(host):
        text = f"Cannot serve on {host!r}: {taken_apart(host)}"
        raise OSError(errno.EINVAL, text)
    last = min(port + PORTS_TRIED, 65536) - 1 if port else 0
    for candidate in range(port, last + 1):
        try:
            return listening(host, candidate)
        except (OSError, UnicodeError) as error:  # a name may be no name at all
            number = getattr(error, "errno", errno.EINVAL)
            if number != errno.EADDRINUSE:
                reason = getattr(error, "strerror", None) or error
                where = (
                    f"{bracketed(host)}:{candidate}" if candidate else bracketed(host)
                )
                text = f"Cannot serve on {where}: {reason}."
                raise OSError(number, text + fix_of(error)) from None
    raise OSError(
        errno.EADDRINUSE,
        f"Ports {port} to {last} of {bracketed(host)} are all in use."
        " Stop one of their programs, or let port=0 take any free port.",
    )


def is_alone(host: str) -> bool:
    """Whether there is a host, without a port, a scheme, or brackets around it."""
    if not MORE_THAN_A_HOST.search(host):
        return bool(host)
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def taken_apart(text: str) -> str:
    """Return how a host that is more than one should be written."""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or not is_alone(host):
        return "a host is a name or an address alone, such as 127.0.0.1."
    if port is None:
        return f"write the host alone: host={host!r}."
    return f"write the host and the port apart: host={host!r}, port={port}."


def fix_of(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, (socket.gaierror, UnicodeError)) or number in NOT_HERE:
        return " Use 127.0.0.1, or 0.0.0.0 for every address of this machine."
    return " Use a port from 1024 on." if number == errno.EACCES else ""


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
