"""Extensions in code that runs again: what one leaves on an app belongs to the cell
that made it, and the cell's next run starts without it."""

from __future__ import annotations

from copy import copy
from textwrap import dedent
from threading import Thread
from types import ModuleType

import jinja2
import pytest
from jinja2.sandbox import SandboxedEnvironment
from werkzeug.routing import BaseConverter, Map, Rule

from nbflask import Blueprint, Flask, render_template_string

LIBRARY = """
    class Database:
        "Refuses a second one on an app, as Flask-SQLAlchemy does."

        def __init__(self, app, url):
            if "database" in app.extensions:
                raise RuntimeError("a database is there already")
            app.extensions["database"] = self
            self.url = url
            app.teardown_appcontext(self.close)

        def close(self, error):
            closed.append(self.url)

    closed = []

    def add_resource(app, resource, rule):
        "Refuses another class for an endpoint, as Flask-RESTful does."
        name = resource.__name__.lower()
        if name in app.view_functions:
            known = app.view_functions[name].resource
            if known is not resource:
                raise ValueError(f"{name} is set to {known.__name__} already")

        def view(**values):
            return resource().get(**values)

        view.resource, view.__module__ = resource, resource.__module__
        app.add_url_rule(rule, name, view)
"""


@pytest.fixture
def library(cells) -> ModuleType:
    made = ModuleType("library")
    exec(dedent(LIBRARY), vars(made))
    cells.namespace["library"] = made
    return made


CELL = 'db = library.Database(app, "{url}")'


def test_a_cell_that_makes_an_extension_runs_again(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    cells.run(CELL.format(url="two"), id="db")
    assert app.extensions["database"] is cells.namespace["db"]
    assert app.extensions == {"database": cells.namespace["db"]}
    with app.app_context():
        pass
    assert library.closed == ["two"]


def test_another_cell_meets_what_is_there(cells, library):
    cells.run(CELL.format(url="one"), id="db")
    with pytest.raises(RuntimeError, match="there already"):
        cells.run(CELL.format(url="two"), id="another")


def test_a_cell_without_an_id_meets_what_is_there(cells, library):
    cells.run(CELL.format(url="one"))
    with pytest.raises(RuntimeError, match="there already"):
        cells.run(CELL.format(url="two"))


def test_an_extension_that_a_cell_makes_no_more_is_gone(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    cells.run("pass", id="db")
    assert app.extensions == {}


def test_a_cell_that_fails_leaves_the_extension_as_it_was(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    former = app.extensions["database"]
    with pytest.raises(ZeroDivisionError):
        cells.run(CELL.format(url="two") + "; 1 / 0", id="db")
    assert app.extensions["database"] is former
    with pytest.raises(ZeroDivisionError):
        cells.run("1 / 0", id="db")
    assert app.extensions["database"] is former


def test_others_see_the_extension_while_its_cell_runs_again(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    seen: list[bool] = []

    def look():
        thread = Thread(target=lambda: seen.append("database" in app.extensions))
        thread.start()
        thread.join(5)

    cells.namespace["look"] = look
    cells.run("mine = 'database' in app.extensions; look()", id="db")
    assert (cells.namespace["mine"], seen) == (False, [True])


RESOURCE = """
    class Plant:
        def get(self):
            return "{text}"

    library.add_resource(app, Plant, "/plant")
"""


def test_a_library_that_looks_for_its_endpoint_does_not_find_the_former_run_s(
    cells, app, library
):
    client = app.test_client()
    for text in ("one", "two"):
        cells.run(RESOURCE.format(text=text), id="plant")
        assert client.get("/plant").text == text
    with pytest.raises(ValueError, match="set to Plant already"):
        cells.run(RESOURCE.format(text="three"), id="another")
    assert client.get("/plant").text == "two"


def test_a_run_reads_what_it_has_filed_itself(cells, app):
    cell = """
        @app.get("/x")
        def x():
            return "x"

        app.view_functions["x"] = (lambda view: lambda: view() + "!")(
            app.view_functions["x"]
        )
    """
    for _ in range(3):
        cells.run(cell, id="x")
        assert app.test_client().get("/x").text == "x!"


# The mapping itself


def test_extensions_are_a_dict_to_those_who_use_them(app):
    assert app.extensions == {}
    app.extensions["one"] = first = object()
    assert app.extensions.setdefault("many", []) == []
    app.extensions["many"].append(1)
    assert dict(app.extensions) == {"one": first, "many": [1]}
    assert app.extensions.get("none") is None
    with pytest.raises(KeyError):
        app.extensions["none"]
    assert app.extensions.pop("one") is first
    del app.extensions["many"]
    assert not app.extensions
    app.extensions = {"new": 1}
    assert "new" in app.extensions


def test_an_entry_that_comes_with_each_request_costs_the_app_no_table(app, client):
    @app.get("/")
    def index():
        app.extensions["last"] = object()
        return ""

    client.get("/")
    table = app.registry.table
    client.get("/")
    assert app.registry.table is table


# What extensions put in the place of an app's own things


def test_an_app_serves_the_map_that_is_put_in_the_place_of_its_own(app, client):
    @app.get("/old")
    def old():
        return "old"

    class Upper(BaseConverter):
        def to_python(self, value):
            return value.upper()

    rules = Map([Rule("/early", endpoint="early")])
    app.url_map = rules
    assert app.url_map is rules
    rules.converters["upper"] = Upper
    app.view_functions["early"] = lambda: "early"
    app.add_url_rule("/<upper:word>", "word", lambda word: word)
    rules.add(Rule("/late", endpoint="late", methods=["GET"]))
    app.view_functions["late"] = lambda: "late"
    assert [client.get(path).text for path in ("/early", "/late", "/x")] == [
        *("early", "late", "X")
    ]
    assert sorted(each.rule for each in rules.iter_rules()) == [
        *("/<upper:word>", "/early", "/late")
    ]
    assert client.get("/old").text == "OLD"


@pytest.mark.parametrize("kind", [jinja2.Environment, SandboxedEnvironment])
@pytest.mark.parametrize("assigned", [True, False])
def test_an_environment_of_another_class_has_what_the_app_registers(kind, assigned):
    class App(Flask):
        def create_jinja_environment(self):
            return kind(loader=self.create_global_jinja_loader())

    app = Flask("app") if assigned else App("app")
    if assigned:
        app.jinja_env = made = kind()
        assert app.jinja_env is made
    app.add_template_filter(lambda value: value + 1, "plus")
    with app.app_context():
        assert render_template_string("{{ 1|plus }}") == "2"
        app.add_template_filter(lambda value: value + 2, "plus")
        assert render_template_string("{{ 1|plus }}") == "3"
    assert isinstance(app.jinja_env, kind)


def test_a_blueprint_s_hooks_may_be_wrapped_in_the_app(app, client):
    shop = Blueprint("shop", "shop")
    ran: list[str] = []
    for name in ("one", "two"):
        shop.before_request(lambda name=name: ran.append(name))
        shop.before_app_request(lambda name=name: ran.append(f"app {name}"))
    shop.add_url_rule("/", "home", lambda: "home")
    app.register_blueprint(shop)
    hooks = app.before_request_funcs
    hooks[None].append(lambda: ran.append("own"))
    hooks["shop"][1] = lambda: ran.append("wrapped two")
    hooks[None][:] = [
        (lambda former: lambda: (ran.append("wrapped"), former())[2:] or None)(each)
        for each in hooks[None]
    ]
    assert client.get("/").text == "home"
    assert ran == [
        *("wrapped", "app one", "wrapped", "app two", "wrapped", "own"),
        *("one", "wrapped two"),
    ]
    assert len(shop.before_request_funcs[None]) == 2


def test_a_copy_of_a_blueprint_is_a_blueprint_of_its_own(app, client):
    shop = Blueprint("shop", "shop")
    shop.add_url_rule("/x", "x", lambda: "x")
    other = copy(shop)
    other.name, other.url_prefix = "other", "/other"
    other.add_url_rule("/y", "y", lambda: "y")
    app.register_blueprint(shop)
    app.register_blueprint(other)
    answers = [client.get(path).status_code for path in ("/x", "/other/x", "/other/y")]
    assert (answers, client.get("/y").status_code) == ([200] * 3, 404)
    assert app.blueprints == {"shop": shop, "other": other}


def test_what_is_nested_in_a_blueprint_can_be_gone_through():
    outer, inner = Blueprint("outer", "outer"), Blueprint("inner", "inner")
    assert outer._blueprints == []
    outer.register_blueprint(inner, url_prefix="/in")
    assert outer._blueprints == [(inner, {"url_prefix": "/in"})]


def test_of_two_equal_views_the_later_one_serves(app, client):
    class View:
        __hash__ = None

        def __init__(self, text):
            self.text = text

        def __call__(self):
            return self.text

        def __eq__(self, other):
            return isinstance(other, View)

    for text in ("one", "two"):
        app.add_url_rule(f"/{text}", "same", View(text))
    assert client.get("/one").text == "two"
