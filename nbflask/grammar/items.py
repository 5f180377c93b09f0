"""HTTPie's items: one word, its separator, what it says. Knows no request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import LineError
from .words import Evaluate, fill_json, fill_text, find_separator, show, unescape

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Item:
    """key, separator and value of a word such as age:=36; word is as typed.

    The separator ";" stands for `Header;`, an empty header.
    """

    key: str
    separator: str
    value: str
    word: str


def read_item(word: str, evaluate: Evaluate | None = None) -> Item:
    r"""Cut an item at its earliest, longest separator; a\=b=c has the key a=b.

    {{Expressions}} are filled in after the cut, so that no value can be
    mistaken for a separator; a word without any is filled first.

    Raises LineError for a word that is no item.
    """
    if find_separator(word) is None and "{{" in word and evaluate is not None:
        word, evaluate = fill_text(word, evaluate), None
    item = _cut(word)
    if evaluate is not None:
        fill_value = fill_json if item.separator == ":=" else fill_text
        value = fill_value(item.value, evaluate)
        item = Item(fill_text(item.key, evaluate), item.separator, value, word)
    _check(item)
    return item


def _cut(word: str) -> Item:
    found = find_separator(word)
    if found is None and word.endswith(";"):
        return Item(unescape(word[:-1]), ";", "", word)
    if found is None:
        raise LineError(
            f"{show(word)} is no item: write key=value, key:=json, key==query, "
            "Header:value or field@file."
        )
    at, separator = found
    value = word[at + len(separator) :]
    # JSON has escapes of its own.
    value = value if separator == ":=" else unescape(value)
    return Item(unescape(word[:at]), separator, value, word)


def _check(item: Item) -> None:
    if not item.key:
        raise LineError(
            f"{show(item.word)} has no name before {item.separator}: "
            f"write one, name{item.separator}…"
        )
    if any("\ud800" <= character <= "\udfff" for character in item.key + item.value):
        raise LineError(
            f"{show(item.word)} holds half a character (a lone surrogate): remove it."
        )
    if item.separator in (":", ";"):
        _check_header(item)


def _check_header(item: Item) -> None:
    if not HEADER_NAME.fullmatch(item.key):
        raise LineError(
            f"{show(item.key)} in {show(item.word)} is no header's name: use letters, "
            "digits and hyphens, or = for a field."
        )
    if re.search(r"[\r\n\0]", item.value):
        raise LineError(
            f"The header {item.key} has a line break or null in its value "
            f"{show(item.value)}: remove it."
        )


def read_json(item: Item, text: str) -> object:
    """Return the JSON value of an item; text is its value or its file's content.

    Raises LineError with the item, the column and the fix.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} " if "\n" in text else ""
        reason = f"{error.msg} at {where}column {error.colno} of {show(text)}"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise LineError(
        f"{show(item.word)} is not JSON after {item.separator}, {reason}: "
        "use = for a string."
    )


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} has no JSON form (null has)")


def read_bytes(item: Item, name: str) -> bytes:
    """Return a file's content; LineError names the absolute path tried."""
    path = Path(name).expanduser().absolute()
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problem = f"there is no file {show(str(path), 200)}"
    except IsADirectoryError:
        problem = f"{show(str(path), 200)} is a folder"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = f"{show(str(path), 200)} cannot be read ({reason})"
    raise LineError(f"{show(item.word)}: {problem}; name a file, or move with %cd.")


def read_text(item: Item) -> str:
    """Return a file's content as text; LineError if it is not UTF-8."""
    try:
        return read_bytes(item, item.value).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineError(
            f"{show(item.word)}: the file is not UTF-8 text; "
            f"send it as a file with {item.key}@{item.value}."
        ) from error
