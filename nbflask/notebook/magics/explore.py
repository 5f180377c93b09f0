"""%flask explore: the panel, wired to the notebook."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from ...grammar.options import Arguments
from ..display import response as response_card
from ..requests.exchange import Way, exchange
from ..requests.look import view_of
from ..session import Notebook
from .serve import log_card

if TYPE_CHECKING:
    from ..explorer.draft import Draft
    from ..explorer.panel import Panel

NAME = "explorer"
#: Rows of the log below the panel.
ROWS = 8


def explore(notebook: Notebook, arguments: Arguments) -> Panel:
    """Show the panel, which follows the app and the log."""
    # Widgets are slow to import, and few sessions need them.
    from ..explorer.choices import choices_of
    from ..explorer.panel import Panel

    notebook.app  # noqa: B018  # a missing app is said now

    panel = Panel(
        choices=lambda: choices_of(notebook.app),
        send=lambda draft: sent(notebook, draft),
        cookies=lambda: cookies_of(notebook),
        forget=notebook.forget_cookies,
        url=lambda: server_url(notebook),
    )

    def renew_log() -> None:
        panel.log.value = log_card(notebook, ROWS).html

    renew_log()
    notebook.live.follow(NAME, renew_log)
    notebook.when_changed[NAME] = panel.refresh
    return panel


def sent(notebook: Notebook, draft: Draft) -> str:
    """Send a draft, and return the card of its response as HTML.

    What the view prints has no cell to go to, so it stands in the card.
    """
    printed = io.StringIO()
    request = draft.request()
    with redirect_stdout(printed):
        done = exchange(notebook, request, Way())
    notebook.shows_for_the_first_time(done.response)
    view = view_of(
        done.response,
        notebook.shell,
        log="".join(filter(None, (printed.getvalue(), done.log))),
        truncated=done.truncated,
        notes=done.notes,
    )
    return response_card.card(view).html


def cookies_of(notebook: Notebook) -> dict[str, str]:
    """Return the cookies that the notebook's client sends."""
    jar = notebook.client()._cookies or {}
    return {cookie.decoded_key: cookie.decoded_value for cookie in jar.values()}


def server_url(notebook: Notebook) -> str:
    server = notebook.serving.server
    return "http://127.0.0.1:5000" if server is None else server.url
