"""JSON values as bounded trees and tables. Knows no HTML and no bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .view import Limits

_KINDS = {bool: "word", int: "number", float: "number", str: "string"}


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value; with children it folds. summary says what is left out."""

    key: str
    kind: str
    value: str
    children: tuple[Node, ...] = ()
    left_out: int = 0
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as text; numbers marks the columns to align right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    rows_left_out: int = 0
    columns_left_out: int = 0

    @property
    def note(self) -> str:
        """What is not shown, or nothing."""
        return " and ".join(
            f"{count:,} more {name}{'s' if count > 1 else ''}"
            for count, name in (
                (self.rows_left_out, "row"),
                (self.columns_left_out, "column"),
            )
            if count
        )


def shorten(text: str, limit: int) -> str:
    """Cut text at limit characters and say how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… {len(text) - limit:,} more"


def tree(value: object, limits: Limits) -> Node:
    """Return a JSON value as a tree of at most limits.nodes, limits.depth deep."""
    return _Grower(limits).grow("", value, 0)


class _Grower:
    """Spends one budget of nodes over a whole tree."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.budget = limits.nodes

    def grow(self, key: str, value: object, depth: int) -> Node:
        self.budget -= 1
        key = shorten(key, self.limits.cell)
        if not isinstance(value, dict | list) or not value:
            return _leaf(key, value, self.limits)
        size = _size(value)
        if depth >= self.limits.depth:
            return Node(key, "deep", f"{size}, deeper than shown")
        children: list[Node] = []
        for name, inner in _pairs(value):
            if self.budget <= 0:
                break
            children.append(self.grow(name, inner, depth + 1))
        kind = "object" if isinstance(value, dict) else "array"
        left_out = len(value) - len(children)
        is_open = depth == 0 or (depth < 3 and len(value) <= 8)
        return Node(key, kind, size, tuple(children), left_out, is_open)


def _pairs(value: dict[str, object] | list[object]) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield json.dumps(key, ensure_ascii=False), inner
    else:
        for at, inner in enumerate(value):
            yield str(at), inner


def _size(value: Sequence[object] | dict[str, object]) -> str:
    if isinstance(value, dict):
        return f"{{{len(value):,} key{'s' if len(value) > 1 else ''}}}"
    return f"[{len(value):,} item{'s' if len(value) > 1 else ''}]"


def _leaf(key: str, value: object, limits: Limits) -> Node:
    text = json.dumps(value, ensure_ascii=False)
    kind = _KINDS.get(type(value), "word")
    return Node(key, kind, shorten(text, 4 * limits.cell))


def records_table(value: object, limits: Limits) -> Table | None:
    """Return a list of flat records as a table, None for anything else."""
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(row, dict) and row and _is_flat(row) for row in value):
        return None
    columns = list(dict.fromkeys(key for row in value for key in row))
    rows = ([row.get(name, "") for name in columns] for row in value[: limits.rows])
    return table(columns, rows, len(value), limits)


def _is_flat(record: dict[str, object]) -> bool:
    return not any(isinstance(value, dict | list) for value in record.values())


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], total: int, limits: Limits
) -> Table:
    """Return bounded rows as a table; total counts the rows there are."""
    width = min(len(columns), limits.columns)
    kept = [list(row[:width]) for _, row in zip(range(limits.rows), rows, strict=False)]
    return Table(
        tuple(shorten(name, limits.cell) for name in columns[:width]),
        tuple(tuple(_cell(value, limits) for value in row) for row in kept),
        tuple(_is_numeric(row[at] for row in kept) for at in range(width)),
        total - len(kept),
        len(columns) - width,
    )


def _cell(value: object, limits: Limits) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return shorten(text, limits.cell)


def _is_numeric(values: Iterable[object]) -> bool:
    kept = [value for value in values if value not in ("", None)]
    return bool(kept) and all(_is_number(value) for value in kept)


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.lstrip("-+").replace(".", "", 1).isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool)
