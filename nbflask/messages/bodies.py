"""What a request brings: its arguments and its body, read the short way.

Most bodies are JSON, small and of a known length, and most arguments need no
decoding. All else is read the general way: forms, limits that are passed, streams
without an end, and whatever changes a step.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request as GeneralRequest
from werkzeug.wsgi import LimitedStream

from .unread import Part, UnreadRequest

#: What reads a body. A class that changes any of this goes the general way.
READING = (
    *("get_json", "get_data", "stream", "is_json", "mimetype", "headers"),
    *("_parse_content_type", "__getattribute__"),
)
#: What arguments come of.
ASKING = ("query_string", "parameter_storage_class", "__getattribute__")
#: What cookies come of.
COOKIES = ("cookies", "dict_storage_class", "__getattribute__")
#: The digits of a length that is read at once, and the most bytes: no more than the
#: general way reads at once, for whoever says so may send nothing.
DIGITS, MOST_AT_ONCE = 5, 65_536
#: What a request has once its body was read, or somebody has put another there.
ENTERED = {"_taken", "_cached_data", "_cached_json", "stream", "get_data"}


@lru_cache(maxsize=64)
def means_json(content_type: str) -> bool:
    """Whether a body of this type is JSON."""
    kind = parse_options_header(content_type)[0].lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def shows(headers: Any, environ: dict[str, Any]) -> bool:
    """Whether headers are just those of an environ."""
    return type(headers) is EnvironHeaders and headers.environ is environ


class BodyRequest(UnreadRequest):
    """A request that knows a short way to what it brings."""

    json_module: Any

    _read_plainly: ClassVar[bool] = True
    _asked_plainly: ClassVar[bool] = True
    #: Whether the cookies are those of the header.
    _reads_cookies_plainly: ClassVar[bool] = True
    #: So many bytes were read at once.
    _taken: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._read_plainly = keeps(cls, READING)
        cls._asked_plainly = keeps(cls, ASKING)
        cls._reads_cookies_plainly = keeps(cls, COOKIES)

    @Part
    def args(self) -> Any:
        """What the query says: text by name, the first of several counts."""
        known = self.__dict__
        query = known["_said"][2] if "_said" in known else "%"
        if (
            not self._asked_plainly
            or "query_string" in known
            or "%" in query
            or not query.isascii()
        ):
            return GeneralRequest.args.fget(self)  # type: ignore[attr-defined]
        values: dict[str, list[str]] = {}
        for part in query.replace("+", " ").split("&"):
            if part:
                name, _, value = part.partition("=")
                values.setdefault(name, []).append(value)
        arguments = ImmutableMultiDict.__new__(ImmutableMultiDict)
        dict.update(arguments, values)
        return arguments

    @Part
    def stream(self) -> Any:
        """The body as a file that ends with it; what was read is read."""
        if self._taken is None:
            return GeneralRequest.stream.fget(self)  # type: ignore[attr-defined]
        return self._stream_after(self._taken, self._taken)

    def _stream_after(self, read: int, size: int) -> LimitedStream:
        stream = LimitedStream(self.environ["wsgi.input"], size)
        stream._pos = read
        return stream

    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> Any:
        """Return the body as bytes or as text, and keep it unless told not to."""
        body = None if parse_form_data else self._body_at_once()
        if body is None:
            return super().get_data(cache, as_text, parse_form_data)  # type: ignore
        if cache:
            self._cached_data = body
        return body.decode(errors="replace") if as_text else body

    def get_json(
        self, force: bool = False, silent: bool = False, cache: bool = True
    ) -> Any:
        """Return the value of a JSON body, and keep it unless told not to.

        415 if it is of another type, unless forced, and 400 if it is no JSON. Silent,
        it is None in both cases.
        """
        kind = self.environ.get("CONTENT_TYPE")
        body = None
        if kind and means_json(kind) and cache and not silent:
            body = self._body_at_once()
        if body is None:
            return super().get_json(force, silent, cache)
        self._cached_data = body
        try:
            value = self.json_module.loads(body)
        except ValueError as error:
            value = self.on_json_loading_failed(error)
            self._cached_json = (value, ...)
        else:
            self._cached_json = (value, value)
        return value

    def _body_at_once(self) -> bytes | None:
        """Return a body that was not read before, if it is short and ends somewhere.

        Raises ClientDisconnected if it ends before that.
        """
        environ, known = self.environ, self.__dict__
        length, headers = environ.get("CONTENT_LENGTH", ""), known.get("headers")
        if (
            not self._read_plainly
            or self.shallow
            or not ENTERED.isdisjoint(known)
            or not (headers is None or shows(headers, environ))
            # These say that it has an end of another kind.
            or "HTTP_TRANSFER_ENCODING" in environ
            or "wsgi.input_terminated" in environ
            or not (length.isascii() and length.isdigit() and len(length) <= DIGITS)
        ):
            return None
        size, most = int(length), self.max_content_length
        if size > (MOST_AT_ONCE if most is None else min(most, MOST_AT_ONCE)):
            return None
        try:
            body: bytes = environ["wsgi.input"].read(size)
        except (OSError, ValueError) as error:
            raise ClientDisconnected from error
        if len(body) < size:
            self.stream = self._stream_after(len(body), size)
            rest: bytes = self.stream.read()
            return body + rest
        self._taken = size
        return body


def keeps(cls: type[BodyRequest], names: tuple[str, ...]) -> bool:
    """Whether a class leaves these as they are."""
    return all(getattr(cls, each) is getattr(BodyRequest, each) for each in names)
