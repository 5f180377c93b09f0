"""The commands that every app has: run, shell, routes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import click
import werkzeug.serving
from werkzeug.routing import Map, Rule

from ..ctx import current_app_context
from ..helpers import get_debug_flag
from .options import (
    SeparatedPathType,
    app_argument,
    cert_option,
    debug_option,
    key_option,
    late_app_option,
    watch_option,
)
from .script import ScriptInfo, Wsgi, kept_up, pass_script_info, with_appcontext
from .serving import HOST, PORT, show_server_banner

SEPARATED = f"Several are separated by {os.pathsep!r}."


@click.command(
    "run",
    short_help="Run a development server.",
    params=[
        app_argument,
        late_app_option,
        watch_option,
        debug_option,
        click.Option(["--host", "-h"], default=HOST, help="Where to listen."),
        click.Option(["--port", "-p"], default=PORT, help="The port to listen on."),
        cert_option,
        key_option,
        click.Option(
            ["--reload/--no-reload"],
            default=None,
            help="Restart when a file changes. By default in debug mode.",
        ),
        click.Option(
            ["--debugger/--no-debugger"],
            default=None,
            help="Show errors with the debugger. By default in debug mode.",
        ),
        click.Option(
            ["--with-threads/--without-threads"],
            default=True,
            help="Answer each request in a thread of its own, or one by one.",
        ),
        click.Option(
            ["--extra-files"],
            type=SeparatedPathType(),
            help=f"Restart when these files change, too. {SEPARATED}",
        ),
        click.Option(
            ["--exclude-patterns"],
            type=SeparatedPathType(),
            help=f"Never restart for files like these (fnmatch). {SEPARATED}",
        ),
    ],
)
@pass_script_info
def run_command(
    info: ScriptInfo,
    watch: bool,
    host: str,
    port: int,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    cert: Any,
    extra_files: list[str] | None,
    exclude_patterns: list[str] | None,
) -> None:
    """Serve the app on this computer, while it is being developed.

    The server is neither safe nor fast enough for production. With '--debug' it
    restarts when a file changes, and shows errors with a debugger.

    APP is what '--app' says otherwise: 'nbflask run api.ipynb' serves a notebook.
    """
    if watch and reload:
        raise click.UsageError("--watch runs cells again, --reload all: take one.")
    with kept_up(info, _load_app(info), watch=watch) as app:
        debug = get_debug_flag()
        show_server_banner(debug, info.app_import_path)
        # Looked up now: tests put a server of their own there.
        werkzeug.serving.run_simple(
            host,
            port,
            app,
            use_reloader=debug and not watch if reload is None else reload,
            use_debugger=debug if debugger is None else debugger,
            threaded=with_threads,
            ssl_context=cert,
            extra_files=files_of(info, extra_files),
            exclude_patterns=exclude_patterns,
        )


def _load_app(info: ScriptInfo) -> Wsgi:
    """Return the app, or after a reload what stands in for a broken one."""
    try:
        return info.load_app()
    except Exception as error:
        if not werkzeug.serving.is_running_from_reloader():
            raise
        if isinstance(error, click.ClickException):
            error.show()
        else:
            traceback.print_exc()
        return _always_raising(error)


def files_of(info: ScriptInfo, extra_files: list[str] | None) -> list[str] | None:
    """Return the files to restart for that no module is made of: the notebook's."""
    if info.notebook_path is None:
        return extra_files
    return [*(extra_files or ()), info.notebook_path]


def _always_raising(error: Exception) -> Wsgi:
    # The server must live on to see the mended file; until then the debugger
    # shows what is wrong.
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise error from None

    return broken


@click.command(
    "shell", short_help="Run a shell in the app context.", params=[late_app_option]
)
@with_appcontext
def shell_command() -> None:
    """Start an interactive Python shell in the app's context.

    Its names are those of PYTHONSTARTUP and of the app's shell context processors.
    """
    import code

    app = current_app_context().app
    names = _startup_names()
    names.update(app.make_shell_context())
    _prepare_line_editing(names)
    banner = (
        f"Python {sys.version} on {sys.platform}\n"
        f"App: {app.import_name}\n"
        f"Instance: {app.instance_path}"
    )
    code.interact(banner=banner, local=names)


def _startup_names() -> dict[str, Any]:
    """Run the user's PYTHONSTARTUP file, as Python does, and return its names."""
    names: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and os.path.isfile(startup):
        with open(startup, "rb") as file:
            exec(compile(file.read(), startup, "exec"), names)
    return names


def _prepare_line_editing(names: dict[str, Any]) -> None:
    prepare = getattr(sys, "__interactivehook__", None)
    if prepare is None:
        return
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        pass
    else:
        # By itself it would complete the names of nbflask.__main__.
        readline.set_completer(Completer(names).complete)
    prepare()


@click.command(
    "routes", short_help="Show the routes for the app.", params=[late_app_option]
)
@click.option(
    "--sort",
    "-s",
    type=click.Choice(("endpoint", "methods", "domain", "rule", "match")),
    default="endpoint",
    help="The column to sort by, or 'match' to keep the order of the app's URL map.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """Show the app's routes: endpoint, methods, domain if any has one, rule."""
    url_map = current_app_context().app.url_map
    hidden = frozenset() if all_methods else frozenset({"HEAD", "OPTIONS"})
    rows = [_describe(rule, hidden) for rule in url_map.iter_rules()]
    if not rows:
        click.echo("No routes were registered.")
        return
    columns = _columns(url_map, rows)
    if sort in columns:
        rows.sort(key=itemgetter(sort))
    for line in _lay_out(columns, rows):
        click.echo(line)


def _describe(rule: Rule, hidden: frozenset[str]) -> dict[str, str]:
    return {
        "endpoint": rule.endpoint,
        "methods": ", ".join(sorted((rule.methods or set()) - hidden)),
        "domain": (rule.host if rule.map.host_matching else rule.subdomain) or "",
        "rule": rule.rule,
    }


def _columns(url_map: Map, rows: list[dict[str, str]]) -> dict[str, str]:
    """Return the headings of the columns to show, by what is in them."""
    columns = {
        "endpoint": "Endpoint",
        "methods": "Methods",
        "domain": "Host" if url_map.host_matching else "Subdomain",
        "rule": "Rule",
    }
    if not any(row["domain"] for row in rows):
        del columns["domain"]
    return columns


def _lay_out(columns: dict[str, str], rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield the table's lines: headings, dashes, rows."""
    widths = {key: max(len(row[key]) for row in [columns, *rows]) for key in columns}
    dashes = {key: "-" * width for key, width in widths.items()}
    for row in [columns, dashes, *rows]:
        yield "  ".join(row[key].ljust(width) for key, width in widths.items())
