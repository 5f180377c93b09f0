"""A request as it is filled in: what is wrong with it, and what it makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...grammar.errors import LineError
from ...grammar.request import MISSING, PreparedRequest
from .choices import Choice

#: What a body may be, and what it is sent as.
BODIES = {
    "none": None,
    "JSON": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed: a value for each variable of the path, and texts with one
    `name=value`, or of the headers one `Name: value`, on each line. Cookies are sent
    beside those that the client has."""

    choice: Choice
    values: dict[str, str] = field(default_factory=dict)
    query: str = ""
    headers: str = ""
    kind: str = "none"
    body: str = ""
    cookies: str = ""

    def __str__(self) -> str:
        words = "&".join(f"{name}={value}" for name, value in self._query())
        path = self.choice.path(self.values)
        return f"{self.choice.method} {path}{'?' if words else ''}{words}"

    def complaints(self) -> Iterator[str]:
        """Yield what keeps it from being sent."""
        for each in self.choice.fields:
            complaint = each.complaint(self.values.get(each.name, ""))
            if complaint:
                yield complaint
        for read in (self._query, self._headers, self._cookies, self._payload):
            complaint = complaint_of(read)
            if complaint:
                yield complaint

    def request(self) -> PreparedRequest:
        """Return the request. Raises LineError, with all that is wrong."""
        complaints = list(self.complaints())
        if complaints:
            raise LineError("; ".join(complaints))
        return PreparedRequest(
            self.choice.method,
            self.choice.path(self.values),
            self._query(),
            (*self._headers(), *self._cookies()),
            **self._payload(),  # type: ignore[arg-type]
        )

    def about_body(self) -> str:
        """Say what the body is, as far as that can be told."""
        if self.kind == "none" and self.body:
            return "It is not sent: choose JSON, form or text"
        if self.kind != "JSON":
            return ""
        return complaint_of(self._payload) or "valid JSON"

    def _query(self) -> Pairs:
        return tuple(pairs_in(self.query, "=", "The query"))

    def _headers(self) -> Pairs:
        pairs = tuple(pairs_in(self.headers, ":", "The headers"))
        for name, value in pairs:
            if not all(each.isalnum() or each in "-_" for each in name):
                raise LineError(f"{name!r} is no header's name")
            if not value.isprintable():
                raise LineError(f"The header {name} has a control character")
        return pairs

    def _cookies(self) -> Pairs:
        """Return the header that brings the cookies, if there are any."""
        pairs = tuple(pairs_in(self.cookies, "=", "The cookies"))
        if any(not value.isascii() or ";" in value for _, value in pairs):
            raise LineError("A cookie's value is of ASCII characters, without ';'")
        said = "; ".join(f"{name}={value}" for name, value in pairs)
        return (("Cookie", said),) if said else ()

    def _payload(self) -> dict[str, object]:
        kind = BODIES[self.kind]
        if self.kind == "JSON":
            return {"json": json_value(self.body)}
        if self.kind == "form":
            form = tuple(pairs_in(self.body, "=", "The form"))
            return {"form": form, "content_type": kind} if form else {}
        if self.kind == "text" and self.body:
            return {"body": self.body.encode(), "content_type": kind}
        return {"json": MISSING}


def complaint_of(read: Callable[[], object]) -> str:
    try:
        read()
    except LineError as error:
        return str(error)
    return ""


def pairs_in(text: str, separator: str, what: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a text with one on each line."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, found, value = line.partition(separator)
        if not found or not name.strip():
            raise LineError(f"{what}, line {number}: write name{separator}value")
        yield name.strip(), value.strip() if separator == ":" else value


def json_value(text: str) -> object:
    if not text.strip():
        raise LineError("The body is empty: write JSON, or choose no body")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise LineError(f"The body is not JSON, {error.msg} at {where}") from None
    except (ValueError, RecursionError) as error:
        raise LineError(f"The body is not JSON, {error}") from None
