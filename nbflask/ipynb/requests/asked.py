"""The requests of a notebook's file: those that its outputs tell of, and of the others
what their text alone says.

A request with an {{expression}}, or with a file of this computer, is known from its
output or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ...grammar.errors import LineError
from ...grammar.http_file import HttpFile, HttpRequest, Inclusion
from ...grammar.http_prepare import Place, prepare_http
from ...grammar.http_reading import read_http
from ...grammar.http_values import Scope
from ...grammar.options import BODY_OPTIONS, REQUEST_OPTIONS, Arguments, Option, parse
from ...grammar.request import prepare
from ...grammar.words import find_separator
from ..cutting import CELL_MAGIC
from ..pieces import REQUESTS, Code, Cut, Piece, RequestCell, RouteCell
from ..reading import Cell
from .by_python import clients_in, sent_by_python
from .recorded import HERE, Secrets, Sent, Unsent, sent_of
from .records import read_record

#: Items that stand for a file.
OF_FILES = frozenset({"@", "=@", ":=@"})
#: A value that is another one each time, or the environment's: {{$guid}}.
DRAWN = re.compile(r"\{\{\s*%?\s*\$")
#: Of %%http: one status for all of its requests, or one for each.
HTTP_OPTIONS = (
    Option("--only", "NAME"),
    *(replace(each, many=each.name == "--expect") for each in REQUEST_OPTIONS),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A notebook's requests, in its order. `unsent` are those that cannot be told
    from its file: "cell 3, line 1: %post /users {{name}}"."""

    sent: tuple[Sent, ...]
    unsent: tuple[Unsent, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A request as a cell says it, and as it is sent, where its text tells that."""

    unsent: Unsent
    sent: Sent | None = None
    is_quiet: bool = False


def recording_of(cut: Cut) -> Recording:
    """Return what a notebook has sent, as far as its file tells."""
    sent: list[Sent] = []
    unsent: list[Unsent] = []
    secrets, clients = Secrets(), clients_in(cut.pieces)
    for cell in cut.document.cells:
        pieces = [each for each in cut.pieces if each.cell is cell]
        written = list(written_in(cell, pieces, secrets))
        unsent += sent_by_python(pieces, clients)
        for each in merged(recorded_in(cell), written):
            if isinstance(each, Sent):
                sent.append(each)
            else:
                unsent.append(each)
    return Recording(tuple(sent), tuple(unsent))


def recorded_in(cell: Cell) -> list[Sent]:
    """Return the requests that a cell's outputs tell of."""
    told = (read_record(each.get("metadata"), cell.number) for each in cell.outputs)
    return [each for each in told if each is not None]


def merged(recorded: list[Sent], written: list[Written]) -> Iterator[Sent | Unsent]:
    """Yield what was recorded, and where something was not, what is written there."""
    at = 0
    for each in written:
        found = None if each.is_quiet else place_of(each, recorded, at)
        if found is None:
            yield each.sent or each.unsent
        else:
            yield from recorded[at : found + 1]
            at = found + 1
    yield from recorded[at:]


def place_of(written: Written, recorded: list[Sent], at: int) -> int | None:
    for number in range(at, len(recorded)):
        request = recorded[number].request
        known = written.sent
        same_path = known is None or known.request.path == request.path
        if request.method == written.unsent.method and same_path:
            return number
    return None


# What is written


def written_in(
    cell: Cell, pieces: Sequence[Piece], secrets: Secrets
) -> Iterator[Written]:
    magic = CELL_MAGIC.match(cell.text)
    if magic is not None and magic[1] == "http":
        yield from written_in_http(cell, magic[2], secrets)
    for piece in pieces:
        if isinstance(piece, RequestCell):
            shown = f"%{'%' if piece.text is not None else ''}{piece.magic}"
            method, words, text = piece.magic.upper(), piece.words, piece.text
        elif isinstance(piece, RouteCell) and piece.tries:
            shown, method, text = "--try", piece.methods[0], None
            words = " ".join(map(quoted, piece.tries))
        else:
            yield from written_within(piece)
            continue
        shown = f"{piece.place}: {shown} {words}"
        yield written_of(cell, method, words, text, shown, secrets)


def quoted(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'" if " " in word else word


def written_within(piece: Piece) -> Iterator[Written]:
    """Yield the requests within a statement, such as a loop: what they send is not
    known."""
    for each in piece.magics if isinstance(piece, Code) else ():
        name, _, words = each.lstrip("%").partition(" ")
        if each.startswith("%") and name in REQUESTS:
            shown = f"{piece.place}: {each}"
            yield written_of(piece.cell, name.upper(), words, None, shown, None)


def written_of(
    cell: Cell,
    method: str,
    words: str,
    text: str | None,
    shown: str,
    secrets: Secrets | None,
) -> Written:
    """Return what a line and the text below it say; without `secrets` nobody knows how
    often it is sent."""
    unsent = Unsent(cell.number, method, None, shown)
    try:
        arguments = parse(words, REQUEST_OPTIONS if text is None else BODY_OPTIONS)
    except LineError:
        return Written(unsent)
    sent = None
    if secrets is not None:
        with suppress(LineError):
            sent = sent_by(arguments, method, text, secrets)
    if sent is not None:
        sent = replace(sent, cell=cell.number)
    elif arguments.items and "{{" not in arguments.items[0]:
        unsent = replace(unsent, path=arguments.items[0])
    return Written(unsent, sent, is_quiet=bool(arguments.options["quiet"]))


def sent_by(
    arguments: Arguments, method: str, text: str | None, secrets: Secrets
) -> Sent | None:
    """Return what a line sends. Raises LineError if that is not known."""
    options = arguments.options
    refuse_files(arguments.items)
    if options.get("py"):
        raise LineError("only Python can say what it sends")
    request = prepare(
        method, arguments.items, form=options["form"], evaluate=refuse, cell=text
    )
    sent = sent_of(request, secrets, json.dumps)
    return sent and replace(
        sent,
        client=options["client"] or "",
        expected=options["expect"],
        follow=bool(options["follow"]),
    )


def refuse(expression: str) -> object:
    raise LineError(f"{expression} is known to a running notebook alone")


def refuse_files(words: Sequence[str]) -> None:
    for word in words[1:]:
        found = find_separator(word)
        if found is not None and found[1] in OF_FILES:
            raise LineError(f"{word} is a file of some computer")


# %%http


def written_in_http(cell: Cell, line: str, secrets: Secrets) -> Iterator[Written]:
    text = cell.text.partition("%%http")[2].partition("\n")[2]
    place = f"{cell}, line 1: %%http {line}".rstrip()
    try:
        arguments = parse(line, HTTP_OPTIONS)
        file = read_http(text)
    except LineError:
        yield Written(Unsent(cell.number, "POST", None, place))
        return
    options = arguments.options
    asked = [e for e in file.requests if options["only"] in {None, e.name, e.title}]
    statuses = options["expect"] or (None,)
    drawn = DRAWN.search(text) is not None
    for number, request in enumerate(asked):
        expected = statuses[min(number, len(statuses) - 1)]
        sent = None if drawn else sent_by_http(request, file, secrets)
        if sent is not None:
            sent = replace(
                sent,
                cell=cell.number,
                client=options["client"] or "",
                expected=expected,
                follow=bool(options["follow"]) and request.follows,
                title=request.label,
            )
        shown = f"{place}, {request.method} {request.target}"
        unsent = Unsent(cell.number, request.method, None, shown)
        yield Written(unsent, sent, is_quiet=bool(options["quiet"]))


def sent_by_http(request: HttpRequest, file: HttpFile, secrets: Secrets) -> Sent | None:
    if any(isinstance(part, Inclusion) for part in request.body):
        return None
    known = {each.name: each for each in file.variables[::-1]}
    known |= {e.name: e for e in file.variables if e.line < request.line}
    place = Place(HERE.__contains__)
    try:
        prepared = prepare_http(request, Scope(refuse, variables=known), place)
    except LineError:
        return None
    return sent_of(prepared, secrets, json.dumps)
