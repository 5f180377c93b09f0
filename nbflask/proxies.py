"""What stands for the context of the moment. Here once, for templates and for
`globals`, which gives these names their types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug import local

from .ctx import current_app_context, current_request_context
from .current import _cv_app, _cv_request


class LocalProxy(local.LocalProxy[Any]):
    """Werkzeug's, which looks an attribute up by way of two functions, not four.

    It has the same name, for that is what one that stands for nothing is shown by.
    """

    __slots__ = ()

    def __init__(self, current: Callable[[], Any]) -> None:
        super().__init__(current)
        object.__setattr__(self, "_get_current_object", current)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._get_current_object(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._get_current_object()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._get_current_object()[key] = value

    def __contains__(self, item: Any) -> bool:
        return item in self._get_current_object()


def _current_app() -> Any:
    return (_cv_app.get(None) or current_app_context()).app


def _current_g() -> Any:
    return (_cv_app.get(None) or current_app_context()).g


def _current_request() -> Any:
    return (_cv_request.get(None) or current_request_context()).request


def _current_session() -> Any:
    return (_cv_request.get(None) or current_request_context()).session


app_ctx: Any = LocalProxy(current_app_context)
current_app: Any = LocalProxy(_current_app)
g: Any = LocalProxy(_current_g)
request_ctx: Any = LocalProxy(current_request_context)
request: Any = LocalProxy(_current_request)
session: Any = LocalProxy(_current_session)
