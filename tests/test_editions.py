"""Cells that are run again: what replaces what, what goes, and what stays."""

from __future__ import annotations

import types
from textwrap import dedent
from threading import Thread

import pytest

from nbflask import Blueprint, Flask
from nbflask.registry import editions, policies
from nbflask.registry.owners import FRAMEWORK
from nbflask.registry.records import View


def rules(app: Flask) -> dict[str, str]:
    """Return the app's own rules and their endpoints, without the static one."""
    found = {str(each): each.endpoint for each in app.url_map.iter_rules()}
    found.pop("/static/<path:filename>", None)
    return found


def answers(app: Flask, *paths: str) -> list[str | int]:
    """Return what each path is answered with: its text, or the error's code."""
    client = app.test_client()
    found = (client.get(path) for path in paths)
    return [one.text if one.status_code == 200 else one.status_code for one in found]


def route(rule: str, name: str, answer: str = "") -> str:
    return f"@app.route({rule!r})\ndef {name}(): return {answer or name!r}\n"


# One cell, run again


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (route("/a", "view"), route("/a", "view"), {"/a": "view"}),
        (route("/a", "view"), route("/b", "view"), {"/b": "view"}),
        (route("/a", "view"), route("/a", "renamed"), {"/a": "renamed"}),
        (route("/a", "view"), route("/b", "renamed"), {"/b": "renamed"}),
        (route("/a", "view"), "", {}),
        (route("/a", "view"), route("/a/<int:n>", "view"), {"/a/<int:n>": "view"}),
        (
            route("/a", "one") + route("/b", "two"),
            route("/a", "two") + route("/b", "one"),
            {"/a": "two", "/b": "one"},
        ),
        (
            "@app.route('/a')\n" + route("/b", "view"),
            "@app.route('/b')\n" + route("/c", "view"),
            {"/b": "view", "/c": "view"},
        ),
    ],
    ids=["same", "url", "name", "both", "nothing", "variable", "swapped", "two rules"],
)
def test_a_cell_that_is_run_again_replaces_what_it_registered(
    app, cells, first, second, left
):
    cells.run(first, id="a")
    cells.run(second, id="a")
    assert rules(app) == left
    assert set(app.view_functions) - {"static"} == set(left.values())


def test_the_new_version_answers_at_once_also_after_the_first_request(app, cells):
    for version in ("one", "two", "three"):
        cells.run(route("/", "index", version), id="a")
        assert answers(app, "/") == [version]


def test_a_function_of_elsewhere_can_be_registered_by_a_cell_again(app, cells):
    cells.run("def helper(): return 'help'", id="functions")
    for _ in range(2):
        cells.run("app.add_url_rule('/help', view_func=helper)", id="routes")
    assert answers(app, "/help") == ["help"]


@pytest.mark.parametrize(
    "source",
    [
        "@app.before_request\ndef f(): pass",
        "@app.before_request\ndef _(): pass",
        "app.before_request(lambda: None)",
        "app.before_request_funcs.setdefault(None, []).append(len)",
        "from functools import partial\napp.before_request(partial(print, end=''))",
    ],
)
def test_a_hook_is_not_doubled(app, cells, source):
    for _ in range(3):
        cells.run(source, id="a")
    assert len(app.before_request_funcs[None]) == 1


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("@app.errorhandler(404)\ndef lost(error): return 'lost', 404", 1),
        ("@app.template_filter()\ndef shout(text): return text.upper()", 1),
        ("@app.context_processor\ndef names(): return {}", 1),
        ("@app.teardown_appcontext\ndef end(error): pass", 1),
        ("@app.url_defaults\ndef fill(endpoint, values): pass", 1),
        ("app.register_blueprint(Blueprint('shop', 'test_app'))", 1),
        ("app.add_url_rule('/x', 'x', print); app.add_url_rule('/y', 'x')", 3),
        ("@app.shell_context_processor\ndef shell(): return {}", 1),
    ],
)
def test_any_record_is_replaced_and_withdrawn_with_its_cell(app, cells, source, count):
    before = app.registry.records
    for _ in range(3):
        cells.run(source, id="a")
    assert len(app.registry.records) == len(before) + count
    cells.run("", id="a")
    assert app.registry.records == before


def test_what_is_edited_keeps_its_place_among_the_others(app, cells):
    for name in "abc":
        cells.run(f"@app.before_request\ndef hook_{name}(): pass", id=name)
    cells.run("@app.before_request\ndef hook_a(): return None", id="a")
    names = [each.__name__ for each in app.before_request_funcs[None]]
    assert names == ["hook_a", "hook_b", "hook_c"]


def test_one_endpoint_twice_within_one_run_is_refused_as_in_flask(app, cells):
    with pytest.raises(AssertionError, match="existing endpoint function: view"):
        cells.run(route("/a", "view") + route("/b", "view"), id="a")
    assert rules(app) == {}


# A cell that fails


def test_a_cell_that_fails_changes_nothing(app, cells):
    cells.run(route("/a", "one") + route("/b", "two"), id="a")
    cells.run("@app.before_request\ndef check(): pass", id="b")
    before = app.registry.records
    failing = (
        route("/c", "one")
        + route("/b", "renamed")
        + "@app.before_request\ndef check(): return 'no'\n"
        + "@app.errorhandler(404)\ndef lost(error): return 'lost'\n"
        + "app.register_blueprint(Blueprint('shop', 'test_app'))\n"
        + "1 / 0"
    )
    with pytest.raises(ZeroDivisionError):
        cells.run(failing, id="a")
    assert app.registry.records == before
    assert answers(app, "/a", "/b", "/c") == ["one", "two", 404]


def test_a_cell_whose_end_was_never_heard_of_has_failed(app, cells):
    owner = editions.Owner("cell", "a", live=True)
    editions.open_edition(owner, cells.namespace)
    exec(route("/a", "view"), cells.namespace)
    assert rules(app) == {"/a": "view"}
    cells.run(route("/b", "other"), id="b")
    assert rules(app) == {"/b": "other"}


def test_closing_without_an_edition_is_harmless():
    assert editions.close_edition(succeeded=True) is None


def test_the_cell_itself_sees_its_changes_while_it_runs(app, cells):
    cells.run(
        route("/", "index")
        + "first = app.test_client().get('/').text\n"
        + route("/more", "more")
        + "second = app.test_client().get('/more').text",
        id="a",
    )
    assert (cells.namespace["first"], cells.namespace["second"]) == ("index", "more")


# Cells that do not come back (a console): the last word counts


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (route("/a", "view"), route("/a", "view"), {"/a": "view"}),
        (route("/a", "view"), route("/b", "view"), {"/b": "view"}),
        (route("/a", "view"), route("/a", "renamed"), {"/a": "renamed"}),
        (route("/a", "view"), route("/b", "other"), {"/a": "view", "/b": "other"}),
        (route("/a", "view"), "", {"/a": "view"}),
    ],
)
def test_without_cells_that_last_the_same_name_or_url_takes_over(
    app, cells, first, second, left
):
    cells.run(first)
    edition = cells.run(second)
    assert rules(app) == left
    assert edition.notices == []


def test_without_cells_that_last_a_hook_of_the_same_name_takes_over(app, cells):
    for _ in range(2):
        cells.run("@app.before_request\ndef check(): pass")
    cells.run("@app.before_request\ndef other(): pass")
    assert len(app.before_request_funcs[None]) == 2


# Two cells


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (route("/a", "view"), route("/b", "view"), ["'view'", "cell a"]),
        (route("/a", "one"), route("/a", "two"), ["GET /a of cell a"]),
        (
            "@app.before_request\ndef check(): pass",
            "@app.before_request\ndef check(): pass",
            ["before_request check", "cell a"],
        ),
        (
            "app.register_blueprint(Blueprint('shop', 'test_app'))",
            "app.register_blueprint(Blueprint('shop', 'test_app'))",
            ["Blueprint 'shop'", "cell a"],
        ),
    ],
)
def test_of_two_cells_that_claim_one_thing_the_later_wins_and_says_so(
    app, cells, first, second, words
):
    cells.run(first, id="a")
    edition = cells.run(second, id="b")
    notices = " ".join(edition.notices)
    assert all(word in notices for word in words)
    listed = [each for each in app.registry.records if not isinstance(each, View)]
    assert {str(each.owner) for each in listed} - {str(FRAMEWORK)} == {"cell b"}


def test_two_cells_with_a_method_each_share_a_url(app, cells):
    cells.run("@app.get('/')\ndef show(): return 'shown'", id="a")
    edition = cells.run("@app.post('/')\ndef save(): return 'saved'", id="b")
    assert edition.notices == []
    client = app.test_client()
    assert (client.get("/").text, client.post("/").text) == ("shown", "saved")


def test_a_hook_that_moved_to_another_cell_runs_once(app, cells):
    hook = "@app.before_request\ndef check(): pass\n"
    cells.run(hook + route("/", "index"), id="a")
    cells.run(hook, id="b")
    cells.run(route("/", "index"), id="a")
    assert len(app.before_request_funcs[None]) == 1


def test_a_cell_that_is_withdrawn_leaves_what_another_took_over(app, cells):
    cells.run(route("/", "index", "of a"), id="a")
    cells.run(route("/", "index", "of b"), id="b")
    cells.run("", id="a")
    assert answers(app, "/") == ["of b"]


def test_a_view_that_another_cell_wraps_keeps_its_routes(app, cells):
    cells.run(route("/", "index"), id="a")
    wrap = "view = app.view_functions['index']\n"
    cells.run(wrap + "app.view_functions['index'] = lambda: f'<{view()}>'", id="b")
    assert answers(app, "/") == ["<index>"]
    cells.run(route("/", "index"), id="a")
    assert answers(app, "/") == ["index"]


def test_a_function_that_two_cells_serve_outlives_the_first_of_them(app, cells):
    cells.run("def helper(): return 'help'", id="functions")
    cells.run("app.add_url_rule('/a', view_func=helper)", id="a")
    edition = cells.run("app.add_url_rule('/b', view_func=helper)", id="b")
    assert edition.notices == []
    assert answers(app, "/a", "/b") == ["help", "help"]
    cells.run("", id="a")
    assert answers(app, "/a", "/b") == [404, "help"]


ALIAS = "app.add_url_rule('/b', view_func=view)"


def test_a_second_url_from_another_cell_stays_when_the_views_cell_runs_again(
    app, cells
):
    cells.run(route("/a", "view", "one"), id="a")
    cells.run(ALIAS, id="b")
    for version in ("two", "three"):
        assert cells.run(route("/a", "view", version), id="a").notices == []
        assert answers(app, "/a", "/b") == [version, version]
        assert cells.run(ALIAS, id="b").notices == []
        assert answers(app, "/a", "/b") == [version, version]
    cells.run("", id="a")
    assert answers(app, "/a", "/b") == [404, "three"]


def test_a_cell_of_a_second_url_that_gets_a_view_of_its_own_says_so(app, cells):
    cells.run(route("/a", "view"), id="a")
    cells.run(ALIAS, id="b")
    edition = cells.run(route("/b", "view", "other"), id="b")
    assert edition.notices == ["Endpoint 'view' of cell a is now served by cell b."]
    assert answers(app, "/b") == ["other"]


def test_a_function_of_elsewhere_that_two_cells_serve_may_be_made_anew(app, cells):
    cells.run("def helper(): return 'one'", id="functions")
    cells.run("app.add_url_rule('/a', view_func=helper)", id="a")
    cells.run("app.add_url_rule('/b', view_func=helper)", id="b")
    cells.run("def helper(): return 'two'", id="functions")
    cells.run("app.add_url_rule('/b', view_func=helper)", id="b")
    assert answers(app, "/a", "/b") == ["two", "two"]
    cells.run("", id="b")
    assert answers(app, "/a", "/b") == ["two", 404]
    assert cells.run("app.add_url_rule('/a', view_func=helper)", id="a").notices == []


def test_a_second_url_keeps_the_former_view_when_the_views_cell_fails(app, cells):
    cells.run(route("/a", "view", "one"), id="a")
    cells.run(ALIAS, id="b")
    with pytest.raises(ZeroDivisionError):
        cells.run(route("/a", "view", "two") + "1 / 0", id="a")
    assert answers(app, "/a", "/b") == ["one", "one"]


def test_two_apps_of_one_cell_are_kept_apart(cells):
    one, two = cells.namespace["one"], cells.namespace["two"] = Flask("a"), Flask("b")
    both = route("/", "index").replace("app.", "one.") + route("/", "index").replace(
        "app.", "two."
    )
    cells.run(both, id="a")
    cells.run(route("/x", "index").replace("app.", "one."), id="a")
    assert (answers(one, "/", "/x"), answers(two, "/")) == ([404, "index"], [404])


# Cells and modules


@pytest.fixture
def library(app):
    """A module that registers on an app that it is given."""
    made = types.ModuleType("library")
    source = """
        def init_app(app):
            app.add_url_rule("/lib", "lib", lambda: "lib")
            app.before_request(check)

        def check():
            pass

        def serve(app, view):
            app.add_url_rule(f"/{view.__name__}", view.__name__, view)
    """
    exec(dedent(source), made.__dict__)
    return made


def test_what_a_module_registers_outlives_the_cell_that_called_it(app, cells, library):
    cells.namespace["library"] = library
    cells.run("library.init_app(app)", id="a")
    cells.run("", id="a")
    assert answers(app, "/lib") == ["lib"]
    assert len(app.before_request_funcs[None]) == 1


def test_a_module_that_is_set_up_again_is_not_doubled(app, cells, library):
    cells.namespace["library"] = library
    for _ in range(2):
        cells.run("library.init_app(app)", id="a")
    assert answers(app, "/lib") == ["lib"]
    assert len(app.before_request_funcs[None]) == 1


def test_a_cells_own_function_stays_its_own_when_a_library_registers_it(
    app, cells, library
):
    cells.namespace["library"] = library
    cells.run("def mine(): return 'mine'\nlibrary.serve(app, mine)", id="a")
    assert answers(app, "/mine") == ["mine"]
    cells.run("", id="a")
    assert answers(app, "/mine") == [404]


def test_outside_of_its_cells_the_app_keeps_flasks_rules(app, cells):
    cells.run(route("/", "index"), id="a")
    with pytest.raises(AssertionError, match=r"served by index \(cell a\)"):
        app.add_url_rule("/x", "index", lambda: "")
    answers(app, "/")
    with pytest.raises(AssertionError, match="first request"):
        app.add_url_rule("/x", "x", lambda: "")


def test_a_cell_says_which_routes_came_and_went(app, cells):
    cells.run(route("/a", "one") + route("/b", "two"), id="a")
    edition = cells.run(route("/a", "one") + route("/c", "three"), id="a")
    changes = [(sign, each.rule) for sign, each in edition.changes()]
    assert changes == [("-", "/b"), ("+", "/c"), ("=", "/a")]


def test_changes_below_a_blueprint_are_told_as_its_app_sees_them(app, cells):
    mount = "app.register_blueprint(shop, url_prefix='/shop')"
    cells.run(f"shop = Blueprint('shop', 'shop')\n{mount}", id="a")
    edition = cells.run("@shop.get('/x')\ndef x(): return ''", id="b")
    changes = [(sign, each.rule, each.endpoint) for sign, each in edition.changes()]
    assert changes == [("+", "/shop/x", "shop.x")]


# Between runs


@pytest.fixture
def live(cells):
    """What registers while no cell runs is as welcome as in a cell."""
    policies.set_default(editions.between_runs(cells.namespace))
    yield
    policies.set_default()


def test_a_thread_may_register_at_any_time_where_code_is_live(app, cells, live):
    cells.run(route("/a", "one"), id="a")
    answers(app, "/a")

    def register() -> None:
        app.add_url_rule("/b", "two", lambda: "two")

    for _ in range(2):
        thread = Thread(target=register)
        thread.start()
        thread.join()
    assert answers(app, "/a", "/b") == ["one", "two"]


def test_a_cell_takes_over_what_was_registered_between_cells(app, cells, live):
    app.before_request(check := lambda: None)
    app.add_url_rule("/a", "one", lambda: "between")
    cells.run(route("/a", "one"), id="a")
    assert answers(app, "/a") == ["one"]
    assert app.before_request_funcs[None] == [check]


def test_the_static_route_is_the_packages_own(app, cells):
    with pytest.raises(AssertionError, match="already served by static"):
        cells.run("@app.route('/mine')\ndef static(): return 'mine'", id="a")
    assert rules(app) == {}
    assert app.view_functions["static"].__qualname__.startswith("Flask")


def test_the_notice_tells_which_urls_are_gone(app, cells):
    cells.run(route("/old", "index"), id="a")
    edition = cells.run(route("/new", "index"), id="b")
    assert edition.notices == [
        "Endpoint 'index' of cell a is now served by cell b; /old is no longer served."
    ]


WRAPS = "def wraps(f):\n    def inner(): return f()\n    return inner\n"


def test_views_that_lose_their_names_to_a_decorator_are_told_of_it(app, cells):
    cells.run(WRAPS, id="wraps")
    one, two = (route(f"/{n}", n).replace("\n", "\n@wraps\n", 1) for n in "ab")
    cells.run(one, id="a")
    edition = cells.run(two, id="b")
    assert edition.notices == [
        "Endpoint 'inner' of cell a is now served by cell b; /a is no longer served;"
        " views keep their names in wraps by functools.wraps."
    ]
    with pytest.raises(AssertionError, match=r"names in wraps by functools\.wraps\. G"):
        cells.run(one + two, id="c")


def test_template_files_are_read_again_where_code_is_live(app, live):
    assert app.jinja_env.auto_reload is True


def test_template_files_are_kept_where_it_is_not(app):
    assert app.jinja_env.auto_reload is False


def test_a_setup_function_that_comes_between_cells_runs_at_once(app, cells, live):
    shop = Blueprint("shop", "shop")
    app.register_blueprint(shop)
    seen = []
    shop.record(lambda state: seen.append(state.app))
    assert seen == [app]
