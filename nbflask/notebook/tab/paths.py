"""The paths that an app answers, completed segment by segment. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from werkzeug.routing import Rule

VARIABLE = re.compile(r"<(?:[a-zA-Z_]\w*(?:\([^()]*\))?:)?(\w+)>")


def complete_path(rules: Iterable[Rule], typed: str) -> list[str]:
    """Return what a typed path may become, one segment further.

    With a rule /users/<int:id>/posts "/us" may become "/users/", and "/users/7/p"
    "/users/7/posts"; for a variable itself nothing is known.
    """
    if not typed.startswith("/") or "?" in typed:
        return [] if typed else sorted(set(first_segments(rules)))
    before, _, last = typed.rpartition("/")
    given = before.split("/")[1:]
    found = set()
    for rule in rules:
        segments = segments_of(rule.rule)
        if len(segments) > len(given) and leads(rule, segments, given):
            ending = further(rule, segments, len(given), last)
            found.update([f"{before}/{ending}"] if ending is not None else [])
    return sorted(found - {typed})


def first_segments(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        ending = further(rule, segments_of(rule.rule), 0, "")
        yield f"/{ending or ''}"


@lru_cache(maxsize=10_000)
def segments_of(rule: str) -> tuple[str, ...]:
    # A slash within a variable's arguments parts nothing.
    return tuple(re.split(r"/(?![^<]*>)", rule)[1:])


def leads(rule: Rule, segments: tuple[str, ...], given: list[str]) -> bool:
    """Whether a rule begins with the segments that were typed."""
    pairs = zip(segments, given, strict=False)
    return all(part == text or fits(rule, part, text) for part, text in pairs)


def fits(rule: Rule, part: str, text: str) -> bool:
    """Whether a segment with variables is what was typed."""
    if "<" not in part or not text:
        return False
    pattern, at = "", 0
    for found in VARIABLE.finditer(part):
        converter = rule._converters.get(found[1])
        pattern += re.escape(part[at : found.start()])
        pattern += f"(?:{converter.regex if converter is not None else '[^/]+'})"
        at = found.end()
    return re.fullmatch(pattern + re.escape(part[at:]), text) is not None


def further(rule: Rule, segments: tuple[str, ...], at: int, last: str) -> str | None:
    """Return the segment that the last one typed may become, with its slash."""
    part, more = segments[at], len(segments) > at + 1
    words, variable, _ = part.partition("<")
    if not variable:
        whole = words + ("/" if more else "")
        return whole if words.startswith(last) else None
    if words.startswith(last):
        return words if words != last else None
    return f"{last}/" if more and fits(rule, part, last) else None
