"""A request that was just answered, as data: for the ledger, and for the output that
shows the answer."""

from __future__ import annotations

from dataclasses import replace

from ...grammar.request import PreparedRequest
from ...ipynb.requests.recorded import Answer, Sent, answer_of, sent_of
from ..session import Notebook
from .exchange import Exchange, Way


def record(
    notebook: Notebook,
    request: PreparedRequest,
    done: Exchange,
    way: Way,
    expected: str | None = None,
    title: str = "",
) -> Sent | None:
    """Remember a request and its answer, and return them. None for a request that
    cannot be sent again: it is too long, or it was a visitor's."""
    if way.client is None:
        return None
    ledger = notebook.ledger
    sent = sent_of(request, ledger.secrets, notebook.app.json.dumps)
    if sent is None:
        return None
    sent = replace(
        sent,
        answer=answer_in(done),
        client=way.client,
        expected=expected,
        follow=way.follow,
        title=title,
    )
    if sent.answer and ledger.secrets.are_in(sent.answer.text or ""):
        sent = replace(sent, answer=replace(sent.answer, text=None))
    ledger.keep(sent)
    return sent


def answer_in(done: Exchange) -> Answer:
    response = done.response
    body = None if done.truncated else response.data
    return answer_of(response.status_code, response.headers.items(), body)
