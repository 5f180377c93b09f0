"""What is remembered, up to a bound: when it is full, all of it is forgotten."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


def remember(known: dict[Any, Any], key: Hashable, value: Any, most: int) -> None:
    """Keep a value, and `most` values at the most."""
    if len(known) >= most:
        known.clear()
    known[key] = value
