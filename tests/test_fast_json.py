"""JSON is written and read the short way as the standard library does it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbflask import Flask, jsonify
from nbflask.json import provider
from nbflask.json.provider import DefaultJSONProvider, JSONProvider

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
LAYOUTS = {True: {"separators": (",", ":")}, False: {"indent": 2}}


def written(app, value):
    with app.test_request_context():
        return app.make_response(value).get_data(as_text=True)


@given(st.dictionaries(st.text(), VALUES), st.booleans(), st.booleans(), st.booleans())
def test_a_response_is_what_the_standard_library_writes(value, ascii, sort, compact):
    app = Flask("test_app")
    app.json.ensure_ascii, app.json.sort_keys, app.json.compact = ascii, sort, compact
    expected = json.dumps(value, ensure_ascii=ascii, sort_keys=sort, **LAYOUTS[compact])
    assert written(app, value) == f"{expected}\n"
    app.json.compact, app.debug = None, not compact
    assert written(app, value) == f"{expected}\n"


class Louder(DefaultJSONProvider):
    mimetype = "application/louder"

    @staticmethod
    def default(value):
        return "loud"


class Counting(DefaultJSONProvider):
    def default(self, value):
        return id(self)


class Own(DefaultJSONProvider):
    def dumps(self, obj, **kwargs):
        return f"own {super().dumps(obj, **kwargs)}"


class Bare(JSONProvider):
    def dumps(self, obj, **kwargs):
        return f"bare {obj} {kwargs}"


def assigned(**attributes):
    def change(app):
        for name, value in attributes.items():
            setattr(app.json, name, value)

    return change


def provided(provider):
    return lambda app: setattr(app, "json", provider(app))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda app: None, '{"a":"1"}\n'),
        (provided(Louder), '{"a":"loud"}\n'),
        (provided(Own), 'own {"a":"1"}\n'),
        (provided(Bare), "bare {'a': Decimal('1')} {}"),
        (assigned(default=lambda value: "assigned"), '{"a":"assigned"}\n'),
        (assigned(dumps=lambda value, **layout: f"{layout}"), None),
        (assigned(response=lambda value: "response"), "response"),
        (assigned(_prepare_response_obj=lambda args, kwargs: [1]), "[1]\n"),
    ],
)
def test_a_provider_may_write_in_a_way_of_its_own(app, change, text):
    app.add_url_rule("/", "index", lambda: jsonify({"a": Decimal(1)}))
    client = app.test_client()
    assert client.get("/").text == '{"a":"1"}\n'
    change(app)
    assert client.get("/").text == (text or "{'separators': (',', ':')}\n")


def test_a_default_that_is_a_method_knows_its_provider(app):
    app.json = Counting(app)
    assert written(app, {"a": object()}) == f'{{"a":{id(app.json)}}}\n'


def test_a_provider_may_have_no_default(app):
    app.json.default = None
    with pytest.raises(TypeError, match="Decimal is not JSON serializable"):
        written(app, {"a": Decimal(1)})


def test_the_type_is_the_provider_s(app):
    app.json = Louder(app)
    with app.test_request_context():
        assert app.make_response([1]).mimetype == "application/louder"


def test_what_the_short_way_cannot_write_is_written_the_long_way(app):
    assert written(app, {"a": float("nan")}) == '{"a":null}\n'
    assert written(app, {Decimal("1"): 1, "b": 2}) == '{"1":1,"b":2}\n'
    endless = []
    endless.append(endless)
    for value, kind in ((endless, ValueError), ({"a": object()}, TypeError)):
        with pytest.raises(kind, match=r"Circular|not JSON serializable"):
            written(app, value)


def test_a_python_without_an_encoder_in_c_writes_the_same(app, monkeypatch):
    value = {"b": [1.5, None], "a": Decimal(1)}
    in_c = written(app, value)
    monkeypatch.setattr(provider, "_in_c", None)
    provider._pieces.cache_clear()
    assert written(app, value) == in_c


def read(loads, text, **kwargs):
    """Return a value, or the error and all that it knows."""
    try:
        return repr(loads(text, **kwargs))
    except RecursionError:
        raise
    except Exception as error:
        return type(error), str(error), getattr(error, "doc", None)


ENDS = st.sampled_from(["", " ", "\n", "\r\n\t ", "]", "x", "\x0b", "\u00a0", "\ufeff"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])


@given(VALUES, ENDS, ENDS, ENCODINGS, st.integers(0, 3))
@example([], "", "", "utf-32-le", 0)
def test_bytes_are_read_as_by_the_standard_library(value, start, end, encoding, cut):
    text = f"{start}{json.dumps(value, ensure_ascii=False)}{end}"
    text = text[: len(text) - cut].encode(encoding)
    assert read(Flask("test_app").json.loads, text) == read(json.loads, text)


@given(st.binary(max_size=6).map(lambda text: b"[" + text) | st.text(max_size=4))
def test_what_is_no_json_is_refused_as_by_the_standard_library(text):
    assert read(Flask("test_app").json.loads, text) == read(json.loads, text)


@pytest.mark.parametrize(
    "text", [b'{"a": 1.5}', b'"\xed\xa0\x80"', b'["\xed\xa0\x80"]']
)
@pytest.mark.parametrize("kwargs", [{}, {"parse_float": Decimal}])
def test_keywords_are_the_standard_library_s(app, text, kwargs):
    ours = read(app.json.loads, text, **kwargs)
    assert ours == read(json.loads, text, **kwargs)
