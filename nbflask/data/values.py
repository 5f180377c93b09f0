"""Values of data libraries as JSON, CSV and tables can have them. Knows no formats.

Where there is no value (NaN, NaT, NA) or none that JSON can say (an infinity),
there is None. Dates and times become ISO 8601 text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from .frames import PANDAS, POLARS, columns_of
from .libraries import is_a, loaded

Conversion = Callable[[Any], Any]

#: What stands for no value in pandas.
MISSING = ("pandas:NaT", "pandas:NA")
SPANS = ("pandas:Timedelta", "pandas:Period", "pandas:Interval")
ARRAYS = ("numpy:ndarray", "pandas:Index", "pandas.api.extensions:ExtensionArray")


def plain(value: Any) -> Any:
    """Return a value with plain ones in the place of what only a library knows.

    What is neither plain nor known here stays as it is.
    """
    convert = _BY_TYPE.get(type(value))
    if convert is not None:
        return convert(value)
    # Before the libraries are asked: a column of times may have a million, too.
    if isinstance(value, date):
        return of_time(value)
    known, found = foreign(value)
    if known:
        return found
    fitting = (act for kind, act in _BY_BASE if isinstance(value, kind))
    return next(fitting, same)(value)


def foreign(value: Any) -> tuple[bool, Any]:
    """Return whether a value is of a library, and then what is plain for it."""
    if any(value is loaded(each) for each in MISSING):
        return True, None
    if is_a(value, *SPANS):
        return True, str(value)
    if is_a(value, "numpy:generic"):
        return True, of_scalar(value)
    if is_a(value, *ARRAYS):
        return True, of_array(value)
    if is_a(value, *PANDAS, *POLARS):
        return True, records_of(value)
    if is_a(value, "pydantic.main:BaseModel"):
        return True, plain(value.model_dump(mode="json"))
    return False, None


def of_scalar(value: Any) -> Any:
    """Return a NumPy scalar as Python has it; dates as text of their own precision,
    a record as a dict."""
    if value.dtype.names:
        return {name: plain(value[name]) for name in value.dtype.names}
    if value.dtype.kind in "mM":
        return None if value != value else str(value)
    if value.dtype.kind == "f":
        return of_float(float(value))
    item = value.item()
    return str(item) if value.dtype.kind == "c" else plain(item)


def of_array(value: Any) -> Any:
    """Return an array as nested lists; one of records as a list of dicts."""
    if not is_a(value, "numpy:ndarray"):
        return plain(value.tolist())
    if value.dtype.names:
        return [of_scalar(each) for each in value.flat]
    if value.dtype.kind in "mM":
        value = value.astype(str).astype(object)
        value[value == "NaT"] = None
    return plain(value.tolist())


def records_of(frame: Any) -> list[dict[str, Any]]:
    """Return a dict for each row of a frame, its keys in the order of the columns."""
    names, rows = rows_of(frame)
    return [dict(zip(names, row, strict=True)) for row in rows]


def rows_of(frame: Any) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """Return the names of a frame's columns, and its rows as plain values."""
    columns = columns_of(frame)
    cells = (map(plain, each) for each in columns.values())
    return tuple(columns), zip(*cells, strict=True)


def of_float(value: float) -> float | None:
    return value if isfinite(value) else None


def of_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {plain_key(name): plain(each) for name, each in value.items()}


def of_list(value: Any) -> list[Any]:
    return [plain(each) for each in value]


def of_time(value: Any) -> str | None:
    # pandas has a date that is none, which alone does not equal itself.
    return value.isoformat() if value == value else None


def plain_key(name: Any) -> Any:
    """Return a dict's key as JSON can have it, as it is if there is no such thing.

    A key is written as text, so unlike a value it can be NaN or an infinity.
    """
    if name is None or isinstance(name, (str, int)):
        return name
    if isinstance(name, float) or is_a(name, "numpy:floating"):
        return float(name)
    found = plain(name)
    if found is None:
        # JSON has it for None too; as text it can be sorted among dates.
        return "null"
    return found if isinstance(found, (str, int)) else name


def same(value: Any) -> Any:
    return value


#: By the very type, as most values are: a column may have a million.
_BY_TYPE: dict[type[Any], Conversion] = {
    **dict.fromkeys((str, int, bool, type(None)), same),
    **dict.fromkeys((datetime, date, time), of_time),
    **dict.fromkeys((timedelta, Decimal, UUID, complex), str),
    float: of_float,
    dict: of_dict,
    list: of_list,
    tuple: of_list,
}

_BY_BASE: tuple[tuple[Any, Conversion], ...] = (
    (time, of_time),
    ((timedelta, Decimal, UUID, complex), str),
    (float, of_float),
    (dict, of_dict),
    ((list, tuple, set, frozenset), of_list),
)
