"""Falcon's apps: a resource answers."""

from __future__ import annotations

from typing import Any

import falcon
from falcon import App, Request, Response

from ..data import ADA, CHUNKS, HELLO, OutOfStock


class Resource:
    """Answers GET, or POST, by one function."""

    def __init__(self, respond: Any, method: str = "GET") -> None:
        setattr(self, f"on_{method.lower()}", respond)


def empty() -> App:
    return App(media_type=falcon.MEDIA_HTML)


def add(app: App, rule: str, text: str) -> None:
    def respond(request: Request, response: Response, **values: Any) -> None:
        response.text = text.format(**values)

    app.add_route(rule.replace("{id}", "{id:int}"), Resource(respond))


def serving(respond: Any, method: str = "GET") -> App:
    app = empty()
    app.add_route("/", Resource(respond, method))
    return app


def hello() -> App:
    def respond(request: Request, response: Response) -> None:
        response.text = HELLO

    return serving(respond)


def mapping() -> App:
    def respond(request: Request, response: Response) -> None:
        response.content_type = falcon.MEDIA_JSON
        response.media = ADA

    return serving(respond)


def echo() -> App:
    def respond(request: Request, response: Response) -> None:
        response.content_type = falcon.MEDIA_JSON
        response.media = request.get_media()

    return serving(respond, "POST")


def search() -> App:
    def respond(request: Request, response: Response) -> None:
        words = f"{request.get_param('q')} {request.get_param_as_int('page')}"
        token = request.get_header("X-Token")
        language = request.get_header("Accept-Language")
        response.text = f"{words} {token} {language}"

    return serving(respond)


def stream() -> App:
    def respond(request: Request, response: Response) -> None:
        response.stream = (each.encode() for each in CHUNKS)

    return serving(respond)


def created() -> App:
    def respond(request: Request, response: Response) -> None:
        response.status = 201
        response.set_header("X-Token", "1")
        response.text = HELLO

    return serving(respond)


def forbidden() -> App:
    def respond(request: Request, response: Response) -> None:
        raise falcon.HTTPForbidden

    return answering(serving(respond), falcon.HTTPForbidden, 403, "not for you")


def out_of_stock() -> App:
    def respond(request: Request, response: Response) -> None:
        raise OutOfStock

    return answering(serving(respond), OutOfStock, 409, "none left")


def answering(app: App, error: type[Exception], status: int, text: str) -> App:
    def handle(
        request: Request, response: Response, error: Exception, values: Any
    ) -> None:
        response.status, response.text = status, text

    app.add_error_handler(error, handle)
    return app
