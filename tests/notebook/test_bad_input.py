"""Whatever is typed wrongly fails with one line that names the fix."""

import sys
from types import ModuleType

import pytest

#: What is typed, and what the one line has to say.
REQUESTS = [
    ("%get", ["path is missing", "%get /"]),
    ("%get --expect 200", ["path is missing"]),
    ("%get /x --nope", ["--nope", "--"]),
    ("%get /x --folow", ["--folow", "did you mean --follow"]),
    ("%get /x -f", ["-f", "--form"]),
    ("%get /x --expect", ["--expect STATUS"]),
    ("%get /x --expect abc", ["'abc'", "200"]),
    ("%get /x --expect 600", ["'600'", "200"]),
    ("%get /x --timeout soon", ["'soon'", "2.5"]),
    ("%get /x --timeout 0", ["'0'", "seconds"]),
    ("%get /x --timeout -1", ["--timeout", "seconds"]),
    ("%get /x --out 2bad", ["'2bad'", "Python name"]),
    ("%get /x --out class", ["'class'", "Python name"]),
    ("%get /x --quiet=yes", ["--quiet takes no value"]),
    ("%get /x --py", ["--py"]),
    ("%post /x d:={broken", ["d:={broken", "not JSON", "use = for a string"]),
    ("%post /x d:=[1,]", ["not JSON", "column"]),
    ("%post /x d:=NaN", ["NaN", "null"]),
    ("%post /x name='Ada", ["never closed", "closing '"]),
    ('%post /x name="Ada', ["never closed", 'closing "']),
    ("%post /x word", ["'word' is no item", "key=value"]),
    ("%post /x =value", ["no name before ="]),
    ("%post /x up@missing.png", ["missing.png", "there is no file"]),
    ("%post /x d:=@missing.json", ["missing.json", "there is no file"]),
    ("%post /x d=@.", ["is a folder"]),
    ("%post /x up@a d:=1", ["d"]),
    ("%post /x --form d:=1", ["form", "d=1"]),
    ("%post /x {{nothing}}==1", ["nothing", "NameError", "define it"]),
    ("%post /{{nothing}}", ["nothing", "NameError"]),
    ("%post /x a={{1 +}}", ["1 +", "SyntaxError"]),
    ("%post /x a={{1/0}}", ["ZeroDivisionError"]),
    ("%post /x a={{open", ["never closed"]),
    ("%post /x d:={{object()}}", ["not JSON"]),
    ("%post /x 'Bad Header:1'", ["Bad Header", "header"]),
    ("%get a=1", ["/path"]),
    ("%%post /x a=1\nbody", ["a=1", "has no place"]),
    ("%%post /x --py\n1 +", ["--py failed", "SyntaxError", "expression"]),
    ("%%post /x --py\nnothing", ["--py failed", "NameError"]),
    ("%%post /x --py\nobject()", ["JSON"]),
]
ROUTES = [
    ("%%route\n'x'", ["rule is missing", "%%route /users"]),
    ("%%route users\n'x'", ["'users'", "/users"]),
    ("%%route FETCH /x\n'x'", ["'FETCH'", "GET"]),
    ("%%route GET POST /x\n'x'", ["commas", "GET,POST"]),
    ("%%route GET, POST /x\n'x'", ["commas", "GET,POST"]),
    ("%%route /x /y\n'x'", ["/x"]),
    ("%%route /x --nope\n'x'", ["--nope"]),
    ("%%route /x --endpont e\n'x'", ["did you mean --endpoint"]),
    ("%%route /x --endpoint\n'x'", ["--endpoint NAME"]),
    ("%%route /<int64:n>\n'x'", ["int64", "Converters are"]),
    ("%%route /<int:n\n'x'", ["/<int:n"]),
    ("%%route /<n>/<n>\n'x'", ["n", "twice"]),
    ("%%route /<2n>\n'x'", ["2n", "<name>"]),
    ("%%route /<class>\n'x'", ["'class'", "<name>"]),
    ("%%route /<>\n'x'", ["<name>"]),
    ("%%route /<int(nope=1):n>\n'x'", ["nope"]),
    ("%%route /x --on nothing\n'x'", ["nothing", "Blueprint("]),
    ("%%route /x --on app\n'x'", ["app", "Blueprint("]),
    ("%%route /x --endpoint a.b --on bp\n'x'", ["dot"]),
    ("%%route /x --defaults page\n'x'", ["--defaults page", "NAME=VALUE"]),
    ("%%route /x --defaults 1=1\n'x'", ["NAME=VALUE"]),
    ("%%route /x --defaults a={{nothing}}\n'x'", ["NameError"]),
    ("%%route '/x\n'x'", ["never closed"]),
    ("%%route /x\n", ["body is empty"]),
    ("%%route /x\n   \n\n", ["no body"]),
    ("%%route /x\n# only a comment\n", ["no body"]),
    ("%%route /x --on theirs\n'x'", ["package flask", "import Blueprint from nbflask"]),
    ("%route /x", ["needs a cell", "%%route"]),
]
FLASK = [
    ("%flask rotes", ["'rotes'", "%flask routes"]),
    ("%flask nonsense", ["'nonsense'", "%flask --help"]),
    ("%flask routes zzz", ["'zzz'", "%flask routes"]),
    ("%flask use", ["%flask use NAME"]),
    ("%flask use nothing", ["'nothing'", "Flask(__name__)"]),
    ("%flask use number", ["'number'", "int"]),
    ("%flask use a b", ["%flask use NAME"]),
    ("%flask client", ["%flask client reset"]),
    ("%flask client rest", ["%flask client reset"]),
    ("%flask run --port", ["--port N"]),
    ("%flask run --port abc", ["'abc'", "5000"]),
    ("%flask run --port 99999", ["'99999'", "5000"]),
    ("%flask run --port -1", ["--port"]),
    ("%flask run --prot 1", ["did you mean --port"]),
    ("%flask run 5000", ["'5000'", "--help"]),
    ("%flask run --host no.such.host.invalid --port 0", ["no.such.host.invalid"]),
    ("%flask run --host no.such.host.invalid", ["UsageError: Cannot serve on no.such"]),
    ("app.run(port=80000)", ["port 80000", "0 to 65535"]),
    ("app.run(port='5x')", ["'5x' is not a port", "5000"]),
    ("app.run(host='no.such.host.invalid')", ["UsageError: Cannot serve on no.such"]),
    ("%flask stop now", ["now"]),
    ("%flask 'stop", ["'stop", "%flask --help"]),
]


@pytest.fixture
def flasks_own(monkeypatch):
    """The package flask, or what matters of it here."""
    package = ModuleType("flask")
    package.Flask = type("Flask", (), {})
    package.Blueprint = type("Blueprint", (), {})
    monkeypatch.setitem(sys.modules, "flask", package)
    return package


@pytest.fixture
def furnished(notebook, flasks_own, tmp_path, monkeypatch):
    """A notebook with an app that must not change, whatever is typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("a")
    notebook.do("number = 1\nbp = Blueprint('bp', __name__)")
    notebook.names["theirs"] = flasks_own.Blueprint()
    notebook.do("%%route GET,POST /x\nrequest.get_data()\n'kept'", "x")
    notebook.do("@app.before_request\ndef hook(): pass", "hook")
    return notebook


@pytest.mark.parametrize(("cell", "said"), REQUESTS + ROUTES + FLASK)
def test_bad_input_fails_with_one_clear_line(furnished, cell, said):
    app = furnished.names["app"]
    before = app.registry.table.records
    names = set(furnished.names)
    ran = furnished.run(cell)
    lines = [line for line in ran.text.splitlines() if line.startswith("UsageError: ")]
    assert not ran.ok
    assert lines == [ran.text.strip()], ran.text
    assert [part for part in said if part not in lines[0]] == []
    assert app.registry.table.records == before
    assert {name for name in furnished.names if name[0] != "_"} <= names
    assert furnished.body("/x") == "kept"


@pytest.mark.parametrize("cell", [cell.replace("/x", "/y") for cell, _ in ROUTES])
def test_bad_input_keeps_what_its_own_cell_registered(furnished, cell):
    assert not furnished.run(cell, "x").ok
    assert furnished.body("/x") == "kept"


@pytest.mark.parametrize(
    "cell",
    [
        "%get /",
        "%%route /\n'x'",
        "%flask",
        "%flask routes",
        "%flask run --port 0",
        "%%post /\nx",
        "%get / --live",
    ],
)
@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("del app", "no variable named 'app'"),
        ("app = 1", "'app' is of type int, not an app: write"),
        ("app = Flask", "type"),
    ],
)
def test_without_an_app_every_magic_says_how_to_make_one(notebook, cell, held, said):
    notebook.do(held)
    ran = notebook.run(cell)
    assert ran.text.startswith("UsageError: ")
    assert len(ran.text.splitlines()) == 1
    if "--live" not in cell:
        assert said in ran.text
        assert "app = Flask(__name__)" in ran.text
    notebook.do("app = Flask(__name__)")


@pytest.mark.parametrize("cell", ["%get /", "%%route /\n'x'", "%flask"])
def test_an_app_of_the_package_flask_is_told_from_ones_own(notebook, flasks_own, cell):
    notebook.names["app"] = flasks_own.Flask()
    ran = notebook.run(cell)
    assert ran.text.startswith("UsageError: ")
    assert (
        "app is the Flask of the package flask: import Flask from nbflask" in ran.text
    )


@pytest.mark.parametrize(
    "cell", ["%route /x", "%flask routes --help", "%%flask\nx", "%gett /x"]
)
def test_what_ipython_itself_refuses_changes_nothing(furnished, cell):
    rules = furnished.rules()
    furnished.run(cell)
    assert furnished.rules() == rules
