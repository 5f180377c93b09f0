"""Bottle's apps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bottle import (
    Bottle,
    HTTPError,
    HTTPResponse,
    abort,
    request,
    response,
    template,
)

from ..data import ADA, CHUNKS, HELLO, NAMES, PAGE, SECRET, TEMPLATES


def empty() -> Bottle:
    return Bottle()


def add(app: Bottle, rule: str, text: str) -> None:
    app.route(rule.replace("{id}", "<id:int>"))(lambda **values: text.format(**values))


def serving(view: Any, method: str = "GET") -> Bottle:
    app = empty()
    app.route("/", method, view)
    return app


def hello() -> Bottle:
    return serving(lambda: HELLO)


def mapping() -> Bottle:
    return serving(lambda: ADA)


def echo() -> Bottle:
    return serving(lambda: request.json, "POST")


def search() -> Bottle:
    def view() -> str:
        words = f"{request.query['q']} {request.query.get('page', type=int)}"
        headers = request.headers
        return f"{words} {headers['X-Token']} {headers['Accept-Language']}"

    return serving(view)


def stream() -> Bottle:
    def view() -> Iterator[str]:
        yield from CHUNKS

    return serving(view)


def created() -> Bottle:
    return serving(lambda: HTTPResponse(HELLO, 201, {"X-Token": "1"}))


def template_from_string() -> Bottle:
    return serving(lambda: template(PAGE, **NAMES))


def template_from_file() -> Bottle:
    folders = [str(TEMPLATES)]
    return serving(lambda: template("page", template_lookup=folders, **NAMES))


def session_read() -> Bottle:
    return with_login(lambda: f"Hello, {signed()['name']}")


def session_written() -> Bottle:
    def view() -> str:
        session = signed()
        session["visits"] = session.get("visits", 0) + 1
        response.set_cookie("session", session, secret=SECRET)
        return f"Hello, {session['name']}"

    return with_login(view)


def signed() -> dict[str, Any]:
    return request.get_cookie("session", secret=SECRET)


def with_login(view: Any) -> Bottle:
    app = serving(view)

    @app.get("/login")
    def login() -> str:
        response.set_cookie("session", {"name": "Ada"}, secret=SECRET)
        return "welcome"

    return app


def forbidden() -> Bottle:
    def not_for_you(error: HTTPError) -> str:
        return "not for you"

    app = serving(lambda: abort(403))
    app.error(403)(not_for_you)
    return app
