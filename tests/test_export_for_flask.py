"""A module for Flask itself answers as its notebook did, data or not."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

import pytest
from alone import PROJECT, answers_of
from notebook_files import plan_of

from nbflask.export.asked import Asked
from nbflask.export.exporting import export
from nbflask.export.modules.imports import OWN, SHARED
from nbflask.export.modules.module import Written, module_of
from nbflask.export.modules.package import package_of
from nbflask.export.modules.peers import HOME, OURS
from nbflask.grammar.request import prepare
from nbflask.ipynb.cutting import cut
from nbflask.ipynb.pieces import RequestCell
from nbflask.ipynb.reading import Document, read_notebook

MAGICS = "%load_ext nbflask"
FRAME = "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})"
POINT = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = 1"
SHOWN = "class Shown:\n    def _repr_html_(self):\n        return '<b>x</b>'"


def for_flask(*cells: str, **how: Any) -> Written:
    return module_of(plan_of(*cells), "app.py", framework="flask", **how)


def text_for_flask(*cells: str) -> str:
    return for_flask(MAGICS, *cells).modules["app.py"]


# Which apps need more than Flask has


@pytest.mark.parametrize(
    "cells",
    [
        ("%%route POST /\n{'rows': len(request.df)}",),
        ("@app.post('/')\ndef take():\n    return str(request.df)",),
        ("class A: ...", "@app.response_adapter(A)\ndef show(a): return 'a'"),
        (FRAME, "%%route /\nframe"),
        (FRAME, "%%route /\nframe.head(), 201"),
        (FRAME, "%%route /\n{'sum': frame.a.sum()}"),
        (FRAME, "%%route /\njsonify(sum=frame.a.sum())"),
        (FRAME, "%%route /\nreturn [each * 2 for each in frame.a]"),
        (FRAME, "%%route /<int:n>\nfound = frame.a[n]\n{'found': found}"),
        (FRAME, "rows = []\nrows.append(frame.a[0])", "%%route /\n[rows]"),
        (FRAME, "@app.get('/')\ndef index(): return frame if request.args else 'x'"),
        (FRAME, "@app.errorhandler(404)\ndef lost(error): return frame, 404"),
        (FRAME, "def index(): return frame", "app.add_url_rule('/', 'i', index)"),
        (FRAME, "app.add_url_rule('/', 'index', lambda: frame)"),
        (
            FRAME,
            "from flask.views import MethodView\nclass Items(MethodView):\n"
            "    def get(self): return frame",
            "app.add_url_rule('/', view_func=Items.as_view('items'))",
        ),
        (FRAME, "%%route /\nframe.to_dict('records')"),
        (FRAME, "%%route /\nround(frame.a[0], 2), 200"),
        (
            FRAME,
            "class A:\n    def told(self): return frame",
            "%%route /\n[A().told()]",
        ),
        (FRAME, "def made(): return frame", "%%route /\nmade()"),
        (FRAME, "def total(): return {'a': frame.a.sum()}", "%%route /\ntotal()"),
        ("%%route /\nimport numpy\n[numpy.mean([1, 2])]",),
        (
            FRAME,
            "%%template a.html\n{{ x|tojson }}",
            "%%route /\nrender_template('a.html', x=frame.a[0])",
        ),
        (FRAME, "%%route /\nrender_template_string('{{ x|tojson }}', x=frame.a[0])"),
        (FRAME, "%%route /\ncurrent_app.json.dumps(frame.a[0])"),
        (FRAME, "from flask import json", "%%route /\njson.dumps(frame.a[0])"),
        ("import pickle\nmodel = pickle.loads(b'')", "%%route /\n[model.predict([1])]"),
        (POINT, "%%route /\nPoint()"),
        (POINT, "points = [Point()]", "%%route /<int:n>\npoints[n]"),
        (SHOWN, "%%route /\nShown()"),
        ("from IPython.display import HTML", "%%route /\nHTML('<b>x</b>')"),
        (
            "from pydantic import BaseModel\nclass Model(BaseModel):\n    x: int = 1",
            "%%route /\n{'model': Model()}",
        ),
    ],
)
def test_an_app_that_does_with_data_what_flask_cannot_is_of_a_class_that_can(cells):
    text = text_for_flask(*cells)
    assert "app = DataFlask(__name__)\n" in text
    assert f"from {HOME} import DataFlask\n" in text


@pytest.mark.parametrize(
    "cells",
    [
        ("%%route /\n{'a': 1}",),
        ("rows = [1]", "%%route /\nrows"),
        ("%%route /\ncurrent_app.json.dumps([1])",),
        (FRAME, "import json", "%%route /\njson.dumps([int(frame.a[0])])"),
        ("import pandas as pd\npd.DataFrame({'a': [1]})", "%%route /\n'x'"),
        (FRAME, "%%route /\nframe.to_html()"),
        (FRAME, "%%route /\nf'<p>{frame.a.sum()}</p>', 201"),
        (FRAME, "%%route /\nrender_template_string('{{ frame }}', frame=frame)"),
        (FRAME, "%%route /\nResponse(frame.to_csv(), mimetype='text/csv')"),
        (FRAME, "%%route /\n{'sum': int(frame.a.sum()), 'rows': len(frame)}"),
        (FRAME, "%%route /\njsonify([{'sum': float(e)} for e in frame.a])"),
        (FRAME, "%%route /<word>\n{'word': word, 'by': request.args.get('by', 'a')}"),
        (FRAME, "%%route /\nn = len(frame)\nunit = 'kg'\n{'n': n, 'in': unit}"),
        (FRAME, "%%route /\nfor each in frame.a:\n    yield str(each)"),
        (FRAME, "%%route /\nif len(frame):\n    redirect(url_for('other'))\n'no'"),
        (FRAME, "def page(): return f'{frame}'", "%%route /\nreturn page() or ''"),
        (FRAME, "@app.context_processor\ndef more(): return {'frame': frame}", "'x'"),
        (FRAME, "def fits(x): return frame", "%%route /\nstr(frame.a.map(fits))"),
        (FRAME, "%%route /\n[round(float(e), 2) for e in frame.a][:5]"),
        (FRAME, "%%route /\n{'n': frame.size, 'most': max(len(frame), 3)}"),
        (FRAME, "class A:\n    def told(self): return 'a'", "%%route /\n[A().told()]"),
        (POINT, "from dataclasses import asdict", "%%route /\nasdict(Point()), 201"),
        (POINT, "%%route /\ndict(point=Point())"),
        (POINT, "%%route /\n{'point': Point()}"),
        (POINT, "%%route /\njsonify(Point())"),
        (POINT, "%%route /\n[Point(), Point()]"),
        (SHOWN, "%%route /\nstr(Shown())"),
    ],
)
def test_an_app_that_does_what_flask_can_needs_flask_alone(cells):
    assert "nbflask" not in text_for_flask(*cells)


# What the module says


@pytest.mark.parametrize(
    ("cell", "imports", "made"),
    [
        (
            "from nbflask import Flask\napp = Flask(__name__)",
            "from nbflask.for_flask import DataFlask\n",
            "app = DataFlask(__name__)",
        ),
        (
            "import flask\napp = flask.Flask(__name__)",
            "from nbflask.for_flask import DataFlask\n",
            "app = DataFlask(__name__)",
        ),
        (
            "import nbflask as web\napp = web.Flask(__name__)",
            "from nbflask.for_flask import DataFlask\n",
            "app = DataFlask(__name__)",
        ),
        (
            "from flask import Flask as WebFlask\napp = WebFlask(__name__)",
            "from nbflask.for_flask import DataFlask as WebFlask\n",
            "app = WebFlask(__name__)",
        ),
        (
            "from flask import Flask\ndef make():\n    return Flask('ä', 'b')\n"
            "app = make()",
            "from nbflask.for_flask import DataFlask\n",
            "return DataFlask('ä', 'b')",
        ),
        (
            "from flask import Flask, Request\nclass Own(Request):\n    pass\n"
            "app = Flask(__name__)\napp.request_class = Own",
            "from nbflask.for_flask import DataFlask, DataRequest\n",
            "class Own(DataRequest):",
        ),
        (
            "from flask import Flask\nimport flask.json.provider\n"
            "class Own(flask.json.provider.DefaultJSONProvider):\n    pass\n"
            "app = Flask(__name__)\napp.json = Own(app)",
            "from nbflask.for_flask import DataFlask, DataJSONProvider\n",
            "class Own(DataJSONProvider):",
        ),
    ],
)
def test_classes_of_flasks_stand_where_the_notebook_has_them(cell, imports, made):
    view = "import numpy\n@app.get('/')\ndef index(): return numpy.int64(1)"
    done = for_flask(cell, view)
    assert imports in done.modules["app.py"]
    assert made in done.modules["app.py"]
    assert done.imports >= {"flask", "nbflask", "numpy"}


def test_a_function_that_makes_the_app_imports_for_itself():
    done = for_flask(
        "import numpy\ndef make():\n    from nbflask import Blueprint, Flask\n"
        "    made = Flask('made')\n    shop = Blueprint('shop', 'made')\n"
        "    shop.add_url_rule('/', 'index', lambda: numpy.int64(1))\n"
        "    made.register_blueprint(shop)\n    return made",
        "app = make()",
    )
    text = done.modules["app.py"]
    assert "    from flask import Blueprint\n" in text
    assert f"    from {HOME} import DataFlask as Flask\n" in text
    assert done.notes == ()
    assert "nbflask" in done.imports


def test_each_module_of_a_package_has_what_it_uses():
    plan = plan_of(
        MAGICS,
        "shop = Blueprint('shop', __name__)",
        "%%route POST /shop --on shop\n{'rows': len(request.df)}",
        "app.register_blueprint(shop)",
    )
    modules = package_of(plan, framework="flask").modules
    assert f"from {HOME} import DataFlask\n" in modules["__init__.py"]
    assert "nbflask" not in modules["shop.py"]


def test_what_only_apps_of_nbflask_have_is_told_with_its_place():
    done = for_flask(
        MAGICS,
        "name = 'a.html'\n\n# A page.\napp.add_template(name, 'hi')",
        "%%route /\nlen('x')\n{'why': str(current_app.explain('/'))}",
        "@app.get('/b')\ndef b():\n    return str(\n        app.outline()\n    )",
    )
    assert done.notes == (
        "app.add_template (cell 2, line 4) is nbflask's: Flask has none",
        "current_app.explain (cell 3, line 3) is nbflask's: Flask has none",
        "app.outline (cell 4, line 4) is nbflask's: Flask has none",
    )


@pytest.mark.parametrize(
    ("cells", "framework", "needed"),
    [
        (("%%route POST /\nstr(request.df)",), "nbflask", {"nbflask", "pandas"}),
        (
            ("%%route POST /\nstr(request.df)",),
            "flask",
            {"nbflask", "pandas", "flask"},
        ),
        (
            ("import polars", "%%route POST /\nstr(polars.concat([request.df]))"),
            "nbflask",
            {"nbflask", "polars"},
        ),
        (("%%route /\nawait made()", "async def made(): 1"), "nbflask", {"nbflask"}),
        (
            ("%%route /\nawait made()", "async def made(): 1"),
            "flask",
            {"flask", "asgiref"},
        ),
        (("@app.get('/')\nasync def f(): ''",), "flask", {"flask", "asgiref"}),
        (("async def f(): ''", "%%route /\nstr(f)"), "flask", {"flask"}),
    ],
)
def test_what_has_to_be_installed_is_known_be_it_imported_or_not(
    cells, framework, needed
):
    done = module_of(plan_of(MAGICS, *cells), "app.py", framework=framework)
    assert done.imports == needed
    said = any("flask[async]" in each for each in done.notes)
    assert said is ("asgiref" in needed)


def test_an_app_of_another_class_is_told_to_answer_with_no_data():
    cells = (
        "from apiflask import APIFlask\napp = APIFlask(__name__)",
        FRAME,
        "@app.get('/')\ndef index(): return frame",
    )
    said = "app is of no class that DataFlask replaces"
    assert said in for_flask(*cells).notes
    assert said not in module_of(plan_of(*cells), "app.py").notes


def test_what_nbflask_alone_has_is_imported_from_there():
    text = text_for_flask(
        "from nbflask.errors import ContentConflict\nfrom nbflask import load_notebook"
        "\nfrom nbflask.views import View",
        "%%route /\nstr([ContentConflict, load_notebook, View])",
    )
    assert "from flask.views import View\n" in text
    assert "from nbflask import load_notebook\n" in text
    assert "from nbflask.errors import ContentConflict\n" in text


MODULES = """
import flask, json, pkgutil
found = [each.name for each in pkgutil.iter_modules(flask.__path__)]
print(json.dumps([found, [each for each in OWN if hasattr(flask, each)]]))
"""


def test_the_modules_that_both_have_are_known():
    code = f"OWN = {[*OWN]}\n{MODULES}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
    modules, names = json.loads(done.stdout)
    assert {*modules, "sansio"} - {"__main__"} == SHARED  # that one has no __init__.py
    assert names == []


NAMES = """
import json, {0} as framework
app = framework.Flask("x")
print(json.dumps([each for each in dir(app) if not each.startswith("_")]))
"""


def test_what_flasks_apps_lack_is_known():
    names = {}
    for framework in ("nbflask", "flask"):
        command = [sys.executable, "-c", NAMES.format(framework)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
        names[framework] = set(json.loads(done.stdout))
    assert names["nbflask"] - names["flask"] == OURS | {"response_adapter"}


# Answers


def requests_of(notebook: Document) -> list[dict[str, Any]]:
    """Return the requests of a notebook's cells, as they are sent."""
    return [
        prepare(
            piece.magic.upper(),
            [each for each in shlex.split(piece.words) if not each.startswith("--")],
            cell=piece.text,
        ).as_client_kwargs()
        for piece in cut(notebook).pieces
        if isinstance(piece, RequestCell)
    ]


def test_the_notebook_on_data_answers_alike_under_both_and_as_it_does_itself(tmp_path):
    path = PROJECT / "notebooks" / "06_data.ipynb"
    notebook = read_notebook(path)
    asked = [
        {**each, "data": each["data"].decode()} if "data" in each else each
        for each in requests_of(notebook)
    ]
    assert len(asked) > 25
    modules = {each: tmp_path / f"for_{each}.py" for each in ("nbflask", "flask")}
    for framework, module in modules.items():
        export(notebook, Asked(module=module, framework=framework))
    loaded = tmp_path / "loaded.py"
    loaded.write_text(
        f"from nbflask import load_notebook\napp = load_notebook({str(path)!r})\n",
        "utf-8",
    )
    itself = answers_of(loaded, asked)
    ours, theirs = (answers_of(each, asked) for each in modules.values())
    assert (itself[0], ours[0], theirs[0]) == ("nbflask", "nbflask", "flask")
    assert ours[1] == itself[1]
    assert theirs[1] == itself[1]
    statuses = {status for status, _, _ in theirs[1]}
    assert statuses == {
        "200 OK",
        "201 CREATED",
        "400 BAD REQUEST",
        "406 NOT ACCEPTABLE",
    }
