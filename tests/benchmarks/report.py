"""The numbers as a table: Markdown that reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .frameworks import FLASK, NBFLASK
from .measure import Count, Ratio

NOTHING = "–"
COLUMNS = ("workload", "to reach", "nbflask", "reached", "nbflask, µs", "Flask, µs")


class Row(Protocol):
    """What the table needs of a row."""

    @property
    def name(self) -> str: ...

    @property
    def target(self) -> float | None: ...


def times_table(
    names: Iterable[str], rows: Iterable[tuple[Row, Mapping[str, Ratio]]]
) -> str:
    """Return ratios to the yardstick: nbflask's with its quartiles, then the peers'."""
    peers = [each for each in names if each not in (NBFLASK, FLASK)]
    lines = []
    for row, ratios in rows:
        ours, theirs = ratios[NBFLASK], ratios.get(FLASK)
        cells = (
            row.name,
            NOTHING if row.target is None else f"{row.target:.2f}",
            f"{number(ours.median)} ({number(ours.lower)}–{number(ours.upper)})",
            reached(row.target, ours.median),
            number(ours.microseconds),
            NOTHING if theirs is None else number(theirs.microseconds),
            *(
                number(ratios[each].median) if each in ratios else NOTHING
                for each in peers
            ),
        )
        lines.append(cells)
    return table((*COLUMNS, *peers), lines)


def counts_table(
    names: Sequence[str],
    rows: Iterable[tuple[str, int | None, Mapping[str, Count]]],
) -> str:
    lines = [
        (
            name,
            NOTHING if target is None else str(target),
            *(_count(counts.get(each)) for each in names),
        )
        for name, target, counts in rows
    ]
    return table(("calls, left", "to reach", *names), lines)


def _count(count: Count | None) -> str:
    return NOTHING if count is None else f"{count.calls}, {count.leftovers:g}"


def replacing_table(rows: Iterable[tuple[int, float, float]]) -> str:
    head = ("routes", "a cell replaces one, ms", "and it has answered, ms")
    return table(head, [(f"{n:,}", f"{a:.2f}", f"{b:.2f}") for n, a, b in rows])


def reached(target: float | None, ratio: float) -> str:
    """Say whether a ratio is at most its target, or how far above it is."""
    if target is None:
        return NOTHING
    return "yes" if ratio <= target else f"{ratio / target:.1f} ×"


def number(value: float) -> str:
    """Return a number with what of its digits says something."""
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.4f}"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    every = [head, *lines]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(_line(each, widths) for each in (head, rule, *every[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
    return f"| {' | '.join(padded)} |"
