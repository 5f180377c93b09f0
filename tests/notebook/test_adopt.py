"""%flask adopt: a new app in the variable takes over what the one before it had."""

import gc
import weakref

import pytest

MADE = "app = Flask(__name__)"
CELLS = (
    "%%route /a\n'a'",
    "@app.before_request\ndef look(): pass",
    "@app.errorhandler(404)\ndef gone(error): return 'gone', 404",
    "%%template t.html\nt",
    "%%static f.txt\nf",
    "bp = Blueprint('bp', 'bp', url_prefix='/bp')\n"
    "@bp.get('/b')\ndef b(): return 'b'\n"
    "app.register_blueprint(bp)",
)
LEFT = "1 route, 1 hook, 1 error handler, 1 template, 1 static file and 1 blueprint"


@pytest.fixture(params=[True, False], ids=["ids", "nameless"])
def former(request, notebook):
    """A notebook whose app has been replaced, and the id of its first cell."""
    id = "app" if request.param else None
    notebook.do(MADE, id)
    for number, cell in enumerate(CELLS):
        notebook.do(cell, f"c{number}" if request.param else None)
    notebook.said = notebook.do(MADE, id).text
    return notebook


def test_the_notice_says_what_stayed_and_names_the_magic(former):
    assert former.said == (
        f"app is a new Flask: {LEFT} of other cells stayed with the former one;"
        " run those cells again, or take over with %flask adopt.\n"
    )


def test_adopt_takes_it_over_and_then_nothing_is_left(former):
    assert former.do("%flask adopt").text == f"app has taken over {LEFT}.\n"
    assert [former.body(path) for path in ("/a", "/bp/b")] == ["a", "b"]
    assert former.get("/none").text == "gone"
    assert former.get("/static/f.txt").text == "f\n"
    ran = former.run("%flask adopt")
    assert not ran.ok
    assert ran.text.strip() == (
        "UsageError: There is nothing to adopt: no former app of 'app' has anything"
        " that it lacks"
    )


def test_python_can_do_the_same(notebook):
    notebook.do("%%route /a\n'a'", "a")
    notebook.do("former = app")
    notebook.do(MADE, "app")
    notebook.do("app.adopt(former)")
    assert notebook.body("/a") == "a"


def test_a_cell_that_runs_again_replaces_what_was_adopted(former):
    former.do("%flask adopt")
    ran = former.do("%%route /a\n'new'", "c0")
    assert former.body("/a") == "new"
    assert "/a → a" in ran.text
    assert former.rules() == ["GET /a", "GET /bp/b"]


def test_a_cell_that_fails_after_adopting_can_adopt_again(former):
    assert not former.run("%flask adopt\n1 / 0").ok
    assert former.body("/a") == "404"
    former.do("%flask adopt")
    assert former.body("/a") == "a"


def test_the_new_app_replaced_in_turn_hands_all_of_it_on(former):
    former.do("%%route /a\n'new'", "c0")
    former.do("%%route /c\n'c'", "c7")
    former.do(MADE, "app")
    former.do("%flask adopt")
    bodies = [former.body(path) for path in ("/a", "/bp/b", "/c")]
    assert bodies == ["new", "b", "c"]


def test_a_route_that_came_again_is_not_said_to_have_gone(former):
    assert former.do("%%route /a\n'new'", "c0").text == "+ GET /a → a\n"


def test_extensions_stay_and_are_named(notebook):
    notebook.do("app.extensions['database'] = object()", "e")
    notebook.do("%%route /a\n'a'", "a")
    notebook.do(MADE, "app")
    assert notebook.do("%flask adopt").text == (
        "app has taken over 1 route.\n"
        "Not the extensions (database): set them up again.\n"
    )


def test_configuration_stays_and_is_named(notebook):
    notebook.do("app.config.update(TOKEN=1, SECRET_KEY='secret', TESTING=True)", "c")
    notebook.do("%%route /a\n'a'", "a")
    notebook.do(MADE + "\napp.testing = True", "app")
    assert notebook.do("%flask adopt").text == (
        "app has taken over 1 route.\n"
        "Not the configuration (SECRET_KEY, TOKEN): set it again.\n"
    )


def test_a_rule_whose_converter_is_missing_says_what_to_do(notebook):
    converter = (
        "from werkzeug.routing import BaseConverter\n"
        "app.url_map.converters['word'] = BaseConverter"
    )
    notebook.do(converter, "converter")
    notebook.do("%%route /<word:w>\nw", "a")
    notebook.do(MADE, "app")
    assert notebook.run("%flask adopt").text.strip() == (
        "UsageError: Nothing was taken over: the converter 'word' does not exist. Set"
        " it up again, then adopt the rest"
    )
    notebook.do(converter, "converter")
    notebook.do("%flask adopt")
    assert notebook.body("/a") == "a"


@pytest.mark.parametrize("case", ["never replaced", "nothing in it", "unused variable"])
def test_with_nothing_to_adopt_one_line_says_so(notebook, case):
    if case != "never replaced":
        notebook.do(MADE)
    if case == "unused variable":
        notebook.do("other = Flask('x')\n%flask use other")
    ran = notebook.run("%flask adopt")
    assert "There is nothing to adopt" in ran.text
    assert ran.text.count("\n") == 1


def test_adopt_takes_no_words_and_is_in_the_help(notebook):
    assert "takes no 'all'" in notebook.run("%flask adopt all").text
    assert "%flask adopt " in notebook.do("%flask --help").text


@pytest.mark.parametrize("how", ["adopt", "again", "empty", "unload"])
def test_a_former_app_lives_no_longer_than_it_can_be_adopted(notebook, how):
    notebook.do(MADE, "app")
    if how != "empty":
        notebook.do("%%route /a\n'a'", "a")
    alive = weakref.ref(notebook.names["app"])
    notebook.do(MADE, "app")
    gc.collect()
    assert (alive() is None) == (how == "empty")
    cells = {
        "adopt": "%flask adopt",
        "again": "%%route /a\n'a'",
        "unload": "%reload_ext nbflask",
        "empty": "pass",
    }
    notebook.do(cells[how], "a")
    notebook.do("pass")
    gc.collect()
    assert alive() is None
