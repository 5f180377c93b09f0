"""What a view may return beside what Flask takes, and what it is sent as."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import io
import json
import math
import re
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from textwrap import dedent
from threading import Barrier
from typing import Any, NamedTuple

import altair
import numpy
import pandas
import plotly.graph_objects
import polars
import pyarrow
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image
from pydantic import BaseModel

import nbflask
from nbflask import jsonify, request

pyplot.switch_backend("agg")
ARROW = "application/vnd.apache.arrow.stream"


class Model(BaseModel):
    day: datetime.date
    size: float


@dataclass
class Point:
    x: int
    y: Any = None


class Rich:
    def _repr_html_(self):
        return "<b>rich</b>"

    def _repr_png_(self):
        return None

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": "plain", "image/jpeg": "/9g="}, {}


FRAME = pandas.DataFrame(
    {"b": [1, 2], "a": [0.1 + 0.2, numpy.inf], "t": pandas.to_datetime(["2024", None])}
)
POLARS = polars.DataFrame({"b": [1, 2], "a": [None, math.nan]})
ROWS = '[{"b":1,"a":0.30000000000000004,"t":"2024-01-01T00:00:00"},'
ROWS += '{"b":2,"a":null,"t":null}]\n'

RECORDS = numpy.array([("2024-01-01", 1)], [("day", "M8[D]"), ("n", "i4")])

JSON, HTML, CSV = "application/json", "text/html", "text/csv"
FORMS = (JSON, HTML, CSV, ARROW)


@pytest.mark.parametrize(
    ("value", "accept", "mimetype", "body"),
    [
        (FRAME, None, JSON, ROWS),
        (FRAME, CSV, CSV, "b,a,t\n1,0.30000000000000004,2024-01-01T00:00:00\n2,,\n"),
        (
            FRAME[["b"]].rename_axis("id"),
            None,
            JSON,
            '[{"id":0,"b":1},{"id":1,"b":2}]\n',
        ),
        (FRAME[["b"]][1:], CSV, CSV, "b\n2\n"),
        (FRAME[["b"]].set_axis(["x", "y"]), CSV, CSV, "index,b\nx,1\ny,2\n"),
        (FRAME.b, None, JSON, '[{"b":1},{"b":2}]\n'),
        (POLARS, None, JSON, '[{"b":1,"a":null},{"b":2,"a":null}]\n'),
        (POLARS["b"], CSV, CSV, "b\n1\n2\n"),
        (POLARS.lazy(), CSV, CSV, "b,a\n1,\n2,\n"),
        (numpy.array([[1.5, numpy.nan]]), None, JSON, "[[1.5,null]]\n"),
        (
            numpy.array(["2024-01-01", "NaT"], "M8[D]"),
            None,
            JSON,
            '["2024-01-01",null]\n',
        ),
        (numpy.int64(3), None, JSON, "3\n"),
        (numpy.float64("nan"), None, JSON, "null\n"),
        (numpy.longdouble(0.5), None, JSON, "0.5\n"),
        (numpy.array([1 + 2j]), None, JSON, '["(1+2j)"]\n'),
        (RECORDS, None, JSON, '[{"day":"2024-01-01","n":1}]\n'),
        (RECORDS[0], None, JSON, '{"day":"2024-01-01","n":1}\n'),
        (pandas.Series(["x", "y", "x"]).unique(), None, JSON, '["x","y"]\n'),
        (pandas.Series([1, None], dtype="Int64").array, None, JSON, "[1,null]\n"),
        (pandas.Index(["x", "y"]), None, JSON, '["x","y"]\n'),
        (Point(1, numpy.int8(2)), None, JSON, '{"x":1,"y":2}\n'),
        (
            Model(day=datetime.date(2024, 1, 2), size=math.inf),
            None,
            JSON,
            '{"day":"2024-01-02","size":null}\n',
        ),
        (Rich(), None, HTML, "<b>rich</b>"),
        (Rich(), "text/plain", "text/plain", "plain"),
    ],
)
def test_a_view_may_return(app, client, value, accept, mimetype, body):
    app.add_url_rule("/", "view", lambda: (value, 201, {"X-Own": "1"}))
    response = client.get("/", headers={"Accept": accept} if accept else {})
    assert (response.mimetype, response.text) == (mimetype, body)
    assert (response.status_code, response.headers["X-Own"]) == (201, "1")
    assert "accept" in response.vary


NUMBERED = pandas.DataFrame({"a": [3, 1, 2]})


@pytest.mark.parametrize(
    ("frame", "rows"),
    [
        (NUMBERED[NUMBERED.a > 1], [3, 2]),
        (NUMBERED[NUMBERED.a > 9], []),
        (NUMBERED.sort_values("a"), [1, 2, 3]),
        (NUMBERED.sample(2, random_state=1), [3, 2]),
        (pandas.concat([NUMBERED, NUMBERED]), [3, 1, 2, 3, 1, 2]),
        (NUMBERED.set_axis(pandas.Index([7, 8, 9], dtype="Int64")), [3, 1, 2]),
        (NUMBERED.set_axis(pandas.Index([7, 8, 9], dtype=object)), [3, 1, 2]),
        (NUMBERED.a.sort_values(), [1, 2, 3]),
    ],
)
def test_an_index_that_numbers_the_rows_is_no_column(app, client, frame, rows):
    app.add_url_rule("/", "view", lambda: frame)
    bodies = {accept: client.get("/", headers={"Accept": accept}) for accept in FORMS}
    assert bodies[JSON].json == [{"a": each} for each in rows]
    assert bodies[CSV].text.split() == ["a", *map(str, rows)]
    assert re.findall("<th>(.*?)</th>", bodies[HTML].text) == ["a"]
    assert pyarrow.ipc.open_stream(bodies[ARROW].data).schema.names == ["a"]


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (pandas.Index([5, 9], name="id"), ["id", "a"]),
        (pandas.RangeIndex(2, name="row"), ["row", "a"]),
        (["x", "y"], ["index", "a"]),
        ([0.5, 1.5], ["index", "a"]),
        ([True, False], ["index", "a"]),
        (pandas.CategoricalIndex([1, 2]), ["index", "a"]),
        (pandas.date_range("2024", periods=2), ["index", "a"]),
        ([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)], ["index", "a"]),
        (pandas.period_range("2024", periods=2, freq="M"), ["index", "a"]),
        (pandas.MultiIndex.from_product([["x"], [1, 2]]), ["level_0", "level_1", "a"]),
    ],
)
def test_an_index_that_says_something_is_a_column(app, client, index, names):
    frame = pandas.DataFrame({"a": [1, 2]}).set_axis(index)
    app.add_url_rule("/frame", "frame", lambda: frame)
    app.add_url_rule("/series", "series", lambda: frame.a)
    for path in ("/frame", "/series"):
        assert [*client.get(path).df.columns] == names


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (pandas.MultiIndex.from_product([["price"], ["mean", "sum"]]),
         ["price_mean", "price_sum"]),
        (["a", "a"], ["a", "a.1"]),
        ([0, 1], ["0", "1"]),
        (pandas.date_range("2024", periods=2),
         ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]),
        (pandas.CategoricalIndex(["x", "y"]), ["x", "y"]),
    ],
)  # fmt: skip
def test_a_column_has_one_name_whatever_it_is_sent_as(app, client, columns, names):
    frame = pandas.DataFrame([[1, 2]]).set_axis(columns, axis="columns")
    app.add_url_rule("/", "view", lambda: frame)
    bodies = {accept: client.get("/", headers={"Accept": accept}) for accept in FORMS}
    assert [*bodies[JSON].json[0]] == names
    assert bodies[CSV].text.splitlines()[0] == ",".join(names)
    assert re.findall("<th>(.*?)</th>", bodies[HTML].text) == names
    assert pyarrow.ipc.open_stream(bodies[ARROW].data).schema.names == names


def figure() -> Figure:
    return pyplot.subplots()[0]


@pytest.mark.parametrize(
    ("make", "accept", "beginning"),
    [
        (figure, "image/png", b"\x89PNG"),
        (figure, "image/svg+xml", b"<?xml"),
        (figure, "application/pdf", b"%PDF"),
        (lambda: pyplot.subplots()[1], "*/*", b"\x89PNG"),
        (lambda: pyplot.subplots(2)[1], "*/*", b"\x89PNG"),
        (lambda: Image.new("CMYK", (2, 2)), "*/*", b"\x89PNG"),
        (lambda: Image.new("RGBA", (2, 2)), "image/jpeg", b"\xff\xd8"),
        (lambda: Image.new("L", (2, 2)), "image/webp", b"RIFF"),
        (lambda: Image.new("I", (2, 2)), "image/png", b"\x89PNG"),
        (lambda: Image.new("F", (2, 2)), "image/png", b"\x89PNG"),
        (plotly.graph_objects.Figure, "*/*", b'{"data"'),
        (plotly.graph_objects.Figure, HTML, b"<!doctype html>"),
        (lambda: altair.Chart(FRAME[["b"]]).mark_bar(), "*/*", b"{"),
        (lambda: altair.Chart(FRAME[["b"]]).mark_bar(), HTML, b"<!DOCTYPE html>"),
        (Rich, "image/jpeg", b"\xff\xd8"),
        (lambda: FRAME, HTML, b"<table>"),
    ],
)
def test_a_picture_or_a_page_begins_as_its_format_does(
    app, client, make, accept, beginning
):
    app.add_url_rule("/", "view", make)
    response = client.get("/", headers={"Accept": accept})
    assert response.data.startswith(beginning)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("frame", [FRAME, POLARS])
def test_an_arrow_stream_holds_the_frame(app, client, frame):
    app.add_url_rule("/", "view", lambda: frame)
    data = client.get("/", headers={"Accept": ARROW}).data
    table = pyarrow.ipc.open_stream(io.BytesIO(data)).read_all()
    assert table.column("b").to_pylist() == [1, 2]


def test_json_knows_the_values_of_data_libraries(app, client):
    value = {
        "numbers": [math.nan, numpy.float32(1.5)],
        "none": [pandas.NaT, pandas.NA],
        "spans": [pandas.Timedelta("1h"), pandas.Period("2024-01")],
        "frame": FRAME[["b"]],
        "days": pandas.DatetimeIndex(["2024", None]),
        "hours": pandas.timedelta_range("1h", periods=1).array,
        "levels": pandas.MultiIndex.from_tuples([("x", 1)]),
    }
    app.add_url_rule("/", "view", lambda: jsonify(value))
    assert client.get("/").json == {
        "numbers": [None, 1.5],
        "none": [None, None],
        "spans": ["0 days 01:00:00", "2024-01"],
        "frame": [{"b": 1}, {"b": 2}],
        "days": ["2024-01-01T00:00:00", None],
        "hours": ["0 days 01:00:00"],
        "levels": [["x", 1]],
    }


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (numpy.int64(4), "4"),
        (numpy.uint8(4), "4"),
        (numpy.float64(0.5), "0.5"),
        (numpy.float32(0.5), "0.5"),
        (numpy.longdouble(0.5), "0.5"),
        (numpy.float32("nan"), "NaN"),
        (math.inf, "Infinity"),
        (numpy.bool_(True), "true"),
        (numpy.str_("x"), "x"),
        (numpy.datetime64("2024-01-02"), "2024-01-02"),
        (pandas.Timestamp("2024-01-02 03:04"), "2024-01-02T03:04:00"),
        (pandas.Period("2024-01"), "2024-01"),
        (pandas.Interval(0, 1), "(0, 1]"),
        (pandas.NaT, "null"),
        (pandas.NA, "null"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (datetime.datetime(2024, 1, 2, 3), "2024-01-02T03:00:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (decimal.Decimal("1.50"), "1.50"),
    ],
)
def test_json_knows_the_keys_of_data_libraries_and_dates(app, client, key, written):
    value, expected = {"in": [{key: Point(1, {key: 2})}]}, {written: 2}
    app.add_url_rule("/dict", "dict", lambda: value)
    app.add_url_rule("/jsonify", "jsonify", lambda: jsonify(value))
    texts = (client.get("/dict").text, client.get("/jsonify").text)
    for text in (app.json.dumps(value), *texts):
        assert json.loads(text) == {"in": [{written: {"x": 1, "y": expected}}]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({numpy.int64(10): 1, 9: 2}, '{"9": 2, "10": 1}'),
        ({pandas.Timestamp("2024"): 1, pandas.NaT: numpy.int8(2)},
         '{"2024-01-01T00:00:00": 1, "null": 2}'),
        ({numpy.int64(1): math.nan}, '{"1": NaN}'),
    ],
)  # fmt: skip
def test_keys_are_sorted_as_what_they_are_written_as(app, value, text):
    assert app.json.dumps(value) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({numpy.int64(1): 1, "a": 2}, "'<' not supported between"),
        ({1: 1, "a": 2}, "'<' not supported between"),
        ({None: 1, "a": 2}, "'<' not supported between"),
        ({(1, 2): 1}, "keys must be str, int, float, bool or None, not tuple"),
        ({frozenset(): 1}, "keys must be .* not frozenset"),
        ({numpy.int64(1): object()}, "Object of type object is not JSON serializable"),
    ],
)
def test_json_refuses_what_python_refuses(app, value, said):
    with app.app_context():
        for write in (app.json.dumps, jsonify):
            with pytest.raises(TypeError, match=said):
                write(value)


def test_keys_are_written_outside_of_an_app_too():
    file = io.StringIO()
    nbflask.json.dump({numpy.int64(1): {datetime.date(2024, 1, 2): 1}}, file)
    assert file.getvalue() == '{"1": {"2024-01-02": 1}}'


def test_keys_that_cannot_be_sorted_need_not_be(app):
    app.json.sort_keys = False
    assert app.json.dumps({numpy.int64(1): 1, "a": 2}) == '{"1": 1, "a": 2}'


def test_json_that_holds_itself_is_refused_as_it_is_without_odd_keys(app):
    value: dict[Any, Any] = {numpy.int64(1): 1}
    value[2] = value
    with pytest.raises(TypeError, match=r"not numpy\.int64"):
        app.json.dumps(value)


def test_an_adapter_of_ones_own_comes_before_all_others(app, client):
    class Rows(list):
        pass

    @app.response_adapter(Rows)
    def count(rows):
        return {"rows": len(rows)}, 202

    app.response_adapter(Point)(lambda point: f"at {point.x}")
    app.add_url_rule("/rows", "rows", lambda: Rows([1, 2]))
    app.add_url_rule("/point", "point", lambda: Point(3))
    app.add_url_rule("/list", "list", lambda: [1])
    assert (client.get("/rows").json, client.get("/rows").status_code) == (
        {"rows": 2},
        202,
    )
    assert client.get("/point").text == "at 3"
    assert client.get("/list").json == [1]


class Pair(NamedTuple):
    low: int
    high: int


def test_a_named_tuple_that_has_an_adapter_is_a_value(app, client):
    app.add_url_rule("/pair", "pair", lambda: Pair(1, 2))
    app.add_url_rule("/more", "more", lambda: (Pair(1, 2), 201))
    app.add_url_rule("/pairs", "pairs", lambda: [Pair(1, 2)])
    app.response_adapter(object)(lambda value: "anything")
    app.response_adapter(Pair)(lambda pair: f"{pair.low} to {pair.high}")
    answers = [client.get(path) for path in ("/pair", "/more", "/pairs")]
    assert [each.status_code for each in answers] == [200, 201, 200]
    assert [each.text for each in answers] == ["1 to 2", "1 to 2", "[[1,2]]\n"]


def test_a_named_tuple_without_one_is_what_it_is_in_flask(app, client):
    class Answer(NamedTuple):
        body: str
        status: int

    app.response_adapter(object)(lambda value: "anything")
    app.add_url_rule("/", "view", lambda: Answer("made", 201))
    response = client.get("/")
    assert (response.status_code, response.text) == (201, "made")


def test_an_adapter_comes_too_late_after_a_request_and_takes_classes_only(app, client):
    with pytest.raises(TypeError, match="takes the class of the values"):
        app.response_adapter(lambda value: "")
    for kind, why in ((str, "as it is"), (tuple, "status"), (type(None), "nothing")):
        with pytest.raises(TypeError, match=f"no adapter for {kind.__name__}: .*{why}"):
            app.response_adapter(kind)
    client.get("/")
    with pytest.raises(AssertionError, match="response_adapter"):
        app.response_adapter(Point)


# What goes wrong with a value, or takes its time


class Broken(Exception):
    """What an adapter raises here."""


def broken(*values):
    raise Broken("too hot")


@pytest.mark.parametrize("adapter", [broken, lambda value: {"text/csv": broken}])
def test_an_error_handler_answers_what_an_adapter_raises(app, client, adapter):
    @app.errorhandler(Broken)
    def answer(error):
        return f"sorry: {error}", 402

    app.response_adapter(Point)(adapter)
    app.add_url_rule("/", "view", lambda: (Point(1), 201, {"X-Own": "1"}))
    response = client.get("/")
    assert (response.status_code, response.text) == (402, "sorry: too hot")
    assert "X-Own" not in response.headers


@pytest.mark.parametrize("adapter", [broken, lambda value: {"text/csv": broken}])
def test_what_an_adapter_raises_is_a_500_where_nobody_handles_it(app, client, adapter):
    seen = []
    app.teardown_request(seen.append)
    app.response_adapter(Point)(adapter)
    app.add_url_rule("/", "view", lambda: Point(1))
    assert client.get("/").status_code == 500
    app.testing = True
    with pytest.raises(Broken, match="too hot"):
        client.get("/")
    assert [type(each) for each in seen] == [Broken, Broken]


def test_a_handler_whose_own_answer_cannot_be_adapted_is_not_asked_again(app, client):
    asked = []

    @app.errorhandler(Broken)
    def answer(error):
        asked.append(error)
        return Point(2)

    app.response_adapter(Point)(broken)
    app.add_url_rule("/", "view", lambda: Point(1))
    assert client.get("/").status_code == 500
    assert len(asked) == 1


async def text_of(point):
    await asyncio.sleep(0)
    return f"{request.args['unit']} {point.x}", 203


async def body_of(point):
    await asyncio.sleep(0)
    return f"{request.args['unit']} {point.x}"


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [
        (text_of, (203, "text/html", "km 1")),
        (lambda point: {CSV: partial(body_of, point)}, (200, CSV, "km 1")),
    ],
)
def test_an_adapter_and_its_offers_may_be_async(app, client, adapter, expected):
    app.response_adapter(Point)(adapter)
    app.add_url_rule("/", "view", lambda: Point(1))
    response = client.get("/?unit=km")
    assert (response.status_code, response.mimetype, response.text) == expected


def test_an_error_handler_answers_what_an_async_adapter_raises(app, client):
    @app.response_adapter(Point)
    async def show(point):
        await asyncio.sleep(0)
        raise Broken("too hot")

    app.register_error_handler(Broken, lambda error: (str(error), 402))
    app.add_url_rule("/", "view", lambda: Point(1))
    response = client.get("/")
    assert (response.status_code, response.text) == (402, "too hot")


def test_one_figure_that_many_threads_return_at_once_is_whole_in_each_answer(app):
    drawn = figure()
    drawn.gca().plot(range(100))
    start = Barrier(4)

    @app.get("/")
    def view():
        start.wait(timeout=10)
        return drawn

    def fetch(_):
        return app.test_client().get("/").data

    with ThreadPoolExecutor(4) as threads:
        bodies = [*threads.map(fetch, range(12))]
    assert len({*bodies}) == 1
    Image.open(io.BytesIO(bodies[0])).load()


ALONE = """
    import sys
    from nbflask import Flask, request
    app = Flask("alone")

    class Page:
        def _repr_html_(self): return "<p>"

    app.add_url_rule("/page", "page", Page)
    app.add_url_rule("/object", "object", object)
    app.add_url_rule("/nan", "nan", lambda: {"x": float("nan")})
    client = app.test_client()
    answers = [client.get(path).status_code for path in ("/page", "/object", "/nan")]
    assert answers == [200, 500, 200], answers
    libraries = {"numpy", "pandas", "polars", "matplotlib", "PIL", "plotly", "altair"}
    loaded = libraries & set(sys.modules)
    assert not loaded, loaded
"""


def test_no_library_is_imported_that_the_person_did_not_import():
    command = [sys.executable, "-W", "error", "-c", dedent(ALONE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
