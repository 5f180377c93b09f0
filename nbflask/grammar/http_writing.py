"""A request written as the text of an .http file: what `http_reading` reads, and other
REST clients with it.

What such a text cannot say as it is, is said by variables: {{empty}} before a line
that would be taken for a comment, {{lf}} and {{cr}} for breaks that are no new lines.
"""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, count
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart
from werkzeug.urls import iri_to_uri

from .errors import LineError
from .http_prepare import Place, prepare_http
from .http_reading import read_http
from .http_values import Scope
from .methods import KNOWN_METHODS
from .request import MISSING, FilePart, PreparedRequest, has_header

Headers = Sequence[tuple[str, str]]

#: The variables that a text may use, as it defines them.
VARIABLES = {"empty": "", "lf": r"\n", "cr": r"\r"}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BOUNDARY = "next-part"
#: Lines that would be taken for something else than text.
MEANT = re.compile(rf"\s*(?:#|//|>|<[>@\s{{]|(?:{'|'.join(KNOWN_METHODS)})[ \t])")
_NOWHERE = "http://localhost"


def as_http(
    request: PreparedRequest, base: str, secrets: Iterable[tuple[str, str]] = ()
) -> str:
    """Return a request's lines, without a separator. `base` stands before its path;
    `secrets` are headers, each with its variable of the environment.

    Raises LineError for what no such text can say, such as a file's bytes.
    """
    content, kind = content_of(request)
    headers = [(name, value or "") for name, value in request.headers]
    if kind and not has_header(headers, "Content-Type"):
        headers.append(("Content-Type", kind))
    lines = [(name, escaped(value)) for name, value in headers]
    check(text_of(request, _NOWHERE, lines, content), request, headers, content)
    lines += [(name, f"{{{{$processEnv {variable}}}}}") for name, variable in secrets]
    return text_of(request, base, lines, content)


def text_of(
    request: PreparedRequest, base: str, headers: Headers, content: bytes | None
) -> str:
    target = iri_to_uri(request.path)
    if target.startswith("/"):
        target = f"{base}{target}"
    lines = [f"{name}: {value}".rstrip() for name, value in headers]
    text = "\n".join([f"{request.method} {target}", *lines])
    if content is None:
        return text
    return f"{text}\n\n{as_body(content, kind_of(headers))}"


def check(
    text: str, request: PreparedRequest, headers: Headers, content: bytes | None
) -> None:
    """Raise LineError unless a text is read as the request that it was made of."""
    definitions = [f"@{name} = {value}" for name, value in VARIABLES.items()]
    file = read_http("\n".join([*definitions, text]))
    known = {each.name: each for each in file.variables}
    scope = Scope(literal_eval, variables=known, names_only=True)
    if len(file.requests) != 1:
        raise LineError("its text would be read as several requests")
    read = prepare_http(file.requests[0], scope, Place(lambda host: True))
    same = read.method == request.method and [*read.headers] == [
        (name, value.strip()) for name, value in headers
    ]
    if not same or (read.body or b"") != (content or b""):
        raise LineError("its text would be read as another request")


def content_of(request: PreparedRequest) -> tuple[bytes | None, str]:
    """Return a body as it is sent, and its type if nobody has given one."""
    if request.files:
        boundary = boundary_of(request.files)
        fields: MultiDict[str, str | FileStorage] = MultiDict(request.form)
        for part in request.files:
            stream = BytesIO(part.content)
            upload = FileStorage(stream, part.filename, content_type=part.content_type)
            fields.add(part.field, upload)
        _, content = encode_multipart(fields, boundary)
        return content, f"{MULTIPART}; boundary={boundary}"
    if request.form:
        return urlencode(request.form).encode(), FORM
    if request.json is not MISSING:
        return written(request.json).encode(), "application/json"
    return request.body, request.content_type or ""


def boundary_of(files: Sequence[FilePart]) -> str:
    """Return a line that no file has."""
    numbered = (f"{BOUNDARY}-{number}" for number in count(2))
    for boundary in chain([BOUNDARY], numbered):
        if not any(boundary.encode() in each.content for each in files):
            break
    return boundary


def written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    halves = any("\ud800" <= each <= "\udfff" for each in text)
    return json.dumps(value, indent=2) if halves else text


def kind_of(headers: Headers) -> str:
    given = (value for name, value in headers if name.lower() == "content-type")
    return next(given, "").lower()


def escaped(text: str) -> str:
    """Return text in which no {{ begins an expression."""
    return text.replace("{{", "{{'{{'}}")


def as_body(content: bytes, kind: str) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise LineError("its body is no text: put it into a file") from None
    if kind.startswith("multipart/"):
        # Lines of such a body end as HTTP's own do, the last one too.
        parts = text.removesuffix("\r\n").split("\r\n")
        lines = [each.replace("\n", "{{lf}}") for each in map(escaped, parts)]
    elif kind.startswith(FORM):
        lines = [escaped(text).replace("\n", "{{lf}}")]
    else:
        lines = escaped(text).split("\n")
    lines = [each.replace("\r", "{{cr}}") for each in lines]
    last = len(lines) - 1
    return "\n".join(
        f"{{{{empty}}}}{line}"
        if MEANT.match(line) or (not line.strip() and number in {0, last})
        else line
        for number, line in enumerate(lines)
    )


def used_variables(text: str) -> Iterator[str]:
    """Yield the definitions of the variables that a text uses."""
    for name, value in VARIABLES.items():
        if f"{{{{{name}}}}}" in text:
            yield f"@{name} = {value}".rstrip()
