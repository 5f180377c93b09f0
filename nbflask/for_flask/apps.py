"""Flask's own app with the answers that nbflask's has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import flask
from flask.json.provider import DefaultJSONProvider as FlaskJSONProvider
from flask.sansio.scaffold import setupmethod
from werkzeug.wrappers import Response as BaseResponse

from ..adapting import (
    HANDLED,
    KNOWN,
    Answered,
    adapt,
    adapt_known,
    refuse_unadaptable,
)
from ..json.provider import DefaultJSONProvider
from ..registry.kinds import nearest

V = TypeVar("V")
Adapter = Callable[[Any], Any]


class DataRequest(flask.Request):
    """Flask's request, whose body can be a table."""

    @cached_property
    def df(self) -> Any:
        """The body as a DataFrame; see `nbflask.Request.df`."""
        from ..data.incoming import frame_in

        return frame_in(self)


class DataJSONProvider(DefaultJSONProvider, FlaskJSONProvider):
    """JSON for the values of data libraries too; null for what JSON cannot say."""


class DataFlask(flask.Flask):
    """Flask's app, whose views may return data, and what there is an adapter for."""

    request_class = DataRequest
    json_provider_class = DataJSONProvider

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        #: What makes responses of values, by their classes.
        self.response_adapters: dict[type[Any], Adapter] = {}
        super().__init__(*args, **kwargs)

    @setupmethod
    def response_adapter(
        self, kind: type[V]
    ) -> Callable[[Callable[[V], Any]], Callable[[V], Any]]:
        """Let views return values of a class: the decorated function adapts them.

        It returns what a view may return, or offers: a dict of media types and
        functions that make such a body, for the request to choose by its Accept
        header. The first is the default; one that returns None is no offer. The
        most specific class counts.
        """
        refuse_unadaptable(kind)

        def decorate(function: Callable[[V], Any]) -> Callable[[V], Any]:
            self.response_adapters[kind] = function
            return function

        return decorate

    def handle_user_exception(self, e: Exception) -> Any:
        """Return what an exception is answered with, which then is sent somehow."""
        flask.request.environ[HANDLED] = True
        return super().handle_user_exception(e)

    def make_response(self, rv: Any) -> flask.Response:
        """Return the Response for a view's result, be it data or what Flask takes."""
        has_more = isinstance(rv, tuple) and len(rv) in {2, 3}
        if has_more and nearest(type(rv), self.response_adapters, KNOWN):
            has_more = False  # it is a value of a class of its own
        body, *more = rv if has_more else (rv,)
        try:
            response = self._response_of(body)
        except Answered as instead:
            answer: flask.Response = instead.response
            return answer
        if response is None:
            return super().make_response(rv)
        return super().make_response((response, *more) if has_more else response)

    def _response_of(self, body: Any) -> Any:
        """Return the response for what Flask cannot send, None for what it can."""
        if body is None or isinstance(body, self.response_class):
            return None
        request = flask.request if flask.has_request_context() else None
        kind = nearest(type(body), self.response_adapters, KNOWN)
        if kind is not None:
            return adapt(self, body, self.response_adapters[kind], request)
        if isinstance(body, (*KNOWN, BaseResponse, Iterator)) or callable(body):
            return None
        return adapt_known(self, body, request)
