"""The kinds of records: everything that can be registered, as plain values.

A record is never changed; records compare by identity. `key` says what a
record claims: of two records with one key only one can be in force, unless
its kind is a list (`Route`, `Hook`, `Setup`), where one owner may file many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, ClassVar

from ..values import Named
from .owners import Owner

#: The options of a record that has none.
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: The scope of a blueprint's record that is meant for the whole app.
EVERYWHERE = "*"


class Record(Named):
    """One registration: who filed it, for which scope, what stands behind it.

    `scope` None is the app or blueprint that holds the record; a name is a
    blueprint mounted on it; `EVERYWHERE` is the app a blueprint is mounted on.
    """

    #: Whether an app's table is made of such records too.
    compiled: ClassVar[bool] = True
    #: Whether the last one in an app counts, wherever it comes from.
    overrides: ClassVar[bool] = False

    owner: Owner
    scope: str | None = None
    target: Any = None

    @property
    def key(self) -> Hashable:
        raise NotImplementedError

    @property
    def unique(self) -> bool:
        """Whether only one record with this key can be in force."""
        return True

    @property
    def marks(self) -> tuple[Hashable, ...]:
        """By what a registry finds records that this one may have to do with."""
        return (self.key,)

    @property
    def subject(self) -> type[Any] | None:
        """The class that the record is about, if it is about one."""
        return None


class Route(Record):
    """A URL rule that leads to an endpoint; `options` go to Werkzeug's Rule.

    A blueprint's rule need not be text, if the app it comes to makes it text.
    `automatic_options` says whether OPTIONS is answered without the view; None
    leaves it to the app.
    """

    rule: Any
    endpoint: str
    methods: frozenset[str] | None
    automatic_options: bool | None = None
    options: Mapping[str, Any] = NOTHING
    rule_class: type[Any]

    @property
    def key(self) -> Hashable:
        return ("route", self.endpoint, self.pattern, self.methods)

    @property
    def unique(self) -> bool:
        return False

    @property
    def pattern(self) -> tuple[Hashable, ...]:
        """What URLs it matches: the rule without the names of its variables."""
        rule, options = self.rule, self.options
        path = nameless(rule) if isinstance(rule, str) else rule
        return path, options.get("subdomain"), options.get("host")

    @property
    def marks(self) -> tuple[Hashable, ...]:
        endpoint, pattern = self.endpoint, self.pattern
        key = ("route", endpoint, pattern, self.methods)
        return key, ("endpoint", endpoint), ("pattern", pattern)

    @property
    def asked_methods(self) -> frozenset[str]:
        """The methods a person named, without those that come by themselves."""
        methods = self.methods or frozenset()
        return methods - {"HEAD", "OPTIONS"} or methods


class View(Record):
    """The function behind an endpoint."""

    endpoint: str

    @property
    def key(self) -> Hashable:
        return ("view", self.endpoint)

    @property
    def marks(self) -> tuple[Hashable, ...]:
        return self.key, ("endpoint", self.endpoint)


class Hook(Record):
    """A function that runs at a moment of a request, or of the app's life."""

    kind: str

    @property
    def key(self) -> Hashable:
        return (self.kind, self.scope, name_of(self.target))

    @property
    def unique(self) -> bool:
        return False


class ErrorHandler(Record):
    """What answers an exception class, or an HTTP status code."""

    overrides = True

    code: int | None
    exception: type[Exception]

    @property
    def key(self) -> Hashable:
        return ("error handler", self.scope, self.code, self.exception)

    @property
    def marks(self) -> tuple[Hashable, ...]:
        name = full_name_of(self.exception)
        return self.key, ("error handler", self.scope, self.code, *name)

    @property
    def subject(self) -> type[Any]:
        return self.exception


class Adapter(Record):
    """What makes a response of a class's values, so that a view may return them."""

    kind: type[Any]

    @property
    def key(self) -> Hashable:
        return ("adapter", self.kind)

    @property
    def marks(self) -> tuple[Hashable, ...]:
        return self.key, ("adapter", *full_name_of(self.kind))

    @property
    def subject(self) -> type[Any]:
        return self.kind


class TemplateName(Record):
    """A filter, test or global that templates can use by this name."""

    overrides = True

    kind: str
    name: str

    @property
    def key(self) -> Hashable:
        return (self.kind, self.name)


class TemplateSource(Record):
    """A template that lies in no file; `target` is its source.

    `line` is where the source begins in what its owner wrote, counted from 1.
    """

    name: str
    line: int = 1

    @property
    def key(self) -> Hashable:
        return ("template", self.name)

    @property
    def marks(self) -> tuple[Hashable, ...]:
        return self.key, ("template file", self.filename)

    @property
    def filename(self) -> str:
        """What stands for a file in tracebacks, one for each source."""
        source = self.target.encode("utf-8", "surrogatepass")
        return f"<template {self.name} {digest(source)}>"


class StaticFile(Record):
    """A static file that lies in no folder; `target` is its content."""

    path: str
    mimetype: str | None = None

    @property
    def key(self) -> Hashable:
        return ("static file", self.path)

    @property
    def etag(self) -> str:
        return digest(self.target)


class Command(Record):
    """A click command of an app's or a blueprint's own group."""

    name: str

    @property
    def key(self) -> Hashable:
        return ("command", self.name)


class Extension(Record):
    """What an extension keeps on an app, under its name in `app.extensions`."""

    # It may come with any request, which must not cost the app its table.
    compiled = False

    name: str

    @property
    def key(self) -> Hashable:
        return ("extension", self.name)


class Setup(Record):
    """A function that a blueprint runs when it is mounted."""

    once: bool = False

    @property
    def key(self) -> Hashable:
        return ("setup", name_of(self.target))

    @property
    def unique(self) -> bool:
        return False


class Mount(Record):
    """A blueprint put to work under a name; `target` is what is mounted.

    `options` are those of `register_blueprint`: url_prefix, subdomain,
    url_defaults, …; what is not said there, the blueprint itself answers.
    """

    name: str
    options: Mapping[str, Any] = NOTHING

    @property
    def key(self) -> Hashable:
        return ("mount", self.name)


class Detour(Record):
    """That an app has its own in the place of a blueprint's record, such as a route
    that it adds in a way of its own, or what a setup function has filed.

    `target` is the record, `scope` the name that its blueprint is mounted by; the
    `records` are what the app has filed, and count as long as both are there.
    """

    records: frozenset[Record] = frozenset()

    @property
    def key(self) -> Hashable:
        return ("detour", self.scope, self.target)


def full_name_of(kind: type[Any]) -> tuple[str, str]:
    """Return the module and the name that a class has, whichever run defined it."""
    return kind.__module__, kind.__qualname__


#: What a rule is split into when the names of its variables are taken out.
AROUND_NAMES = re.compile("(<(?:[^<>]*:)?)[^<>:]*(?=>)")


@lru_cache(maxsize=4_096)
def nameless(rule: str) -> str:
    """Return a rule without the names of its variables: "/<int:>" for "/<int:id>"."""
    return "".join(AROUND_NAMES.split(rule))


def digest(content: bytes) -> str:
    """Return a short text that differs where contents differ, in every process."""
    return blake2b(content, digest_size=6).hexdigest()


def name_of(function: Callable[..., Any]) -> str:
    """Return the name by which a person knows a function.

    A function without a name of its own (a lambda, `_`) is known by its code,
    so that the same lambda is recognised and two lambdas stay apart.
    """
    name = getattr(function, "__qualname__", None)
    if name is None:
        inner = getattr(function, "func", None)  # functools.partial
        return name_of(inner) if callable(inner) else type(function).__qualname__
    code = getattr(function, "__code__", None)
    if code is not None and is_anonymous(name):
        return f"{name} {hash((code.co_code, code.co_names, str(code.co_consts)))}"
    return str(name)


def short_name(function: Callable[..., Any]) -> str:
    """Return a function's name without the places around it, for people. A view that
    was made of a class is known by the class."""
    function = getattr(function, "view_class", function)
    name: str = getattr(function, "__qualname__", None) or name_of(function)
    return name.rpartition("<locals>.")[2]


def is_anonymous(name: str) -> bool:
    return name.rpartition(".")[2].partition(" ")[0] in {"<lambda>", "_"}
