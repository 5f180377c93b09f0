"""A notebook's app is written as a module that a person could have written."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from click.testing import CliRunner
from notebook_files import document, plan_of, write_notebook

from nbflask import Flask
from nbflask.cli import cli
from nbflask.export.asked import Asked
from nbflask.export.exporting import export
from nbflask.export.modules.module import module_of
from nbflask.ipynb.errors import NotebookError

MAGICS = "%load_ext nbflask"
RUFF = [sys.executable, "-m", "ruff"]


def written(*cells: str, title: str = "Cups", **how) -> str:
    """The text of the module that a notebook with these cells becomes."""
    from nbflask.export.modules.layout import formatted
    from nbflask.ipynb.cutting import cut
    from nbflask.ipynb.needs.plan import plan

    chosen = plan(cut(document(MAGICS, *cells, title=title)))
    return formatted(module_of(chosen, "app.py", **how).modules["app.py"])


def body(*cells: str, **how) -> str:
    """The same between the line that makes the app and the one that runs it."""
    text = written(*cells, **how)
    return text.partition("app = Flask(__name__)\n")[2].partition("\nif __name__")[0]


def served(text: str, folder: Path, name: str = "app") -> Flask:
    path = folder / "module.py"
    path.write_text(text, "utf-8")
    spec = spec_from_file_location("module", path)
    module = module_from_spec(spec)
    sys.modules["module"] = module  # where an app looks for its folder
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["module"]
    found = getattr(module, name)
    assert isinstance(found, Flask)
    return found


# Cells as functions


@pytest.mark.parametrize("between", ["\u2028", "\x85", "\x1c", "\x0b", "\x0c"])
def test_what_python_takes_for_no_line_break_is_none(between, tmp_path):
    text = written(
        f"said = 'a{between}b'\ntwo = 2",
        f"%%route /\nsaid + '{between}c' + str(two)",
    )
    client = served(text, tmp_path).test_client()
    assert client.get("/").text == f"a{between}b{between}c2"


def test_form_feeds_between_lines_change_nothing():
    text = body(
        "\x0ca = 1\n\x0c\ndef twice():\n    return 2\n",
        "%%route /\n\x0cb = twice()\n  \x0c\n\x0c[a, b]",
    )
    assert "def twice():" in text
    assert "    b = twice()\n\n    return [a, b]\n" in text


def test_line_breaks_of_any_system_break_lines():
    text = body(
        "a = 1\r\n\r\n# two\r\nb = 2", "c = 3\rd = 4", "%%route /\n[a, b, c, d]"
    )
    assert "a = 1\n\n# two\nb = 2\n" in text
    assert "c = 3\nd = 4\n" in text


def test_a_notebook_becomes_a_module_as_a_person_writes_it():
    text = written(
        "cups = [1, 2]",
        "%%route /cups\ncups",
        "%get /cups",
        "%%route POST /cups\n# One more.\ncups.append(request.json)\ncups, 201",
    )
    assert (
        text
        == '''"""Cups."""

from nbflask import Flask, request

app = Flask(__name__)

cups = [1, 2]


@app.get("/cups", endpoint="cups")
def cups_view():
    return cups


@app.post("/cups")
def post_cups():
    # One more.
    cups.append(request.json)
    return cups, 201


if __name__ == "__main__":
    app.run()
'''
    )


@pytest.mark.parametrize(
    ("cell", "function"),
    [
        ("%%route /\n'hi'", '@app.get("/")\ndef index():\n    return "hi"\n'),
        (
            "%%route GET,POST /a/<int:n>\n{'n': n}",
            '@app.route("/a/<int:n>", methods=["GET", "POST"])\n'
            'def a_n(n):\n    return {"n": n}\n',
        ),
        (
            "%%route /list\n'x'",
            '@app.get("/list", endpoint="list")\ndef list_view():\n    return "x"\n',
        ),
        (
            "%%route /p --defaults page=1 word=all --endpoint pages\n[page, word]",
            '@app.get("/p", defaults={"page": 1, "word": "all"})\n'
            "def pages(page, word):\n    return [page, word]\n",
        ),
        (
            "%%route /s\nyield 'a'\nyield 'b'",
            '@app.get("/s")\n@stream_with_context\n'
            'def s():\n    yield "a"\n    yield "b"\n',
        ),
        (
            "%%route /w\nimport asyncio\nawait asyncio.sleep(0)\n'done'",
            '@app.get("/w")\nasync def w():\n    import asyncio\n\n'
            '    await asyncio.sleep(0)\n    return "done"\n',
        ),
        (
            "%%route /f\ndef named(): return 'f'",
            '@app.get("/f")\ndef named():\n    return "f"\n',
        ),
        (
            '%%route /t\nname = 1\nf"""<p>\n  {name}\n</p>"""',
            '@app.get("/t")\ndef t():\n    name = 1\n'
            '    return f"""<p>\n  {name}\n</p>"""\n',
        ),
        (
            "%%route /nothing\nif True:\n    abort(404)",
            '@app.get("/nothing")\ndef nothing():\n    if True:\n        abort(404)\n',
        ),
    ],
)
def test_a_cell_becomes_a_function(cell, function, tmp_path):
    assert body(cell).strip("\n") == function.strip("\n")
    served(written(cell), tmp_path)


def test_a_function_below_its_helpers_gets_its_route():
    text = body(
        "%%route /twice/<int:n>\nFACTOR = 2\n\n\ndef twice(n):\n    return [n * FACTOR]"
    )
    assert text.strip() == (
        "FACTOR = 2\n\n\n"
        '@app.get("/twice/<int:n>")\ndef twice(n):\n    return [n * FACTOR]'
    )


def test_two_rules_of_one_name_have_an_endpoint_each(tmp_path):
    app = served(written("%%route /a-b\n'1'", "%%route /a/b\n'2'"), tmp_path)
    found = {each.rule: each.endpoint for each in app.url_map.iter_rules()}
    assert (found["/a-b"], found["/a/b"]) == ("a_b", "a_b_2")


# What is taken along


def test_what_only_explores_is_left_behind():
    text = written(
        "import json\nimport math\nrows = [3, 1]",
        "print(rows)\nlen(rows)\nrows",
        "for each in rows:\n    print(each)",
        "r = app.test_client().get('/')\njson.loads(r.text)",
        "rows.sort()",
        "%%route /\nrows",
        "!pip install something\n%matplotlib inline",
        "app.run()",
    )
    assert "print" not in text
    assert "import" not in text.replace("from nbflask import Flask", "")
    assert "rows = [3, 1]\n\nrows.sort()" in text


def test_a_name_has_its_last_meaning_and_each_meaning_that_was_used(tmp_path):
    app = served(
        written(
            "size = 1",
            "before = size + 1",
            "size = 10",
            "def unused():\n    return 0",
            "%%route /\n[before, size]",
        ),
        tmp_path,
    )
    assert app.test_client().get("/").json == [2, 10]


def test_a_view_that_was_written_again_is_there_once():
    text = written(
        "@app.get('/')\ndef a(): return '1'", "@app.get('/')\ndef b(): return '2'"
    )
    assert "def a" not in text
    assert "def b" in text


def test_a_blueprint_is_whole_before_it_is_registered(tmp_path):
    text = written(
        "shop = Blueprint('shop', __name__, url_prefix='/shop')",
        "app.register_blueprint(shop)",
        "%%route /tea --on shop\n'tea'",
    )
    assert served(text, tmp_path).test_client().get("/shop/tea").text == "tea"


@pytest.mark.parametrize(
    "register",
    [
        "@app.errorhandler(Odd)\ndef show(odd): return odd.text()",
        "def show(odd): return odd.text()\napp.register_error_handler(Odd, show)",
        "@app.response_adapter(Odd)\ndef show(odd): return odd.text()",
    ],
)
def test_what_was_registered_for_a_class_is_for_the_class_as_it_was_last(
    register, tmp_path
):
    end = "raise" if "error" in register else "return"
    text = written(
        "class Odd(Exception):\n    def text(self): return 'before'",
        register,
        f"%%route /\n{end} Odd()",
        "NOW = 'now'",
        "class Odd(Exception):\n    word = NOW\n    def text(self): return self.word",
    )
    assert text.count("class Odd") == 1
    assert served(text, tmp_path).test_client().get("/").text == "now"


def test_a_class_that_was_used_before_it_was_defined_anew_is_there_twice(tmp_path):
    text = written(
        "class Odd(Exception):\n    text = 'before'",
        "first = Odd.text",
        "@app.errorhandler(Odd)\ndef show(odd): return first + odd.text",
        "class Odd(Odd):\n    text = ', now'",
        "%%route /\nraise Odd",
    )
    assert served(text, tmp_path).test_client().get("/").text == "before, now"


@pytest.mark.parametrize(
    "cells",
    [("a = b", "b = a"), ("a = [b]", "def made(): return a", "b = made()")],
)
def test_definitions_that_need_each_other_have_no_order(cells):
    with pytest.raises(
        NotebookError, match=r"in a circle: a \(cell 2\) needs b \(cell"
    ):
        plan_of(MAGICS, *cells, "%%route /\nstr(a)")


def test_what_a_blueprint_takes_up_along_the_way_comes_with_it(tmp_path):
    text = written(
        "shop = Blueprint('shop', __name__)",
        "app.register_blueprint(shop)",
        "prefix = 'tea'\nparts = []",
        "def path(): return f'/{prefix}/' + '/'.join(parts)",
        "parts.append('green')",
        "@shop.get(path())\ndef tea(): return 'tea'",
        "prefix = 'coffee'",
    )
    assert served(text, tmp_path).test_client().get("/tea/green").text == "tea"


def test_a_blueprint_that_needs_what_was_registered_stays_as_it_is(tmp_path):
    text = written(
        "shop = Blueprint('shop', __name__)",
        "mounted = app.register_blueprint(shop)",
        "rule = f'/{mounted}'",
        "@app.get(rule)\ndef index(): return 'index'",
        "try:\n    @shop.get(rule)\n    def late(): return 'late'\n"
        "except AssertionError:\n    pass",
    )
    assert text.index("register_blueprint") < text.index("rule =")
    assert served(text, tmp_path).test_client().get("/None").text == "index"


def test_names_are_defined_before_they_are_used_in_whatever_order_cells_stand(tmp_path):
    text = written(
        "double = [each * 2 for each in rows]", "rows = [1]", "%%route /\ndouble"
    )
    assert served(text, tmp_path).test_client().get("/").json == [2]


def test_a_function_that_returns_an_app_makes_one(tmp_path):
    plan = plan_of(
        "from nbflask import Flask, current_app\ndef make():\n    return Flask('mine')",
        "app = make()",
        "@app.get('/')\ndef index(): return current_app.name",
    )
    text = module_of(plan, "app.py").modules["app.py"]
    assert served(text, tmp_path).test_client().get("/").text == "mine"


def test_star_imports_become_names(tmp_path):
    text = written("from math import *", "%%route /\n{'pi': floor(pi)}")
    assert "from math import floor, pi\n" in text
    assert served(text, tmp_path).test_client().get("/").json == {"pi": 3}


AWAITED = (
    "import asyncio",
    "async def load(n):\n    await asyncio.sleep(0)\n    return [n]",
    "rows = await load(1)",
    "both = await asyncio.gather(load(2), load(3))",
    "async def numbers():\n    yield 4",
    "more = []\nasync for n in numbers():\n    more.append(n)",
    "%%route /\n{'rows': rows, 'both': both, 'more': more, 'n': n}",
)


def test_what_cells_await_a_module_runs(tmp_path):
    text = written(*AWAITED)
    assert "\nrows = asyncio.run(load(1))\n" in text
    app = served(text, tmp_path)
    told = {"rows": [1], "both": [[2], [3]], "more": [4], "n": 4}
    assert app.test_client().get("/").json == told


def test_what_a_notebook_runs_as_main_the_module_runs_too():
    cells = (
        'if __name__ == \'__main__\':\n    # A text.\n    text = """a\n        b"""\n'
        "    rows = [\n        text,\n    ]\n    app.run(debug=True)",
        "%%route /\nrows",
    )
    found = body(*cells)
    assert "\nrows = [\n    text,\n]\n" in found
    assert "text = 'a\\n        b'" in found.replace('"', "'")


def test_imports_are_gathered_and_only_those_that_are_used():
    text = written(
        "import os, sys\nfrom collections import Counter, OrderedDict",
        "%%route /\nimport re\nCounter(os.environ)",
        "from collections import Counter",
    )
    head = text.partition("app = ")[0]
    assert head == (
        '"""Cups."""\n\nimport os\nfrom collections import Counter\n\n'
        "from nbflask import Flask\n\n"
    )


def test_what_decides_for_imports_has_its_own_above_it(tmp_path):
    text = written(
        "import sys\nsys.path.append('lib')\nimport os\nimport attrs",
        "os.environ.setdefault('LEVEL', '3')\nos.environ['CUP'] = attrs.__name__",
        "%%route /\nos.environ['LEVEL'] + os.environ['CUP'] + sys.path[-1]",
    )
    assert text.index("import os") < text.index("sys.path")
    assert text.index("setdefault(") < text.index("import attrs") < text.index("CUP")
    assert served(text, tmp_path).test_client().get("/").text == "3attrslib"


def test_extensions_find_nbflask_in_the_place_of_flask():
    text = written(
        "from flask_login import LoginManager", "manager = LoginManager(app)"
    )
    assert "nbflask.install_as_flask()\n\nfrom flask_login import LoginManager" in text


def test_flask_itself_is_imported_where_it_is_asked_for():
    text = written("%%route /\nyield 'a'", framework="flask")
    assert "from flask import Flask, stream_with_context\n" in text
    assert "nbflask" not in text


def test_what_functions_import_is_of_the_framework_too():
    text = written(
        "def told():\n    from nbflask import (\n        g,\n    )\n\n    return g",
        "%%route /\nfrom nbflask.views import View\nimport nbflask\n"
        "nbflask, View, told()",
        framework="flask",
    )
    assert "    from flask import g\n\n    return g" in text
    assert "    import flask as nbflask\n" in text
    assert "    from flask.views import View\n" in text


def test_settings_come_first_but_not_before_what_they_set_anew(tmp_path):
    found = body(
        "limit = 3",
        "app.config['A'] = 1",
        "app.config.from_mapping(LIMIT=limit, A=2)",
        "app.config['LIMIT'] = 5",
        "%%route /\n[app.config['A'], app.config['LIMIT']]",
    )
    lines = [each for each in found.split("\n") if each and "    " not in each]
    assert lines[:4] == [
        'app.config["A"] = 1',
        "limit = 3",
        "app.config.from_mapping(LIMIT=limit, A=2)",
        'app.config["LIMIT"] = 5',
    ]


def test_a_notebook_for_flask_is_written_for_nbflask_and_for_flask():
    cells = (
        "from flask import Flask, jsonify\nimport flask.views\napp = Flask(__name__)",
        "@app.get('/')\ndef index(): return jsonify(flask.views.__name__)",
        "if __name__ == '__main__':\n    app.run(debug=True)",
    )
    from nbflask.ipynb.cutting import cut
    from nbflask.ipynb.needs.plan import plan

    chosen = plan(cut(document(*cells)))
    flask = module_of(chosen, "app.py", framework="flask").modules["app.py"]
    assert "import flask.views" in flask
    assert "from flask import Flask, jsonify" in flask
    assert flask.count("app.run(") == 1


# Secrets


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("app.secret_key = 'dev'", 'app.secret_key = os.environ["SECRET_KEY"]'),
        (
            "app.config['SECRET_KEY'] = b'x'",
            'app.config["SECRET_KEY"] = os.environ["SECRET_KEY"].encode()',
        ),
        (
            "app.config.update(TESTING=True, SECRET_KEY='x')",
            'app.config.update(TESTING=True, SECRET_KEY=os.environ["SECRET_KEY"])',
        ),
        (
            "app.config.from_mapping({'DB_PASSWORD': 'x'})",
            'app.config.from_mapping({"DB_PASSWORD": os.environ["DB_PASSWORD"]})',
        ),
        (
            "app.config['DB_URI'] = 'postgresql://ada:pw@db/x'",
            'app.config["DB_URI"] = os.environ["DB_URI"]',
        ),
    ],
)
def test_a_secret_is_read_from_the_environment(line, becomes):
    text = written(line)
    assert becomes in text
    assert "\nimport os\n" in text


@pytest.mark.parametrize(
    "line",
    [
        "app.config['TOKEN_LIFETIME'] = '3'",
        "app.config['GREETING'] = 'hello'",
        "app.config['NOTHING'] = ''",
        "app.config['SECRET_KEY'] = make()",
    ],
)
def test_what_is_no_secret_stays(line):
    assert line.replace("'", '"') in written("def make(): return 'x'", line)


def test_a_secret_that_is_said_again_is_read_from_the_environment_there_too():
    text = written(
        "API_KEY = 'live-1234567890abcdef'\nfew = 'dev'\napp.secret_key = 'dev'",
        "def ask(key='live-1234567890abcdef'):\n    return key, few",
        "%%route /\nask('live-1234567890abcdef')",
    )
    assert "live-" not in text
    assert text.count('os.environ["API_KEY"]') == 2
    assert 'few = "dev"' in text


def test_data_that_is_called_like_a_secret_stays_data():
    rows = 'users = {"ada": {"password": "pw", "token": "t"}}'
    assert rows in written(rows, "%%route /\nusers")


def test_exporting_says_what_the_environment_has_to_give():
    chosen = plan_of(
        MAGICS, "app.secret_key = 'dev'", "API_KEY = 'k'", "%%route /\nAPI_KEY"
    )
    done = module_of(chosen, "app.py")
    assert done.secrets == ("SECRET_KEY", "API_KEY")
    assert "SECRET_KEY is read from the environment (cell 2, line 1)" in done.notes


# Templates and static files


PAGES = (
    "%%template base.html\n<main>{% block main %}{% endblock %}</main>",
    "%%template page.html\n{% extends 'base.html' %}\n"
    '{% block main %}"{{ word }}"{% endblock %}',
    "%%static css/app.css\nh1 { color: teal }\n",
    "%%route /\nrender_template('page.html', word='hi')",
)


@pytest.mark.parametrize("single", [False, True])
def test_pages_and_styles_are_served_as_in_the_notebook(single, tmp_path):
    asked = Asked(module=tmp_path / "app.py", single_file=single)
    export(document(MAGICS, *PAGES), asked)
    names = {each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*.*")}
    beside = {"templates/base.html", "templates/page.html", "static/css/app.css"}
    assert names == ({"app.py"} if single else {"app.py", *beside})
    app = served((tmp_path / "app.py").read_text("utf-8"), tmp_path)
    client = app.test_client()
    assert client.get("/").text.split() == ['<main>"hi"</main>']
    with client.get("/static/css/app.css") as style:
        assert (style.text, style.mimetype) == ("h1 { color: teal }\n", "text/css")


# The command


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the program in a folder that has a notebook api.ipynb."""
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "api.ipynb", MAGICS, "%%route /\n'hi'", "%get /")
    return lambda *words: CliRunner().invoke(cli, ["export", *words])


def test_the_command_says_what_it_wrote(run):
    done = run("api.ipynb", "app.py")
    assert (done.exit_code, done.output) == (0, "Wrote app.py\n")
    assert "def index" in Path("app.py").read_text("utf-8")


def test_exporting_twice_gives_the_same_bytes(run):
    run("api.ipynb", "app.py")
    first = Path("app.py").read_bytes()
    assert run("api.ipynb", "app.py").exit_code == 0
    assert Path("app.py").read_bytes() == first


def test_a_file_that_is_there_is_written_over_by_force_alone(run):
    Path("app.py").write_text("mine = 1\n", "utf-8")
    done = run("api.ipynb", "app.py")
    assert done.exit_code == 1
    assert "app.py is there already: write over it with --force" in done.output
    assert Path("app.py").read_text("utf-8") == "mine = 1\n"
    assert run("api.ipynb", "app.py", "--force").exit_code == 0
    assert "mine" not in Path("app.py").read_text("utf-8")


def test_nothing_is_written_if_one_file_cannot_be(tmp_path):
    (tmp_path / "static").write_text("a file, where a folder has to be", "utf-8")
    with pytest.raises(NotebookError, match="cannot be written"):
        export(document(MAGICS, *PAGES), Asked(module=tmp_path / "app.py"))
    assert [each.name for each in tmp_path.iterdir()] == ["static"]


@pytest.mark.parametrize("name", ["%%template ../out.html\nx", "%%static ../../x\nx"])
def test_no_file_is_written_outside_of_the_folder(name, tmp_path):
    (tmp_path / "inside").mkdir()
    asked = Asked(module=tmp_path / "inside" / "app.py")
    with pytest.raises(NotebookError, match="lies outside"):
        export(document(MAGICS, name, "%%route /\n'x'"), asked)
    assert list((tmp_path / "inside").iterdir()) == []


def test_no_file_is_written_outside_of_the_folder_by_a_link(tmp_path):
    folder, elsewhere = tmp_path / "shop", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "templates").symlink_to(elsewhere, target_is_directory=True)
    notebook = document(MAGICS, "%%template a.html\nx", "%%route /\n'hi'")
    with pytest.raises(NotebookError, match="lies outside"):
        export(notebook, Asked(module=folder / "app.py", force=True))
    assert [*elsewhere.iterdir()] == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a", "a/b.html"), "templates/a is to be a file, and the folder of templates"),
        (("a\0b",), r"'templates/a\x00b' is no name for a file"),
    ],
)
def test_files_that_cannot_be_together_are_not_written(names, said, run, tmp_path):
    cells = [f"%%template {each}\nx" for each in names]
    write_notebook(tmp_path / "api.ipynb", MAGICS, *cells, "%%route /\n'hi'")
    done = run("api.ipynb", "app.py")
    assert (done.exit_code, os.listdir()) == (1, ["api.ipynb"])
    assert done.output.startswith(f"Error: {said}")
    assert len(done.output.splitlines()) == 1


def test_half_a_character_in_a_heading_is_no_title(tmp_path):
    notebook = document(MAGICS, "%%route /\n'hi'", title="Cups \ud800")
    export(notebook, Asked(module=tmp_path / "app.py"))
    assert "The app of api.ipynb." in (tmp_path / "app.py").read_text("utf-8")


def test_a_file_of_a_cell_never_takes_the_place_of_another(run, tmp_path):
    for name, words in (("app.py", ()), ("Dockerfile", ("--docker",))):
        view = f"%%route /\nopen('{name}').read()"
        notebook = tmp_path / "own.ipynb"
        write_notebook(notebook, MAGICS, f"%%writefile {name}\nmine", view)
        done = run(str(notebook), "app.py", *words)
        said = f"Error: {name} is to be two files: give one of them another name\n"
        assert (done.exit_code, done.output) == (1, said)
        assert not Path("app.py").exists()


def test_a_module_keeps_its_mode_and_a_new_one_has_the_usual(tmp_path):
    path = tmp_path / "app.py"
    export(document(MAGICS, "%%route /\n'1'"), Asked(module=path))
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o600)
    export(document(MAGICS, "%%route /\n'2'"), Asked(module=path, force=True))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no.ipynb", "app.py"), "There is no notebook no.ipynb"),
        (("api.ipynb", "app.txt"), "app.txt is no name of a module"),
        (("api.ipynb", "my-app.py"), "my-app.py is no name of a module"),
        (("api.ipynb", "class.py"), "class.py is no name of a module"),
        (("api.ipynb", "flask.py"), "would stand in the way of the module flask"),
        (("api.ipynb", "json.py"), "would stand in the way of the module json"),
        (("api.ipynb", "queue", "--package"), "in the way of the module queue"),
        (("api.ipynb:shop", "app.py"), "api.ipynb has no app named 'shop'"),
        (("api.ipynb", "shop.py", "--package"), "shop.py is no name of a package"),
        (("api.ipynb", "shop", "--package", "--single-file"), "choose one of them"),
    ],
)
def test_a_wrong_command_gets_one_line_and_writes_nothing(run, words, said):
    done = run(*words)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.splitlines()) == 1
    assert os.listdir() == ["api.ipynb"]


def test_exporting_runs_nothing_of_the_notebook(run, tmp_path):
    write_notebook(
        tmp_path / "api.ipynb",
        MAGICS,
        "import os\nmade = os.mkdir('ran')",
        "%%route /\n[made]",
    )
    assert run("api.ipynb", "app.py").exit_code == 0
    assert not Path("ran").exists()


# A package


CELLS = (
    MAGICS,
    "goods = {'tea': 4}\nVAT = 0.2",
    "shop = Blueprint('shop', __name__, url_prefix='/shop')",
    "def gross(price):\n    return price * (1 + VAT)",
    "%%route /<name> --on shop\n{'price': gross(goods[name])}",
    "admin = Blueprint('admin', __name__, url_prefix='/admin')",
    "%%route PUT /<name>/<int:price> --on admin\ngoods[name] = price\n'', 204",
    "shop.register_blueprint(admin)\napp.register_blueprint(shop)",
    "%%template hi.html\nhi",
    "%%route /\nrender_template('hi.html')",
)


def test_blueprints_become_modules_of_a_package(tmp_path, monkeypatch):
    asked = Asked(module=tmp_path / "market", package=True)
    export(document(*CELLS), asked)
    folder = tmp_path / "market"
    names = {each.relative_to(folder).as_posix() for each in folder.rglob("*.*")}
    modules = {"__init__.py", "__main__.py", "shop.py", "admin.py", "shared.py"}
    assert names == {*modules, "templates/hi.html"}
    shop = (folder / "shop.py").read_text("utf-8")
    assert "from .admin import admin\nfrom .shared import goods\n" in shop
    assert "VAT = 0.2" in shop  # which nothing else needs
    monkeypatch.syspath_prepend(str(tmp_path))
    from market import app  # type: ignore[import-not-found]

    client = app.test_client()
    assert client.get("/").text == "hi"
    assert client.put("/shop/admin/cup/10").status_code == 204
    assert client.get("/shop/cup").json == {"price": 12.0}
    for name in [each for each in sys.modules if each.partition(".")[0] == "market"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            (
                "shop = Blueprint('shop', __name__)\nrows = []",
                "%%route /a --on shop\nglobal rows\nrows = [1]\n'a'",
                "app.register_blueprint(shop)",
                "%%route /\nrows",
            ),
            "rows is set anew by a function of cell 3",
        ),
        (
            (
                "shop = Blueprint('shop', __name__)",
                "app.register_blueprint(shop)",
                "shop = Blueprint('other', __name__)",
                "app.register_blueprint(shop, name='other')",
            ),
            "shop is made in two modules",
        ),
    ],
)
def test_a_package_refuses_what_modules_cannot_share(cells, said, tmp_path):
    with pytest.raises(NotebookError, match=said):
        export(document(MAGICS, *cells), Asked(module=tmp_path / "x", package=True))
    assert list(tmp_path.iterdir()) == []


# As others see it


def test_the_module_passes_ruff(tmp_path):
    path = tmp_path / "app.py"
    cells = (*PAGES, *CELLS[1:], "class A:\n    x = []", "%%route /x\nA.x")
    export(document(MAGICS, *cells), Asked(module=path))
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [*RUFF, *words, "--isolated", path.name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


# What belongs to a module


def test_all_that_belongs_to_a_module_is_written_at_once(run):
    words = "--tests test_app.py --http api.http --curl api.sh --docker --ray serve.py"
    done = run("api.ipynb", "app.py", *words.split())
    assert done.exit_code == 0, done.output
    assert sorted(os.listdir()) == [
        *(".dockerignore", "Dockerfile", "api.http", "api.ipynb", "api.sh", "app.py"),
        *("requirements.txt", "serve.py", "test_app.py"),
    ]
    needed = Path("requirements.txt").read_text("utf-8").splitlines()
    names = {each.partition("~")[0] for each in needed}
    assert names == {"gunicorn", "nbflask"}


def test_a_module_that_a_cell_writes_is_no_requirement(run, tmp_path):
    write_notebook(
        tmp_path / "api.ipynb",
        MAGICS,
        "%%writefile prices.py\nTEA = 4",
        "from prices import TEA",
        "%%route /tea\n[TEA]",
    )
    assert run("api.ipynb", "app.py", "--docker").exit_code == 0
    assert Path("prices.py").read_text("utf-8").strip() == "TEA = 4"
    assert "prices" not in Path("requirements.txt").read_text("utf-8")
    assert "COPY app.py prices.py ./" in Path("Dockerfile").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tests", "app.py"), "app.py is to be two files"),
        (("--tests", "test-app.py"), "test-app.py is no name of a module for tests"),
        (("--ray", "serve.yaml"), "serve.yaml is no name of a module for Ray Serve"),
    ],
)
def test_files_that_cannot_be_are_refused(run, words, said):
    done = run("api.ipynb", "app.py", *words)
    assert (done.exit_code, os.listdir()) == (1, ["api.ipynb"])
    assert said in done.output


def test_files_that_a_view_opens_come_with_the_module(run, tmp_path):
    write_notebook(
        tmp_path / "api.ipynb",
        MAGICS,
        "%%writefile data/teas.csv\ngreen,4",
        "%%writefile notes.txt\nnobody reads this",
        "%%route /teas\nopen('data/teas.csv').read()",
    )
    assert run("api.ipynb", "app.py").exit_code == 0
    assert Path("data/teas.csv").read_text("utf-8").strip() == "green,4"
    assert not Path("notes.txt").exists()


def test_a_module_beside_is_copied_into_the_container(run, tmp_path):
    (tmp_path / "prices.py").write_text("TEA = 4\n", "utf-8")
    cells = ("from prices import TEA", "%%route /tea\n[TEA]")
    write_notebook(tmp_path / "api.ipynb", MAGICS, *cells)
    assert run("api.ipynb", "app.py", "--docker").exit_code == 0
    assert "COPY app.py prices.py ./" in Path("Dockerfile").read_text("utf-8")
    assert "prices" not in Path("requirements.txt").read_text("utf-8")


def test_what_the_environment_is_given_by_magics_is_told(run, tmp_path):
    cells = ("%env CITY=Oslo", "import os", "%%route /\nos.environ['CITY']")
    write_notebook(tmp_path / "api.ipynb", MAGICS, *cells)
    said = "Set CITY where the module runs, as %env does (cell 2, line 1)"
    assert said in run("api.ipynb", "app.py").output


def test_a_star_import_runs_nothing_of_its_module(tmp_path, monkeypatch):
    (tmp_path / "loud.py").write_text("open('ran', 'w').close()\nword = 1\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    cells = ("from loud import *", "from this import *", "%%route /\n[word, s]")
    text = written(*cells)
    assert "from loud import word\n" in text
    assert "from this import s\n" in text
    assert not (tmp_path / "ran").exists()
    assert "this" not in sys.modules
