"""JSON that remembers Python's types: {" t": [1, 2]} is the tuple (1, 2).

Sessions are written this way. Here are the tags and their serializer; signing
and cookies are elsewhere.
"""

from __future__ import annotations

import base64
import typing as t
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from ..values import Value
from . import dumps, loads


class JSONTag:
    """How one type is written and read; subclassed once per type.

    The key marks the type in JSON. Without a key nothing is marked, and the tag
    only prepares a value on its way out.
    """

    __slots__ = ("serializer",)

    key: str = ""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: t.Any) -> bool:
        """Return whether this tag writes the value."""
        raise NotImplementedError

    def to_json(self, value: t.Any) -> t.Any:
        """Return the value in JSON's types, not yet marked."""
        raise NotImplementedError

    def to_python(self, value: t.Any) -> t.Any:
        """Return the Python value of what to_json gave."""
        raise NotImplementedError

    def tag(self, value: t.Any) -> dict[str, t.Any]:
        """Return the value in JSON's types, marked with the key."""
        return {self.key: self.to_json(value)}


class _Codec(Value):
    """A type, and the functions that write and read it; written is a JSON value."""

    type: type
    encode: Callable[[t.Any], t.Any]
    decode: Callable[[t.Any], t.Any]


class _CodecTag(JSONTag):
    """A tag for values with nothing inside: all that it knows is its codec."""

    __slots__ = ()
    codec: t.ClassVar[_Codec]

    def check(self, value: t.Any) -> bool:
        return isinstance(value, self.codec.type)

    def to_json(self, value: t.Any) -> t.Any:
        return self.codec.encode(value)

    def to_python(self, value: t.Any) -> t.Any:
        return self.codec.decode(value)


class _ContainerTag(JSONTag):
    """A tag for values whose items are tagged in turn."""

    __slots__ = ()
    container: t.ClassVar[type]

    def check(self, value: t.Any) -> bool:
        return isinstance(value, self.container)

    def to_json(self, value: t.Any) -> t.Any:
        return list(map(self.serializer.tag, value))


class TagDict(JSONTag):
    """A dict of one item that would be read as tagged: {" t": 1}.

    It is written with its key lengthened: {" di": {" t__": 1}}.
    """

    __slots__ = ()
    key = " di"

    def check(self, value: t.Any) -> bool:
        if not isinstance(value, dict) or len(value) != 1:
            return False
        [only_key] = value
        return only_key in self.serializer.tags

    def to_json(self, value: t.Any) -> t.Any:
        [(key, item)] = value.items()
        return {f"{key}__": self.serializer.tag(item)}

    def to_python(self, value: t.Any) -> t.Any:
        [(key, item)] = value.items()
        return {key.removesuffix("__"): item}


class PassDict(_ContainerTag):
    """Any other dict. Its values are tagged; its keys can only be strings."""

    __slots__ = ()
    container = dict

    def to_json(self, value: t.Any) -> t.Any:
        tag_item = self.serializer.tag
        return {key: tag_item(item) for key, item in value.items()}

    tag = to_json


class TagTuple(_ContainerTag):
    """A tuple, as a list."""

    __slots__ = ()
    key = " t"
    container = tuple

    def to_python(self, value: t.Any) -> t.Any:
        return tuple(value)


class PassList(_ContainerTag):
    """A list. Its items are tagged."""

    __slots__ = ()
    container = list
    tag = _ContainerTag.to_json


class TagBytes(_CodecTag):
    """Bytes, in base 64 (RFC 4648 section 4)."""

    __slots__ = ()
    key = " b"
    codec = _Codec(
        bytes, lambda data: str(base64.b64encode(data), "ascii"), base64.b64decode
    )


class TagMarkup(_CodecTag):
    """Anything with an __html__ method; it is read as Markup."""

    __slots__ = ()
    key = " m"
    codec = _Codec(Markup, lambda value: str(value.__html__()), Markup)

    def check(self, value: t.Any) -> bool:
        # Wider than Markup: forms and widgets render themselves this way.
        return hasattr(value, "__html__") and callable(value.__html__)


class TagUUID(_CodecTag):
    """A UUID, as 32 hexadecimal digits."""

    __slots__ = ()
    key = " u"
    codec = _Codec(UUID, lambda uuid: uuid.hex, UUID)


class TagDateTime(_CodecTag):
    """A datetime, as an HTTP date (RFC 9110 section 5.6.7): in UTC, to the second."""

    __slots__ = ()
    key = " d"
    codec = _Codec(datetime, http_date, parse_date)


# What JSON has types for, and no tag of this module is for.
_PLAIN_TYPES: frozenset[type] = frozenset({str, int, float, bool, type(None)})


class TaggedJSONSerializer:
    """Writes and reads JSON with tags; fit as a serializer of itsdangerous.

    The tags are asked in their order, and the first whose check says yes writes
    the value. Subclass JSONTag and register it to support another type.
    """

    __slots__ = ("_own_order", "order", "tags")

    #: The tags that each new serializer begins with; special cases first.
    default_tags: t.ClassVar[list[type[JSONTag]]] = [
        *(TagDict, PassDict, TagTuple, PassList),
        *(TagBytes, TagMarkup, TagUUID, TagDateTime),
    ]

    def __init__(self) -> None:
        self.order: list[JSONTag] = []
        self.tags: dict[str, JSONTag] = {}
        for tag_class in self.default_tags:
            self.register(tag_class)
        self._own_order = [tag for tag in self.order if _is_own(tag)]

    def register(
        self, tag_class: type[JSONTag], force: bool = False, index: int | None = None
    ) -> None:
        """Add a tag at the index of the order, or at its end.

        A special case of another type (an OrderedDict is a dict) belongs before
        that type. Raises KeyError if the key is taken, unless force is true.
        """
        tag = tag_class(self)
        if tag.key:
            if not force and tag.key in self.tags:
                raise KeyError(f"Tag '{tag.key}' is already registered.")
            self.tags[tag.key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)

    def tag(self, value: t.Any) -> t.Any:
        """Return the value in JSON's types, marked where needed."""
        # Most of a session is plain; only somebody else's tag may want that.
        if type(value) in _PLAIN_TYPES and self.order == self._own_order:
            return value
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, t.Any]) -> t.Any:
        """Return the Python value of one dict, or the dict if it has no tag."""
        if len(value) != 1:
            return value
        [(key, item)] = value.items()
        tag = self.tags.get(key)
        return value if tag is None else tag.to_python(item)

    def _untag_scan(self, value: t.Any) -> t.Any:
        """Untag from the inside out."""
        if isinstance(value, dict):
            return self.untag({k: self._untag_scan(v) for k, v in value.items()})
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value

    def dumps(self, value: t.Any) -> str:
        """Return the value as tagged JSON without whitespace."""
        return dumps(self.tag(value), separators=(",", ":"))

    def loads(self, value: str) -> t.Any:
        """Return the value of tagged JSON."""
        return self._untag_scan(loads(value))


def _is_own(tag: JSONTag) -> bool:
    return type(tag).__module__ == __name__
