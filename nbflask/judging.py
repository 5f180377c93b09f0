"""How one URL rule sees a path: whether it matches, and if not, what keeps it from it.

Knows no app and no request. Which of several rules wins is for Werkzeug to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Final

from werkzeug.routing import AnyConverter, Rule
from werkzeug.routing.exceptions import NoMatch, RequestAliasRedirect, RequestPath
from werkzeug.routing.matcher import StateMachineMatcher
from werkzeug.routing.rules import RulePart, Weighting

ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
#: What may keep a rule from matching, and what it may lead to: the nearest first.
VERDICTS = (
    *("matches", "redirects", "raises", "method", "slash", "converter", "host"),
    *("websocket", "path", "build only"),
)
VARIABLE = re.compile(r"<(?:([a-zA-Z_]\w*)(?:\(.*?\))?:)?(\w+)>")
#: How alike two paths must be, from 0 to 1, to be taken for one another.
ALIKE = 0.5
#: Choices of a converter that are named.
MOST_CHOICES = 10
#: Characters shown of a value.
LONGEST = 60
#: What Werkzeug calls the subdomain of a host that is not below SERVER_NAME.
NOT_BELOW = "<invalid>"
#: A part of every rule that says nothing of a host.
ANY_HOST: Final = RulePart("", False, True, False, Weighting(0, [], 0, []))


@dataclass(frozen=True, slots=True)
class Sought:
    """What a request asks a rule for. `host` is its subdomain, or its host where the
    app matches hosts; None leaves the host out of it."""

    method: str
    path: str
    host: str | None = None
    merge_slashes: bool = True
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that a converter does not take: `abc` is not an `int`, or is none of
    its `choices`."""

    name: str
    value: str
    kind: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.choices:
            more = ", …" if len(self.choices) > MOST_CHOICES else ""
            named = ", ".join(self.choices[:MOST_CHOICES])
            return f"{self.value!r} is none of {named}{more}"
        article = "an" if self.kind[0] in "aeio" else "a"
        return f"{self.value!r} is not {article} {self.kind}"


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a rule makes of a request: one of VERDICTS, and why in plain words."""

    verdict: str
    reason: str
    refusals: tuple[Refusal, ...] = ()
    #: How alike rule and path are, from 0 to 1.
    likeness: float = 0.0

    @property
    def rank(self) -> tuple[int, float]:
        """By this the nearest rules come first."""
        return rank_of(self.verdict, self.likeness)


def rank_of(verdict: str, likeness: float) -> tuple[int, float]:
    return VERDICTS.index(verdict), -likeness


def in_order(methods: Iterable[Any]) -> list[str]:
    """Return methods in the order in which people name them."""
    upper = {str(each).upper() for each in methods}
    return [m for m in ORDER if m in upper] + sorted(upper - set(ORDER))


def with_values(values: Mapping[str, Any]) -> str:
    """Return a URL's values for people: "id=1, name='Ada'"."""
    return ", ".join(f"{name}={short(value)}" for name, value in values.items())


def short(value: Any) -> str:
    """Return a value's repr, cut short; a converter may have made anything."""
    try:
        text = repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def asked_of(rule: Rule) -> tuple[str, ...]:
    """Return the methods a person named, without those that come by themselves."""
    methods = rule.methods or set()
    return tuple(in_order(methods - {"HEAD", "OPTIONS"} or methods)) or ("ANY",)


def takes(rule: Rule, method: str) -> bool:
    return rule.methods is None or method in rule.methods


def judge(rule: Rule, sought: Sought) -> Judgment:
    """Return what a rule would make of a request if it were the only one."""
    path = sought.path
    likeness = SequenceMatcher(None, path.lower(), rule.rule.lower()).ratio()

    def say(verdict: str, reason: str, *refusals: Refusal) -> Judgment:
        return Judgment(verdict, reason, refusals, likeness)

    if rule.build_only:
        return say("build only", "it only builds URLs")
    anywhere = without_host(rule)
    found = alone(rule if sought.host is not None else anywhere, sought)
    if found == "no match" and sought.host is not None:
        elsewhere = alone(anywhere, replace(sought, host=""))
        if elsewhere not in {"no match", "raises"}:
            return say("host", f"it is for {host_of(rule)}, {but_asked(sought.host)}")
    if found == "redirects":
        how = "with its slashes merged" if "//" in path else "with a slash at its end"
        return say("redirects", f"it matches {how}")
    if found in REASONS:
        return say(*REASONS[found])
    if found == "method":
        return say("method", f"it takes {', '.join(in_order(rule.methods or ()))}")
    other = path[:-1] if path.endswith("/") else f"{path}/"
    if alone(anywhere, replace(sought, path=other, host="")) != "no match":
        word = "no" if path.endswith("/") else "a"
        return say("slash", f"it has {word} slash at its end")
    refusals = refused(rule, path)
    if refusals:
        return say("converter", f"{refusals[0]}", *refusals)
    return say("path", "another path")


#: The verdict and the reason for what `alone` found, where no more is to be said.
REASONS = {
    "matches": ("matches", "it matches"),
    "alias": ("redirects", "it is another name for its endpoint's rule"),
    "raises": ("raises", "its converter fails"),
    "websocket": ("websocket", "it is for WebSocket requests"),
}


def alone(rule: Rule, sought: Sought) -> str:
    """Return what Werkzeug makes of a request with this one rule: "matches",
    "redirects", "alias", "method", "websocket", "no match", or "raises"."""
    matcher = StateMachineMatcher(sought.merge_slashes)
    matcher.add(rule)
    try:
        matcher.match(sought.host or "", sought.path, sought.method, sought.websocket)
    except RequestPath:
        return "redirects"
    except RequestAliasRedirect:
        return "alias"
    except NoMatch as error:
        if error.have_match_for:
            return "method"
        return "websocket" if error.websocket_mismatch else "no match"
    except Exception:
        return "raises"  # a converter of the app's own
    return "matches"


def without_host(rule: Rule) -> Rule:
    """Return a rule that matches as this one does, on every host."""
    first, *rest = rule._parts
    if first == ANY_HOST:
        return rule
    bare = copy(rule)
    variables = 0 if first.static else len(re.compile(first.content).groupindex)
    bare._parts = [ANY_HOST, *rest]
    bare._converters = dict(list(rule._converters.items())[variables:])
    return bare


def host_of(rule: Rule) -> str:
    """Return where a rule is served: its host, or its subdomain."""
    assert rule.map is not None
    if rule.map.host_matching:
        return f"the host {rule.host!r}" if rule.host else "requests without a host"
    return f"the subdomain {rule.subdomain!r}" if rule.subdomain else "no subdomain"


def but_asked(host: str) -> str:
    """Say what a request names, where a rule wants another host or subdomain."""
    if host == NOT_BELOW:
        return "and the request's host is not below SERVER_NAME"
    return f"not {host!r}" if host else "and the request names none"


def place_of(rule: Rule) -> str:
    """Return the host that a rule is bound to, or its subdomain, as "api."; nothing
    if it is bound to neither."""
    assert rule.map is not None
    if rule.map.host_matching:
        return rule.host or ""
    return f"{rule.subdomain}." if rule.subdomain else ""


def with_place(path: str, place: str) -> str:
    """Return a path for people, with the host that it is on: "/x on api."."""
    return f"{path} on {place}" if place else path


def refused(rule: Rule, path: str) -> tuple[Refusal, ...]:
    """Return the values in a path that a rule's converters refuse.

    Nothing if the rule's own words do not stand in the path at all.
    """
    pieces, variables, at = [], [], 0
    for found in VARIABLE.finditer(rule.rule):
        kind, name = found[1] or "string", found[2]
        converter = rule._converters.get(name)
        whole = kind == "path" or not getattr(converter, "part_isolating", True)
        pieces.append(re.escape(rule.rule[at : found.start()]))
        pieces.append("(.+)" if whole else "([^/]+)")
        variables.append((name, kind, converter))
        at = found.end()
    pieces.append(re.escape(rule.rule[at:]))
    match = re.fullmatch("".join(pieces), path)
    values = () if match is None else match.groups()
    return tuple(
        Refusal(name, value, kind, choices_of(converter))
        for value, (name, kind, converter) in zip(values, variables, strict=False)
        if not converts(converter, value)
    )


def choices_of(converter: Any) -> tuple[str, ...]:
    """Return the values that an `any` converter takes."""
    return tuple(sorted(converter.items)) if isinstance(converter, AnyConverter) else ()


def converts(converter: Any, value: str) -> bool:
    if converter is None or re.fullmatch(converter.regex, value) is None:
        return converter is None
    try:
        converter.to_python(value)
    except Exception:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Near:
    """A rule that may have been meant, and what sets it apart."""

    rule: Rule
    judgment: Judgment


def nearest(rules: Iterable[Rule], sought: Sought, *, most: int) -> list[Near]:
    """Return the rules that a request may have been meant for, the likeliest first."""
    path = sought.path
    found = []
    for rule in rules:
        judgment = judge(rule, sought)
        if judgment.verdict in {"slash", "redirects", "method", "matches", "host"}:
            group = 0
        elif judgment.verdict == "converter":
            group = 1
        elif judgment.verdict == "path" and judgment.likeness >= ALIKE:
            group = 2 if rule.rule.count("/") == path.count("/") else 3
        else:
            continue
        rank = group, not takes(rule, sought.method), -judgment.likeness, rule.rule
        found.append((rank, Near(rule, judgment)))
    return [near for _, near in sorted(found, key=lambda each: each[0])[:most]]
