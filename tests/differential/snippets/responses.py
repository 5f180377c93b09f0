"""Views and what they return, redirects, abort, make_response."""

from __future__ import annotations

from collections import UserDict
from dataclasses import dataclass

import flask
from flask import Flask, Response, abort, make_response, redirect, request
from werkzeug.exceptions import HTTPException, NotFound


def answer(see, result, **config):
    app = Flask("app")
    app.config.update(PROPAGATE_EXCEPTIONS=True, **config)

    @app.route("/")
    def index():
        return result() if callable(result) and not isinstance(result, type) else result

    see.outcome(app.test_client().get, "/")


def a_string_is_html(see):
    answer(see, "<b>text</b>")


def a_mapping_that_is_no_dict_is_refused(see):
    answer(see, UserDict(a=1))


def a_class_is_called_as_wsgi(see):
    answer(see, dict)


def a_list_of_dicts_is_json(see):
    answer(see, [{"b": 1, "a": 2}])


def a_tuple_of_one_is_refused(see):
    answer(see, ("text",))


def a_tuple_of_four_is_refused(see):
    answer(see, ("text", 200, {}, None))


def headers_may_have_lists_of_values(see):
    answer(see, ("text", {"X-Many": ["1", "2"], "Set-Cookie": ["a=1", "b=2"]}))


def a_status_may_be_text(see):
    answer(see, ("text", "299 Odd But Fine"))


def nothing_returned_names_the_endpoint(see):
    answer(see, lambda: None)


def a_tuple_with_none_in_it_is_refused(see):
    answer(see, (None, 404))


def a_response_subclass_is_kept(see):
    class Own(Response):
        default_mimetype = "text/x-own"

    app = Flask("app")
    app.response_class = Own
    app.add_url_rule("/", "own", lambda: "own")
    app.add_url_rule("/json", "json", lambda: {"own": 1})
    app.add_url_rule("/plain", "plain", lambda: Response("plain"))
    for path in ("/", "/json", "/plain"):
        response = app.test_client().get(path)
        see(response)


def a_generator_is_streamed(see):
    def stream():
        yield "a"
        yield "b"

    answer(see, stream)


def a_broken_stream_breaks_off(see):
    def stream():
        yield "a"
        raise ValueError("in the stream")

    answer(see, stream)


def make_response_takes_a_tuple_apart(see):
    with Flask("app").test_request_context():
        see(make_response())
        see(make_response("text", 201, {"X-A": "1"}))
        see(make_response(("text", 201)))
        see.outcome(make_response, None)
        see.outcome(make_response, 5)
        see.outcome(make_response, "text", 201, {}, 4)


def make_response_outside_of_an_app_is_an_error(see):
    see.outcome(make_response, "text")


def make_response_in_an_app_without_a_request(see):
    with Flask("app").app_context():
        see(make_response("text", 202))
        see.outcome(make_response, None)
        see.outcome(make_response, lambda environ, start: [])


def redirects_by_all_codes(see):
    with Flask("app").test_request_context():
        for code in (301, 302, 303, 305, 307, 308):
            see(redirect("/ä?b=<c>", code))
        see.outcome(redirect, "/", 200)
        see.outcome(redirect, "/", 299)
    see(redirect("/outside"))


def an_app_may_redirect_its_own_way(see):
    class Own(Flask):
        def redirect(self, location, code=302):
            return self.response_class(f"go to {location} by {code}")

    with Own("app").app_context():
        see(redirect("/there", 303))


def redirects_stay_relative(see):
    answer(see, lambda: redirect("next"))


def a_location_may_be_corrected(see):
    class Own(Response):
        autocorrect_location_header = True

    app = Flask("app")
    app.response_class = Own
    app.add_url_rule("/a/b", "own", lambda: redirect("next"))
    see(app.test_client().get("/a/b"))


def abort_by_code_and_by_response(see):
    for words in (
        (404,),
        (404, "gone fishing"),
        (Response("own", 418),),
        (600,),
        ("x",),
    ):
        see.outcome(abort, *words)
        with Flask("app").app_context():
            see.outcome(abort, *words)


def abort_takes_more_codes(see):
    class PaymentDue(HTTPException):
        code = 402
        description = "pay"

    app = Flask("app")
    app.aborter.mapping[402] = PaymentDue
    app.add_url_rule("/", "pay", lambda: abort(402))
    see(app.test_client().get("/"))


def an_aborter_class_of_ones_own(see):
    from werkzeug.exceptions import Aborter

    class Own(Aborter):
        def __call__(self, code, *args, **kwargs):
            raise NotFound(f"instead of {code}")

    class Site(Flask):
        aborter_class = Own

    app = Site("app")
    app.add_url_rule("/", "x", lambda: abort(500))
    see(app.test_client().get("/"))


def abort_405_says_what_is_allowed(see):
    answer(see, lambda: abort(405, valid_methods=["PUT"]))


def abort_416_and_429_have_headers(see):
    answer(see, lambda: abort(416, length=10))
    answer(see, lambda: abort(429, retry_after=30))


def a_dataclass_as_a_view_result(see):
    @dataclass
    class Point:
        x: int = 1

    answer(see, Point())


def a_dataclass_within_a_view_result(see):
    @dataclass
    class Point:
        x: int = 1

    answer(see, {"point": Point()})


def an_object_is_refused_as_a_view_result(see):
    class Point:
        pass

    answer(see, Point())
    answer(see, {"point": Point()})
    answer(see, {("a", "b"): 1})


def numbers_that_json_cannot_say(see):
    answer(see, {"numbers": [float("nan"), float("inf")]})


def cookies_of_a_response(see):
    def view():
        response = make_response("cookies")
        response.set_cookie("a", "1", max_age=60, httponly=True, samesite="Lax")
        response.set_cookie("b", "ä;", path="/x", secure=True, partitioned=True)
        response.delete_cookie("c", domain="example.com")
        return response

    answer(see, view)


def a_large_cookie_earns_a_warning(see):
    def view():
        response = make_response("cookies")
        response.set_cookie("a", "1" * 100)
        return response

    answer(see, view, MAX_COOKIE_SIZE=50)
    answer(see, view, MAX_COOKIE_SIZE=0)
    answer(see, view)


def head_has_no_body(see):
    app = Flask("app")
    app.add_url_rule("/", "x", lambda: "text")
    app.add_url_rule("/s", "s", lambda: iter(["a", "b"]))
    see(app.test_client().head("/"), app.test_client().head("/s"))


def status_204_and_304_have_no_body(see):
    for status in (204, 304, 205, 100):
        answer(see, ("text", status))


def a_response_knows_json_and_request(see):
    app = Flask("app")
    app.add_url_rule("/", "x", lambda: {"a": [1]})
    response = app.test_client().get("/?q=1")
    see(response.json, response.get_json(), response.request.path, response.text)
    see(
        response.is_json,
        response.mimetype,
        response.content_length,
        response.request.args,
    )


def the_class_of_responses_can_be_made_by_hand(see):
    see(
        Response(), Response("a", 201, {"X": "1"}), Response(["a", "b"], mimetype="a/b")
    )
    see(
        Response(b"bytes", content_type="text/plain"),
        Response(None),
        Response(iter("ab")),
    )
    see(Response("x", status=299), Response("x", status="404 Nope").status_code)
    see.outcome(Response, 5)
    see.outcome(Response, "a", "bad status")
    see.outcome(Response("{").get_json)
    see(Response("{}", mimetype="application/json").json, Response.default_mimetype)


def a_plain_werkzeug_response_becomes_the_apps(see):
    from werkzeug.wrappers import Response as Plain

    app = Flask("app")
    app.add_url_rule(
        "/", "x", lambda: (Plain("plain", 203, {"X-A": "1"}), 204, {"X-B": "2"})
    )
    response = app.test_client().get("/")
    see(response)
    with app.test_request_context():
        see(type(make_response(Plain("x"))))


def wsgi_apps_may_be_returned(see):
    def wsgi(environ, start_response):
        start_response("200 OK", [("X-Path", environ["PATH_INFO"])])
        return [b"wsgi"]

    app = Flask("app")
    app.add_url_rule("/", "x", lambda: wsgi)
    app.add_url_rule("/t", "t", lambda: (wsgi, 202, {"X-A": "1"}))
    app.add_url_rule("/bad", "bad", lambda: lambda: None)
    see(
        app.test_client().get("/"),
        app.test_client().get("/t"),
        app.test_client().get("/bad"),
    )


def a_view_may_read_the_body_late(see):
    app = Flask("app")

    @app.post("/")
    def echo():
        return flask.stream_with_context(iter([request.get_data(), b"!"]))

    see(app.test_client().post("/", data="body"))


def vary_and_cache_control_can_be_set(see):
    def view():
        response = make_response("x")
        response.vary.add("Cookie")
        response.cache_control.max_age = 5
        response.add_etag()
        return response.make_conditional(request)

    answer(see, view)
