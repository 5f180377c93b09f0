"""WSGI environs of made-up requests: where an app is found, and what is asked of it.

Nearly every request of a test is a path with a query, some headers and a body, as
text or as JSON. What a builder makes of these is written down at once; of anything
else it is only said that it is unusual, and a builder is asked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import quote_plus, urlsplit

from werkzeug.test import create_environ
from werkzeug.wsgi import get_current_url

Environ = dict[str, Any]

#: The keywords that say where a request goes, and those that most requests do with.
PLACES = frozenset({"base_url", "subdomain", "url_scheme"})
FIRST = PLACES | {"method"}
#: Paths, and URLs of a path and a query, that stand in an environ as they are written.
PATH = r"/(?:[\w.~-]+/)*[\w.~-]*"
PLAIN_PATH = re.compile(PATH, re.ASCII).fullmatch
PLAIN_URL = re.compile(rf"({PATH})(?:\?([\w.~!$'()*,/:;@=&+%-]+))?", re.ASCII).fullmatch
#: Hosts with a port or without that are written in one way only.
PLAIN_HOST = re.compile(
    r"(?!.*xn--)([a-z0-9]+(?:[.-][a-z0-9]+)*)(?::\d{1,4})?", re.ASCII
).fullmatch
SCHEMES = frozenset({"http", "https"})
#: What an environ is put over where nothing else is.
NOTHING: Mapping[str, Any] = {}
#: What stands unquoted in a query, beside letters and digits.
UNQUOTED = "!$'()*,/:;?@"
PLAIN_PAIR = re.compile(r"[\w.~!$'()*,/:;?@-]*", re.ASCII).fullmatch
#: Values that are written in a query as text.
SIMPLE = frozenset({str, int, float, bool})
#: What a body may be given as.
BODIES = frozenset({str, bytes, dict})
#: What can be gone through for names and values of headers.
LISTED = frozenset({list, tuple})
#: The key of the content's type in an environ, and what it is of a form.
TYPE, FORM = "CONTENT_TYPE", "application/x-www-form-urlencoded"


class Unusual(Exception):
    """A builder has to be asked what to make of this."""


def url_at(scheme: str, host: str, root: str) -> str:
    return f"{scheme}://{host}/{root.lstrip('/')}"


def base_url_of(
    app: Any,
    subdomain: str | None = None,
    scheme: str | None = None,
    host: str | None = None,
) -> str:
    """Return the URL that an app is found at, by its settings."""
    config = app.config
    if not host:
        host = config.get("SERVER_NAME") or "localhost"
        host = f"{subdomain}.{host}" if subdomain else host
    if scheme is None:
        scheme = config["PREFERRED_URL_SCHEME"]
    return url_at(scheme, host, config["APPLICATION_ROOT"])


def locate(
    app: Any, path: str, subdomain: str | None, url_scheme: str | None
) -> tuple[str, str]:
    """Return path and base URL for a path or a whole URL, by the app's settings."""
    url = urlsplit(path)
    base = base_url_of(app, subdomain, url.scheme or url_scheme, url.netloc)
    return f"{url.path}?{url.query}" if url.query else url.path, base


@lru_cache(maxsize=64)
def environ_at(base_url: str) -> Environ:
    """Return the environ of a request for what is found at a URL, to be copied.

    Raises Unusual.
    """
    try:
        return create_environ("/", base_url)
    except ValueError as error:
        raise Unusual from error


@lru_cache(maxsize=64)
def environ_by(server_name: str | None, root: str, scheme: str) -> Environ:
    """Return the environ of a request for an app by its settings, to be copied."""
    return environ_at(url_at(scheme, server_name or "localhost", root))


def environ_where(app: Any, asked: Mapping[str, Any]) -> Environ:
    """Return the environ of a request for where it is asked for. Raises Unusual."""
    if PLACES.isdisjoint(asked):
        config = app.config
        return environ_by(
            config.get("SERVER_NAME"),
            config["APPLICATION_ROOT"],
            config["PREFERRED_URL_SCHEME"],
        )
    base_url, subdomain = asked.get("base_url"), asked.get("subdomain")
    scheme = asked.get("url_scheme")
    if base_url is None:
        return environ_at(base_url_of(app, subdomain, scheme))
    if subdomain or scheme or type(base_url) is not str:
        raise Unusual
    return environ_at(base_url)


@lru_cache(maxsize=512)
def parts_of(path: str) -> tuple[str, str]:
    """Return a path and the query behind it. Raises Unusual."""
    written = PLAIN_URL(path)
    if written is None:
        raise Unusual
    return written[1], written[2] or ""


def plain_environ(
    app: Any, base: Mapping[str, Any], path: Any, asked: Mapping[str, Any]
) -> Environ:
    """Return the environ that a builder makes of these keywords, over a base.

    Raises Unusual.
    """
    if type(path) is not str:
        raise Unusual
    parts = parts_of(path)
    environ = {**base, **environ_where(app, asked)}
    environ["PATH_INFO"], environ["QUERY_STRING"] = parts
    environ["REQUEST_URI"] = environ["RAW_URI"] = path
    environ["REQUEST_METHOD"] = asked.get("method", "GET")
    environ["wsgi.errors"], environ["wsgi.input"] = sys.stderr, BytesIO()
    if not asked.keys() <= FIRST:
        put_asked(environ, app, **asked)
    return environ


def put_asked(
    environ: Environ,
    app: Any,
    *,
    query_string: Any = None,
    headers: Any = None,
    content_type: str | None = None,
    data: Any = None,
    json: Any = None,
    environ_overrides: Mapping[str, Any] | None = None,
    **others: Any,
) -> None:
    """Put query, headers and body into an environ. Raises Unusual."""
    if not others.keys() <= FIRST:
        raise Unusual
    if query_string is not None:
        environ["QUERY_STRING"] = query_of(query_string, environ["REQUEST_URI"])
    fields = {} if headers is None else fields_of(headers)
    if content_type is not None:
        if not is_line(content_type):
            raise Unusual
        fields[TYPE] = content_type
    if json is not None:
        if data is not None:
            raise Unusual
        fields.setdefault(TYPE, "application/json")
        data = app.json.dumps(json)
    body = None if data is None and TYPE not in fields else body_of(data, fields)
    environ.update(fields)
    if body is not None:
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = f"{len(body)}"
    environ.update(environ_overrides or NOTHING)


def query_of(query: Any, path: str) -> str:
    """Return a query, given beside a path, as it is written. Raises Unusual."""
    if "?" in path:
        raise Unusual
    if type(query) is dict:
        return encoded(query)
    if type(query) is str and query.isascii():
        return query
    raise Unusual


def encoded(fields: dict[Any, Any]) -> str:
    """Return names and values as they are written in a query. Raises Unusual."""
    pairs = []
    for name, value in fields.items():
        if type(name) is not str or type(value) not in SIMPLE:
            raise Unusual
        text = str(value)
        if not PLAIN_PAIR(name + text):
            name, text = quote_plus(name, UNQUOTED), quote_plus(text, UNQUOTED)
        pairs.append(f"{name}={text}")
    return "&".join(pairs)


def fields_of(headers: Any) -> dict[str, str]:
    """Return headers as an environ has them. Raises Unusual."""
    kind = type(headers)
    if kind is not dict and kind not in LISTED:
        raise Unusual
    fields: dict[str, str] = {}
    for name, value in headers.items() if kind is dict else headers:
        if type(name) is not str or not is_line(value):
            raise Unusual
        key = field_of(name)
        if key in fields:
            raise Unusual
        fields[key] = value
    return fields


@lru_cache(maxsize=256)
def field_of(name: str) -> str:
    """Return the key of a header in an environ. Raises Unusual."""
    if name.lower() == "content-length":
        raise Unusual
    if name.lower() == "content-type":
        return TYPE
    return f"HTTP_{name.upper().replace('-', '_')}"


def is_line(value: Any) -> bool:
    """Whether a value may be that of a header as it is."""
    return type(value) is str and "\n" not in value and "\r" not in value


def body_of(data: Any, fields: dict[str, str]) -> bytes | None:
    """Return what is sent as a body, None if nothing is. Raises Unusual.

    A form says its type in the headers' fields.
    """
    kind = type(data)
    if kind is bytes and data:
        return data  # type: ignore[no-any-return]
    if kind is str and data:
        return data.encode()  # type: ignore[no-any-return]
    # Of one who says that a form comes, and gives none, a builder makes an empty one.
    if "form" in fields.get(TYPE, ""):
        raise Unusual
    if kind is dict and data and TYPE not in fields:
        fields[TYPE] = FORM
        return encoded(data).encode()
    if data is None or (kind in BODIES and not data):
        return None
    raise Unusual


def place_of(environ: Environ) -> tuple[str, str]:
    """Return the host and the path that an environ is for, as cookies know them."""
    said = environ.get
    host, root, path = said("HTTP_HOST"), said("SCRIPT_NAME", ""), said("PATH_INFO", "")
    named = PLAIN_HOST(host) if host else None
    if named and not root and PLAIN_PATH(path) and said("wsgi.url_scheme") in SCHEMES:
        return named[1], path
    url = urlsplit(get_current_url(environ))
    return url.hostname or "localhost", url.path
