"""Which cell owns what: nested runs, async cells, threads, modules, blueprints."""

import sys

import pytest

from nbflask import url_for
from nbflask.notebook import attach

VIEW = "@app.get('/x')\ndef x(): return {!r}"
with_and_without_an_id = pytest.mark.parametrize("id", ["c1", None])


@pytest.mark.parametrize(
    "wrapped",
    [
        "%%capture\n{}",
        "%%time\n{}",
        "%%capture captured\n{}",
        "%%capture\n%%time\n{}",
        "get_ipython().run_cell({!r})",
        "exec({!r})",
        "await __import__('asyncio').sleep(0)\n{}",
        "async def pause(): pass\n{}\nawait pause()",
        "if True:\n    def register(): exec({!r}, globals())\n    register()",
    ],
)
@with_and_without_an_id
def test_what_a_cell_runs_within_itself_belongs_to_it(notebook, wrapped, id):
    for answer in ("one", "two"):
        notebook.do(wrapped.format(VIEW.format(answer)), id)
        assert notebook.body("/x") == answer
        assert notebook.rules() == ["GET /x"]


@pytest.mark.parametrize("wrapped", ["%%capture\n{}", "%%time\n{}"])
def test_a_nested_run_withdraws_nothing_of_the_cell_around_it(notebook, wrapped):
    inner = wrapped.format("@app.get('/y')\ndef y(): return 'y'")
    cell = f"{VIEW.format('x')}\nget_ipython().run_cell({inner!r})"
    for _ in range(2):
        notebook.do(cell, "c1")
        assert notebook.rules() == ["GET /x", "GET /y"]
    notebook.do("pass", "c1")
    assert notebook.rules() == []


def test_a_failing_async_cell_keeps_what_was_there(notebook):
    notebook.do(VIEW.format("one"), "c1")
    pause = "await __import__('asyncio').sleep(0)"
    assert not notebook.run(f"{VIEW.format('two')}\n{pause}\nassert False", "c1").ok
    assert notebook.body("/x") == "one"


@pytest.mark.parametrize(
    "failure",
    [
        "this is no Python",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "%no_such_magic",
        "%get /lost --expect 200",
    ],
)
def test_a_cell_may_fail_in_any_way(notebook, failure):
    notebook.do(VIEW.format("one"), "c1")
    assert not notebook.run(f"{VIEW.format('two')}\n{failure}", "c1").ok
    assert notebook.body("/x") == "one"
    notebook.do(VIEW.format("two"), "c1")
    assert notebook.body("/x") == "two"


def test_an_app_of_a_failing_cell_has_what_every_app_has(notebook):
    ran = notebook.run(
        "app = Flask('made')\n@app.get('/a')\ndef a(): return 'a'\n1 / 0", "c1"
    )
    assert "The cell failed: GET /a is not in force." in ran.text
    with notebook.names["app"].test_request_context():
        assert url_for("static", filename="x.css") == "/static/x.css"
    ran = notebook.run("app = Flask('made')\n1 / 0", "c1")
    assert "The cell failed" not in ran.text


def test_the_cell_that_imports_nbflask_owns_what_it_registers(bare):
    cell = (
        "from nbflask import Flask, notebook\nnotebook.attach()\n"
        "app = globals().get('app') or Flask(__name__)\n"
    )
    bare.do(cell + VIEW.format("one"), "c1")
    bare.do(cell + VIEW.format("two"), "c1")
    assert bare.body("/x") == "two"
    bare.do("pass", "c1")
    assert bare.rules() == []


def test_a_cell_that_loads_nbflask_owns_what_it_registers(bare):
    cell = "%load_ext nbflask\n"
    bare.do(cell + VIEW.format("one"), "c1")
    bare.do(cell + VIEW.format("two"), "c1")
    assert bare.body("/x") == "two"
    bare.do("pass", "c1")
    assert bare.rules() == []
    bare.do("%unload_ext nbflask")


def test_a_helper_from_an_earlier_cell_registers_for_the_cell_that_calls_it(notebook):
    notebook.do(
        "def serve(rule, text):\n"
        "    app.add_url_rule(rule, rule.strip('/'), lambda: text)",
        "helper",
    )
    notebook.do("serve('/a', 'one')", "c1")
    notebook.do("serve('/b', 'b')", "c2")
    notebook.do("serve('/a', 'two')", "c1")
    assert notebook.rules() == ["GET /a", "GET /b"]
    assert notebook.body("/a") == "two"
    notebook.do("pass", "c2")
    assert notebook.rules() == ["GET /a"]


MODULE = """
from nbflask import Blueprint
bp = Blueprint("shop", __name__, url_prefix="/shop")

@bp.get("/")
def home():
    return "shop"

def setup(app):
    @app.get("/module")
    def module_view():
        return "module"
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "shop_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("shop_module", None)


@pytest.mark.usefixtures("module")
def test_a_module_that_a_cell_imports_owns_what_it_registers(notebook):
    notebook.do("import shop_module\nshop_module.setup(app)", "c1")
    notebook.do("app.register_blueprint(shop_module.bp)", "c2")
    assert (notebook.body("/module"), notebook.body("/shop/")) == ("module", "shop")
    notebook.do("pass", "c1")
    assert notebook.body("/module") == "module"
    notebook.do("pass", "c2")
    assert notebook.body("/shop/") == "404"


@pytest.mark.usefixtures("module")
def test_a_cell_that_mounts_a_modules_blueprint_may_be_run_again(notebook):
    for prefix in ("/a", "/b", "/b"):
        notebook.do(
            "import shop_module\n"
            f"app.register_blueprint(shop_module.bp, url_prefix='{prefix}')",
            "c1",
        )
        assert notebook.rules() == [f"GET {prefix}/"]


def test_a_script_that_a_cell_runs_belongs_to_the_cell(notebook, tmp_path):
    script = tmp_path / "script.py"
    for word in ("one", "two"):
        script.write_text(VIEW.format(word))
        notebook.do(f"%run -i {script}", "c1")
        assert notebook.body("/x") == word
    notebook.do("pass", "c1")
    assert notebook.rules() == []


def test_between_cells_nothing_is_too_late_either(notebook):
    notebook.do(VIEW.format("one"), "c1")
    assert notebook.body("/x") == "one"
    app = notebook.names["app"]
    app.add_url_rule("/y", "y", lambda: "late")
    app.before_request(lambda: None)
    assert notebook.body("/y") == "late"
    notebook.do("pass", "c1")
    assert notebook.rules() == ["GET /y"]


def test_after_unloading_nothing_of_the_live_rules_is_left_between_cells(bare):
    bare.do("%load_ext nbflask")
    bare.do(VIEW.format("one"), "c1")
    bare.do("%unload_ext nbflask")
    with pytest.raises(AssertionError, match="overwriting"):
        bare.names["app"].add_url_rule("/y", "x", lambda: "other")


def test_a_thread_that_a_cell_starts_is_outside_of_it(notebook):
    notebook.do(VIEW.format("one"), "c1")
    notebook.do(
        "from threading import Thread\n"
        "def work():\n"
        "    app.add_url_rule('/y', 'y', lambda: 'other')\n"
        "thread = Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()",
        "c2",
    )
    notebook.do("pass", "c2")
    assert notebook.rules() == ["GET /x", "GET /y"]


def test_live_false_gives_flasks_own_rules_back(notebook):
    notebook.do(VIEW.format("one"), "c1")
    notebook.do("%config NBFlask.live = False")
    assert "overwriting" in str(notebook.run(VIEW.format("two"), "c1").error)
    assert notebook.body("/x") == "one"
    late = "@app.get('/late')\ndef late(): return ''"
    assert "can no longer be called" in str(notebook.run(late, "c2").error)
    notebook.do("%config NBFlask.live = True")
    notebook.do(VIEW.format("three"), "c1")
    assert notebook.body("/x") == "three"


def test_without_live_rules_a_route_cell_is_refused_in_one_line(notebook):
    notebook.do("%config NBFlask.live = False")
    notebook.do("%%route /x\n'one'", "c1")
    ran = notebook.run("%%route /x\n'two'", "c1")
    assert ran.text.startswith("UsageError: The rule '/x' cannot be served: ")
    assert ran.text.count("\n") == 1
    assert notebook.body("/x") == "one"


CELLS = {
    "%%route /late\n'late'": "+ GET /late → late\n",
    "%%template late.html\nlate": "+ template late.html\n",
    "%%static late.css\nlate": "+ GET /static/late.css\n",
}


@pytest.mark.parametrize("cell", CELLS)
def test_without_live_rules_a_cell_says_what_came_or_that_it_is_too_late(
    notebook, cell
):
    notebook.do("%config NBFlask.live = False")
    assert notebook.do(cell).text == CELLS[cell]
    notebook.do("app = Flask(__name__)\napp.test_client().get('/')")
    records = notebook.names["app"].registry.records
    ran = notebook.run(cell)
    assert ran.text.startswith("UsageError: It comes too late by Flask's own rules")
    assert ran.text.count("\n") == 1
    assert notebook.names["app"].registry.records == records


def test_without_live_rules_the_same_file_again_changes_nothing(notebook):
    notebook.do("%config NBFlask.live = False")
    notebook.do("%%template a.html\nsame")
    assert "Nothing has changed" in notebook.do("%%template a.html\nsame").text


@pytest.mark.parametrize("switched", [["False"] * 2, ["True"], ["False", "True"]])
def test_the_same_setting_may_be_set_again(notebook, switched):
    for value in switched:
        notebook.do(f"%config NBFlask.live = {value}")
    notebook.do(VIEW.format("one"), "c1")


def test_live_may_be_off_when_nbflask_is_loaded(bare):
    bare.shell.config.NBFlask.live = False
    bare.do("%load_ext nbflask")
    bare.do(VIEW.format("one"), "c1")
    assert not bare.run(VIEW.format("two"), "c1").ok
    bare.do("%unload_ext nbflask")


SHOP = "bp = Blueprint('shop', __name__, url_prefix={!r})"
MEMBER = "@bp.get('/{0}')\ndef {0}(): return url_for('.{0}')"
MOUNT = "app.register_blueprint(bp)"


@with_and_without_an_id
def test_a_blueprint_may_be_made_filled_and_mounted_in_any_cell_again(notebook, id):
    ids = ["shop", "member", "mount"] if id else [None] * 3
    cells = [SHOP.format("/a"), MEMBER.format("x"), MOUNT]
    for order in ([0, 1, 2], [0], [1], [2], [2, 1, 0], [0, 1, 2]):
        for at in order:
            assert notebook.do(cells[at], ids[at]).text == ""
        assert notebook.rules() == ["GET /a/x"]
        assert notebook.body("/a/x") == "/a/x"
    notebook.do(SHOP.format("/b"), ids[0])
    assert notebook.body("/b/x") == "/b/x"


def test_a_member_may_come_after_its_blueprint_was_mounted(notebook):
    notebook.do(f"{SHOP.format('/a')}\n{MOUNT}", "shop")
    assert notebook.body("/a/x") == "404"
    notebook.do(MEMBER.format("x"), "x")
    notebook.do(MEMBER.format("y"), "y")
    assert (notebook.body("/a/x"), notebook.body("/a/y")) == ("/a/x", "/a/y")
    notebook.do(MEMBER.format("z"), "x")
    assert notebook.rules() == ["GET /a/y", "GET /a/z"]


def test_a_mount_goes_with_its_cell(notebook):
    notebook.do(f"{SHOP.format('/a')}\n{MEMBER.format('x')}", "shop")
    notebook.do("app.register_blueprint(bp, url_prefix='/one')", "mount")
    notebook.do("app.register_blueprint(bp, url_prefix='/two')", "mount")
    assert notebook.rules() == ["GET /two/x"]
    notebook.do("app.register_blueprint(bp, name='again', url_prefix='/b')", "more")
    assert notebook.rules() == ["GET /b/x", "GET /two/x"]
    notebook.do("pass", "mount")
    assert notebook.rules() == ["GET /b/x"]


def test_a_failing_cell_keeps_the_blueprint_that_was_there(notebook):
    cell = f"{SHOP}\n{MEMBER.format('x')}\n{MOUNT}"
    notebook.do(cell.format("/a"), "shop")
    assert not notebook.run(cell.format("/b") + "\nassert False", "shop").ok
    assert notebook.rules() == ["GET /a/x"]
    assert notebook.body("/a/x") == "/a/x"


@with_and_without_an_id
def test_a_blueprint_with_a_setup_function_may_be_made_again(notebook, id):
    cell = """
bp = Blueprint('bp', __name__)
@bp.record
def setup(state): state.app.add_url_rule('/{0}', 'set_up', lambda: '{0}')
app.register_blueprint(bp)
"""
    for word in ("one", "one", "two"):
        notebook.do(cell.format(word), id)
        assert notebook.rules() == [f"GET /{word}"]
        assert notebook.body(f"/{word}") == word


def test_a_blueprint_serves_the_static_folder_that_its_cell_names_last(
    notebook, tmp_path
):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(name)

    def served():
        with notebook.get("/shop/s/x.txt") as response:
            return response.text if response.status_code == 200 else 404

    cell = "bp = Blueprint('shop', __name__, url_prefix='/shop'{0})"
    folder = f", static_folder=r'{tmp_path}/{{0}}', static_url_path='/s'"
    notebook.do(cell.format(folder.format("a")), "shop")
    notebook.do(MOUNT, "mount")
    assert served() == "a"
    notebook.do(cell.format(folder.format("b")), "shop")
    assert served() == "b"
    ran = notebook.run(cell.format(folder.format("a")) + "\n1 / 0", "shop")
    assert "in force" not in ran.text
    assert served() == "b"
    notebook.do(cell.format(""), "shop")
    assert served() == 404
    assert notebook.rules() == []


def test_what_a_setup_function_files_goes_with_it_and_with_the_mount(notebook):
    setup = (
        "@bp.record\n"
        "def setup(state): state.add_url_rule('/{0}', 'set_up', lambda: '{0}')"
    )
    mounts = {
        "/a": MOUNT,
        "/b": "app.register_blueprint(bp, url_prefix='/b')",
        "/a /b": f"{MOUNT}\napp.register_blueprint(bp, name='b', url_prefix='/b')",
    }

    def rules_after(cell, id):
        assert notebook.do(cell, id).text == ""
        return notebook.rules()

    notebook.do(SHOP.format("/a"), "shop")
    notebook.do(setup.format("x"), "setup")
    for prefixes in ("/a", "/b", "/a /b", "/b", "/a"):
        rules = [f"GET {prefix}/x" for prefix in prefixes.split()]
        assert rules_after(mounts[prefixes], "mount") == rules
    assert rules_after(setup.format("y"), "setup") == ["GET /a/y"]
    assert rules_after(mounts["/b"], "mount") == ["GET /b/y"]
    assert rules_after("pass", "setup") == []
    assert rules_after(setup.format("y"), "setup") == ["GET /b/y"]
    assert rules_after("pass", "mount") == []


def test_what_a_blueprint_does_once_it_does_once_when_it_comes_late(notebook):
    notebook.do(f"ran = []\n{SHOP.format('/a')}\n{MOUNT}", "shop")
    notebook.do("app.register_blueprint(bp, name='b', url_prefix='/b')", "mount")
    notebook.do("bp.record_once(lambda state: ran.append(state.name))", "once")
    assert notebook.names["ran"] == ["shop"]


def test_nested_blueprints_follow_their_cells(notebook):
    notebook.do("outer = Blueprint('outer', __name__, url_prefix='/o')", "outer")
    notebook.do("app.register_blueprint(outer)", "mount")
    notebook.do(SHOP.format("/i"), "inner")
    notebook.do("outer.register_blueprint(bp)", "nest")
    notebook.do(MEMBER.format("x"), "member")
    assert notebook.rules() == ["GET /o/i/x"]
    assert notebook.body("/o/i/x") == "/o/i/x"
    notebook.do(SHOP.format("/j"), "inner")
    assert notebook.rules() == ["GET /o/j/x"]
    notebook.do("pass", "nest")
    assert notebook.rules() == []


@pytest.mark.parametrize("id", ["c2", None])
def test_a_cell_sees_its_own_new_route_over_its_own_server(notebook, id):
    notebook.do("server = app.run(port=0)", "c1")
    cell = """
from urllib.request import urlopen
@app.get('/new')
def new(): return {!r}
with urlopen(server.url + '/new') as response:
    seen = response.read().decode()
"""
    for word in ("one", "two"):
        notebook.do(cell.format(word), id)
        assert notebook.names["seen"] == word


def test_attaching_to_the_same_shell_twice_gives_the_same_notebook(notebook):
    assert attach(notebook.shell) is attach(notebook.shell)
