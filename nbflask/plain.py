"""The plain case of a response: text that is whole, with a type and a length.

Nearly every view answers with one. Making it and sending it takes a fraction of
the general way, which stays in force for everything else: another status that has
no body, streams, HEAD, redirects, files, and classes that change a step.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from werkzeug.datastructures import Headers
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response

#: The steps of making and of sending. A class that changes one goes the general way.
MAKING = ("__init__", "set_data", "default_status")
SENDING = (
    "get_wsgi_response",
    "get_wsgi_headers",
    "get_app_iter",
    "iter_encoded",
    "status",
    "status_code",
)
#: Headers that the general way would rewrite.
REWRITTEN = {"location", "content-location"}

content_type_for = lru_cache(maxsize=64)(get_content_type)


class PlainResponse(Response):
    """A response that knows a short way for the plain case."""

    _made_plainly: ClassVar[bool] = True
    _sent_plainly: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._made_plainly = keeps(cls, MAKING)
        cls._sent_plainly = keeps(cls, SENDING)

    @classmethod
    def of_text(
        cls, text: str | bytes | bytearray, mimetype: str | None = None
    ) -> PlainResponse:
        """Return what `cls(text, mimetype=mimetype)` returns, sooner."""
        mimetype = mimetype or cls.default_mimetype
        if not cls._made_plainly or mimetype is None:
            text = bytes(text) if isinstance(text, bytearray) else text
            return cls(text, mimetype=mimetype)
        body = text.encode() if isinstance(text, str) else bytes(text)
        response = cls.__new__(cls)
        response.headers = Headers()
        # Written as Headers keeps them: these two need no checking.
        response.headers._list += (
            ("Content-Type", content_type_for(mimetype, "utf-8")),
            ("Content-Length", str(len(body))),
        )
        response._status, response._status_code = "200 OK", 200
        response.response = [body]
        response.direct_passthrough = False
        response._on_close = []
        return response

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a WSGI request with this response."""
        headers = self.headers._list
        if not self._sent_plainly or not self._is_whole(environ, headers):
            return super().__call__(environ, start_response)
        start_response(self._status, headers.copy())
        return self.response

    def _is_whole(self, environ: Any, headers: list[tuple[str, str]]) -> bool:
        body, status = self.response, self._status_code
        if (
            type(body) is not list
            or len(body) != 1
            or type(body[0]) is not bytes
            or self._on_close
            or status < 200
            or status in (204, 304)
            or environ["REQUEST_METHOD"] == "HEAD"
        ):
            return False
        names = {name.lower() for name, _ in headers}
        return "content-length" in names and names.isdisjoint(REWRITTEN)


def keeps(cls: type[Response], steps: tuple[str, ...]) -> bool:
    """Whether a class leaves these steps as Werkzeug made them."""
    return all(getattr(cls, each) is getattr(Response, each) for each in steps)
