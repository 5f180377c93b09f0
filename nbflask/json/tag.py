"""JSON that remembers Python's types: {" t": [1, 2]} is the tuple (1, 2).

Sessions are written this way. Here are the tags and their serializer; signing
and cookies are elsewhere.
"""

from __future__ import annotations

import typing as t
from base64 import b64decode, b64encode
from datetime import datetime
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

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


class _InstanceTag(JSONTag):
    """A tag for the instances of one class."""

    __slots__ = ()
    kind: t.ClassVar[type]

    def check(self, value: t.Any) -> bool:
        return isinstance(value, self.kind)


class TagDict(JSONTag):
    """A dict of one item that would be read as tagged: {" t": 1}.

    It is written with its key lengthened: {" di": {" t__": 1}}.
    """

    __slots__ = ()
    key = " di"

    def check(self, value: t.Any) -> bool:
        return (
            isinstance(value, dict)
            and len(value) == 1
            and next(iter(value)) in self.serializer.tags
        )

    def to_json(self, value: t.Any) -> t.Any:
        [(key, item)] = value.items()
        return {f"{key}__": self.serializer.tag(item)}

    def to_python(self, value: t.Any) -> t.Any:
        [(key, item)] = value.items()
        return {key.removesuffix("__"): item}


class PassDict(_InstanceTag):
    """Any other dict. Its values are tagged; its keys can only be strings."""

    __slots__ = ()
    kind = dict

    def to_json(self, value: t.Any) -> t.Any:
        return {key: self.serializer.tag(item) for key, item in value.items()}

    tag = to_json


class TagTuple(_InstanceTag):
    """A tuple, as a list."""

    __slots__ = ()
    key = " t"
    kind = tuple

    def to_json(self, value: t.Any) -> t.Any:
        return [self.serializer.tag(item) for item in value]

    def to_python(self, value: t.Any) -> t.Any:
        return tuple(value)


class PassList(_InstanceTag):
    """A list. Its items are tagged."""

    __slots__ = ()
    kind = list

    def to_json(self, value: t.Any) -> t.Any:
        return [self.serializer.tag(item) for item in value]

    tag = to_json


class TagBytes(_InstanceTag):
    """Bytes, in base 64."""

    __slots__ = ()
    key = " b"
    kind = bytes

    def to_json(self, value: t.Any) -> t.Any:
        return b64encode(value).decode("ascii")

    def to_python(self, value: t.Any) -> t.Any:
        return b64decode(value)


class TagMarkup(JSONTag):
    """Anything with an __html__ method; it is read as Markup."""

    __slots__ = ()
    key = " m"

    def check(self, value: t.Any) -> bool:
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: t.Any) -> t.Any:
        return str(value.__html__())

    def to_python(self, value: t.Any) -> t.Any:
        return Markup(value)


class TagUUID(_InstanceTag):
    """A UUID, as 32 hexadecimal digits."""

    __slots__ = ()
    key = " u"
    kind = UUID

    def to_json(self, value: t.Any) -> t.Any:
        return value.hex

    def to_python(self, value: t.Any) -> t.Any:
        return UUID(value)


class TagDateTime(_InstanceTag):
    """A datetime, as an HTTP date: in UTC, to the second."""

    __slots__ = ()
    key = " d"
    kind = datetime

    def to_json(self, value: t.Any) -> t.Any:
        return http_date(value)

    def to_python(self, value: t.Any) -> t.Any:
        return parse_date(value)


class TaggedJSONSerializer:
    """Writes and reads JSON with tags; fit as a serializer of itsdangerous.

    The tags are asked in their order, and the first whose check says yes writes
    the value. Subclass JSONTag and register it to support another type.
    """

    __slots__ = ("order", "tags")

    #: The tags that each new serializer begins with.
    default_tags: t.ClassVar[list[type[JSONTag]]] = [
        TagDict,
        PassDict,
        TagTuple,
        PassList,
        TagBytes,
        TagMarkup,
        TagUUID,
        TagDateTime,
    ]

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(
        self,
        tag_class: type[JSONTag],
        force: bool = False,
        index: int | None = None,
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
