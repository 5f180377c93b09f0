"""What a browser sends for the notebook's own server: no affair of the app's.

Cookies know no ports, so the browser sends those of a notebook server on this machine
to an app on it, too; and a proxy passes a notebook server's token on. Whoever has these
can run code in the kernel.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import unquote_plus

from ...server.guard import COOKIE as OUR_COOKIE
from .jupyter import of_this_kernel

#: The cookies by which notebook servers, hubs and editors know a browser.
LOGIN = re.compile(
    r"username-.+|jupyter[a-z]*-.+|jupyter_.+|login_token|code-server-session"
    r"|vscode-tkn"
)
XSRF = "_xsrf"
#: What says that a notebook server has passed a request on.
PROXIED = ("HTTP_X_FORWARDED_CONTEXT", "HTTP_X_PROXYCONTEXTPATH")
UNSTRIPPED = "/proxy/absolute/"
#: Where the environment has their tokens.
TOKENS = ("JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "KERNEL_AUTH_TOKEN")
#: Where an environ has URLs, in which a token may stand.
URLS = ("REQUEST_URI", "RAW_URI", "HTTP_REFERER")
#: Where credentials are, beside the query; most requests have none of these.
CARRIERS = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_REFERER")


def withhold(environ: dict[str, Any]) -> None:
    """Take a notebook server's credentials out of a request.

    One that such a server has passed on has shown it some: without a cookie of its
    own they were the token, even if that is not known here.
    """
    if not environ["QUERY_STRING"] and environ.keys().isdisjoint(CARRIERS):
        return
    secrets = tokens()
    passed_on = is_passed_on(environ)
    names = cookie_names(environ)
    by_token = passed_on and not any(map(LOGIN.fullmatch, names))
    take_cookies(environ, lambda name: name == XSRF or bool(LOGIN.fullmatch(name)))
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme = scheme.lower()
    is_theirs = (passed_on and scheme == "token") or (by_token and scheme == "bearer")
    if value.strip() in secrets or is_theirs:
        del environ["HTTP_AUTHORIZATION"]
    elif by_token:
        take_tokens(environ, lambda token: True)
    take_tokens(environ, secrets.__contains__)


def is_passed_on(environ: dict[str, Any]) -> bool:
    """Whether jupyter-server-proxy has passed a request on."""
    said = any(name in environ for name in PROXIED)
    return said or UNSTRIPPED in f"{environ['SCRIPT_NAME']}{environ['PATH_INFO']}"


def withhold_own(environ: dict[str, Any], token: str) -> None:
    """Take out the token that this server itself has asked for."""
    if not token:
        return
    take_cookies(environ, lambda name: name == OUR_COOKIE)
    if environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip() == token:
        del environ["HTTP_AUTHORIZATION"]
    take_tokens(environ, lambda given: given == token)


def tokens() -> Collection[str]:
    """Return the tokens of the notebook server that are known here."""
    found = {os.environ.get(name, "") for name in TOKENS}
    server = of_this_kernel()
    if server is not None:
        found.add(server.token)
    return found - {""}


def cookie_names(environ: dict[str, Any]) -> list[str]:
    cookies = environ.get("HTTP_COOKIE", "").split(";")
    return [each.partition("=")[0].strip() for each in cookies]


def take_cookies(environ: dict[str, Any], is_taken: Callable[[str], bool]) -> None:
    if "HTTP_COOKIE" not in environ:
        return
    cookies = zip(environ["HTTP_COOKIE"].split(";"), cookie_names(environ), strict=True)
    kept = ";".join(each for each, name in cookies if not is_taken(name)).strip()
    environ["HTTP_COOKIE"] = kept
    if not kept:
        del environ["HTTP_COOKIE"]


def take_tokens(environ: dict[str, Any], is_taken: Callable[[str], bool]) -> None:
    """Take `token=…` out of the query, wherever an environ has it."""

    def without(query: str) -> str:
        return "&".join(each for each in query.split("&") if not taken(each))

    def taken(item: str) -> bool:
        name, _, value = item.partition("=")
        return unquote_plus(name) == "token" and is_taken(unquote_plus(value))

    environ["QUERY_STRING"] = without(environ.get("QUERY_STRING", ""))
    for key in URLS:
        before, found, query = environ.get(key, "").partition("?")
        if found and (rest := without(query)) != query:
            environ[key] = f"{before}?{rest}" if rest else before
