"""A request as a notebook has sent it, and how it was answered: data, nothing is sent.

The header of a secret is named, and its value is nowhere: whoever sends the request
again has it in the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ...grammar.request import MISSING, PreparedRequest, has_header

#: Bytes of a body that are kept, of what was sent and of what was answered.
MOST_SENT = 100_000
MOST_ANSWERED = 20_000
#: Headers whose values are nobody's affair.
SECRET = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie"),
        *("x-api-key", "api-key", "x-auth-token", "x-access-token"),
    }
)
#: The names of this computer: requests to it are requests to the app.
HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request was answered. `text` is None for what is too long to be kept, or
    is no text in UTF-8."""

    status: int
    content_type: str = ""
    text: str | None = None
    location: str = ""
    sets_cookies: bool = False

    @property
    def mimetype(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def json(self) -> object:
        """The body's value, or MISSING if it is no JSON."""
        kind = self.mimetype
        is_json = kind == "application/json" or kind.endswith("+json")
        return MISSING if self.text is None or not is_json else value_of(self.text)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of a notebook's cell, as it was sent.

    `request` has a path with its query and only headers that were sent. `secrets` are
    headers beside those, each with the variable of the environment that has its
    value. `expected` is what --expect asked for. An answer of None is not known; one
    that no longer `stands` was given by an app that has changed since, and one that
    `varies` is of a clock or of dice.
    """

    request: PreparedRequest
    answer: Answer | None = None
    client: str = ""
    expected: str | None = None
    follow: bool = False
    title: str = ""
    secrets: tuple[tuple[str, str], ...] = ()
    cell: int = 0
    stands: bool = True
    varies: bool = False


@dataclass(frozen=True, slots=True)
class Unsent:
    """A request that a notebook sends, and nobody else can: only running it tells what
    it says. `path` is known where its text has it."""

    cell: int
    method: str
    path: str | None
    shown: str

    def __str__(self) -> str:
        return self.shown


def value_of(text: str | bytes) -> object:
    """Return the value of a JSON text that a strict parser takes; else MISSING."""
    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return MISSING


def refuse(name: str) -> object:
    raise ValueError(name)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


@dataclass(slots=True)
class Secrets:
    """Names for the values of secret headers: the first is AUTHORIZATION, another one
    AUTHORIZATION_2."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def name_of(self, header: str, value: str) -> str:
        word = header.upper().replace("-", "_")
        key = word, value
        if key not in self.known:
            number = 1 + sum(each == word for each, _ in self.known)
            self.known[key] = word if number == 1 else f"{word}_{number}"
        return self.known[key]

    def are_in(self, text: str) -> bool:
        """Whether a text repeats a secret, by its last word. One of three letters
        is none."""
        last = (word for _, value in self.known for word in value.split()[-1:])
        return any(word in text for word in last if len(word) > 3)


def sent_of(
    request: PreparedRequest, secrets: Secrets, dumps: Callable[[object], str]
) -> Sent | None:
    """Return a request as it is kept; None for one that is too long for that.

    `dumps` writes JSON as the app does.
    """
    kwargs = request.as_client_kwargs()
    query = kwargs.get("query_string")
    path = local(kwargs["path"]) + (f"?{query}" if query else "")
    given = [(name, value) for name, value in request.headers if value is not None]
    kept = PreparedRequest(
        request.method,
        path,
        headers=tuple(each for each in given if each[0].lower() not in SECRET),
        form=request.form,
        files=request.files,
        content_type=None if request.form else kwargs.get("content_type"),
    )
    if "json" in kwargs:
        kept = replace(kept, json=json.loads(dumps(kwargs["json"])))
    elif request.json is None and not has_header(request.headers, "Content-Type"):
        kept = replace(kept, json=None, content_type=None)
    elif isinstance(kwargs.get("data"), bytes):
        kept = replace(kept, body=kwargs["data"])
    if length_of(kept) > MOST_SENT:
        return None
    named = ((n, secrets.name_of(n, v)) for n, v in given if n.lower() in SECRET)
    return Sent(kept, secrets=tuple(named))


def local(url: str) -> str:
    """Return the path of a URL of this computer; any other as it is."""
    if url.startswith("/"):
        return url
    parts = urlsplit(url)
    return (parts.path or "/") if parts.hostname in HERE else url


def length_of(request: PreparedRequest) -> int:
    """Return about how many bytes a request's body has."""
    length = len(request.body or b"") + sum(len(e.content) for e in request.files)
    length += sum(len(name) + len(value) for name, value in request.form)
    return length if request.json is MISSING else len(json.dumps(request.json))


def answer_of(
    status: int, headers: Iterable[tuple[str, str]], body: bytes | None
) -> Answer:
    """Return an answer as it is kept; a body of None was not read to its end."""
    found: dict[str, str] = {}
    for name, value in headers:
        found.setdefault(name.lower(), value)
    return Answer(
        status,
        found.get("content-type", ""),
        text_of(body),
        found.get("location", ""),
        "set-cookie" in found,
    )


def text_of(body: bytes | None) -> str | None:
    if body is None or len(body) > MOST_ANSWERED:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
