"""A body as a DataFrame: a list of JSON objects, or CSV. The one place that imports
a data library, where a person asks for a frame.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from importlib import import_module
from pathlib import PurePath
from typing import Any

from .offers import is_json

#: Media types of CSV, and what separates its fields.
SEPARATORS = {
    "text/csv": ",",
    "application/csv": ",",
    "text/tab-separated-values": "\t",
}
#: What a file holds by the end of its name. Its media type is not to be relied on:
#: browsers call CSV application/vnd.ms-excel where a spreadsheet program is installed.
ENDINGS = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
}
TAKES = "a list of JSON objects (application/json) or CSV (text/csv)"
KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class Unreadable(ValueError):
    """A body is no frame; the message says what is wrong with it, and where."""


class UnknownFormat(Unreadable):
    """A body is of a media type that no frame is read from."""


def frame_of(body: bytes, mimetype: str, charset: str | None = None) -> Any:
    """Return a body as a pandas DataFrame, of polars if only that is loaded.

    Raises UnknownFormat, Unreadable, and ModuleNotFoundError where neither library
    is installed.
    """
    kind = mimetype.lower()
    if is_json(kind):
        return of_records(records_in(text_of(body, charset)))
    if kind in SEPARATORS:
        return of_csv(text_of(body, charset), SEPARATORS[kind])
    named = f"is {kind}" if kind else "has no Content-Type"
    raise UnknownFormat(f"The body {named}; a DataFrame is read from {TAKES}.")


def kind_of_file(mimetype: str, name: str | None) -> str:
    """Return a file's media type: its own if that is a table's, else by its name."""
    kind = mimetype.lower()
    if kind in SEPARATORS or is_json(kind):
        return kind
    return ENDINGS.get(PurePath(name or "").suffix.lower(), kind)


def library() -> Any:
    """Return pandas, or polars if only that is loaded."""
    if "polars" in sys.modules and "pandas" not in sys.modules:
        return sys.modules["polars"]
    try:
        return import_module("pandas")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "A DataFrame needs pandas, which is not installed: pip install pandas."
            " With polars, import that first.",
            name=error.name,
        ) from error


def text_of(body: bytes, charset: str | None) -> str:
    """Return a body as text. Raises Unreadable if it is not, or is empty."""
    name = charset or "utf-8"
    try:
        # The mark that some programs put first is no part of the first column.
        text = body.decode(name).removeprefix("\ufeff")
    except LookupError:
        raise Unreadable(f"The body's charset {name!r} is unknown.") from None
    except ValueError as error:
        at = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise Unreadable(
            f"The body is not {name} text{at}. Say which it is in the Content-Type,"
            " as in text/csv; charset=latin-1."
        ) from None
    if not text.strip():
        raise Unreadable(f"The body is empty; it takes {TAKES}.")
    return text


def records_in(text: str) -> list[dict[str, Any]]:
    """Return the list of objects that JSON text is. Raises Unreadable."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"The body is not JSON: {error.msg} at line {error.lineno} column"
            f" {error.colno}."
        ) from None
    except RecursionError:
        raise Unreadable("The body's JSON nests too deep.") from None
    except ValueError:
        raise Unreadable("The body's JSON has a number that is too long.") from None
    if not isinstance(found, list):
        what = KINDS[type(found)]
        raise Unreadable(f'The body is {what}, not a list of objects: [{{"x": 1}}, …].')
    for at, each in enumerate(found, 1):
        if not isinstance(each, dict):
            what = KINDS[type(each)]
            raise Unreadable(f"Item {at} of the body's list is {what}, not an object.")
    return found


def of_records(records: list[dict[str, Any]]) -> Any:
    found = library()
    options = {} if found.__name__ == "pandas" else {"infer_schema_length": None}
    try:
        return found.DataFrame(records, **options)
    except Exception as error:  # for text that is none, or a mixed column of polars
        raise Unreadable(f"The objects make no frame: {first_line(error)}") from error


def of_csv(text: str, separator: str) -> Any:
    """Return CSV text, whose first row names the columns, as a frame."""
    check_rows(text, separator)
    found = library()
    lines = io.StringIO(text)
    try:
        if found.__name__ == "pandas":
            return found.read_csv(lines, sep=separator)
        return found.read_csv(lines, separator=separator, infer_schema_length=None)
    except Exception as error:  # each library has errors of its own
        raise Unreadable(f"The CSV makes no frame: {first_line(error)}") from error


def check_rows(text: str, separator: str) -> None:
    """Raise Unreadable unless each row has as many fields as the first.

    pandas would fill up a short row, and take a column for an index.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    width = 0
    try:
        for row in rows:
            width = width or len(row)
            if row and len(row) != width:
                raise Unreadable(
                    f"The CSV is ragged: line {rows.line_num} has {fields(len(row))},"
                    f" the header has {fields(width)}."
                )
    except csv.Error as error:
        if "field limit" in str(error):
            return  # what is longer than Python's own reader takes is no mistake
        where = f"line {rows.line_num}"
        raise Unreadable(f"The body is not CSV: {error} in {where}.") from None


def fields(count: int) -> str:
    return f"{count} field" + ("" if count == 1 else "s")


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
