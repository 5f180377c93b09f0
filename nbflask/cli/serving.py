"""Serving an app until interrupted, by Werkzeug's development server."""

from __future__ import annotations

import os
from typing import Any

import click
import werkzeug.serving

from ..app import Flask
from ..helpers import get_debug_flag, get_load_dotenv
from .dotenv import load_dotenv as load_dotenv_files

HOST, PORT = "127.0.0.1", 5000


def serve_forever(
    app: Flask,
    host: str | None = None,
    port: int | None = None,
    debug: bool | None = None,
    load_dotenv: bool = True,
    **options: Any,
) -> None:
    """Serve an app in this thread until interrupted. It is `app.run` in a script.

    Host and port default to those of SERVER_NAME, then to 127.0.0.1:5000. The
    options are those of `werkzeug.serving.run_simple`. Does nothing but say so
    while a command imports the script.
    """
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        _say_that_run_is_ignored()
        return
    _settle_debug(app, debug, get_load_dotenv(load_dotenv))
    host, port = _address(host, port, app.config.get("SERVER_NAME"))
    usual = {"use_reloader": app.debug, "use_debugger": app.debug, "threaded": True}
    show_server_banner(app.debug, app.name)
    try:
        # Looked up now: tests put a server of their own there.
        werkzeug.serving.run_simple(host, port, app, **{**usual, **options})
    finally:
        # In an interactive session the app can be changed and run once more.
        app._got_first_request = False


def _say_that_run_is_ignored() -> None:
    if not werkzeug.serving.is_running_from_reloader():
        click.secho(
            " * Ignoring a call to 'app.run()' that would block the current 'nbflask'"
            " CLI command.\n   Only call 'app.run()' in an 'if __name__ =="
            ' "__main__"\' guard.',
            fg="red",
        )


def _settle_debug(app: Flask, debug: bool | None, with_files: bool) -> None:
    """Set the app's debug flag: the argument wins, then the environment's."""
    if with_files:
        load_dotenv_files()
        if "FLASK_DEBUG" in os.environ:
            app.debug = get_debug_flag()
    if debug is not None:
        app.debug = bool(debug)


def _address(
    host: str | None, port: int | str | None, server_name: str | None
) -> tuple[str, int]:
    """Return where to listen: each half as given, else of SERVER_NAME, else usual."""
    known_host, _, known_port = (server_name or "").partition(":")
    # 0 is a port as good as any: the system chooses one.
    chosen = port if port or port == 0 else known_port or PORT
    return host or known_host or HOST, int(chosen)


def show_server_banner(debug: bool | None, app_import_path: str | None) -> None:
    """Say what is about to be served; not again after a reload."""
    if werkzeug.serving.is_running_from_reloader():
        return
    if app_import_path is not None:
        click.echo(f" * Serving Flask app '{app_import_path}'")
    if debug is not None:
        click.echo(f" * Debug mode: {'on' if debug else 'off'}")
