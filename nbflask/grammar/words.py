"""A line cut into words, and Python values put into them.

Quoting is a shell's, except that {{expressions}} and JSON after := survive
unquoted. Knows no options, no HTTP and no IPython.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterator

from .errors import LineError

Evaluate = Callable[[str], object]

# The longest first: at one place the longest separator wins.
SEPARATORS = (":=@", "=@", ":=", "==", "=", ":", "@")
_SEPARATOR_CHARACTERS = frozenset("=:@;")
_ESCAPE = re.compile(r"\\([=:@;])")
_BLANK = " \t\r\n"
_JSON_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[\\\[\]{}]')


def show(text: str, limit: int = 60) -> str:
    """Return text quoted on one line, cut in its middle beyond limit."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[-limit // 3 :]}"
    return repr(text)


def split(line: str) -> list[str]:
    """Cut a line into words with a shell's quoting.

    name="Ada L" d:={"a": [1, 2]} /u/{{ ids[0] }} becomes
    ['name=Ada L', 'd:={"a": [1, 2]}', '/u/{{ ids[0] }}']. A # after a blank begins
    a comment, as in Python.

    Raises LineError for a quote that is never closed.
    """
    return [word for word, _ in cut(line)]


def cut(line: str) -> Iterator[tuple[str, str]]:
    """Yield a line's words, each with what was typed: ('name=Ada', 'name="Ada"')."""
    at = 0
    while True:
        while at < len(line) and line[at] in _BLANK:
            at += 1
        if at == len(line) or (line[at] == "#" and at > 0):
            return
        start = at
        word, at = _read_word(line, at)
        yield word, line[start:at]


def _read_word(line: str, at: int) -> tuple[str, int]:
    word = ""
    while at < len(line) and line[at] not in _BLANK:
        piece, at = _read_piece(line, at, word)
        word += piece
    return word, at


def _read_piece(line: str, at: int, word: str) -> tuple[str, int]:
    """Return the next piece of a word, unquoted, and where it ends."""
    character = line[at]
    if character in '{["':
        end = _expression_end(line, at) or _json_value_end(line, at, word)
        if end is not None:
            return line[at:end], end
    if character in "'\"":
        return _read_quoted(line, at)
    if character == "\\":
        return _read_escape(line, at)
    return character, at + 1


def _read_quoted(line: str, start: int) -> tuple[str, int]:
    quote = line[start]
    text = ""
    at = start + 1
    while at < len(line):
        if line[at] == quote:
            return text, at + 1
        if quote == '"' and line[at : at + 2] in ('\\"', "\\\\"):
            at += 1
        text += line[at]
        at += 1
    raise LineError(
        f"The quote {quote} in column {start + 1} is never closed: "
        f"add a closing {quote}, or write \\{quote} for the character itself."
    )


def _read_escape(line: str, at: int) -> tuple[str, int]:
    if at + 1 == len(line):
        raise LineError(
            f"The backslash in column {at + 1} ends the line: "
            "write \\\\ for the character itself."
        )
    escaped = line[at + 1]
    # a\=b=c: an item's escape is for the item's reader, `unescape`.
    return ("\\" if escaped in _SEPARATOR_CHARACTERS else "") + escaped, at + 2


def _json_value_end(line: str, at: int, word: str) -> int | None:
    """Return where the unquoted JSON value of `word` ends, if one begins here."""
    if not word.endswith(":=") or find_separator(word) != (len(word) - 2, ":="):
        return None
    rest = mask(line[at:])
    try:
        length = json.JSONDecoder().raw_decode(rest)[1]
    except (ValueError, RecursionError):
        # Broken, but kept whole: the error can then name the right column.
        length = _balanced_length(rest)
    return (
        at + length if length and rest[length : length + 1] in ("", *_BLANK) else None
    )


def _balanced_length(text: str) -> int:
    """Return how long the brackets that open text are, 0 if they never close."""
    depth = 0
    for mark in _JSON_MARK.finditer(text):
        if mark[0] == "\\":
            return 0  # {\"a\": 1} is quoted for a shell
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end() if text[0] in "{[" else 0
    return 0


def _expression_end(text: str, at: int) -> int | None:
    """Return where the {{expression}} that begins at `at` ends, if one does.

    The expression may hold braces: the first }} that makes it Python wins,
    else the first of all.
    """
    if not text.startswith("{{", at):
        return None
    close = first = text.find("}}", at + 2)
    while close != -1:
        if is_python(text[at + 2 : close]):
            return close + 2
        close = text.find("}}", close + 1)
    return first + 2 if first != -1 else None


def is_python(text: str) -> bool:
    """Whether a text reads as a Python expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (is_expression, text); an expression comes without its braces."""
    at = 0
    while at < len(text):
        start = text.find("{{", at)
        end = _expression_end(text, start) if start != -1 else None
        if end is None:
            yield False, text[at:]
            return
        if start > at:
            yield False, text[at:start]
        yield True, text[start + 2 : end - 2].strip()
        at = end


def mask(text: str) -> str:
    """Return text with each {{expression}} as a JSON number of equal length."""
    masked = ""
    at = 0
    while (start := text.find("{{", at)) != -1:
        end = _expression_end(text, start)
        if end is None:
            break
        masked += text[at:start] + "0".ljust(end - start)
        at = end
    return masked + text[at:]


def find_separator(word: str) -> tuple[int, str] | None:
    """Return where an item's separator stands and which it is."""
    masked = mask(word)
    at = 0
    while at < len(masked):
        if masked[at] == "\\" and masked[at + 1 : at + 2] in _SEPARATOR_CHARACTERS:
            at += 2
            continue
        for separator in SEPARATORS:
            if masked.startswith(separator, at):
                return at, separator
        at += 1
    return None


def unescape(text: str) -> str:
    """Return text with separators freed of their backslash, expressions as typed."""
    return "".join(
        f"{{{{{piece}}}}}" if is_expression else _ESCAPE.sub(r"\1", piece)
        for is_expression, piece in pieces(text)
    )


def fill(word: str, evaluate: Evaluate) -> str:
    """Return the word with each {{expression}} replaced by its value.

    After := a value is inserted as JSON, elsewhere and inside a JSON string
    as str(value). Single braces and <int:id> stay as they are.

    Raises LineError for an expression that fails or is never closed.
    """
    found = find_separator(word)
    if found is None or found[1] != ":=":
        return fill_text(word, evaluate)
    start = found[0] + 2
    return fill_text(word[:start], evaluate) + fill_json(word[start:], evaluate)


def fill_text(text: str, evaluate: Evaluate) -> str:
    """Replace each {{expression}} by str(value)."""
    return "".join(
        str(python_value(piece, evaluate)) if is_expression else _closed(piece)
        for is_expression, piece in pieces(text)
    )


def fill_json(text: str, evaluate: Evaluate) -> str:
    """Replace each {{expression}} by its value's JSON; in a string by its text."""
    filled = ""
    for is_expression, piece in pieces(text):
        if not is_expression:
            filled += _closed(piece)
            continue
        value = python_value(piece, evaluate)
        filled += (
            to_json(str(value), piece)[1:-1]
            if ends_in_string(filled)
            else (to_json(value, piece))
        )
    return filled


def ends_in_string(text: str) -> bool:
    """Whether a piece of JSON ends inside a string."""
    return re.sub(r"\\.", "", text).count('"') % 2 == 1


def _closed(piece: str) -> str:
    if "{{" in piece:
        raise LineError(
            f"{{{{ is never closed in {show(piece)}: write {{{{expression}}}}, "
            "or {{'{{'}} for the braces themselves."
        )
    return piece


def python_value(expression: str, evaluate: Evaluate) -> object:
    """Return an expression's value. LineError says how it failed."""
    try:
        return evaluate(expression)
    except Exception as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        fix = (
            "define it in a cell first"
            if isinstance(error, NameError)
            else "try the expression in a cell of its own"
        )
        raise LineError(f"{{{{{expression}}}}} failed, {message}: {fix}.") from error


def to_json(value: object, expression: str) -> str:
    """Return a value's JSON. LineError names the expression it came from."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise LineError(
            f"{{{{{expression}}}}} is not JSON, {error}: "
            "use = to send it as a string, or insert a plain value."
        ) from error


def _plain(value: object) -> object:
    # NumPy's and pandas' values and arrays, without importing either.
    convert = getattr(value, "tolist", None)
    if convert is None:
        raise TypeError(f"a value of type {type(value).__name__} has no JSON form")
    return convert()
