"""How the notebook layer is put into a shell, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from ..app import Flask
from ..ctx import ADVICE
from ..doors import DOORS
from ..explain import Explanation
from ..outline import Branch
from ..recording import Trace
from ..registry import policies
from ..registry.editions import between_runs
from ..server import Server
from ..testing import ClientResponse
from .completion import Surroundings, matcher
from .display import Card
from .display import blueprints as blueprints_card
from .display import response as response_card
from .display import routes as status
from .display import trace as trace_card
from .display import why as why_card
from .grammar import BODY_OPTIONS, LineError, describe, split
from .look import view_of
from .magics import contexts as contexts_magic
from .magics import files, requests
from .magics import flask as flask_magic
from .magics import look as look_magic
from .magics import route as route_magic
from .session import Notebook

RUNNER = "nbflask.notebook:run"
_runner_before = DOORS["runner"]

#: What core functions return as data, and the cards that show it.
CARDS: dict[type[Any], Callable[[Any], Card]] = {
    Explanation: why_card.card,
    Trace: trace_card.card,
    Branch: blueprints_card.card,
}

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

#: `%get /x?` would otherwise ask IPython for help on a thing named /x.
QUESTION = re.compile(
    r"^(\s*(?:[\w.\[\]]+\s*=\s*)?)%"
    r"(get|post|put|patch|delete|head|options|why|trace)"
    r"[ \t]+(\S.*\?+)[ \t]*$"
)

#: `%%ctx` needs no body of its own: the cell is run as any other.
CELL_WITHIN = re.compile(r"^%%ctx\b[ \t]*(.*)$")

#: `%%get --help` lacks the body that IPython wants of a cell magic.
CELL_HELP = re.compile(
    r"^%%((?:route|template|static|ctx"
    r"|get|post|put|patch|delete|head|options|trace)\b(?:[ \t].*)?)$"
)


def begin(shell: Any) -> Notebook:
    """Make apps live, and show responses as cards."""
    notebook = Notebook(shell)
    notebook.watch.start()
    notebook.contexts.start()
    switch(notebook, live=notebook.settings.live)
    notebook.settings.observe(lambda change: switch(notebook, change.new), "live")
    shell.configurables.append(notebook.settings)
    DOORS["runner"] = RUNNER
    show_by_type(notebook)
    notebook.last_failure.start()
    return notebook


def end(notebook: Notebook) -> None:
    """Undo `begin`."""
    switch(notebook, live=False)
    notebook.contexts.stop()
    notebook.watch.stop()
    notebook.serving.stop()
    notebook.last_failure.stop()
    notebook.shell.configurables.remove(notebook.settings)
    DOORS["runner"] = _runner_before
    formatters = notebook.shell.display_formatter
    for kind in (ClientResponse, Server, *CARDS):
        formatters.ipython_display_formatter.pop(kind, None)


def switch(notebook: Notebook, live: bool) -> None:
    """Let the live rules hold, in cells and in what goes on between them, or not."""
    if live:
        policies.set_default(between_runs(notebook.shell.user_ns))
    else:
        policies.set_default()
    notebook.watch.switch(live=live)


def run_in_cell(
    notebook: Notebook,
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
    held = notebook.shell.user_ns.get(notebook.app_name) is app
    resolve = (lambda: notebook.app) if held else (lambda: app)
    try:
        server = notebook.run(resolve, host, port_number(port))
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


def port_number(port: Any) -> int | None:
    """Return a port as `app.run` takes it: a number, or its digits."""
    try:
        return None if port is None else int(port)
    except (TypeError, ValueError):
        raise LineError(f"{port!r} is not a port, such as 5000") from None


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

    for kind, card in CARDS.items():
        show_data(notebook, kind, card)
    formatters.ipython_display_formatter.for_type(ClientResponse, show_response)
    formatters.ipython_display_formatter.for_type(Server, show_server)


def show_data(notebook: Notebook, kind: type[Any], card: Callable[[Any], Card]) -> None:
    """Show what is of one type as a card, once in each cell."""

    def show(thing: Any) -> None:
        if notebook.shows_for_the_first_time(thing):
            notebook.show(card(thing))

    formatter = notebook.shell.display_formatter.ipython_display_formatter
    formatter.for_type(kind, show)


def load_magics(notebook: Notebook) -> None:
    """Add the magics and the names. Loading again changes nothing."""
    shell = notebook.shell
    if "route" not in shell.magics_manager.magics["cell"]:
        for name, kind, function in magics(notebook):
            shell.register_magic_function(no_var_expand(function), kind, name)
        shell.input_transformers_cleanup.extend(TRANSFORMERS)
        ADVICE.update(contexts_magic.ADVICE)
        add_completion(notebook)
    added = notebook.add_names()
    if added:
        print(f"nbflask added {', '.join(added)}")


def unload_magics(notebook: Notebook) -> None:
    """Take magics, names and transformers back."""
    shell = notebook.shell
    for name, _, _ in magics(notebook):
        for table in shell.magics_manager.magics.values():
            table.pop(name, None)
    for transform in TRANSFORMERS:
        if transform in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.remove(transform)
    ADVICE.clear()
    matchers = shell.Completer.custom_matchers
    if notebook.matcher in matchers:
        matchers.remove(notebook.matcher)
    notebook.take_names_back()


def add_completion(notebook: Notebook) -> None:
    """Let Tab know of the app, and of the magics by their help."""
    helps = {name: run.__doc__ or "" for name, _, run in magics(notebook)}
    names = notebook.shell.user_ns

    def ask() -> Surroundings:
        app = names.get(notebook.app_name)
        return Surroundings(app if isinstance(app, Flask) else None, helps, names)

    notebook.matcher = matcher(ask)
    notebook.shell.Completer.custom_matchers.append(notebook.matcher)


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
            "template",
            "line_cell",
            magic(lambda *text: files.template(notebook, *text), template_help()),
        ),
        (
            "static",
            "line_cell",
            magic(lambda *text: files.static(notebook, *text), files.STATIC_USAGE),
        ),
        (
            "ctx",
            "line_cell",
            magic(
                lambda *text: contexts_magic.ctx(notebook, *text), contexts_magic.USAGE
            ),
        ),
        (
            "flask",
            "line",
            magic(lambda line: flask_magic.flask(notebook, line), flask_magic.USAGE),
        ),
        ("why", "line", magic(lambda line: look_magic.why(notebook, line), why_help())),
        (
            "trace",
            "line_cell",
            magic(lambda *text: look_magic.trace(notebook, *text), trace_help()),
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


def template_help() -> str:
    return files.TEMPLATE_USAGE.format(options=describe(files.TEMPLATE_OPTIONS))


def why_help() -> str:
    return look_magic.WHY_USAGE.format(options=describe(look_magic.WHY_OPTIONS))


def trace_help() -> str:
    options = describe(look_magic.TRACE_BODY_OPTIONS)
    return look_magic.TRACE_USAGE.format(options=options)


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
    try:
        words = split(line)
    except LineError:
        words = line.split()
    until = words.index("--") if "--" in words else len(words)
    return not {"--help", "-h"}.isdisjoint(words[:until])


def keep_question_marks(lines: list[str]) -> list[str]:
    """Read `%get /x?` as a request, not as a question to IPython."""
    return [
        QUESTION.sub(as_call, line.rstrip("\n")) + "\n" if "?" in line else line
        for line in lines
    ]


def as_call(found: re.Match[str]) -> str:
    before, name, rest = found.groups()
    return f"{before}get_ipython().run_line_magic({name!r}, {rest!r})"


def answer_for_help(lines: list[str]) -> list[str]:
    """Read `%%get --help` without a body as `%get --help`."""
    found = CELL_HELP.match(lines[0].rstrip()) if lines else None
    if found is None or "".join(lines[1:]).strip() or not asks_for_help(found[1]):
        return lines
    return [f"%{found[1]}\n", *lines[1:]]


def run_within(lines: list[str]) -> list[str]:
    """Read `%%ctx PATH` as a push that ends with the cell, above the rest of it."""
    found = CELL_WITHIN.match(lines[0].rstrip()) if lines else None
    if found is None or found[1].endswith("?"):
        return lines
    line = f"within {found[1]}"
    call = f"get_ipython().run_line_magic('ctx', {line!r})\n"
    return [call, *lines[1:]]


TRANSFORMERS = (keep_question_marks, answer_for_help, run_within)
