"""Requests that say a secret of their notebook: in no file of an export it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import unquote_plus, urlsplit

from ...grammar.request import PreparedRequest
from ...ipynb.requests.recorded import Sent


def hidden(
    sent: Iterable[Sent], secrets: Mapping[str, str]
) -> tuple[list[Sent], list[str]]:
    """Return requests with the secrets of their headers from the environment, and
    which are left out, since they say one elsewhere."""
    kept: list[Sent] = []
    notes: list[str] = []
    for each in sent:
        request = each.request
        named = [e for e in request.headers if e[1] in secrets]
        others = tuple(e for e in request.headers if e not in named)
        request = replace(request, headers=others)
        if says_one(request, secrets):
            what = f"{request.method} {urlsplit(request.path).path} (cell {each.cell})"
            notes.append(f"{what} says a secret, and is written nowhere")
            continue
        variables = tuple((name, secrets[str(value)]) for name, value in named)
        kept.append(replace(each, request=request, secrets=each.secrets + variables))
    return kept, notes


def says_one(request: PreparedRequest, secrets: Iterable[str]) -> bool:
    """Whether a secret stands in a request, be it quoted or a part of something."""
    target = unquote_plus(request.path)
    text = f"{target} {request!r}"
    return any(each in text or repr(each)[1:-1] in text for each in secrets)
