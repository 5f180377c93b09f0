"""Who may ask: only requests for the names that a server is served under, and, if it
has a token, only those that know it.

A web page elsewhere must not reach the app by pointing its own name at this machine
(DNS rebinding), so an unknown name is refused before the app hears of it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.http import HTTP_STATUS_CODES

from .listening import bracketed

#: A name or an address, and a port. Of what else a URL may have there (RFC 3986, 3.2.2)
#: nothing is in names that are looked up.
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z._~-]+)(?::([0-9]{1,5}))?")
LAST_PORT = 65_535
HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: Names below this one never leave their machine (RFC 6761, 6.3): subdomains to try.
BELOW_HERE = ".localhost"
WILDCARDS = frozenset({"0.0.0.0", "::"})
#: The query's name for the token, and the beginning of its cookie's.
TOKEN = "token"
COOKIE = "nbflask-token"
#: Where a browser may bring the cookie: in a frame of another site only there, which is
#: what `localhost` is to 127.0.0.1.
ALONE = "SameSite=Lax"
IN_A_FRAME = "SameSite=None; Secure; Partitioned"
#: Says of a target and its header fields by which URL a proxy was asked for them:
#: "https://host/prefix", "//host/prefix"; nothing if no proxy has passed them on.
Outside = Callable[[str, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a request is answered in the place of the app."""

    code: int
    text: str
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def status(self) -> str:
        return f"{self.code} {HTTP_STATUS_CODES.get(self.code, 'Refused')}"

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            *self.extra,
        )


@dataclass(frozen=True)
class Guard:
    """Lets requests pass that ask for one of `names`, in lower case, on any port, or
    for one of this machine's own, which `Server` lists.
    Those that a proxy has passed on, as `outside` knows, may ask for any name.
    """

    host: str
    url: str
    names: frozenset[str] = frozenset()
    token: str = field(default="", repr=False)
    outside: Outside | None = None

    def __post_init__(self) -> None:
        # Each request asks, mostly for the same name; the cache is this guard's own.
        object.__setattr__(self, "knows", lru_cache(maxsize=64)(self.knows))

    def knows(self, host: str) -> bool:
        """Whether a Host header names what is served here."""
        match = HOST.fullmatch(host.lower())
        if match is None or int(match[2] or 0) > LAST_PORT:
            return False
        name = match[1]
        if name in HERE or name in self.names or name == bracketed(self.host).lower():
            return True
        if name.endswith(BELOW_HERE):
            return True
        if self.host not in WILDCARDS:
            return False
        # Rebinding needs a name that resolves anew; a plain address cannot.
        return name == socket.gethostname().lower() or is_address(name)

    def refusal(self, host: str, target: str, fields: dict[str, str]) -> Refusal | None:
        """Return why a request may not pass; None if it may."""
        base = "" if self.outside is None else self.outside(target, fields)
        if not base and not self.knows(host):
            return self._unknown(host)
        return self._without_token(target, fields, base) if self.token else None

    def hidden(self, text: str) -> str:
        """Return a text without the token, for logs, which others may see."""
        return text.replace(self.token, "...") if self.token else text

    def _unknown(self, host: str) -> Refusal:
        if not host:
            here = urlsplit(self.url).netloc
            return Refusal(400, f"The request names no host: send 'Host: {here}'.")
        name = printable(host[:100])
        return Refusal(
            400,
            f"Not served under the name '{name}': ask {self.url} or add it to"
            " allowed_hosts.",
        )

    def _without_token(
        self, target: str, fields: dict[str, str], base: str
    ) -> Refusal | None:
        given = [*cookies(fields.get("cookie", "")), bearer(fields)]
        if any(self._is_token(each) for each in given):
            return None
        path, _, query = target.partition("?")
        words = parse_qsl(query, keep_blank_values=True)
        if any(name == TOKEN and self._is_token(value) for name, value in words):
            # Once known, the token shall stand in no address and in no Referer.
            rest = urlencode([each for each in words if each[0] != TOKEN])
            prefix = urlsplit(base).path
            site = IN_A_FRAME if fields.get("sec-fetch-dest") == "iframe" else ALONE
            cookie = f"{COOKIE}={self.token}; Path={prefix or '/'}; HttpOnly; {site}"
            if path.startswith("/"):  # two of them would lead to another host
                path = "/" + path.lstrip("/\\")
            there = base.removesuffix(prefix if is_below(path, prefix) else "") + path
            there += f"?{rest}" if rest else ""
            extra = (("Location", there), ("Set-Cookie", cookie))
            return Refusal(303, f"See {printable(there)}", extra)
        return Refusal(
            401,
            "This server asks for its token: open the link that it was started with,"
            " or send 'Authorization: Bearer TOKEN'.",
            (("WWW-Authenticate", 'Bearer realm="nbflask"'),),
        )

    def _is_token(self, given: str) -> bool:
        return compare_digest(given.encode("utf-8", "replace"), self.token.encode())


def names_of(allowed_hosts: Collection[str]) -> frozenset[str]:
    extra = (allowed_hosts,) if isinstance(allowed_hosts, str) else allowed_hosts
    return frozenset(name.lower() for name in extra)


def is_below(path: str, prefix: str) -> bool:
    """Whether a path, or one with a query, has the prefix that proxies take off."""
    return bool(prefix) and f"{path.partition('?')[0]}/".startswith(f"{prefix}/")


def cookies(field: str) -> Iterable[str]:
    """Yield the tokens that a Cookie header brings."""
    for each in field.split(";"):
        name, _, value = each.strip().partition("=")
        if name == COOKIE:
            yield value


def bearer(fields: dict[str, str]) -> str:
    scheme, _, value = fields.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() in {"bearer", "token"} else ""


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def printable(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
