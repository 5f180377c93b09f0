"""The frameworks that are compared, and how a request is put to their apps."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

Answer = tuple[str, bytes]  # status line, body
Call = Callable[[], Answer]
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FLASK = "Flask"
NBFLASK = "nbflask"


@dataclass(frozen=True, slots=True)
class Framework:
    """An imported framework. Builders go by family: nbflask's API is Flask's."""

    name: str
    family: str
    module: ModuleType
    version: str


def find(candidate: str = "nbflask") -> tuple[list[Framework], list[str]]:
    """Return the installed frameworks, the candidate first, and what is missing.

    Raises ImportError if the candidate itself cannot be imported.
    """
    peers = (
        (FLASK, "flask", "flask"),
        ("Bottle", "bottle", "bottle"),
        ("Werkzeug", "werkzeug", "werkzeug"),
    )
    importlib.import_module(candidate)
    found, missing = [], []
    for name, family, module in ((NBFLASK, "flask", candidate), *peers):
        try:
            imported = importlib.import_module(module)
        except ImportError:
            missing.append(name)
        else:
            found.append(Framework(name, family, imported, _version(module)))
    return found, missing


def _version(module: str) -> str:
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return "not installed as a package"


def environ_for(path: str, cookie: str = "") -> dict[str, Any]:
    """Return what a server would pass for a GET of path."""
    from werkzeug.test import create_environ

    environ = dict(create_environ(path))
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    return environ


def wsgi_call(app: WSGIApp, environ: dict[str, Any]) -> Call:
    """Return a callable that sends one request, as bare as WSGI allows."""
    status = ""

    def start_response(line: str, headers: Any, exc_info: Any = None) -> None:
        nonlocal status
        status = line

    def call() -> Answer:
        answer = app(environ.copy(), start_response)
        body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        return status, body

    return call


def cookie_set_by(app: WSGIApp, path: str) -> str:
    """Return the first cookie that a GET of path sets, as a Cookie header."""
    cookies: list[str] = []

    def start_response(line: str, headers: Any, exc_info: Any = None) -> None:
        cookies.extend(value for key, value in headers if key.lower() == "set-cookie")

    answer = app(environ_for(path), start_response)
    b"".join(answer)
    close = getattr(answer, "close", None)
    if close is not None:
        close()
    return cookies[0].partition(";")[0]
