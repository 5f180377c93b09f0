"""An app is asked, and its answer received, as by Werkzeug's client."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from long_way import LongWay, tried
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as GeneralResponse

from nbflask import Flask, Response, request
from nbflask.testing import FlaskClient

# Answers


class Closing(list):
    """A body that counts how often it is closed."""

    closed = 0

    def close(self):
        self.closed += 1


class Failing(Closing):
    def __iter__(self):
        yield from super().__iter__()
        raise OSError("cut")


HEADERS = [("Content-Type", "text/plain"), ("X-Own", "1"), ("x-own", "2")]


def answering(body, status="200 OK", headers=HEADERS):
    def wsgi(environ, start_response):
        start_response(status, headers)
        return body

    return wsgi


def begun_late(environ, start_response):
    yield b""
    start_response("201 CREATED", HEADERS)
    yield b"late"


def never_begun(environ, start_response):
    return [b"lost"]


def begun_twice(environ, start_response):
    start_response("200 OK", [])
    start_response("202 ACCEPTED", HEADERS)
    return [b"twice"]


def written(environ, start_response):
    write = start_response("200 OK", HEADERS)
    write(b"one ")
    write(b"two ")
    return [b"three"]


def written_late(environ, start_response):
    write = start_response("200 OK", HEADERS)
    write(b"one ")

    def body():
        write(b"two ")
        yield b"three "
        write(b"four ")
        yield b"five"

    return body()


def written_and_nothing_else(environ, start_response):
    start_response("200 OK", HEADERS)(b"all")
    return []


def failing_at_once(environ, start_response):
    start_response("200 OK", HEADERS)
    try:
        raise KeyError("early")
    except KeyError:
        start_response("500 OOPS", HEADERS, sys.exc_info())
    return [b"never"]


def failing_later(environ, start_response):
    start_response("200 OK", HEADERS)

    def body():
        yield b"one"
        try:
            raise KeyError("later")
        except KeyError:
            start_response("500 OOPS", HEADERS, sys.exc_info())

    return body()


def failing_before(environ, start_response):
    raise KeyError("before")


def changing_its_environ(environ, start_response):
    path = environ["PATH_INFO"]
    environ.clear()
    return answering([path.encode()])(environ, start_response)


ANSWERS = {
    "a list": lambda: answering([b"text"]),
    "a list of two": lambda: answering([b"te", b"xt"]),
    "an empty list": lambda: answering([]),
    "a list of nothing": lambda: answering([b""]),
    "a list of text": lambda: answering(["text"]),
    "a tuple": lambda: answering((b"text",)),
    "an iterator": lambda: answering(iter([b"te", b"xt"])),
    "a closing list": lambda: answering(Closing([b"te", b"xt"])),
    "an empty closing list": lambda: answering(Closing()),
    "a failing list": lambda: answering(Failing([b"te"])),
    "a list that fails at once": lambda: answering(Failing()),
    "a status without a reason": lambda: answering([b"text"], "404"),
    "a status of its own": lambda: answering([b"text"], "299 OWN"),
    "a status of words": lambda: answering([b"text"], "own"),
    "an empty status": lambda: answering([b"text"], ""),
    "a status code": lambda: answering([b"text"], 418),
    "no headers": lambda: answering([b"text"], headers=[]),
    "headers for Werkzeug": lambda: answering([b"text"], headers=Headers(HEADERS)),
    "a tuple of headers": lambda: answering([b"text"], headers=tuple(HEADERS)),
    "headers that are lists": lambda: answering([b"text"], headers=[["X-Own", "1"]]),
    "a header that is a number": lambda: answering([b"text"], headers=[("X-Own", 1)]),
    "half a header": lambda: answering([b"text"], headers=[("X-Own",)]),
    "a header of two lines": lambda: answering([b"text"], headers=[("X", "1\n2")]),
    "a header of two old lines": lambda: answering([b"text"], headers=[("X", "\r")]),
    "a redirect": lambda: answering([b""], "302 FOUND", [("Location", "/elsewhere")]),
    **{
        each.__name__.replace("_", " "): lambda each=each: each
        for each in (
            *(begun_late, never_begun, begun_twice, written, written_late),
            *(written_and_nothing_else, failing_at_once, failing_later),
            *(failing_before, changing_its_environ),
        )
    },
}


@pytest.mark.parametrize("buffered", [False, True])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_app_is_asked_as_werkzeug_asks_it(name, buffered):
    ours, theirs = (
        answered(kind, ANSWERS[name](), buffered) for kind in (FlaskClient, LongWay)
    )
    assert ours == theirs


def answered(kind: type[FlaskClient], wsgi: Any, buffered: bool) -> list[Any]:
    """What a client received, step by step; then, what went wrong with it."""
    bodies, told = [], []

    def noting(environ, start_response):
        bodies.append(wsgi(environ, start_response))
        return bodies[0]

    app = Flask("test_app")
    app.wsgi_app = noting
    try:
        response = kind(app, Response).get("/here", buffered=buffered)
        told += [type(response.response).__name__, response.is_streamed]
        told += [response.status, response.status_code, list(response.headers)]
        told += [response.history, response.mimetype, response.request.path]
        told += [response.data, response.data, response.text, response.is_streamed]
        told += [type(response.response).__name__]
        response.close()
    except Exception as error:
        told += [type(error), str(error)]
    return [*told, *(getattr(each, "closed", None) for each in bodies)]


def test_an_answer_leaves_the_body_that_the_app_keeps_alone(app):
    kept = [b"text"]
    app.wsgi_app = answering(kept)
    response = app.test_client().get("/", buffered=True)
    response.response.append(b"more")
    assert (response.data, kept) == (b"textmore", [b"text"])


# Responses


def noting_close(self):
    self.noted = "closed"


class WithArguments(Response):
    def __init__(self, response=None, status=None, headers=None, **kwargs):
        super().__init__(response, status, headers, **kwargs)
        self.headers["X-Own"] = "1"


def having(**attributes):
    return type("Own", (Response,), attributes)


RESPONSES = {
    "as it is": Response,
    "Werkzeug's": GeneralResponse,
    "a client's": TestResponse,
    "with arguments": WithArguments,
    "with data": having(data=property(lambda self: b"own")),
    "with a reading of its own": having(get_data=lambda self, as_text=False: "own"),
    "with an encoding": having(iter_encoded=lambda self: iter([b"own"])),
    "with a sequence": having(make_sequence=lambda self: None),
    "with no sequence": having(is_sequence=False),
    "with no conversion": having(implicit_sequence_conversion=False),
    "with a status": having(status=property(lambda self: "299 OWN", lambda *_: None)),
    "with a close": having(close=noting_close),
    "with text": having(text="own"),
    "with a request": having(request="own"),
    "with a default type": having(default_mimetype="text/plain"),
}


@pytest.mark.parametrize("buffered", [False, True])
@pytest.mark.parametrize("name", RESPONSES)
def test_a_class_of_responses_is_received_as_werkzeug_has_it(name, buffered):
    ours, theirs = (
        received(kind, RESPONSES[name], buffered) for kind in (FlaskClient, LongWay)
    )
    assert ours == theirs


def received(kind: Any, response_class: Any, buffered: bool) -> list[Any]:
    app = Flask("test_app")
    app.add_url_rule("/", "index", lambda: {"a": "text"})
    response = kind(app, response_class).get("/", buffered=buffered)
    assert isinstance(response, (TestResponse, response_class))
    looks = (
        *(lambda: response.status, lambda: list(response.headers)),
        *(lambda: response.data, lambda: response.get_data(True)),
        *(lambda: response.text, lambda: response.json),
        *(lambda: response.close(), lambda: response.noted),
        *(lambda: response.request, lambda: response.mimetype),
    )
    told = [tried(look) for look in looks]
    told[-2] = told[-2] if isinstance(told[-2], str) else told[-2].path
    return told


def test_a_stream_that_may_not_be_gathered_is_not(app):
    app.add_url_rule("/", "index", lambda: "text")
    response = app.test_client().get("/")
    response.direct_passthrough = True
    with pytest.raises(RuntimeError, match="implicit sequence conversion"):
        response.get_data()


def test_the_status_of_a_response_can_be_set(app):
    response = app.test_client().get("/")
    response.status = "299 OWN"
    assert (response.status, response.status_code) == ("299 OWN", 299)
    response.status_code = 418
    assert (response.status, response.status_code) == ("418 I'M A TEAPOT", 418)


def test_the_data_of_a_response_can_be_set(app):
    app.add_url_rule("/", "index", lambda: "text")
    response = app.test_client().get("/")
    response.data = "more text"
    assert (response.data, response.content_length) == (b"more text", 9)


def test_the_request_of_a_response_is_the_one_that_was_sent(app):
    app.before_request(lambda: request.environ.update(PATH_INFO="/other", X="1"))
    app.add_url_rule("/here", "here", lambda: "here")
    response = app.test_client().get("/here?a=1", headers={"X-Own": "1"})
    sent = response.request
    assert sent is response.request
    assert sent.environ["werkzeug.request"] is sent
    assert (sent.path, sent.args["a"], sent.headers["X-Own"]) == ("/here", "1", "1")
    assert "X" not in sent.environ
    assert timedelta() < response.elapsed < timedelta(minutes=1)
