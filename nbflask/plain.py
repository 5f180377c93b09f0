"""The plain case of a response: text that is whole, with a type and a length.

Nearly every view answers with one. Making it and sending it takes a fraction of
the general way, which stays in force for everything else: another status that has
no body, streams, HEAD, redirects, files, and whatever changes a step.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from werkzeug.datastructures import Headers
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response

#: What makes a response and what sends it. A class that changes any of this goes
#: the general way.
MAKING = ("__init__", "__new__", "set_data", "default_status", "_clean_status")
SENDING = (
    *("get_wsgi_response", "get_wsgi_headers", "get_app_iter", "iter_encoded"),
    *("close", "__getattribute__"),
)
STATE = (
    *("headers", "response", "status", "status_code", "__setattr__"),
    "automatically_set_content_length",
)
#: So many attributes does a response have. One with more may have a step of its own.
ATTRIBUTES = len(vars(Response()))
#: Headers that the general way would rewrite.
REWRITTEN = {"location", "content-location"}
#: Headers as they are mostly written; what else there is takes a closer look.
TYPE, LENGTH = "Content-Type", "Content-Length"
HARMLESS = frozenset({TYPE, "Vary", "Set-Cookie", "Cache-Control", "ETag"})


@lru_cache(maxsize=64)
def type_header(mimetype: str) -> tuple[str, str]:
    """Return the header of a type, as Headers keep it."""
    return TYPE, get_content_type(mimetype, "utf-8")


class PlainResponse(Response):
    """A response that knows a short way for the plain case."""

    _made_plainly: ClassVar[bool] = True
    _sent_plainly: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._made_plainly = keeps(cls, *MAKING, *STATE)
        cls._sent_plainly = keeps(cls, *SENDING, *STATE)

    @classmethod
    def of_text(
        cls, text: str | bytes | bytearray, mimetype: str | None = None
    ) -> PlainResponse:
        """Return what `cls(text, mimetype=mimetype)` returns, sooner."""
        known = cls.default_mimetype if mimetype is None else mimetype
        if not cls._made_plainly or type(known) is not str:
            # Called just as Flask does: a class may take nothing else.
            if mimetype is None:
                return cls(text, status=None, headers=None)  # type: ignore[arg-type]
            return cls(text, mimetype=mimetype)  # type: ignore[arg-type]
        body = text.encode() if isinstance(text, str) else bytes(text)
        response = cls.__new__(cls)
        headers = response.headers = Headers.__new__(Headers)
        # Written as Headers keep them: these two need no checking.
        headers._list = [type_header(known), (LENGTH, f"{len(body)}")]
        response._status = "200 OK"
        response._status_code = 200
        response.response = [body]
        response.direct_passthrough = False
        response._on_close = []
        return response

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a WSGI request with this response."""
        if not self._is_plain(environ):
            return super().__call__(environ, start_response)
        start_response(self._status, self.headers._list.copy())
        return self.response

    def _is_plain(self, environ: Any) -> bool:
        """Whether the general way would send just this status, headers and body."""
        body, status, headers = self.response, self._status_code, self.headers
        if (
            not self._sent_plainly
            or len(self.__dict__) != ATTRIBUTES
            or type(body) is not list
            or len(body) != 1
            or type(body[0]) is not bytes
            or type(headers) is not Headers
            or self._on_close
            or status < 200
            or status in (204, 304)
            or environ["REQUEST_METHOD"] == "HEAD"
        ):
            return False
        has_length = False
        for name, _ in headers._list:
            if name == LENGTH:
                has_length = True
            elif name not in HARMLESS:
                name = name.lower()
                if name in REWRITTEN:
                    return False
                has_length = has_length or name == "content-length"
        return has_length


def keeps(cls: type[Response], *names: str) -> bool:
    """Whether a class leaves these as Werkzeug made them."""
    return all(getattr(cls, n, None) is getattr(Response, n, None) for n in names)
