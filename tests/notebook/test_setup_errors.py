"""What a cell does wrong with the app itself: its line and the message, no more."""

import builtins

import pytest

VIEW = "\ndef view(): return ''"
#: Cells, the line that they are shown at, and how their messages begin.
WRONG = {
    f"@app.get('nos'){VIEW}": (
        "----> 1 @app.get('nos')",
        "ValueError: URL rule 'nos' must start with a slash.",
    ),
    f"x = 1\n@app.get('/<foo:x>'){VIEW}": (
        "----> 2 @app.get('/<foo:x>')",
        "LookupError: the converter 'foo' does not exist",
    ),
    f"@app.get('/<int:x'){VIEW}": (
        "----> 1 @app.get('/<int:x')",
        "ValueError: malformed url rule",
    ),
    f"@app.get('/<x>/<x>'){VIEW}": (
        "----> 1 @app.get('/<x>/<x>')",
        "SyntaxError: duplicate argument 'x'",
    ),
    f"@app.get('/x', methods=['POST']){VIEW}": (
        "----> 1 @app.get('/x', methods=['POST'])",
        "TypeError: Use the 'route' decorator",
    ),
    f"@app.route('/x', methods='POST'){VIEW}": (
        "----> 1 @app.route('/x', methods='POST')",
        "TypeError: Allowed methods must be a list of strings",
    ),
    f"@app.get('/a'){VIEW}\n@app.get('/b'){VIEW}": (
        "----> 3 @app.get('/b')",
        "EndpointConflict: View function mapping is overwriting",
    ),
    "app.add_url_rule()": (
        "----> 1 app.add_url_rule()",
        "TypeError: Flask.add_url_rule() missing 1 required",
    ),
    "app.add_url_rule('/x')": (
        "----> 1 app.add_url_rule('/x')",
        "AssertionError: expected view func",
    ),
    "app.add_url_rule('/x', 'x', print, colour='red')": (
        "----> 1 app.add_url_rule('/x', 'x', print, colour='red')",
        "TypeError: ",
    ),
    "Blueprint('a.b', __name__)": (
        "----> 1 Blueprint('a.b', __name__)",
        "ValueError: 'name' may not contain a dot",
    ),
    "bp = Blueprint('bp', __name__)\nbp.register_blueprint(bp)": (
        "----> 2 bp.register_blueprint(bp)",
        "ValueError: Cannot register a blueprint on itself",
    ),
    f"bp = Blueprint('bp', __name__)\n@bp.get('nos'){VIEW}\n"
    "app.register_blueprint(bp)": (
        "----> 4 app.register_blueprint(bp)",
        "ValueError: URL rule 'nos' must start with a slash.",
    ),
    "app.register_blueprint('bp')": (
        "----> 1 app.register_blueprint('bp')",
        "AttributeError: 'str' object has no attribute 'register'",
    ),
    "@app.errorhandler(999)\ndef view(e): return ''": (
        "----> 1 @app.errorhandler(999)",
        "ValueError: '999' is not a recognized HTTP error code.",
    ),
    "@app.errorhandler('late')\ndef view(e): return ''": (
        "----> 1 @app.errorhandler('late')",
        "TypeError: issubclass() arg 1 must be a class",
    ),
    f"def add():\n    @app.get('nos')\n    {VIEW.strip()}\nadd()": (
        "----> 2     @app.get('nos')",
        "ValueError: URL rule 'nos' must start with a slash.",
    ),
    "app.config.from_pyfile('nowhere.cfg')": (
        "----> 1 app.config.from_pyfile('nowhere.cfg')",
        "FileNotFoundError: ",
    ),
    "app.test_client().get('/', colour='red')": (
        "----> 1 app.test_client().get('/', colour='red')",
        "TypeError: ",
    ),
    "app.explain('GET', 3)": (
        "----> 1 app.explain('GET', 3)",
        "AttributeError: ",
    ),
    "with app.test_request_context():\n    request.form['name']": (
        "----> 2     request.form['name']",
        "BadRequestKeyError: 400",
    ),
}


@pytest.mark.parametrize("cell", WRONG)
def test_an_error_of_the_app_itself_shows_the_persons_line_alone(notebook, cell):
    line, message = WRONG[cell]
    ran = notebook.run(cell)
    assert not ran.ok
    shown = ran.text.splitlines()
    assert line in shown
    assert any(each.startswith(message) for each in shown), ran.text
    for unknown in ("File ", "nbflask/", "site-packages", "lib/python", "routing>:"):
        assert unknown not in ran.text


def test_so_does_one_that_led_to_another(notebook):
    ran = notebook.run(
        "try:\n    app.add_url_rule()\n"
        "except TypeError as error:\n    raise ValueError('mine') from error"
    )
    assert "----> 2     app.add_url_rule()" in ran.text
    assert "----> 4     raise ValueError('mine') from error" in ran.text
    assert "File " not in ran.text


def test_it_does_so_where_apps_are_live_without_magics(bare):
    bare.do("from nbflask import Flask\napp = Flask('app')")
    from nbflask.notebook import attach

    attach(bare.shell)
    assert "File " not in bare.run("app.add_url_rule()").text


def test_debug_opens_where_the_app_was_called(notebook, monkeypatch):
    waiting = ["p rule, here", "quit"]
    monkeypatch.setattr(builtins, "input", lambda prompt="": waiting.pop(0))
    notebook.run(
        "def add(rule):\n    here = 42\n    app.add_url_rule(rule, 'x', print)\n"
        "add('nos')"
    )
    assert "('nos', 42)" in notebook.do("%debug").text


def test_errors_of_other_libraries_are_shown_as_ever(notebook):
    ran = notebook.run("import json\njson.loads('x')")
    assert "json/decoder.py" in ran.text
    assert "JSONDecodeError: Expecting value" in ran.text


def test_an_exception_that_shows_itself_does_so(notebook):
    ran = notebook.run(
        "class Own(Exception):\n    def _render_traceback_(self): return ['as I am']\n"
        "@app.get('/')\ndef fails(): raise Own\n"
        "app.testing = True\napp.test_client().get('/')"
    )
    assert not ran.ok
    assert ran.text.splitlines()[0] == "as I am"
