"""A request of an .http file, filled in and made ready to be sent.

Opens the files that it includes; sends nothing.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from .braces import Piece, cut_braces
from .errors import LineError
from .http_checks import constant, verify
from .http_file import BodyLine, Header, HttpRequest, Inclusion, on_line
from .http_values import Scope, fill_http, fill_http_json
from .items import HEADER_NAME
from .request import PreparedRequest
from .words import show

Headers = tuple[tuple[str, str], ...]

#: Bytes read of a text of requests, and of a file that a body includes.
MOST_TEXT = 1_000_000
MOST_INCLUDED = 100_000_000

#: Where a body ends is for who sends it to say.
_FRAMING = {"content-length", "transfer-encoding"}
_FORM = "application/x-www-form-urlencoded"
_WEB = ("http://", "https://")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")
_HOST = re.compile(r"localhost\b|[\w.-]*:\d|[\w-]+(?:\.[\w-]+)+", re.ASCII)
_JSON = re.compile(r"[\w.-]+/(?:[\w.+-]*\+)?json\s*(?:;.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text's requests go, and where the files lie that it includes.

    `owns` says whether a host is one of the app's.
    """

    owns: Callable[[str], bool]
    folder: Path = field(default_factory=Path)


def prepare_http(request: HttpRequest, scope: Scope, place: Place) -> PreparedRequest:
    """Fill a request in. Raises LineError with the line."""
    with on_line(request.line):
        path = _target(fill_http(request.target, scope), place)
    headers = _headers(request, scope, place)
    body = _body(request, headers, scope, place)
    guessed = None if body is None or _type_of(headers) else _guessed_type(body)
    return PreparedRequest(
        request.method, path, headers=headers, body=body, content_type=guessed
    )


def verify_http(request: HttpRequest, scope: Scope, place: Place) -> None:
    """Raise LineError for all that can be seen to be wrong before anything is sent."""
    with on_line(request.line):
        verify(request.target, scope)
        target = constant(request.target, scope)
        if target is not None:
            _target(target, place)
    for header in request.headers:
        with on_line(header.line):
            for text in (header.name, header.value):
                verify(text, scope)
            if constant(header.name + header.value, scope) is not None:
                _header(header, scope, place)
    for part in request.body:
        with on_line(part.line):
            verify(part.text if isinstance(part, BodyLine) else part.path, scope)
            if isinstance(part, Inclusion):
                _verify_file(part, scope, place)


def _verify_file(part: Inclusion, scope: Scope, place: Place) -> None:
    path = constant(part.path, scope)
    if path is not None:
        read_file(path, place.folder, 0)


# The target


def _target(text: str, place: Place) -> str:
    """Return a path, or a URL of the app's. Raises LineError for any other host."""
    if _UNSENDABLE.search(text):
        raise LineError(
            f"{show(text)} has a character that no URL may have: write it as"
            " {{%name}}, which encodes it."
        )
    url = text = text.strip().replace(" ", "%20")
    if text.startswith("//") or _HOST.match(text):
        url = f"http://{text.lstrip('/')}"
    if not _SCHEME.match(url):
        return "/" + url.lstrip("/")
    if not url.startswith(_WEB):
        raise LineError(f"{show(url)} is not HTTP: write a path, such as /users")
    url = re.sub("^(https?://):", r"\1localhost:", url)
    # A host alone may have been meant as a path: users.json
    path = url.partition("://")[2].partition("/")[2] or (text if url != text else "")
    _check_host(url, place, f"write /{show(path.strip('/'))[1:-1]}")
    return url


def _check_host(url: str, place: Place, fix: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise LineError(f"{show(url)} is no URL, {error}: write a path.") from None
    if "@" in parts.netloc:
        raise LineError(
            f"{show(url)} has a name before its host: write the header"
            " Authorization: Basic name:password"
        )
    if not host or not place.owns(host):
        raise LineError(
            f"{show(host or url)} is another host, and requests go to the notebook's"
            f" app alone: {fix}"
        )


# Headers


def _headers(request: HttpRequest, scope: Scope, place: Place) -> Headers:
    headers = []
    for header in request.headers:
        if header.name.lower() not in _FRAMING:
            with on_line(header.line):
                headers.append(_header(header, scope, place))
    return tuple(headers)


def _header(header: Header, scope: Scope, place: Place) -> tuple[str, str]:
    name = fill_http(header.name, scope)
    value = fill_http(header.value, scope).strip()
    if not HEADER_NAME.fullmatch(name):
        raise LineError(
            f"{show(name)} is no header's name: use letters, digits and hyphens."
        )
    if _UNSENDABLE.search(value.replace("\t", " ")):
        raise LineError(
            f"The header {name} has a line break or another unprintable character"
            f" in its value {show(value)}: remove it."
        )
    _refuse_header(name.lower(), value, place)
    return name, _with_login(value) if name.lower() == "authorization" else value


def _refuse_header(name: str, value: str, place: Place) -> None:
    if name == "host":
        host = value.partition("://")[2] or value
        _check_host(f"http://{host}", place, "leave Host out")
    if name == "x-request-type" and value.lower() == "graphql":
        raise LineError(
            'GraphQL is not made into JSON here: write {"query": "…"} as the body,'
            " and leave X-Request-Type out."
        )


def _with_login(value: str) -> str:
    """Return `Basic name:password`, or with a blank between, as HTTP wants it."""
    scheme, _, login = value.partition(" ")
    login = login.strip()
    if scheme.lower() != "basic" or not (":" in login or " " in login):
        return value
    if ":" not in login:
        login = ":".join(login.split(None, 1))
    return f"{scheme} {b64encode(login.encode()).decode()}"


# The body


def _body(
    request: HttpRequest, headers: Headers, scope: Scope, place: Place
) -> bytes | None:
    if not request.body:
        return None
    kind = _type_of(headers)
    fill = fill_http_json if _is_json(kind, request) else fill_http
    parts = [_part(part, scope, place, fill) for part in request.body]
    if kind.startswith("multipart/"):
        return b"\r\n".join([*parts, b""])
    return _as_form(parts) if kind.startswith(_FORM) else b"\n".join(parts)


def _type_of(headers: Headers) -> str:
    types = [value for name, value in headers if name.lower() == "content-type"]
    return types[0].lower() if types else ""


def _is_json(kind: str, request: HttpRequest) -> bool:
    """Whether a body is JSON, by its type; without one, by how it reads."""
    if kind:
        return bool(_JSON.fullmatch(kind))
    lines = [part.text for part in request.body if isinstance(part, BodyLine)]
    pieces = (piece for line in lines for piece in (*cut_braces(line), Piece("\n")))
    return _reads_as_json(
        "".join("0" if piece.is_expression else piece.text for piece in pieces)
    )


def _reads_as_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _part(
    part: BodyLine | Inclusion,
    scope: Scope,
    place: Place,
    fill: Callable[[str, Scope], str],
) -> bytes:
    with on_line(part.line):
        if isinstance(part, BodyLine):
            return _encoded(fill(part.text, scope))
        content = read_file(fill_http(part.path, scope), place.folder, MOST_INCLUDED)
        if part.encoding is None:
            return content
        text = _decoded(content, part.path, part.encoding)
        return _encoded(fill(text, replace(scope, names_only=True)))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise LineError(
            f"{show(text)} holds half a character (a lone surrogate): remove it."
        ) from None


def _decoded(content: bytes, path: str, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except (LookupError, ValueError):
        raise LineError(
            f"{show(path)} is not text in {encoding}: name its encoding, such as"
            f" <@latin1 {path}, or send it as it is with < {path}"
        ) from None


def _as_form(parts: list[bytes]) -> bytes:
    """Return a form's lines as one, with an & between any two."""
    lines = (
        each.strip().strip(b"&").rstrip()
        for part in parts
        for each in part.split(b"\n")
    )
    return b"&".join(filter(None, lines))


def _guessed_type(body: bytes) -> str:
    if _reads_as_json(body):
        return "application/json"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"


# Files


def read_file(name: str, folder: Path, most: int) -> bytes:
    """Return a file's content; with `most` 0 only whether it can be read is seen.

    Raises LineError, which names the absolute path, also for more bytes than `most`.
    """
    path = (folder / Path(name).expanduser()).absolute()
    try:
        with path.open("rb") as file:
            content = file.read(most + 1) if most else b""
    except FileNotFoundError:
        problem = f"There is no file {show(str(path), 200)}"
    except IsADirectoryError:
        problem = f"{show(str(path), 200)} is a folder"
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = f"{show(str(path), 200)} cannot be read ({reason})"
    else:
        if len(content) <= most:
            return content
        problem = f"{show(str(path), 200)} has more than {most:,} bytes"
    raise LineError(f"{problem}: name a file, or move with %cd.")
