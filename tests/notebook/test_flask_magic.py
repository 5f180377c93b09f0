"""%flask: the state of it all, the routes, the app that the magics act on."""

import pytest

APP = """
shop = Blueprint('shop', __name__, url_prefix='/shop')
@app.get('/users/<int:n>')
def user(n): return str(n)
@app.post('/users')
def new_user(): return 'new'
@shop.get('/items')
def items(): return 'items'
app.register_blueprint(shop)
@app.before_request
def hook(): pass
"""


@pytest.fixture
def furnished(notebook):
    notebook.do(APP)
    return notebook


def rows(text):
    return [line.split() for line in text.splitlines() if line.startswith("/")]


def test_flask_alone_shows_the_state_at_a_glance(furnished):
    ran = furnished.do("%flask")
    state = dict(
        line.split(None, 1) for line in ran.text.splitlines() if line[0] != "O"
    )
    assert state["app"] == "app = Flask('__main__')"
    assert state["routes"] == "4"
    assert state["hooks"] == "1"
    assert state["blueprints"] == "shop"
    assert state["server"] == "not running"
    assert "shop" in ran.html
    furnished.do("server = %flask run --port 0")
    assert furnished.names["server"].url in furnished.do("%flask").text


def test_routes_shows_every_route_with_its_cell(furnished):
    shown = {row[0]: row[1:] for row in rows(furnished.do("%flask routes").text)}
    assert shown["/users/<int:n>"] == ["GET", "user", "user", "cell", "[2]"]
    assert shown["/users"] == ["POST", "new_user", "new_user", "cell", "[2]"]
    assert shown["/shop/items"] == ["GET", "shop.items", "items", "shop", "cell", "[2]"]


def test_routes_names_views_as_people_do(notebook):
    notebook.do("app.add_url_rule('/x', 'x', lambda: '')\nclass C: pass")
    assert "  x         <lambda>  cell [2]" in notebook.do("%flask routes").text
    assert "→ x: <lambda> (cell [2])" in notebook.do("%get /x").text


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("users", ["/users/<int:n>", "/users"]),
        ("USERS", ["/users/<int:n>", "/users"]),
        ("users post", ["/users"]),
        ("shop.items", ["/shop/items"]),
        ("POST", ["/users"]),
        ("<int", ["/users/<int:n>"]),
    ],
)
def test_routes_are_filtered_by_words(furnished, words, rules):
    assert [
        row[0] for row in rows(furnished.do(f"%flask routes {words}").text)
    ] == rules


def test_routes_of_a_fresh_app_show_its_static_folder(notebook):
    assert [row[0] for row in rows(notebook.do("%flask routes").text)] == [
        "/static/<path:filename>"
    ]


def test_a_cell_that_runs_again_keeps_its_label_up_to_date(notebook):
    notebook.do("@app.get('/x')\ndef x(): return ''", "c1")
    notebook.do("@app.get('/x')\ndef x(): return ''", "c1")
    assert "cell [3]" in notebook.do("%flask routes x").text


def test_use_follows_another_variable(notebook):
    notebook.do("other = Flask('other')\n@other.get('/o')\ndef o(): return 'other'")
    assert "other" in notebook.do("%flask use other").text
    assert "200 OK" in notebook.do("%get /o").text
    notebook.do("%%route /p\n'p'")
    assert notebook.names["other"].test_client().get("/p").text == "p"
    notebook.do("other = Flask('third')")
    assert "404" in notebook.do("%get /o").text
    notebook.do("%flask use app")
    assert notebook.body("/p") == "404"


def test_a_variable_that_is_no_app_is_not_followed(notebook):
    notebook.do("%%route /\n'home'\n")
    assert not notebook.run("%flask use nothing").ok
    assert "200 OK" in notebook.do("%get /").text


def test_the_app_is_the_one_that_the_variable_holds_now(notebook):
    notebook.do("%%route /x\n'x'")
    notebook.do("app = Flask(__name__)")
    assert "404" in notebook.do("%get /x").text
    notebook.do("class Own(Flask): pass\napp = Own('own')")
    assert "Own('own')" in notebook.do("%flask").text


MAGICS = ["route", "flask", "http"]
MAGICS += ["get", "post", "put", "patch", "delete", "head", "options"]


@pytest.mark.parametrize("name", MAGICS)
@pytest.mark.parametrize(
    "asked", ["%{} --help", "%{} /x --help a=1", "%{}?", "?%{}", "%{} -h", "%{} /x -h"]
)
def test_every_magic_prints_its_help(notebook, name, asked):
    text = notebook.do(asked.format(name)).text
    assert f"%{name} " in text
    assert "--" in text
    assert len(examples_in(text)) >= 1
    assert notebook.rules() == []


@pytest.mark.parametrize("name", [each for each in MAGICS if each != "flask"])
@pytest.mark.parametrize(
    "asked", ["%%{} --help", "%%{} --help\n\n", "%%{} /x -h", "%%{} --help\nbody"]
)
def test_a_cell_magic_prints_its_help_without_a_body_too(notebook, name, asked):
    assert f"%{name} " in notebook.do(asked.format(name)).text
    assert notebook.rules() == []


def test_flask_help_is_its_help(notebook):
    assert notebook.do("%flask help").text == notebook.do("%flask --help").text


def test_a_cell_that_only_mentions_help_is_sent(notebook):
    notebook.do("%%route POST /x\nrequest.get_data()")
    assert "--help" in notebook.do("%%post /x\n--help").text


def test_the_help_names_every_option_that_the_magic_takes(notebook):
    text = notebook.do("%get --help").text
    for option in ("--form", "--follow", "--verbose", "--out", "--client", "--expect"):
        assert option in text
    for option in ("--raise", "--timeout", "--quiet", "--help", "--py"):
        assert option in text


@pytest.mark.parametrize("name", MAGICS)
def test_the_examples_in_the_help_run(notebook, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one writes a file
    notebook.do(
        "@app.route('/', methods=['GET'])\ndef home(): return ''\n"
        "@app.route('/users', methods=['GET', 'POST'])\n"
        "@app.route('/users/<int:n>', methods=['GET', 'PUT', 'PATCH', 'DELETE'])\n"
        "def users(n=0): return {'n': n}"
    )
    examples = examples_in(notebook.do(f"%{name} --help").text)
    assert examples
    for example in examples:
        ran = notebook.do(example)
        assert "404" not in ran.text
        assert "405" not in ran.text
    notebook.do("%flask stop")


def examples_in(help):
    """Return the indented blocks that begin with a magic, as cells."""
    cells = [""]
    for line in help.splitlines():
        text = line.removeprefix("    ")
        if line and text == line:
            cells.append("")
        elif text.startswith(("%", "r = %")):
            cells.append(text)
        else:
            cells[-1] += f"\n{text}"
    return [cell.rstrip() for cell in cells if cell.startswith(("%", "r = %"))]


def test_question_marks_of_ipython_still_work(notebook):
    notebook.do("def thing(): 'documented'")
    for asked in ("thing?", "?thing", "%get?", "app.route?"):
        assert "Docstring:" in notebook.do(asked).text
