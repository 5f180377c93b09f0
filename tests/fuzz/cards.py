"""The HTML of cards, with anything at all in every place that takes a text."""

from __future__ import annotations

from hypothesis import strategies as st

from nbflask.notebook.display import log, response
from nbflask.notebook.display.log import LogRow
from nbflask.notebook.display.view import Failure, Frame, Hop, ResponseView
from tests.notebook.inspecting import inspect

KINDS = (
    *("text/html", "text/plain", "text/csv", "application/json", "image/png"),
    *("image/svg+xml", "text/event-stream", "application/zip", "text/xml", ""),
)
MARKS = (
    "<",
    ">",
    '"',
    "'",
    "&",
    "&#0;",
    "</style>",
    "<script>",
    "]]>",
    "-->",
    "{{",
    "\0",
)

examples = (
    b"\x00<script>alert(1)</script>",
    b'\x03[{"a": "<b>"}, {"a": 1}]',
    b"\x02a,b\n1,<i>\n",
    b"\x05<svg onload='1'>",
    b"\x04\x89PNG\r\n\x1a\n",
)
inputs = st.builds(
    bytes.__add__,
    st.binary(min_size=1, max_size=1),
    st.lists(st.sampled_from([each.encode() for each in MARKS]) | st.binary()).map(
        b"".join
    ),
)


def check(data: bytes) -> None:
    """The first byte tells the kind of body; the rest stands everywhere."""
    body = data[1:]
    kind = KINDS[(data[0] if data else 0) % len(KINDS)]
    text = body.decode("utf-8", "surrogateescape")
    inspect(response.card(everywhere(text, kind, body)))
    row = LogRow(1, text, text, text, 404, 0.1, None, text)
    inspect(log.card([row], where=text, total=1))


def everywhere(text: str, kind: str, body: bytes) -> ResponseView:
    return ResponseView(
        text,
        text,
        500,
        text,
        headers=((text, text),),
        body=body,
        mimetype=kind,
        charset=text[:10],
        endpoint=text,
        view_name=text,
        cell=text,
        redirects=(Hop(text, text, 302, text),),
        cookies_set=((text, text),),
        request_headers=((text, text),),
        request_body=body,
        failure=Failure(text, text, (Frame(text, 1, text, ((1, text, True),)),)),
        log=text,
        hints=(text,),
        truncated=text,
    )
