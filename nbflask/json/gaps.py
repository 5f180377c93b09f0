"""What JSON cannot say, taken out of a value: numbers that are none, and keys that
only a data library knows, or that are dates. Needed by few, and loaded by them alone.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from ..data.values import plain_key


def without_gaps(value: Any, default: Callable[[Any], Any] | None) -> Any:
    """Return a value with None for NaN and infinities, and with plain keys.

    `default` converts what is not JSON's own, and raises TypeError if it cannot;
    without one that stays as it is.
    """
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, dict):
        return {plain_key(k): without_gaps(v, default) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_gaps(each, default) for each in value]
    return value if default is None else without_gaps(default(value), default)


def with_plain_keys(value: Any) -> Any:
    """Return a value whose dicts have keys that JSON can have; all else stays."""
    if isinstance(value, dict):
        return {plain_key(k): with_plain_keys(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_plain_keys(each) for each in value]
    return value
