"""The line of a %%route cell: methods, a rule, and the names that follow from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

from .errors import LineError
from .methods import KNOWN_METHODS
from .options import HELP, Option

ROUTE_OPTIONS = (
    Option("--endpoint", "NAME", "the endpoint's name"),
    Option("--on", "BLUEPRINT", "a blueprint's variable, instead of the app"),
    Option("--defaults", "K=V", "values for variables the rule lacks", many=True),
    Option("--try", "PATH", "send a request at once: PATH [ITEM…]", many=True),
    HELP,
)

VARIABLE = re.compile(r"<(?:[^<>]*:)?\s*([^<>:]*?)\s*>")


def read_rule(items: Sequence[str]) -> tuple[list[str], str]:
    """Return methods and rule of `[METHOD[,METHOD…]] RULE`."""
    if not items:
        raise LineError("The rule is missing: write one, %%route /users")
    *before, rule = items
    if len(before) > 1 or (before and before[0].startswith("/")):
        raise LineError(
            f"{' '.join(items)!r} is more than methods and a rule: separate methods"
            " by commas, GET,POST, and quote a rule with blanks"
        )
    methods = [each.upper() for each in before[0].split(",")] if before else ["GET"]
    for method in methods:
        if method not in KNOWN_METHODS:
            raise LineError(
                f"{method!r} is not a method: use {', '.join(sorted(KNOWN_METHODS))}"
            )
    if not rule.startswith("/"):
        raise LineError(f"The rule {rule!r} lacks its slash: write /{rule}")
    return methods, rule


def parameters_of(rule: str, defaults: dict[str, Any]) -> list[str]:
    names = [*VARIABLE.findall(rule), *defaults]
    for name in names:
        if not (name.isidentifier() and name.isascii()) or iskeyword(name):
            raise LineError(
                f"The rule {rule!r} has a variable {name!r}, which is no name for a"
                " parameter: write <name> or <converter:name>"
            )
        if VARIABLE.findall(rule).count(name) > 1:
            raise LineError(
                f"The rule {rule!r} has the variable {name!r} twice: give each a name"
                " of its own"
            )
    return list(dict.fromkeys(names))


def name_for(rule: str, methods: Sequence[str]) -> str:
    """Return a rule as a word: "/users/<int:user_id>" is "users_user_id".

    The method stands in front when it is not GET.
    """
    word = re.sub(r"\W+", "_", VARIABLE.sub(r"\1", rule)).strip("_") or "index"
    if "GET" not in methods:
        word = f"{methods[0].lower()}_{word}"
    return f"_{word}" if word[0].isdigit() else word


def identifier(name: str) -> str:
    """Return an endpoint as a function's name: "2-fast" is "_2_fast"."""
    word = re.sub(r"\W", "_", name)
    word = f"_{word}" if word[:1].isdigit() else word
    return f"{word}_" if iskeyword(word) else word
