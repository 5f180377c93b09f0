"""Words of a line, and perhaps a cell's text, made into one request.

Knows no client: `PreparedRequest.as_client_kwargs` only speaks its language.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlencode

from .errors import LineError
from .items import Item, read_bytes, read_item, read_json, read_text
from .words import Evaluate, fill_text, show, unescape


class Missing(Enum):
    """The type of MISSING: no JSON body, where None would be JSON's null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

Headers = Sequence[tuple[str, str | None]]
_LOCAL = re.compile(r"(?:localhost)?:(\d{1,5})(?=[/?#]|$)")
_FORM = "application/x-www-form-urlencoded"
_QUERY, _HEADER = ("==",), (":", ";")
_JSON_ONLY = (":=", ":=@")


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart form; without a type it follows from the name."""

    field: str
    filename: str
    content: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A cell's text as a body: JSON, or bytes with their type."""

    json: object = MISSING
    content: bytes | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request ready for a client. A header of None is to be left out.

    `path` is as typed, its query included, or a whole http:// URL; `query`
    holds the == items. At most one of json, form with files, and body is set.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str | None], ...] = ()
    json: object = MISSING
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[FilePart, ...] = ()
    body: bytes | None = None
    content_type: str | None = None

    @property
    def has_body(self) -> bool:
        """Whether anything is sent beside the path, the query and the headers."""
        given = self.form or self.files or self.body is not None
        return bool(given) or self.json is not MISSING

    def as_client_kwargs(self) -> dict[str, Any]:
        """Return what `client.open(path, **kwargs)` takes, path included."""
        path, query = self._target()
        kwargs: dict[str, Any] = {"path": path, "method": self.method}
        if query:
            kwargs["query_string"] = query
        headers = [(name, value) for name, value in self.headers if value is not None]
        if headers:
            kwargs["headers"] = headers
        if self.content_type and not has_header(self.headers, "Content-Type"):
            kwargs["content_type"] = self.content_type
        return kwargs | self._payload()

    def _target(self) -> tuple[str, str]:
        path, _, query = self.path.partition("#")[0].partition("?")
        return path, "&".join(filter(None, (query, urlencode(self.query))))

    def _payload(self) -> dict[str, Any]:
        if self.json is not MISSING:
            return self._json_payload()
        if self.form or self.files:
            data: dict[str, list[object]] = {}
            for name, value in self.form:
                data.setdefault(name, []).append(value)
            for part in self.files:
                upload = (io.BytesIO(part.content), part.filename, part.content_type)
                data.setdefault(part.field, []).append(upload)
            return {"data": data}
        return {} if self.body is None else {"data": self.body}

    def _json_payload(self) -> dict[str, Any]:
        removed = ("content-type", None) in [(n.lower(), v) for n, v in self.headers]
        # The client takes json=None for "no body" and always adds a type.
        if self.json is not None and not removed:
            return {"json": self.json}
        payload: dict[str, Any] = {"data": json.dumps(self.json).encode()}
        if not has_header(self.headers, "Content-Type"):
            payload["content_type"] = "application/json"
        return payload


def has_header(headers: Iterable[tuple[str, str | None]], name: str) -> bool:
    """Return whether a header is given, or removed, by name in any case."""
    return any(given.lower() == name.lower() for given, _ in headers)


def prepare(
    method: str,
    words: Sequence[str],
    *,
    form: bool = False,
    evaluate: Evaluate | None = None,
    cell: str | None = None,
    as_python: bool = False,
) -> PreparedRequest:
    """Make a request of a path and items: ("/users", "name=Ada", "q==new").

    `cell` is the body of a %%post cell; with `as_python` it is evaluated.

    Raises LineError, one line with what, where and the fix.
    """
    if not words:
        raise LineError(f"The path is missing: write one, %{method.lower()} /")
    path = _path(words[0], evaluate, method)
    items = [read_item(word, evaluate) for word in words[1:]]
    query = tuple((i.key, i.value) for i in items if i.separator in _QUERY)
    headers = tuple(_header(i) for i in items if i.separator in _HEADER)
    data = [i for i in items if i.separator not in _QUERY + _HEADER]
    if cell is not None and cell.strip():
        _refuse_items_beside(data)
        python = _evaluator(evaluate) if as_python else None
        shaped: dict[str, Any] = _cell_fields(cell, headers, python, form)
    elif form or any(item.separator == "@" for item in data):
        shaped = _form_fields(data)
    else:
        shaped = {"json": {i.key: _json_value(i) for i in data}} if data else {}
    return PreparedRequest(method.upper(), path, query, headers, **shaped)


def body_of(cell: str, headers: Headers, as_python: Evaluate | None = None) -> Body:
    """Make a body of a cell's text.

    A given Content-Type sends the text as it is; `as_python` evaluates it
    and sends JSON; else it is JSON when it parses as JSON, and text/plain.
    """
    if not cell.strip():
        return Body()
    if as_python is not None:
        return Body(json=_evaluated(cell, as_python))
    if not has_header(headers, "Content-Type"):
        try:
            return Body(json=json.loads(cell, parse_constant=_no_constant))
        except (ValueError, RecursionError):
            return Body(content=_bytes(cell), content_type="text/plain; charset=utf-8")
    return Body(content=_bytes(cell))


def _path(word: str, evaluate: Evaluate | None, method: str) -> str:
    if "=" in word and "/" not in word and "?" not in word and "{{" not in word:
        raise LineError(
            f"{show(word)} stands where the path belongs: "
            f"write %{method.lower()} /path {word if word.isprintable() else '…'}"
        )
    path = unescape(word)
    path = fill_text(path, evaluate) if evaluate is not None else path
    if path.startswith(("http://", "https://")):
        return path
    # HTTPie's shorthand: :5000/x is localhost's.
    local = _LOCAL.match(path)
    if local is not None:
        return f"http://localhost:{local[1]}/{path[local.end() :].lstrip('/')}"
    return "/" + path.lstrip("/")


def _header(item: Item) -> tuple[str, str | None]:
    if item.separator == ";":
        return item.key, ""
    return item.key, item.value.strip() or None


def _json_value(item: Item) -> object:
    match item.separator:
        case "=":
            return item.value
        case "=@":
            return read_text(item)
        case ":=":
            return read_json(item, item.value)
        case _:
            return read_json(item, read_text(item))


def _form_fields(data: Sequence[Item]) -> dict[str, Any]:
    for item in data:
        if item.separator in _JSON_ONLY:
            plain = item.separator.replace(":", "")
            raise LineError(
                f"{show(item.word)} is JSON, and a form (--form, or field@file) takes "
                f"text: write {item.key}{plain}{item.value[:40]}."
            )
    files = tuple(_file(item) for item in data if item.separator == "@")
    fields = [item for item in data if item.separator != "@"]
    return {
        "form": tuple((item.key, str(_json_value(item))) for item in fields),
        "files": files,
        "content_type": None if files else _FORM,
    }


def _file(item: Item) -> FilePart:
    name, found, content_type = item.value.rpartition(";type=")
    if not found:
        name, content_type = item.value, ""
    content = read_bytes(item, name)
    return FilePart(item.key, PurePath(name).name, content, content_type or None)


def _cell_fields(
    cell: str, headers: Headers, as_python: Evaluate | None, form: bool
) -> dict[str, Any]:
    if form:
        headers = (*headers, ("Content-Type", _FORM))
    body = body_of(cell, headers, as_python)
    content_type = _FORM if form else body.content_type
    return {"json": body.json, "body": body.content, "content_type": content_type}


def _refuse_items_beside(data: Sequence[Item]) -> None:
    if data:
        raise LineError(
            f"The cell is the body, so {show(data[0].word)} has no place: "
            f"move it into the cell, or write {data[0].key}== for a query."
        )


def _evaluator(evaluate: Evaluate | None) -> Evaluate:
    if evaluate is None:
        raise LineError("--py needs a notebook to evaluate the cell in: leave it out.")
    return evaluate


def _evaluated(cell: str, evaluate: Evaluate) -> object:
    try:
        return evaluate(cell.strip())
    except Exception as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise LineError(
            f"--py failed, {message}: the cell must be one Python expression."
        ) from error


def _bytes(cell: str) -> bytes:
    try:
        # IPython ends every cell with a line break that nobody typed.
        return cell.removesuffix("\n").encode()
    except UnicodeEncodeError as error:
        raise LineError(
            f"The cell holds half a character (a lone surrogate) at position "
            f"{error.start + 1}: remove it."
        ) from error


def _no_constant(name: str) -> object:
    raise ValueError(name)
