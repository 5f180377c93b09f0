"""Tuples and streams are answered the short way as the long way answers them.

The measure is Werkzeug's own response, which knows no short way.
"""

from __future__ import annotations

from copy import copy
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as GeneralBase

from nbflask import Flask, Response


class General(GeneralBase):
    """Werkzeug's response, with the defaults that Flask gives it."""

    default_mimetype = "text/html"
    autocorrect_location_header = False


def answer(response_class, make, method="GET", change=lambda response: None) -> Any:
    """What a view's result is answered with over WSGI, or how it fails."""
    app = Flask("test_app", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.response_class = response_class
    app.add_url_rule("/", "index", make)
    seen: dict[str, Any] = {}

    @app.after_request
    def change_it(response):
        change(response)
        seen.update(length=response.content_length, streamed=response.is_streamed)
        return response

    def start_response(status, headers):
        seen.update(status=status, headers=headers)

    try:
        body = app.wsgi_app(create_environ("/", method=method), start_response)
        chunks = list(body)
    except Exception as error:
        return type(error), str(error)
    getattr(body, "close", lambda: None)()
    return {**seen, "body": b"".join(chunks), "chunks": [*filter(None, chunks)]}


def same(make, method="GET", change=lambda response: None, base=lambda base: base):
    """Return the answer, which must be that of the long way."""
    short = answer(base(Response), make, method, change)
    assert short == answer(base(General), make, method, change)
    return short


# Tuples

NAMES = st.sampled_from(
    ["X-A", "x-a", "Content-Type", "content-type", "Content-Length", "Location"]
) | st.text("abcXY-", min_size=1, max_size=5)
VALUES = st.text(max_size=5) | st.integers() | st.booleans() | st.binary(max_size=2)
MANY = st.lists(VALUES, max_size=2) | st.tuples(VALUES, VALUES)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
HEADERS = (
    st.none()
    | st.dictionaries(NAMES, VALUES | MANY, max_size=4)
    | PAIRS
    | PAIRS.map(tuple)
    | PAIRS.map(lambda pairs: [list(pair) for pair in pairs])
)
STATUSES = st.sampled_from(
    [
        *(None, 200, 201, 204, 304, 101, 404, 299, 999, 0, -1, True, 200.0),
        *(HTTPStatus.CREATED, "201", "201 MADE", b"201", "made", "", " ", "404 "),
    ]
)
TEXTS = st.text(max_size=5) | st.binary(max_size=5) | st.binary().map(bytearray)


@given(TEXTS, STATUSES, HEADERS, st.sampled_from(["GET", "HEAD"]))
def test_a_tuple_is_answered_as_werkzeug_has_it(text, status, headers, method):
    same(lambda: (text, status, headers), method)


@pytest.mark.parametrize("kind", [Headers, MultiDict, dict, list, tuple])
def test_headers_come_in_any_collection(kind):
    pairs = [("X-A", "1"), ("X-B", "2")]
    assert ("X-A", "1") in same(lambda: ("text", kind(pairs)))["headers"]


@pytest.mark.parametrize("headers", [{"X-A": "1"}, [("X-A", "1")]])
def test_headers_of_a_view_are_not_those_of_the_response(headers):
    def add(response):
        response.headers["X-B"] = "2"

    before = copy(headers)
    assert ("X-B", "2") in same(lambda: ("text", headers), change=add)["headers"]
    assert headers == before


def test_a_header_that_would_break_a_line_is_refused():
    kind, message = same(lambda: ("text", {"X-A": "1\r\nX-B: 2"}))
    assert (kind, message) == (
        ValueError,
        "Header values must not contain newline characters.",
    )


# Streams

CHUNKS = st.lists(st.text(max_size=3) | st.binary(max_size=3), max_size=4)


@given(CHUNKS, STATUSES, HEADERS, st.sampled_from(["GET", "HEAD"]))
def test_a_stream_is_answered_as_werkzeug_has_it(chunks, status, headers, method):
    same(lambda: (iter(chunks), status, headers), method)


def closing(base):
    return type("Closing", (base,), {"close": lambda self: None})


def encoding(base):
    return type("Own", (base,), {"iter_encoded": lambda self: iter([b"own"])})


def whole(base):
    return type("Whole", (base,), {"is_sequence": True})


def passing(base):
    class Passing(base):
        def get_app_iter(self, environ):
            return [b"passed"]

    return Passing


@pytest.mark.parametrize("base", [closing, encoding, whole, passing])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_class_may_stream_in_a_way_of_its_own(base, method):
    same(lambda: iter(["a", b"b"]), method, base=base)


def assigned(**attributes):
    def change(response):
        for name, value in attributes.items():
            setattr(response, name, value)

    return change


class Pieces(list):
    """A list of a kind of its own."""


@pytest.mark.parametrize(
    "change",
    [
        assigned(iter_encoded=lambda: iter([b"own"])),
        assigned(get_app_iter=lambda environ: [b"own"]),
        assigned(direct_passthrough=True),
        assigned(status_code=204),
        assigned(status_code=304),
        assigned(response=("a", "b")),
        assigned(response=Pieces([b"a", b"b"])),
        assigned(response=None),
        assigned(response="text"),
        assigned(location="/é"),
        assigned(headers={"X-Own": "1"}),
        lambda response: response.get_data(),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_changed_stream_is_answered_as_werkzeug_has_it(change, method):
    same(lambda: iter([b"a", b"b"]), method, change)


class Chunks:
    """A stream that notes what becomes of it."""

    def __init__(self, notes):
        self.notes = notes
        self.left = [b"a", "b"]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self):
        self.notes.append("closed")


@pytest.mark.parametrize("response_class", [Response, General])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stream_is_closed_once_and_before_what_waits_for_that(response_class, method):
    app, notes = Flask("test_app"), []
    app.response_class = response_class

    @app.route("/")
    def index():
        return Chunks(notes)

    @app.after_request
    def wait(response):
        response.call_on_close(lambda: notes.append("called"))
        return response

    body = app.wsgi_app(create_environ("/", method=method), lambda *started: None)
    if method == "GET":
        # A server may ask for one chunk, and give up.
        assert next(iter(body)) == next(iter([b"a"]))
        assert next(body) == b"b"
    assert notes == []
    body.close()
    assert notes == ["closed", "called"]
