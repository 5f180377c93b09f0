"""The notebooks of notebooks/: they run from top to bottom and keep their promises."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lines import NEWEST, KernelOfALine, Line, on_every_line
from nbclient import NotebookClient

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
CELL_SECONDS = 60

every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS]
)


def stored(path: Path) -> dict[str, Any]:
    """The notebook as it stands in its file, nothing added by nbformat."""
    return json.loads(path.read_text("utf-8"))


def code_cells(notebook: dict[str, Any]) -> list[Any]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def sources(path: Path) -> dict[str, str]:
    """What stands in the cells of code, by their ids."""
    return {cell["id"]: "".join(cell["source"]) for cell in code_cells(stored(path))}


@cache
def executed(path: Path, line: Line, *, solved: bool = False) -> dict[str, list[Any]]:
    """Run a notebook in a new kernel, its exercises as they stand in the file or with
    its own answers filled in. Return its outputs by cell id."""
    notebook = nbformat.read(path, as_version=4)
    if solved:
        for cell, answer in zip(exercises(notebook), answers(notebook), strict=True):
            cell["source"] = answer
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=line.name,
        kernel_manager_class=KernelOfALine,
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(PROJECT)})
    return {cell["id"]: cell["outputs"] for cell in code_cells(notebook)}


def exercises(notebook: dict[str, Any]) -> list[Any]:
    """The cells that a learner fills in."""
    cells = code_cells(notebook)
    return [c for c in cells if re.fullmatch(r"exercise-(?!.*-check)\w+", c["id"])]


def answers(notebook: dict[str, Any]) -> list[str]:
    """The solutions that stand at a notebook's end, one for each exercise."""
    (last,) = [cell for cell in notebook["cells"] if cell["id"] == "answers"]
    return re.findall(r"```python\n(.*?)\n```", "".join(last["source"]), re.DOTALL)


def as_text(output: Any) -> str:
    """What an output says where nothing but text is shown."""
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    if output["output_type"] == "stream":
        return str(output["text"])
    return str(output["data"]["text/plain"])


def said(path: Path, cell: str, line: Line = NEWEST) -> str:
    # What is printed may come in pieces, whatever else in one.
    pieces = (
        as_text(output)
        if output["output_type"] == "stream"
        else f"\n{as_text(output)}\n"
        for output in executed(path, line)[cell]
    )
    return "".join(pieces).strip("\n")


def statuses(path: Path, cell: str, line: Line = NEWEST) -> list[int]:
    """The status of each response that a cell shows."""
    return [int(code) for code in re.findall(r"(?m)^(\d{3}) ", said(path, cell, line))]


@every_notebook
def test_a_stored_notebook_holds_no_outputs(path):
    for cell in code_cells(stored(path)):
        assert (cell["outputs"], cell["execution_count"]) == ([], None), cell["id"]


@every_notebook
def test_a_stored_notebook_has_the_format_and_ids_that_stay(path):
    notebook = stored(path)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in ids)


@every_notebook
def test_a_stored_notebook_is_written_the_one_way(path):
    text = json.dumps(stored(path), indent=1, ensure_ascii=False) + "\n"
    assert path.read_text("utf-8") == text


@pytest.mark.kernel
@on_every_line
@every_notebook
def test_a_notebook_runs_from_top_to_bottom(path, line):
    for cell, outputs in executed(path, line).items():
        for output in outputs:
            assert output["output_type"] != "error", f"{cell}: {as_text(output)}"
            assert output.get("name") != "stderr", f"{cell}: {as_text(output)}"


@pytest.mark.kernel
@on_every_line
@every_notebook
def test_every_display_says_the_same_in_text_and_in_html(path, line):
    for cell, outputs in executed(path, line).items():
        shown = [o["data"] for o in outputs if o["output_type"] == "display_data"]
        for data in shown:
            assert set(data) == {"text/plain", "text/html"}, cell
            assert "nbflask-card" in data["text/html"]


LESSONS = [path for path in NOTEBOOKS if exercises(stored(path))]

every_lesson = pytest.mark.parametrize(
    "path", LESSONS, ids=[path.stem for path in LESSONS]
)


def checks(outputs: dict[str, list[Any]]) -> dict[str, str]:
    """What the checks of the exercises say."""
    return {
        cell: "".join(map(as_text, said))
        for cell, said in outputs.items()
        if cell.startswith("exercise-") and cell.endswith("-check")
    }


@pytest.mark.kernel
@on_every_line
@every_lesson
def test_an_exercise_that_nobody_solved_says_what_is_missing(path, line):
    said = checks(executed(path, line))
    assert len(said) == len(exercises(stored(path))) >= 3
    assert [cell for cell, text in said.items() if "Not yet: " not in text] == []


@pytest.mark.kernel
@on_every_line
@every_lesson
def test_the_answers_solve_the_exercises(path, line):
    said = checks(executed(path, line, solved=True))
    for cell, text in said.items():
        lines = text.splitlines()
        assert lines, cell
        assert [each for each in lines if not each.startswith("Solved")] == [], cell


QUICKSTART = PROJECT / "notebooks" / "01_quickstart.ipynb"


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("first-page-get", [200]),
        ("data-route", [200]),
        ("variable-get", [200]),
        ("missing-get", [404]),
        ("post-send", [201]),
        ("braces-get", [200]),
        ("query-get", [200]),
        ("decorators-get", [200]),
        ("again-get", [200]),
        ("hooks-get", [200]),
        ("errors-get", [404]),
        ("templates-get", [200]),
        ("session-get", [200, 200]),
        ("blueprints-member", [200]),
        ("failure-get", [500]),
    ],
)
def test_quickstart_shows_each_response_with_its_status(cell, expected, line):
    assert statuses(QUICKSTART, cell, line) == expected


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("cell", "promises"),
    [
        ("load-code", ["nbflask added app, Flask,"]),
        ("first-page-route", ["+ GET / → index"]),
        ("variable-route", ["+ GET /readings/<int:reading_id> → readings_reading_id"]),
        ("missing-get", ["No rule matches /reading/2", "/readings/<int:reading_id>"]),
        ("post-route", ["+ POST /readings → post_readings"]),
        ("post-send", ['"id": 4', '"celsius": 15.3', '"place": "Quito"']),
        ("braces-get", ["GET /readings/4", '"place": "Quito"']),
        ("query-get", ["/warmer?than=16", "Nairobi", "Lima"]),
        ("again-get", ['"fahrenheit": 64.4']),
        ("hooks-get", ["'4'"]),
        ("errors-get", ['"error": "There is no reading 99."']),
        ("templates-get", ["<h1>&lt;i&gt;Today&lt;/i&gt;</h1>", "Quito: 15.3 °C"]),
        ("session-get", ['"visits": 1', '"visits": 2']),
        ("contexts-outside", ["Working outside of application context"]),
        ("templates-text", ["+ template report.html"]),
        ("contexts-inside", ["+ request context GET /warmer?than=20 → warmer"]),
        ("contexts-look", ["__main__ has", "warmer 20 /mean", "− request context"]),
        ("blueprints-member", ["GET /archive/2024", '"celsius": 18.4']),
        ("serve-run", ["Serving on http://127.0.0.1:"]),
        ("serve-urllib", ["'fahrenheit': 64.4"]),
        ("serve-stop", ["Stopped http://127.0.0.1:"]),
        ("failure-get", ["ValueError", "→   3      {", "%debug"]),
        ("onwards-state", ["not running"]),
    ],
)
def test_quickstart_keeps_its_promises(cell, promises, line):
    text = said(QUICKSTART, cell, line)
    assert [each for each in promises if each not in text] == [], text


@pytest.mark.kernel
@on_every_line
def test_quickstart_lists_a_redefined_route_once(line):
    rows = said(QUICKSTART, "again-routes", line).splitlines()[1:]
    assert [row.split()[:3] for row in rows] == [["/mean", "GET", "mean"]]


@pytest.mark.kernel
@on_every_line
def test_quickstart_ends_with_each_of_its_routes_once(line):
    rows = said(QUICKSTART, "routes-all", line).splitlines()[1:]
    routes = [tuple(row.split()[:2]) for row in rows]
    assert len(set(routes)) == len(routes)
    assert ("/archive/<int:year>", "GET") in routes


ROUTING = PROJECT / "notebooks" / "02_routing.ipynb"
CONTEXTS = PROJECT / "notebooks" / "03_contexts.ipynb"
BLUEPRINTS = PROJECT / "notebooks" / "04_blueprints.ipynb"
DATA = PROJECT / "notebooks" / "06_data.ipynb"
SERVING = PROJECT / "notebooks" / "07_serving.ipynb"
SHIPPING = PROJECT / "notebooks" / "08_ship_it.ipynb"


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("path", "cell", "expected"),
    [
        (ROUTING, "first-get", [200]),
        (ROUTING, "variables-author", [200]),
        (ROUTING, "variables-book", [200]),
        (ROUTING, "variables-wrong-get", [404]),
        (ROUTING, "missing-get", [500]),
        (ROUTING, "missing-again", [404]),
        (ROUTING, "methods-refused", [405]),
        (ROUTING, "methods-again", [201]),
        (ROUTING, "slashes-redirect", [200]),
        (ROUTING, "slashes-missing", [404]),
        (ROUTING, "rerun-gone", [404]),
        (CONTEXTS, "g-twice", [200, 200]),
        (CONTEXTS, "session-login", [200]),
        (CONTEXTS, "threads-broken", [200]),
        (CONTEXTS, "threads-fixed", [200]),
        (CONTEXTS, "g-shared", [200]),
        (CONTEXTS, "async-route", [200]),
        (CONTEXTS, "async-gather-route", [200]),
        (BLUEPRINTS, "first-get", [200]),
        (BLUEPRINTS, "late-route", [200]),
        (BLUEPRINTS, "hooks-get", [404]),
        (BLUEPRINTS, "hooks-nowhere", [404]),
        (BLUEPRINTS, "nested-refused", [401]),
        (BLUEPRINTS, "nested-let-in", [201]),
        (BLUEPRINTS, "twice-get", [200]),
        (BLUEPRINTS, "rerun-get", [200]),
        (DATA, "frame-get", [200]),
        (DATA, "accept-refused", [406]),
        (DATA, "index-warm-get", [200]),
        (DATA, "index-years-get", [200]),
        (DATA, "index-repaired-get", [200]),
        (DATA, "bare-get", [500]),
        (DATA, "bare-again-get", [200]),
        (DATA, "query-break", [500]),
        (DATA, "query-again", [400]),
        (DATA, "taking-post", [201]),
        (DATA, "taking-ragged", [400]),
        (DATA, "taking-wrong", [500]),
        (DATA, "taking-again", [400]),
        (DATA, "model-refused", [400]),
        (DATA, "figure-get", [200]),
        (DATA, "figure-page", [200]),
        (DATA, "adapter-missing", [500]),
        (DATA, "adapter-get", [200, 200]),
        (SERVING, "outside-here", [200]),
        (SERVING, "outside-live", [200]),
        (SERVING, "replay-code", [500]),
        (SERVING, "replay-again", [200]),
        (SERVING, "stream-get", [200]),
        (SERVING, "stream-fails", [500]),
        (SERVING, "stream-again", [200]),
        (SERVING, "http-code", [200, 200, 401]),
        (SERVING, "files-post", [201]),
        (SERVING, "files-long", [413]),
        (SERVING, "files-get", [200]),
        (SHIPPING, "route-post", [200]),
        (SHIPPING, "break-missing", [500]),
        (SHIPPING, "break-huge", [200]),
        (SHIPPING, "repair-missing", [400]),
        (SHIPPING, "repair-huge", [400]),
        (SHIPPING, "repair-again", [200]),
        (SHIPPING, "secret-stranger", [401]),
        (SHIPPING, "secret-gardener", [201]),
        (SHIPPING, "secret-count", [200]),
    ],
)
def test_lessons_show_each_response_with_its_status(path, cell, expected, line):
    assert statuses(path, cell, line) == expected


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("path", "cell", "promises"),
    [
        (ROUTING, "why-second", ["'second' is not an int", "404 Not Found"]),
        (ROUTING, "missing-get", ["KeyError: 99", "→   2      books[book_id]"]),
        (ROUTING, "missing-again", ["There is no book 99."]),
        (ROUTING, "debug-look", ["False"]),
        (ROUTING, "methods-why-post", ["405 Method Not Allowed: it takes GET"]),
        (ROUTING, "methods-options", ["It takes GET, HEAD, POST, OPTIONS."]),
        (ROUTING, "slashes-redirect", ["308 GET /rooms → http://localhost/rooms/"]),
        (ROUTING, "order-why", ["✓  GET  /tags/new", "/tags/new comes first"]),
        (ROUTING, "build-outside", ["Working outside of", "%ctx push /path"]),
        (ROUTING, "build-urls", ["('/books/2', '/tags/sea%20&%20sand?page=2')"]),
        (ROUTING, "trace-get", ["match /books/<int:book_id>", "after_request sign"]),
        (CONTEXTS, "outside-request", ["Working outside of request", "%ctx push"]),
        (CONTEXTS, "with-block", ["GET /search flask", "search /search?q=jinja"]),
        (CONTEXTS, "push-args", ["('flask', 2, 'search')"]),
        (CONTEXTS, "push-await-code", ["/search?q=flask&page=2"]),
        (CONTEXTS, "push-call", ["Results for flask"]),
        (CONTEXTS, "stack-show", ["request context  GET /search?q=flask&page=2"]),
        (CONTEXTS, "stack-pop", ["GET /search?q=jinja\nflask\n"]),
        (CONTEXTS, "two-address-fails", ["Unable to build URLs outside an active"]),
        (CONTEXTS, "two-fails", ["Working outside of request context."]),
        (CONTEXTS, "g-get", ["('Ada', False)"]),
        (CONTEXTS, "g-shared", ["{'seen': 1} {'seen': 2}", '"seen": 1']),
        (CONTEXTS, "teardown-request", ["[None, None]"]),
        (CONTEXTS, "teardown-within", ["within /search closed so far: 2"]),
        (CONTEXTS, "teardown-after", ["3"]),
        (CONTEXTS, "session-look", ["'Ada'"]),
        (CONTEXTS, "threads-broken", ["Working outside of request context."]),
        (CONTEXTS, "threads-fixed", ["/slow"]),
        (CONTEXTS, "async-gather-route", ['"cake": 4.5', '"jam": 3.5', '"tea": 3.5']),
        (CONTEXTS, "async-client-threads", ["['one', 'two']"]),
        (BLUEPRINTS, "names-break", ["Did you mean 'shop.index' instead?"]),
        (BLUEPRINTS, "names-get", ["All goods are at /shop/, tea is at /shop/go"]),
        (BLUEPRINTS, "hooks-get", ["We have no soap.", "not_in_stock", "app shop"]),
        (BLUEPRINTS, "hooks-why-code", ["everywhere", "in_the_shop", "not_in_stock"]),
        (BLUEPRINTS, "tree-code", ["/shop/admin", "only_staff", "not_in_stock"]),
        (BLUEPRINTS, "twice-routes", ["/boutique/goods/<name>", "boutique"]),
        (BLUEPRINTS, "rerun-get", ['"goods": 3']),
        (DATA, "frame-get", ['"day": "2024-05-06T00:00:00"', '"celsius": null']),
        (DATA, "accept-csv", ["day,place,celsius,bikes", "harbour,,150"]),
        (DATA, "accept-html", ["<td>harbour</td><td></td><td>150</td>"]),
        (DATA, "accept-refused", ["application/json, text/html"]),
        (DATA, "accept-several", ["'text/csv'"]),
        (DATA, "index-get", ['"place": "harbour"', '"celsius": 15.5']),
        (DATA, "index-warm-get", ["\nday,place,celsius,bikes\n2024-05-10"]),
        (DATA, "index-years-get", ["\nbikes\n41200"]),
        (DATA, "index-repaired-get", ["\nyear,bikes\n2021,41200"]),
        (DATA, "scalars-get", ['"bikes": 1825', '"spread": null', "06 May 2024"]),
        (DATA, "bare-get", ["TypeError: The view", "it was a int"]),
        (DATA, "query-break", ["KeyError: 'colour'", "→   4      return hires"]),
        (DATA, "query-again", ["There is no column colour. There are: day, place"]),
        (DATA, "taking-post", ['"rows": 10']),
        (DATA, "taking-ragged", ["line 2 has 2 fields, the header has 4 fields"]),
        (DATA, "taking-wrong", ["KeyError: 'day'"]),
        (DATA, "taking-again", ["columns are missing: day, celsius, bikes."]),
        (DATA, "model-get", ['"rows": 8', '"slope": 19.6', '"start": -102.9']),
        (DATA, "model-forecast", ['"bikes": 289']),
        (DATA, "figure-get", ["image/png"]),
        (DATA, "figure-page", ['<img src="/figure"', "19.6 more"]),
        (DATA, "back-get", ["celsius    float64"]),
        (DATA, "adapter-missing", ["it was a Celsius"]),
        (DATA, "adapter-get", ["\n17.6 °C", '"degrees": 17.5625']),
        (DATA, "adapter-still", ["\n18.0 °C"]),
        (SERVING, "run-code", ["Serving on http://127.0.0.1:"]),
        (SERVING, "run-server", ["Serving on http://127.0.0.1:"]),
        (SERVING, "outside-urllib", ["{'foxes': 5, 'hares': 4, 'owls': 3}"]),
        (SERVING, "outside-here", ['"in the notebook\'s own thread": true']),
        (SERVING, "outside-live", ['"in the notebook\'s own thread": false']),
        (SERVING, "change-connect", ['{"foxes":5,"hares":4,"owls":3}']),
        (SERVING, "change-ask", ['[{"points":5,"team":"foxes"},']),
        (SERVING, "show-code", ["Showing http://127.0.0.1:"]),
        (SERVING, "log-code", ["4 requests", "GET     /who     200"]),
        (SERVING, "log-fail", ["500 INTERNAL SERVER ERROR"]),
        (SERVING, "replay-code", ["somebody looks at the foxes", "len(rounds)}\nZero"]),
        (SERVING, "replay-again", ["?from=browser", '"per round": null']),
        (SERVING, "replay-log", ["[('GET', '/teams/foxes?from=browser', 500)]"]),
        (SERVING, "threads-code", ["verdict? False", "The answer counts."]),
        (SERVING, "threads-compute", ["20 answers while this cell calculated"]),
        (SERVING, "race-kept", ["the owls have 8"]),
        (SERVING, "stream-get", ["ms  score: owls 8", "ms  score: hares 4"]),
        (SERVING, "stream-fails", ["Working outside of", "stream_with_context("]),
        (SERVING, "stream-again", ["ms  score: owls 8"]),
        (SERVING, "http-code", ["### Points for the hares", '"judge": "Mo"']),
        (SERVING, "files-post", ['"bytes": 20', '"called": "owls.txt"']),
        (SERVING, "files-get", ["attachment; filename=results.csv", "foxes,5\n"]),
        (SERVING, "explore-code", ["install ipywidgets"]),
        (SERVING, "guard-code", ["400 Not served under the name 'evil.example'"]),
        (SERVING, "ports-code", ["No longer serving on", "is taken; this one is"]),
        (SERVING, "ports-ask", ["Nobody has played."]),
        (SERVING, "ports-back", ['"team":"hares"']),
        (SERVING, "stop-code", ["Stopped http://127.0.0.1:"]),
        (SHIPPING, "model-score", ["97% of 38 flowers"]),
        (SHIPPING, "route-post", ['"kind": "setosa"', '"sure": 0.98']),
        (SHIPPING, "break-missing", ["KeyError: 'sepal_width'"]),
        (SHIPPING, "break-huge", ['"kind": "versicolor"', '"sure": 1.0']),
        (SHIPPING, "repair-missing", ["sepal_width, petal_length, petal_width: mis"]),
        (SHIPPING, "repair-huge", ["sepal_length is a length in centimetres"]),
        (SHIPPING, "repair-again", ['"kind": "setosa"']),
        (SHIPPING, "export-code", ["Wrote app.py", "Wrote test_app.py"]),
        (SHIPPING, "export-print", ["= LogisticRegression", 'environ["X_API_KEY"]']),
        (SHIPPING, "tests-print", ['{"kind": "setosa", "sure": 0.98}']),
        (SHIPPING, "tests-run", ["9 passed"]),
        (SHIPPING, "tests-tidy", ["'virginica'} != {'kind", "1 failed, 8 passed"]),
        (SHIPPING, "file-export", ["import joblib", "9 passed"]),
        (SHIPPING, "container-export", ["joblib", "USER 10001", "-e X_API_KEY app"]),
        (SHIPPING, "serve-ask", ["(200, {'kind': 'setosa', 'sure': 0.98})"]),
        (SHIPPING, "serve-key", ["(401, {'error'", "(201, {'reports': 1})"]),
        (SHIPPING, "workers-reports", ["(200, {'reports': 3}) (200, {'reports': 0})"]),
    ],
)
def test_lessons_keep_their_promises(path, cell, promises, line):
    text = said(path, cell, line)
    assert [each for each in promises if each not in text] == [], text


#: Answers that are wrong, by exercise, and what its check says of them.
WRONG = {
    ROUTING: [
        (
            "one",
            "%%route /square/<int:n>\nn * n",
            "500 INTERNAL SERVER ERROR, not 200.",
        ),
        ("one", "%%route /square/<int:n>\nn * n", "To see why: %get /square/7"),
        ("one", "%%route /square/<int:n>\n{'square': 2 * n}", "'square': 14}, not"),
        ("two", "%%route DELETE /books/<int:n>\nbooks.pop(n)", "200 OK, not 204."),
        ("two", "%%route DELETE /books/<int:n>\nbooks.pop(n)", ": %delete /books/50"),
        ("three", "%%route /lent\n[]", "GET /lent answers 200 OK, not 308."),
        ("four", "@app.errorhandler(404)\ndef lost(): pass", "500 INTERNAL SERVER ERR"),
    ],
    CONTEXTS: [
        ("one", "def visitor():\n    return request.args['name']", "outside 'RuntimeE"),
        ("one", "def visitor():\n    return guest", "NameError: name 'guest' is not"),
        ("two", "ends = []", "g.opened is not True in the view"),
        (
            "two",
            "ends = []\n@app.teardown_request\ndef ends_here(): pass",
            "the request fails. TypeError: ends_here() takes 0",
        ),
        (
            "two",
            "ends = []\n@app.before_request\ndef opens(): g['opened'] = True",
            "it answers 500 INTERNAL SERVER ERROR.\nTo see why: %get /opened",
        ),
        (
            "three",
            "def addresses(names):\n    return [f'/search?q={each}' for each in names]",
            "it gives ['/search?q=flask', '/search?q=q&a'], not",
        ),
        (
            "three",
            "def addresses(names):\n    return [url_for('search', q=n) for n in names]",
            "it gives 'RuntimeError: Working outside of application context.'",
        ),
    ],
    BLUEPRINTS: [
        ("one", "blog = Blueprint('blog', __name__)", "answers 404 NOT FOUND, not"),
        (
            "one",
            "blog = Blueprint('blog', __name__, url_prefix='/blog')\n"
            "app.register_blueprint(blog)\n@blog.get('/')\ndef first(): return ''",
            "GET /blog/ answers '', not 'Nothing yet.'.",
        ),
        ("two", "@blog.after_request\ndef mark(response): pass", "the request fails."),
        ("two", "@app.after_request\ndef mark(response): return response", "is None"),
        ("three", "app.register_blueprint(blog, name='journal')", "%get /journal/"),
    ],
    DATA: [
        ("one", "@app.get('/busiest')\ndef busy(): 1 / 0", "it answers 500, with ?n=2"),
        ("one", "@app.get('/busiest')\ndef busy(): return 'none'", "is no table. The"),
        (
            "one",
            "@app.get('/busiest')\ndef busy(): return hires.bikes",
            "the columns are bikes, not day, place, celsius, bikes.",
        ),
        ("two", "@app.get('/weather')\ndef mean(): return {}", "405 METHOD NOT"),
        (
            "two",
            "@app.post('/weather')\ndef mean():\n"
            "    return {'mean': request.df.celsius.mean()}",
            "a table without celsius gets 500 INTERNAL SERVER ERROR, not 400.",
        ),
        ("three", "class Span:\n    pass", "TypeError: Span() takes no arguments"),
        (
            "three",
            "from dataclasses import dataclass\n@dataclass\nclass Span:\n"
            "    low: int\n    high: int",
            "as text/plain it is 406 NOT ACCEPTABLE.",
        ),
    ],
}


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_check_says_of_a_wrong_answer_what_is_wrong(path, kernel):
    cells = sources(path)
    for id in [*cells][: [*cells].index("exercises-check") + 1]:
        kernel.do(cells[id], id)
    for name, answer, expected in WRONG[path]:
        kernel.do(answer, f"exercise-{name}")
        ran = kernel.do(cells[f"exercise-{name}-check"], f"exercise-{name}-check")
        assert "Not yet: " in ran.text
        assert expected in ran.text
        assert "Traceback" not in ran.text


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize("path", [DATA, SERVING], ids=lambda path: path.stem)
def test_each_cell_can_be_run_again_and_so_can_all_of_them(path, kernel):
    for id, source in [*sources(path).items()] * 2:
        for _ in range(2):
            ran = kernel.run(source, id=id)
            assert ran.error is None, f"{id}: {ran.text}"


@pytest.mark.kernel
@on_every_line
def test_points_get_lost_until_there_is_a_lock(line):
    (kept,) = re.findall(r"the owls have (\d)", said(SERVING, "race-lost", line))
    assert int(kept) < 8


@pytest.mark.kernel
@on_every_line
def test_what_is_shipped_holds_neither_what_explored_nor_a_secret(line):
    module = said(SHIPPING, "export-print", line)
    for absent in ("score", "only for this lesson", "%", "TemporaryDirectory"):
        assert absent not in module
    assert "only for this lesson" not in said(SHIPPING, "tests-print", line)
    file = said(SHIPPING, "file-export", line)
    assert "sklearn" not in file


@pytest.mark.kernel
@on_every_line
def test_what_a_view_prints_does_not_come_to_the_cell_that_asks(line):
    assert "somebody looks" not in said(SERVING, "log-fail", line)


@pytest.mark.kernel
@on_every_line
def test_the_log_follows_the_cells_below_and_debug_opens_what_was_replayed(kernel):
    cells = sources(SERVING)
    ids = list(cells)
    for id in ids[: ids.index("log-fail") + 1]:
        kernel.do(cells[id], id)
    assert " 500 " in kernel.updated(lambda card: "?from=browser" in card)
    kernel.do(cells["replay-code"], "replay-code")
    ran = kernel.run("%debug", answers=["p request.args", "q"])
    assert "('from', 'browser')" in ran.text
    kernel.do(cells["stop-code"], "stop-code")


EXTENSIONS = PROJECT / "notebooks" / "05_extensions.ipynb"


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("signup-post", [201]),
        ("signup-again", [409]),
        ("signup-other", [201]),
        ("login-wrong", [401]),
        ("stranger-get", [401]),
        ("ada-login", [200]),
        ("ada-plants", [201, 201]),
        ("ada-grow", [200]),
        ("ada-get", [200]),
        ("ada-nameless", [400]),
        ("ben-login", [200]),
        ("ben-get", [200, 404]),
    ],
)
def test_extensions_show_each_response_with_its_status(cell, expected, line):
    assert statuses(EXTENSIONS, cell, line) == expected


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize(
    ("cell", "promises"),
    [
        ("alias-look", ["True True 3.1.3"]),
        ("signup-again", ["That name is taken."]),
        ("stranger-get", ["Log in first."]),
        ("ada-grow", ['"height": 15']),
        ("ada-get", ['"name": "Fern"', '"name": "Ivy"']),
        ("ada-nameless", ["what is it called?"]),
        ("ben-get", ["[]"]),
        ("file-code", ["[('Ada', 'Fern', 15), ('Ada', 'Ivy', 40)]"]),
        ("routes-code", ["/plants/<int:plant_id>", "GET,PATCH", "oneplant"]),
        (
            "serve-code",
            ["Serving on http://127.0.0.1:", '401 {"error": "Log in first.'],
        ),
    ],
)
def test_extensions_keep_their_promises(cell, promises, line):
    text = said(EXTENSIONS, cell, line)
    assert [each for each in promises if each not in text] == [], text


@pytest.mark.kernel
@on_every_line
def test_each_cell_with_extensions_can_be_run_again_and_edited(kernel):
    """With cell ids, as in JupyterLab: databases and resources are made anew."""
    cells = sources(EXTENSIONS)
    for _ in range(2):
        for id, source in cells.items():
            for _ in range(2):
                ran = kernel.run(source, id=id)
                assert ran.error is None, f"{id}: {ran.text}"
    edited = cells["rest-code"].replace('"/plants/<int', '"/my/plants/<int')
    assert kernel.run(edited, id="rest-code").error is None
    routes = kernel.run("%flask routes plants").text.splitlines()[1:]
    assert [row.split()[:3] for row in routes] == [
        ["/plants", "GET,POST", "plants"],
        ["/my/plants/<int:plant_id>", "GET,PATCH", "oneplant"],
    ]
