"""Beginnings and ends of cells, nested and in other threads, told by their infos."""

import asyncio
from itertools import count
from threading import Thread
from types import SimpleNamespace

import pytest

from nbflask.notebook.cells.watch import CellWatch
from nbflask.registry.editions import close_edition, current_edition


def cell(text="x", id=None):
    return SimpleNamespace(raw_cell=text, cell_id=id)


def ended(info, *, success=True):
    return SimpleNamespace(info=info, success=success)


@pytest.fixture
def watch(shell):
    watch = CellWatch(shell)
    yield watch
    close_edition(succeeded=False)


def test_an_edition_is_open_from_a_cells_beginning_to_its_end(watch):
    info = cell(id="c1")
    watch.before_cell(info)
    assert current_edition().owner.name == "c1"
    watch.after_cell(ended(info))
    assert current_edition() is None


def test_a_nested_run_belongs_to_the_cell_around_it(watch):
    outer, inner = cell(id="outer"), cell(id="inner")
    watch.shell.get_parent = lambda: {"header": {"msg_id": "1"}}
    watch.before_cell(outer)
    edition = current_edition()
    watch.before_cell(inner)
    watch.after_cell(ended(inner, success=False))
    assert current_edition() is edition
    watch.after_cell(ended(outer))
    assert current_edition() is None


@pytest.mark.parametrize("succeeded", [True, False])
def test_an_end_that_nobody_tells_of_is_known_by_what_ipython_keeps(
    notebook, succeeded
):
    # As in a browser, where the kernel knows what a cell came with, and tells nothing.
    shell, numbers = notebook.shell, count()
    shell.kernel = SimpleNamespace(get_parent=lambda: parent)
    try:
        for text in (
            "import asyncio\nawait asyncio.sleep(0)\n"
            "@app.get('/a')\ndef a(): return 'a'\n" + ("" if succeeded else "1 / 0"),
            "@app.get('/b')\ndef b(): return 'b'\nawait asyncio.sleep(0)",
            "pass",
        ):
            parent = {
                "header": {"msg_id": f"{next(numbers)}"},
                "metadata": {"cellId": f"id of {text}"},
            }
            asyncio.run(shell.run_cell_async(text, transformed_cell=text))
    finally:
        del shell.kernel
    assert notebook.body("/a") == ("a" if succeeded else "404")
    [view] = notebook.names["app"].registry.find(("view", "b"))
    assert view.owner.name.startswith("id of @app.get('/b')")


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_end_without_a_beginning_ends_nothing(watch, text):
    outer = cell()
    watch.before_cell(outer)
    edition = current_edition()
    watch.after_cell(ended(cell(text)))
    assert current_edition() is edition
    watch.after_cell(ended(outer))


def test_an_empty_cell_that_a_cell_runs_does_not_end_it(notebook):
    notebook.do(
        "@app.get('/a')\ndef a(): return 'a'\n"
        "get_ipython().run_cell('')\n"
        "@app.get('/b')\ndef b(): return 'b'",
        "c1",
    )
    notebook.do("pass", "c1")
    assert notebook.rules() == []


def test_a_cell_whose_error_cannot_be_shown_ends_too(notebook):
    ran = notebook.run(
        "class Odd(Exception):\n    def __str__(self): return 1 / 0\n"
        "@app.get('/a')\ndef a(): raise Odd\n"
        "raise Odd"
    )
    assert not ran.ok
    assert current_edition() is None
    notebook.do("@app.get('/b')\ndef b(): return 'b'")
    assert "b (cell [3])" in notebook.do("%get /b").text
    assert notebook.rules() == ["GET /b"]


def test_a_cell_whose_end_was_never_heard_of_has_failed(watch, app):
    messages = iter("123456789")
    watch.shell.get_parent = lambda: {"header": {"msg_id": next(messages)}}
    watch.before_cell(cell())
    app.add_url_rule("/x", "x", lambda: "")
    former = current_edition()
    watch.before_cell(info := cell())
    assert current_edition() is not former
    assert app.registry.find(("view", "x")) == ()
    watch.after_cell(ended(info))


def test_each_thread_runs_a_cell_of_its_own(watch):
    seen = []

    def work():
        info = cell(id="other")
        watch.before_cell(info)
        seen.append(current_edition().owner.name)
        watch.after_cell(ended(info))
        seen.append(current_edition())

    info = cell(id="mine")
    watch.before_cell(info)
    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["other", None]
    assert current_edition().owner.name == "mine"
    watch.after_cell(ended(info))
    assert current_edition() is None


def test_what_is_heeded_at_the_beginning_is_called_once_at_the_end(shell):
    called = []
    watch = CellWatch(
        shell, heed=[lambda: lambda ended: called.append(ended.owner.name)]
    )
    info = cell(id="c1")
    watch.before_cell(info)
    assert called == []
    watch.after_cell(ended(info))
    watch.after_cell(ended(info))
    assert called == ["c1"]
