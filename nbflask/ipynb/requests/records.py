"""Requests as plain JSON, as it stands in the metadata of a notebook's outputs.

{"nbflask": {"method": "POST", "path": "/users", "json": "{\"name\": \"Ada\"}",
             "answer": {"status": 201, "type": "application/json", "text": "…"}}}

JSON that was sent or answered is text in it: a front end saves the notebook, and not
all of them keep each number as it is.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from typing import Any

from ...grammar.items import HEADER_NAME
from ...grammar.request import MISSING, FilePart, PreparedRequest
from .recorded import Answer, Sent

#: The name of it in an output's metadata.
KEY = "nbflask"
METHOD = re.compile("[A-Z]+", re.ASCII)
STATUS = re.compile(r"(?:[1-5](?:\d\d|xx))?", re.ASCII)
VARIABLE = re.compile("[A-Z][A-Z0-9_]*", re.ASCII)


def metadata_of(sent: Sent | None) -> dict[str, Any]:
    """Return the metadata of the output that shows a request's answer; nothing for
    what JSON cannot say."""
    if sent is None:
        return {}
    record = record_of(sent)
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character
        return {}
    return {KEY: record}


def record_of(sent: Sent) -> dict[str, Any]:
    request = sent.request
    told: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "headers": [list(each) for each in request.headers],
        "secrets": [list(each) for each in sent.secrets],
        "form": [list(each) for each in request.form],
        "files": [record_of_file(each) for each in request.files],
        "content_type": request.content_type,
        "client": sent.client,
        "expect": sent.expected,
        "follow": sent.follow,
        "title": sent.title,
    }
    if request.json is not MISSING:
        told["json"] = json.dumps(request.json, ensure_ascii=False)
    if request.body is not None:
        told["body"] = packed(request.body)
    if sent.answer is not None:
        told["answer"] = record_of_answer(sent.answer)
    return {name: value for name, value in told.items() if value}


def record_of_file(part: FilePart) -> dict[str, Any]:
    return {
        "field": part.field,
        "filename": part.filename,
        "content": packed(part.content),
        "content_type": part.content_type,
    }


def record_of_answer(answer: Answer) -> dict[str, Any]:
    told = {
        "type": answer.content_type,
        "location": answer.location,
        "sets_cookies": answer.sets_cookies,
    }
    text = {} if answer.text is None else {"text": answer.text}
    kept = {name: value for name, value in told.items() if value}
    return {"status": answer.status, **kept, **text}


def packed(content: bytes) -> dict[str, str]:
    """Return bytes as text where they are text."""
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def read_record(metadata: object, cell: int) -> Sent | None:
    """Return the request that an output's metadata tells of. None if it tells of none,
    or in another way than `metadata_of`."""
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    if not isinstance(told, dict) or "method" not in told:
        return None
    try:
        return sent_in(told, cell)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def sent_in(told: dict[str, Any], cell: int) -> Sent:
    refuse_odd(told)
    request = PreparedRequest(
        text_in(told, "method"),
        text_in(told, "path"),
        headers=pairs_in(told, "headers"),
        json=json.loads(told["json"]) if "json" in told else MISSING,
        form=pairs_in(told, "form"),
        files=tuple(map(file_in, told.get("files", ()))),
        body=unpacked(told["body"]) if "body" in told else None,
        content_type=text_in(told, "content_type") or None,
    )
    return Sent(
        request,
        answer_in(told["answer"]) if "answer" in told else None,
        client=text_in(told, "client"),
        expected=text_in(told, "expect") or None,
        follow=bool(told.get("follow")),
        title=text_in(told, "title"),
        secrets=pairs_in(told, "secrets"),
        cell=cell,
    )


def refuse_odd(told: dict[str, Any]) -> None:
    """Raise ValueError for what no magic has written: it is put into programs."""
    odd = not METHOD.fullmatch(text_in(told, "method"))
    odd = odd or not STATUS.fullmatch(text_in(told, "expect"))
    for header, variable in pairs_in(told, "secrets"):
        odd = odd or not HEADER_NAME.fullmatch(header)
        odd = odd or not VARIABLE.fullmatch(variable)
    if odd:
        raise ValueError("nobody has sent this")


def text_in(told: dict[str, Any], name: str) -> str:
    """Return a text, which may be left out. Raises TypeError for anything else."""
    value = told.get(name) or ""
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def pairs_in(told: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(value)) for key, value in told.get(name, ()))


def file_in(told: dict[str, Any]) -> FilePart:
    return FilePart(
        text_in(told, "field"),
        text_in(told, "filename"),
        unpacked(told["content"]),
        text_in(told, "content_type") or None,
    )


def unpacked(told: dict[str, str]) -> bytes:
    text = told.get("text")
    return b64decode(told["base64"], validate=True) if text is None else text.encode()


def answer_in(told: dict[str, Any]) -> Answer:
    text = told.get("text")
    return Answer(
        int(told["status"]),
        text_in(told, "type"),
        None if text is None else str(text),
        text_in(told, "location"),
        bool(told.get("sets_cookies")),
    )
