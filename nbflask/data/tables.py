"""Frames as rows of plain values, and those as CSV and HTML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, Template

from .values import rows_of


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain values; no two columns have one name."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def csv(self) -> str:
        """Return the table as CSV (RFC 4180, but lines end with a plain newline)."""
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(self.names)
        writer.writerows(self._text_rows())
        return lines.getvalue()

    def html(self) -> str:
        """Return the table as an HTML table, everything in it escaped."""
        return template().render(names=self.names, rows=self._text_rows())

    def _text_rows(self) -> Iterator[list[Any]]:
        return ([as_text(each) for each in row] for row in self.rows)


@cache
def template() -> Template:
    source = (files(__package__) / "table.html").read_text("utf-8")
    lean = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return lean.from_string(source)


def as_text(value: Any) -> Any:
    """Return a cell as CSV and HTML show it: nested values as JSON."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else value


def table_of(frame: Any) -> Table:
    """Return a DataFrame or Series of pandas or polars as a table."""
    names, rows = rows_of(frame)
    return Table(names, tuple(rows))
