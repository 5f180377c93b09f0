"""Requests: limits, JSON, the client, command line, JSON providers."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

import click
import flask
from flask import Flask, Request, jsonify, request
from flask.json.provider import DefaultJSONProvider, JSONProvider
from werkzeug.test import EnvironBuilder


def form():
    return {"form": request.form.to_dict(), "files": list(request.files)}


def limits_of_content(see):
    app = Flask("app")
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.post("/")(form)
    app.post("/data", endpoint="data")(lambda: request.get_data())
    app.post("/none", endpoint="none")(lambda: "unread")
    client = app.test_client()
    see(client.post("/", data={"a": "1"}), client.post("/", data={"a": "1" * 20}))
    see(client.post("/data", data="x" * 20), client.post("/none", data="x" * 20))
    see(client.post("/data", data="x" * 10))


def limits_of_form_memory(see):
    app = Flask("app")
    app.config["MAX_FORM_MEMORY_SIZE"] = 10
    app.post("/")(form)
    client = app.test_client()
    see(client.post("/", data={"a": "1" * 20}))
    see(client.post("/", data={"a": "1", "f": (io.BytesIO(b"x" * 50), "f")}))
    see(client.post("/", data={"a": "1" * 20, "f": (io.BytesIO(b"x"), "f")}))


def limits_of_form_parts(see):
    app = Flask("app")
    app.config["MAX_FORM_PARTS"] = 2
    app.post("/")(form)
    for count in (1, 2, 3):
        data = {f"n{number}": "1" for number in range(count)}
        see(app.test_client().post("/", data=data, content_type="multipart/form-data"))


def limits_of_one_request(see):
    app = Flask("app")
    app.config["MAX_CONTENT_LENGTH"] = 100

    @app.post("/")
    def tight():
        request.max_content_length = 5
        request.max_form_parts = 1
        see(
            request.max_content_length,
            request.max_form_parts,
            request.max_form_memory_size,
        )
        return form()

    see(
        app.test_client().post("/", data={"a": "1"}),
        app.test_client().post("/", data={"a": "1" * 9}),
    )
    plain = Request(EnvironBuilder().get_environ())
    see(plain.max_content_length, plain.max_form_memory_size, plain.max_form_parts)
    plain.max_content_length = 7
    see(plain.max_content_length)
    plain.max_content_length = None
    see(plain.max_content_length)


def json_in_requests(see):
    app = Flask("app")
    app.post("/")(lambda: jsonify(request.json))
    app.post("/silent", endpoint="silent")(
        lambda: jsonify(request.get_json(silent=True))
    )
    app.post("/force", endpoint="force")(lambda: jsonify(request.get_json(force=True)))
    client = app.test_client()
    for path in ("/", "/silent", "/force"):
        see(
            client.post(path, json={"a": [1, None]}), client.post(path, data='{"a": 1}')
        )
        see(client.post(path, data="{", content_type="application/json"))
        see(client.post(path, data="1", content_type="application/x+json"))


def a_request_class_of_ones_own(see):
    class Own(Request):
        def on_json_loading_failed(self, e):
            return {"failed": type(e).__name__}

        @property
        def agent(self):
            return self.headers.get("User-Agent", "").partition("/")[0]

    app = Flask("app")
    app.request_class = Own
    app.post("/")(lambda: {"json": request.get_json(), "agent": request.agent})
    see(app.test_client().post("/", data="{", content_type="application/json"))
    see(app.test_client().post("/", data="{"))


def a_request_knows_its_route(see):
    app = Flask("app")

    @app.route("/<int:n>/<x>")
    def view(n, x):
        return [
            request.endpoint,
            str(request.url_rule),
            request.view_args,
            request.blueprint,
        ]

    see(app.test_client().get("/5/a"), Request.json_module, app.test_client().get("/x"))


def jsonify_in_all_ways(see):
    app = Flask("app")
    with app.app_context():
        for args in ((), (1,), (None,), (1, 2), ([1],), ({"b": 1, "a": 2},), ("ä",)):
            see(jsonify(*args))
        see(jsonify(b=1, a=2))
        see.outcome(jsonify, 1, a=2)
        see.outcome(jsonify, object())
        see.outcome(jsonify, {1: 1, "a": 2})
        see.outcome(jsonify, {1, 2})
    app.debug = True
    with app.app_context():
        see(jsonify({"a": [1, {"b": 2}]}))


def types_that_json_knows(see):
    @dataclass
    class Point:
        x: int
        when: date

    class Markup:
        def __html__(self):
            return "<b>"

    app = Flask("app")
    values = [
        date(2020, 1, 2),
        datetime(2020, 1, 2, 3),
        datetime(2020, 1, 2, tzinfo=timezone.utc),
        Decimal("1.50"),
        uuid.UUID(int=1),
        Point(1, date(2020, 1, 1)),
        Markup(),
    ]
    with app.app_context():
        for value in values:
            see(jsonify(value), flask.json.dumps([value]))
        see.outcome(flask.json.dumps, object())
        see.outcome(flask.json.dumps, 1 + 2j)
    see(flask.json.dumps(values[:5]))
    see.outcome(flask.json.dumps, object())


def options_of_the_provider(see):
    app = Flask("app")
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    app.json.compact = False
    app.json.mimetype = "application/vnd.own+json"
    with app.app_context():
        see(
            jsonify({"b": "ä", "a": [1]}),
            flask.json.dumps({"b": "ä", "a": 1}, indent=1),
        )
    app.json.compact = True
    app.json.default = lambda value: "default"
    with app.app_context():
        see(jsonify(object()), flask.json.loads('{"a": 1}', parse_int=str))


def reading_and_writing_json(see):
    for context in (None, Flask("app").app_context()):
        if context:
            context.push()
        see(flask.json.loads(b'{"a": 1}'), flask.json.load(io.StringIO("[1]")))
        see(flask.json.load(io.BytesIO(b"[1]")))
        file = io.StringIO()
        flask.json.dump({"b": 1, "a": date(2020, 1, 1)}, file)
        see(file.getvalue(), flask.json.dumps({"b": 1, "a": 2}, sort_keys=False))
        see.outcome(flask.json.loads, "{")
        see.outcome(flask.json.loads, 5)
        if context:
            context.pop()


def a_provider_of_ones_own(see):
    class Own(JSONProvider):
        def dumps(self, obj, **kwargs):
            return f"own {json.dumps(obj)}"

        def loads(self, s, **kwargs):
            return ["own", s if isinstance(s, str) else s.decode()]

    class Site(Flask):
        json_provider_class = Own

    app = Site("app")
    app.secret_key = "key"
    app.post("/")(lambda: {"got": request.get_json()})
    response = app.test_client().post("/", json={"a": 1})
    see(response, response.json)
    provider = JSONProvider(app)
    see.outcome(provider.dumps, 1)
    see.outcome(provider.loads, "1")
    see.outcome(DefaultJSONProvider(app).response, 1, a=2)
    see(DefaultJSONProvider(app).response([1]), Own(app).response(a=1))


def the_client_in_all_ways(see):
    app = Flask("app")

    @app.route("/", methods=["GET", "POST", "PUT"])
    @app.route("/deep/<path:p>")
    def view(p=None):
        return {
            "method": request.method,
            "url": request.url,
            "form": request.form.to_dict(),
            "args": request.args.to_dict(flat=False),
            "agent": request.headers.get("X-Agent"),
            "body": request.get_data(as_text=True),
            "cookies": request.cookies,
            "address": request.remote_addr,
            "type": request.content_type,
        }

    client = app.test_client()
    client.environ_base["HTTP_X_AGENT"] = "robot"
    see(client.get("/?a=1&a=2"), client.get("/", query_string={"b": "ä"}))
    see(
        client.post("/", data={"x": "1"}),
        client.put("/", json=[1]),
        client.post("/", data="raw"),
    )
    client.set_cookie("c", "1")
    see(client.get("/deep/a%20b/%2F?x=%26"), client.get("http://example.com/?y"))
    see(
        client.get("/", base_url="https://e.org:81/root"),
        client.open(path="/", method="PUT"),
    )
    see(client.open(EnvironBuilder("/", query_string="builder=1")))
    see(client.open(EnvironBuilder("/?environ=1").get_environ()))
    see(client.get("/", environ_base={"REMOTE_ADDR": "1.2.3.4"}), client.get("/ä ö"))
    see(client.get("/", environ_overrides={"REMOTE_ADDR": "5.6.7.8"}))
    see(client.get("/", headers={"X-Agent": "other"}), client.get("/", auth=("u", "p")))
    see.outcome(client.get, "/", nope=1)
    see.outcome(client.get)
    see(client.get_cookie("c"), client.delete_cookie("c"), client.get_cookie("c"))


def a_client_class_of_ones_own(see):
    from flask.testing import FlaskClient

    class Own(FlaskClient):
        def __init__(self, *args, **kwargs):
            self.token = kwargs.pop("token")
            super().__init__(*args, **kwargs)

        def open(self, *args, **kwargs):
            kwargs.setdefault("headers", {})["Authorization"] = self.token
            return super().open(*args, **kwargs)

    app = Flask("app")
    app.test_client_class = Own
    app.add_url_rule("/", "x", lambda: request.headers["Authorization"])
    see(app.test_client(token="t").get("/"))
    see.outcome(app.test_client)


def environs_by_the_apps_settings(see):
    from flask.testing import EnvironBuilder as Builder

    app = Flask("app")
    app.config.update(
        SERVER_NAME="example.com:81",
        APPLICATION_ROOT="/r",
        PREFERRED_URL_SCHEME="https",
    )
    builder = Builder(app, "/p?x=1", subdomain="sub")
    see(
        builder.base_url,
        builder.path,
        builder.query_string,
        builder.json_dumps({"b": 1, "a": 2}),
    )
    see(
        Builder(app, "http://other.org/p").base_url,
        Builder(app, "/", url_scheme="ftp").base_url,
    )
    see.outcome(Builder, app, "/", base_url="http://x", url_scheme="https")


def commands_of_an_app(see):
    app = Flask("app")

    @app.cli.command("hello")
    @click.argument("name")
    @click.option("--loud", is_flag=True)
    def hello(name, loud):
        """Greet someone."""
        click.echo(f"hello {name}{'!' if loud else ''} {flask.current_app.name}")

    runner = app.test_cli_runner()
    for args in (
        ["hello", "x"],
        ["hello", "x", "--loud"],
        ["hello"],
        ["hello", "--help"],
        ["none"],
    ):
        result = runner.invoke(args=args)
        see(args, result.exit_code, result.output)
    see(runner.invoke(hello, ["direct"]).output, app.cli.name, sorted(app.cli.commands))


def routes_are_listed(see):
    app = Flask("app")
    app.add_url_rule("/b", "a", lambda: "", methods=["POST", "GET"])
    app.add_url_rule("/a/<int:x>", "b", lambda x: "")
    runner = app.test_cli_runner()
    for options in (
        [],
        ["--sort", "rule"],
        ["--sort", "methods"],
        ["--sort", "match"],
        ["--all-methods"],
    ):
        see(runner.invoke(args=["routes", *options]).output)


def app_groups_have_contexts(see):
    from flask.cli import AppGroup, ScriptInfo, with_appcontext

    group = AppGroup("tools")

    @group.command()
    def inside():
        click.echo(f"{flask.current_app.name} {flask.has_app_context()}")

    @group.command(with_appcontext=False)
    def outside():
        click.echo(str(flask.has_app_context()))

    @click.command()
    @with_appcontext
    def single():
        click.echo(flask.current_app.name)

    app = Flask("app")
    app.cli.add_command(group)
    app.cli.add_command(single)
    runner = app.test_cli_runner()
    for args in (
        ["tools", "inside"],
        ["tools", "outside"],
        ["single"],
        ["tools", "--help"],
    ):
        see(runner.invoke(args=args).output)
    see(ScriptInfo(create_app=lambda: app).load_app() is app)
    see.outcome(ScriptInfo("no_such_module").load_app)


def parsed_data_of_requests(see):
    app = Flask("app")

    @app.post("/")
    def view():
        return {
            "values": request.values.to_dict(),
            "json": request.is_json,
            "mimetype": request.mimetype,
            "length": request.content_length,
            "accept": request.accept_mimetypes.best,
            "auth": str(request.authorization),
            "secure": request.is_secure,
            "root": request.url_root,
            "full": request.full_path,
        }

    see(
        app.test_client().post(
            "/?a=1", data={"b": "2"}, headers={"Accept": "text/html"}
        )
    )
