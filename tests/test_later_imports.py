"""What is loaded when it is first needed, and is the same by whichever way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import nbflask
import nbflask.rendering.jinja
import nbflask.templating
from nbflask import Flask

PROJECT = Path(__file__).parent.parent

APP = """
import sys, nbflask
app = nbflask.Flask("plain")
@app.get("/")
def index():
    return {"a": 1}
"""


def printed(program: str) -> list[str]:
    """What a program prints in a clean interpreter, as lines."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_app_without_templates_never_loads_jinja():
    end = 'app.test_client().get("/"); print("jinja2" in sys.modules)'
    assert printed(APP + end) == ["False"]


@pytest.mark.parametrize(
    ("use", "shown"),
    [
        ('nbflask.render_template_string("{{ 1 + 1 }}")', "2"),
        ('"".join(nbflask.stream_template_string("{{ 2 }}"))', "2"),
        ("type(app.jinja_env) is app.jinja_environment", "True"),
        ("nbflask.Flask.jinja_environment.__name__", "Environment"),
        ("type(app.jinja_loader).__name__", "FileSystemLoader"),
        (
            "type(app.create_global_jinja_loader()) is"
            " nbflask.templating.DispatchingJinjaLoader",
            "True",
        ),
    ],
)
def test_what_needs_jinja_first_loads_it(use, shown):
    program = f"{APP}with app.app_context():\n    print({use})\n"
    assert printed(program) == [shown]


SESSION = """
app.secret_key = "k"
@app.get("/visit")
def visit():
    nbflask.session["n"] = nbflask.session.get("n", 0) + 1
    return str(nbflask.session["n"])
"""


def test_an_app_without_a_secret_key_never_loads_what_signs():
    end = """
client = app.test_client()
client.set_cookie("session", "forged")
client.get("/")
print("itsdangerous" in sys.modules)
"""
    assert printed(APP + end) == ["False"]


def test_a_session_that_is_needed_first_is_kept_or_refused():
    end = """
client = app.test_client()
print(client.get("/visit").text, client.get("/visit").text)
client.set_cookie("session", "forged")
print(client.get("/visit").text)
"""
    assert printed(APP + SESSION + end) == ["1 2", "1"]


def test_another_signer_than_ours_may_refuse_a_session():
    end = """
from nbflask.sessions import SecureCookieSessionInterface
class Own(SecureCookieSessionInterface):
    def get_signing_serializer(self, app):
        from itsdangerous import URLSafeTimedSerializer
        return URLSafeTimedSerializer("own key")
app.session_interface = Own()
client = app.test_client()
client.set_cookie("session", "forged")
print(client.get("/visit").text, client.get("/visit").text)
"""
    assert printed(APP + SESSION + end) == ["1 2"]


@pytest.mark.parametrize("first", ["", "import decimal\n"])
def test_decimals_are_written_whenever_their_module_was_loaded(first):
    end = """
from decimal import Decimal
with app.app_context():
    print(nbflask.json.dumps([Decimal("1.50")]))
"""
    assert printed(first + APP + end) == ['["1.50"]']


def test_an_app_is_adopted_and_a_blueprint_mounted_in_a_new_process():
    end = """
shop = nbflask.Blueprint("shop", __name__)
@shop.get("/shop")
def shelf():
    return "shelf"
app.register_blueprint(shop)
other = nbflask.Flask("other")
other.adopt(app)
print(other.test_client().get("/shop").text)
"""
    assert printed(APP + end) == ["shelf"]


def test_templating_has_the_names_that_jinja_brings():
    for name in nbflask.templating.OF_JINJA:
        assert getattr(nbflask.templating, name) is getattr(
            nbflask.rendering.jinja, name
        )
    assert not hasattr(nbflask.templating, "nonesuch")


def test_the_class_of_environments_is_templatings():
    assert Flask.jinja_environment is nbflask.templating.Environment
    assert Flask("app").jinja_environment is nbflask.templating.Environment


def test_a_class_and_an_app_may_have_another_class_of_environments():
    class Own(nbflask.templating.Environment):
        pass

    class App(Flask):
        jinja_environment = Own

    app = Flask("app")
    app.jinja_environment = type("Another", (Own,), {})
    assert type(App("app").jinja_env) is App.jinja_environment is Own
    assert type(app.jinja_env).__name__ == "Another"


def test_under_the_alias_the_names_are_the_same_objects():
    program = """
import json, nbflask
nbflask.install_as_flask()
import flask, flask.app, flask.sansio.app, flask.templating
names = "Environment", "DispatchingJinjaLoader"
places = flask.app, flask.sansio.app, flask.templating
print(json.dumps([
    *(vars(place)[n] is getattr(nbflask.templating, n) for n in names
      for place in places[:2]),
    *(getattr(flask.templating, n) is getattr(nbflask.templating, n) for n in names),
    flask.Flask.jinja_environment is flask.templating.Environment,
    flask.render_template is flask.templating.render_template,
]))
"""
    (line,) = printed(program)
    assert json.loads(line) == [True] * 8
