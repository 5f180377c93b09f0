"""A %%route line put into force: its defaults, its endpoint's name, its rule.

A kernel's cells and those of a file are served by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain, count
from typing import Any

from ..errors import SetupFinished
from ..grammar.errors import LineError
from ..grammar.words import fill
from ..registry.editions import current_edition
from ..registry.records import Route, nameless


def read_defaults(
    words: Sequence[str], evaluate: Callable[[str], object]
) -> dict[str, Any]:
    """Return `--defaults page=1 q=all` as {"page": 1, "q": "all"}."""
    found: dict[str, Any] = {}
    for word in words:
        key, equals, text = fill(word, evaluate).partition("=")
        if not equals or not key.isidentifier():
            raise LineError(f"--defaults {word}: write NAME=VALUE, page=1")
        found[key] = int(text) if re.fullmatch(r"-?\d+", text) else text
    return found


def no_blueprint(name: str) -> LineError:
    """Return what is said of an `--on` that names no blueprint."""
    return LineError(
        f"--on {name}: there is no blueprint of that name; make one with"
        f' {name} = Blueprint("{name}", __name__)'
    )


def free_name(target: Any, name: str, rule: str) -> str:
    """Return a derived endpoint, with a number if another rule's cell has it.

    "/a-b" and "/a/b" in two cells are "a_b" and "a_b_2".
    """
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(each for each in names if not is_others(target, each, rule))


def is_others(target: Any, endpoint: str, rule: str) -> bool:
    """Whether an endpoint serves another rule, which is not this cell's to replace."""
    edition = current_edition()
    for record in target.registry.find(("endpoint", endpoint)):
        if not isinstance(record, Route) or record.pattern[0] == nameless(rule):
            continue
        if edition is None or record.owner != edition.owner or record in edition.added:
            return True
    return False


def register(
    target: Any,
    rule: str,
    endpoint: str,
    view: Any,
    methods: Sequence[str],
    defaults: dict[str, Any],
) -> None:
    """Serve a rule by a view. Raises LineError, and SetupFinished if that comes too
    late by Flask's own rules."""
    options = {"defaults": defaults} if defaults else {}
    try:
        target.add_url_rule(rule, endpoint, view, methods=list(methods), **options)
    except SetupFinished:
        raise
    except LookupError as error:
        raise LineError(
            f"The rule {rule!r} cannot be read: {str(error).strip(chr(39))}."
            " Converters are string, int, float, path, any and uuid."
        ) from None
    except (ValueError, TypeError, AssertionError) as error:
        reason = " ".join(str(error).split())
        raise LineError(f"The rule {rule!r} cannot be served: {reason}") from None
