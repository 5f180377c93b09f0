"""`nbflask run api.ipynb --watch`: a served notebook follows its file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from notebook_files import as_notebook
from werkzeug.test import Client

from nbflask.cli import cli
from nbflask.cli.gate import Gate
from nbflask.cli.watching import Watch
from nbflask.ipynb.runs.loading import load
from nbflask.server import Server

pytestmark = pytest.mark.usefixtures("terminal")

MAGICS = "%load_ext nbflask"
PLACE = Path("api.ipynb")


def write(cells: dict[str, str], place: Path = PLACE, *, ids: bool = True) -> None:
    """Write a notebook whose cells are known by their ids, or in a file without any."""
    made = as_notebook(*cells.values())
    for cell, name in zip(made["cells"], cells, strict=True):
        cell.pop("id")
        cell |= {"id": name} if ids else {}
    place.write_text(json.dumps(made), "utf-8")
    # Two versions of one size may come within one tick of a clock.
    stamp = place.stat().st_mtime_ns + Watched.versions
    Watched.versions += 1_000_000
    os.utime(place, ns=(stamp, stamp))


class Watched:
    """A notebook that is loaded and looked after; each change is followed at once."""

    versions = 1_000_000

    def __init__(self, cells: dict[str, str], **options: Any) -> None:
        write(cells, **options)
        self.cells, self.options = cells, options
        self.told: list[str] = []
        self.loaded = load(PLACE)
        self.gate = Gate(lambda: self.loaded.app)
        self.watch = Watch(self.loaded, self.gate, self.told.append)

    def change(self, **cells: str | None) -> str:
        """Change cells, or take them away, and return what is told of that."""
        self.cells = {n: t for n, t in {**self.cells, **cells}.items() if t is not None}
        write(self.cells, **self.options)
        return self.look()

    def look(self) -> str:
        self.told.clear()
        self.watch.look()
        return "\n".join(self.told)

    def get(self, path: str = "/") -> Any:
        response = Client(self.gate).get(path)
        if response.status_code != 200:
            return response.status_code
        return response.json if response.is_json else response.text


@pytest.fixture
def watched(monkeypatch) -> Iterator[Any]:
    """Loads and watches a notebook; nothing of it stays in the process."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    known = set(sys.modules)
    yield Watched
    for each in set(sys.modules) - known:
        if each.endswith("_ipynb") or each.startswith("beside"):
            del sys.modules[each]


def ran(numbers: object) -> str:
    return f" * api.ipynb has changed: cells that ran: {numbers}"


# Which cells run again


def test_a_changed_cell_runs_again_and_the_others_keep_what_they_have(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "state": "visits = []",
            "visit": "%%route /visit\nvisits.append(1)\nvisits",
            "hello": "%%route /hello\n'hello'",
        }
    )
    assert notebook.get("/visit") == [1]
    assert notebook.change(hello="%%route /hi\n'hi'") == ran(4)
    assert (notebook.get("/hello"), notebook.get("/hi")) == (404, "hi")
    assert notebook.get("/visit") == [1, 1]
    told = notebook.change(visit="%%route /visit\nvisits.append(2)\nvisits")
    assert told == ran(3)
    assert notebook.get("/visit") == [1, 1, 2]


@pytest.mark.parametrize("ids", [True, False])
def test_cells_that_others_push_down_do_not_run_again(ids, watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "late": "import itertools\ncount = itertools.count(1)\nfirst = next(count)",
            "view": "%%route /\n[next(count)]",
        },
        ids=ids,
    )
    before = notebook.get()[0]
    magics, *rest = notebook.cells.items()
    notebook.cells = dict([magics, ("new", "%%route /new\n'new'"), *rest])
    write(notebook.cells, ids=ids)
    assert notebook.look() == ran(2)
    assert notebook.get("/new") == "new"
    assert notebook.get() == [before + 1]


@pytest.mark.parametrize(
    ("cells", "change", "numbers", "answer"),
    [
        (  # what needs what a cell defines, and what needs that
            {"a": "a = 1", "b": "b = a + 1", "c": "c = b + 1", "v": "%%route /\n[c]"},
            {"a": "a = 10"},
            "2-4",
            [12],
        ),
        (  # by a function that is called
            {
                "a": "rate = 1",
                "b": "def price(x):\n    return x * rate",
                "c": "prices = [price(2)]",
                "v": "%%route /\nprices",
            },
            {"a": "rate = 5"},
            "2, 4",
            [10],
        ),
        (  # not what a view looks up when it is asked
            {"a": "a = 1", "b": "import math\nb = math.pi", "v": "%%route /\n[a]"},
            {"a": "a = 10"},
            "2",
            [10],
        ),
        (  # what a name meant before
            {
                "a": "rows = [3, 1]",
                "b": "rows = sorted(rows) + [9]",
                "v": "%%route /\nrows",
            },
            {"b": "rows = sorted(rows) + [8]"},
            "2-3",
            [1, 3, 8],
        ),
        (  # a list that is filled
            {
                "a": "goods = []",
                "b": "goods.append('tea')",
                "c": "goods.append('cup')",
                "v": "%%route /\ngoods",
            },
            {"b": "goods.append('pot')"},
            "2-4",
            ["pot", "cup"],
        ),
        (  # a list that is no longer filled
            {"a": "goods = []", "b": "goods.append('tea')", "v": "%%route /\ngoods"},
            {"b": None},
            "2",
            [],
        ),
        (  # a definition that is gone uncovers the one before it
            {"a": "a = 1", "b": "a = 2", "c": "c = a", "v": "%%route /\n[c]"},
            {"b": None},
            "2-3",
            [1],
        ),
    ],
)
def test_what_runs_again_is_what_gives_the_same_as_loading_anew(
    cells, change, numbers, answer, watched
):
    notebook = watched({"magics": MAGICS, **cells})
    told = notebook.change(**change)
    assert told.partition(";")[0] == ran(numbers)
    assert notebook.get() == answer
    assert load(PLACE).app.test_client().get("/").json == answer


def test_with_the_apps_own_cell_everything_on_it_runs_again(watched):
    notebook = watched(
        {
            "app": "from nbflask import Flask\napp = Flask(__name__)",
            "data": "data = [1]",
            "view": "@app.get('/')\ndef index():\n    return [app.name, *data]",
        }
    )
    former = notebook.loaded.app
    told = notebook.change(app="from nbflask import Flask\napp = Flask('other')")
    assert told == ran("1, 3")
    assert notebook.get() == ["other", 1]
    assert notebook.loaded.app is not former


def test_a_blueprint_is_made_anew_with_all_that_is_on_it(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "shop": "shop = Blueprint('shop', __name__, url_prefix='/shop')",
            "view": "%%route /tea --on shop\n'tea'",
            "mount": "app.register_blueprint(shop)",
            "index": "%%route /\nurl_for('shop.tea')",
        }
    )
    notebook.change(shop="shop = Blueprint('shop', __name__, url_prefix='/store')")
    assert (notebook.get("/store/tea"), notebook.get("/shop/tea")) == ("tea", 404)
    assert notebook.get() == "/store/tea"
    assert notebook.change(view="%%route /tea --on shop\n'green tea'") == ran(3)
    assert notebook.get("/store/tea") == "green tea"


def test_a_module_that_a_cell_writes_is_imported_anew(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "write": "%%writefile beside_shop.py\nprice = 4",
            "import": "from beside_shop import price",
            "view": "%%route /\n[price]",
        }
    )
    told = notebook.change(write="%%writefile beside_shop.py\nprice = 5")
    assert told == ran("2-3")
    assert notebook.get() == [5]


@pytest.mark.parametrize(
    ("before", "after"),
    [("1 + 1", "1 + 2"), ("app.test_client().get('/')", "%get /"), ("", "x = 1")],
)
def test_what_the_app_does_without_changes_nothing(before, after, watched):
    cells = {"magics": MAGICS, "look": before, "view": "%%route /\n'here'"}
    notebook = watched(cells)
    assert notebook.change(look=after) == ""
    assert notebook.get() == "here"


# What goes


def test_what_a_removed_cell_has_filed_and_defined_goes(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "page": "%%template page.html\nthe page",
            "hook": "@app.after_request\ndef f(r):\n    r.data += b'!'\n    return r",
            "view": "%%route /\nrender_template('page.html')",
            "helper": "def helper():\n    return 'help'",
            "help": "%%route /help\nhelper()",
        }
    )
    assert (notebook.get(), notebook.get("/help")) == ("the page!", "help!")
    told = notebook.change(help=None, hook=None)
    assert told == (" * api.ipynb has changed: former cells that are gone: 3, 5-6")
    assert (notebook.get(), notebook.get("/help")) == ("the page", 404)
    assert "helper" not in notebook.loaded.scene.names
    assert notebook.change(page=None).endswith("gone: 2")
    assert notebook.get() == 500


# What fails


def test_a_failing_cell_leaves_everything_as_it_was_and_is_told(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "data": "name = 'Ada'\ngoods = ['tea']",
            "config": "app.config['GREETING'] = 'hello'",
            "view": "%%route /\n[name, goods, app.config['GREETING']]",
            "end": "end = 1",
            "use": "%%route /end\n[end]",
        }
    )
    before = ["Ada", ["tea"], "hello"]
    told = notebook.change(
        data="name = 'Ben'\ngoods = []\nmore = 1",
        config="app.config['GREETING'] = 'bye'\napp.config['MORE'] = 1",
        view="%%route /\n'other'",
        end="end = 1\nend = 2 / 0",
    )
    first, *_, last = told.splitlines()
    assert first == "api.ipynb, cell 5, line 2: ZeroDivisionError: division by zero"
    assert last == "The app is as it was."
    assert (notebook.get(), notebook.get("/end")) == (before, [1])
    assert "MORE" not in notebook.loaded.app.config
    assert "more" not in notebook.loaded.scene.names
    # Mended, all that has changed since it last ran well is run.
    told = notebook.change(end="end = 3")
    assert told == f"{ran('3-5')}; former cells that are gone: 2"
    assert (notebook.get(), notebook.get("/end")) == ("other", [3])


def test_what_a_failing_cell_withdrew_is_back(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "page": "%%template page.html\nthe page",
            "view": "%%route /\nrender_template('page.html')",
            "data": "data = 1",
            "use": "%%route /data\n[data]",
        }
    )
    told = notebook.change(page=None, view="%%route /other\n1", data="data = 1 / 0")
    assert "cell 3, line 1: ZeroDivisionError" in told
    assert (notebook.get(), notebook.get("/other")) == ("the page", 404)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("x = (", "api.ipynb, cell 2, line 1: '(' was never closed"),
        ("from nbflask import Flask\napp = Flask('a')\nb = Flask('b')", "2 apps"),
        ("%%route /<no:x>\n1", "cell 2: %%route: The rule '/<no:x>' cannot be read"),
    ],
)
def test_what_cannot_be_run_leaves_the_app_as_it_was(cell, message, watched):
    notebook = watched({"magics": MAGICS, "view": "%%route /\n'here'"})
    told = notebook.change(view=cell)
    assert message in told
    assert told.endswith("The app is as it was.")
    assert notebook.get() == "here"
    assert notebook.change(view="%%route /\n'there'") == ran(2)
    assert notebook.get() == "there"


# When the file is read


def test_a_half_written_file_is_ignored_until_it_is_whole(watched):
    notebook = watched({"magics": MAGICS, "view": "%%route /\n'here'"})
    text = PLACE.read_text()
    for half in (text[:40], "", text[:-3]):
        PLACE.write_text(half)
        assert notebook.look() == ""
        assert notebook.get() == "here"
    assert notebook.change(view="%%route /\n'there'") == ran(2)


def test_a_file_that_stays_broken_is_told_once(watched):
    notebook = watched({"magics": MAGICS, "view": "%%route /\n'here'"})
    PLACE.write_text("<<<<<<< HEAD")
    assert notebook.look() == ""
    told = notebook.look()
    assert told.startswith("api.ipynb is no notebook, its JSON is broken")
    assert notebook.look() == ""
    assert notebook.get() == "here"


def test_a_file_that_is_replaced_by_another_one_is_followed(watched):
    notebook = watched({"magics": MAGICS, "view": "%%route /\n'here'"})
    write({"magics": MAGICS, "view": "%%route /\n'there'"}, Path("api.ipynb.new"))
    PLACE.unlink()
    assert notebook.look() == ""
    Path("api.ipynb.new").replace(PLACE)
    assert notebook.look() == ran(2)
    assert notebook.get() == "there"


# While clients ask


@pytest.mark.parametrize("fails", [False, True])
def test_no_request_is_dropped_or_meets_a_half_state(fails, watched):
    """Each version sets two variables, one view after the other, in several cells."""

    def version(number: int) -> dict[str, str]:
        broken = "\nfirst = 1 / 0" if fails and number % 2 else ""
        return {
            "magics": MAGICS,
            "first": f"first = {number}",
            "view": f"%%route /\n[first, second, {number}]",
            "other": f"%%route /other\n[first, second, {number}]",
            "second": f"work = sum(range(200_000))\nsecond = {number}{broken}",
        }

    notebook = watched(version(0))
    answers: list[tuple[int, Any]] = []
    ended = Event()

    def ask(path: str) -> None:
        from http.client import HTTPConnection

        connection = HTTPConnection(server.host, server.port, timeout=20)
        while not ended.is_set():
            connection.request("GET", path)
            response = connection.getresponse()
            answers.append((response.status, json.loads(response.read())))
        connection.close()

    with Server(lambda: notebook.gate, port=0) as server:
        clients = [Thread(target=ask, args=(path,)) for path in ("/", "/other") * 2]
        for client in clients:
            client.start()
        for number in range(1, 13):
            told = notebook.change(**version(number))
            assert ("ZeroDivisionError" in told) == (fails and number % 2 == 1)
        ended.set()
        for client in clients:
            client.join()
    assert {status for status, _ in answers} == {200}
    seen = {tuple(answer) for _, answer in answers}
    assert all(len({*answer}) == 1 for answer in seen), seen
    assert len(seen) > 2


def test_a_request_that_goes_on_is_answered_by_what_it_began_with(watched):
    notebook = watched(
        {
            "magics": MAGICS,
            "events": "from threading import Event\nbegun, go = Event(), Event()",
            "view": "%%route /\nbegun.set()\ngo.wait(20)\n'old'",
        }
    )
    answers: list[str] = []
    asking = Thread(target=lambda: answers.append(notebook.get()))
    asking.start()
    names = notebook.loaded.scene.names
    assert names["begun"].wait(20)
    changing = Thread(target=lambda: notebook.change(view="%%route /\n'new'"))
    changing.start()
    names["go"].set()
    asking.join()
    changing.join()
    assert answers == ["old"]
    assert notebook.get() == "new"


# The commands


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_served_notebook_follows_its_file(command, start):
    cells = {"magics": MAGICS, "view": "%%route /\n'first'", "state": "state = [1]"}
    write(cells)
    process = start("-m", "nbflask", command, "api.ipynb", "--watch", "--port", "0")
    assert process.ask("/") == "first"
    write({**cells, "view": "%%route /\n1 / 0\n'second'", "fail": "app.x = 1 / 0"})
    process.until("api.ipynb, cell 4, line 1: ZeroDivisionError")
    process.until("The app is as it was.")
    assert process.ask("/") == "first"
    write({**cells, "view": "%%route /\n'second'"})
    process.until("api.ipynb has changed: cells that ran: 2")
    assert process.ask("/") == "second"
    assert process.interrupt() == 0


def test_a_view_of_a_watched_notebook_may_register_as_in_a_notebook(start):
    view = "%%route /\napp.add_url_rule('/late', 'late', lambda: 'late')\n'done'"
    write({"magics": MAGICS, "view": view})
    process = start("-m", "nbflask", "run", "api.ipynb", "--watch", "--port", "0")
    assert process.ask("/") == "done"
    assert process.ask("/late") == "late"
    assert process.interrupt() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["run", "shop.py", "--watch"],
            "the app is of none: take nbflask run --reload",
        ),
        (["serve", "shop.py", "--watch"], "the app is of none"),
        (["run", "api.ipynb", "--watch", "--reload"], "take one"),
    ],
)
def test_only_notebooks_are_watched(arguments, message):
    Path("shop.py").write_text("from nbflask import Flask\napp = Flask(__name__)")
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    sys.modules.pop("shop", None)
