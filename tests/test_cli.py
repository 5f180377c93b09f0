"""The command line and app.run, from the outside: runners, processes, sockets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from socket import socket
from textwrap import dedent
from types import ModuleType
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click
import pytest
from click.testing import CliRunner
from processes import LIMIT, write

from nbflask import Blueprint, Flask, current_app
from nbflask.cli import (
    AppGroup,
    FlaskGroup,
    NoAppException,
    ScriptInfo,
    cli,
    find_app_by_string,
    find_best_app,
    load_dotenv,
    with_appcontext,
)

pytestmark = pytest.mark.usefixtures("terminal")

#: The two ways to start the command line, each with what its apps import.
PROGRAMS = {
    "nbflask": ("-m", "nbflask"),
    "flask": ("-m", "nbflask.alias", "-m", "flask"),
}

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


@pytest.fixture
def app():
    return Flask("shop", static_folder=None)


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


@pytest.mark.parametrize(
    ("made", "mounted", "words"),
    [
        ({}, {}, ["goods", "count"]),
        ({"cli_group": "store"}, {}, ["store", "count"]),
        ({"cli_group": None}, {}, ["count"]),
        ({"cli_group": "store"}, {"cli_group": "shelf"}, ["shelf", "count"]),
        ({"cli_group": "store"}, {"cli_group": None}, ["count"]),
        ({}, {"name": "wares"}, ["wares", "count"]),
    ],
)
def test_a_blueprints_commands_are_in_a_group_of_its_name_or_where_it_says(
    app, made, mounted, words
):
    blueprint = Blueprint("goods", __name__, **made)
    blueprint.cli.command("count")(lambda: click.echo("3"))
    app.register_blueprint(blueprint, **mounted)
    assert app.test_cli_runner().invoke(args=words).output == "3\n"
    assert list(app.cli.commands) == words[:1]


def test_a_nested_blueprints_commands_are_in_a_group_of_its_full_name_alone(app):
    parent, child = Blueprint("parent", __name__), Blueprint("child", __name__)
    for blueprint in (parent, child):
        blueprint.cli.command("count")(lambda: click.echo("3"))
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    known = {name: list(group.commands) for name, group in app.cli.commands.items()}
    assert known == {"parent": ["count"], "parent.child": ["count"]}


def test_a_group_of_ones_own_keeps_its_commands_and_knows_the_blueprints(app):
    app.cli.command("former")(lambda: None)
    app.cli = AppGroup("mine", commands={"sum": click.Command("sum")})
    blueprint = Blueprint("goods", __name__)
    blueprint.cli = AppGroup("mine")
    blueprint.cli.command("count")(lambda: click.echo(current_app.name))
    app.register_blueprint(blueprint)
    assert sorted(app.cli.commands) == ["goods", "sum"]
    shown = app.test_cli_runner().invoke(args=["goods", "count"])
    assert shown.output == "shop\n"


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


@pytest.fixture
def broken_plugin(monkeypatch):
    """A package's command that cannot be imported, among those for Flask."""
    points = {"flask.commands": [EntryPoint("db", "no_such_module:db", "x")]}
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: points.get(group, [])
    )


def test_a_broken_plugin_is_complained_of_only_where_it_is_meant(app, broken_plugin):
    program = FlaskGroup(create_app=lambda: app)
    complaint = "Error: The command 'db' of 'no_such_module:db' cannot be loaded: No"
    listed = CliRunner().invoke(program, ["routes"])
    assert (listed.exit_code, complaint in listed.output) == (0, False)
    asked = CliRunner().invoke(FlaskGroup(create_app=lambda: app), ["db"])
    assert asked.exit_code == 2
    assert complaint in asked.output
    assert "No such command 'db'" in asked.output
    shown = CliRunner().invoke(FlaskGroup(create_app=lambda: app), ["--help"])
    assert shown.exit_code == 0
    assert "routes" in shown.output


def test_a_plugin_for_flask_finds_the_alias_that_the_app_has_installed(
    tmp_path, start, monkeypatch
):
    """Though it imports flask itself, and no program has asked for the alias."""
    write("app.py", "import nbflask; nbflask.install_as_flask()\n" + dedent(SHOP))
    write(
        "a_plugin.py",
        """
        import click
        from flask import current_app
        from flask.cli import with_appcontext

        @click.command()
        @with_appcontext
        def whose():
            click.echo(f"{current_app.name} {current_app.__class__.__module__}")
        """,
    )
    info = tmp_path / "a_plugin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: a_plugin\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text("[flask.commands]\nwhose = a_plugin:whose\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert start("-m", "nbflask", "whose").until("nbflask.app") == "app nbflask.app\n"


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
    ("settings", "heading"),
    [({}, "Subdomain"), ({"host_matching": True, "static_host": "b"}, "Host")],
)
def test_routes_show_a_domain_if_any_has_one(settings, heading):
    app = Flask("shop", **settings)
    app.add_url_rule("/x", "x", **{heading.lower(): "a"})
    program = FlaskGroup(create_app=lambda: app)
    shown = CliRunner().invoke(program, ["routes", "--sort", "domain", "--all-methods"])
    rows = [re.split("  +", line.strip()) for line in shown.output.splitlines()]
    assert rows[0] == ["Endpoint", "Methods", heading, "Rule"]
    assert ["x", "GET, HEAD, OPTIONS", "a", "/x"] in rows


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


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_run_in_the_module_is_ignored_by_the_command_line(name, start):
    write("shop.py", dedent(SHOP).replace("nbflask", name) + "app.run()")
    process = start(*PROGRAMS[name], "--app", "shop", "routes")
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
    assert process.address
    if debug:
        process.until("Debugger is active!")
    assert process.ask("/7") == "shelf 7"
    assert process.interrupt() == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_after_a_broken_edit_the_server_lives_on_to_see_the_mended_file(name, start):
    # Whose Flask it is shows that the reloader's child is under the alias, too.
    shop = SHOP.replace("nbflask", name).replace("shelf {", "{Flask.__module__} {")
    write("shop.py", shop)
    process = start(*PROGRAMS[name], "--app", "shop", "run", "--debug", "--port", "0")
    assert process.address
    process.until("Debugger is active!")
    assert process.ask("/7") == "nbflask.app 7"

    write("shop.py", "raise LookupError('no goods')")
    process.until("Debugger is active!")
    assert "LookupError: no goods" in process.ask("/7")

    write("shop.py", shop.replace("{number}", "new {number}"))
    process.until("Debugger is active!")
    assert process.ask("/7") == "nbflask.app new 7"
    assert process.interrupt() == 0


def test_an_app_is_served_by_the_own_server_until_it_is_interrupted(start):
    write("shop.py", SHOP)
    process = start("-m", "nbflask", "--app", "shop", "serve", "--port", "0")
    process.until("Serving Flask app 'shop'")
    assert process.address.startswith("http://127.0.0.1:")
    assert process.ask("/7") == "shelf 7"
    process.until("GET /7 HTTP/1.1 200")
    assert "Not served under the name" in foreign(process)
    assert process.interrupt() == 0


def foreign(process):
    """Ask under a name that the server does not know."""
    request = Request(f"{process.address}/7", headers={"Host": "evil.test"})
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=LIMIT)
    with refused.value as answer:
        return answer.read().decode()


@pytest.mark.skipif(os.name == "nt", reason="there a process is ended at once")
def test_the_own_server_ends_in_good_order_when_the_process_is_ended(start):
    write("shop.py", SHOP)
    process = start("-m", "nbflask", "-A", "shop", "serve", "-p", "0", "--token", "s3")
    assert "This server asks for its token" in process.ask("/7")
    known = Request(f"{process.address}/7", headers={"Authorization": "Bearer s3"})
    with urlopen(known, timeout=LIMIT) as answer:
        assert answer.read() == b"shelf 7"
    process.popen.terminate()
    assert process.popen.wait(LIMIT) == 0


def test_the_own_server_moves_on_from_a_busy_port_and_says_so(start):
    write("shop.py", SHOP)
    with socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        process = start("-m", "nbflask", "-A", "shop", "serve", "-p", str(port))
        process.until(f"Port {port} is taken; this one is free:")
        assert process.ask("/7") == "shelf 7"
        assert process.interrupt() == 0


def test_options_of_run_can_be_set_in_the_environment_and_in_files(start):
    write("shop.py", SHOP)
    write(".flaskenv", "FLASK_APP=shop\nFLASK_RUN_PORT=0\nFLASK_RUN_HOST=nowhere")
    os.environ.update(FLASK_RUN_HOST="127.0.0.1", FLASK_DEBUG="1", FLASK_RUN_RELOAD="0")
    process = start("-m", "nbflask", "run")
    process.until("Serving Flask app 'shop'")
    process.until("Debug mode: on")
    assert process.ask("/7") == "shelf 7"
    assert process.interrupt() == 0


def test_the_debugger_shows_where_a_view_fails(start):
    write("shop.py", SHOP.replace('f"shelf {number}"', "1 / (number - 7)"))
    process = start(
        "-m", "nbflask", "-A", "shop", "run", "-p", "0", "--debug", "--no-reload"
    )
    page = process.ask("/7")
    assert "ZeroDivisionError: division by zero" in page
    assert "EVALEX = true" in page
    assert process.interrupt() == 0


def test_a_port_in_use_is_said_without_a_traceback(start):
    write("shop.py", SHOP)
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start("-m", "nbflask", "--app", "shop", "run", "--port", port)
        process.until(f"Port {port} is in use by another program.")
        assert process.popen.wait(LIMIT) == 1


# What a shell and a script see


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("line", "code", "stream", "text"),
    [
        ("", 2, "stderr", "Usage: "),
        ("--help", 0, "stdout", "Usage: "),
        ("--version", 0, "stdout", "Flask 3.1.3"),
        ("routes", 2, "stderr", "Error: Could not locate a Flask application."),
        ("nothing", 2, "stderr", "Error: No such command 'nothing'."),
        ("-A none routes", 2, "stderr", "Error: Could not import 'none'."),
        ("-A broken routes", 2, "stderr", "Error: While importing 'broken', an Import"),
        ("-A failing routes", 1, "stderr", "LookupError: no goods"),
        ("-A shop:none count", 2, "stderr", "Error: Failed to find attribute 'none'"),
        ("-A shop count", 0, "stdout", "shop False"),
        ("-A shop.py:app --debug count", 0, "stdout", "shop True"),
        ("-A shop run -p x", 2, "stderr", "'x' is not a valid integer."),
        ("-A shop run --key shop.py", 2, "stderr", '"--cert" must also be specified.'),
        ("-A shop run --cert shop.py", 2, "stderr", 'Required when using "--cert".'),
        ("-A shop routes --sort x", 2, "stderr", "'x' is not one of 'endpoint', "),
        ("-e none routes", 2, "stderr", "File 'none' does not exist."),
    ],
)
def test_the_exit_code_and_the_stream_tell_how_it_went(name, line, code, stream, text):
    write("shop.py", SHOP.replace("nbflask", name))
    write("broken.py", "import nothing_of_this_name")
    write("failing.py", "raise LookupError('no goods')")
    done = subprocess.run(
        [sys.executable, *PROGRAMS[name], *line.split()],
        capture_output=True,
        env=os.environ,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == code
    assert text in getattr(done, stream)
    # Only what is not the user's mistake about the command has a traceback.
    expected = "broken" in line or "failing" in line
    assert ("Traceback" in done.stderr) is expected


def test_the_shell_knows_the_app_and_what_the_app_and_the_person_want_known():
    write("shop.py", SHOP + "    app.shell_context_processor(lambda: {'goods': 42})")
    write("mine.py", "goods, mine = 1, 2")
    os.environ["PYTHONSTARTUP"] = os.path.abspath("mine.py")
    done = subprocess.run(
        [sys.executable, *PROGRAMS["nbflask"], "-A", "shop", "shell"],
        capture_output=True,
        env=os.environ,
        input="print(app.name, goods, mine, g)\n",
        text=True,
        timeout=LIMIT,
    )
    assert "shop 42 2 <flask.g of 'shop'>" in done.stdout
    assert "App: shop" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (None, "-e --env-file -A --app --debug --no-debug --version"),
        (
            "run",
            "--debug --no-debug --host -h --port -p --cert --key --reload --no-reload"
            " --debugger --no-debugger --with-threads --without-threads --extra-files"
            " --exclude-patterns",
        ),
        ("shell", ""),
        ("routes", "--sort -s --all-methods"),
    ],
)
def test_the_options_are_flasks(command, options):
    """And of commands those by which an app is named behind them, too."""
    asked = cli if command is None else cli.commands[command]
    known = [
        name for each in asked.params for name in (*each.opts, *each.secondary_opts)
    ]
    own = {"where", "-A", "--app", "--watch"} if command else set()
    assert [each for each in known if each not in own] == options.split()


@pytest.mark.parametrize("name", ["serve", "export", "check"])
@pytest.mark.parametrize("program", ["of an app", "flask"])
def test_an_apps_own_command_comes_before_one_that_flask_has_not(name, program):
    app = Flask("shop")
    app.cli.command(name)(lambda: click.echo(f"own, {current_app.name}"))
    if program == "flask":
        group = FlaskGroup(name="flask")
        info = ScriptInfo(create_app=lambda: app)
        done = CliRunner().invoke(group, [name], obj=info, prog_name="flask")
    else:
        done = CliRunner().invoke(FlaskGroup(create_app=lambda: app), [name])
    assert (done.exit_code, done.output) == (0, "own, shop\n")
