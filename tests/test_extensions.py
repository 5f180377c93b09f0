"""Extensions in code that runs again: what one leaves on an app belongs to the cell
that made it, and the cell's next run starts without it."""

from __future__ import annotations

from textwrap import dedent
from threading import Thread
from types import ModuleType

import pytest

LIBRARY = """
    class Database:
        "Refuses a second one on an app, as Flask-SQLAlchemy does."

        def __init__(self, app, url):
            if "database" in app.extensions:
                raise RuntimeError("a database is there already")
            app.extensions["database"] = self
            self.url = url
            app.teardown_appcontext(self.close)

        def close(self, error):
            closed.append(self.url)

    closed = []

    def add_resource(app, resource, rule):
        "Refuses another class for an endpoint, as Flask-RESTful does."
        name = resource.__name__.lower()
        if name in app.view_functions:
            known = app.view_functions[name].resource
            if known is not resource:
                raise ValueError(f"{name} is set to {known.__name__} already")

        def view(**values):
            return resource().get(**values)

        view.resource, view.__module__ = resource, resource.__module__
        app.add_url_rule(rule, name, view)
"""


@pytest.fixture
def library(cells) -> ModuleType:
    made = ModuleType("library")
    exec(dedent(LIBRARY), vars(made))
    cells.namespace["library"] = made
    return made


CELL = 'db = library.Database(app, "{url}")'


def test_a_cell_that_makes_an_extension_runs_again(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    cells.run(CELL.format(url="two"), id="db")
    assert app.extensions["database"] is cells.namespace["db"]
    assert app.extensions == {"database": cells.namespace["db"]}
    with app.app_context():
        pass
    assert library.closed == ["two"]


def test_another_cell_meets_what_is_there(cells, library):
    cells.run(CELL.format(url="one"), id="db")
    with pytest.raises(RuntimeError, match="there already"):
        cells.run(CELL.format(url="two"), id="another")


def test_a_cell_without_an_id_meets_what_is_there(cells, library):
    cells.run(CELL.format(url="one"))
    with pytest.raises(RuntimeError, match="there already"):
        cells.run(CELL.format(url="two"))


def test_an_extension_that_a_cell_makes_no_more_is_gone(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    cells.run("pass", id="db")
    assert app.extensions == {}


def test_a_cell_that_fails_leaves_the_extension_as_it_was(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    former = app.extensions["database"]
    with pytest.raises(ZeroDivisionError):
        cells.run(CELL.format(url="two") + "; 1 / 0", id="db")
    assert app.extensions["database"] is former
    with pytest.raises(ZeroDivisionError):
        cells.run("1 / 0", id="db")
    assert app.extensions["database"] is former


def test_others_see_the_extension_while_its_cell_runs_again(cells, app, library):
    cells.run(CELL.format(url="one"), id="db")
    seen: list[bool] = []

    def look():
        thread = Thread(target=lambda: seen.append("database" in app.extensions))
        thread.start()
        thread.join(5)

    cells.namespace["look"] = look
    cells.run("mine = 'database' in app.extensions; look()", id="db")
    assert (cells.namespace["mine"], seen) == (False, [True])


RESOURCE = """
    class Plant:
        def get(self):
            return "{text}"

    library.add_resource(app, Plant, "/plant")
"""


def test_a_library_that_looks_for_its_endpoint_does_not_find_the_former_run_s(
    cells, app, library
):
    client = app.test_client()
    for text in ("one", "two"):
        cells.run(RESOURCE.format(text=text), id="plant")
        assert client.get("/plant").text == text
    with pytest.raises(ValueError, match="set to Plant already"):
        cells.run(RESOURCE.format(text="three"), id="another")
    assert client.get("/plant").text == "two"


def test_a_run_reads_what_it_has_filed_itself(cells, app):
    cell = """
        @app.get("/x")
        def x():
            return "x"

        app.view_functions["x"] = (lambda view: lambda: view() + "!")(
            app.view_functions["x"]
        )
    """
    for _ in range(3):
        cells.run(cell, id="x")
        assert app.test_client().get("/x").text == "x!"


# The mapping itself


def test_extensions_are_a_dict_to_those_who_use_them(app):
    assert app.extensions == {}
    app.extensions["one"] = first = object()
    assert app.extensions.setdefault("many", []) == []
    app.extensions["many"].append(1)
    assert dict(app.extensions) == {"one": first, "many": [1]}
    assert app.extensions.get("none") is None
    with pytest.raises(KeyError):
        app.extensions["none"]
    assert app.extensions.pop("one") is first
    del app.extensions["many"]
    assert not app.extensions
    app.extensions = {"new": 1}
    assert "new" in app.extensions


def test_an_entry_that_comes_with_each_request_costs_the_app_no_table(app, client):
    @app.get("/")
    def index():
        app.extensions["last"] = object()
        return ""

    client.get("/")
    table = app.registry.table
    client.get("/")
    assert app.registry.table is table
