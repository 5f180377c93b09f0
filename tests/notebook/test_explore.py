"""The panel of %flask explore: what it offers, checks, sends and writes."""

import json
from html import unescape

import pytest

from nbflask.grammar.errors import LineError
from nbflask.notebook.explorer.choices import choices_of
from nbflask.notebook.explorer.draft import Draft

APP = """\
app.secret_key = "k"
users = {1: "Ada", 2: "Lin"}
@app.get("/users/<int:user_id>")
def user(user_id):
    print("looking up", user_id)
    return {"name": users[user_id], "q": request.args, "x": request.headers.get("X-A")}
@app.post("/users")
def add(): return {"json": request.get_json(silent=True), "form": request.form}, 201
@app.route("/files/<any(img, doc):kind>/<path:name>", methods=["GET", "DELETE"])
def files(kind, name): return f"{request.method} {kind} {name}"
@app.get("/at/<float:x>/<uuid:key>/<word>")
def at(x, key, word): return f"{x} {key} {word}"
@app.get("/login")
def login():
    session["name"] = "Ada"
    return "in"
"""


@pytest.fixture
def panel(notebook):
    notebook.do(APP, "app")
    notebook.do("panel = %flask explore")
    made = notebook.names["panel"]
    made.notebook = notebook
    return made


def choose(panel, route, **values):
    panel.route.value = route
    assert (str(panel.chosen), panel.route.value) == (route, "")
    for name, value in values.items():
        panel._fields[name].value = value


def test_every_route_is_offered_with_each_method_that_it_was_given(panel):
    assert list(panel.route.options) == [
        "GET /users/<int:user_id>",
        "POST /users",
        "GET /files/<any(img, doc):kind>/<path:name>",
        "DELETE /files/<any(img, doc):kind>/<path:name>",
        "GET /at/<float:x>/<uuid:key>/<word>",
        "GET /login",
        "GET /static/<path:filename>",
    ]


MEANT = [
    ("post", "POST /users", ""),
    ("DELETE", "DELETE /files/<any(img, doc):kind>/<path:name>", ""),
    ("uuid", "GET /at/<float:x>/<uuid:key>/<word>", ""),
    ("/users", "GET /users/<int:user_id>", "2 go with '/users': type more"),
    ("/none", "GET /users/<int:user_id>", "Nothing goes with '/none'"),
]


@pytest.mark.parametrize(("typed", "chosen", "said"), MEANT)
def test_a_route_is_chosen_by_what_no_other_has(panel, typed, chosen, said):
    panel.route.value = typed
    assert str(panel.chosen) == chosen
    assert panel.route.value == (typed if said else "")
    assert (said in unescape(panel.note.value)) if said else panel.note.value == ""


def test_a_route_is_filled_in_sent_and_shown(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="2")
    panel.query.value = "full=1\nfull=2\n\nname=a b&c"
    panel.headers.value = "X-A: yes"
    panel.send.click()
    assert "200 OK" in panel.card.value
    assert "Lin" in panel.card.value
    assert "a b&amp;c" in panel.card.value
    assert "looking up 2" in panel.card.value
    assert panel.note.value == ""


FIELDS = [
    ("GET /users/<int:user_id>", "user_id", "2", ""),
    ("GET /users/<int:user_id>", "user_id", "two", "user_id is not a whole number"),
    ("GET /users/<int:user_id>", "user_id", "-1", "user_id is not a whole number"),
    ("GET /at/<float:x>/<uuid:key>/<word>", "x", "1.5", ""),
    ("GET /at/<float:x>/<uuid:key>/<word>", "x", "1", "x is not a number, such as"),
    ("GET /at/<float:x>/<uuid:key>/<word>", "key", "12", "key is not a UUID"),
    ("GET /at/<float:x>/<uuid:key>/<word>", "word", "a/b", "word is not text without"),
    ("GET /static/<path:filename>", "filename", "a/b.css", ""),
]


@pytest.mark.parametrize(("route", "name", "value", "said"), FIELDS)
def test_a_variable_is_checked_by_its_converter_while_it_is_typed(
    panel, route, name, value, said
):
    choose(panel, route, **{name: value})
    complaints = [row.children[1].value for row in panel.variables.children]
    assert (said in "".join(complaints)) if said else not any(complaints)


def test_what_does_not_fit_is_not_sent(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="two")
    panel.query.value = "nothing"
    panel.send.click()
    assert panel.card.value == ""
    assert "user_id is not a whole number" in panel.note.value
    assert "The query, line 1: write name=value" in panel.note.value


def test_values_with_few_choices_are_chosen(panel):
    choose(
        panel, "GET /files/<any(img, doc):kind>/<path:name>", kind="img", name="a/b c"
    )
    assert panel._fields["kind"].options == ("doc", "img")
    panel.send.click()
    assert "GET img a/b c" in panel.card.value
    choose(panel, "DELETE /files/<any(img, doc):kind>/<path:name>")
    assert panel._fields["name"].value == "a/b c"
    panel.send.click()
    assert "DELETE img a/b c" in panel.card.value


BODIES = [
    ("JSON", '{"name": "Ada"}', "valid JSON", '"Ada"'),
    ("JSON", "{", "The body is not JSON, Expecting property name", None),
    ("JSON", "", "The body is empty: write JSON, or choose no body", None),
    ("form", "name=Ada\nname=Lin", "", "Ada"),
    ("text", "hello", "", "null"),
    ("none", "ignored", "It is not sent: choose JSON, form or text", "null"),
]


@pytest.mark.parametrize(("kind", "body", "said", "came"), BODIES)
def test_a_body_is_checked_while_it_is_typed(panel, kind, body, said, came):
    choose(panel, "POST /users")
    panel.kind.value, panel.body.value = kind, body
    assert said in panel.about_body.value
    panel.send.click()
    if came is None:
        assert said in panel.note.value
        assert panel.card.value == ""
    else:
        assert "201 Created" in panel.card.value
        assert came in panel.card.value.replace("&#34;", '"')


def test_what_was_sent_can_be_filled_in_again(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="1")
    panel.query.value = "a=1"
    panel.send.click()
    choose(panel, "POST /users")
    panel.query.value = ""
    panel.kind.value, panel.body.value = "JSON", "[1]"
    panel.send.click()
    assert panel.sent.options == ("2. POST /users", "1. GET /users/1?a=1")
    panel.sent.value = "1. GET /users/1?a=1"
    assert (str(panel.chosen), panel.sent.value) == ("GET /users/<int:user_id>", "")
    assert (panel._fields["user_id"].value, panel.query.value) == ("1", "a=1")
    assert "Filled in again: GET /users/1?a=1" in panel.note.value


def test_it_is_written_as_a_cell_that_does_the_same(panel):
    choose(panel, "POST /users")
    panel.kind.value, panel.body.value = "JSON", '{"name": "Ada L", "age": 36}'
    panel.as_cell.click()
    assert panel.written.value == "%post /users 'name=Ada L' age:=36"
    panel.notebook.do(f"r = {panel.written.value}")
    sent = panel.notebook.names["r"].json["json"]
    assert sent == json.loads(panel.body.value)


def test_it_is_written_for_curl(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="1")
    panel.headers.value = "X-A: it's"
    panel.as_curl.click()
    assert panel.written.value == (
        "curl http://127.0.0.1:5000/users/1 -H 'X-A: it'\"'\"'s'"
    )


def test_cookies_are_shown_and_forgotten(panel):
    choose(panel, "GET /login")
    panel.send.click()
    assert "session = " in panel.jar.value
    panel.forget.click()
    assert "no cookies yet" in panel.jar.value


def test_cookies_are_filled_in_and_go_beside_the_clients_own(panel):
    panel.notebook.do(
        "@app.get('/cookies')\ndef cookies(): return request.cookies.to_dict()"
    )
    choose(panel, "GET /login")
    panel.send.click()
    choose(panel, "GET /cookies")
    panel.cookies.value = "flavour=oat\nsize=2"
    panel.send.click()
    assert all(word in panel.card.value for word in ("oat", "size", "session"))
    panel.as_cell.click()
    assert panel.written.value == "%get /cookies 'Cookie:flavour=oat; size=2'"
    panel.cookies.value = "no pair"
    panel.send.click()
    assert "The cookies, line 1: write name=value" in panel.note.value


def test_the_routes_follow_the_cells_and_what_is_filled_in_stays(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="2")
    panel.notebook.do("%%route /new\n'new'", "new")
    assert "GET /new" in panel.route.options
    assert panel._fields["user_id"].value == "2"
    panel.notebook.do("pass", "new")
    assert "GET /new" not in panel.route.options


def test_an_app_without_routes_says_how_to_make_one(notebook):
    notebook.do("app = Flask('empty', static_folder=None)\npanel = %flask explore")
    panel = notebook.names["panel"]
    assert "Define the first with %%route" in panel.note.value
    panel.send.click()
    assert "Define the first with %%route" in panel.note.value


def test_a_front_end_without_widgets_is_told_what_to_do(panel):
    bundle = panel._repr_mimebundle_()
    assert "install ipywidgets" in bundle["text/plain"]
    assert "install ipywidgets" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_nothing_that_is_typed_becomes_markup(panel):
    choose(panel, "GET /users/<int:user_id>", user_id="<script>")
    panel.query.value = "<img src=x>"
    panel.send.click()
    assert "<script>" not in panel.note.value
    assert "<img" not in panel.note.value + panel.card.value


def test_a_draft_of_a_path_is_the_path_that_is_matched(notebook):
    notebook.do(APP, "app")
    app = notebook.names["app"]
    choice = {str(each): each for each in choices_of(app)}[
        "GET /at/<float:x>/<uuid:key>/<word>"
    ]
    key = "12345678-1234-5678-1234-567812345678"
    for word in ("a b", "ä", "50%", "a?b#c", "a;b", "☃"):
        draft = Draft(choice, {"x": "1.5", "key": key, "word": word})
        response = app.test_client().open(**draft.request().as_client_kwargs())
        assert response.text == f"1.5 {key} {word}"
    with pytest.raises(LineError, match="word is missing"):
        Draft(choice, {"x": "1.5", "key": key}).request()
