"""%flask: the state of it all, the routes, and the commands of other modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ...blueprints import Blueprint
from ...grammar.errors import LineError
from ...grammar.options import HELP, Arguments, Option, describe, parse
from ...judging import place_of, with_place
from ...outline import Branch
from ...registry.owners import FRAMEWORK
from ...registry.records import Hook, Record, Route, View
from ...registry.registry import reaches
from ..cells.notices import counted
from ..display import blueprints as blueprints_display
from ..display import log as log_display
from ..display import routes as routes_display
from ..display.routes import RouteRow
from ..requests.look import described, shown_name
from ..session import Notebook
from . import explore, export, serve

USAGE = f"""\
%flask                       the state of it all
%flask routes [FILTER]       every route: rule, methods, endpoint, view, cell
%flask blueprints            the tree of blueprints: prefixes, members, cells
%flask run [OPTION…]         serve the app in the background
%flask log [N | clear]       what was asked, as it comes; %replay asks again
%flask explore               a panel: choose a route, fill it in, send it
%flask restart               stop serving and start again
%flask stop                  stop serving
%flask use NAME              act on the app in another variable
%flask adopt                 take over what the variable's former app has
%flask client reset          forget all cookies
%flask export MODULE.py      write the app as a module: what it needs, and no more

Examples:
    %flask routes users
    %flask run --port 5001
    %flask run --show /
    %flask export app.py

Options of %flask run:
{describe(serve.RUN_OPTIONS)}

Options of %flask export:
{describe(export.EXPORT_OPTIONS)}

Where your browser finds the server comes from the environment (JupyterHub, Binder,
Codespaces, code-server, Colab), or from you:
    %config NBFlask.public_url = "https://host/prefix/{{port}}"

In Python: app.run(host="0.0.0.0", port=5001, token=True, debugger=False)"""


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: what it does with the rest of the line, and what may stand there.

    Without `takes` it takes options alone.
    """

    act: Callable[[Notebook, Arguments], Any]
    options: Sequence[Option] = (HELP,)
    takes: bool = False


def flask(notebook: Notebook, line: str) -> Any:
    """Run a subcommand; without one, show the state of it all."""
    name, _, rest = line.strip().partition(" ")
    if name == "help":
        print(USAGE)
        return None
    command = COMMANDS.get(name)
    if command is None:
        near = get_close_matches(name, COMMANDS, 1)
        hint = f" Did you mean %flask {near[0]}?" if near else ""
        raise LineError(f"%flask knows no {name!r}.{hint} See %flask --help")
    arguments = parse(rest, command.options)
    if arguments.items and not command.takes:
        raise LineError(not_taken(name, arguments, command))
    return command.act(notebook, arguments)


def not_taken(name: str, arguments: Arguments, command: Command) -> str:
    """Say that a word has no place, and where it may belong."""
    word = arguments.items[0]
    alone = (
        each
        for each in command.options
        if each.implied is not None and arguments.options[each.key] == each.implied
    )
    fix = next((f"Write {each.name}={word}?" for each in alone), "See %flask --help")
    return f"%flask {f'{name} takes'.lstrip()} no {word!r}. {fix}"


def status(notebook: Notebook, arguments: Arguments) -> None:
    app = notebook.app
    records = app.registry.table.records
    server = notebook.serving.server
    pairs = [
        ("app", f"{notebook.app_name} = {described(app)}"),
        ("routes", str(count(records, Route))),
        ("hooks", str(count(records, Hook))),
        ("blueprints", ", ".join(app.blueprints) or "none"),
        ("server", "not running" if server is None else notebook.link_to(server)),
        *serve.more_of(notebook),
        ("log", log_display.counted(notebook.serving.log.heard_of)),
        ("debug", "on" if app.debug else "off"),
    ]
    notebook.show(routes_display.status(pairs))


def count(records: Sequence[Record], kind: type[Record]) -> int:
    return sum(isinstance(each, kind) for each in records)


def routes(notebook: Notebook, arguments: Arguments) -> None:
    """Show the table of routes, of those that a filter names."""
    rows, words = rows_of(notebook.app), arguments.items
    if words:
        wanted = [word.lower() for word in words]
        rows = [
            row
            for row in rows
            if all(
                word in f"{row.rule} {row.endpoint} {','.join(row.methods)}".lower()
                for word in wanted
            )
        ]
        if not rows:
            raise LineError(
                f"No route matches {' '.join(words)!r}. See all with %flask routes"
            )
    notebook.show(routes_display.table(rows))


def rows_of(app: Any) -> list[RouteRow]:
    table = app.registry.table
    views = {each.endpoint: each for each in table.records if isinstance(each, View)}
    routes = (each for each in table.records if isinstance(each, Route))
    return [
        row_of(route, views.get(route.endpoint), place_of(rule))
        for route, rule in zip(routes, table.bound.values(), strict=True)
    ]


def row_of(route: Route, view: View | None, place: str) -> RouteRow:
    return RouteRow(
        rule=with_place(route.rule, place),
        methods=tuple(sorted(route.asked_methods)),
        endpoint=route.endpoint,
        view="no view yet" if view is None else shown_name(view.target),
        blueprint=route.scope,
        owner=str(route.owner),
    )


def use(notebook: Notebook, arguments: Arguments) -> None:
    if len(arguments.items) != 1:
        raise LineError("Name one variable: %flask use NAME")
    (name,) = arguments.items
    app = notebook.use(name)
    print(f"The magics now act on {name} ({app!r}).")


def adopt(notebook: Notebook, arguments: Arguments) -> None:
    """Move what the former apps have to the app of now, and say what it is."""
    name, app = notebook.app_name, notebook.app
    formers = notebook.formers.of(name, app)
    if not formers:
        raise LineError(
            f"There is nothing to adopt: no former app of {name!r} has anything that"
            " it lacks"
        )
    moved: list[Record] = []
    for former in formers:
        try:
            moved += app.adopt(former)
        except ValueError as error:
            raise LineError(f"{error}. Set it up again, then adopt the rest") from None
    print(f"{name} has taken over {counted(moved)}.")
    extensions = {each for former in formers for each in former.extensions}
    if missing := sorted(extensions - {*app.extensions}):
        print(f"Not the extensions ({', '.join(missing)}): set them up again.")
    if missing := sorted({each for it in formers for each in lost_settings(it, app)}):
        print(f"Not the configuration ({', '.join(missing)}): set it again.")


def lost_settings(former: Any, app: Any) -> Iterator[str]:
    """Yield what is configured on a former app, and is not on the one of now."""
    for name, value in former.config.items():
        own = name in app.config and not is_default(app, name, app.config[name])
        if not own and not is_default(former, name, value):
            yield name


def is_default(app: Any, name: str, value: object) -> bool:
    if name not in app.default_config:
        return False
    usual = app.default_config[name]
    # Of one class first: to compare arrays gives no answer.
    return value is usual or (type(value) is type(usual) and bool(value == usual))


def client(notebook: Notebook, arguments: Arguments) -> None:
    if list(arguments.items) != ["reset"]:
        raise LineError("Say what to do with the clients: %flask client reset")
    notebook.forget_cookies()
    print("All cookies are forgotten.")


def blueprints(notebook: Notebook, arguments: Arguments) -> Branch:
    """Show the tree of blueprints, which is returned as data: `app.outline()`."""
    app = notebook.app.outline()
    loose = list(unregistered(notebook))
    notebook.show_once(app, blueprints_display.card(app, loose=loose))
    return app


def unregistered(notebook: Notebook) -> Iterator[str]:
    """Say which blueprints in the notebook's variables are mounted on nothing."""
    held = {
        value.registry: name
        for name, value in list(notebook.shell.user_ns.items())
        if isinstance(value, Blueprint) and not name.startswith("_")
    }
    for registry, name in held.items():
        others = (each for each in held if each is not registry)
        if any(reaches(each, registry) for each in (notebook.app.registry, *others)):
            continue
        owners = (each.owner for each in registry.records)
        owner = next((each for each in owners if each != FRAMEWORK), None)
        what = name if owner is None else f"{name} ({owner})"
        fix = f"{notebook.app_name}.register_blueprint({name})"
        yield f"{what} is not registered: {fix}"


COMMANDS: dict[str, Command] = {
    "": Command(status),
    "routes": Command(routes, takes=True),
    "blueprints": Command(blueprints),
    "run": Command(serve.run, serve.RUN_OPTIONS),
    "restart": Command(serve.restart),
    "stop": Command(serve.stop),
    "log": Command(serve.log, takes=True),
    "explore": Command(explore.explore),
    "use": Command(use, takes=True),
    "adopt": Command(adopt),
    "client": Command(client, takes=True),
    "export": Command(export.export, export.EXPORT_OPTIONS, takes=True),
}
