"""Apps and blueprints that add rules in a way of their own are asked for every rule,
those of blueprints too, as in Flask."""

from __future__ import annotations

from functools import partial
from types import MethodType
from typing import Any

import pytest

from nbflask import Blueprint, Flask
from nbflask.blueprints import BlueprintSetupState
from nbflask.errors import EndpointConflict


class Noting(Flask):
    """An app that notes what it is asked to add, and wraps each view."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        super().__init__(*args, **kwargs)

    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        self.asked.append((rule, endpoint, options))

        def loud(**values):
            return view_func(**values).upper()

        super().add_url_rule(rule, endpoint, loud, **options)


class Announcing(BlueprintSetupState):
    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        super().add_url_rule(f"/v1{rule}", endpoint, view_func, **options)


class Versioned(Blueprint):
    def make_setup_state(self, app, options, first_registration=False):
        return Announcing(self, app, options, first_registration)


@pytest.fixture
def app() -> Noting:
    return Noting("app", static_folder=None)


@pytest.fixture
def shop() -> Blueprint:
    made = Blueprint("shop", "shop", url_prefix="/shop")
    made.add_url_rule("/<int:number>", "item", lambda number: f"item {number}")
    return made


def rules(app: Flask) -> list[str]:
    return sorted(rule.rule for rule in app.url_map.iter_rules())


def test_an_app_is_asked_to_add_the_routes_of_its_blueprints(app, shop):
    app.register_blueprint(shop)
    [(rule, endpoint, options)] = app.asked
    assert (rule, endpoint) == ("/shop/<int:number>", "shop.item")
    assert {k: v for k, v in options.items() if v} == {}
    assert app.test_client().get("/shop/3").text == "ITEM 3"
    assert rules(app) == ["/shop/<int:number>"]
    assert app.view_functions["shop.item"](number=1) == "ITEM 1"


def test_an_app_is_asked_to_add_the_route_of_its_static_files():
    app = Noting("app")
    assert app.asked[0][:2] == ("/static/<path:filename>", "static")
    assert rules(app) == ["/static/<path:filename>"]


def test_what_was_asked_for_reaches_the_app_as_it_was_asked(app):
    shop = Blueprint("shop", "shop", subdomain="s", url_defaults={"a": 1})
    shop.add_url_rule(
        "/x",
        "x",
        lambda **v: "x",
        methods=["POST"],
        defaults={"b": 2},
        strict_slashes=0,
    )
    app.register_blueprint(shop, url_prefix="/y")
    [(rule, endpoint, options)] = app.asked
    assert (rule, endpoint) == ("/y/x", "shop.x")
    assert set(options.pop("methods")) == {"POST"}
    assert {k: v for k, v in options.items() if v is not None} == {
        "subdomain": "s",
        "defaults": {"a": 1, "b": 2},
        "strict_slashes": 0,
    }


def test_nested_blueprints_are_asked_about_with_all_that_is_above_them(app, shop):
    outer = Blueprint("outer", "outer", url_prefix="/outer")
    outer.register_blueprint(shop)
    app.register_blueprint(outer)
    assert [each[:2] for each in app.asked] == [
        ("/outer/shop/<int:number>", "outer.shop.item")
    ]
    assert app.test_client().get("/outer/shop/3").text == "ITEM 3"


def test_a_class_that_is_patched_is_asked_too(shop, monkeypatch):
    asked = []
    usual = Flask.add_url_rule

    def traced(self, rule, endpoint=None, view_func=None, **options):
        asked.append(endpoint)
        return usual(self, rule, endpoint, view_func, **options)

    monkeypatch.setattr(Flask, "add_url_rule", traced)
    app = Flask("app", static_folder=None)
    app.register_blueprint(shop)
    assert asked == ["shop.item"]
    assert app.test_client().get("/shop/3").text == "item 3"


def test_an_app_that_is_patched_itself_is_asked_too(shop):
    app = Flask("app", static_folder=None)
    asked = []
    usual = app.add_url_rule
    app.add_url_rule = lambda *args, **kw: (asked.append(args[:2]), usual(*args, **kw))
    app.register_blueprint(shop)
    assert asked == [("/shop/<int:number>", "shop.item")]
    assert rules(app) == ["/shop/<int:number>"]


def test_a_setup_state_of_ones_own_adds_the_rules():
    api = Versioned("api", "api", url_prefix="/api")
    api.add_url_rule("/x", "x", lambda: "x")
    app = Flask("app", static_folder=None)
    app.register_blueprint(api)
    assert rules(app) == ["/api/v1/x"]
    assert app.test_client().get("/api/v1/x").text == "x"
    assert app.test_client().get("/api/x").status_code == 404


def test_a_setup_function_may_patch_its_state_for_what_comes_after_it():
    """As Flask-RESTful does, whose rules are functions of the prefix."""
    api = Blueprint("api", "api")
    api.add_url_rule("/before", "before", lambda: "")

    def complete(state, rule, endpoint=None, view_func=None, **options):
        path = rule(state.url_prefix) if callable(rule) else rule
        state.app.add_url_rule(path, f"api.{endpoint}", view_func, **options)

    @api.record
    def patch(state):
        state.add_url_rule = MethodType(complete, state)

    api.add_url_rule(partial("{1}-{0}".format, "x"), "after", lambda: "after")
    app = Flask("app", static_folder=None)
    app.register_blueprint(api, url_prefix="/p")
    assert rules(app) == ["/p-x", "/p/before"]
    assert app.test_client().get("/p-x").text == "after"


def test_a_setup_function_may_move_the_routes_that_come_after_it():
    api = Blueprint("api", "api", url_prefix="/api")
    api.add_url_rule("/before", "before", lambda: "")

    @api.record
    def move(state):
        state.url_prefix = "/en/api"
        state.url_defaults["language"] = "en"

    api.add_url_rule("/after", "after", lambda language: language)
    app = Flask("app", static_folder=None)
    app.register_blueprint(api)
    assert rules(app) == ["/api/before", "/en/api/after"]
    assert app.test_client().get("/en/api/after").text == "en"


def test_a_rule_that_nobody_makes_text_is_refused_when_it_is_mounted():
    api = Blueprint("api", "api", url_prefix="/api")
    api.add_url_rule(lambda prefix: prefix, "x", lambda: "")
    with pytest.raises(AttributeError):
        Flask("app").register_blueprint(api)


def test_what_is_dropped_by_an_app_is_not_served(shop):
    class Dropping(Flask):
        def add_url_rule(self, *args, **kwargs):
            pass

    app = Dropping("app", static_folder=None)
    app.register_blueprint(shop)
    assert rules(app) == []
    assert app.test_client().get("/shop/3").status_code == 404


def test_an_app_may_read_at_once_what_it_has_added(shop):
    class Reading(Flask):
        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            super().add_url_rule(rule, endpoint, view_func, **options)
            seen.append(endpoint in self.view_functions)
            self.view_functions[endpoint] = lambda **values: "wrapped"

    seen: list[bool] = []
    app = Reading("app", static_folder=None)
    app.register_blueprint(shop)
    assert seen == [True]
    assert app.test_client().get("/shop/3").text == "wrapped"


def test_two_functions_for_one_endpoint_are_refused_on_a_detour_too(app):
    shop = Blueprint("shop", "shop")
    shop.add_url_rule("/a", "same", lambda: "a")
    shop.add_url_rule("/b", "same")
    # This app wraps the view twice, and so has two functions.
    with pytest.raises(EndpointConflict, match=r"shop\.same"):
        app.register_blueprint(shop)


def test_an_overridden_register_is_called_for_a_nested_blueprint():
    class Asking(Blueprint):
        def register(self, app, options):
            asked.append((options["name_prefix"], options["url_prefix"]))
            super().register(app, options)

    asked: list[tuple[str, str]] = []
    outer, inner = Blueprint("outer", "outer"), Asking("inner", "inner")
    inner.add_url_rule("/x", "x", lambda: "x")
    outer.register_blueprint(inner, url_prefix="/in")
    app = Flask("app", static_folder=None)
    app.register_blueprint(outer, url_prefix="/out")
    assert asked == [("outer", "/out/in")]
    assert app.test_client().get("/out/in/x").text == "x"
    assert [*app.blueprints] == ["outer", "outer.inner"]


def test_setup_functions_of_nested_blueprints_know_the_whole_prefix():
    outer, inner = Blueprint("outer", "outer"), Blueprint("inner", "inner")
    seen = []
    inner.record(
        lambda state: seen.append(
            (state.name_prefix, state.name, state.url_prefix, state.subdomain)
        )
    )
    outer.register_blueprint(inner, url_prefix="/in", subdomain="b")
    Flask("app").register_blueprint(outer, url_prefix="/out", subdomain="a")
    assert seen == [("outer", "inner", "/out/in", "b.a")]


# Cells


@pytest.fixture
def cells(cells, app):
    cells.namespace.update(app=app, Blueprint=Blueprint)
    return cells


MAKE = """
    shop = Blueprint("shop", "shop", url_prefix="/shop")

    @shop.get("{rule}")
    def item():
        return "{text}"
"""
MOUNT = "app.register_blueprint(shop)"


def test_a_cell_that_makes_a_blueprint_again_replaces_what_the_app_made_of_it(
    cells, app
):
    client = app.test_client()
    cells.run(MAKE.format(rule="/a", text="one"), id="make")
    cells.run(MOUNT, id="mount")
    assert client.get("/shop/a").text == "ONE"
    edition = cells.run(MAKE.format(rule="/a", text="two"), id="make")
    assert client.get("/shop/a").text == "TWO"
    assert edition.notices == []
    cells.run(MAKE.format(rule="/b", text="three"), id="make")
    assert client.get("/shop/b").text == "THREE"
    assert client.get("/shop/a").status_code == 404
    assert rules(app) == ["/shop/b"]
    cells.run(MOUNT, id="mount")
    assert rules(app) == ["/shop/b"]
    assert client.get("/shop/b").text == "THREE"


def test_what_an_app_made_of_a_blueprint_goes_with_the_blueprint(cells, app):
    cells.run(MAKE.format(rule="/a", text="one"), id="make")
    cells.run(MOUNT, id="mount")
    cells.run("pass", id="mount")
    assert rules(app) == []
    assert "shop.item" not in app.view_functions
    cells.run(MOUNT, id="mount")
    cells.run("shop = None", id="make")
    assert rules(app) == []


def test_a_route_that_comes_after_the_mount_takes_the_detour_too(cells, app):
    cells.run(MAKE.format(rule="/a", text="one"), id="make")
    cells.run(MOUNT, id="mount")
    edition = cells.run('shop.get("/late")(lambda: "late")', id="late")
    assert app.test_client().get("/shop/late").text == "LATE"
    assert [(sign, each.rule) for sign, each in edition.changes()] == [
        ("+", "/shop/late")
    ]


def test_a_failing_cell_leaves_the_detours_as_they_were(cells, app):
    cells.run(MAKE.format(rule="/a", text="one"), id="make")
    cells.run(MOUNT, id="mount")
    before = app.registry.records
    with pytest.raises(ZeroDivisionError):
        cells.run(MAKE.format(rule="/b", text="two") + "\n    1 / 0", id="make")
    assert set(app.registry.records) == set(before)
    assert app.test_client().get("/shop/a").text == "ONE"
