"""A notebook's file becomes an app, without a kernel: `nbflask.load_notebook`."""

from __future__ import annotations

import inspect
import pickle
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.request import urlopen

import pytest
from notebook_files import make_model, write_notebook
from processes import LIMIT, Process

from nbflask import Flask, load_notebook
from nbflask.ipynb.errors import CellError, NotebookError

MAGICS = "%load_ext nbflask"
APP = "from nbflask import Flask\napp = Flask(__name__)"
NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


@pytest.fixture
def load(tmp_path, monkeypatch) -> Iterator[Callable[..., Flask]]:
    """Loads a notebook with these cells; nothing of it stays in the process."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    known = set(sys.modules)

    def load(*cells: str, app: str | None = None, name: str = "api") -> Flask:
        return load_notebook(write_notebook(tmp_path / f"{name}.ipynb", *cells), app)

    yield load
    for each in set(sys.modules) - known:
        if each.endswith("_ipynb") or each.startswith("beside"):
            del sys.modules[each]


def get(app: Flask, path: str = "/") -> Any:
    response = app.test_client().get(path)
    return response.json if response.is_json else response.text


# What runs


def test_the_cells_that_an_app_needs_run_and_those_that_explore_do_not(load):
    app = load(
        APP,
        "names = ['Ada']",
        "1 / 0\nprint('looking')",
        "@app.get('/')\ndef index():\n    return names",
        "app.test_client().get('/').json",
        "app.run()",
    )
    assert get(app) == ["Ada"]


def test_magics_mean_what_they_mean_in_a_kernel(load):
    app = load(
        MAGICS,
        "%%template hello.html\nHello {{ name }}!",
        "%%static css/app.css\nh1 { color: teal }",
        "%%route /hello/<name>\nrender_template('hello.html', name=name)",
        "%get /hello/Ada",
    )
    assert get(app, "/hello/Ada") == "Hello Ada!"
    assert get(app, "/static/css/app.css") == "h1 { color: teal }\n"


@pytest.mark.parametrize(
    ("cell", "path", "answer"),
    [
        ("%%route /sum/<int:a>/<int:b>\n[a + b]", "/sum/1/2", [3]),
        ("%%route /page --defaults page=1 q=all\n[page, q]", "/page", [1, "all"]),
        ("%%route /named --endpoint other\nrequest.endpoint", "/named", "other"),
        ("%%route /a-b\nrequest.endpoint", "/a-b", "a_b"),
        ("%%route /on --on shop\nrequest.blueprint", "/shop/on", "shop"),
        ("%%route /stream\nfor n in range(3):\n    yield str(n)", "/stream", "012"),
        (
            "%%route /wait\nimport asyncio\nawait asyncio.sleep(0)\n'late'",
            "/wait",
            "late",
        ),
        ("%%route /view\n\ndef view():\n    return 'of a def'", "/view", "of a def"),
        ("%%time\n\n@app.get('/timed')\ndef timed():\n    return 't'", "/timed", "t"),
        ("@app.get('/late')\nasync def late():\n    return 'soon'", "/late", "soon"),
    ],
)
def test_each_form_of_a_view_serves(cell, path, answer, load):
    shop = "shop = Blueprint('shop', __name__, url_prefix='/shop')"
    app = load(MAGICS, shop, cell, "app.register_blueprint(shop)")
    assert get(app, path) == answer


def test_two_rules_that_give_one_name_have_an_endpoint_each(load):
    app = load(MAGICS, "%%route /a-b\n1", "%%route /a/b\n2")
    assert {"a_b", "a_b_2"} <= {each.endpoint for each in app.url_map.iter_rules()}


def test_a_cell_may_await(load):
    app = load(
        APP,
        "import asyncio\n\nasync def find():\n    await asyncio.sleep(0)\n    return 7",
        "found = await find()\n\n@app.get('/')\ndef index():\n    return [found]",
    )
    assert get(app) == [7]


def test_nothing_comes_too_late_after_a_request_of_a_cell(load):
    app = load(
        APP,
        "@app.get('/')\ndef index():\n    return 'first'",
        "def ask():\n    return app.test_client().get('/').text",
        "said = app.test_client().get('/').text",
        "@app.get('/second')\ndef second():\n    return 'second'",
    )
    assert get(app, "/second") == "second"


def test_a_future_import_holds_for_the_cells(load):
    app = load(
        "from __future__ import annotations",
        APP,
        "@app.get('/')\ndef index(x: nothing = 1) -> nowhere:\n    return [x]",
    )
    assert get(app) == [1]


def test_of_several_apps_the_one_that_is_asked_for_is_loaded(load):
    cells = (APP, "spare = Flask('spare')")
    assert load(*cells, app="spare").name == "spare"
    with pytest.raises(NotebookError, match=r"2 apps, app \(cell 1\), spare"):
        load(*cells)


def test_app_run_is_left_to_whoever_loads(load):
    app = load(
        APP, "server = app.run(port=0)\napp.config['SERVER'] = server", "app.run()"
    )
    assert isinstance(app, Flask)


@pytest.mark.parametrize("name", sorted(p.name for p in NOTEBOOKS.glob("*.ipynb")))
def test_the_notebooks_of_the_project_load(name, terminal, tmp_path):
    """Each in a process of its own: one has nbflask answer for Flask. And in a folder
    of its own, for one writes a file."""
    copied = shutil.copy(NOTEBOOKS / name, tmp_path)
    if "MODEL_FILE" in Path(copied).read_text("utf-8"):
        make_model(tmp_path)
    code = f"""
        from nbflask import Flask, load_notebook
        app = load_notebook({str(copied)!r})
        assert type(app) is Flask
        print(len(list(app.url_map.iter_rules())))
    """
    command = [sys.executable, "-c", dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT * 5)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) >= 5


# Where it runs


def test_files_beside_the_notebook_are_found(load, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("from a file")
    (tmp_path / "beside_it.py").write_text("answer = 42")
    (tmp_path / "data.txt").write_text("read")
    app = load(
        MAGICS,
        "from beside_it import answer",
        "from pathlib import Path\ntext = Path('data.txt').read_text()",
        "%%route /\nfrom beside_it import answer as late\n[answer, late, text]",
        "%%route /page\nrender_template('page.html')",
    )
    assert get(app) == [42, 42, "read"]
    assert get(app, "/page") == "from a file"
    assert app.root_path == str(tmp_path)
    assert app.instance_path == str(tmp_path / "instance")


def test_a_notebooks_module_has_a_name_of_its_own(load):
    cells = (APP, "class Plant:\n    pass", "app.extensions['plant'] = Plant()")
    first, second = load(*cells), load(*cells)
    assert (first.name, second.name) == ("api_ipynb", "api_ipynb_2")
    plant = first.extensions["plant"]
    assert type(pickle.loads(pickle.dumps(plant))) is type(plant)


def test_modules_that_cells_write_are_imported_from_memory(load, tmp_path):
    app = load(
        MAGICS,
        "%%writefile beside_cells/prices.py\ndef price():\n    return 1 / 0",
        "%%writefile beside_unused.py\n1",
        "from beside_cells.prices import price",
        "%%route /\ninspect = price.__module__\ninspect",
    )
    assert get(app) == "beside_cells.prices"
    assert [each.name for each in tmp_path.iterdir()] == ["api.ipynb"]
    source = inspect.getsource(sys.modules["beside_cells.prices"].price)
    assert source == "def price():\n    return 1 / 0\n"
    with pytest.raises(ImportError):
        __import__("beside_unused")


def test_what_cells_write_into_the_folders_of_the_app_is_the_apps(load, tmp_path):
    app = load(
        MAGICS,
        "%%writefile templates/page.html\nwritten",
        "%%writefile static/app.js\nlet x",
        "%%route /\nrender_template('page.html')",
    )
    assert (get(app), get(app, "/static/app.js")) == ("written", "let x\n")
    assert [each.name for each in tmp_path.iterdir()] == ["api.ipynb"]


def test_a_notebook_is_loaded_within_a_cell_of_another(load, cells, app):
    cells.namespace["load"] = lambda: load(MAGICS, "%%route /inner\n'inner'")
    cells.run(
        "app.add_url_rule('/before', 'before', str)\n"
        "inner = load()\n"
        "app.add_url_rule('/after', 'after', str)",
        id="outer",
    )
    assert get(cells.namespace["inner"], "/inner") == "inner"
    rules = {each.rule for each in app.url_map.iter_rules()}
    assert {"/before", "/after"} <= rules
    assert "/inner" not in rules


# What is wrong, and where


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("x = (",), "api.ipynb, cell 1, line 1: '(' was never closed"),
        (
            (APP, "x = 1\n\napp.config['X'] = (yield 1)"),
            "cell 2, line 3: 'yield' outside",
        ),
        ((MAGICS, "%%route /<x\nx"), "cell 2: %%route: The rule '/<x'"),
        ((MAGICS, "%%route /<no:x>\nx"), "cell 2: %%route: The rule '/<no:x>' cannot"),
        ((MAGICS, "\n%%route /\nx = 1\nyield x\nawait x"), "cannot both await and"),
        ((MAGICS, "%%template a.html\none\n{% if %}"), "api.ipynb, cell 2, line 3: "),
        ((MAGICS, "%%static ../a\nx"), "cell 2: %%static: The static file '../a'"),
        (
            (MAGICS, "files = !ls\n", "%%route /\nfiles"),
            "api.ipynb, cell 2, line 1: !ls gives files, which the app needs",
        ),
        (
            (MAGICS, "x = 1\nfern = %post /plants", "%%route /\nfern.json"),
            "api.ipynb, cell 2, line 2: %post gives fern, which the app needs",
        ),
        (("1",), "api.ipynb has no app"),
    ],
)
def test_what_cannot_be_loaded_is_said_with_its_place(cells, message, load):
    with pytest.raises(NotebookError) as caught:
        load(*cells)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_exception_in_a_cell_is_told_with_cell_line_and_traceback(load):
    with pytest.raises(CellError) as caught:
        load(
            APP,
            "def ratio(a, b):\n    return a / b",
            "%%time\n\napp.config['X'] = ratio(\n    1, 0)",
            name="failing",
        )
    error = caught.value
    assert (error.cell, error.line) == (3, 3)
    assert isinstance(error.error, ZeroDivisionError)
    first, *lines = str(error).splitlines()
    assert first == "failing.ipynb, cell 3, line 3: ZeroDivisionError: division by zero"
    places = [each.strip() for each in lines if each.startswith("  File")]
    assert places == [
        'File "failing.ipynb, cell 3", line 3, in <module>',
        'File "failing.ipynb, cell 2", line 2, in ratio',
    ]
    assert "    return a / b" in lines


def test_a_cell_that_ends_the_program_has_failed(load):
    with pytest.raises(CellError, match=r"cell 2, line 2: SystemExit: 3"):
        load(APP, "import sys\napp.config['X'] = sys.exit(3)")


def test_nothing_of_a_notebook_that_failed_stays(load):
    with pytest.raises(CellError):
        load(APP, "%%writefile beside.py\n", "import beside\napp.x = 1 / 0")
    assert "api_ipynb" not in sys.modules
    with pytest.raises(ImportError):
        __import__("beside")


def test_views_have_the_lines_of_their_cells(load):
    app = load(
        MAGICS,
        "import math\n\n@app.get('/plain')\ndef plain():\n    return 1 / 0",
        "%%route /body/<int:n>\nm = n\nm / 0",
        name="lines",
    )
    app.testing = True
    for path, place, line in (
        ("/plain", "lines.ipynb, cell 2", "return 1 / 0"),
        ("/body/1", "lines.ipynb, cell 3", "m / 0"),
    ):
        with pytest.raises(ZeroDivisionError) as caught:
            app.test_client().get(path)
        frame = traceback.extract_tb(caught.value.__traceback__)[-1]
        assert (frame.filename, frame.line) == (place, line)
    assert frame.lineno == 3
    views = app.view_functions
    assert inspect.getsource(views["plain"]).endswith("    return 1 / 0\n")
    source = inspect.getsource(views["body_n"])
    assert source == "def body_n(n):\n    m = n\n    m / 0\n"


# Who loads it


FLASK_APP = """
    from flask import Flask, jsonify
    app = Flask(__name__)

    @app.route("/")
    def index():
        return jsonify(kind=Flask.__module__)

    if __name__ == "__main__":
        app.run(debug=True)
"""


def test_a_notebook_that_is_written_for_flask_is_served_by_nbflask(start, tmp_path):
    write_notebook(tmp_path / "api.ipynb", FLASK_APP, "app.run()")
    code = "import nbflask\nprint(nbflask.load_notebook('api.ipynb').test_client()"
    assert start("-c", code + ".get('/').text)").until("nbflask.app")


def test_where_flask_is_loaded_already_a_notebook_that_imports_it_is_refused(
    start, tmp_path
):
    write_notebook(tmp_path / "api.ipynb", FLASK_APP)
    code = "import flask, nbflask\nnbflask.load_notebook('api.ipynb')"
    process = start("-c", code)
    assert "Flask itself is loaded" in process.until("api.ipynb imports flask: ")


def test_gunicorn_serves_a_notebook(start, tmp_path):
    write_notebook(tmp_path / "api.ipynb", FLASK_APP)
    app = "nbflask:load_notebook('api.ipynb')"
    process: Process = start("-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:0", app)
    address = process.address
    process.until("Booting worker")
    with urlopen(address, timeout=LIMIT) as answer:
        assert b"nbflask.app" in answer.read()
