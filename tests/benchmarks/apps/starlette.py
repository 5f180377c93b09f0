"""Starlette's apps. Views are coroutines: the others it runs in threads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Mount, Route

from ..data import ADA, CHUNKS, HELLO, SECRET, OutOfStock


def empty() -> Starlette:
    return Starlette()


def add(app: Starlette, rule: str, text: str) -> None:
    async def view(request: Request) -> HTMLResponse:
        return HTMLResponse(text.format(**request.path_params))

    app.router.routes.append(Route(rule.replace("{id}", "{id:int}"), view))


def serving(view: Any, method: str = "GET") -> Starlette:
    return Starlette(routes=[Route("/", view, methods=[method])])


def hello() -> Starlette:
    async def view(request: Request) -> HTMLResponse:
        return HTMLResponse(HELLO)

    return serving(view)


def mapping() -> Starlette:
    async def view(request: Request) -> JSONResponse:
        return JSONResponse(ADA)

    return serving(view)


def echo() -> Starlette:
    async def view(request: Request) -> JSONResponse:
        return JSONResponse(await request.json())

    return serving(view, "POST")


def search() -> Starlette:
    async def view(request: Request) -> HTMLResponse:
        words = f"{request.query_params['q']} {int(request.query_params['page'])}"
        headers = request.headers
        return HTMLResponse(
            f"{words} {headers['X-Token']} {headers['Accept-Language']}"
        )

    return serving(view)


def stream() -> Starlette:
    async def chunks() -> AsyncIterator[str]:
        for each in CHUNKS:
            yield each

    async def view(request: Request) -> StreamingResponse:
        return StreamingResponse(chunks(), media_type="text/html")

    return serving(view)


def created() -> Starlette:
    async def view(request: Request) -> HTMLResponse:
        return HTMLResponse(HELLO, 201, {"X-Token": "1"})

    return serving(view)


def session_read() -> Starlette:
    async def view(request: Request) -> HTMLResponse:
        return HTMLResponse(f"Hello, {request.session['name']}")

    return with_sessions(serving(view))


def session_written() -> Starlette:
    async def view(request: Request) -> HTMLResponse:
        session = request.session
        session["visits"] = session.get("visits", 0) + 1
        return HTMLResponse(f"Hello, {session['name']}")

    return with_sessions(serving(view))


def session_untouched() -> Starlette:
    return with_sessions(hello())


def with_sessions(app: Starlette) -> Starlette:
    async def login(request: Request) -> HTMLResponse:
        request.session["name"] = "Ada"
        return HTMLResponse("welcome")

    app.router.routes.append(Route("/login", login))
    app.add_middleware(SessionMiddleware, secret_key=SECRET)
    return app


def forbidden() -> Starlette:
    async def view(request: Request) -> None:
        raise HTTPException(403)

    return answering(serving(view), 403, 403, "not for you")


def out_of_stock() -> Starlette:
    async def view(request: Request) -> None:
        raise OutOfStock

    return answering(serving(view), OutOfStock, 409, "none left")


def answering(app: Starlette, error: Any, status: int, text: str) -> Starlette:
    async def handle(request: Request, error: Exception) -> HTMLResponse:
        return HTMLResponse(text, status)

    app.add_exception_handler(error, handle)
    return app


def links() -> Starlette:
    async def show(request: Request) -> HTMLResponse:
        id, path_for = request.path_params["id"], request.app.url_path_for
        near = f"{path_for('shop:items:show', id=id)}"
        near += f" {path_for('shop:items:show', id=id + 1)}"
        return HTMLResponse(f"{near} {path_for('shop:index')} {path_for('index')}")

    async def index(request: Request) -> HTMLResponse:
        return HTMLResponse(HELLO)

    items = Mount("/items", name="items", routes=[Route("/{id:int}", show)])
    shop = Mount("/shop", name="shop", routes=[Route("/", index), items])
    return Starlette(routes=[Route("/", index), shop])
