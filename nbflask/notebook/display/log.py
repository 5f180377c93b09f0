"""The log of requests as a card: the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .page import Card, line, render
from .plain import aligned, colour_of, duration, size
from .tree import shorten
from .view import DEFAULT_LIMITS, Limits

COLUMNS = ("#", "time", "method", "path", "status", "took", "size", "endpoint")
EMPTY = "No requests yet."


@dataclass(frozen=True, slots=True)
class LogRow:
    """One request of the log; `seconds` is what its answer took, `size` is None while
    it goes on."""

    number: int
    time: str
    method: str
    path: str
    status: int
    seconds: float
    size: int | None
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    colour: str
    tone: str


def card(
    rows: Sequence[LogRow],
    *,
    where: str,
    total: int,
    left_out: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Card:
    """Return the rows as a table below where they came in and how many there were.

    `left_out` are those that the log has, too.
    """
    head = f"{where} · {counted(total)}"
    shown = [_row(each, limits) for each in rows]
    note = f"The last {len(rows):,} are shown." if left_out else ""
    html = render(
        "log.html", head=head, columns=COLUMNS, rows=shown, note=note, empty=EMPTY
    )
    text = aligned([COLUMNS, *(each.cells for each in shown)]) if rows else EMPTY
    return Card("\n".join(filter(None, (line(head), text, note))), html)


def counted(total: int) -> str:
    return f"{total:,} request{'' if total == 1 else 's'}"


def _row(row: LogRow, limits: Limits) -> _Row:
    cells = (
        str(row.number),
        row.time,
        line(shorten(row.method, limits.name)),
        line(shorten(row.path, limits.path)),
        str(row.status),
        duration(row.seconds),
        "…" if row.size is None else size(row.size),
        line(shorten(row.endpoint or "no rule", limits.name)),
    )
    return _Row(cells, colour_of(row.status), f"{row.status // 100}xx")
