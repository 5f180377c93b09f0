"""Request and Response: Werkzeug's, aware of the current application's settings
and of what the request was routed to. The `json` module above makes itself theirs.
"""

from __future__ import annotations

import typing as t
from functools import cached_property

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

from .current import _cv_app
from .messages.bodies import BodyRequest
from .messages.plain import PlainResponse
from .registry.table import scopes_of

if t.TYPE_CHECKING:
    from werkzeug.routing import Rule

__all__ = ["Request", "RequestBase", "Response", "ResponseBase"]


def _in_debug_mode() -> bool:
    context = _cv_app.get(None)
    return context is not None and bool(context.app.debug)


class Limit:
    """A limit of requests: a number, or None for no limit.

    It is the current application's setting of the given name. Outside an
    application it is what Werkzeug says. Assigning a number to it limits one
    request; assigning None returns to the setting.
    """

    def __init__(self, setting: str) -> None:
        self.setting = setting

    def __set_name__(self, owner: type[t.Any], name: str) -> None:
        self.owner = owner
        self.name = name

    @t.overload
    def __get__(self, request: None, owner: type[t.Any]) -> Limit: ...

    @t.overload
    def __get__(self, request: RequestBase, owner: type[t.Any]) -> int | None: ...

    def __get__(
        self, request: RequestBase | None, owner: type[t.Any]
    ) -> int | Limit | None:
        if request is None:
            return self
        # Under its own name: a descriptor with __set__ hides that from lookups.
        limit: int | None = request.__dict__.get(self.name)
        if limit is not None:
            return limit
        context = _cv_app.get(None)
        if context is not None:
            limit = context.app.config[self.setting]
        else:
            limit = getattr(super(self.owner, request), self.name)
        return limit

    def __set__(self, request: RequestBase, value: int | None) -> None:
        request.__dict__[self.name] = value


class Request(BodyRequest):
    """The request that a view answers."""

    json_module: t.Any

    #: The bytes of body that are read, else 413.
    max_content_length = Limit("MAX_CONTENT_LENGTH")

    #: The bytes that a form field may have, else 413; files are not counted.
    max_form_memory_size = Limit("MAX_FORM_MEMORY_SIZE")

    #: The parts that a multipart form may have, else 413.
    max_form_parts = Limit("MAX_FORM_PARTS")  # type: ignore[assignment]

    #: The rule that matched, or None if none did.
    url_rule: Rule | None = None

    #: Why no rule matched; raised when the request is dispatched.
    routing_exception: HTTPException | None = None

    #: The values in the URL, or None if no rule matched.
    view_args: dict[str, t.Any] | None = None

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched, or None."""
        rule = self.url_rule
        if rule is None:
            return None
        endpoint: str | None = rule.endpoint
        return endpoint

    @property
    def blueprint(self) -> str | None:
        """The name of the endpoint's blueprint as it was mounted, or None."""
        rule = self.url_rule
        return None if rule is None else scopes_of(rule.endpoint)[0]

    @property
    def blueprints(self) -> list[str]:
        """The names of the blueprint and those around it, innermost first."""
        rule = self.url_rule
        return [] if rule is None else [*filter(None, scopes_of(rule.endpoint))]

    @cached_property
    def df(self) -> t.Any:
        """The body as a DataFrame: a list of JSON objects, or CSV with a header.

        It may also come as the one file of a form. The frame is of pandas, or of
        polars if only that is loaded. What cannot be read is answered with a 400
        that says what is wrong, and a body of another type with a 415.
        """
        from .data.incoming import frame_in

        return frame_in(self)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        if not _in_debug_mode() or self.files:
            return
        # A form without the right enctype sends the names of its files only;
        # looking for a file then explains it.
        if self.mimetype != "multipart/form-data":
            from . import debughelpers

            debughelpers.attach_enctype_error_multidict(self)

    def close(self) -> None:
        """Close the uploaded files, if there are any."""
        if "files" in self.__dict__:
            super().close()

    def on_json_loading_failed(self, e: ValueError | None) -> t.Any:
        """Answer 400; only debug mode says what is wrong with the JSON."""
        explain = super().on_json_loading_failed
        if _in_debug_mode():
            return explain(e)
        try:
            return explain(e)
        except BadRequest as explained:
            raise BadRequest() from explained


class Response(PlainResponse):
    """The response to a request: HTML, unless said otherwise."""

    autocorrect_location_header = False

    default_mimetype: str | None = "text/html"

    json_module: t.Any

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """The bytes from which a cookie earns a warning; MAX_COOKIE_SIZE."""
        context = _cv_app.get(None)
        if context is not None:
            size: int = context.app.config["MAX_COOKIE_SIZE"]
        else:
            size = super().max_cookie_size
        return size
