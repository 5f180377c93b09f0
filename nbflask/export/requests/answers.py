"""What a test asserts of an answer: all of it, or of a long one what tells it from
others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from werkzeug.exceptions import HTTPException, default_exceptions

from ...grammar.request import MISSING
from ...ipynb.requests.recorded import Answer
from .literals import INDENT, Brackets, call, cut_text, fits, laid, literal, quoted
from .volatile import stable

#: So many lines of JSON, of text or of HTML are compared as a whole.
MOST_JSON = 40
MOST_TEXT = 40
MOST_HTML = 20
#: So many elements of a longer page are looked for.
MOST_ELEMENTS = 6
HTML = "text/html"
#: What stands beside an element on its line.
MOST_ASIDE = "    assert  in response.text"
#: Elements whose text says what a page is about.
TELLING = re.compile(
    r"<(title|h[1-6]|caption|th|td|li|label|button|p|a)\b[^<>]*>[^<>\n]+</\1>"
)
#: The pages of Werkzeug for errors and for redirects.
STANDARD = re.compile(
    r"<!doctype html>\n<html lang=en>\n<title>[^<]*</title>\n<h1>[^<]*</h1>\n"
    r"(?:<p>(.*)</p>\n)?",
    re.DOTALL,
)


def asserted(
    answer: Answer, ignore: Sequence[str], margin: str, *, varies: bool = False
) -> Iterator[str]:
    """Yield the lines that assert what a response holds beside its status. Of one that
    `varies` it is only its shape, unless it is known which fields do."""
    value = answer.json
    if varies and (value is MISSING or not ignore):
        yield from of_shape(answer, margin)
        return
    if answer.location:
        subject = 'response.headers["Location"]'
        yield from is_text(subject, answer.location, margin)
    elif value is not MISSING:
        yield from of_json(value, ignore, margin)
    elif answer.mimetype == HTML and answer.text:
        yield from of_html(answer, answer.text, margin)
    elif answer.content_type:
        kind = quoted(answer.mimetype)
        if answer.mimetype != HTML:
            yield f"{margin}assert response.mimetype == {kind}"
        if answer.text is not None:
            yield from of_text(answer.text, margin, MOST_TEXT)


def of_shape(answer: Answer, margin: str) -> Iterator[str]:
    """Yield what holds of an answer that is another one each time."""
    value = answer.json
    if isinstance(value, dict) and value:
        names = Brackets("{", tuple(map(literal, value)), "}")
        yield laid("assert set(response.json) == ", names, margin)
    elif isinstance(value, list):
        yield f"{margin}assert len(response.json) == {len(value)}"
    elif answer.content_type and not answer.location:
        yield f"{margin}assert response.mimetype == {quoted(answer.mimetype)}"


def of_json(value: object, ignore: Sequence[str], margin: str) -> Iterator[str]:
    kept = stable(value, ignore)
    got = "response.json" if kept == value else "stable(response.json)"
    if isinstance(kept, str):
        yield from is_text(got, kept, margin)
        return
    if kept is None:
        yield f"{margin}assert response.is_json"
    # A linter wants None, True and False to be asked for so.
    same = "is" if kept is None or isinstance(kept, bool) else "=="
    whole = laid(f"assert {got} {same} ", literal(kept), margin)
    if whole.count("\n") < MOST_JSON or not isinstance(kept, list):
        yield whole
        return
    yield f"{margin}rows = {got}"
    yield f"{margin}assert len(rows) == {len(kept)}"
    for place in (0, -1):
        yield laid(f"assert rows[{place}] == ", literal(kept[place]), margin)


def of_html(answer: Answer, text: str, margin: str) -> Iterator[str]:
    standard = STANDARD.fullmatch(text)
    if standard is not None:
        said = standard[1] or ""
        if said and unescape(said) != usual(answer.status):
            piece = quoted(next(cut_text(said)))
            yield f"{margin}assert {piece} in response.text"
        return
    found = telling(text) if text.count("\n") >= MOST_HTML else []
    if not found:
        yield from of_text(text, margin, MOST_TEXT)
    for element in found:
        yield f"{margin}assert {quoted(element)} in response.text"


def usual(status: int) -> str | None:
    return default_exceptions.get(status, HTTPException).description


def telling(text: str) -> list[str]:
    """Return elements of a page from its beginning to its end."""
    found = list(dict.fromkeys(each[0] for each in TELLING.finditer(text)))
    found = [each for each in found if fits(f"{MOST_ASIDE}{quoted(each)}")]
    if len(found) <= MOST_ELEMENTS:
        return found
    half = MOST_ELEMENTS // 2
    return [*found[:half], *found[-half:]]


def is_text(subject: str, text: str, margin: str) -> Iterator[str]:
    """Yield the comparison with a text, on as many lines as it takes."""
    inner, whole = margin + INDENT, f"{subject} == {quoted(text)}"
    if fits(f"{margin}assert {whole}"):
        yield f"{margin}assert {whole}"
    elif fits(inner + whole):
        yield f"{margin}assert (\n{inner}{whole}\n{margin})"
    else:
        lines = [text] if fits(inner + quoted(text)) else cut_text(text)
        yield f"{margin}assert {subject} == ("
        yield from (f"{inner}{quoted(each)}" for each in lines)
        yield f"{margin})"


def of_text(text: str, margin: str, most: int) -> Iterator[str]:
    """Yield the comparison with a text; of a long one its ends and its length."""
    lines = list(cut_text(text))
    if len(lines) <= most:
        yield from is_text("response.text", text, margin)
    else:
        yield f"{margin}assert len(response.text) == {len(text)}"
        for method, piece in (("startswith", lines[0]), ("endswith", lines[-1])):
            asked = call(f"response.text.{method}", [literal(piece)])
            yield laid("assert ", asked, margin)
