"""A route's rule, made ready to match. What builds its URLs is made when it is used.

To compile a rule's builders takes most of the time that it takes to add a route, and
many rules never build a URL.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

from werkzeug.routing import Map, Rule

from .records import Route

#: What makes a rule ready. For a class of rules that changes any of this, and for
#: rules with defaults, which URLs are built of at once, nothing waits.
ways_of = attrgetter("bind", "compile", "build", "_compile_builder", "_get_func_code")
GENERAL_WAYS = ways_of(Rule)
#: Names of variables that no function's argument may have.
NO_ARGUMENTS = {"None", "True", "False", "__debug__"}


def bind_rule(route: Route, settings: Map, options: bool = True) -> Rule:
    """Make a route's rule, ready to match. Raises what is wrong with it.

    `options` is the app's answer to whether OPTIONS is answered automatically.
    """
    methods, automatic = route.methods, route.automatic_options
    if automatic is None and methods is not None:
        automatic = options and "OPTIONS" not in methods
        methods = methods | {"OPTIONS"} if automatic else methods
    rule: Rule = route.rule_class(
        route.rule, methods=methods, endpoint=route.endpoint, **route.options
    )
    rule.provide_automatic_options = bool(automatic)  # type: ignore[attr-defined]
    make_ready(rule, settings)
    return rule


def make_ready(rule: Rule, settings: Map) -> None:
    """Do what `rule.bind` does, and leave its builders for later if they can wait."""
    if rule.defaults or not is_general(type(rule)):
        rule.bind(settings)
        return
    # Asked by `bind`, in place of the method.
    rule.__dict__["_compile_builder"] = partial(Builder, rule)
    try:
        rule.bind(settings)
    finally:
        del rule.__dict__["_compile_builder"]
    if may_be_refused(rule):
        for builder in (rule._build, rule._build_unknown):
            builder.compile()  # type: ignore[attr-defined]


class Builder:
    """Builds the URLs of a rule, and gives way to what Werkzeug compiles for that."""

    def __init__(self, rule: Rule, append_unknown: bool) -> None:
        self._rule, self._append_unknown = rule, append_unknown

    def __get__(self, rule: Rule, owner: Any = None) -> Builder:
        return self  # `bind` binds what it gets to the rule

    def __call__(self, /, **values: Any) -> tuple[str, str]:
        return self.compile()(**values)

    def compile(self) -> Callable[..., tuple[str, str]]:
        rule, name = self._rule, "_build_unknown" if self._append_unknown else "_build"
        build = Rule._compile_builder(rule, self._append_unknown)
        rule.__dict__[name] = bound = build.__get__(rule, None)
        return bound  # type: ignore[no-any-return]


def is_general(kind: type[Rule]) -> bool:
    """Whether a class of rules is made ready as Werkzeug's own is."""
    return bool(ways_of(kind) == GENERAL_WAYS)


def may_be_refused(rule: Rule) -> bool:
    """Whether what is wrong with a rule shows only when its builders are compiled."""
    text = "".join([text for _, text in rule._trace])
    names = [name for is_variable, name in rule._trace if is_variable]
    return (
        len(names) != len(set(names))
        or not NO_ARGUMENTS.isdisjoint(names)
        or not text.isascii()
    )
