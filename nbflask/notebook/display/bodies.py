"""A body's bytes read for showing: which parts a card has, all bounded.

Knows no HTML of the card; what it reads never raises.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from dataclasses import dataclass
from html import unescape

from werkzeug.exceptions import default_exceptions

from .tree import Node, Table, records_table, table, tree
from .view import Limits, ResponseView

_IMAGES = frozenset(
    f"image/{kind}"
    for kind in ("png", "jpeg", "gif", "webp", "avif", "bmp", "svg+xml", "x-icon")
)
_TEXTUAL = re.compile(
    r"text/.*|.*\+xml|application/(xml|javascript|x-ndjson|yaml|toml|sql"
    r"|x-www-form-urlencoded)"
)
_STANDARD_PAGE = re.compile(
    r"\s*<!doctype html>\s*<html lang=en>\s*<title>(\d{3} [^<]*|Redirecting\.\.\.)"
    r"</title>[^<]*<h1>[^<]*</h1>\s*<p>(?P<words>(?:[^<]|<a href=|</a>)*)(</p>)?\s*",
    re.IGNORECASE,
)
# Heights in pixels of what a page shows, for a frame that cannot measure itself.
_HEIGHTS = {
    "h1": 60, "h2": 48, "h3": 42, "p": 34, "li": 22, "tr": 26, "br": 20, "hr": 20,
    "div": 6, "img": 150, "svg": 150, "input": 30, "button": 30, "select": 30,
    "textarea": 60, "pre": 30, "blockquote": 30, "label": 20, "video": 150,
}  # fmt: skip
_TAG = re.compile(r"<([a-z]+[1-6]?)\b", re.IGNORECASE)
_UNSEEN = re.compile(r"</?(?:script|style|title)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Download:
    """A link that holds the whole body."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML body for the sandboxed frame, with its estimated height."""

    source: str
    height: int


@dataclass(frozen=True, slots=True)
class Body:
    """The parts of a body to show. text is for text/plain; source for a <pre>."""

    text: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    table: Table | None = None
    tree: Node | None = None
    page: Page | None = None
    picture: str = ""
    download: Download | None = None
    is_standard: bool = False
    is_hex: bool = False


def read(view: ResponseView, limits: Limits) -> Body:
    """Read a response's body for showing, by its mimetype."""
    mimetype = view.mimetype.lower()
    if not view.body:
        return Body(notes=("The body is empty.",) if view.truncated is None else ())
    if mimetype in _IMAGES:
        return _image(view, mimetype, limits)
    text = _decode(view.body, view.charset)
    if mimetype == "application/json" or mimetype.endswith("+json"):
        return _json(text, limits, whole=view.truncated is None)
    if mimetype in ("text/html", "application/xhtml+xml"):
        return _html(text, limits)
    if mimetype in ("text/csv", "text/tab-separated-values"):
        return _csv(text, mimetype, limits)
    if _TEXTUAL.fullmatch(mimetype) or (not mimetype and _looks_like_text(text)):
        return _text(text, limits)
    return _binary(view, limits)


def _looks_like_text(text: str) -> bool:
    return "\ufffd" not in text and "\0" not in text


def _decode(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except Exception:
        # The response chose the codec: whatever it raises must not cost the card.
        return body.decode("utf-8", "replace")


def bound(text: str, limits: Limits) -> tuple[str, str]:
    """Return the text's beginning and a note on what is left out, if anything."""
    kept = text[: limits.characters]
    lines = kept.splitlines(keepends=True)
    kept = "".join(lines[: limits.lines])
    if len(kept) == len(text):
        return text.removesuffix("\n"), ""
    return kept, f"{len(text) - len(kept):,} more characters are not shown."


def _text(text: str, limits: Limits, *notes: str) -> Body:
    kept, left_out = bound(text, limits)
    all_notes = tuple(note for note in (*notes, left_out) if note)
    return Body(text=kept, source=kept, notes=all_notes)


def _json(text: str, limits: Limits, *, whole: bool) -> Body:
    try:
        value = json.loads(text, parse_constant=_refuse)
        pretty = json.dumps(value, indent=2, ensure_ascii=False)
        root, rows = tree(value, limits), records_table(value, limits)
    except (ValueError, RecursionError) as error:
        reason = "nests too deep" if isinstance(error, RecursionError) else str(error)
        note = f"This is not valid JSON: {reason}." if whole else ""
        return _text(text, limits, note)
    kept, left_out = bound(pretty, limits)
    notes = (left_out,) if left_out else ()
    return Body(text=kept, source=kept, notes=notes, tree=root, table=rows)


def _refuse(name: str) -> object:
    raise ValueError(f"{name} has no JSON form")


def _html(text: str, limits: Limits) -> Body:
    kept, left_out = bound(text, limits)
    page = text[: limits.page]
    standard = _STANDARD_PAGE.fullmatch(text) if len(text) < 2000 else None
    said = _own_words(standard) if standard else ""
    return Body(
        text=kept,
        source=kept,
        notes=tuple(filter(None, (said, left_out))),
        page=Page(page, _height(page)),
        is_standard=standard is not None,
    )


def _own_words(page: re.Match[str]) -> str:
    """Return what a standard page says beyond the standard: abort(404, "…")."""
    words = " ".join(unescape(_MARKUP.sub("", page["words"])).split())
    error = default_exceptions.get(int(page[1][:3]) if page[1][:3].isdigit() else 0)
    usual = " ".join((error.description or "").split()) if error else words
    return "" if words == usual else words


def _height(page: str) -> int:
    """Estimate a page's height in pixels, between a line and half a screen."""
    tags = sum(_HEIGHTS.get(name.lower(), 0) for name in _TAG.findall(page))
    seen = "".join(_UNSEEN.split(page)[::2])
    wrapped = len(" ".join(_MARKUP.sub(" ", seen).split())) // 90 * 20
    return max(64, min(480, 40 + tags + wrapped))


def _csv(text: str, mimetype: str, limits: Limits) -> Body:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    if mimetype == "text/tab-separated-values":
        delimiter = "\t"
    try:
        lines = io.StringIO(text, newline="")
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error as error:
        return _text(text, limits, f"This is not valid CSV: {error}.")
    body = _text(text, limits)
    if not rows:
        return body
    width = max(map(len, rows))
    padded = ([*row, *[""] * (width - len(row))] for row in rows[1 : limits.rows + 1])
    columns = [*rows[0], *[""] * (width - len(rows[0]))]
    shown = table(columns, padded, len(rows) - 1, limits)
    return Body(text=body.text, source=body.source, notes=body.notes, table=shown)


def _image(view: ResponseView, mimetype: str, limits: Limits) -> Body:
    if len(view.body) > limits.image or view.truncated is not None:
        return _binary(view, limits)
    data = base64.b64encode(view.body).decode()
    source = ""
    if mimetype == "image/svg+xml":
        source = bound(_decode(view.body, view.charset), limits)[0]
    return Body(
        text=source or _hex(view.body[:32], limits),
        source=source,
        picture=f"data:{mimetype};base64,{data}",
        download=_download(view, limits),
    )


def _binary(view: ResponseView, limits: Limits) -> Body:
    preview = _hex(view.body, limits)
    left_out = len(view.body) - 16 * limits.hex_rows
    download = _download(view, limits)
    notes = (
        f"{left_out:,} more bytes are not shown." if left_out > 0 else "",
        "" if download else "The body is too big for a link here: r.data has it.",
    )
    shown = tuple(filter(None, notes))
    return Body(preview, preview, shown, download=download, is_hex=True)


def _hex(body: bytes, limits: Limits) -> str:
    """Return 00000000  89 50 4e 47 …  |.PNG| lines of 16 bytes."""
    rows = []
    for at in range(0, min(len(body), 16 * limits.hex_rows), 16):
        part = body[at : at + 16]
        plain = "".join(chr(b) if 32 <= b < 127 else "." for b in part)
        rows.append(f"{at:08x}  {part.hex(' '):<47}  {plain}")
    return "\n".join(rows)


def _download(view: ResponseView, limits: Limits) -> Download | None:
    if len(view.body) > limits.download:
        return None
    last = view.path.partition("?")[0].rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", last).strip("._")[:60] or "response"
    data = base64.b64encode(view.body).decode()
    return Download(name, f"data:application/octet-stream;base64,{data}")
