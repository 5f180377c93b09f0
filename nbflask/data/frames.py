"""DataFrames and Series of pandas and polars as columns of Python values.

An index that says something becomes columns, so that nothing is lost. One that only
numbers the rows does not: it would come and go as rows are selected and sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .libraries import is_a

PANDAS = ("pandas:DataFrame", "pandas:Series")
POLARS = ("polars:DataFrame", "polars:Series", "polars:LazyFrame")

#: What a column is called that has no name.
UNNAMED = "value"


def columns_of(frame: Any) -> dict[str, list[Any]]:
    """Return a frame's columns by name, in their order; each name is given once."""
    if is_a(frame, *POLARS):
        whole = as_polars_frame(frame)
        return {each.name: each.to_list() for each in whole.get_columns()}
    whole = as_pandas_frame(frame)
    return {name: whole[name].to_list() for name in whole.columns}


def as_polars_frame(frame: Any) -> Any:
    """Return a polars DataFrame for one, for a Series and for what is not yet done."""
    if is_a(frame, "polars:LazyFrame"):
        return frame.collect()
    if is_a(frame, "polars:Series"):
        return frame.to_frame(frame.name or UNNAMED)
    return frame


def as_pandas_frame(frame: Any) -> Any:
    """Return a pandas DataFrame for one, and for a Series.

    Its columns have names of text, each another, and what its index says is in them.
    """
    whole = with_index_as_columns(frame)
    return whole.set_axis(apart(map(label_of, whole.columns)), axis="columns")


def with_index_as_columns(frame: Any) -> Any:
    """Return a pandas frame whose index says nothing, or only numbers the rows."""
    if is_a(frame, "pandas:Series"):
        frame = frame.to_frame(UNNAMED if frame.name is None else frame.name)
    if numbers_rows(frame.index):
        return frame
    # Its labels may be of a kind that takes no new ones, such as categories.
    if frame.columns.nlevels == 1:
        frame = frame.set_axis(frame.columns.astype(object), axis="columns")
    return frame.reset_index(allow_duplicates=True)


def numbers_rows(index: Any) -> bool:
    """Whether an index is of whole numbers that nobody gave a name, in any order.

    A name, text, dates, fractions, categories and several levels say something.
    """
    return index.name is None and index.inferred_type == "integer"


def label_of(label: Any) -> str:
    """Return a column's label as text; the levels of one joined: "price_mean"."""
    parts = label if isinstance(label, tuple) else (label,)
    texts = (part.isoformat() if hasattr(part, "isoformat") else part for part in parts)
    return "_".join(str(each) for each in texts if each not in ("", None)) or UNNAMED


def apart(labels: Iterable[str]) -> list[str]:
    """Return labels with a number after those that are taken: "x", "x.1"."""
    names: dict[str, None] = {}
    for label in labels:
        name, number = label, 0
        while name in names:
            number += 1
            name = f"{label}.{number}"
        names[name] = None
    return [*names]
