"""What an app can be asked: its routes by method, each with the fields of its path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from werkzeug.routing import Rule, ValidationError

from ...judging import asked_of

#: How a rule's texts and variables are told apart from those of its host.
END_OF_HOST = (False, "|")
#: What converters are for, in a person's words.
KINDS = {
    "UnicodeConverter": "text without a slash",
    "PathConverter": "a path",
    "IntegerConverter": "a whole number",
    "FloatConverter": "a number, such as 1.5",
    "UUIDConverter": "a UUID",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A variable of a rule's path. `kind` says what it takes, `choices` are all there
    are, where there are few."""

    name: str
    kind: str
    converter: Any
    choices: tuple[str, ...] = ()

    def complaint(self, text: str) -> str:
        """Return what is wrong with a value; nothing if it fits."""
        if not text:
            return f"{self.name} is missing: {self.kind}"
        if re.fullmatch(self.converter.regex, text):
            try:
                self.converter.to_python(text)
            except (ValidationError, ValueError):
                pass
            else:
                return ""
        return f"{self.name} is not {self.kind}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule and a method that it takes, with its endpoint and its path's fields."""

    method: str
    rule: str
    endpoint: str
    parts: tuple[str | Field, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(each for each in self.parts if isinstance(each, Field))

    def path(self, values: dict[str, str]) -> str:
        """Return the path with values in the place of its variables, each as typed."""
        return "".join(
            each if isinstance(each, str) else escaped(each, values.get(each.name, ""))
            for each in self.parts
        )


def choices_of(app: Any) -> tuple[Choice, ...]:
    """Return what an app can be asked, in the order in which it was defined, files of
    folders last."""
    rules = sorted(app.registry.table.bound.values(), key=serves_a_folder)
    return tuple(
        Choice("GET" if method == "ANY" else method, rule.rule, rule.endpoint, parts)
        for rule, parts in ((each, parts_of(each)) for each in rules)
        if not (rule.build_only or rule.websocket)
        for method in asked_of(rule)
    )


def serves_a_folder(rule: Rule) -> bool:
    return bool(rule.endpoint.rpartition(".")[2] == "static")


def parts_of(rule: Rule) -> tuple[str | Field, ...]:
    """Return a rule's path as its texts and its fields, one after the other."""
    trace = rule._trace[rule._trace.index(END_OF_HOST) + 1 :]
    return tuple(
        field_of(rule, part) if is_variable else part for is_variable, part in trace
    )


def field_of(rule: Rule, name: str) -> Field:
    converter = rule._converters[name]
    items = getattr(converter, "items", ())
    choices = tuple(sorted(items)) if isinstance(items, (set, frozenset, tuple)) else ()
    kind = f"one of {', '.join(choices)}" if choices else kind_of(converter)
    return Field(name, kind, converter, choices)


def kind_of(converter: Any) -> str:
    name = type(converter).__name__
    return KINDS.get(name) or f"a {name.removesuffix('Converter').lower()}"


def escaped(field: Field, text: str) -> str:
    """Return a value as it stands in a path; a slash stays one where it may be."""
    return quote(text, safe="/!$&'()*+,;=:@~" if takes_slash(field) else "!$'()*+,:@~")


def takes_slash(field: Field) -> bool:
    return not getattr(field.converter, "part_isolating", True)
