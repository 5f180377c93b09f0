"""How the notebook layer is put into a shell, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from ..doors import DOORS
from ..server import Server
from ..testing import ClientResponse
from .display import response as response_card
from .display import routes as status
from .grammar import BODY_OPTIONS, LineError, describe
from .look import view_of
from .magics import flask as flask_magic
from .magics import requests
from .magics import route as route_magic
from .session import Notebook

RUNNER = "nbflask.notebook.loading:run_in_cell"
_current: Notebook | None = None
_runner_before = DOORS["runner"]

#: `%get /x?` would otherwise ask IPython for help on a thing named /x.
QUESTION = re.compile(
    r"^(\s*(?:[\w.\[\]]+\s*=\s*)?)%(get|post|put|patch|delete|head|options)"
    r"[ \t]+(\S.*\?+)[ \t]*$"
)


def begin(shell: Any) -> Notebook:
    """Make apps live, and show responses as cards."""
    global _current
    notebook = _current = Notebook(shell)
    if notebook.settings.live:
        notebook.watch.start()
    notebook.settings.observe(lambda change: switch(notebook, change.new), "live")
    shell.configurables.append(notebook.settings)
    DOORS["runner"] = RUNNER
    show_by_type(notebook)
    return notebook


def end(notebook: Notebook) -> None:
    """Undo `begin`."""
    global _current
    _current = None
    notebook.watch.stop()
    notebook.serving.stop()
    notebook.shell.configurables.remove(notebook.settings)
    DOORS["runner"] = _runner_before
    formatters = notebook.shell.display_formatter
    for kind in (ClientResponse, Server):
        formatters.ipython_display_formatter.pop(kind, None)


def switch(notebook: Notebook, live: bool) -> None:
    if live:
        notebook.watch.start()
    else:
        notebook.watch.stop()


def run_in_cell(
    app: Any,
    host: str | None = None,
    port: int | None = None,
    debug: bool | None = None,
    load_dotenv: bool = True,
    **options: Any,
) -> Any:
    """What `app.run()` does in a cell: serve in the background.

    There is nothing to reload, for cells are effective at once, so of `debug`
    only the app's setting remains.
    """
    assert _current is not None
    if debug is not None:
        app.debug = bool(debug)
    notebook = _current
    held = notebook.shell.user_ns.get(notebook.app_name) is app
    server = notebook.run((lambda: notebook.app) if held else (lambda: app), host, port)
    # Shown at once: app.run() often stands where a notebook shows no result.
    notebook.show(server)
    return server


def show_by_type(notebook: Notebook) -> None:
    formatters = notebook.shell.display_formatter

    def show_response(response: ClientResponse) -> None:
        if notebook.shows_for_the_first_time(response):
            limits = notebook.settings
            cut = requests.read_bounded(response, limits.body_limit, limits.time_limit)
            view = view_of(response, notebook.shell, truncated=cut)
            notebook.show(response_card.card(view))
        elif not hasattr(notebook.shell, "kernel"):
            print(f"<{response.status}>")  # a terminal has written Out[n]: already

    def show_server(server: Server) -> None:
        if notebook.shows_for_the_first_time(server):
            notebook.show(status.link(server.url, running=server.running))

    formatters.ipython_display_formatter.for_type(ClientResponse, show_response)
    formatters.ipython_display_formatter.for_type(Server, show_server)


def load_magics(notebook: Notebook) -> None:
    """Add the magics and the names. Loading again changes nothing."""
    shell = notebook.shell
    if "route" not in shell.magics_manager.magics["cell"]:
        for name, kind, function in magics(notebook):
            shell.register_magic_function(no_var_expand(function), kind, name)
        shell.input_transformers_cleanup.append(keep_question_marks)
    added = notebook.add_names()
    if added:
        print(f"nbflask added {', '.join(added)}")


def unload_magics(notebook: Notebook) -> None:
    """Take magics, names and transformers back."""
    shell = notebook.shell
    for name, _, _ in magics(notebook):
        for table in shell.magics_manager.magics.values():
            table.pop(name, None)
    if keep_question_marks in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_question_marks)
    notebook.take_names_back()


Magic = tuple[str, str, Callable[..., Any]]


def magics(notebook: Notebook) -> list[Magic]:
    """Return name, kind and function of every magic."""
    return [
        (
            "route",
            "line_cell",  # a line alone can still ask for --help
            magic(lambda *text: route_magic.route(notebook, *text), route_help()),
        ),
        (
            "flask",
            "line",
            magic(lambda line: flask_magic.flask(notebook, line), flask_magic.USAGE),
        ),
        *(request_magic(notebook, method) for method in requests.METHODS),
    ]


def request_magic(notebook: Notebook, method: str) -> Magic:
    def send(line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        return requests.send(notebook, method, line, cell)

    name = method.lower()
    usage = requests.USAGE.format(
        name=name,
        method=method,
        example=requests.EXAMPLES[method],
        options=describe(BODY_OPTIONS),
    )
    return name, "line_cell", magic(send, usage)


def route_help() -> str:
    return route_magic.USAGE.format(options=describe(route_magic.ROUTE_OPTIONS))


def magic(function: Callable[..., Any], usage: str) -> Callable[..., Any]:
    """Return a magic that answers --help and says what is wrong in one line."""

    def run(line: str, *cell: str) -> Any:
        __tracebackhide__ = True
        if asks_for_help(line):
            print(usage)
            return None
        try:
            return function(line, *cell)
        except LineError as error:
            raise UsageError(str(error)) from None

    run.__doc__ = usage
    return run


def asks_for_help(line: str) -> bool:
    return "--help" in line.split(" -- ")[0].split()


def keep_question_marks(lines: list[str]) -> list[str]:
    """Read `%get /x?` as a request, not as a question to IPython."""
    return [
        QUESTION.sub(as_call, line.rstrip("\n")) + "\n" if "?" in line else line
        for line in lines
    ]


def as_call(found: re.Match[str]) -> str:
    before, name, rest = found.groups()
    return f"{before}get_ipython().run_line_magic({name!r}, {rest!r})"
