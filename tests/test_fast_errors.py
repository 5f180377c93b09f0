"""An HTTP error is answered the short way as the long way answers it.

The measure is a response class that forces types in a way of its own, which is
Werkzeug's: it takes the long way for every error.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug import exceptions
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as GeneralResponse

from nbflask import Flask, Response, abort, request
from nbflask.messages.pages import LONGEST, MOST_PAGES, page


def forcing(base):
    """Return a class that makes responses of errors as Werkzeug does."""

    class Forcing(base):
        @classmethod
        def force_type(cls, response, environ=None):
            return super().force_type(response, environ)

    return Forcing


def answer(response_class, raised, method="GET", change=lambda response: None) -> Any:
    """What a view that raises is answered with over WSGI, or how that fails."""
    app = Flask("test_app", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.response_class = response_class
    seen: dict[str, Any] = {}

    @app.route("/", methods=[method])
    def index():
        raise raised()

    @app.after_request
    def look(response):
        seen.update(streamed=response.is_streamed, length=response.content_length)
        seen.update(seen=change(response))
        return response

    def start_response(status, headers):
        seen.update(status=status, headers=headers)

    try:
        body = app.wsgi_app(create_environ("/", method=method), start_response)
    except Exception as error:
        return type(error), str(error)
    chunks = [*body]
    getattr(body, "close", lambda: None)()
    return {**seen, "body": b"".join(chunks)}


def same(raised, method="GET", change=lambda response: None, base=Response):
    short = answer(base, raised, method, change)
    assert short == answer(forcing(base), raised, method, change)
    return short


METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"])
DESCRIPTIONS = (
    st.none() | st.text() | st.text().map(Markup) | st.just("x" * LONGEST * 2)
)


@given(st.sampled_from([*default_exceptions.values()]), DESCRIPTIONS, METHODS)
def test_werkzeug_s_errors_have_werkzeug_s_pages(kind, description, method):
    same(lambda: kind(description=description), method)


@given(st.integers(-1, 1000) | st.sampled_from([None, "404", 404.0, True]), METHODS)
def test_an_error_may_have_any_code(code, method):
    kind = type("Own", (HTTPException,), {"code": code, "description": "own"})
    same(kind, method)


def with_attributes(**attributes):
    def make():
        error = exceptions.NotFound()
        for name, value in attributes.items():
            setattr(error, name, value)
        return error

    return make


def noted():
    error = exceptions.NotFound()
    error.note = "own"
    return error


ERRORS = {
    "a body": lambda: type("Own", (exceptions.Gone,), {"get_body": own_text})(),
    "a description": lambda: type(
        "Own", (exceptions.Gone,), {"get_description": own_text}
    )(),
    "headers": lambda: type("Own", (exceptions.Gone,), {"get_headers": own_headers})(),
    "a name": lambda: type("Own", (exceptions.Gone,), {"name": "Own"})(),
    "an answer": lambda: type("Own", (exceptions.Gone,), {"__call__": own_answer})(),
    "a response": lambda: exceptions.NotFound(response=GeneralResponse("own", 299)),
    "a response of its class": lambda: type(
        "Own", (exceptions.Gone,), {"get_response": lambda *a: GeneralResponse("own")}
    )(),
    "methods": lambda: exceptions.MethodNotAllowed(["GET", "PUT"]),
    "a challenge": lambda: exceptions.Unauthorized(
        www_authenticate=WWWAuthenticate("basic", {"realm": "own"})
    ),
    "a range": lambda: exceptions.RequestedRangeNotSatisfiable(7),
    "a time to retry": lambda: exceptions.TooManyRequests(retry_after=7),
    "a key": lambda: exceptions.BadRequestKeyError("own"),
    "a code": with_attributes(code=299),
    "no code": with_attributes(code=None),
    "a code without a body": with_attributes(code=204),
    "text for a body": with_attributes(get_body=lambda *args: "own"),
    "an attribute": noted,
    "a number to describe it": with_attributes(description=7),
    "nothing to describe it": with_attributes(description=""),
    "an original": lambda: exceptions.InternalServerError(
        original_exception=KeyError()
    ),
}


def own_text(self, environ=None, scope=None):
    return f"own {environ['PATH_INFO'] if environ else None}"


def own_headers(self, environ=None, scope=None):
    return [("Content-Type", "text/own"), ("X-Own", "1")]


def own_answer(self, environ, start_response):
    start_response("299 OWN", [("X-Own", "1")])
    return [b"own"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_may_have_something_of_its_own(name, method):
    same(ERRORS[name], method)


def test_a_class_of_errors_may_be_changed_at_any_time(monkeypatch):
    assert b"Gone" in same(exceptions.Gone)["body"]
    monkeypatch.setattr(exceptions.Gone, "get_body", own_text)
    assert b"own" in same(exceptions.Gone)["body"]
    monkeypatch.setattr(HTTPException, "get_headers", own_headers)
    assert ("X-Own", "1") in same(exceptions.NotFound)["headers"]


CLASSES = {
    "a making": lambda base: type(
        "Own",
        (base,),
        {"__init__": lambda self, *args, **kwargs: pytest.fail("It is forced.")},
    ),
    "a type": lambda base: type("Own", (base,), {"default_mimetype": "text/own"}),
    "a status": lambda base: type("Own", (base,), {"default_status": 299}),
    "headers": lambda base: type(
        "Own", (base,), {"get_wsgi_headers": lambda *args: {"X-Own": "1"}}
    ),
    "a body": lambda base: type(
        "Own", (base,), {"iter_encoded": lambda self: iter([b"own"])}
    ),
    "nothing of ours": lambda base: GeneralResponse,
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_responses_may_have_something_of_its_own(name):
    same(exceptions.NotFound, base=CLASSES[name](Response))


def read_twice(response):
    return response.get_data(), response.get_data()


CHANGES = {
    "read": read_twice,
    "read as text": lambda response: response.get_data(as_text=True),
    "half read": lambda response: next(iter(response.response)),
    "set": lambda response: response.set_data("set"),
    "closed with": lambda response: str(response.call_on_close(print)),
    "located": lambda response: response.headers.set("Location", "/é"),
    "conditional": lambda response: response.make_conditional(request).status,
    "emptied": lambda response: setattr(response, "status_code", 204),
    "with an etag": lambda response: response.add_etag(),
    "with headers": lambda response: response.headers.add("X-Own", "1"),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("change", CHANGES)
def test_whoever_looks_at_a_page_finds_what_werkzeug_makes(change, method):
    def looked_at(response):
        CHANGES[change](response)

    same(exceptions.NotFound, method, looked_at)


def test_a_page_is_whole_for_each_who_gets_it(app):
    client = app.test_client()
    first = client.get("/nowhere")
    assert first.data == client.get("/nowhere").data
    assert first.data.startswith(b"<!doctype html>")


def test_pages_are_remembered_within_bounds(app):
    app.add_url_rule("/<name>", "index", lambda name: abort(404, name))
    for number in range(MOST_PAGES + 9):
        assert f"no{number}" in app.test_client().get(f"/no{number}").text
    known = page.cache_info()
    assert known.currsize <= MOST_PAGES
    app.test_client().get(f"/{'x' * LONGEST}x")
    assert page.cache_info().misses == known.misses


# Aborting


class OwnAborter(exceptions.Aborter):
    def __init__(self):
        super().__init__(extra={299: exceptions.Gone})


@pytest.mark.parametrize("aborter", [None, OwnAborter])
@pytest.mark.parametrize("code", [*default_exceptions, 299, 200, True, "404", [404]])
def test_a_request_is_aborted_as_werkzeug_has_it(aborter, code):
    app = Flask("test_app")
    if aborter is not None:
        app.aborter_class = aborter
        app.aborter = app.make_aborter()

    def raised(abort, *args, **kwargs):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            abort(code, *args, **kwargs)
        return type(caught.value), str(caught.value), vars(caught.value)

    general = (aborter or exceptions.Aborter)()
    assert raised(app.aborter) == raised(general)
    assert raised(app.aborter, "own") == raised(general, "own")


def test_a_request_is_aborted_with_a_response(app):
    with pytest.raises(HTTPException) as caught:
        app.aborter(response := Response("own"))
    assert caught.value.response is response


# Handlers


class Known(Exception):
    """Has a handler."""


class Below(Known):
    """Has its base's."""


def test_a_handler_may_answer_for_a_class_a_code_or_a_base(app):
    app.register_error_handler(Known, lambda error: f"known {type(error).__name__}")
    app.register_error_handler(404, lambda error: "code")
    app.register_error_handler(HTTPException, lambda error: "any")
    kinds = {"known": Known, "below": Below, "gone": exceptions.Gone}

    @app.route("/<name>")
    def index(name):
        raise kinds[name]

    client = app.test_client()
    asked = {name: client.get(f"/{name}").text for name in (*kinds, "no/where")}
    assert asked == {
        "known": "known Known",
        "below": "known Below",
        "gone": "any",
        "no/where": "code",
    }


@pytest.mark.parametrize("step", ["handle_user_exception", "handle_http_exception"])
def test_a_step_may_be_assigned(app, step):
    setattr(app, step, lambda error: (f"{step} {error.code}", 299))
    assert app.test_client().get("/nowhere").text == f"{step} 404"


def test_a_search_for_handlers_may_be_assigned(app):
    app._find_error_handler = lambda error, blueprints: lambda error: "found"
    assert app.test_client().get("/nowhere").text == "found"


def ask(app, path):
    """Ask as a server does: a client's own story of a request keeps its errors."""
    return b"".join(app(create_environ(path), lambda *started: None))


@pytest.mark.parametrize("handled", [True, False])
def test_a_path_that_leads_nowhere_leaves_no_circle(app, handled):
    kept = []

    @app.teardown_request
    def keep(error):
        kept.append(weakref.ref(request.routing_exception))

    if handled:
        app.register_error_handler(404, lambda error: "handled")
    gc.disable()
    try:
        ask(app, "/nowhere")
        assert kept[0]() is None
    finally:
        gc.enable()


def test_a_routing_exception_that_is_trapped_keeps_its_traceback(app):
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, PROPAGATE_EXCEPTIONS=True)
    with pytest.raises(exceptions.NotFound) as caught:
        ask(app, "/nowhere")
    assert "raise_routing_exception" in [each.name for each in caught.traceback]
