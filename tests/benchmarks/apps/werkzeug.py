"""Bare Werkzeug's apps, as its own tutorial has them: a map, a match, a response."""

from __future__ import annotations

import json
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ..data import ADA, CHUNKS, HELLO, SECRET

SIGNER = URLSafeTimedSerializer(SECRET)


class App:
    """A URL map whose endpoints are views; a view is given the request."""

    def __init__(self) -> None:
        self.url_map = Map()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        try:
            view, values = self.url_map.bind_to_environ(environ).match()
            response = view(Request(environ), **values)
        except HTTPException as error:
            response = error
        return response(environ, start_response)


def empty() -> App:
    return App()


def add(app: App, rule: str, text: str) -> None:
    def view(request: Request, **values: Any) -> Response:
        return html(text.format(**values))

    app.url_map.add(Rule(rule.replace("{id}", "<int:id>"), endpoint=view))


def serving(view: Any, rule: str = "/") -> App:
    app = empty()
    app.url_map.add(Rule(rule, endpoint=view))
    return app


def html(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/html")


def hello() -> App:
    return serving(lambda request: html(HELLO))


def mapping() -> App:
    return serving(lambda request: as_json(ADA))


def echo() -> App:
    return serving(lambda request: as_json(request.get_json()))


def as_json(data: Any) -> Response:
    return Response(json.dumps(data), mimetype="application/json")


def search() -> App:
    def view(request: Request) -> Response:
        words = f"{request.args['q']} {request.args.get('page', type=int)}"
        headers = request.headers
        return html(f"{words} {headers['X-Token']} {headers['Accept-Language']}")

    return serving(view)


def stream() -> App:
    return serving(
        lambda request: Response((each for each in CHUNKS), mimetype="text/html")
    )


def created() -> App:
    headers = {"X-Token": "1"}
    return serving(lambda request: Response(HELLO, 201, headers, "text/html"))


def session_read() -> App:
    return with_login(lambda request: html(f"Hello, {signed(request)['name']}"))


def session_written() -> App:
    def view(request: Request) -> Response:
        session = signed(request)
        session["visits"] = session.get("visits", 0) + 1
        response = html(f"Hello, {session['name']}")
        response.set_cookie("session", SIGNER.dumps(session))
        return response

    return with_login(view)


def signed(request: Request) -> dict[str, Any]:
    session: dict[str, Any] = SIGNER.loads(request.cookies["session"], max_age=3600)
    return session


def with_login(view: Any) -> App:
    def login(request: Request) -> Response:
        response = html("welcome")
        response.set_cookie("session", SIGNER.dumps({"name": "Ada"}))
        return response

    app = serving(view)
    app.url_map.add(Rule("/login", endpoint=login))
    return app
