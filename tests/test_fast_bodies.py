"""What a request brings is read the short way as the long way reads it.

The measure is a request class that tells its type in a way of its own, which is
Werkzeug's: it takes the long way for every body.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders, ImmutableDict, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as GeneralBase

from nbflask import Flask, Request, current_app, g, request, session
from nbflask.messages.bodies import MOST_AT_ONCE


class General(Request):
    """Knows no short way to its body."""

    is_json = property(lambda self: Request.is_json.fget(self))


def outcome(read, *args, **kwargs) -> Any:
    """Return what is read, or how that fails."""
    try:
        found = read(*args, **kwargs)
    except Exception as error:
        return type(error), str(error), type(error.__cause__ or error.__context__)
    return repr(found), type(found)


# Steps that read a request, in whatever order.
STEPS = {
    "json": lambda request: request.json,
    "get_json": lambda request: request.get_json(),
    "forced": lambda request: request.get_json(force=True),
    "silent": lambda request: request.get_json(silent=True),
    "anew": lambda request: request.get_json(cache=False),
    "data": lambda request: request.data,
    "get_data": lambda request: request.get_data(),
    "text": lambda request: request.get_data(as_text=True),
    "once": lambda request: request.get_data(cache=False),
    "after the form": lambda request: request.get_data(parse_form_data=True),
    "form": lambda request: request.form,
    "files": lambda request: request.files,
    "values": lambda request: request.values,
    "stream": lambda request: request.stream.read(),
    "a byte": lambda request: request.stream.read(1),
    "where": lambda request: request.stream.tell(),
    "at its end": lambda request: request.stream.is_exhausted,
    "rewound": lambda request: request.environ["wsgi.input"].seek(0),
    "headers": lambda request: request.headers["Content-Type"],
    "type": lambda request: request.mimetype,
    "length": lambda request: request.content_length,
    "limit": lambda request: setattr(request, "max_content_length", 3),
    "no length": lambda request: request.environ.pop("CONTENT_LENGTH", None) and None,
    "no type": lambda request: request.environ.pop("CONTENT_TYPE", None) and None,
    "own stream": lambda request: setattr(request, "stream", io.BytesIO(b'"own"')),
    "own headers": lambda request: setattr(
        request, "headers", EnvironHeaders({"CONTENT_TYPE": "text/own"})
    ),
    "own data": lambda request: setattr(
        request, "get_data", lambda **options: b'"own data"'
    ),
    "own JSON": lambda request: setattr(request, "json_module", Loud),
    "own failure": lambda request: setattr(
        request, "on_json_loading_failed", lambda error: type(error).__name__
    ),
}


class Loud:
    @staticmethod
    def loads(text):
        return {"loud": json.loads(text)}


TYPES = st.sampled_from(
    [
        *("application/json", "application/json; charset=utf-8", "Application/JSON"),
        *(
            "application/own+json",
            "text/json",
            "application/json-own",
            "",
            "text/plain",
        ),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=b"),
    ]
)
BODIES = st.sampled_from([b'{"a": [1, "\xc3\xa9"]}', b"[1]", b"", b"1", b"{", b"a=1"])
LENGTHS = st.sampled_from(
    ["right", None, "0", "1", "3", "-1", " 7", "7 ", "+7", "007", "\u0667", "9999999"]
)
MORE = st.dictionaries(
    st.sampled_from(["HTTP_TRANSFER_ENCODING", "wsgi.input_terminated"]),
    st.sampled_from(["chunked", "gzip", ""]),
    max_size=1,
)


class Dripping:
    """A stream that gives at most some bytes at a time."""

    def __init__(self, body, most):
        self._body, self._most = io.BytesIO(body), most

    def read(self, size=-1):
        return self._body.read(self._most if size < 0 else min(size, self._most))

    def seek(self, place):
        return self._body.seek(place)


def environ_with(body, content_type, length, more, most):
    environ = create_environ("/?a=1", method="POST")
    environ["wsgi.input"] = Dripping(body, most) if most else io.BytesIO(body)
    environ["CONTENT_TYPE"] = content_type
    environ["CONTENT_LENGTH"] = str(len(body)) if length == "right" else length
    if length is None:
        del environ["CONTENT_LENGTH"]
    return {**environ, **more}


@given(
    *(BODIES, TYPES, LENGTHS, MORE, st.sampled_from([None, 1, 3])),
    *(st.lists(st.sampled_from([*STEPS]), min_size=1, max_size=4), st.booleans()),
)
def test_a_body_is_read_as_werkzeug_reads_it(
    body, content_type, length, more, most, steps, shallow
):
    app = Flask("test_app")
    app.config["MAX_CONTENT_LENGTH"] = 20

    def read(request_class):
        environ = environ_with(body, content_type, length, more, most)
        asked = request_class(environ, shallow=shallow and len(steps) == 1)
        return [outcome(STEPS[each], asked) for each in steps]

    with app.app_context():
        assert read(Request) == read(General)
    assert read(Request) == read(General)


@pytest.mark.parametrize("size", [MOST_AT_ONCE - 2, MOST_AT_ONCE - 1, 99_999, 200_000])
def test_a_long_body_is_read_whole(size):
    body = json.dumps("x" * size).encode()
    environ = create_environ("/", method="POST", json="x" * size)
    assert Request(environ).get_json() == "x" * size
    environ["wsgi.input"] = io.BytesIO(body)
    assert Request(environ).get_data() == body


class Limited(io.BytesIO):
    """Tells how much was asked for at once."""

    most = 0

    def read(self, size=-1):
        self.most = max(self.most, size)
        return super().read(size)


def test_no_more_is_asked_for_at_once_than_the_general_way_does():
    stream = Limited(b"[]")
    environ = environ_with(b"[]", "application/json", str(MOST_AT_ONCE + 1), {}, None)
    asked = Request({**environ, "wsgi.input": stream})
    with pytest.raises(BadRequest):
        asked.get_json()
    assert stream.most <= MOST_AT_ONCE


class Broken:
    def read(self, size=-1):
        raise OSError("broken")


@pytest.mark.parametrize("step", ["json", "get_data", "silent", "form"])
def test_a_client_that_is_gone_is_a_bad_request(step):
    def read(request_class):
        environ = environ_with(b"[]", "application/json", "right", {}, None)
        asked = request_class({**environ, "wsgi.input": Broken()})
        return outcome(STEPS[step], asked)

    assert read(Request) == read(General)


def changed(**attributes):
    return type("Own", (Request,), attributes)


CLASSES = {
    "a type": changed(mimetype="text/plain"),
    "data": changed(get_data=lambda self, **options: b'"own"'),
    "a stream": changed(stream=property(lambda self: io.BytesIO(b'"own"'))),
    "JSON": changed(get_json=lambda self, *args, **kwargs: "own"),
    "a question": changed(is_json=False),
    "headers": changed(
        headers=property(
            lambda self: EnvironHeaders({"CONTENT_TYPE": "text/own"}),
            lambda self, headers: None,
        )
    ),
    "a failure": changed(on_json_loading_failed=lambda self, error: "own"),
    "a limit": changed(max_content_length=3),
    "a module": changed(json_module=Loud),
}


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("step", ["json", "data", "get_data", "stream"])
def test_a_class_of_requests_may_read_in_a_way_of_its_own(name, step):
    def read(request_class):
        environ = environ_with(b'{"a":1}', "application/json", "right", {}, None)
        return outcome(STEPS[step], request_class(environ))

    own = CLASSES[name]
    general = type("Own", (GeneralBase,), {**dict(vars(own))})
    assert read(own)[0] == read(general)[0]


# Arguments

QUERIES = st.text("abä=&+%;? 2C\n", max_size=12) | st.text(
    st.characters(max_codepoint=255), max_size=6
)


@given(QUERIES)
def test_arguments_are_those_that_werkzeug_finds(query):
    environ = {**create_environ("/"), "QUERY_STRING": query}
    ours = outcome(lambda: Request(environ).args)
    assert ours == outcome(lambda: GeneralBase(environ).args)


def test_arguments_do_not_change(client, app):
    app.before_request(lambda: {"args": request.args.to_dict(flat=False)})
    assert client.get("/?a=1&b=&a=2&=3").json == {
        "args": {"a": ["1", "2"], "b": [""], "": ["3"]}
    }
    with app.test_request_context("/?a=1"), pytest.raises(TypeError, match="immutable"):
        request.args["a"] = "2"


@pytest.mark.parametrize("kind", [MultiDict, ImmutableDict, dict])
def test_arguments_come_in_the_storage_that_a_class_has(kind):
    own = changed(parameter_storage_class=kind)
    assert type(own(create_environ("/?a=1")).args) is kind


def test_arguments_are_of_the_query_that_a_request_has():
    asked = Request(create_environ("/?a=1"))
    asked.query_string = b"a=2"
    assert asked.args["a"] == "2"
    asked.args = MultiDict({"a": "3"})
    assert asked.args["a"] == "3"
    own = changed(query_string=b"a=4")
    assert own(create_environ("/?a=1")).args["a"] == "4"


# What stands for the context of the moment


def test_a_proxy_is_what_it_stands_for_and_says_when_that_is_nothing(app):
    assert f"{request!r} {session!r} {g!r} {current_app!r}" == " ".join(
        ["<LocalProxy unbound>"] * 4
    )
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        hasattr(request, "args")
    with app.test_request_context("/?a=1"):
        assert request.args is request._get_current_object().args
        assert isinstance(request, Request)
        assert current_app.name == app.name
        request.own, g.own = 1, 2
        assert (request.own, g.own, "own" in g) == (1, 2, True)
        with pytest.raises(AttributeError, match="no attribute 'missing'"):
            _ = request.missing
