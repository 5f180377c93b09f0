"""%flask run, stop, restart and log, and %replay: the app in a browser, and what the
browser asked."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ...grammar.errors import LineError
from ...grammar.options import HELP, REQUEST_OPTIONS, Arguments, Option, parse
from ...grammar.request import PreparedRequest
from ...server import Server
from ...testing import ClientResponse
from ..display import log as log_display
from ..display import window as window_display
from ..display.log import LogRow
from ..display.page import Card
from ..serving.log import Logged
from ..serving.starting import Asked
from ..session import Notebook, is_open_to_all
from . import requests

#: Rows of the log, unless a number is given.
ROWS = 20
#: What browsers ask for by themselves, after each first page.
BY_THEMSELVES = frozenset({"/favicon.ico"})
LOG, WINDOW = "log", "window"


def port_number(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError("is not a port, such as 5000")
    return int(text)


def path(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError("is not a path, such as /users")
    return text


def secret(text: str) -> str:
    """Return a token. It has to stand in an address and in a cookie as it is."""
    if not re.fullmatch(r"[\w.~-]{8,}", text, re.ASCII):
        raise ValueError("is not a secret: 8 or more letters, digits, and any of -._~")
    return text


RUN_OPTIONS = (
    Option("--port", "N", "the port to listen on, 0 for any (5000)", port_number),
    Option("--host", "H", "the address to listen on (127.0.0.1)"),
    Option("--open", help="open a browser, too"),
    Option("--show", "PATH", "show the page below, anew when a cell changes it", path),
    Option(
        "--token",
        "SECRET",
        "ask visitors for a secret, any without =SECRET: the link has it",
        secret,
        implied="",
    ),
    Option("--debugger", help="failures open Werkzeug's debugger, with a PIN"),
    HELP,
)
REPLAY_OPTIONS = tuple(
    each for each in REQUEST_OPTIONS if each.key not in {"form", "client", "live"}
)
REPLAY_USAGE = """\
%replay [N] [OPTION…]
    send request N of %flask log again, the last one without a number, in this
    thread: prints, breakpoints, %debug and Ctrl-C work on what came from a browser

    %replay 3 --raise

In Python: log = %flask log, then app.test_client().open(log[-1].as_environ()).

Options:
{options}"""


def run(notebook: Notebook, arguments: Arguments) -> Any:
    """Serve in the background; show where, and return the server."""
    options = arguments.options
    notebook.app  # noqa: B018  # a missing app is said now, not at the first request
    asked = Asked(*(options[each] for each in ("host", "port", "token", "debugger")))
    server = notebook.run(lambda: notebook.app, asked)
    if options["show"] is not None:
        show_window(notebook, options["show"])
    if options["open"]:
        open_browser(notebook, server)
    notebook.show(server)
    return server


def open_browser(notebook: Notebook, server: Server) -> None:
    if notebook.address_of(server).is_whole:
        webbrowser.open(notebook.link_to(server))
    else:
        print("Only your browser knows this notebook's host: open the link below.")


def more_of(notebook: Notebook) -> list[tuple[str, str]]:
    """Return what else there is to know of the server, for the state of it all."""
    server = notebook.serving.server
    if server is None:
        return []
    address = notebook.address_of(server)
    local = [("on its machine", server.url)] if address.is_public else []
    open_to = "everybody on the network, without a token"
    whom = [("open to", open_to)] if is_open_to_all(server) else []
    pin = notebook.serving.pin
    return [
        *whom,
        *local,
        *([] if pin is None else [("debugger", f"on, its PIN is {pin}")]),
    ]


def show_window(notebook: Notebook, path: str) -> None:
    """Embed a page of the server, loaded anew after each cell that changes the app."""

    def card() -> Card:
        server = notebook.serving.server
        url = "" if server is None else notebook.link_to(server, path)
        return window_display.card(url, path, notebook.changes)

    notebook.live.show(WINDOW, card)


def stop(notebook: Notebook, arguments: Arguments) -> None:
    stopped = notebook.serving.stop()
    for server in stopped:
        print(f"Stopped {server.url}")
    if not stopped:
        print("No server is running.")
    notebook.live.touch()


def restart(notebook: Notebook, arguments: Arguments) -> Any:
    server = notebook.restart()
    notebook.show(server)
    return server


def log(notebook: Notebook, arguments: Arguments) -> Any:
    """Show the log of requests, which goes on; return it."""
    words = arguments.items
    requests_log = notebook.serving.log
    if list(words) == ["clear"]:
        requests_log.clear()
        notebook.live.touch()
        print("The log is empty.")
        return None
    show_log(notebook, number_of_rows(words))
    return requests_log


def show_log(notebook: Notebook, rows: int = ROWS) -> None:
    """Show the log's last rows below the cell, once in each, and keep them going."""
    if notebook.shows_for_the_first_time(notebook.serving.log):
        notebook.live.show(LOG, lambda: log_card(notebook, rows))


def number_of_rows(words: Sequence[str]) -> int:
    if not words:
        return ROWS
    if len(words) > 1 or not words[0].isdecimal() or not int(words[0]):
        raise LineError(
            f"{' '.join(words)!r} is no number of rows: write %flask log 50,"
            " or %flask log clear"
        )
    return int(words[0])


def log_card(notebook: Notebook, rows: int) -> Card:
    """Return the last rows of the log, the latest first."""
    kept = notebook.serving.log
    entries = kept[-rows:]
    server = notebook.serving.server
    where = (
        "No server is running: %flask run"
        if server is None
        else notebook.address_of(server).link
    )
    shown = [row_of(each) for each in reversed(entries)]
    return log_display.card(
        shown,
        where=where,
        total=kept.heard_of,
        left_out=len(kept) - len(entries),
    )


def row_of(entry: Logged) -> LogRow:
    return LogRow(
        entry.number,
        f"{entry.at:%H:%M:%S}",
        entry.method,
        entry.path,
        entry.status,
        entry.seconds,
        entry.size if entry.ended else None,
        entry.endpoint,
    )


def replay(notebook: Notebook, line: str) -> ClientResponse | None:
    """Send a logged request again and show the response, which is returned."""
    __tracebackhide__ = True
    arguments = parse(line, REPLAY_OPTIONS)
    request = request_of(logged(notebook, arguments.items))
    # Its cookies are those that it came with, not a client's.
    way = requests.way_of(arguments, client=None)
    return requests.send_prepared(notebook, request, arguments, way)


def logged(notebook: Notebook, words: Sequence[str]) -> Logged:
    """Return the logged request that a line names, the last without a number."""
    entries = notebook.serving.log
    if not len(entries):
        running = notebook.serving.server is not None
        start = "" if running else "start the server with %flask run, and "
        raise LineError(f"The log is empty: {start}ask it something")
    if not words:
        asked = [each for each in entries if not is_by_itself(each)]
        return asked[-1] if asked else entries[-1]
    first, last = entries[0].number, entries[-1].number
    if len(words) == 1 and words[0].lstrip("#").isdecimal():
        try:
            return entries.numbered(int(words[0].lstrip("#")))
        except KeyError:
            pass
    raise LineError(
        f"The log has no request {' '.join(words)!r}: it has {first} to {last}"
    )


def is_by_itself(entry: Logged) -> bool:
    """Whether no person has asked, but a browser, or the window that %flask run shows
    and that a changed cell loads anew: that is a frame which says not where it is."""
    frame = entry.environ.get("HTTP_SEC_FETCH_DEST") == "iframe"
    of_window = frame and "HTTP_REFERER" not in entry.environ
    return of_window or entry.path in BY_THEMSELVES


def request_of(entry: Logged) -> PreparedRequest:
    """Return a logged request, to be sent with the cookies that it came with."""
    try:
        environ = entry.as_environ()
    except ValueError as error:
        raise LineError(str(error)) from None
    target = urlsplit(entry.path)
    where = f"{target.path}?{target.query}" if target.query else target.path
    host = environ.get("HTTP_HOST", "localhost")
    unsent = {"host", "content-length", "content-type"}
    headers = [each for each in entry.headers if each[0].lower() not in unsent]
    return PreparedRequest(
        entry.method,
        f"http://{host}{where}",
        headers=tuple(headers),
        body=entry.body or None,
        content_type=environ.get("CONTENT_TYPE"),
    )
