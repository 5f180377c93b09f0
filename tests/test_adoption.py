"""A new app takes over what the one before it has: app.adopt(former)."""

from functools import partial

import pytest
from werkzeug.routing import BaseConverter

from nbflask import Blueprint, Flask, render_template

CELLS = {
    "route": "@app.get('/a')\ndef a(): return 'a'",
    "hook": "@app.after_request\ndef mark(r):\n    r.headers['X'] = '1'\n    return r",
    "handler": "@app.errorhandler(404)\ndef gone(error): return 'gone', 404",
    "filter": "@app.template_filter()\ndef loud(text): return text.upper()",
    "template": "app.add_template('t', '{{ \"t\"|loud }}')",
    "file": "app.add_static_file('f.txt', 'f')",
    "blueprint": (
        "bp = Blueprint('bp', 'bp', url_prefix='/bp')\n"
        "@bp.get('/b')\ndef b(): return 'b'\n"
        "app.register_blueprint(bp)"
    ),
    "page": "from nbflask import render_template\n"
    "@app.get('/page')\ndef page(): return render_template('t')",
}


@pytest.fixture
def former(app, cells) -> Flask:
    """An app to which cells gave something of each kind; `app` is now a new one."""
    for id, cell in CELLS.items():
        cells.run(cell, id=id)
    cells.namespace["app"] = cells.namespace["new"] = Flask("new")
    cells.namespace["former"] = app
    return app


@pytest.fixture
def new(former, cells) -> Flask:
    return cells.namespace["new"]


def answers(app: Flask, *paths: str) -> list[str]:
    client = app.test_client()
    return [client.get(path).text for path in paths]


PATHS = ("/a", "/bp/b", "/page", "/static/f.txt", "/none")
WHOLE = ["a", "b", "T", "f", "gone"]


def test_everything_moves_and_the_former_app_no_longer_holds_it(former, new, cells):
    cells.run("moved = app.adopt(former)", id="adopt")
    assert answers(new, *PATHS) == WHOLE
    assert new.test_client().get("/a").headers["X"] == "1"
    assert [each.name for each in new.iter_blueprints()] == ["bp"]
    assert [str(each) for each in former.url_map.iter_rules()] == [
        "/static/<path:filename>"
    ]
    assert {each.owner.kind for each in former.registry.records} == {"framework"}


@pytest.mark.parametrize(
    ("id", "cell", "path", "answer"),
    [
        ("route", "@app.get('/a')\ndef a(): return 'new a'", "/a", "new a"),
        ("route", "@app.get('/c')\ndef a(): return 'c'", "/a", "gone"),
        ("handler", "pass", "/none", "404 Not Found"),
        ("filter", "@app.template_filter()\ndef loud(t): return t * 2", "/page", "tt"),
        ("template", "app.add_template('t', 'new')", "/page", "new"),
        ("file", "pass", "/static/f.txt", "gone"),
        ("blueprint", "pass", "/bp/b", "gone"),
    ],
)
def test_cells_that_run_again_replace_what_they_had_in_the_new_app(
    new, cells, id, cell, path, answer
):
    cells.run("app.adopt(former)", id="adopt")
    cells.run(cell, id=id)
    assert answer in answers(new, path)[0]


@pytest.mark.parametrize(
    ("cell", "path", "answer"),
    [
        ("@app.get('/a')\ndef a(): return 'mine'", "/a", "mine"),
        ("@app.get('/a')\ndef other(): return 'mine'", "/a", "mine"),
        ("@app.get('/mine')\ndef a(): return 'mine'", "/a", "gone"),
        ("@app.errorhandler(404)\ndef x(e): return 'mine', 404", "/none", "mine"),
        ("@app.template_filter('loud')\ndef x(t): return 'mine'", "/page", "mine"),
        ("app.add_template('t', 'mine')", "/page", "mine"),
        ("app.add_static_file('f.txt', 'mine')", "/static/f.txt", "mine"),
        ("app.register_blueprint(Blueprint('bp', 'x'))", "/bp/b", "gone"),
    ],
)
def test_what_the_new_app_has_wins(new, cells, cell, path, answer):
    cells.run(cell, id="mine")
    cells.run("app.adopt(former)", id="adopt")
    assert answers(new, path) == [answer]


def test_a_url_that_takes_more_methods_stays_for_those(cells, app):
    cells.run("@app.route('/a', methods=['GET', 'POST'])\ndef a(): return 'former'")
    cells.namespace |= {"former": app, "app": Flask("new")}
    cells.run("@app.get('/a')\ndef mine(): return 'mine'\napp.adopt(former)")
    client = cells.namespace["app"].test_client()
    assert (client.get("/a").text, client.post("/a").text) == ("mine", "former")


def test_a_nameless_run_that_gave_something_again_has_had_its_turn(cells, app):
    both = "@app.get('/{0}')\ndef a(): return ''\n@app.get('/b')\ndef b(): return ''"
    cells.run(both.format("a"))
    cells.namespace |= {"former": app, "app": Flask("new")}
    cells.run(both.format("c"))
    cells.run("app.adopt(former)")
    rules = {str(each) for each in cells.namespace["app"].url_map.iter_rules()}
    assert rules == {"/c", "/b", "/static/<path:filename>"}


def test_a_cell_that_fails_after_it_adopts_has_moved_nothing(former, new, cells):
    with pytest.raises(ZeroDivisionError):
        cells.run("app.adopt(former)\n1 / 0", id="adopt")
    assert answers(former, *PATHS) == WHOLE
    assert "404" in answers(new, "/a")[0]
    cells.run("app.adopt(former)", id="adopt")
    assert answers(new, *PATHS) == WHOLE


@pytest.mark.parametrize("live", [True, False])
def test_what_cannot_be_in_force_keeps_everything_where_it_is(live, cells):
    class Digits(BaseConverter):
        regex = r"\d+"

    former, new = Flask("former"), Flask("new")
    former.url_map.converters["digits"] = Digits
    former.add_url_rule("/a", "a", lambda: "a")
    former.add_url_rule("/<digits:n>", "n", lambda n: n)
    cells.namespace |= {"former": former, "app": new}
    take_over = (
        (lambda: cells.run("app.adopt(former)")) if live else partial(new.adopt, former)
    )
    with pytest.raises(ValueError, match=r"Nothing was taken over: .*'digits'"):
        take_over()
    assert answers(former, "/a", "/1") == ["a", "1"]
    assert "404" in answers(new, "/a")[0]


def test_configuration_extensions_and_what_these_registered_stay(cells, app):
    extension = type("Extension", (), {"__module__": "library.core"})()
    library = {"__name__": "library.core", "app": app, "extension": extension}
    app.extensions["library"] = extension
    exec(
        "def hook(): return 'the library answers'\n"
        "app.extensions['library'] = extension\napp.before_request(hook)",
        library,
    )
    app.config["COLOUR"] = "red"
    cells.run("@app.get('/a')\ndef a(): return 'a'", id="a")
    cells.namespace |= {"former": app, "app": Flask("new")}
    cells.run("app.adopt(former)")
    new = cells.namespace["app"]
    assert answers(new, "/a") == ["a"]
    assert "library" not in new.extensions
    assert "COLOUR" not in new.config
    assert app.extensions["library"] is extension
    assert answers(app, "/a") == ["the library answers"]


def test_without_cells_it_works_too_before_the_first_request():
    former, new = Flask("former"), Flask("new")
    former.add_url_rule("/a", "a", lambda: render_template("t"))
    former.add_template("t", "text")
    former.register_blueprint(Blueprint("bp", "bp"))
    new.adopt(former)
    assert answers(new, "/a") == ["text"]
    assert list(former.blueprints) == []
    with pytest.raises(AssertionError, match="'adopt' can no longer be called"):
        new.adopt(former)


@pytest.mark.parametrize("what", ["app", None, Blueprint("b", "b")])
def test_only_another_app_can_be_adopted(app, what):
    with pytest.raises(TypeError, match="adopt takes another app"):
        app.adopt(app if what == "app" else what)
