"""What views use: `request`, `session`, `g`, `current_app`. For users only; the
package itself passes contexts on as arguments.
"""

from __future__ import annotations

from . import proxies
from .app import Flask
from .ctx import AppContext, RequestContext
from .current import _AppCtxGlobals, _cv_app, _cv_request
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

app_ctx: AppContext = proxies.app_ctx
current_app: Flask = proxies.current_app
g: _AppCtxGlobals = proxies.g
request_ctx: RequestContext = proxies.request_ctx
request: Request = proxies.request
session: SessionMixin = proxies.session
