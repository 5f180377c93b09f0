"""The text of an .http file, read: requests between ###, variables, names.

Only the text is read here: nothing is filled in, opened or sent. It is the format
of the REST Client for VS Code and of JetBrains' HTTP Client, as far as it makes
sense in a notebook; what does not is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from .braces import Piece, cut_braces
from .errors import LineError
from .http_file import (
    BodyLine,
    Header,
    HttpFile,
    HttpRequest,
    Inclusion,
    Variable,
    at_line,
    on_line,
)
from .items import HEADER_NAME
from .methods import KNOWN_METHODS
from .words import show

Numbered = Sequence[tuple[int, str]]

_SEPARATOR = re.compile(r"#{3,}")
_COMMENT = re.compile(r"\s*(?:#|//)")
# In a body an indented # is text: a list in YAML, a line of code.
_BODY_COMMENT = re.compile(r"#|//")
# These are of a line without the blanks around it: (.*?)\s* would take long.
_DIRECTIVE = re.compile(r"(?:#+|//+)\s*@([\w-]+)(?:\s*=|\b)?\s*(.*)")
_VARIABLE = re.compile(r"@([^\s={}]+)\s*=\s*(.*)")
_INCLUDE = re.compile(r"<(@([\w-]+)?)?[ \t]+(\S.*)")
_SCRIPT = re.compile(r"[<>]\s*\{%|>\s+\S.*\.js$")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_VERSION = re.compile(r"HTTP/\d+(?:\.\d+)?", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_TARGET = re.compile(r"/|\{\{|\w+://|[\w.-]*:\d|localhost\b|[\w-]+\.[\w-]+")
_FURTHER = re.compile(r"\s*[?&]|\s+/(?!/)")
_SAVE = re.compile(r">>!?\s+\S")
_FORMER = re.compile(r"<>\s")
_REQUEST = re.compile(rf"(?:{'|'.join(KNOWN_METHODS)})[ \t]+(?:/|https?://|\{{\{{)")
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)

#: What may stand in a comment and asks for what is not done here, and what to do.
_REFUSED = {
    "prompt": "write @{rest} = value, or a Python variable of that name",
    "no-cookie-jar": "leave it out, and send the cell with --client NAME for a new jar",
}


def read_http(text: str, first: int = 1) -> HttpFile:
    """Read a text whose first line has the number `first`.

    GET /users                    HttpRequest("GET", "/users", 1)
    ### Make one                  HttpRequest("POST", "/users", 3, title="Make one", …)
    POST /users

    Raises LineError with the line, what is wrong and the fix.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    requests, variables = [], []
    for title, block in _blocks(list(enumerate(lines, first))):
        reading = _Reading(title)
        reading.read(block)
        variables += reading.variables
        if reading.request is not None:
            requests.append(reading.request)
    if not requests and not variables:
        raise LineError("There is no request: write one, such as GET /users")
    return HttpFile(tuple(requests), tuple(variables))


def _blocks(lines: Numbered) -> Iterator[tuple[str, Numbered]]:
    """Yield what stands between separators, each with the title above it."""
    title, block = "", list[tuple[int, str]]()
    for number, text in lines:
        if _SEPARATOR.match(text):
            yield title, block
            title, block = text.lstrip("#").strip(), []
        else:
            block.append((number, text))
    yield title, block


@dataclass(slots=True)
class _Reading:
    """One block while it is read, line by line: `step` reads the next."""

    title: str
    variables: list[Variable] = field(default_factory=list)
    request: HttpRequest | None = None
    name: str = ""
    follows: bool = True
    headers: list[Header] = field(default_factory=list)
    step: Callable[[int, str], None] = field(init=False)

    def __post_init__(self) -> None:
        self.step = self.read_head

    def read(self, block: Numbered) -> None:
        at = 0
        while at < len(block) and self.step != self.read_nothing:
            self.step(*block[at])
            at += 1
        if self.request is None:
            if self.name:
                raise at_line(
                    block[-1][0], f"@name {self.name} has no request below it."
                )
            return
        body, left_out = _body(block[at:])
        self.request = replace(
            self.request,
            headers=tuple(self.headers),
            body=body,
            title=self.title,
            name=self.name,
            follows=self.follows,
            left_out=left_out,
        )

    def read_head(self, number: int, text: str) -> None:
        """Read what stands above a request, and its first line."""
        if not text.strip() or self.is_comment(number, text):
            return
        variable = _VARIABLE.fullmatch(text.strip())
        if variable is not None:
            with on_line(number):
                pieces = tuple(map(_unescaped, cut_braces(variable[2])))
            self.variables.append(Variable(variable[1], pieces, number))
            return
        self.request = HttpRequest(*_request_line(number, text.strip()), number)
        self.step = self.read_target

    def read_target(self, number: int, text: str) -> None:
        """Read a further line of the target, or the first header."""
        assert self.request is not None
        if text.strip() and self.is_comment(number, text):
            return
        if _FURTHER.match(text):
            target = self.request.target + _without_version(text.strip())
            self.request = replace(self.request, target=target)
            return
        self.step = self.read_header
        self.read_header(number, text)

    def read_header(self, number: int, text: str) -> None:
        if not text.strip():
            self.step = self.read_nothing
        elif not self.is_comment(number, text):
            self.headers.append(_header(number, text))

    def read_nothing(self, number: int, text: str) -> None:
        """The body comes next, which is read as a whole."""

    def is_comment(self, number: int, text: str) -> bool:
        """Whether a line is a comment; what it asks for is taken down."""
        if not _COMMENT.match(text):
            return False
        asked = _DIRECTIVE.fullmatch(text.strip())
        if asked is None:
            return True
        if asked[1] in _REFUSED:
            raise _refused(number, asked[1], asked[2])
        if asked[1] == "name":
            self.name = _name(number, asked[2])
        self.follows = self.follows and asked[1] != "no-redirect"
        return True


def _refused(number: int, word: str, rest: str) -> LineError:
    fix = _REFUSED[word].format(rest=(rest.split() or ["name"])[0])
    return at_line(number, f"@{word} is not done in a notebook: {fix}.")


def _name(number: int, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise at_line(
            number,
            f"{show(text)} is no name of a request: write one word of letters,"
            " digits, - and _, such as # @name login",
        )
    return text


def _unescaped(piece: Piece) -> Piece:
    if piece.is_expression:
        return piece
    return Piece(
        _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), piece.text)
    )


def _request_line(number: int, text: str) -> tuple[str, str]:
    """Return method and target. Raises LineError for what is no request."""
    text = _without_version(text)
    first = _WORD.match(text)
    assert first is not None
    word, rest = first[0], text[first.end() :].strip()
    if word.upper() in KNOWN_METHODS:
        if not rest:
            raise at_line(number, f"The path is missing: write one, {word} /users")
        return word.upper(), rest
    if word == "curl":
        raise at_line(number, "Commands of curl are not read: write GET /users")
    if rest and word.isalpha():
        near = get_close_matches(word.upper(), KNOWN_METHODS, 1)
        known = f"there are {' '.join(KNOWN_METHODS)}."
        fix = f"did you mean {near[0]}?" if near else known
        raise at_line(number, f"There is no method {show(word)}: {fix}")
    if not _TARGET.match(text):
        raise at_line(
            number, f"{show(text)} is no request: write METHOD PATH, such as GET /users"
        )
    return "GET", text


def _without_version(text: str) -> str:
    *words, last = text.rsplit(None, 1)
    return words[0] if words and _VERSION.fullmatch(last) else text


def _header(number: int, text: str) -> Header:
    name, colon, value = text.strip().partition(":")
    name = name.rstrip()
    if _REQUEST.match(text):
        raise _second_request(number)
    if not colon or not ("{{" in name or HEADER_NAME.fullmatch(name)):
        raise at_line(
            number,
            f"{show(text.strip())} is no header: write Name: value, and leave a line"
            " empty above a body.",
        )
    return Header(name, value.strip(), number)


def _second_request(number: int) -> LineError:
    return at_line(
        number, "A second request begins here: put a line with ### above it."
    )


def _body(
    lines: Numbered,
) -> tuple[tuple[BodyLine | Inclusion, ...], tuple[int, ...]]:
    """Return a body without empty lines around it, and the comments left out."""
    kept: list[BodyLine | Inclusion] = []
    left_out = []
    after_empty = True
    for number, text in lines:
        _check_body_line(number, text, after_empty=after_empty)
        after_empty = not text.strip()
        if _BODY_COMMENT.match(text):
            left_out.append(number)
        elif not _FORMER.match(text):
            kept.append(_body_line(number, text))
    while kept and _is_empty(kept[-1]):
        kept.pop()
    while kept and _is_empty(kept[0]):
        kept.pop(0)
    return tuple(kept), tuple(left_out)


def _body_line(number: int, text: str) -> BodyLine | Inclusion:
    included = _INCLUDE.fullmatch(text.rstrip())
    if included is None:
        return BodyLine(text, number)
    encoding = (included[2] or "utf-8") if included[1] else None
    return Inclusion(included[3], encoding, number)


def _is_empty(part: BodyLine | Inclusion) -> bool:
    return isinstance(part, BodyLine) and not part.text.strip()


def _check_body_line(number: int, text: str, *, after_empty: bool) -> None:
    """Raise LineError for what is no body but asks for something else."""
    if _SCRIPT.match(text.strip()):
        raise at_line(
            number,
            "A script is JavaScript, which is not run here: remove it, and look at the"
            " response in Python.",
        )
    if _SAVE.match(text):
        raise at_line(
            number,
            "A response is not saved to a file here: remove the line, and write"
            " response.data with Python.",
        )
    asked = _DIRECTIVE.fullmatch(text.strip())
    if after_empty and _REQUEST.match(text):
        raise _second_request(number)
    if asked is not None and asked[1] == "name":
        raise at_line(
            number,
            "@name stands below a request: put a line with ### above it, and a"
            " request below.",
        )
