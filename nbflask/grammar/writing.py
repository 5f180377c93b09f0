"""A request written as the line or the cell that sends it: what `prepare` reads, and
as a command for curl."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from .errors import LineError
from .request import MISSING, PreparedRequest, has_header

#: A JSON object is written as items on a line up to this length, else as a cell.
LONGEST_LINE = 88
_PLAIN = re.compile(r"[^\s'\"\\{}\[\]#]+")
_SEPARATOR = re.compile(r"([=:@;])")
_BEFORE_SEPARATOR = re.compile(r"\\(?=[=:@;])")
_TEXT = "text/plain; charset=utf-8"


def as_magic(request: PreparedRequest) -> str:
    """Return the magic that sends a request, with a cell if its body needs one.

    Raises LineError for what no line can say: files.
    """
    if request.files:
        raise LineError("A file's content has no place in a line: write field@file.")
    head = [f"%{request.method.lower()}", *path_and_query(request)]
    head += [header(*each) for each in request.headers]
    items = None if request.json is MISSING else json_items(request.json)
    line = " ".join([*head, *(items or ())])
    if items is not None and len(line) <= LONGEST_LINE:
        return line
    if request.form:
        return " ".join([*head, "--form", *map(form_item, request.form)])
    cell = body_text(request)
    if cell is None:
        return " ".join(head)
    if needs_type(request, cell):
        head.append(header("Content-Type", request.content_type or _TEXT))
    return f"%{' '.join(head)}\n{cell}"


def as_curl(request: PreparedRequest, url: str) -> str:
    """Return the command that sends a request to a server with curl."""
    kwargs = request.as_client_kwargs()
    query = f"?{kwargs['query_string']}" if kwargs.get("query_string") else ""
    words = ["curl"]
    if request.method != "GET":
        words += ["-I"] if request.method == "HEAD" else ["-X", request.method]
    words.append(quote(f"{url}{request.path.partition('?')[0]}{query}"))
    for name, value in request.headers:
        words += ["-H", quote(f"{name}: {value or ''}")]
    if request.form:
        words += ["--data", quote(urlencode(request.form))]
    body = None if request.form else body_text(request)
    if body is not None:
        kind = "application/json" if request.json is not MISSING else _TEXT
        if not has_header(request.headers, "Content-Type"):
            words += ["-H", quote(f"Content-Type: {request.content_type or kind}")]
        words += ["--data-binary", quote(body)]
    return " ".join(words)


def word(text: str) -> str:
    """Return text as one word of a line: quoted if it must be, {{ kept as it is."""
    return "{{'{{'}}".join(map(_quoted, text.split("{{"))) or "''"


def _quoted(text: str) -> str:
    if not text or _PLAIN.fullmatch(text):
        return text
    return "\\'".join(f"'{part}'" if part else "" for part in text.split("'"))


def path_and_query(request: PreparedRequest) -> Iterator[str]:
    """Yield the path, then the query as items, or with the path if one is none."""
    as_items = all(can_be_key(name) for name, _ in request.query)
    path, _, query = request.path.partition("?")
    if not as_items:
        query = "&".join(filter(None, (query, urlencode(request.query))))
    yield word(f"{escaped(path)}?{escaped(query)}" if query else escaped(path))
    if as_items:
        yield from (word(f"{key(n)}=={escaped(v)}") for n, v in request.query)


def header(name: str, value: str | None) -> str:
    if value is None:
        return f"{name}:"
    return word(f"{name}:{escaped(value)}") if value else f"{name};"


def form_item(field: tuple[str, str]) -> str:
    name, value = field
    return word(f"{key(name)}={escaped(value)}")


def json_items(value: Any) -> list[str] | None:
    """Return an object's members as items; None for what has to be a cell."""
    if not isinstance(value, dict) or not value:
        return None
    if not all(isinstance(name, str) and can_be_key(name) for name in value):
        return None
    items = [json_item(name, each) for name, each in value.items()]
    return None if any("{{" in each or "\n" in each for each in items) else items


def json_item(name: str, value: Any) -> str:
    if isinstance(value, str):
        return word(f"{key(name)}={escaped(value)}")
    return f"{word(key(name))}:={json.dumps(value, ensure_ascii=False)}"


def can_be_key(name: str) -> bool:
    """Whether a name can stand before an item's separator."""
    return bool(name) and not name.startswith("-") and not name.endswith("\\")


def key(name: str) -> str:
    return _SEPARATOR.sub(r"\\\1", name)


def escaped(value: str) -> str:
    """Return a value so that none of it is taken for a separator, or for an escape."""
    value = _BEFORE_SEPARATOR.sub(r"\\\\", value)
    return f"\\{value}" if _SEPARATOR.match(value) else value


def body_text(request: PreparedRequest) -> str | None:
    """Return a body as text; None if there is none."""
    if request.json is not MISSING:
        return json.dumps(request.json, ensure_ascii=False, indent=2)
    return None if request.body is None else request.body.decode("utf-8", "replace")


def needs_type(request: PreparedRequest, cell: str) -> bool:
    """Whether a cell would be taken for another type than the request's."""
    if request.json is not MISSING or has_header(request.headers, "Content-Type"):
        return False
    try:
        json.loads(cell)
    except (ValueError, RecursionError):
        return request.content_type not in {None, _TEXT}
    return True
