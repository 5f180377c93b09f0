"""What views use: `request`, `session`, `g`, `current_app`. For users only; the
package itself passes contexts on as arguments.
"""

from __future__ import annotations

from typing import Any

from werkzeug.local import LocalProxy

from .app import Flask
from .ctx import (
    AppContext,
    RequestContext,
    _AppCtxGlobals,
    _cv_app,
    _cv_request,
    current_app_context,
    current_request_context,
)
from .sessions import SessionMixin
from .wrappers import Request

__all__ = [
    "_cv_app",
    "_cv_request",
    "app_ctx",
    "current_app",
    "g",
    "request",
    "request_ctx",
    "session",
]


def proxy(find: Any, attribute: str | None = None) -> Any:
    """Stand for the current context, or for one of its attributes."""
    return LocalProxy(find, attribute)


app_ctx: AppContext = proxy(current_app_context)
current_app: Flask = proxy(current_app_context, "app")
g: _AppCtxGlobals = proxy(current_app_context, "g")
request_ctx: RequestContext = proxy(current_request_context)
request: Request = proxy(current_request_context, "request")
session: SessionMixin = proxy(current_request_context, "session")
