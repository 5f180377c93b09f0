"""%flask: the app's state and its routes, and the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from ...blueprints import Blueprint
from ...judging import place_of, with_place
from ...registry.owners import FRAMEWORK
from ...registry.records import Hook, Record, Route, View
from ...registry.registry import reaches
from ..display import Card
from ..display import blueprints as blueprints_display
from ..display import routes as routes_display
from ..display.routes import RouteRow
from ..grammar import LineError, Option, parse
from ..grammar.options import HELP
from ..look import described, shown_name
from ..notices import counted
from ..session import Notebook


def port_number(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError("is not a port, such as 5000")
    return int(text)


RUN_OPTIONS = (
    Option("--port", "N", "the port to listen on, 0 for any (5000)", port_number),
    Option("--host", "H", "the address to listen on (127.0.0.1)"),
    HELP,
)

USAGE = """\
%flask                       the state of it all
%flask routes [FILTER]       every route: rule, methods, endpoint, view, cell
%flask blueprints            the tree of blueprints: prefixes, members, cells
%flask run [--port N] [--host H]
                             serve the app in the background
%flask stop                  stop serving
%flask use NAME              act on the app in another variable
%flask adopt                 take over what the variable's former app has
%flask client reset          forget all cookies

Examples:
    %flask routes users
    %flask run --port 5001"""

Command = Callable[[Notebook, Sequence[str]], Any]


def flask(notebook: Notebook, line: str) -> Any:
    """Run a subcommand; without one, show the state of it all."""
    name, _, rest = line.strip().partition(" ")
    if name == "help":
        print(USAGE)
        return None
    if name == "run":
        return run(notebook, rest)
    words = parse(rest, (HELP,)).items
    if not name:
        return status(notebook, words)
    if name not in COMMANDS:
        near = get_close_matches(name, [*COMMANDS, "run"], 1)
        hint = f" Did you mean %flask {near[0]}?" if near else ""
        raise LineError(f"%flask knows no {name!r}.{hint} See %flask --help")
    return COMMANDS[name](notebook, words)


def status(notebook: Notebook, words: Sequence[str]) -> Card:
    app = notebook.app
    records = app.registry.table.records
    server = notebook.serving.server
    pairs = [
        ("app", f"{notebook.app_name} = {described(app)}"),
        ("routes", str(count(records, Route))),
        ("hooks", str(count(records, Hook))),
        ("blueprints", ", ".join(app.blueprints) or "none"),
        ("server", "not running" if server is None else server.url),
        ("debug", "on" if app.debug else "off"),
    ]
    return routes_display.status(pairs)


def count(records: Sequence[Record], kind: type[Record]) -> int:
    return sum(isinstance(each, kind) for each in records)


def routes(notebook: Notebook, words: Sequence[str]) -> Card:
    """Return the table of routes, of those that a filter names."""
    rows = rows_of(notebook.app)
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
    return routes_display.table(rows)


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


def run(notebook: Notebook, line: str) -> Any:
    arguments = parse(line, RUN_OPTIONS)
    options = arguments.options
    refuse("run", arguments.items)
    notebook.app  # noqa: B018  # a missing app is said now, not at the first request
    return notebook.run(lambda: notebook.app, options["host"], options["port"])


def refuse(name: str, words: Sequence[str]) -> None:
    if words:
        raise LineError(f"%flask {name} takes no {words[0]!r}. See %flask --help")


def stop(notebook: Notebook, words: Sequence[str]) -> None:
    refuse("stop", words)
    server = notebook.serving.server
    notebook.serving.stop()
    print("No server is running." if server is None else f"Stopped {server.url}")


def use(notebook: Notebook, words: Sequence[str]) -> None:
    if len(words) != 1:
        raise LineError("Name one variable: %flask use NAME")
    app = notebook.use(words[0])
    print(f"The magics now act on {words[0]} ({app!r}).")


def adopt(notebook: Notebook, words: Sequence[str]) -> None:
    """Move what the former apps have to the app of now, and say what it is."""
    refuse("adopt", words)
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
            raise LineError(str(error)) from None
    print(f"{name} has taken over {counted(moved)}.")
    staying = sorted({each for former in formers for each in former.extensions})
    if missing := [each for each in staying if each not in app.extensions]:
        print(f"Not the extensions ({', '.join(missing)}): set them up again.")


def client(notebook: Notebook, words: Sequence[str]) -> None:
    if list(words) != ["reset"]:
        raise LineError("Say what to do with the clients: %flask client reset")
    notebook.forget_cookies()
    print("All cookies are forgotten.")


def blueprints(notebook: Notebook, words: Sequence[str]) -> Card:
    """Return the tree of blueprints, which `app.outline()` is as data."""
    refuse("blueprints", words)
    return blueprints_display.card(
        notebook.app.outline(), loose=list(unregistered(notebook))
    )


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
    "routes": routes,
    "blueprints": blueprints,
    "stop": stop,
    "use": use,
    "adopt": adopt,
    "client": client,
}
