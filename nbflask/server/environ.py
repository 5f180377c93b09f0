"""A request's head as a WSGI environ (PEP 3333)."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from .bodies import Body
from .connections import Connection
from .reading import Head, Refused

#: Fields that have names of their own in an environ.
PLAIN = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
#: The target that means the server, not something on it.
FOR_ALL = "*"
#: What ends the host of a URL (RFC 3986, 3.2).
AUTHORITY_END = re.compile(r"[/?#]")


def lasting_environ(connection: Connection, host: str, port: int) -> dict[str, Any]:
    """Return what all environs of a connection have in common."""
    return {
        "SERVER_SOFTWARE": "nbflask",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": connection.address[0],
        "REMOTE_PORT": str(connection.address[1]),
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        # Bodies end by themselves, those that come in chunks too.
        "wsgi.input_terminated": True,
        # Where extensions for WebSockets look for it.
        "werkzeug.socket": connection.socket,
    }


def environ_of(head: Head, lasting: dict[str, Any], body: Body) -> dict[str, Any]:
    """Return a request's environ. Raises Refused for a target that cannot be read."""
    if head.target == FOR_ALL and head.method != "OPTIONS":
        raise Refused(400, "Only OPTIONS may ask for '*'.")
    path, query, authority = split_target(head.target)
    environ = {
        **lasting,
        "REQUEST_METHOD": head.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": head.target,
        "RAW_URI": head.target,
        "SERVER_PROTOCOL": head.version,
        "wsgi.input": body.as_file(),
        "wsgi.errors": sys.stderr,
    }
    for name, value in head.fields.items():
        key = key_of(name)
        if key:
            environ[key] = value
    if authority is not None:
        environ["HTTP_HOST"] = authority
    if "HTTP_HOST" in environ and environ["HTTP_HOST"][-1:] == ":":
        # It has the usual port (RFC 9110, 4.2.3), which apps know by its absence.
        environ["HTTP_HOST"] = environ["HTTP_HOST"][:-1]
    return environ


@lru_cache(maxsize=256)
def key_of(name: str) -> str:
    """Return a header field's key; none for one that another's could be taken for."""
    if "_" in name:
        return ""
    return PLAIN.get(name) or f"HTTP_{name.upper().replace('-', '_')}"


def split_target(target: str) -> tuple[str, str, str | None]:
    """Return path, query and, of a whole URL, the host."""
    authority = None
    if not target.startswith("/") and target != FOR_ALL:
        scheme, _, rest = target.partition("://")
        if scheme.lower() not in {"http", "https"}:
            raise Refused(400, "The target is neither a path nor a URL.")
        authority = AUTHORITY_END.split(rest, maxsplit=1)[0]
        rest = rest.removeprefix(authority)
        target = rest if rest.startswith("/") else f"/{rest}"
    path, _, query = target.partition("#")[0].partition("?")
    if "%" in path:
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    return path, query, authority
