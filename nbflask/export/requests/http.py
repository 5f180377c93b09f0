"""The requests of a notebook as an .http file, for REST clients and for %http."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...grammar.errors import LineError
from ...grammar.http_writing import as_http, used_variables
from ...ipynb.requests.recorded import Sent

BASE = "{{base}}"
#: Statuses that a REST client would not show, but follow.
REDIRECTS = range(300, 400)


def http_of(
    sent: Sequence[Sent],
    *,
    notebook: str = "a notebook",
    base: str = "http://127.0.0.1:5000",
) -> str:
    """Return an .http file that sends what a notebook has sent, to `base`."""
    blocks = [block_of(each) for each in sent]
    text = "\n\n".join(blocks)
    head = [f"# The requests of {notebook}, in its order.", f"@base = {base}"]
    return "\n".join([*head, *used_variables(text), "", text]) + "\n"


def block_of(sent: Sent) -> str:
    """Return a request below its separator; as a comment, if no text can say it."""
    title = f"### {shown(sent.title)}".rstrip()
    try:
        text = as_http(sent.request, BASE, sent.secrets)
    except LineError as error:
        what = shown(f"{sent.request.method} {sent.request.path}")
        why = re.sub(r"^Line \d+: ", "", shown(str(error)))
        return f"{title}\n# {what} is left out: {why}"
    return "\n".join([title, *directives(sent), text])


def shown(text: str) -> str:
    """Return text on one line."""
    return " ".join(text.split())


def directives(sent: Sent) -> Iterator[str]:
    if sent.client:
        yield f"# Sent as {shown(sent.client)}, with cookies of its own."
    if not sent.follow and sent.answer and sent.answer.status in REDIRECTS:
        yield "# @no-redirect"
