"""The command line and app.run, from the outside: runners, processes, sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Queue
from textwrap import dedent
from threading import Thread
from types import ModuleType
from urllib.error import HTTPError
from urllib.request import urlopen

import click
import pytest
from click.testing import CliRunner

from nbflask import Blueprint, Flask, current_app
from nbflask.cli import (
    FlaskGroup,
    NoAppException,
    cli,
    find_app_by_string,
    find_best_app,
    load_dotenv,
    with_appcontext,
)

LIMIT = 20.0  # seconds that a condition may take before a test fails

SHOP = """
    from nbflask import Flask, current_app

    app = Flask(__name__)

    @app.get("/<int:number>")
    def shelf(number):
        return f"shelf {number}"

    @app.cli.command()
    def count():
        "Count the goods."
        print(current_app.name, current_app.debug)
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """An empty current folder, and an environment that knows nothing of Flask."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FLASK_")}
    monkeypatch.setattr(os, "environ", {**kept, "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.fixture
def app():
    return Flask("shop", static_folder=None)


def write(name: str, text: str) -> None:
    Path(name).write_text(dedent(text), "utf-8")


def module(text: str) -> ModuleType:
    made = ModuleType("shop")
    exec("from nbflask import Flask\n" + text, vars(made))
    return made


# Which app is meant


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("app = Flask('a'); application = Flask('b')", "a"),
        ("application = Flask('b'); spare = Flask('c')", "b"),
        ("app = 1; only = Flask('c')", "c"),
        ("def create_app(debug=True): return Flask('d')", "d"),
        ("def create_app(): pass\ndef make_app(): return Flask('e')", "e"),
    ],
)
def test_the_usual_names_tell_which_app_is_meant(text, name):
    assert find_best_app(module(text)).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Use 'shop:name' to specify one."),
        ("a = Flask('a'); b = Flask('b')", "multiple Flask applications in module"),
        ("def make_app(x): return Flask('a')", "Use 'shop:make_app(args)' to specify"),
    ],
)
def test_when_none_is_meant_the_error_says_how_to_name_one(text, message):
    with pytest.raises(NoAppException) as caught:
        find_best_app(module(text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "outcome"),
    [
        ("made", "at hand"),
        (" make ( 'x', last='y' , ) ", "xy"),
        ("make", "could not be called with the specified arguments"),
        ("make(made)", "Failed to parse arguments as literal values"),
        ("made.name()", "must be a simple name"),
        ("made.name", "as an attribute name or function call"),
        ("make(", "as an attribute name or function call"),
        ("nothing", "Failed to find attribute 'nothing' in 'shop'"),
        ("number", "A valid Flask application was not obtained from 'shop:number'"),
    ],
)
def test_a_name_or_a_call_with_literals_tells_which_app_is_meant(reference, outcome):
    place = module(
        "made = Flask('at hand'); number = 1\n"
        "def make(first, last): return Flask(first + last)"
    )
    try:
        found = find_app_by_string(place, reference).name
    except NoAppException as error:
        found = str(error)
    assert outcome in found


def test_a_type_error_inside_a_factory_is_not_hidden():
    with pytest.raises(TypeError, match="unsupported operand"):
        find_best_app(module("def create_app(): return None + 1"))


# Commands


def test_commands_of_apps_and_blueprints_run_in_the_apps_context(app):
    blueprint = Blueprint("goods", __name__)

    @blueprint.cli.command()
    def count():
        click.echo(current_app.name)

    @app.cli.command(with_appcontext=False)
    def outside():
        click.echo(bool(current_app))

    app.register_blueprint(blueprint)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["goods", "count"]).output == "shop\n"
    assert runner.invoke(args=["outside"]).output == "False\n"


def test_any_click_command_can_ask_for_the_apps_context(app):
    @click.command()
    @with_appcontext
    def name():
        click.echo(current_app.name)

    assert app.test_cli_runner().invoke(name).output == "shop\n"


@pytest.mark.parametrize("group", ["flask.commands", "nbflask.commands"])
def test_packages_add_commands_through_entry_points(app, group, monkeypatch):
    plugin = ModuleType("a_plugin")
    plugin.greet = click.Command("greet", callback=lambda: click.echo("hello"))
    monkeypatch.setitem(sys.modules, "a_plugin", plugin)
    points = {group: [EntryPoint("welcome", "a_plugin:greet", group)]}
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: points.get(group, [])
    )
    program = FlaskGroup(create_app=lambda: app)
    assert CliRunner().invoke(program, ["welcome"]).output == "hello\n"


def test_a_broken_app_does_not_keep_anybody_from_reading_the_help():
    def create_app():
        raise LookupError("no goods")

    shown = CliRunner().invoke(FlaskGroup(create_app=create_app), ["--help"])
    assert shown.exit_code == 0
    assert "LookupError: no goods" in shown.output
    assert "routes" in shown.output


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("endpoint", ["basket", "count", "shelf"]),
        ("methods", ["basket", "shelf", "count"]),
        ("rule", ["count", "shelf", "basket"]),
        ("match", ["count", "basket", "shelf"]),
    ],
)
def test_routes_are_listed_in_the_order_that_is_asked_for(app, sort, order):
    app.add_url_rule("/a", "count", str, methods=["POST"])
    app.add_url_rule("/z", "basket", str)
    app.add_url_rule("/b/<x>", "shelf", str)
    program = FlaskGroup(create_app=lambda: app)
    shown = CliRunner().invoke(program, ["routes", "--sort", sort])
    headings, dashes, *rows = shown.output.splitlines()
    assert headings.split() == ["Endpoint", "Methods", "Rule"]
    assert dashes == "--------  -------  ------"
    assert [row.split()[0] for row in rows] == order


@pytest.mark.parametrize(
    ("arguments", "environment", "output"),
    [
        (["--app", "shop", "count"], {}, "shop False\n"),
        (["--app", "shop:app", "--debug", "count"], {}, "shop True\n"),
        (["count"], {"FLASK_APP": "shop.py", "FLASK_DEBUG": "1"}, "shop True\n"),
        (["--no-debug", "count"], {"FLASK_APP": "shop"}, "shop False\n"),
        (["--env-file", "settings", "count"], {}, "shop True\n"),
    ],
)
def test_options_the_environment_and_files_tell_app_and_debug(
    arguments, environment, output, monkeypatch
):
    write("shop.py", SHOP)
    write("settings", "FLASK_APP=shop\nFLASK_DEBUG=1")
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    os.environ.update(environment)
    assert CliRunner().invoke(cli, arguments).output == output
    monkeypatch.delitem(sys.modules, "shop")


def test_of_env_files_the_more_particular_one_wins_and_the_environment_over_all():
    write(".flaskenv", "A=flaskenv\nB=flaskenv\nC=flaskenv\nD=flaskenv")
    write(".env", "B=env\nC=env\nD=env")
    write("asked_for", "C=file\nD=file")
    os.environ["D"] = "set"
    assert load_dotenv("asked_for")
    assert [os.environ[name] for name in "ABCD"] == ["flaskenv", "env", "file", "set"]


# Serving


@pytest.mark.parametrize(
    ("server_name", "asked", "served"),
    [
        (None, {}, ("127.0.0.1", 5000)),
        ("shop.test:80", {}, ("shop.test", 80)),
        ("shop.test", {}, ("shop.test", 5000)),
        ("shop.test:80", {"host": "0.0.0.0", "port": 0}, ("0.0.0.0", 0)),
    ],
)
def test_run_listens_where_it_is_told_else_at_the_server_name(
    app, server_name, asked, served, monkeypatch
):
    calls = []
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda *a, **k: calls.append(a))
    app.config["SERVER_NAME"] = server_name
    app.run(**asked)
    assert calls == [(*served, app)]


class Process:
    """A Python process whose output is read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-u", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ,
            text=True,
            start_new_session=True,  # a reloader and its child get one signal
        )
        self.lines: Queue[str | None] = Queue()
        self.reader = Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, text: str) -> str:
        """Return the next line with this text."""
        seen = []
        while (line := self.lines.get(timeout=LIMIT)) is not None:
            if text in line:
                return line
            seen.append(line)
        raise AssertionError(f"The process ended without {text!r}: {''.join(seen)}")

    def interrupt(self) -> int:
        """Send what Ctrl-C sends, and return the exit code."""
        os.killpg(self.popen.pid, signal.SIGINT)
        return self.popen.wait(LIMIT)

    def close(self) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(LIMIT)
        self.reader.join(LIMIT)
        self.popen.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    # A shell starts what runs in its background deaf to SIGINT, and so its children.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(*arguments: str) -> Process:
        started.append(Process(*arguments))
        return started[-1]

    yield start
    for process in started:
        process.close()
    signal.signal(signal.SIGINT, former)


def ask(address: str) -> str:
    """Return the body of the response, of an error too."""
    try:
        with urlopen(address, timeout=LIMIT) as response:
            return response.read().decode()
    except HTTPError as error:
        with error:
            return error.read().decode()


def address_of(process: Process) -> str:
    return process.until("Running on http").split()[-1]


def test_the_package_can_be_run_and_ignores_a_run_in_the_module(start):
    write("shop.py", dedent(SHOP) + "app.run()")
    process = start("-m", "nbflask", "--app", "shop", "routes")
    process.until("Ignoring a call to 'app.run()'")
    assert process.until("shelf").split() == ["shelf", "GET", "/<int:number>"]
    assert process.popen.wait(LIMIT) == 0


@pytest.mark.parametrize("debug", [False, True])
def test_a_plain_script_serves_until_it_is_interrupted(debug, start):
    run = f"if __name__ == '__main__':\n    app.run(port=0, debug={debug})"
    write("shop.py", dedent(SHOP) + run)
    process = start("shop.py")
    process.until("Serving Flask app 'shop'")
    process.until(f"Debug mode: {'on' if debug else 'off'}")
    address = address_of(process)
    if debug:
        process.until("Debugger is active!")
    assert ask(f"{address}/7") == "shelf 7"
    assert process.interrupt() == 0


def test_after_a_broken_edit_the_server_lives_on_to_see_the_mended_file(start):
    write("shop.py", SHOP)
    process = start("-m", "nbflask", "--app", "shop", "run", "--debug", "--port", "0")
    address = address_of(process)
    process.until("Debugger is active!")
    assert ask(f"{address}/7") == "shelf 7"

    write("shop.py", "raise LookupError('no goods')")
    process.until("Debugger is active!")
    assert "LookupError: no goods" in ask(f"{address}/7")

    write("shop.py", SHOP.replace("shelf {", "new shelf {"))
    process.until("Debugger is active!")
    assert ask(f"{address}/7") == "new shelf 7"
    assert process.interrupt() == 0
