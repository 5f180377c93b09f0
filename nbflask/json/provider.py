"""How one application reads and writes JSON. Knows its application only by the
response class and the debug flag; nothing of requests or contexts.
"""

from __future__ import annotations

import json
import sys
import typing as t
import weakref
from dataclasses import asdict, is_dataclass
from datetime import date
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from uuid import UUID

from werkzeug.http import http_date

from ..wrappers import Response


class JSONProvider:
    """The JSON of an application, to be subclassed for another JSON library.

    A subclass defines dumps and loads; the rest follows from these two. Set it
    as json_provider_class on the application class, or app.json to an instance.
    """

    def __init__(self, app: t.Any) -> None:
        # Weak, as the application holds its provider.
        self._app: t.Any = weakref.proxy(app)

    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Return obj as JSON text; keywords are the library's own."""
        raise NotImplementedError

    def loads(self, s: str | bytes, **kwargs: t.Any) -> t.Any:
        """Return the value of JSON text or UTF-8 bytes."""
        raise NotImplementedError

    def dump(self, obj: t.Any, fp: t.IO[str], **kwargs: t.Any) -> None:
        """Write obj as JSON to a text file (UTF-8, to be valid JSON)."""
        # Whole before it is written: what cannot be JSON leaves no half a file.
        text = self.dumps(obj, **kwargs)
        fp.write(text)

    def load(self, fp: t.IO[t.AnyStr], **kwargs: t.Any) -> t.Any:
        """Return the value of the JSON in a text or UTF-8 file."""
        content = fp.read()
        return self.loads(content, **kwargs)

    def _prepare_response_obj(
        self, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]
    ) -> t.Any:
        """The one value that a call of response(*args, **kwargs) means."""
        if args and kwargs:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        if len(args) == 1:
            return args[0]
        return args or kwargs or None

    def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
        """Return a response of type application/json; see jsonify."""
        value = self._prepare_response_obj(args, kwargs)
        response: Response = self._app.response_class(
            self.dumps(value), mimetype="application/json"
        )
        return response


def _http_date(value: date) -> str | None:
    # pandas has a date that is none, which alone does not equal itself.
    return http_date(value) if value == value else None


def _decimals() -> t.Any:
    """Return the class of decimals. Unless its module is loaded, there are none."""
    return getattr(sys.modules.get("decimal"), "Decimal", ())


_Test: t.TypeAlias = t.Callable[[t.Any], bool]
_Conversion: t.TypeAlias = t.Callable[[t.Any], t.Any]

# What JSON has no word for, and how it is written. The first row that fits wins.
_CONVERSIONS: tuple[tuple[_Test, _Conversion], ...] = (
    (lambda value: isinstance(value, date), lambda value: _http_date(value)),
    (lambda value: isinstance(value, (UUID, _decimals())), str),
    (is_dataclass, asdict),
    (lambda value: hasattr(value, "__html__"), lambda value: str(value.__html__())),
)


def _default(o: t.Any) -> t.Any:
    """Turn a value that JSON has no word for into one that it has.

    Dates become HTTP dates (RFC 9110 section 5.6.7), decimals and UUIDs text,
    dataclasses dicts, and objects with __html__ their markup; values of NumPy,
    pandas, polars and pydantic what is nearest. Raises TypeError for anything else.
    """
    for fits, convert in _CONVERSIONS:
        if fits(o):
            return convert(o)
    from ..data.values import foreign

    known, found = foreign(o)
    if known:
        return found
    raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")


def _dumps_with_plain_keys(
    obj: t.Any, settings: dict[str, t.Any], refused: TypeError
) -> str:
    """Return obj, which was refused as it is, as JSON text if its keys were why."""
    from .gaps import with_plain_keys

    convert = settings["default"]
    if convert is not None:
        settings = {**settings, "default": lambda o: with_plain_keys(convert(o))}
    try:
        return json.dumps(with_plain_keys(obj), **settings)
    except RecursionError:
        raise refused from None


_Pieces: t.TypeAlias = t.Callable[[t.Any, int], t.Iterable[str]]
_in_c: t.Any = getattr(json.encoder, "c_make_encoder", None)
_DECODER = json.JSONDecoder()
#: What the bytes of an object or a list begin with, but in UTF-16 and its like.
_OPENING = {b"{", b"["}


@lru_cache(maxsize=16)
def _pieces(ensure_ascii: bool, sort_keys: bool) -> _Pieces:
    """Return what makes the pieces of a compact text, once for each way of writing.

    It is what json.dumps makes anew at each call, but that it does not look for
    circles: in one it ends with a RecursionError.
    """
    if _in_c is None:
        raise ValueError("Python has no encoder in C.")
    quote = encode_basestring_ascii if ensure_ascii else encode_basestring
    made: _Pieces = _in_c(
        *(None, _default, quote, None, ":", ",", sort_keys, False, False)
    )
    return made


def _layout(compact: bool) -> dict[str, t.Any]:
    return {"separators": (",", ":")} if compact else {"indent": 2}


class DefaultJSONProvider(JSONProvider):
    """JSON by the standard library, for the extra types of `default` too."""

    #: Converts what json.dumps does not know; raises TypeError if it cannot.
    default: t.Callable[[t.Any], t.Any] = staticmethod(_default)

    #: Escape all characters beyond ASCII.
    ensure_ascii = True

    #: Sort the keys of dicts, which then must all be strings.
    sort_keys = True

    #: Write responses without whitespace; None means: unless in debug mode.
    compact: bool | None = None

    #: The media type of responses.
    mimetype = "application/json"

    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Return obj as JSON text; keywords of json.dumps win over attributes.

        Keys may be dates, decimals, UUIDs and values of data libraries too.
        """
        settings: dict[str, t.Any] = {
            "default": self.default,
            "ensure_ascii": self.ensure_ascii,
            "sort_keys": self.sort_keys,
            **kwargs,
        }
        try:
            return json.dumps(obj, **settings)
        except TypeError as error:
            refused = error
        return _dumps_with_plain_keys(obj, settings, refused)

    def loads(self, s: str | bytes, **kwargs: t.Any) -> t.Any:
        """Return the value of JSON text or UTF-8 bytes, by json.loads."""
        if kwargs or type(s) is not bytes or s[:1] not in _OPENING or s[1:2] == b"\0":
            return json.loads(s, **kwargs)
        # What json.loads does as well, after it has looked for other encodings.
        text = s.decode("utf-8", "surrogatepass")
        value, end = _DECODER.raw_decode(text)
        return json.loads(text) if text[end:].strip(" \t\r\n") else value

    def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
        """Return a JSON response of one line, or indented if not compact.

        What JSON cannot say is null: NaN, infinities.
        """
        value = self._prepare_response_obj(args, kwargs)
        compact = not self._app.debug if self.compact is None else self.compact
        response_class = self._app.response_class
        make = getattr(response_class, "of_body", response_class)
        text = self._text(value, bool(compact))
        response: Response = make(f"{text}\n", mimetype=self.mimetype)
        return response

    def _text(self, value: t.Any, compact: bool) -> str:
        """Return the JSON of a response."""
        if type(self).dumps is not _DUMPS or "dumps" in self.__dict__:
            return self.dumps(value, **_layout(compact))
        if self.default is _default and compact:
            try:
                pieces = _pieces(bool(self.ensure_ascii), bool(self.sort_keys))
                return "".join(pieces(value, 0))
            except (TypeError, ValueError, RecursionError):
                # Its keys may be why, a number that JSON has no word for, a circle.
                pass
        return self._text_without_gaps(value, compact)

    def _text_without_gaps(self, value: t.Any, compact: bool) -> str:
        layout = _layout(compact)
        try:
            return self.dumps(value, **layout, allow_nan=False)
        except (TypeError, ValueError) as error:
            refused = error
        return self.dumps(self._without_gaps(value, refused), **layout)

    def _without_gaps(self, value: t.Any, refused: Exception) -> t.Any:
        """Return what can be written of a value that was refused as it is."""
        from .gaps import without_gaps

        try:
            return without_gaps(value, self.default)
        except RecursionError:
            raise refused from None


_DUMPS = DefaultJSONProvider.dumps
