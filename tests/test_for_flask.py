"""Flask's own apps answer with data as nbflask's do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alone import PROJECT, answers_of

IMPORTS = {
    "nbflask": "from nbflask import Flask, jsonify, make_response, request",
    "flask": "from flask import jsonify, make_response, request\n"
    "from nbflask.for_flask import DataFlask as Flask",
}
HEAD = """
import datetime, decimal, math, uuid
from dataclasses import dataclass
from typing import NamedTuple
import altair, numpy, pandas, plotly.graph_objects, polars, pydantic
from matplotlib import pyplot
from PIL import Image

app = Flask(__name__)

frame = pandas.DataFrame(
    {"b": [1, 2], "a": [0.5, math.nan], "t": pandas.to_datetime(["2024", None])}
)


class Broken(Exception):
    pass


class Money:
    def __init__(self, cents):
        self.cents = cents


class Euro(Money):
    pass


class Rows(list):
    pass


class Pair(NamedTuple):
    low: int
    high: int


class Unknown:
    pass


class Rich:
    def _repr_html_(self):
        return "<b>rich</b>"


class Model(pydantic.BaseModel):
    day: datetime.date
    size: float


@dataclass
class Point:
    x: int
    y: float


def broken(*values):
    raise Broken("too hot")


app.response_adapter(Money)(lambda money: {
    "text/plain": lambda: f"{money.cents} ct",
    "application/json": lambda: {"cents": numpy.int64(money.cents)},
    "text/csv": lambda: None,
})
app.response_adapter(Rows)(lambda rows: ({"rows": len(rows)}, 202, {"X-Rows": "1"}))
app.response_adapter(Pair)(lambda pair: f"{pair.low} to {pair.high}")
app.response_adapter(Broken)(broken)


@app.errorhandler(Broken)
def sorry(error):
    return Point(1, 0.5), 503
"""
#: What views return, as it would stand behind `return`.
RETURNED = (
    "'text'",
    "b'bytes', 201",
    "None",
    "1.5",
    "{'a': 1, 'b': 'ä'}, {'X-Own': '1'}",
    "[1, 2], 201, {'X-Own': '1'}",
    "iter(['a', 'b'])",
    "frame",
    "frame, 201, {'X-Own': '1'}",
    "frame, {'Content-Language': 'en'}",
    "frame[1:][['b']]",
    "frame.b",
    "frame.groupby('b').sum()",
    "polars.DataFrame({'b': [1, 2]})",
    "polars.Series('x', [1, None])",
    "numpy.array([[1.5, numpy.nan]])",
    "numpy.int64(3)",
    "numpy.float64('nan')",
    "Point(1, math.inf)",
    "Model(day=datetime.date(2024, 1, 2), size=math.inf), 201",
    "Rich()",
    "Unknown()",
    "{'b': math.nan, 'a': numpy.float32(0.5), 'n': [numpy.int8(1), pandas.NA]}",
    "{numpy.int64(4): 1, 10: 2}",
    "{datetime.date(2024, 1, 2): Point(1, 2)}",
    "{'at': datetime.datetime(2024, 1, 2), 'd': decimal.Decimal('1.50')}",
    "{'frame': frame[['b']], 'model': Model(day=datetime.date(2024, 1, 2), size=1)}",
    "jsonify(frame=frame, x=[math.nan])",
    "make_response(frame, 203)",
    "pyplot.subplots(figsize=(1, 1))[0]",
    "pyplot.subplots(figsize=(1, 1))[1]",
    "Image.new('RGB', (2, 2))",
    "plotly.graph_objects.Figure()",
    "Money(3)",
    "Euro(3), 201",
    "Rows([1, 2])",
    "Rows([1, 2]), 203",
    "Pair(1, 2)",
    "Pair(1, 2), 201",
    "Broken()",
    "broken()",
    "lambda environ, start: (start('204 NO CONTENT', []), [])[1]",
)
ACCEPTED = (
    None,
    "text/csv",
    "text/html, */*;q=0.1",
    "application/json",
    "text/plain;q=0.5, text/csv",
    "image/jpeg",
    "image/avif",
)
READING = """
@app.post("/df")
def df():
    return {"columns": [*request.df.columns], "rows": request.df.values.tolist()}
"""
SENT = (
    ("text/csv", "a,b\n1,x\n2,y\n"),
    ("text/csv", "a,b\n1,\n"),
    ("text/csv", "a,b\n1\n"),
    ("text/csv; charset=utf-16", "a"),
    ("application/json", '[{"a": 1}, {"a": null}]'),
    ("application/json", '{"a": 1}'),
    ("text/plain", "a"),
    (
        "multipart/form-data; boundary=x",
        '--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
        "a\r\n1\r\n--x--\r\n",
    ),
    ("multipart/form-data; boundary=x", "--x--\r\n"),
)


def program(framework: str) -> str:
    views = "".join(
        f'@app.get("/{number}")\ndef view_{number}():\n    return {each}\n\n\n'
        for number, each in enumerate(RETURNED)
    )
    return "\n".join([IMPORTS[framework], HEAD, views, READING])


def requests() -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = [
        {"path": f"/{number}", "headers": {"Accept": accept} if accept else {}}
        for number in range(len(RETURNED))
        for accept in ACCEPTED
    ]
    asked += [
        {"path": "/df", "method": "POST", "content_type": kind, "data": body}
        for kind, body in SENT
    ]
    return asked


def answered(framework: str, folder: Path, *how: str) -> Any:
    module = folder / f"{framework}_app.py"
    module.write_text(program(framework), "utf-8")
    return answers_of(module, requests(), *how)


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> dict[str, list[Any]]:
    """What the apps of both frameworks answer to the same requests."""
    folder = tmp_path_factory.mktemp("both")
    found = dict(answered(each, folder) for each in IMPORTS)
    assert set(found) == {"flask", "nbflask"}
    return found


@pytest.mark.parametrize("returned", RETURNED)
def test_flasks_own_app_answers_what_a_view_returns_as_nbflasks(both, returned):
    first = RETURNED.index(returned) * len(ACCEPTED)
    ours, theirs = (both[each][first : first + len(ACCEPTED)] for each in IMPORTS)
    assert theirs == ours


@pytest.mark.parametrize("number", range(len(SENT)), ids=[each[0] for each in SENT])
def test_flasks_own_app_reads_a_table_as_nbflasks(both, number):
    place = len(RETURNED) * len(ACCEPTED) + number
    assert both["flask"][place] == both["nbflask"][place]


def test_these_apps_answer_in_all_sorts_of_ways(both):
    """So that the comparison above is none of failures alone."""
    statuses = {status.partition(" ")[0] for status, _, _ in both["flask"]}
    expected = "200 201 202 203 204 400 406 415 500 503"
    assert statuses == set(expected.split())
    kinds = {
        value.partition(";")[0]
        for _, headers, _ in both["flask"]
        for name, value in headers
        if name == "Content-Type"
    }
    assert kinds >= {
        *("application/json", "text/csv", "text/html", "text/plain", "image/png"),
        "image/jpeg",
    }


def test_where_nbflask_is_flask_the_module_gives_nbflasks_own(tmp_path, both):
    name, found = answered("flask", tmp_path, "-m", "nbflask.alias")
    assert name == "nbflask"
    assert found == both["nbflask"]


ALONE = """
    import sys
    import flask
    from nbflask.for_flask import DataFlask, DataJSONProvider, DataRequest

    class Own(DataRequest):
        pass

    class Shop(DataFlask):
        request_class = Own

    app = Shop("shop")
    assert isinstance(app, flask.Flask)
    assert isinstance(app.json, DataJSONProvider)
    assert isinstance(app.json, flask.json.provider.DefaultJSONProvider)
    for wrong in ("no class", str, flask.Response):
        try:
            app.response_adapter(wrong)
        except TypeError as error:
            print(error)
    app.add_url_rule("/", "index", lambda: {"a": float("nan")})
    client = app.test_client()
    assert client.get("/").text == '{"a":null}\\n'
    assert not {"pandas", "numpy", "polars", "matplotlib"} & set(sys.modules)
    try:
        app.response_adapter(Shop)
    except AssertionError as error:
        print(str(error).splitlines()[0])

    class Money:
        pass

    other = DataFlask("other")
    other.response_adapter(Money)(lambda money: ("money", 201))
    other.add_url_rule("/", "index", lambda: Money())

    class Money:
        pass

    assert other.test_client().get("/").text == "money"
    with other.app_context():
        assert other.make_response(Money()).status_code == 201
    with other.test_request_context(headers={"Accept": "text/csv"}):
        assert other.make_response((Money(), 202)).status_code == 202
"""


def test_an_app_of_flasks_own_stays_one():
    command = [sys.executable, "-W", "error", "-c", dedent(ALONE)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("response_adapter takes the class of the values")
    assert said[1].startswith("There is no adapter for str")
    assert said[2].startswith("There is no adapter for Response")
    assert re.search("setup method 'response_adapter' can no longer be called", said[3])
