"""Fields of JSON that differ from time to time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: What a module of tests does with them, given their names.
NAMES = """\
#: Fields that differ from time to time.
VOLATILE = {names}
"""
HELPER = '''\
def stable(value, path=""):
    """Return JSON without volatile fields: "id" anywhere, "owner.id" in owners."""
    if isinstance(value, list):
        return [stable(each, path) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: stable(each, f"{path}.{name}")
        for name, each in value.items()
        if not f"{path}.{name}".endswith(VOLATILE)
    }
'''


def stable(value: Any, names: Sequence[str], path: str = "") -> Any:
    """Return JSON without the fields of these names: "id" anywhere, "owner.id" in an
    owner."""
    if isinstance(value, list):
        return [stable(each, names, path) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: stable(each, names, f"{path}.{name}")
        for name, each in value.items()
        if not f"{path}.{name}".endswith(endings(names))
    }


def endings(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f".{each.lstrip('.')}" for each in names)
