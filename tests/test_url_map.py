"""`app.url_map`: read, bound and written as Werkzeug's Map, with its settings."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import BaseConverter, Map, Rule, Submount

from nbflask import Blueprint, Flask, request, url_for


class Listed(BaseConverter):
    def to_python(self, value: str) -> list[str]:
        return value.split("+")

    def to_url(self, value: list[str]) -> str:
        return "+".join(value)


def test_converters_are_added_before_and_replaced_after_rules_use_them(app, client):
    app.url_map.converters["listed"] = Listed
    app.add_url_rule("/<listed:names>", "show", lambda names: names)
    assert client.get("/a+b").json == ["a", "b"]

    class Reversed(Listed):
        def to_python(self, value: str) -> list[str]:
            return super().to_python(value)[::-1]

    app.url_map.converters.update(listed=Reversed)
    assert client.get("/a+b").json == ["b", "a"]
    assert "int" in app.url_map.converters


def test_rules_and_rule_factories_are_added_to_the_map(app, client):
    app.url_map.add(Rule("/x", endpoint="x", methods=["GET"]))
    app.url_map.add(Submount("/sub", [Rule("/y", endpoint="x", methods=["POST"])]))
    app.view_functions["x"] = lambda: "x"
    assert client.get("/x").text == client.post("/sub/y").text == "x"
    assert client.get("/sub/y").status_code == 405
    assert {str(each) for each in app.url_map.iter_rules("x")} == {"/x", "/sub/y"}


def test_the_map_is_read_as_werkzeugs(app):
    app.add_url_rule("/<int:n>", "n", print, methods=["GET", "PUT"])
    (rule,) = app.url_map.iter_rules("n")
    assert (rule.rule, rule.arguments) == ("/<int:n>", {"n"})
    assert rule.methods == {"GET", "HEAD", "OPTIONS", "PUT"}
    adapter = app.url_map.bind("example.org")
    assert adapter.match("/3") == ("n", {"n": 3})
    assert adapter.build("n", {"n": 4}) == "/4"
    assert app.url_map.is_endpoint_expecting("n", "n")
    assert "n" in repr(app.url_map)


@pytest.mark.parametrize(
    ("setting", "rule", "path"),
    [("strict_slashes", "/x/", "/x"), ("merge_slashes", "/x/y", "/x//y")],
)
def test_a_setting_of_the_map_counts_for_rules_that_are_added_later(
    app, client, setting, rule, path
):
    """As in Werkzeug: a rule takes `strict_slashes` along when it is added."""
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule(rule, "x", lambda: "x")
    app.register_blueprint(shop)
    app.add_url_rule(f"/old{rule}", "old", lambda: "old")
    assert getattr(app.url_map, setting) is True
    setattr(app.url_map, setting, False)
    assert getattr(app.url_map, setting) is False
    app.add_url_rule(f"/new{rule}", "new", lambda: "new")
    codes = [client.get(f"{place}{path}").status_code for place in ("/old", "/shop")]
    # Whether slashes are merged is asked of the map, at each request.
    assert codes == ([308, 308] if setting == "strict_slashes" else [404, 404])
    expected = 200 if setting == "strict_slashes" else 404
    assert client.get(f"/new{path}").status_code == expected


def test_parameters_are_sorted_from_when_the_map_says_so(app):
    app.add_url_rule("/x", "x", lambda: "")
    with app.test_request_context():
        assert url_for("x", b=1, a=2) == "/x?b=1&a=2"
        app.url_map.sort_parameters = True
        assert url_for("x", b=1, a=2) == "/x?a=2&b=1"
        app.url_map.sort_key = lambda pair: -ord(pair[0])
        assert url_for("x", b=1, a=2) == "/x?b=1&a=2"


def test_a_default_subdomain_counts_for_rules_that_are_added_later():
    app = Flask("sub", subdomain_matching=True)
    app.config["SERVER_NAME"] = "e.org"
    app.add_url_rule("/old", "old", lambda: "")
    app.url_map.default_subdomain = "www"
    app.add_url_rule("/new", "new", lambda: "")
    get = app.test_client().get
    assert app.url_map.bind("e.org").subdomain == "www"
    assert [get(path).status_code for path in ("/old", "/new")] == [200, 404]
    assert get("/new", base_url="http://www.e.org").status_code == 200


class Demanding(BaseConverter):
    def __init__(self, map: Map, need: Any) -> None:
        super().__init__(map)


@pytest.mark.parametrize(
    "replace",
    [
        lambda app: app.url_map.converters.__setitem__("c", Demanding),
        lambda app: app.url_map.converters.update(d=Listed, c=Demanding),
        lambda app: app.url_map.converters.__ior__({"c": Demanding}),
        lambda app: setattr(app.url_map, "converters", {"c": Demanding}),
        lambda app: setattr(app.url_map, "converters", {}),
    ],
)
def test_a_converter_that_rules_cannot_use_is_refused_and_changes_nothing(
    app, client, replace
):
    app.url_map.converters["c"] = Listed
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/<c:names>", "show", lambda names: names)
    app.register_blueprint(shop)
    before = dict(app.url_map.converters)
    with pytest.raises((TypeError, LookupError)):
        replace(app)
    assert app.url_map.converters == before
    assert client.get("/a+b").json == ["a", "b"]


def test_converters_may_be_assigned_as_a_whole(app, client):
    app.add_url_rule("/<string:names>", "show", lambda names: names)
    app.url_map.converters = {**app.url_map.converters, "string": Listed}
    assert client.get("/a+b").json == ["a", "b"]


class Lowering(Map):
    """A map with a rule of its own, and its own way to bind."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add(Rule("/early", endpoint="early", websocket=False))

    def bind_to_environ(self, environ: Any, *args: Any, **kwargs: Any) -> Any:
        adapter = super().bind_to_environ(environ, *args, **kwargs)
        adapter.path_info = adapter.path_info.lower()
        return adapter

    def bind(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["url_scheme"] = "https"
        return super().bind(*args, **kwargs)


def test_the_apps_own_class_of_map_adds_rules_and_binds_its_own_way():
    class App(Flask):
        url_map_class = Lowering

    app = App("own_map")
    app.view_functions["early"] = lambda: "early"
    app.add_url_rule("/up", "up", lambda: request.url_rule.rule)
    get = app.test_client().get
    assert [get(path).text for path in ("/early", "/UP", "/Up")] == [
        "early",
        "/up",
        "/up",
    ]
    app.config["SERVER_NAME"] = "e.org"
    with app.app_context():
        assert url_for("early") == "https://e.org/early"
    assert app.url_map.bind("e.org").build("up", force_external=True) == (
        "https://e.org/up"
    )
    assert app.url_map.bind_to_environ({**ENVIRON, "PATH_INFO": "/UP"}).test()
    assert next(app.url_map.iter_rules()).endpoint == "early"


ENVIRON = {
    "REQUEST_METHOD": "GET",
    "HTTP_HOST": "e.org",
    "SERVER_NAME": "e.org",
    "SERVER_PORT": "80",
    "wsgi.url_scheme": "http",
}


def test_a_map_outlives_its_app():
    url_map = Flask("x").url_map
    assert url_map.bind("e.org").match("/static/x") == ("static", {"filename": "x"})
