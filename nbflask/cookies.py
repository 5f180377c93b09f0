"""One cookie of a request, and one of a response, without all that goes with others.

What Werkzeug makes of a header is what counts. These find the same in one step where
a header and a cookie are written as they mostly are; all else is left to Werkzeug.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

#: A cookie's value in which nothing has to be quoted: a signed session is one.
unquoted = re.compile(r"[\w.-]+", re.ASCII).fullmatch
#: Stands for a value, to see what is written around it.
VALUE = "value"


def cookie_of(request: Any, name: str) -> str | None:
    """Return what `request.cookies.get(name)` does, sooner."""
    header = request.environ.get("HTTP_COOKIE", "")
    find = _finder(name)
    if (
        find is None
        or "cookies" in request.__dict__
        or '"' in header
        or not header.isascii()
        or not getattr(request.__class__, "_reads_cookies_plainly", False)
    ):
        value: str | None = request.cookies.get(name)
        return value
    found = find(header)
    return None if found is None else found[1] or ""


@lru_cache(maxsize=64)
def _finder(name: str) -> Any:
    """Return what finds a cookie in a header; None for a name that none can have."""
    if not name or not name.isascii() or re.search('[ \t=";]', name):
        return None
    cookie = rf"{re.escape(name)}[ \t]*(?:=[ \t]*([^ \t;]*))?"
    return re.compile(rf"(?:\A|;)[ \t]*{cookie}[ \t]*(?:;|\Z)").search


def set_cookie(response: Any, name: str, value: str, **attributes: Any) -> None:
    """Do what `response.set_cookie` does, sooner where it can be."""
    if (
        attributes.get("expires") is None
        and type(response).set_cookie is Response.set_cookie
        and unquoted(value)
    ):
        before, after = _around(name, **attributes)
        cookie = f"{before}{value}{after}"
        if len(cookie) <= response.max_cookie_size:
            response.headers.add("Set-Cookie", cookie)
            return
    response.set_cookie(name, value, **attributes)


@lru_cache(maxsize=64, typed=True)
def _around(name: str, **attributes: Any) -> tuple[str, str]:
    """Return what is written before and after a cookie's value."""
    before, _, after = dump_cookie(name, VALUE, **attributes).partition(f"={VALUE}")
    return f"{before}=", after


def vary_by_cookie(response: Any) -> None:
    """Say that a response depends on the cookies of its request."""
    # Asked for by name, a header that is not there costs an exception.
    said = [value for name, value in response.headers if name.lower() == "vary"]
    if not said:
        response.headers.add("Vary", "Cookie")
    elif said != ["Cookie"]:
        response.vary.add("Cookie")
