"""The part of JSONPath that picks one value: $.items[0]['name']. Knows no request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from .errors import LineError
from .words import show

Key = str | int

_STEP = re.compile(
    r"""\.([^\s.\[\]()'"*?@,:]+) | \[\s*(-?\d{1,9})\s*\] | \[\s*(['"])(.*?)\3\s*\]""",
    re.VERBOSE,
)
#: Names that an error lists.
_MOST_NAMES = 8


def read_path(text: str) -> tuple[Key, ...]:
    """Read a path that begins with $: "$.items[0]" is ("items", 0).

    Raises LineError for what picks several values, or nothing that is known.
    """
    keys: list[Key] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise LineError(
                f"{show(text[at:])} in {show(text)} is not understood: a path is made"
                " of .name, ['name'] and [0]; for more, take the response in Python."
            )
        keys.append(int(step[2]) if step[2] else step[1] or step[4])
        at = step.end()
    return tuple(keys)


def pick(value: object, keys: Sequence[Key]) -> object:
    """Return what the keys lead to. LineError says where they end, and what is there:
    "no 'token'; it has: user, id"."""
    for depth, key in enumerate(keys):
        try:
            value = _step(value, key)
        except LookupError:
            raise LineError(_missing(value, keys, depth)) from None
    return value


def _step(value: object, key: Key) -> object:
    if isinstance(value, dict) and isinstance(key, str):
        return value[key]
    if isinstance(value, list) and isinstance(key, int):
        return value[key]
    raise LookupError(key)


def _missing(value: object, keys: Sequence[Key], depth: int) -> str:
    key = keys[depth]
    where = f" in {_written(keys[:depth])}" if depth else ""
    if isinstance(value, dict):
        near = get_close_matches(str(key), value, 1)
        asked = f"; did you mean {near[0]}?" if near else ""
        return f"no {_key(key)}{where}; it has: {_names(value)}{asked}"
    if isinstance(value, list):
        entries = f"a list of {len(value)}, whose entries are [0], [1] and so on"
        return f"no {_key(key)}{where}: it is {entries}"
    return f"no {_key(key)}{where}: it is {show(str(value))}"


def _names(value: dict[str, object]) -> str:
    shown = ", ".join(show(name)[1:-1] for name in list(value)[:_MOST_NAMES])
    return f"{shown}, …" if len(value) > _MOST_NAMES else shown or "nothing"


def _key(key: Key) -> str:
    return f"[{key}]" if isinstance(key, int) else show(key)


def _written(keys: Sequence[Key]) -> str:
    return "$" + "".join(
        f".{key}" if isinstance(key, str) else f"[{key}]" for key in keys
    )
