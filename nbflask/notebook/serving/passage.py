"""Requests that a proxy has passed on, for an app that is found below a prefix.

The app hears of the URL that the browser asked for (SCRIPT_NAME, Host, scheme), and
what it answers with, redirects and cookies, stays below the prefix. Of a proxy only
what fits the one public address that is known is believed. Knows no notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from ...server.guard import is_below
from .jupyter import is_loopback
from .public import Address

#: Fields by which jupyter-server-proxy tells of the prefix that it has taken off.
CONTEXTS = ("x-forwarded-context", "x-proxycontextpath", "x-forwarded-prefix")
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/\\,\[\]?#]+)(?::([0-9]{1,5}))?", re.I)
COOKIE_PATH = re.compile(r"(;\s*path=)(/[^;]*)", re.I)
ELSEWHERE = re.compile(r"//|[a-z][a-z0-9+.-]*:", re.I)
PORTS = {"http": "80", "https": "443"}

Fields = Mapping[str, str]


def base_of(address: Address, target: str, fields: Fields) -> str:
    """Return what stood before a request's path in the browser; "" if no proxy has
    passed the request on. The names of `fields` are in lower case.

    "https://host/prefix"; "//host/prefix" where only the prefix is known before.
    """
    origin = origin_of(address, fields) if address.is_public else ""
    if not origin:
        return ""
    unstripped = absolute(address.prefix)
    if is_below(target, unstripped):
        return f"{origin}{unstripped}"
    if tells_of(address.prefix, fields) or names(address.host, fields):
        return f"{origin}{address.prefix}"
    return ""


def origin_of(address: Address, fields: Fields) -> str:
    """Return the public scheme and host, if the request's own Host can be believed.

    A page elsewhere can point its name at this machine and send any field but Host.
    """
    host = fields.get("host", "").lower()
    if not address.is_whole:
        host = first(fields.get("x-forwarded-host", "")).lower() or host
        return f"//{host}" if HOST.fullmatch(host) else ""
    found = HOST.fullmatch(host)
    known = host == address.host or (found is not None and is_loopback(found[1]))
    return address.url.removesuffix(address.prefix) if known else ""


def names(host: str, fields: Fields) -> bool:
    """Whether a request asks for this host."""
    forwarded = first(fields.get("x-forwarded-host", ""))
    return bool(host) and host in {fields.get("host", "").lower(), forwarded.lower()}


def tells_of(prefix: str, fields: Fields) -> bool:
    """Whether a proxy says that it has taken this prefix off."""
    said = {unquote(fields[each]).rstrip("/") for each in CONTEXTS if each in fields}
    return bool(prefix) and unquote(prefix) in said


def absolute(prefix: str) -> str:
    """Return where jupyter-server-proxy shows a port and takes no prefix off."""
    before, found, port = prefix.rpartition("/proxy/")
    return f"{before}/proxy/absolute/{port}" if found else prefix


def first(field: str) -> str:
    return field.partition(",")[0].strip()


def enter(environ: dict[str, Any], address: Address) -> str:
    """Let an app see a request as the browser has sent it; return its base.

    A request that no proxy has passed on stays as it is, and its base is "".
    """
    if not address.is_public:
        return ""
    fields = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    base = base_of(address, environ["REQUEST_URI"], fields)
    if base:
        see_as_outside(environ, base, fields)
    return base


def see_as_outside(environ: dict[str, Any], base: str, fields: Fields) -> None:
    scheme, host, prefix, *_ = urlsplit(base)
    # Of several proxies the first has met the browser.
    scheme = scheme or first(fields.get("x-forwarded-proto", "")).lower()
    if scheme in PORTS:
        environ["wsgi.url_scheme"] = scheme
    environ["HTTP_HOST"] = host
    if found := HOST.fullmatch(host):
        environ["SERVER_NAME"] = found[1]
        environ["SERVER_PORT"] = found[2] or PORTS[environ["wsgi.url_scheme"]]
    # The last has put the address there that it has seen itself.
    if client := fields.get("x-forwarded-for", "").rpartition(",")[2].strip():
        environ["REMOTE_ADDR"] = client
    script = unquote_to_bytes(prefix).decode("latin-1")
    environ["SCRIPT_NAME"] = script
    for key, left_out in (("PATH_INFO", script), ("REQUEST_URI", prefix)):
        if is_below(environ[key], left_out):
            rest = environ[key].removeprefix(left_out)
            environ[key] = rest if rest.startswith("/") else f"/{rest}"
    environ["RAW_URI"] = environ["REQUEST_URI"]


def leave(base: str, environ: Mapping[str, Any], start_response: Any) -> Any:
    """Return a start_response that keeps redirects and cookies below a base."""
    changes: dict[str, Callable[[str], str]] = {
        "location": partial(
            location,
            base=base,
            path=environ["REQUEST_URI"],
            origin=f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}",
        ),
        "set-cookie": partial(cookie, prefix=urlsplit(base).path),
    }

    def start(status: str, headers: Sequence[tuple[str, str]], *exc_info: Any) -> Any:
        changed = [
            (name, changes[name.lower()](value) if name.lower() in changes else value)
            for name, value in headers
        ]
        return start_response(status, changed, *exc_info)

    return start


def location(value: str, base: str, path: str, origin: str) -> str:
    """Return where a redirect leads, with a host and below the base's prefix.

    Some proxies put their prefix before any bare path and some before none; a host
    keeps all of them from it. Other hosts are left alone.
    """
    own = value.removeprefix(origin)
    if own != value and own[:1] in {"", "/", "?", "#"}:
        value = own if own.startswith("/") else f"/{own}"
    elif ELSEWHERE.match(value):
        return value
    elif not value.startswith("/"):
        return urljoin(f"{base}{path}", value)
    prefix = urlsplit(base).path
    return f"{base.removesuffix(prefix) if is_below(value, prefix) else base}{value}"


def cookie(value: str, prefix: str) -> str:
    """Return a cookie that other apps on the proxy's host do not get."""

    def below(found: re.Match[str]) -> str:
        path = found[2].rstrip()
        if is_below(path, prefix):
            return found[0]
        return f"{found[1]}{prefix}{'' if path == '/' else path}"

    return COOKIE_PATH.sub(below, value) if prefix else value
