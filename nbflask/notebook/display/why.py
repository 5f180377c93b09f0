"""An explanation as a card: what wins, why the others do not, and what would run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...explain import Explanation, RuleSeen
from ...judging import ALIKE, with_place, with_values
from ...reach import Call
from .page import Card, line, render
from .plain import aligned, colour_of, with_phrase
from .trace import KINDS
from .tree import shorten
from .view import DEFAULT_LIMITS, Limits

#: Rules shown one by one; the rest are folded. Rules in the fold.
MOST_NEAR = 6
MOST_FAR = 200
#: Verdicts of rules that have nothing to do with the path.
FAR = {"path", "build only"}
MARKS = {"won": "✓", "outranked": "≈"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule with its verdict, as it is shown."""

    mark: str
    tone: str
    methods: str
    rule: str
    reason: str
    cell: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """One function that would run, as it is shown."""

    word: str
    tone: str
    name: str
    where: str
    cell: str


def card(why: Explanation, limits: Limits = DEFAULT_LIMITS) -> Card:
    """Return an explanation's card.

    Its text looks like this:
    GET /users/abc  404 Not Found: no rule matches
      ✗  GET   /users/<int:id>  'abc' is not an int  cell [3]
      and 5 more rules, which are other paths
    What would run, in order:
      before_request  log_in         cell [2]
                      404 Not Found
    """
    near, far = parted(why.nearest)
    rules = [rule_line(each, limits) for each in near]
    folded = [rule_line(each, limits) for each in far[:MOST_FAR]]
    rest = counted(far)
    calls = [call_line(each, limits) for each in why.calls]
    handlers = [call_line(each, limits) for each in why.handlers]
    said, status = shorten(sentence(why), limits.path), why.outcome.status or 200
    method, path = shorten(why.method, limits.name), shorten(why.path, limits.path)
    host = shorten(why.host, limits.name) if by_host(why) else ""
    html = render(
        "why.html",
        method=method,
        path=path,
        host=host,
        said=said,
        tone=f"{status // 100}xx",
        colour=colour_of(status),
        rules=rules,
        folded=folded,
        rest=rest,
        left_out=max(len(far) - MOST_FAR, 0),
        calls=calls,
        handlers=handlers,
    )
    head = line(f"{method} {with_place(path, host)}  {said}")
    return Card("\n".join([head, *text_of(rules, rest, calls, handlers)]), html)


def parted(rules: Sequence[RuleSeen]) -> tuple[list[RuleSeen], list[RuleSeen]]:
    """Return the rules to show, and those that are simply others."""
    shown = [
        each for each in rules if each.verdict not in FAR or each.likeness >= ALIKE
    ][:MOST_NEAR]
    return shown, [each for each in rules if each not in shown]


def counted(far: Sequence[RuleSeen]) -> str:
    """Say how many rules are not worth a line each, and why."""
    if not far:
        return ""
    other = all(each.verdict in FAR for each in far)
    count = f"{len(far):,} more rule{'' if len(far) == 1 else 's'}"
    return f"{count} for other paths" if other else count


def sentence(why: Explanation) -> str:
    """Say what comes of the request."""
    outcome = why.outcome
    if outcome.kind == "view":
        values = with_values(outcome.values)
        return f"→ {outcome.endpoint}" + (f" with {values}" if values else "")
    if outcome.kind == "options":
        return f"200 OK, answered automatically: it takes {', '.join(outcome.allowed)}"
    if outcome.kind == "redirect":
        return f"{with_phrase(outcome.status)} to {outcome.location}"
    if outcome.kind == "raises":
        return f"500: matching raises {type(outcome.error).__name__}"
    if outcome.allowed:
        return f"{with_phrase(outcome.status)}: it takes {', '.join(outcome.allowed)}"
    if outcome.status == 404:
        return f"{with_phrase(outcome.status)}: " + (
            "no rule matches" if why.rules else "the app has no rules yet"
        )
    return with_phrase(outcome.status)


def by_host(why: Explanation) -> bool:
    """Whether the host has to do with it."""
    return any(each.place or each.verdict == "host" for each in why.rules)


def rule_line(seen: RuleSeen, limits: Limits) -> RuleLine:
    return RuleLine(
        mark=MARKS.get(seen.verdict, "✗"),
        tone={"won": "won", "outranked": "also"}.get(seen.verdict, "lost"),
        methods=shorten(",".join(seen.methods), limits.name),
        rule=shorten(with_place(seen.rule, seen.place), limits.path),
        reason=shorten(seen.reason, limits.header),
        cell=shorten(str(seen.owner), limits.name),
    )


def call_line(call: Call, limits: Limits) -> CallLine:
    word, tone = KINDS.get(call.kind, ("", "around"))
    places = (("for", call.for_), ("of", call.scope))
    where = ", ".join(f"{word} {place}" for word, place in places if place)
    return CallLine(
        word=word,
        tone=tone,
        name=shorten(call.name, limits.path),
        where=shorten(where, limits.name),
        cell="" if call.kind == "itself" else shorten(str(call.owner), limits.name),
    )


def text_of(
    rules: Sequence[RuleLine],
    rest: str,
    calls: Sequence[CallLine],
    handlers: Sequence[CallLine],
) -> Iterable[str]:
    rows = [(f"  {r.mark}", r.methods, r.rule, r.reason, r.cell) for r in rules]
    if rows:
        yield aligned(rows)
    if rest:
        yield f"  and {rest}"
    for title, found in (
        ("What would run, in order:", calls),
        ("Error handlers, should something fail:", handlers),
    ):
        if found:
            yield title
            yield aligned([(f"  {c.word}", c.name, c.where, c.cell) for c in found])
