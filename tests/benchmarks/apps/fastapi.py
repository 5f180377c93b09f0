"""FastAPI's apps. Views are coroutines: the others it runs in threads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Body, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from ..data import ADA, CHUNKS, HELLO, OutOfStock


def empty() -> FastAPI:
    return FastAPI(default_response_class=HTMLResponse)


def add(app: FastAPI, rule: str, text: str) -> None:
    async def plain() -> str:
        return text

    async def numbered(id: int) -> str:
        return text.format(id=id)

    app.get(rule)(numbered if "{id}" in rule else plain)


def hello() -> FastAPI:
    app = empty()

    @app.get("/")
    async def view() -> str:
        return HELLO

    return app


def mapping() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def view() -> dict[str, Any]:
        return ADA

    return app


def echo() -> FastAPI:
    app = FastAPI()

    @app.post("/")
    async def view(data: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return data

    return app


def search() -> FastAPI:
    app = empty()

    @app.get("/")
    async def view(
        q: str,
        page: int,
        x_token: Annotated[str, Header()],
        accept_language: Annotated[str, Header()],
    ) -> str:
        return f"{q} {page} {x_token} {accept_language}"

    return app


def stream() -> FastAPI:
    async def chunks() -> AsyncIterator[str]:
        for each in CHUNKS:
            yield each

    app = empty()

    @app.get("/")
    async def view() -> StreamingResponse:
        return StreamingResponse(chunks(), media_type="text/html")

    return app


def created() -> FastAPI:
    app = empty()

    @app.get("/")
    async def view() -> HTMLResponse:
        return HTMLResponse(HELLO, 201, {"X-Token": "1"})

    return app


def forbidden() -> FastAPI:
    return answering(HTTPException(403), HTTPException, 403, "not for you")


def out_of_stock() -> FastAPI:
    return answering(OutOfStock(), OutOfStock, 409, "none left")


def answering(
    error: Exception, kind: type[Exception], status: int, text: str
) -> FastAPI:
    app = empty()

    @app.get("/")
    async def view() -> None:
        raise error

    @app.exception_handler(kind)
    async def handle(request: Request, error: Exception) -> HTMLResponse:
        return HTMLResponse(text, status)

    return app
