"""How a request is put to an app: as a server would, or by the framework's client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from .frameworks import Framework

Answer = tuple[Any, bytes]  # status line or code, body
Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `login` is a path that is asked for first, for its cookie."""

    path: str = "/"
    method: str = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Any = None
    login: str = ""

    @property
    def body(self) -> bytes:
        return b"" if self.data is None else json.dumps(self.data).encode()


def straight(framework: Framework, app: Any, ask: Ask) -> Call:
    """Return a callable that puts the request as a server does, and no more."""
    put = _over_asgi if framework.asynchronous else _over_wsgi
    if ask.login:
        cookies: SimpleCookie = SimpleCookie()
        put(app, Ask(ask.login), cookies.load)()
        sent = "; ".join(f"{each.key}={each.value}" for each in cookies.values())
        ask = replace(ask, headers={**ask.headers, "Cookie": sent})
    return put(app, ask)


def _over_wsgi(app: Any, ask: Ask, take: Callable[[str], Any] | None = None) -> Call:
    from io import BytesIO

    environ, body = _environ(ask), ask.body
    status = ""

    def start_response(line: str, headers: Any, exc_info: Any = None) -> None:
        nonlocal status
        status = line
        if take is not None:
            _take_cookies(headers, take)

    def call() -> Answer:
        own = environ.copy()
        if body:
            own["wsgi.input"] = BytesIO(body)
        answer = app(own, start_response)
        sent = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        return status, sent

    return call


def _environ(ask: Ask) -> dict[str, Any]:
    from werkzeug.test import create_environ

    data = {} if ask.data is None else {"json": ask.data}
    return dict(
        create_environ(
            ask.path,
            method=ask.method,
            query_string=ask.query or None,
            headers=dict(ask.headers),
            **data,
        )
    )


def _over_asgi(app: Any, ask: Ask, take: Callable[[str], Any] | None = None) -> Call:
    """A server's loop is left out: no app here waits for anything, so that each
    request is one step of its coroutine."""
    scope, body = _scope(ask), ask.body
    status, chunks = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            if take is not None:
                pairs = message["headers"]
                _take_cookies([(k.decode(), v.decode()) for k, v in pairs], take)
        else:
            chunks.append(message.get("body", b""))

    def call() -> Answer:
        chunks.clear()
        coroutine = app(scope.copy(), receive, send)
        try:
            coroutine.send(None)
        except StopIteration:
            return status, b"".join(chunks)
        raise RuntimeError("The app waits for something, which has no loop here.")

    return call


def _scope(ask: Ask) -> dict[str, Any]:
    headers = {"Host": "localhost", **ask.headers}
    if ask.data is not None:
        headers |= {
            "Content-Type": "application/json",
            "Content-Length": str(len(ask.body)),
        }
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": ask.path,
        "raw_path": ask.path.encode(),
        "root_path": "",
        "query_string": urlencode(ask.query).encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
    }


def _take_cookies(headers: Any, take: Callable[[str], Any]) -> None:
    for name, value in headers:
        if name.lower() == "set-cookie":
            take(value)


# Clients


def through_client(framework: Framework, app: Any, ask: Ask) -> Call:
    """Return a callable that uses the framework's own client, or Werkzeug's."""
    connect = {"falcon": _falcon, "starlette": _starlette, "fastapi": _starlette}
    return connect.get(framework.family, _werkzeug)(app, ask)


def _werkzeug(app: Any, ask: Ask) -> Call:
    from werkzeug.test import Client

    client = app.test_client() if hasattr(app, "test_client") else Client(app)
    send, keywords = getattr(client, ask.method.lower()), _keywords(ask, "query_string")
    if ask.login:
        client.get(ask.login)

    def call() -> Answer:
        response = send(ask.path, **keywords)
        return response.status, response.data

    return call


def _falcon(app: Any, ask: Ask) -> Call:
    from falcon.testing import TestClient

    send = getattr(TestClient(app), ask.method.lower())
    return _reading(send, ask.path, _keywords(ask, "params"))


def _starlette(app: Any, ask: Ask) -> Call:
    from starlette.testclient import TestClient

    client = TestClient(app)
    if ask.login:
        client.get(ask.login)
    send = getattr(client, ask.method.lower())
    return _reading(send, ask.path, _keywords(ask, "params"))


def _reading(send: Any, path: str, keywords: dict[str, Any]) -> Call:
    def call() -> Answer:
        response = send(path, **keywords)
        return response.status_code, response.content

    return call


def _keywords(ask: Ask, query: str) -> dict[str, Any]:
    """Return what is not as usual, as a person would write it."""
    given = {query: ask.query, "headers": ask.headers, "json": ask.data}
    return {name: each for name, each in given.items() if each}
