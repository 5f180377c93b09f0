"""The requests of a notebook as a shell script of curl commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from mimetypes import guess_type
from shlex import quote
from urllib.parse import urlencode, urlsplit

from werkzeug.urls import iri_to_uri

from ...grammar.request import MISSING, FilePart, PreparedRequest, has_header
from ...ipynb.requests.recorded import Sent
from .naming import free, word_of

HEAD = """\
#!/bin/sh
# The requests of {notebook}, in its order. Say where the app is served:
#     BASE={base} sh {script}
set -eu
BASE=${{BASE:-{base}}}
"""
#: What keeps cookies and files, as long as the script runs.
KEPT = """\
KEPT=$(mktemp -d)
trap 'rm -rf "$KEPT"' EXIT
"""
INDENT = "    "
#: A command that is longer than this has a line for each option.
WIDTH = 88
#: What may stand in double quotes as it is.
PLAIN = re.compile(r"[\w/.,:=&?%+~@;()*'-]*", re.ASCII)
#: Names of fields that curl takes as they are, and of files that a folder does.
FIELD = re.compile(r'[^="\\\r\n;<@]+')
FILE = re.compile(r"(?!cookies|\.)[\w.-]{1,80}", re.ASCII)


def curl_of(
    sent: Sequence[Sent],
    *,
    notebook: str = "a notebook",
    script: str = "requests.sh",
    base: str = "http://127.0.0.1:5000",
) -> str:
    """Return a script that sends what a notebook has sent, to $BASE."""
    jars = jars_of(sent)
    blocks = [block_of(each, jars) for each in sent]
    named = " ".join(notebook.split())
    head = HEAD.format(notebook=named, base=base, script=script)
    if any("$KEPT" in each for each in blocks):
        head += KEPT
    return "\n".join([head, *blocks])


def jars_of(sent: Iterable[Sent]) -> dict[str, str]:
    """Return the file of cookies of each client that is given some."""
    jars: dict[str, str] = {}
    for each in sent:
        if each.answer and each.answer.sets_cookies and each.client not in jars:
            wanted = f"cookies_{word_of(each.client)}" if each.client else "cookies"
            jars[each.client] = f'"$KEPT/{free(wanted, jars.values())}"'
    return jars


def block_of(sent: Sent, jars: Mapping[str, str]) -> str:
    """Return a request's command, below a comment that says what it is."""
    request = sent.request
    asked = f"{request.method} {request.path}"
    said = " ".join((sent.title or asked).split())
    if sent.answer and sent.stands:
        said = f"{said}: {sent.answer.status}"
    names = (*(name for name, _ in request.form), *(e.field for e in request.files))
    if request.files and not all(FIELD.fullmatch(each) for each in names):
        return f"# {said}\n# It is left out: curl takes no such names of fields.\n"
    lines = [f"# {said}", *writing(request.files)]
    command = laid([*words_of(sent, jars)])
    return "\n".join([*lines, f"{feeding(request)}{command}", ""])


def laid(words: list[str]) -> str:
    """Return a command on a line, or with a line for each option behind the URL."""
    line = " ".join(words)
    if len(line) <= WIDTH and "\n" not in line:
        return line
    url = next(number for number, each in enumerate(words) if "$BASE" in each)
    head = " ".join(words[: url + 1])
    return f" \\\n{INDENT}".join([head, *words[url + 1 :]])


def words_of(sent: Sent, jars: Mapping[str, str]) -> Iterator[str]:
    """Yield each option with its value."""
    request = sent.request
    yield "curl -sS -w '\\n'"
    yield from method_of(request)
    if sent.follow:
        yield "-L"
    yield from target_of(iri_to_uri(request.path))
    for name, value in request.headers:
        yield f"-H {quote(f'{name}: {value}' if value else f'{name};')}"
    for name, variable in sent.secrets:
        yield f'-H "{name}: ${variable}"'
    if sent.client in jars:
        yield f"-b {jars[sent.client]} -c {jars[sent.client]}"
    if request.method != "HEAD":
        yield from body_of(request)


def method_of(request: PreparedRequest) -> Iterator[str]:
    """Yield what tells curl the method, if the body does not. It is not named where
    it need not be: curl would keep it when it follows a redirect."""
    implied = "POST" if request.has_body else "GET"
    if request.method == "HEAD":
        yield "-I"
    elif (request.method, implied) == ("POST", "GET"):
        yield "-d ''"
    elif request.method != implied:
        yield f"-X {quote(request.method)}"


def target_of(target: str) -> Iterator[str]:
    """Yield the URL; for another host than that of $BASE, the header that names it."""
    host = ""
    if not target.startswith("/"):
        parts = urlsplit(target)
        host = parts.netloc
        target = parts._replace(scheme="", netloc="").geturl() or "/"
    if re.search(r"/\.{1,2}(?:/|\Z)", target.partition("?")[0]):
        yield "--path-as-is"
    yield f'"$BASE{target}"' if PLAIN.fullmatch(target) else f'"$BASE"{quote(target)}'
    if host:
        yield f"-H {quote(f'Host: {host}')}"


# Bodies


def body_of(request: PreparedRequest) -> Iterator[str]:
    if request.files:
        yield from (f"--form-string {quote(f'{n}={v}')}" for n, v in request.form)
        names = names_of(request.files)
        yield from map(upload, request.files, names)
    elif request.form:
        yield f"-d {quote(urlencode(request.form))}"
    else:
        if not has_header(request.headers, "Content-Type"):
            yield from type_of(request)
        content = content_of(request)
        if content is not None:
            text = text_of(content)
            yield "--data-binary @-" if text is None else f"--data-raw {quote(text)}"


def type_of(request: PreparedRequest) -> Iterator[str]:
    """Yield the type of a body: curl would take each for a form."""
    is_json = request.json is not MISSING
    kind = "application/json" if is_json else request.content_type
    if kind:
        yield f"-H {quote(f'Content-Type: {kind}')}"
    elif request.has_body or request.method == "POST":
        yield "-H Content-Type:"


def content_of(request: PreparedRequest) -> bytes | None:
    if request.json is MISSING:
        return request.body
    indent = 2 if len(json.dumps(request.json)) > WIDTH else None
    try:
        return json.dumps(request.json, ensure_ascii=False, indent=indent).encode()
    except UnicodeEncodeError:  # half a character
        return json.dumps(request.json, indent=indent).encode()


def text_of(content: bytes) -> str | None:
    """Return a body as text; None for what no word of a command can be."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def feeding(request: PreparedRequest) -> str:
    """Return what gives a command the bytes that it cannot be given as a word."""
    content = content_of(request)
    if request.method == "HEAD" or content is None or text_of(content) is not None:
        return ""
    return f"{printing(content)} |\n{INDENT}"


def printing(content: bytes) -> str:
    """Return the command that writes bytes."""
    text = content.decode("utf-8", "surrogateescape")
    # A hyphen at the beginning would be an option's.
    first = "\\055" if text.startswith("-") else text[:1] and printed(text[0])
    return f"printf {quote(first + ''.join(map(printed, text[1:])))}"


def printed(character: str) -> str:
    """Return a character as the format of printf has it."""
    if character in "%\\":
        return character * 2
    if character == "\n":
        return "\\n"
    if character.isprintable() and not "\udc80" <= character <= "\udcff":
        return character
    octets = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\{octet:03o}" for octet in octets)


# Files


def names_of(parts: Sequence[FilePart]) -> list[str]:
    """Return where the files that are sent are written: by their own names, where
    these are fit for it."""
    names: list[str] = []
    for part in parts:
        wanted = part.filename if FILE.fullmatch(part.filename) else "file"
        names.append(free(wanted, names))
    return names


def writing(parts: Sequence[FilePart]) -> Iterator[str]:
    for part, name in zip(parts, names_of(parts), strict=True):
        yield f'{printing(part.content)} > "$KEPT/{name}"'


def upload(part: FilePart, name: str) -> str:
    kind = part.content_type or guess_type(part.filename)[0]
    shown = part.filename.replace("\\", "\\\\").replace('"', '\\"')
    rest = f';filename="{shown}";type={kind or "application/octet-stream"}'
    return f'-F {quote(f"{part.field}=@")}"$KEPT/{name}"{quote(rest)}'
