"""`nbflask serve`: an app served by this package's own server, until interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from .options import app_argument, late_app_option, watch_option
from .script import ScriptInfo, kept_up, pass_script_info
from .serving import HOST, PORT, show_server_banner

if TYPE_CHECKING:
    from ..server import Server

#: So long a wait takes before signals are listened for.
WAIT_SECONDS = 1.0


@click.command(
    "serve",
    short_help="Serve by nbflask's own server.",
    params=[
        app_argument,
        late_app_option,
        watch_option,
        click.Option(["--host", "-h"], default=HOST, help="Where to listen."),
        click.Option(
            ["--port", "-p"],
            default=PORT,
            help="The port to listen on, 0 for any. A busy one moves on to the next.",
        ),
        click.Option(
            ["--allow-host"],
            multiple=True,
            help="Another name that the app is served under. Can be repeated.",
        ),
        click.Option(
            ["--token"],
            default="",
            help="A secret that every client has to know: ?token=… or a bearer token.",
        ),
        click.Option(
            ["--quiet", "-q"], is_flag=True, help="Write no line for answers."
        ),
    ],
)
@pass_script_info
def serve_command(
    info: ScriptInfo,
    watch: bool,
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    token: str,
    quiet: bool,
) -> None:
    """Serve the app without reloader and debugger, until interrupted.

    Connections stay open from request to request. Only requests for the names that
    it is served under are answered. It is the server of notebooks: for production
    take one that is made for it, such as gunicorn.
    """
    from ..server import Server

    with kept_up(info, info.load_app(), watch=watch) as app:
        server = Server(
            lambda: app,
            host,
            port,
            allowed_hosts=allow_host,
            token=token,
            log=None if quiet else click.echo,
            # Nothing computes beside it.
            switch_interval=None,
        )
        serve_to_the_end(server, info.app_import_path, token)


def serve_to_the_end(server: Server, app: str | None, token: str) -> None:
    """Start a server, say where it is, and stop it when somebody says so."""
    try:
        server.start()
    except OSError as error:
        raise click.ClickException(error.strerror or f"{error}") from None
    show_server_banner(None, app)
    if server.moved_from is not None:
        click.echo(f" * Port {server.moved_from} is taken; this one is free:")
    link = f"{server.url}/?token={quote(token)}" if token else server.url
    click.echo(f" * Running on {link} (Press CTRL+C to quit)")
    wait_for_the_end()
    server.stop()


def wait_for_the_end() -> None:
    """Wait until somebody interrupts this process or ends it."""
    ended = threading.Event()
    with ending_by(signal.SIGTERM, ended), suppress(KeyboardInterrupt):
        while not ended.wait(WAIT_SECONDS):
            pass


@contextmanager
def ending_by(number: int, ended: threading.Event) -> Iterator[None]:
    """Let a signal set an event, where this thread may listen for signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: Any) -> None:
        ended.set()

    before = signal.signal(number, end)
    try:
        yield
    finally:
        signal.signal(number, before)
