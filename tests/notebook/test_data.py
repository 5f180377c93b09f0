"""Data in a notebook: tables and pictures in cards, adapters owned by their cells."""

from __future__ import annotations

import sys

import pytest

JSON = "application/json"
FRAME = """
import pandas
@app.get("/df")
def df():
    return pandas.DataFrame({"place": ["Oslo", "<Lima>"], "celsius": [14.2, None]})
"""
FIGURE = """
from matplotlib.figure import Figure
@app.get("/figure")
def figure():
    drawn = Figure()
    drawn.subplots().plot([1, 2])
    return drawn
"""


@pytest.mark.parametrize("accept", ["", "Accept:text/csv"])
def test_a_frame_is_a_table_in_its_card(notebook, accept):
    notebook.do(FRAME)
    ran = notebook.do(f"%get /df {accept}")
    assert ">place</th>" in ran.html
    assert ">&lt;Lima&gt;</td>" in ran.html
    assert "200 OK  GET /df" in ran.text


def test_a_frame_as_a_page_is_shown_in_the_frame_for_pages(notebook):
    notebook.do(FRAME)
    ran = notebook.do("%get /df Accept:text/html")
    assert "<iframe sandbox" in ran.html
    assert "<td>&lt;Lima&gt;</td>" in ran.text


@pytest.mark.parametrize("media_type", ["image/png", "image/svg+xml"])
def test_a_figure_is_an_image_in_its_card(notebook, media_type):
    notebook.do(FIGURE)
    ran = notebook.do(f"%get /figure Accept:{media_type}")
    assert f'src="data:{media_type};base64,' in ran.html


def test_a_card_says_what_is_on_offer_where_nothing_was_acceptable(notebook):
    notebook.do(FRAME)
    ran = notebook.do("%get /df Accept:image/png")
    assert ran.text.startswith("406 Not Acceptable")
    for shown in (ran.text, ran.html):
        assert "application/json, text/html, text/csv" in shown
        assert "image/png" in shown


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text/csv", "a,b\n1,2\n3", "line 3 has 1 field, the header has 2 fields"),
        (JSON, '[{"a": 1},\n x]', "not JSON: Expecting value at line 2 column 2."),
        (JSON, '{"a": 1}', "an object, not a list of objects"),
        (JSON, "[1]", "Item 1 of the body's list is a number"),
        (JSON, "[" * 100_000, "nests too deep"),
    ],
)
def test_a_card_says_once_what_was_wrong_with_a_table(notebook, kind, body, said):
    notebook.do('@app.post("/")\ndef take(): return {"rows": len(request.df)}')
    ran = notebook.do(f"%%post / Content-Type:{kind}\n{body}")
    head, hint, *others, _ = ran.text.splitlines()
    assert head.startswith("400 ")
    assert said in hint
    assert others == ["The standard page for 400"]
    assert ran.html.partition("The standard page")[0].count("<li>") == 1


def test_a_card_says_what_to_install_where_there_is_no_library(notebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "polars", raising=False)
    notebook.do('@app.post("/")\ndef take(): return {"rows": len(request.df)}')
    ran = notebook.do("%%post / Content-Type:text/csv\na,b\n1,2")
    assert ran.text.startswith("500 ")
    for shown in (ran.text, ran.html):
        assert "ModuleNotFoundError" in shown
        assert "which is not installed: pip install pandas" in shown
    assert "→   2" in ran.text


def test_a_card_shows_where_an_adapter_failed_and_who_answered_that(notebook):
    notebook.do(f"{MONEY}\n{ERROR}", "classes")
    notebook.do("@app.response_adapter(Money)\ndef show(money):\n    raise Broke('0')")
    notebook.do(VIEW)
    ran = notebook.do("%get /money")
    assert ran.text.startswith("500 ")
    assert "→   3      raise Broke('0')" in ran.text
    notebook.do(HANDLER.format("nothing left"))
    ran = notebook.do("%get /money")
    assert ran.text.startswith("402 ")
    assert "was answered by the error handler broke (cell [6])" in ran.text
    assert "nothing left" in ran.text


def test_a_response_is_read_as_a_frame(notebook):
    notebook.do(FRAME)
    notebook.do("r = %get /df Accept:text/csv")
    assert notebook.do("list(r.df.columns)").result == ["place", "celsius"]
    notebook.do("r = %get /lost")
    with pytest.raises(ValueError, match="text/html"):
        _ = notebook.names["r"].df


# Classes and their adapters, cell by cell

MONEY = "class Money:\n    def __init__(self, value): self.value = value"
ADAPTER = "@app.response_adapter(Money)\ndef show(money): return f'{} {{money.value}}'"
VIEW = "@app.get('/money')\ndef money(): return Money(5)"
ERROR = "class Broke(Exception):\n    pass"
HANDLER = "@app.errorhandler(Broke)\ndef broke(error): return '{}', 402"
FAILING = "@app.get('/money')\ndef money(): raise Broke"


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize(
    ("definition", "registration", "view", "answer"),
    [(MONEY, ADAPTER, VIEW, "{} 5"), (ERROR, HANDLER, FAILING, "{}")],
)
def test_a_class_that_is_defined_anew_keeps_what_was_registered_for_it(
    notebook, ids, definition, registration, view, answer
):
    def run(cell, id):
        notebook.do(cell, id if ids else None)

    run(definition, "class")
    run(registration.format("EUR"), "registration")
    run(view, "view")
    assert notebook.get("/money").text == answer.format("EUR")
    for _ in range(2):
        run(definition, "class")
        assert notebook.get("/money").text == answer.format("EUR")
    run(registration.format("USD"), "registration")
    assert notebook.get("/money").text == answer.format("USD")
    records = notebook.names["app"].registry.records
    assert sum(each.subject is not None for each in records) == 1


def test_a_value_made_before_its_class_was_defined_anew_is_adapted_too(notebook):
    notebook.do(MONEY, "class")
    notebook.do("kept = Money(5)")
    notebook.do("@app.get('/kept')\ndef kept_(): return kept")
    notebook.do(MONEY, "class")
    notebook.do(ADAPTER.format("EUR"), "adapter")
    assert notebook.body("/kept") == "EUR 5"


def test_a_handler_of_a_class_defined_anew_comes_before_those_of_its_bases(notebook):
    notebook.do("@app.errorhandler(Exception)\ndef any_(error): return 'any', 500")
    notebook.do(ERROR, "class")
    notebook.do(HANDLER.format("broke"), "handler")
    notebook.do(FAILING, "view")
    notebook.do(ERROR, "class")
    assert notebook.get("/money").text == "broke"


def test_a_cell_owns_its_adapter(notebook):
    notebook.do(MONEY, "class")
    notebook.do(ADAPTER.format("EUR"), "adapter")
    notebook.do(VIEW, "view")
    notebook.do(ADAPTER.format("USD"), "adapter")
    assert notebook.body("/money") == "USD 5"
    assert not notebook.run(ADAPTER.format("GBP") + "\n1 / 0", "adapter").ok
    assert notebook.body("/money") == "USD 5"
    notebook.do("pass", "adapter")
    assert notebook.body("/money") == "500"
    notebook.do(ADAPTER.format("late"), "adapter")
    assert notebook.body("/money") == "late 5"
