"""The plain case of a response: whole text with a type and a length, or a stream.

Nearly every view answers with one. Making it and sending it takes a fraction of
the general way, which stays in force for everything else: a status that has no
body, HEAD, redirects, files, and whatever changes a step.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response

#: What makes a response and what sends it. A class that changes any of this goes
#: the general way.
MAKING = ("__init__", "__new__", "set_data", "default_status", "_clean_status")
SENDING = (
    *("get_wsgi_response", "get_wsgi_headers", "get_app_iter", "iter_encoded"),
    *("close", "is_sequence", "__getattribute__"),
)
STATE = (
    *("headers", "response", "status", "status_code", "__setattr__"),
    "automatically_set_content_length",
)
#: Makes a response, or its headers, for those who set all that it has.
new: Any = object.__new__
#: So many attributes does a response have. One with more may have a step of its own.
ATTRIBUTES = len(vars(Response()))
#: Bodies of several pieces whose length the general way counts.
SEQUENCES = (list, tuple)
#: Headers that the general way would rewrite.
REWRITTEN = {"location", "content-location"}
#: Headers that come of the body, unless a view gives them.
OF_THE_BODY = {"content-type", "content-length"}
#: Headers as they are mostly written; what else there is takes a closer look.
TYPE, LENGTH = "Content-Type", "Content-Length"
OK = "200 OK"
HARMLESS = frozenset({TYPE, "Vary", "Set-Cookie", "Cache-Control", "ETag"})


@lru_cache(maxsize=64)
def status_line(code: int) -> str:
    """Return the line of a code that HTTP knows."""
    return f"{code} {HTTP_STATUS_CODES[code].upper()}"


@lru_cache(maxsize=64)
def type_header(mimetype: str) -> tuple[str, str]:
    """Return the header of a type, as Headers keep it."""
    return TYPE, get_content_type(mimetype, "utf-8")


class PlainResponse(Response):
    """A response that knows a short way for the plain case."""

    _made_plainly: ClassVar[bool] = True
    _sent_plainly: ClassVar[bool] = True
    _forced_plainly: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._made_plainly = keeps(cls, *MAKING, *STATE)
        cls._sent_plainly = keeps(cls, *SENDING, *STATE)
        forces = cls.force_type.__func__  # type: ignore[attr-defined]
        general = Response.force_type.__func__  # type: ignore[attr-defined]
        cls._forced_plainly = cls._made_plainly and forces is general

    @classmethod
    def of_text(cls, text: str) -> PlainResponse:
        """Return what the class itself returns for a text: most views return one."""
        kind = cls.default_mimetype
        if not cls._made_plainly or type(kind) is not str:
            return cls._of_any(text, None, None, None)
        body = text.encode()
        response: PlainResponse = new(cls)
        headers = response.headers = new(Headers)
        # Written as Headers keep them: these two need no checking.
        headers._list = [type_header(kind), (LENGTH, f"{len(body)}")]
        response._status = "200 OK"
        response._status_code = 200
        response.response = [body]
        response.direct_passthrough = False
        response._on_close = []
        return response

    @classmethod
    def of_body(
        cls, body: Any, status: Any = None, headers: Any = None, mimetype: Any = None
    ) -> PlainResponse:
        """Return what the class itself returns for a text or a stream, sooner."""
        kind = cls.default_mimetype if mimetype is None else mimetype
        code = 200 if status is None else status
        kept = plain_headers(headers) if headers else []
        if (
            not cls._made_plainly
            or kept is None
            or type(kind) is not str
            or type(code) is not int
            or code not in HTTP_STATUS_CODES
        ):
            return cls._of_any(body, status, headers, mimetype)
        # Written as Headers keep them: these two need no checking.
        kept.append(type_header(kind))
        if isinstance(body, (str, bytes, bytearray)):
            whole = body.encode() if isinstance(body, str) else bytes(body)
            kept.append((LENGTH, f"{len(whole)}"))
            body = [whole]
        response: PlainResponse = new(cls)
        response.headers = new(Headers)
        response.headers._list = kept
        response._status = OK if code == 200 else status_line(code)
        response._status_code = code
        response.response = body
        response.direct_passthrough = False
        response._on_close = []
        return response

    @classmethod
    def _of_any(
        cls, body: Any, status: Any, headers: Any, mimetype: Any
    ) -> PlainResponse:
        # Called just as Flask does: a class may take nothing else.
        if mimetype is None:
            return cls(body, status=status, headers=headers)
        return cls(body, mimetype=mimetype)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a WSGI request with this response."""
        if not self._is_plain(environ):
            return super().__call__(environ, start_response)
        start_response(self._status, self.headers._list.copy())
        body = self.response
        if type(body) is list:
            return body
        if type(body) is Whole and not self._on_close:
            return body.left
        return Sending(self)

    def _is_plain(self, environ: Any) -> bool:
        """Whether the general way would send just this status, headers and body."""
        body: Any = self.response
        status, headers = self._status_code, self.headers
        whole = type(body) is list
        if whole:
            simple = len(body) == 1 and type(body[0]) is bytes and not self._on_close
        else:
            simple = not self.direct_passthrough and not isinstance(body, SEQUENCES)
        if (
            not simple
            or not self._sent_plainly
            or len(self.__dict__) != ATTRIBUTES
            or type(headers) is not Headers
            or status < 200
            or status in (204, 304)
            or environ["REQUEST_METHOD"] == "HEAD"
        ):
            return False
        # A length is missing where the general way would count one.
        complete = not whole
        for name, _ in headers._list:
            if name == LENGTH:
                complete = True
            elif name not in HARMLESS:
                name = name.lower()
                if name in REWRITTEN:
                    return False
                complete = complete or name == "content-length"
        return complete


class Whole:
    """A stream of one piece, or of none once that is read."""

    __slots__ = ("left",)

    def __init__(self, left: list[bytes]) -> None:
        self.left = left

    def __iter__(self) -> Whole:
        return self

    def __next__(self) -> bytes:
        if not self.left:
            raise StopIteration
        return self.left.pop()


class Sending:
    """A stream on its way to the server: encoded, and closed with its response."""

    __slots__ = ("_chunks", "_response")

    def __init__(self, response: Response) -> None:
        self._chunks = encoded(response.response)
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        self._chunks.close()
        self._response.close()


def encoded(body: Iterable[str | bytes]) -> Generator[bytes, None, None]:
    for chunk in body:
        yield chunk.encode() if isinstance(chunk, str) else chunk


def plain_headers(given: Any) -> list[tuple[str, str]] | None:
    """Return given headers as Headers keep them, or None if that takes a closer look:
    at other collections, at values that are no text or would break a line."""
    if type(given) is dict:
        pairs: Iterable[Any] = given.items()
    elif type(given) is list:
        pairs = given
    else:
        return None
    kept = []
    for pair in pairs:
        if type(pair) is not tuple or len(pair) != 2:
            return None
        name, value = pair
        if type(name) is not str or type(value) is not str:
            return None
        if name.lower() in OF_THE_BODY or "\n" in value or "\r" in value:
            return None
        kept.append(pair)
    return kept


def keeps(cls: type[Response], *names: str) -> bool:
    """Whether a class leaves these as Werkzeug made them."""
    return all(getattr(cls, n, None) is getattr(Response, n, None) for n in names)
