"""Flask's mutable attributes, used as extensions use them.

A window shows records. It compares, prints and iterates as the dict or list
that it stands for; reading leaves nothing behind.
"""

from __future__ import annotations

from collections import defaultdict
from copy import copy, deepcopy
from types import FunctionType
from typing import Any
from unittest.mock import patch

import pytest
from werkzeug.exceptions import HTTPException, NotFound

from nbflask import Blueprint, Flask, render_template_string
from nbflask.registry.windows import Borrowed

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


LIST_CHANGES = {
    "insert first": lambda hooks: hooks.insert(0, three),
    "insert between": lambda hooks: hooks.insert(1, three),
    "insert before the last": lambda hooks: hooks.insert(-1, three),
    "insert far before": lambda hooks: hooks.insert(-5, three),
    "insert far behind": lambda hooks: hooks.insert(9, three),
    "reverse": lambda hooks: hooks.reverse(),
    "set": lambda hooks: hooks.__setitem__(0, three),
    "set a slice": lambda hooks: hooks.__setitem__(slice(None), [three]),
    "set by steps": lambda hooks: hooks.__setitem__(slice(None, None, -1), [one, two]),
    "set beyond": lambda hooks: hooks.__setitem__(5, three),
    "fill in": lambda hooks: hooks.__setitem__(slice(1, 1), [three, one]),
    "delete": lambda hooks: hooks.__delitem__(-1),
    "delete a slice": lambda hooks: hooks.__delitem__(slice(0, 1)),
    "pop": lambda hooks: hooks.pop(),
    "pop first": lambda hooks: hooks.pop(0),
    "pop beyond": lambda hooks: hooks.pop(7),
    "remove": lambda hooks: hooks.remove(one),
    "remove a stranger": lambda hooks: hooks.remove(three),
    "clear": lambda hooks: hooks.clear(),
    "extend": lambda hooks: hooks.extend([three, one]),
    "extend by itself": lambda hooks: hooks.extend(hooks),
    "extend by nothing": lambda hooks: hooks.extend(iter(())),
    "add in front": lambda hooks: [three] + hooks,  # noqa: RUF005
    "add behind": lambda hooks: hooks + [three],  # noqa: RUF005
    "add itself": lambda hooks: hooks + hooks,
    "copy": lambda hooks: hooks.copy(),
    "list": lambda hooks: list(hooks),
    "slice": lambda hooks: hooks[::-1],
    "find": lambda hooks: (hooks.index(two), hooks.count(one), two in hooks),
    "find a stranger": lambda hooks: hooks.index(three),
    "backwards": lambda hooks: list(reversed(hooks)),
}


def outcome(act: Any, subject: Any) -> Any:
    """Return what an act answers, or the class of what it raises."""
    try:
        return act(subject)
    except (LookupError, ValueError) as error:
        return type(error)


LISTS = {
    "before_request_funcs": lambda app: app.before_request_funcs[None],
    "url_build_error_handlers": lambda app: app.url_build_error_handlers,
    "deferred_functions": lambda app: Blueprint("shop", "shop").deferred_functions,
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("change", LIST_CHANGES)
def test_a_window_changes_and_answers_as_a_list_does(app, name, change):
    window, model = LISTS[name](app), [one, two]
    window.extend([one, two])
    answer = outcome(LIST_CHANGES[change], window)
    assert answer == outcome(LIST_CHANGES[change], model)
    assert type(answer) is not type(window)
    assert window == model


def test_what_a_list_shows_is_what_requests_meet(app):
    app.before_request_funcs[None].extend([one, two])
    app.before_request_funcs[None].reverse()
    assert app.registry.table.hooks["before_request", None] == (two, one)


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
    assert window.get("shop") is None
    assert window.get("shop", ()) == ()
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


# Assigning to attributes, and what is taken out


ATTRIBUTES = {
    "before_request_funcs": {None: [one, two], "shop": [three]},
    "template_context_processors": {"shop": [three]},
    "error_handler_spec": {None: {404: {NotFound: lost}, None: {KeyError: lost}}},
    "view_functions": {"index": one, "other": two},
    "url_build_error_handlers": [one, two],
    "teardown_appcontext_funcs": [two, one],
}
NOTHING = {name: type(content)() for name, content in ATTRIBUTES.items()}


@pytest.fixture
def bare() -> Flask:
    """An app without a static route."""
    return Flask("bare", static_folder=None)


def contents(app: Flask, name: str) -> Any:
    shown = getattr(app, name).shown()
    if name == "template_context_processors":
        del shown[None]  # the app's own
    return shown


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_what_is_assigned_shows_and_replaces_what_was_there(bare, name):
    setattr(bare, name, ATTRIBUTES[name])
    assert contents(bare, name) == ATTRIBUTES[name]
    setattr(bare, name, NOTHING[name])
    assert contents(bare, name) == NOTHING[name]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_window_that_is_assigned_to_itself_changes_nothing(bare, name):
    setattr(bare, name, ATTRIBUTES[name])
    before = bare.registry.records
    setattr(bare, name, getattr(bare, name))
    setattr(bare, name, getattr(bare, name).copy())
    setattr(bare, name, type(ATTRIBUTES[name])(getattr(bare, name)))
    assert contents(bare, name) == ATTRIBUTES[name]
    assert bare.registry.records == before
    assert getattr(bare, name) is getattr(bare, name)


@pytest.mark.parametrize("restore", ["window", "copy", "shown", "plain"])
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_what_was_saved_is_restored_by_assigning_it(bare, monkeypatch, name, restore):
    setattr(bare, name, ATTRIBUTES[name])
    saved = getattr(bare, name)
    if restore != "window":
        saved = type(NOTHING[name])(saved) if restore == "plain" else saved.copy()
    setattr(bare, name, NOTHING[name])
    assert contents(bare, name) == NOTHING[name]
    setattr(bare, name, saved)
    assert contents(bare, name) == ATTRIBUTES[name]
    with monkeypatch.context() as patched:
        patched.setattr(bare, name, NOTHING[name])
        assert contents(bare, name) == NOTHING[name]
    assert contents(bare, name) == ATTRIBUTES[name]


def test_a_list_that_was_replaced_goes_on_by_itself_until_it_is_put_back(app):
    """As in Flask, where it is the same list object all the time."""
    funcs = app.before_request_funcs
    funcs[None] = [one]
    saved = funcs[None]
    funcs[None] = []
    assert (saved, funcs[None]) == ([one], [])
    saved.append(two)
    saved.remove(one)
    assert (saved, funcs[None]) == ([two], [])
    funcs[None] = saved
    saved.append(three)
    assert (saved, funcs[None]) == ([two, three], [two, three])
    assert funcs[None] is saved


def test_a_dict_that_was_replaced_goes_on_by_itself(bare):
    bare.view_functions = {"index": one}
    saved, inner = bare.view_functions, bare.error_handler_spec[None]
    inner[404] = {NotFound: lost}
    bare.view_functions = {}
    bare.error_handler_spec = {}
    saved["two"] = two
    del saved["index"]
    assert (saved, dict(saved), len(saved)) == ({"two": two}, {"two": two}, 1)
    assert inner == {404: {NotFound: lost}}
    assert inner.pop(404) == {NotFound: lost}
    inner[405][NotFound] = lost
    assert inner == {405: {NotFound: lost}}
    saved.clear()
    assert (saved, bare.view_functions, bare.error_handler_spec) == ({}, {}, {})


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda app: setattr(app, "url_build_error_handlers", (two,)), [two]),
        (lambda app: app.url_build_error_handlers.__iadd__([two]), [one, two]),
    ],
)
def test_a_list_takes_any_iterable(app, change, left):
    app.url_build_error_handlers.append(one)
    change(app)
    assert app.url_build_error_handlers == left


def test_adding_in_place_keeps_what_was_there(app):
    app.url_build_error_handlers += [one]
    app.url_build_error_handlers += [two]
    app.before_request_funcs[None] += [one]
    app.before_request_funcs |= {"shop": [two]}
    app.view_functions |= {"index": one}
    assert app.url_build_error_handlers == [one, two]
    assert app.before_request_funcs == {None: [one], "shop": [two]}
    assert list(app.view_functions) == ["static", "index"]


@pytest.mark.parametrize("value", [None, 3, {None: 3}, {"shop": [], None: 3}])
@pytest.mark.parametrize("name", ["before_request_funcs", "error_handler_spec"])
def test_what_cannot_be_assigned_changes_nothing(app, name, value):
    setattr(app, name, ATTRIBUTES[name])
    with pytest.raises(TypeError):
        setattr(app, name, value)
    assert getattr(app, name) == ATTRIBUTES[name]


DICT_CHANGES = {
    "pop": lambda funcs: funcs.pop(None),
    "pop nothing": lambda funcs: funcs.pop("nope"),
    "pop with a default": lambda funcs: funcs.pop("nope", 3),
    "pop an item": lambda funcs: funcs.popitem(),
    "delete": lambda funcs: funcs.__delitem__("shop"),
    "delete nothing": lambda funcs: funcs.__delitem__("nope"),
    "clear": lambda funcs: funcs.clear(),
    "get": lambda funcs: funcs.get(None),
    "get nothing": lambda funcs: funcs.get("nope"),
    "get with a default": lambda funcs: funcs.get("nope", ()),
    "set a default": lambda funcs: funcs.setdefault("new", [one]),
    "set a default in vain": lambda funcs: funcs.setdefault(None, [three]),
    "add to a default": lambda funcs: funcs.setdefault("new", []).append(one),
    "set": lambda funcs: funcs.__setitem__(None, [three]),
    "update": lambda funcs: funcs.update({"new": [one], None: [two, one]}),
    "join": lambda funcs: funcs | {},
    "join more": lambda funcs: funcs | {None: [three]},
    "join behind": lambda funcs: {None: [three], "new": []} | funcs,
    "join in place": lambda funcs: funcs.__ior__({None: [three]}),
    "copy": lambda funcs: funcs.copy(),
    "dict": lambda funcs: dict(funcs),
    "list": lambda funcs: list(funcs),
    "backwards": lambda funcs: list(reversed(funcs)),
    "keys and values": lambda funcs: (list(funcs.keys()), list(funcs.values())),
    "contains": lambda funcs: (None in funcs, "nope" in funcs, len(funcs)),
}


@pytest.mark.parametrize("change", DICT_CHANGES)
def test_lists_by_scope_change_and_answer_as_a_dict_does(app, change):
    app.before_request_funcs = ATTRIBUTES["before_request_funcs"]
    model = defaultdict(list, {None: [one, two], "shop": [three]})
    answer = outcome(DICT_CHANGES[change], app.before_request_funcs)
    assert answer == outcome(DICT_CHANGES[change], model)
    assert app.before_request_funcs == model


def test_what_is_taken_out_is_plain(app):
    app.before_request(one)
    app.register_error_handler(404, lost)
    assert type(app.error_handler_spec[None].pop(404)) is dict
    assert type(app.before_request_funcs.pop(None)) is list
    assert type(app.before_request_funcs | {}) is dict
    assert (app.before_request_funcs, app.error_handler_spec) == ({}, {})


def test_a_default_answers_the_live_list(app):
    hooks = app.before_request_funcs.setdefault(None, [one])
    hooks.append(two)
    assert app.before_request_funcs == {None: [one, two]}


def test_lists_may_be_changed_by_making_new_ones(app):
    app.before_request(one)
    app.before_request_funcs = {None: [two]}
    app.before_request_funcs[None] = [*app.before_request_funcs[None], one]
    app.before_request_funcs[None] = [three] + app.before_request_funcs[None]
    assert app.before_request_funcs == {None: [three, two, one]}


def test_what_stays_in_a_list_keeps_its_record(app):
    for each in (one, two, three, one):
        app.before_request(each)
    records = app.registry.records[-4:]
    del app.before_request_funcs[None][0]
    app.before_request_funcs[None][:] = [two, one, three]
    assert set(app.registry.records) >= set(records[1:])
    assert records[0] not in app.registry.records


# What a cell assigns


@pytest.mark.parametrize(
    ("assign", "shown"),
    [
        ("hooks[None] = [one, two]", [one, two]),
        ("hooks[None] = [one, one]", [one, one]),
        ("app.before_request_funcs = {None: [two]}", [two]),
        ("hooks[None] = hooks[None] + [two]", [three, two]),
        ("hooks[None] = [two] + hooks[None]", [two, three]),
        ("hooks[None] += [one, two]", [three, one, two]),
        ("hooks[None].insert(0, one)", [one, three]),
        ("hooks[None].remove(three)", []),
    ],
)
def test_a_cell_that_runs_again_assigns_the_same_again(app, cells, assign, shown):
    app.before_request(three)
    cells.namespace.update(one=one, two=two, three=three)
    for run in range(3):
        if run and "remove" in assign:
            app.before_request(three)
        cells.run(f"hooks = app.before_request_funcs\n{assign}", id="a")
        assert app.before_request_funcs[None] == shown


@pytest.mark.parametrize(
    "assign",
    [
        "app.view_functions = {'index': one}",
        "app.view_functions.update(index=one)",
        "app.error_handler_spec = {None: {None: {KeyError: one}}}",
        "app.teardown_appcontext_funcs = [one]",
    ],
)
def test_what_a_cell_assigns_is_its_own_and_undone_if_it_fails(app, cells, assign):
    cells.namespace["one"] = one
    before = app.registry.records
    with pytest.raises(ZeroDivisionError):
        cells.run(f"{assign}\n1/0", id="a")
    assert app.registry.records == before
    cells.run(assign, id="a")
    cells.run(assign, id="a")
    assert sum(each.target is one for each in app.registry.records) == 1
    cells.run("pass", id="a")
    assert not any(each.target is one for each in app.registry.records)


# What mounted blueprints bring


@pytest.fixture
def shop(app) -> Blueprint:
    """A mounted blueprint with a view, hooks and a handler."""
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/", "home", lambda: "home")
    shop.before_app_request(one)
    shop.before_request(two)
    shop.register_error_handler(404, lost)
    app.register_blueprint(shop)
    return shop


@pytest.mark.parametrize(
    "change",
    [
        lambda app: setattr(app, "view_functions", {}),
        lambda app: app.view_functions.pop("shop.home"),
        lambda app: setattr(app, "before_request_funcs", {}),
        lambda app: app.before_request_funcs["shop"].clear(),
        lambda app: app.before_request_funcs[None].remove(one),
        lambda app: app.before_request_funcs[None].reverse(),
        lambda app: app.before_request_funcs.pop("shop"),
        lambda app: app.error_handler_spec.update({None: {}, "shop": {}}),
        lambda app: app.error_handler_spec["shop"][404].pop(NotFound),
    ],
)
def test_what_a_blueprint_brings_is_not_taken_out_from_the_app(app, shop, change):
    app.before_request_funcs[None].append(three)
    before = app.registry.records, shop.registry.records
    with pytest.raises(Borrowed, match="belongs to a mounted blueprint"):
        change(app)
    assert (app.registry.records, shop.registry.records) == before


def test_clearing_a_dict_leaves_what_blueprints_bring(app, shop):
    app.view_functions["index"] = app.view_functions["shop.home"] = one
    app.before_request_funcs[None].append(three)
    app.register_error_handler(500, lost)
    for name in ("view_functions", "before_request_funcs", "error_handler_spec"):
        getattr(app, name).clear()
    assert app.view_functions == {"shop.home": shop.view_functions["home"]}
    assert app.before_request_funcs == {None: [one], "shop": [two]}
    assert app.error_handler_spec == {"shop": {404: {NotFound: lost}}}


def test_a_mock_patches_dicts_with_blueprints_and_restores_them(app, shop, client):
    before = app.view_functions.copy()
    with patch.dict(app.view_functions, {"shop.home": lambda: "patched"}):
        assert client.get("/").text == "patched"
    assert app.view_functions == before
    assert client.get("/").text == "home"


def test_a_hook_is_inserted_before_those_of_blueprints(app, shop):
    app.before_request_funcs[None].append(two)
    app.before_request_funcs[None].insert(0, three)
    assert app.before_request_funcs[None] == [three, one, two]
    app.before_request_funcs[None][:] = [one]
    assert app.before_request_funcs[None] == [one]


def test_what_a_blueprint_means_for_the_app_shows_in_the_app_alone(app, shop):
    assert shop.before_request_funcs == {None: [two]}
    assert app.before_request_funcs == {None: [one], "shop": [two]}


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


def test_flasks_own_context_processor_stays_first(app):
    own = app.template_context_processors[None][0]
    app.template_context_processors[None] = [dict]
    app.template_context_processors[None].insert(0, list)
    app.template_context_processors[None].reverse()
    assert app.template_context_processors == {None: [own, dict, list]}


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


def test_template_names_are_updated_in_place_and_cleared(app):
    app.add_template_filter(one, "one")
    app.jinja_env.filters |= {"two": two}
    assert app.jinja_env.filters["one"] is one
    assert {"one", "two", "upper"} <= app.jinja_env.filters.copy().keys()
    assert (app.jinja_env.filters | {"upper": three})["upper"] is three
    assert app.jinja_env.filters["upper"] is not three
    app.jinja_env.filters.clear()
    assert app.jinja_env.filters == {}
    assert "upper" in Flask("other").jinja_env.filters


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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("view_functions", dict),
        ("error_handler_spec", dict),
        ("before_request_funcs", dict),
        ("teardown_appcontext_funcs", list),
        ("blueprints", dict),
        ("extensions", dict),
    ],
)
def test_a_window_passes_for_the_list_or_dict_that_flask_has(app, name, kind):
    window = getattr(app, name)
    assert isinstance(window, kind)
    assert not isinstance(window, {dict: list, list: dict}[kind])
    for make in (copy, deepcopy):
        made = make(window)
        assert type(made) is kind
        assert made == window


def test_a_library_that_wraps_every_function_it_finds_finds_them_all(app, client):
    """As Flask-Injector does, which tells lists from dicts by isinstance."""
    wrapped = []

    def wrap(function):
        def inner(*args, **kwargs):
            wrapped.append(function.__name__)
            return function(*args, **kwargs)

        return inner

    def process(container):
        if isinstance(container, dict):
            for key, value in container.items():
                if isinstance(value, (dict, list)):
                    process(value)
                elif callable(value):
                    container[key] = wrap(value)
        else:
            container[:] = [wrap(each) for each in container]

    @app.before_request
    def before():
        pass

    @app.get("/")
    def index():
        raise LookupError

    @app.errorhandler(LookupError)
    def lost(error):
        return "lost"

    for name in ("view_functions", "before_request_funcs", "error_handler_spec"):
        process(getattr(app, name))
    assert client.get("/").text == "lost"
    assert wrapped == ["before", "index", "lost"]
