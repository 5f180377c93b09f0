"""Which of some registered classes speaks for a class: along its bases, and where
code runs again, for what it defines anew. Knows no records.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

#: What ends a search for `nearest`, if it ends before the last base.
NOWHERE: frozenset[type[Any]] = frozenset()


def nearest(
    kind: type[Any],
    known: Collection[type[Any]],
    end: Collection[type[Any]] = NOWHERE,
) -> type[Any] | None:
    """Return the class in `known` that is the most specific for `kind`, or None.

    A base that is not known itself is known by the class that was defined in its
    place, before it or since. Bases beyond the first one in `end` do not count.
    """
    for base in kind.__mro__:
        if base in known:
            return base
        # The last one registered counts, should several be left.
        latest: list[type[Any]] = [*known][::-1]
        for other in latest:
            if is_defined_anew(base, other):
                return other
        if base in end:
            return None
    return None


def is_defined_anew(one: type[Any], other: type[Any]) -> bool:
    """Whether two classes come of one definition, run twice.

    Their module can hold only one of them under the name that both have. Classes
    that a function makes have no such place, and stay apart.
    """
    if one is other or one.__qualname__ != other.__qualname__:
        return False
    return one.__module__ == other.__module__ and isinstance(held(one), type)


def held(kind: type[Any]) -> Any:
    """Return what a class's module holds under its name now."""
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found
