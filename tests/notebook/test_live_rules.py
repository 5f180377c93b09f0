"""A cell owns what it registers: the live rules, with a cell id and without."""

import pytest

HOOK = "@app.before_request\ndef hook():\n    return {!r}"
#: One kind of registration each: what a cell files, a path that shows it, and what
#: the app answers there without it.
KINDS = {
    "view": ("@app.get('/x')\ndef x(): return {!r}", "/x", "404"),
    "add_url_rule": (
        "def x(): return {!r}\napp.add_url_rule('/x', view_func=x)",
        "/x",
        "404",
    ),
    "view class": (
        "from nbflask.views import MethodView\n"
        "class X(MethodView):\n    def get(self): return {!r}\n"
        "app.add_url_rule('/x', view_func=X.as_view('x'))",
        "/x",
        "404",
    ),
    "before_request": (HOOK, "/base", "base"),
    "after_request": (
        "@app.after_request\ndef hook(response):\n"
        "    response.set_data(response.data + {!r}.encode())\n    return response",
        "/blank",
        "",
    ),
    "errorhandler": (
        "@app.errorhandler(404)\ndef lost(error): return {!r}, 200",
        "/lost",
        "404",
    ),
    "errorhandler of a class": (
        "@app.errorhandler(KeyError)\ndef failed(error): return {!r}",
        "/fails",
        "500",
    ),
    "context_processor": (
        "@app.context_processor\ndef names(): return {{'name': {!r}}}",
        "/name",
        "",
    ),
    "template_global": (
        "@app.template_global('name')\ndef name_(): return {!r}",
        "/call",
        "500",
    ),
    "template_filter": (
        "@app.template_filter('f')\ndef f_(value): return {!r}",
        "/filter",
        "500",
    ),
    "template_test": (
        "@app.template_test('t')\ndef t_(value): return value == {!r}",
        "/is/one",
        "500",
    ),
    "url_value_preprocessor": (
        "@app.url_value_preprocessor\ndef pull(endpoint, values):\n"
        "    if values and 'word' in values: values['word'] = {!r}",
        "/word/a",
        "a",
    ),
    "url_defaults": (
        "@app.url_defaults\ndef fill(endpoint, values): values['lang'] = {!r}",
        "/link",
        "/base",
    ),
    "view_functions": ("app.view_functions['open'] = lambda: {!r}", "/open", "500"),
    "endpoint": ("@app.endpoint('open')\ndef opened(): return {!r}", "/open", "500"),
    "blueprint member": (
        "@bp.get('/x')\ndef x(): return {!r}",
        "/bp/x",
        "404",
    ),
    "blueprint hook": (
        "@bp.before_request\ndef bp_hook(): return {!r}",
        "/bp/base",
        "base",
    ),
    "blueprint handler": (
        "@bp.errorhandler(KeyError)\ndef bp_failed(error): return {!r}",
        "/bp/fails",
        "500",
    ),
    "hook for the whole app": (
        "@bp.before_app_request\ndef app_hook(): return {!r}",
        "/base",
        "base",
    ),
}
#: What the app answers to a cell and to its edit, where that is not what they say.
ANSWERS = {
    "template_test": ("True", "False"),
    "url_defaults": ("/base?lang=one", "/base?lang=two"),
}

GROUND = """
from werkzeug.routing import Rule
bp = Blueprint("bp", __name__, url_prefix="/bp")
@app.get("/base")
def base(): return "base"
@app.get("/blank")
def blank(): return ""
@app.get("/fails")
def fails(): return {}["missing"]
@app.get("/name")
def shown(): return render_template_string("{{ name }}")
@app.get("/call")
def called(): return render_template_string("{{ name() }}")
@app.get("/filter")
def filtered(): return render_template_string("{{ 1|f }}")
@app.get("/is/<word>")
def tested(word): return render_template_string("{{ word is t }}", word=word)
@app.get("/word/<word>")
def said(word): return word
@app.get("/link")
def linked(): return url_for("base")
app.url_map.add(Rule("/open", endpoint="open"))
@bp.get("/base")
def base(): return "base"
@bp.get("/fails")
def fails(): return {}["missing"]
app.register_blueprint(bp)
"""

with_and_without_an_id = pytest.mark.parametrize("id", ["c1", None])
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def grounded(notebook):
    """A notebook whose app has been asked already: for Flask all is too late."""
    notebook.do(GROUND, id="ground")
    assert notebook.body("/base") == "base"
    return notebook


def variants(kind):
    template, path, before = KINDS[kind]
    one, two = ANSWERS.get(kind, ("one", "two"))
    return template.format("one"), template.format("two"), path, before, one, two


@every_kind
@with_and_without_an_id
def test_a_rerun_edited_cell_replaces_what_it_registered(grounded, kind, id):
    first, edited, path, before, one, two = variants(kind)
    assert grounded.body(path) == before
    for cell, answer in [(first, one), (first, one), (edited, two), (first, one)]:
        ran = grounded.do(cell, id)
        assert ran.text == ""
        assert grounded.body(path) == answer


@every_kind
def test_a_cell_emptied_by_an_edit_withdraws_what_it_registered(grounded, kind):
    first, _, path, before, one, _ = variants(kind)
    grounded.do(first, "c1")
    assert grounded.body(path) == one
    grounded.do("nothing = 'left'", "c1")
    assert grounded.body(path) == before


@every_kind
@with_and_without_an_id
def test_a_failing_cell_keeps_what_it_registered_before(grounded, kind, id):
    first, edited, path, _, one, _ = variants(kind)
    grounded.do(first, id)
    failed = grounded.run(f"{edited}\nassert False", id)
    assert not failed.ok
    assert "what it registered is as it was before" in failed.text
    assert grounded.body(path) == one


@with_and_without_an_id
def test_while_a_failing_cells_error_is_shown_others_see_the_app_as_it_was(
    grounded, id
):
    grounded.do(
        """
from threading import Thread
answers = []
def ask():
    answers.append(app.test_client().get('/x').text)
class Shown(Exception):
    def _render_traceback_(self):
        asking = Thread(target=ask)
        asking.start()
        asking.join()
        return ['Shown']
"""
    )
    grounded.do("@app.get('/x')\ndef x(): return 'former'", id)
    ran = grounded.run("@app.get('/x')\ndef x(): return 'failed'\nraise Shown", id)
    assert set(grounded.names["answers"]) == {"former"}
    assert ran.text.splitlines() == [
        "Shown",
        "The cell failed: what it registered is as it was before.",
    ]


@every_kind
@with_and_without_an_id
def test_a_cell_that_fails_at_first_leaves_nothing(grounded, kind, id):
    first, _, path, before, _, _ = variants(kind)
    grounded.run(f"{first}\nassert False", id)
    assert grounded.body(path) == before


@pytest.mark.parametrize(
    ("edited", "rules"),
    [
        ("@app.get('/new')\ndef v(): return 'v'", ["GET /new"]),
        ("@app.get('/old')\ndef w(): return 'w'", ["GET /old"]),
        ("@app.get('/new')\ndef w(): return 'w'", ["GET /new"]),
        ("@app.post('/old')\ndef v(): return 'v'", ["POST /old"]),
        (
            "@app.get('/old')\n@app.get('/two')\ndef v(): return 'v'",
            ["GET /old", "GET /two"],
        ),
        (
            "@app.route('/old', methods=['GET', 'POST'])\ndef v(): return 'v'",
            ["GET,POST /old"],
        ),
        (
            "@app.get('/a')\ndef v(): return 'v'\n@app.get('/b')\ndef w(): return 'w'",
            ["GET /a", "GET /b"],
        ),
    ],
)
def test_an_edited_cell_leaves_nothing_stale(notebook, edited, rules):
    notebook.do("@app.get('/old')\ndef v(): return 'old'", "c1")
    notebook.do(edited, "c1")
    assert notebook.rules() == rules
    assert "old" not in {notebook.body(rule.split()[1]) for rule in rules}
    notebook.do(edited, "c1")
    assert notebook.rules() == rules


@pytest.mark.parametrize(
    ("edited", "rules"),
    [
        ("@app.get('/new')\ndef v(): return 'v'", ["GET /new"]),
        ("@app.get('/old')\ndef w(): return 'w'", ["GET /old"]),
        ("@app.post('/old')\ndef w(): return 'w'", ["GET /old", "POST /old"]),
    ],
)
def test_without_an_id_the_same_endpoint_or_url_takes_over(notebook, edited, rules):
    notebook.do("@app.get('/old')\ndef v(): return 'old'")
    notebook.do(edited)
    assert notebook.rules() == rules
    notebook.do(edited)
    assert notebook.rules() == rules


@with_and_without_an_id
def test_a_hook_runs_once_however_often_its_cell_ran(notebook, id):
    notebook.do("calls = []\n@app.get('/')\ndef home(): return 'home'", "home")
    for word in ("one", "two", "three"):
        notebook.do(f"@app.before_request\ndef count(): calls.append('{word}')", id)
    notebook.body("/")
    assert notebook.names["calls"] == ["three"]


def test_a_cell_may_register_several_hooks_of_one_name(notebook):
    cell = """
calls = []
@app.before_request
def _(): calls.append(1)
@app.before_request
def _(): calls.append(2)
app.before_request(lambda: calls.append(3))
@app.get('/')
def home(): return ''
"""
    for _ in range(3):
        notebook.do(cell, "c1")
    notebook.body("/")
    assert notebook.names["calls"] == [1, 2, 3]


def test_a_rerun_keeps_the_order_of_hooks(notebook):
    notebook.do("calls = []\n@app.get('/')\ndef home(): return ''", "home")
    for name in "abc":
        notebook.do(f"@app.before_request\ndef {name}(): calls.append('{name}')", name)
    notebook.do("@app.before_request\ndef a(): calls.append('A')", "a")
    notebook.body("/")
    assert notebook.names["calls"] == ["A", "b", "c"]


def test_a_rerun_withdraws_only_what_that_cell_registered(notebook):
    notebook.do("@app.get('/a')\ndef a(): return 'a'", "c1")
    notebook.do("@app.get('/b')\ndef b(): return 'b'", "c2")
    notebook.do("pass", "c1")
    assert notebook.rules() == ["GET /b"]


@pytest.mark.parametrize(
    ("later", "named"),
    [
        ("@app.get('/b')\ndef a(): return 'later'", "'a'"),
        ("@app.get('/a')\ndef a(): return 'later'", "'a'"),
        ("@app.get('/a')\ndef b(): return 'later'", "/a"),
    ],
)
def test_of_two_cells_that_claim_one_endpoint_the_later_wins(notebook, later, named):
    notebook.do("pass")
    notebook.do("@app.get('/a')\ndef a(): return 'former'", "c1")
    ran = notebook.do(later, "c2")
    assert len(ran.text.splitlines()) == 1
    assert "cell [3]" in ran.text
    assert named in ran.text
    assert notebook.body(later.split("'")[1]) == "later"


def test_what_a_cell_took_over_is_back_when_that_lets_it_go(notebook):
    notebook.do("@app.get('/a')\ndef f(): return 'a'", "c1")
    notebook.do("@app.get('/b')\ndef f(): return 'b'", "c2")
    assert (notebook.body("/a"), notebook.body("/b")) == ("404", "b")
    ran = notebook.do("@app.get('/b')\ndef h(): return 'b'", "c2")
    assert ran.text == (
        "Endpoint 'f' of cell [2] is in force again: cell [4] has let it go.\n"
    )
    assert (notebook.body("/a"), notebook.body("/b")) == ("a", "b")


def test_what_its_own_cell_no_longer_has_does_not_come_back(notebook):
    notebook.do("@app.get('/a')\ndef f(): return 'a'", "c1")
    notebook.do("@app.get('/b')\ndef f(): return 'b'", "c2")
    notebook.do("pass", "c1")
    assert notebook.do("pass", "c2").text == ""
    assert notebook.rules() == []


def test_what_was_taken_out_by_hand_stays_out(notebook):
    for cell in ("c1", "c2"):
        notebook.do(f"@app.before_request\ndef f(): g.who = {cell!r}", cell)
    notebook.do("@app.get('/who')\ndef who(): return g.get('who', 'nobody')", "c3")
    notebook.do("app.before_request_funcs[None].clear()", "c4")
    assert notebook.body("/who") == "nobody"
    notebook.do("pass", "c2")
    assert notebook.body("/who") == "nobody"


def test_a_cell_that_fails_lets_nothing_go(notebook):
    notebook.do("@app.before_request\ndef f(): g.who = 'a'", "c1")
    notebook.do("@app.before_request\ndef f(): g.who = 'b'", "c2")
    notebook.do("@app.get('/who')\ndef who(): return g.who", "c3")
    assert not notebook.run("1 / 0", "c2").ok
    assert notebook.body("/who") == "b"
    notebook.do("pass", "c2")
    assert notebook.body("/who") == "a"


def test_the_former_of_two_cells_takes_its_endpoint_back_when_it_runs(notebook):
    notebook.do("@app.get('/a')\ndef v(): return 'a'", "c1")
    notebook.do("@app.get('/b')\ndef v(): return 'b'", "c2")
    notebook.do("@app.get('/a')\ndef v(): return 'a'", "c1")
    assert notebook.rules() == ["GET /a"]
    notebook.do("pass", "c2")
    assert notebook.body("/a") == "a"


def test_one_cell_that_claims_an_endpoint_twice_is_refused_as_by_flask(notebook):
    ran = notebook.run(
        "@app.get('/a')\ndef v(): return 1\n@app.get('/b')\ndef v(): return 2", "c1"
    )
    assert isinstance(ran.error, AssertionError)
    assert "already served by v (cell [2])" in str(ran.error)
    assert notebook.rules() == []
