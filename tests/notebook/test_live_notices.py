"""What a cell says at its end: what failed with it, what it left behind."""

import pytest

E = "@app.get('/e')\ndef e(): return 'e'\n"
HOOK = "@app.before_request\ndef hook(): pass\n"
AGAIN = "what it registered is as it was before."


@pytest.mark.parametrize(
    ("former", "cell", "said"),
    [
        ("", E, "GET /e is not in force."),
        ("", E + HOOK, "GET /e, before_request hook are not in force."),
        ("", HOOK, "before_request hook is not in force."),
        ("", "@app.route('/e', methods=['GET', 'POST'])\ndef e(): pass\n", "GET,POST"),
        ("", "@app.errorhandler(404)\ndef e(_): pass\n", "the handler of 404 is"),
        ("", "@app.errorhandler(KeyError)\ndef e(_): pass\n", "of KeyError is"),
        ("", "@app.template_filter('f')\ndef e(_): pass\n", "template filter 'f' is"),
        ("", "@app.cli.command('c')\ndef e(): pass\n", "command 'c' is not in force."),
        (
            "",
            "".join(f"app.add_url_rule('/{n}', '{n}', lambda: '')\n" for n in range(4)),
            "4 new registrations are not in force.",
        ),
        (
            "",
            "bp = Blueprint('b', 'b')\napp.register_blueprint(bp)\n",
            "blueprint 'b' is",
        ),
        (E, E, AGAIN),
        (E, "@app.get('/f')\ndef e(): pass\n", f"GET /f is not in force; {AGAIN}"),
        (E, E + HOOK, f"before_request hook is not in force; {AGAIN}"),
    ],
)
@pytest.mark.parametrize("id", ["c1", None])
def test_a_failing_cell_names_what_is_not_in_force(notebook, former, cell, said, id):
    if former:
        notebook.do(former, id)
    last = notebook.run(f"{cell}1 / 0", id).text.splitlines()[-1]
    assert last.startswith("The cell failed: ")
    assert said in last


def test_a_route_of_a_mounted_blueprint_is_named_as_its_app_sees_it(notebook):
    notebook.do("bp = Blueprint('b', 'b', url_prefix='/b')\napp.register_blueprint(bp)")
    ran = notebook.run("@bp.get('/e')\ndef e(): return 'e'\n1 / 0")
    assert "The cell failed: GET /b/e is not in force." in ran.text


def test_a_failing_cell_that_registers_nothing_says_nothing(notebook):
    assert "The cell failed" not in notebook.run("1 / 0").text


@pytest.mark.parametrize("made", ["app = Flask(__name__)", "app = Flask(__name__);1/0"])
@pytest.mark.parametrize("ids", [("c1", "c2", "app"), (None, None, None)])
def test_a_new_app_tells_which_routes_the_former_one_keeps(notebook, made, ids):
    notebook.do("app = Flask(__name__)", ids[2])
    notebook.do("%%route /a\n'a'", ids[0])
    notebook.do("%%route /b\n'b'", ids[1])
    assert notebook.run(made, ids[2]).text.splitlines()[-1] == (
        "app is a new Flask: 2 routes of other cells stayed with the former one;"
        " run those cells again, or take over with %flask adopt."
    )
    notebook.do("%%route /a\n'a'", ids[0])
    assert "2 routes of other cells" in notebook.run(made, ids[2]).text


def test_what_is_left_of_one_cell_is_told_as_one(notebook):
    notebook.do("%%route /a\n'a'", "c1")
    said = notebook.do("app = Flask(__name__)").text
    assert "1 route of another cell stayed" in said
    assert "run that cell again" in said


@pytest.mark.parametrize("id", ["c1", None])
def test_a_new_app_with_all_its_routes_in_its_own_cell_says_nothing(notebook, id):
    cell = "app = Flask(__name__)\n@app.get('/kept')\ndef kept(): return ''\n"
    for edit in ("a", "a", "b"):
        route = f"@app.get('/{edit}')\ndef {edit}(): return ''"
        assert notebook.do(cell + route, id).text == ""


def test_an_app_in_a_variable_that_nobody_follows_says_nothing(notebook):
    notebook.do("other = Flask('other')")
    notebook.do("@other.get('/x')\ndef x(): return ''", "c1")
    assert notebook.do("other = Flask('other')").text == ""
    notebook.do("%flask use other")
    notebook.do("@other.get('/x')\ndef x(): return ''", "c1")
    assert "other is a new Flask: 1 route" in notebook.do("other = Flask('o')").text


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("@app.get('x')\ndef x(): pass", "----> 1 @app.get('x')"),
        ("x = 1\n@app.get('/<no:x>')\ndef x(): pass", "----> 2 @app.get('/<no:x>')"),
        (f"{E}@app.get('/f')\ndef e(): pass", "----> 3 @app.get('/f')"),
        ("@app.errorhandler(999)\ndef e(_): pass", "----> 1 @app.errorhandler(999)"),
        ("Blueprint('a.b', __name__)", "----> 1 Blueprint('a.b', __name__)"),
        ("url_for('e')", "----> 1 url_for('e')"),
        ("def f():\n    abort(404)\nf()", "----> 2     abort(404)"),
    ],
)
def test_what_is_wrong_with_a_cell_is_shown_by_its_own_lines(notebook, cell, line):
    text = notebook.run(cell).text
    assert line in text
    assert "nbflask" not in text.replace("nbflask.", "")
    assert "werkzeug" not in text


def test_an_exception_of_somebody_else_is_shown_as_ever(notebook):
    ran = notebook.run("import json\njson.loads('no')")
    assert "json/decoder.py" in ran.text.replace("\\", "/")
