"""What the in-process client has received: a response, with what became of its request.

In the plain case it is put together of what an app has answered, and whatever nobody
looks at is not made: the request that it answers, the time that it took.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from time import perf_counter
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as Sansio
from werkzeug.test import EnvironBuilder, TestResponse
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as GeneralResponse

from ..messages.unread import Part
from ..recording import Trace
from ..story import STORY, Story
from ..wrappers import Response
from .asking import Answer
from .environs import Environ

#: What a response is made and read by. With a class that has any of this itself,
#: responses are made and read as Werkzeug does it.
STEPS = (
    *("__new__", "__init__", "__getattribute__", "__setattr__", "_clean_status"),
    *("headers", "response", "status", "status_code", "direct_passthrough"),
    *("default_mimetype", "request", "history", "_on_close", "data", "get_data"),
    *("_ensure_sequence", "make_sequence", "is_sequence", "iter_encoded"),
    "implicit_sequence_conversion",
)


class ClientResponse(TestResponse):
    """A response, with the request it answers, its time and what went wrong."""

    #: How long the app took to answer.
    elapsed: timedelta = timedelta()
    #: What the app did with the request.
    story: Story = Story()

    @property
    def exception(self) -> BaseException | None:
        """The exception behind a 5xx, if there was one, whoever answered it."""
        story = self.story
        if story.failure is not None or self.status_code < 500:
            return story.failure
        answered = story.answered
        return None if isinstance(answered, HTTPException) else answered

    def __await__(self) -> Generator[Any, None, ClientResponse]:
        """Let a cell that awaits write `await client.get(…)`: the answer is there.

        Several requests are answered at once in threads:
        `await asyncio.gather(*[asyncio.to_thread(client.get, path) for path in …])`.
        """
        yield from ()
        return self

    @property
    def trace(self) -> Trace | None:
        """The life of the request, step by step; None if it was not traced."""
        tracer = self.story.tracer
        return None if tracer is None else tracer.trace(self)

    @property
    def df(self) -> Any:
        """The body as a DataFrame: a list of JSON objects, or CSV with a header.

        Raises ValueError, which says what is wrong, for a body that is neither.
        """
        from ..data.reading import frame_of

        __tracebackhide__ = True  # what reads it is no affair of the person
        charset = self.mimetype_params.get("charset")
        try:
            return frame_of(self.get_data(), self.mimetype or "", charset)
        except ValueError as error:
            raise error.with_traceback(None) from None


class PlainClientResponse(ClientResponse):
    """A response that is made of an answer by itself, and read without detours."""

    history = ()
    json_module: Any
    _environ: Environ
    _seconds: float

    @classmethod
    def received(
        cls, answer: Answer, environ: Environ, began: float, cookies: list[str]
    ) -> Any:
        """Return the response for what an app has answered to an environ.

        It was asked at the moment `began` of the performance counter. The cookies
        that it sets are added to a list.
        """
        response = cls.__new__(cls)
        response.response, status, headers = answer
        response._status, response._status_code = status_of(status)
        response.headers = headers_of(headers, cookies)
        response.direct_passthrough = False
        response._on_close = []
        response.story = environ[STORY]
        response._environ = environ
        response._seconds = perf_counter() - began
        return response

    @Part
    def request(self) -> Request:
        """The request that this answers, as it was sent."""
        made: Request | None = self._environ.get("werkzeug.request")
        return made or EnvironBuilder.request_class(self._environ)

    @Part
    def elapsed(self) -> timedelta:
        """How long the app took to answer."""
        return timedelta(seconds=self._seconds)

    def get_data(self, as_text: bool = False) -> Any:
        """Return the body, whole: bytes, or text on demand."""
        body = self.response
        if type(body) is chain and not self.direct_passthrough:
            body = self.response = [*body]
        if type(body) is list and len(body) == 1 and type(body[0]) is bytes:
            return body[0].decode() if as_text else body[0]
        return super().get_data(as_text)  # type: ignore[call-overload]

    data = property(get_data, TestResponse.set_data)
    # Werkzeug's own, read without a call.
    status = property(attrgetter("_status"), vars(Sansio)["status"].fset)
    status_code = property(attrgetter("_status_code"), vars(Sansio)["status_code"].fset)


#: In the place of a header that is none.
NO_HEADER: tuple[str, Any] = ("", None)
#: The classes that responses are plainly of.
PLAIN = frozenset({*Response.__mro__, *PlainClientResponse.__mro__})


def client_response(wrapper: type[TestResponse]) -> type[ClientResponse]:
    """Return the class of a client's responses, which are of a class already."""
    foreign = [each for each in wrapper.__mro__ if each not in PLAIN]
    plain = not any(name in vars(each) for each in foreign for name in STEPS)
    base = PlainClientResponse if plain else ClientResponse
    return type("ClientResponse", (base, wrapper), {})


@lru_cache(maxsize=64)
def status_of(status: str) -> tuple[str, int]:
    """Return a status line and its code, as a response has them."""
    response = GeneralResponse(status=status)
    return response.status, response.status_code


def headers_of(pairs: Any, cookies: list[str]) -> Headers:
    """Return the headers of an answer, and add the cookies that it sets to a list.

    Raises ValueError if a header has several lines.
    """
    if type(pairs) is not list:
        return general_headers(pairs, cookies)
    for pair in pairs:
        name, value = pair if type(pair) is tuple and len(pair) == 2 else NO_HEADER
        if type(value) is not str or "\n" in value or "\r" in value:
            return general_headers(pairs, cookies)
        if name.lower() == "set-cookie":
            cookies.append(value)
    headers = Headers.__new__(Headers)
    headers._list = [*pairs]
    return headers


def general_headers(pairs: Any, cookies: list[str]) -> Headers:
    headers = Headers(pairs)
    cookies[:] = headers.getlist("Set-Cookie")
    return headers
