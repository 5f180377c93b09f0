"""Request and Response: Werkzeug's, aware of the current application's settings
and of what the request was routed to.
"""

from __future__ import annotations

import typing as t

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

from . import json
from .ctx import _cv_app
from .helpers import _split_blueprint_path

if t.TYPE_CHECKING:
    from werkzeug.routing import Rule

__all__ = ["Request", "RequestBase", "Response", "ResponseBase"]


def _in_debug_mode() -> bool:
    context = _cv_app.get(None)
    return context is not None and bool(context.app.debug)


class Request(RequestBase):
    """The request that a view answers.

    Its limits (bytes, bytes and a number of parts) come from the current
    application's settings and can be set for one request.
    """

    json_module: t.Any = json

    #: The rule that matched, or None if none did.
    url_rule: Rule | None = None

    #: The values in the URL, or None if no rule matched.
    view_args: dict[str, t.Any] | None = None

    #: Why no rule matched; raised when the request is dispatched.
    routing_exception: HTTPException | None = None

    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None

    @property
    def max_content_length(self) -> int | None:
        """How many bytes of body are read, else 413; MAX_CONTENT_LENGTH."""
        if self._max_content_length is not None:
            return self._max_content_length
        context = _cv_app.get(None)
        if context is None:
            return super().max_content_length
        return t.cast("int | None", context.app.config["MAX_CONTENT_LENGTH"])

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """How many bytes a form field may have, else 413; MAX_FORM_MEMORY_SIZE."""
        if self._max_form_memory_size is not None:
            return self._max_form_memory_size
        context = _cv_app.get(None)
        if context is None:
            return super().max_form_memory_size
        return t.cast("int | None", context.app.config["MAX_FORM_MEMORY_SIZE"])

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property  # type: ignore[override]
    def max_form_parts(self) -> int | None:
        """How many parts a multipart form may have, else 413; MAX_FORM_PARTS."""
        if self._max_form_parts is not None:
            return self._max_form_parts
        context = _cv_app.get(None)
        if context is None:
            return super().max_form_parts
        return t.cast("int | None", context.app.config["MAX_FORM_PARTS"])

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched, or None."""
        rule = self.url_rule
        return None if rule is None else t.cast("str | None", rule.endpoint)

    @property
    def blueprint(self) -> str | None:
        """The name of the endpoint's blueprint as it was mounted, or None."""
        endpoint = self.endpoint
        if endpoint is None or "." not in endpoint:
            return None
        return endpoint.rpartition(".")[0]

    @property
    def blueprints(self) -> list[str]:
        """The names of the blueprint and those around it, innermost first."""
        name = self.blueprint
        return [] if name is None else _split_blueprint_path(name)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        # A form without the right enctype sends file names only; in debug mode,
        # looking for the file then explains it.
        if (
            _in_debug_mode()
            and self.mimetype != "multipart/form-data"
            and not self.files
        ):
            from .debughelpers import attach_enctype_error_multidict

            attach_enctype_error_multidict(self)

    def on_json_loading_failed(self, e: ValueError | None) -> t.Any:
        """Answer 400; only debug mode says what is wrong with the JSON."""
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            if _in_debug_mode():
                raise
            raise BadRequest() from error


class Response(ResponseBase):
    """The response to a request: HTML, unless said otherwise."""

    default_mimetype: str | None = "text/html"

    json_module = json

    autocorrect_location_header = False

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """The bytes from which a cookie earns a warning; MAX_COOKIE_SIZE."""
        context = _cv_app.get(None)
        if context is None:
            return super().max_cookie_size
        return t.cast(int, context.app.config["MAX_COOKIE_SIZE"])
