"""Configuration, the app's own attributes, deprecations."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import flask
from flask import Config, Flask


def the_defaults(see):
    app = Flask("app")
    see(dict(app.config), dict(Flask.default_config))
    see(app.debug, app.testing, app.secret_key, app.config.root_path == app.root_path)


def from_prefixed_env(see):
    os.environ.update(
        {
            "FLASK_A": "1",
            "FLASK_B": "text",
            "FLASK_C": '{"x": [1]}',
            "FLASK_D__E__f": "true",
            "FLASK_C__y": "2",
            "FLASK_lower": "null",
            "OTHER_A": "3",
            "FLASK_": "empty",
            "FLASK_DEBUG": "1",
            "FLASK_N": "01",
            "FLASK_D__E__G": "1.5",
        }
    )
    config = Config(".")
    see(config.from_prefixed_env(), config)
    config = Config(".", {"A": 0})
    see(config.from_prefixed_env("OTHER", loads=int), config)
    see(config.from_prefixed_env("NONE"), config)
    os.environ.update({"X_A": "1", "X_A__B": "2"})
    see.outcome(config.from_prefixed_env, "X")


def from_mappings(see):
    config = Config(".")
    see(config.from_mapping({"A": 1, "b": 2}, C=3, d=4), config)
    see(config.from_mapping([("D", 1), ("e", 2)]), config)
    see(config.from_mapping(), config.from_mapping(None, F=1), config)
    see.outcome(config.from_mapping, {"A": 1}, {"B": 2})
    see.outcome(config.from_mapping, 5)
    see.outcome(config.from_mapping, {5: 1})


def from_objects(see):
    class Base:
        A = 1
        lower = 2

    class Derived(Base):
        B = 2

        @property
        def C(self):
            return 3

    for given in (Base, Derived, Derived()):
        config = Config(".")
        config.from_object(given)
        see(sorted(map(str, config)))
    config = Config(".")
    config.from_object("json.decoder")
    see(sorted(config))
    see.outcome(config.from_object, "none.such")
    see.outcome(config.from_object, "json:none")
    see.outcome(config.from_object, "json.decoder:JSONDecoder")


def from_python_files(see):
    config = Config(os.getcwd())
    see(config.from_pyfile("settings.py"), config)
    see.outcome(config.from_pyfile, "none.py")
    see(config.from_pyfile("none.py", silent=True))
    see.outcome(config.from_pyfile, "static")
    see(config.from_pyfile("static", silent=True))
    see(config.from_pyfile("note.txt/none", silent=True))
    see.outcome(config.from_pyfile, "bad_settings.py")
    see.outcome(config.from_pyfile, "bad_settings.py", silent=True)
    see.outcome(config.from_pyfile, "note.txt")


def from_files_of_all_kinds(see):
    config = Config(os.getcwd())
    see(config.from_file("settings.json", json.load), config)
    see(
        config.from_file(
            "settings.json", lambda file: json.loads(file.read()), text=False
        )
    )
    see.outcome(config.from_file, "none.json", json.load)
    see(config.from_file("none.json", json.load, silent=True))
    see(config.from_file("static", json.load, silent=True))
    see.outcome(config.from_file, "note.txt", json.load)
    see.outcome(config.from_file, "note.txt/none", json.load, True)


def from_a_variable(see):
    config = Config(os.getcwd())
    see.outcome(config.from_envvar, "SETTINGS")
    see(config.from_envvar("SETTINGS", silent=True))
    os.environ["SETTINGS"] = "settings.py"
    see(config.from_envvar("SETTINGS"), config)
    os.environ["SETTINGS"] = "none.py"
    see.outcome(config.from_envvar, "SETTINGS")
    see(config.from_envvar("SETTINGS", silent=True))


def namespaces(see):
    config = Config(".", {"A_X": 1, "A_Y_Z": 2, "B": 3})
    see(config.get_namespace("A_"), config.get_namespace("A_", lowercase=False))
    see(config.get_namespace("A_", trim_namespace=False), config.get_namespace("C_"))
    see(repr(config), isinstance(config, dict))


def attributes_that_are_settings(see):
    app = Flask("app")
    app.testing, app.secret_key, app.debug = True, "key", True
    see(app.config["TESTING"], app.config["SECRET_KEY"], app.config["DEBUG"])
    app.config.update(DEBUG=False, TESTING=False)
    see(app.debug, app.testing, Flask.testing, Flask.secret_key)
    app.permanent_session_lifetime = timedelta(1)
    see(app.config["PERMANENT_SESSION_LIFETIME"])
    for name in (
        "session_cookie_name",
        "send_file_max_age_default",
        "use_x_sendfile",
        "env",
    ):
        see(hasattr(app, name))


def debug_by_the_environment(see):
    for value in ("1", "0", "true", "no", "False", "", "x"):
        os.environ["FLASK_DEBUG"] = value
        see(value, Flask("app").debug, flask.helpers.get_debug_flag())
    del os.environ["FLASK_DEBUG"]
    see(flask.helpers.get_debug_flag(), flask.helpers.get_load_dotenv())
    os.environ["FLASK_SKIP_DOTENV"] = "1"
    see(flask.helpers.get_load_dotenv(), flask.helpers.get_load_dotenv(False))


def a_config_class_of_ones_own(see):
    class Own(Config):
        def __setitem__(self, key, value):
            super().__setitem__(key, value)
            see("set", key)

    class Site(Flask):
        config_class = Own
        default_config = {**Flask.default_config, "MORE": 1}

    app = Site("app")
    see(type(app.config), app.config["MORE"])
    app.config.from_mapping(A=1)
    app.config["B"] = 2


def what_an_app_is_made_with(see):
    see.outcome(Flask)
    see.outcome(Flask, "app", instance_path="relative")
    see.outcome(Flask, "app", static_host="x")
    see.outcome(Flask, "app", nope=1)
    see.outcome(Flask, None)
    app = Flask("app", instance_path="/somewhere", instance_relative_config=True)
    see(app.instance_path, app.config.root_path, app.import_name, app.name, repr(app))
    app = Flask(
        "app", static_url_path="/s/", static_folder="admin/static/", template_folder="t"
    )
    see(
        app.static_url_path,
        app.static_folder.endswith("admin/static"),
        app.template_folder,
    )
    see(app.has_static_folder, app.url_map, app.extensions, app.subdomain_matching)
    app = Flask("app", static_folder=None)
    see(app.static_url_path, app.has_static_folder, app.url_map)
    see.outcome(app.send_static_file, "x")
    app = Flask("app", root_path="/elsewhere")
    see(
        app.root_path,
        app.static_folder,
        app.instance_path == os.path.join(os.getcwd(), "instance"),
    )


def apps_of_packages(see):
    app = Flask("json.decoder")
    see(os.path.basename(app.root_path), app.name)
    see.outcome(Flask, "no.such.module")
    see(Flask("json").root_path == os.path.dirname(json.__file__))


def resources_of_an_app(see):
    app = Flask("app", instance_path=os.path.join(os.getcwd(), "admin"))
    see(
        app.open_resource("note.txt").read(), app.open_resource("note.txt", "rt").read()
    )
    see(app.open_resource("note.txt", "r", encoding="latin1").encoding)
    see.outcome(app.open_resource, "note.txt", "a")
    see.outcome(app.open_resource, "none.txt")
    see(app.open_instance_resource("static/admin.txt").read())
    see(app.open_instance_resource("static/admin.txt", "r").read())
    see.outcome(app.open_instance_resource, "none.txt")


def methods_that_went_away(see):
    app = Flask("app")
    for name in (
        *(
            "before_first_request",
            "json_encoder",
            "json_decoder",
            "try_trigger_before_first_request",
        ),
        *(
            "propagate_exceptions",
            "session_cookie_name",
            "got_first_request",
            "templates_auto_reload",
        ),
    ):
        see(name, hasattr(app, name))


def extensions_find_their_place(see):
    app = Flask("app")
    app.extensions["mine"] = object()
    see(list(app.extensions), app.config.get("X"), "mine" in app.extensions)
