"""What `app.run()` does in a cell: it serves in the background."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from IPython.core.error import UsageError

from ...grammar.errors import LineError
from ..magics.serve import secret
from ..session import Notebook
from .starting import Asked

#: Options of app.run that a notebook heeds.
TAKEN = ("host", "port", "debug", "token", "debugger")
#: Options of app.run that a notebook has no use for, and that do no harm.
NEEDLESS = {
    "threaded",
    "use_reloader",
    "use_debugger",
    "use_evalex",
    "reloader_interval",
    "reloader_type",
    "extra_files",
    "exclude_patterns",
    "passthrough_errors",
}


def run_in_cell(
    notebook: Notebook,
    app: Any,
    host: str | None = None,
    port: int | None = None,
    debug: bool | None = None,
    load_dotenv: bool = True,
    token: str | bool | None = None,
    debugger: bool = False,
    **options: Any,
) -> Any:
    """What `app.run()` does in a cell: serve in the background.

    There is nothing to reload, for cells are effective at once, so of `debug`
    only the app's setting remains. `token` and `debugger` are what %flask run has as
    options; True is a token of its own making.
    """
    held = notebook.shell.user_ns.get(notebook.app_name) is app
    resolve = (lambda: notebook.app) if held else (lambda: app)
    try:
        asked = Asked(host or None, port_number(port), secret_of(token), debugger)
        server = notebook.run(resolve, asked)
    except LineError as error:
        raise UsageError(str(error)) from None
    if debug is not None:
        app.debug = bool(debug)
    tell_ignored(options)
    # Shown at once: app.run() often stands where a notebook shows no result.
    notebook.show(server)
    return server


def tell_ignored(options: dict[str, Any]) -> None:
    """Say which options of app.run have no effect here."""
    ignored = [each for each in options if each not in NEEDLESS and options[each]]
    if ignored:
        print(f"In a notebook app.run() does not support {', '.join(ignored)}: ignored")
    for each in ignored:
        if near := get_close_matches(each, TAKEN, 1):
            print(f"Did you mean {near[0]} by {each}?")
    if "ssl_context" in ignored:
        print("The server speaks plain http: its link begins with http://")


def secret_of(token: str | bool | None) -> str | None:
    """Return a token as `Asked` takes it: True is any."""
    if not token or token is True:
        return "" if token else None
    try:
        return secret(str(token))
    except ValueError as error:
        raise LineError(f"token: {token!r} {error}") from None


def port_number(port: Any) -> int | None:
    """Return a port as `app.run` takes it: a number, or its digits."""
    try:
        return None if port is None else int(port)
    except (TypeError, ValueError):
        raise LineError(f"{port!r} is not a port, such as 5000") from None
