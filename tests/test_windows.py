"""Flask's mutable attributes, used as extensions use them.

A window shows records. It compares, prints and iterates as the dict or list
that it stands for; reading leaves nothing behind.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Rule, Submount

from nbflask import Blueprint, Flask, render_template_string

HOOKS = [
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "url_value_preprocessors",
    "url_default_functions",
]


def one() -> None: ...
def two() -> None: ...
def three() -> None: ...


def lost(error: Exception) -> Any:
    return "lost", 404


# Lists of hooks


@pytest.mark.parametrize("name", HOOKS)
def test_hooks_are_appended_inserted_and_removed(app, name):
    hooks = getattr(app, name).setdefault(None, [])
    hooks.append(one)
    hooks.insert(0, two)
    hooks += [three]
    assert getattr(app, name)[None] == [two, one, three]
    hooks.remove(one)
    del hooks[0]
    assert getattr(app, name) == {None: [three]}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda hooks: hooks.insert(0, three), [three, one, two]),
        (lambda hooks: hooks.insert(1, three), [one, three, two]),
        (lambda hooks: hooks.insert(-1, three), [one, three, two]),
        (lambda hooks: hooks.insert(9, three), [one, two, three]),
        (lambda hooks: hooks.reverse(), [two, one]),
        (lambda hooks: hooks.__setitem__(0, three), [three, two]),
        (lambda hooks: hooks.__setitem__(slice(None), [three]), [three]),
        (lambda hooks: hooks.pop(), [one]),
        (lambda hooks: hooks.clear(), []),
        (lambda hooks: hooks.extend([three, one]), [one, two, three, one]),
    ],
)
def test_a_list_of_hooks_changes_as_lists_do(app, change, left):
    hooks = app.before_request_funcs[None]
    hooks.extend([one, two])
    change(hooks)
    assert list(app.before_request_funcs[None]) == left
    assert list(app.registry.table.hooks.get(("before_request", None), ())) == left


def test_a_list_of_hooks_compares_prints_and_is_searched_as_a_list(app):
    hooks = app.before_request_funcs.setdefault(None, [])
    assert not hooks
    hooks.append(one)
    assert hooks == [one]
    assert hooks != [two]
    assert one in hooks
    assert two not in hooks
    assert repr(hooks) == repr([one])
    assert (len(hooks), hooks[0], hooks[:1], hooks.index(one)) == (1, one, [one], 0)


@pytest.mark.parametrize("name", HOOKS)
def test_reading_hooks_leaves_nothing_behind(app, name):
    window = getattr(app, name)
    before = app.registry.records
    assert window["shop"] == []
    assert window.get("shop", ()) == []
    assert "shop" not in window
    assert (dict(window), len(window), repr(window)) == ({}, 0, "{}")
    assert app.registry.records is before


def test_a_blueprints_hooks_are_seen_from_the_app_and_filed_by_it(app, client):
    shop = Blueprint("shop", __name__)
    shop.before_request(one)
    shop.add_url_rule("/", "home", lambda: "home")
    app.register_blueprint(shop)
    assert app.before_request_funcs == {"shop": [one]}
    app.before_request_funcs.setdefault("shop", []).append(lambda: "closed")
    assert client.get("/").text == "closed"


def test_lists_may_be_assigned_whole(app):
    app.before_request(one)
    app.before_request_funcs = {None: [two]}
    app.teardown_appcontext_funcs = [three]
    app.before_request_funcs[None] = [*app.before_request_funcs[None], one]
    assert app.before_request_funcs == {None: [two, one]}
    assert app.teardown_appcontext_funcs == [three]


def test_teardown_and_shell_functions_are_lists_of_the_app(app):
    ended = []
    app.teardown_appcontext_funcs.append(ended.append)
    app.shell_context_processors.append(lambda: {"answer": 42})
    with app.app_context():
        pass
    assert ended == [None]
    assert app.make_shell_context()["answer"] == 42


def test_flasks_own_context_processor_comes_first_and_others_follow(app):
    processors = app.template_context_processors[None]
    assert len(processors) == 1
    processors.append(lambda: {"site": "Shop"})
    assert len(app.template_context_processors[None]) == 2
    with app.test_request_context("/x"):
        text = render_template_string("{{ site }} {{ request.path }}")
    assert text == "Shop /x"


def test_a_list_can_be_changed_while_a_request_walks_it(app, client):
    ran = []

    def removes_itself():
        ran.append("first")
        app.before_request_funcs[None].remove(removes_itself)

    app.before_request_funcs[None].append(removes_itself)
    app.before_request_funcs[None].append(lambda: ran.append("second"))
    client.get("/")
    client.get("/")
    assert ran == ["first", "second", "second"]


# Views, handlers, blueprints


def wrap(view: Any) -> Any:
    return lambda **values: f"<{view(**values)}>"


def test_views_are_wrapped_in_place(app, client):
    app.add_url_rule("/", "index", lambda: "index")
    app.view_functions["index"] = wrap(app.view_functions["index"])
    assert client.get("/").text == "<index>"
    # Extensions do so after the first request too: Flask has no guard here.
    for name, view in app.view_functions.items():
        app.view_functions[name] = wrap(view)
    assert client.get("/").text == "<<index>>"


def test_the_view_of_a_blueprint_is_wrapped_from_the_app(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/", "home", lambda: "home")
    app.register_blueprint(shop)
    app.view_functions["shop.home"] = wrap(app.view_functions["shop.home"])
    assert client.get("/").text == "<home>"
    assert client.get("/").text == "<home>"


def test_views_are_a_dict(app):
    app.add_url_rule("/", "index", one)
    assert "index" in app.view_functions
    assert app.view_functions.get("nothing") is None
    with pytest.raises(KeyError):
        app.view_functions["nothing"]
    assert app.view_functions == {"index": one} | {
        name: view for name, view in app.view_functions.items() if name == "static"
    }
    assert app.view_functions.pop("index") is one
    assert "index" not in app.view_functions


@pytest.mark.parametrize(
    "write",
    [
        lambda spec: spec[None][404].__setitem__(NotFound, lost),
        lambda spec: (
            spec.setdefault(None, {}).setdefault(404, {}).update({NotFound: lost})
        ),
        lambda spec: spec.__setitem__(None, {404: {NotFound: lost}}),
        lambda spec: spec[None].__setitem__(404, {NotFound: lost}),
    ],
)
def test_error_handlers_are_written_into_the_spec(app, client, write):
    write(app.error_handler_spec)
    assert client.get("/").text == "lost"
    assert app.error_handler_spec == {None: {404: {NotFound: lost}}}


def test_reading_the_spec_leaves_nothing_behind(app):
    before = app.registry.records
    spec = app.error_handler_spec
    assert spec["shop"][404].get(NotFound) is None
    assert spec[None][None] == {}
    assert (spec, repr(spec), len(spec)) == ({}, "{}", 0)
    assert app.registry.records is before


def test_a_handler_is_taken_out_of_the_spec(app, client):
    app.register_error_handler(HTTPException, lost)
    del app.error_handler_spec[None][None][HTTPException]
    assert client.get("/").text != "lost"
    assert app.error_handler_spec == {}


def test_blueprints_are_a_dict_of_mounts(app):
    shop = Blueprint("shop", __name__)
    app.register_blueprint(shop)
    assert app.blueprints == {"shop": shop}
    assert app.blueprints["shop"] is shop
    assert list(app.iter_blueprints()) == [shop]
    app.blueprints["other"] = Blueprint("other", __name__)
    assert list(app.blueprints) == ["shop", "other"]


def test_a_blueprints_setups_can_be_read_and_called_again(app):
    """Flask-RESTful walks deferred_functions by hand."""
    shop = Blueprint("shop", __name__)
    shop.record(one)
    shop.deferred_functions.append(two)
    assert shop.deferred_functions == [one, two]


# The URL map


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
    app.add_url_rule("/<int:n>", "n", one, methods=["GET", "PUT"])
    (rule,) = app.url_map.iter_rules("n")
    assert (rule.rule, rule.arguments) == ("/<int:n>", {"n"})
    assert rule.methods == {"GET", "HEAD", "OPTIONS", "PUT"}
    adapter = app.url_map.bind("example.org")
    assert adapter.match("/3") == ("n", {"n": 3})
    assert adapter.build("n", {"n": 4}) == "/4"
    assert app.url_map.is_endpoint_expecting("n", "n")
    assert "n" in repr(app.url_map)


@pytest.mark.parametrize(
    ("setting", "path"), [("strict_slashes", "/x"), ("merge_slashes", "//x/")]
)
def test_settings_of_the_map_are_read_and_written(app, client, setting, path):
    assert getattr(app.url_map, setting) is True
    setattr(app.url_map, setting, False)
    app.add_url_rule("/x/", "x", lambda: "x")
    assert getattr(app.url_map, setting) is False
    assert client.get(path).status_code in {200, 404}


# Jinja's names


@pytest.mark.parametrize(
    ("attribute", "source"),
    [
        ("filters", "{{ 2|thing }}"),
        ("tests", "{{ 2 is thing }}"),
        ("globals", "{{ thing(2) }}"),
    ],
)
def test_template_names_are_written_and_compiled_templates_follow(
    app, attribute, source
):
    names = getattr(app.jinja_env, attribute)
    for answer in ("one", "two"):
        names["thing"] = lambda value, answer=answer: answer
        with app.app_context():
            assert render_template_string(source) == answer
    assert "thing" in names
    assert names.get("nothing") is None
    del names["thing"]
    assert "thing" not in names


def test_jinjas_own_names_stay_and_can_be_covered(app):
    assert "upper" in app.jinja_env.filters
    app.jinja_env.filters.update(upper=lambda text: "covered")
    assert app.jinja_env.from_string("{{ 'a'|upper }}").render() == "covered"
    del app.jinja_env.filters["upper"]
    assert app.jinja_env.from_string("{{ 'a'|upper }}").render() == "A"
    app.jinja_env.globals.setdefault("site", "Shop")
    assert app.jinja_env.from_string("{{ site }}").render() == "Shop"


def test_a_window_belongs_to_one_app(app):
    app.before_request(one)
    assert Flask("other").before_request_funcs == {}
    assert isinstance(app.before_request_funcs[None][0], FunctionType)
