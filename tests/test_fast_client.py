"""The client takes its short way where each step is its own, and to the same end."""

from __future__ import annotations

import gc
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from long_way import LongWay, tried
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client
from werkzeug.wrappers import Response as GeneralResponse

from nbflask import Flask, Response, g, redirect, request, session
from nbflask.testing import FlaskClient

# What is sent


@pytest.mark.parametrize("cookies", [True, False])
@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"query_string": {"a": "b c"}, "headers": {"X-Own": "1"}},
        {"json": {"a": 1}, "method": "POST"},
        {"data": {"a": "1"}, "method": "POST", "headers": {"Cookie": "b=2"}},
        {"base_url": "https://a.org/root", "environ_base": {"REMOTE_ADDR": "::1"}},
        {"environ_overrides": {"HTTP_HOST": "b.org"}, "subdomain": "a"},
    ],
)
def test_an_app_sees_the_environ_that_a_builder_makes(keywords, cookies):
    def seen(kind):
        app = Flask("test_app")
        app.wsgi_app = seeing(environs := [])
        client = kind(app, Response, use_cookies=cookies)
        client.environ_base["HTTP_X_BASE"] = "1"
        if cookies:
            client.set_cookie("c", "3")
        environs.append(client.open("/x", **keywords).request.environ)
        for each in environs:
            assert each.pop("nbflask.story") is not None
            assert each.pop("werkzeug.request").path == "/x"
            each["wsgi.input"] = each["wsgi.input"].read()
        return environs

    assert seen(FlaskClient) == seen(LongWay)


def seeing(environs):
    def wsgi(environ, start_response):
        environs.append({**environ, "wsgi.input": io.BytesIO()})
        start_response("200 OK", [])
        return [b"seen"]

    return wsgi


def test_a_request_leaves_nothing_to_the_garbage_collector(app):
    app.secret_key = "key"
    app.add_url_rule("/", "index", lambda: session.setdefault("a", "text"))
    client = app.test_client()
    client.get("/")
    gc.collect()
    gc.disable()
    try:
        assert client.post("/x", json=[1], query_string={"a": 1}).status_code == 404
        gc.collect()
        assert client.get("/", headers={"X-Own": "1"}).text == "text"
        assert gc.collect() == 0
    finally:
        gc.enable()


# Clients with steps of their own


class Behind(Client):
    """Stands behind the client in a class of both."""

    def open(self, *args, **kwargs):
        response = super().open(*args, **kwargs)
        response.headers["X-Step"] = "behind"
        return response


class OpensItsOwnWay(FlaskClient):
    def open(self, *args, **kwargs):
        response = super().open(*args, headers={"X-Own": "open"}, **kwargs)
        response.headers["X-Step"] = "open"
        return response


class RunsItsOwnWay(FlaskClient):
    def run_wsgi_app(self, environ, buffered=False):
        body, status, headers = super().run_wsgi_app(environ, buffered)
        headers["X-Step"] = "run"
        return body, status, headers


class CopiesItsOwnWay(FlaskClient):
    def _copy_environ(self, other):
        return {**super()._copy_environ(other), "HTTP_X_OWN": "copy"}


class BuildsItsOwnWay(FlaskClient):
    def _request_from_builder_args(self, args, kwargs):
        kwargs["headers"] = {"X-Own": "build"}
        return super()._request_from_builder_args(args, kwargs)


@pytest.mark.parametrize(
    ("kind", "text", "step"),
    [
        (FlaskClient, "none", None),
        (type("Both", (FlaskClient, Behind), {}), "none", "behind"),
        (OpensItsOwnWay, "open", "open"),
        (RunsItsOwnWay, "none", "run"),
        (CopiesItsOwnWay, "copy", None),
        (BuildsItsOwnWay, "build", None),
    ],
)
def test_a_client_may_have_steps_of_its_own(app, kind, text, step):
    app.add_url_rule("/", "index", lambda: request.headers.get("X-Own", "none"))
    app.test_client_class = kind
    response = app.test_client().get("/")
    assert (response.text, response.headers.get("X-Step")) == (text, step)


@pytest.mark.parametrize(
    "name",
    ["_copy_environ", "_request_from_builder_args", "run_wsgi_app"],
)
@pytest.mark.parametrize("of_all", [True, False])
def test_a_step_may_be_replaced_for_a_while(app, monkeypatch, name, of_all):
    app.add_url_rule("/", "index", lambda: "text")
    client, asked = app.test_client(), []
    former = getattr(client, name)

    def replaced(*args, **kwargs):
        asked.append(name)
        return former(*args, **kwargs)

    if of_all:
        monkeypatch.setattr(FlaskClient, name, staticmethod(replaced))
    else:
        monkeypatch.setattr(client, name, replaced)
    assert client.get("/").text == "text"
    monkeypatch.undo()
    assert client.get("/").text == "text"
    assert asked == [name]


def test_a_client_may_have_another_class_of_responses(app):
    app.add_url_rule("/", "index", lambda: "text")
    client = app.test_client()

    class Loud(client.response_wrapper):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.headers["X-Own"] = "1"

        def get_data(self, as_text=False):
            return super().get_data(as_text).upper()

    client.response_wrapper = Loud
    response = client.get("/")
    assert (response.text, response.headers["X-Own"]) == ("TEXT", "1")


def test_a_client_may_ask_another_in_the_place_of_its_app(app):
    client = app.test_client()
    client.target = GeneralResponse("another")
    assert client.get("/").text == "another"


def test_a_method_of_a_client_may_be_watched(app, monkeypatch):
    app.add_url_rule("/", "index", lambda: "text")
    asked = []

    def opening(self, *args, **kwargs):
        asked.append(args)
        return former(self, *args, **kwargs)

    former = Client.open
    monkeypatch.setattr(Client, "open", opening)
    assert app.test_client().get("/").text == "text"
    assert len(asked) == 1


# Contexts and cookies


def test_the_context_stays_in_a_block_and_ends_with_the_next_request(app):
    app.add_url_rule("/<name>", "index", lambda name: setattr(g, "name", name) or name)
    ended = []
    app.teardown_appcontext(lambda error: ended.append(g.name))
    client = app.test_client()
    with client:
        client.get("/a")
        assert (g.name, request.path, ended) == ("a", "/a", ["a"])
        client.get("/b")
        assert (g.name, request.path) == ("b", "/b")
    assert ended == ["a", "a", "b", "b"]


def test_what_fails_in_a_block_is_raised_and_its_context_ends(app):
    app.testing = True

    @app.route("/<int:by>")
    def divide(by):
        g.by = by
        return str(1 / by)

    def steps(kind):
        client, told = kind(app, Response), []
        with client:
            for path in ("/1", "/0", "/1"):
                told.append(tried(lambda path=path: client.get(path).text))
                told.append(tried(lambda: (g.by, request.path)))
        return told

    assert steps(FlaskClient) == steps(LongWay)


COOKIES = (
    "a=1",
    "b=2; Path=/",
    "b=3; Path=/deep",
    "c=4; Domain=a.org",
    "c=5; Domain=.a.org; Path=/",
    "a=; Max-Age=0",
    "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",
    'd="x y"; Secure; HttpOnly',
)
STEPS = st.tuples(
    st.sampled_from(["/", "/deep", "/deep/er", "/deeper", "/%C3%A9"]),
    st.sampled_from([None, "http://a.org", "https://b.a.org:8", "http://a.org/deep"]),
    st.lists(st.sampled_from(COOKIES), max_size=2),
)


@given(st.lists(STEPS, max_size=5))
def test_cookies_are_kept_and_sent_as_by_werkzeugs_client(steps):
    app = Flask("test_app")

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>")
    def index(path):
        headers = [("Set-Cookie", each) for each in request.args.getlist("set")]
        return request.headers.get("Cookie", ""), headers

    clients = app.test_client(), Client(app)
    for path, base_url, cookies in steps:
        query = MultiDict(("set", each) for each in cookies)
        ours, theirs = (
            client.get(path, base_url=base_url, query_string=query).text
            for client in clients
        )
        assert ours == theirs


def test_a_redirect_is_followed_with_the_cookies_that_it_sets(app):
    app.secret_key = "key"

    @app.route("/")
    def index():
        session["name"] = "ada"
        return redirect("/named")

    app.add_url_rule("/named", "named", lambda: session["name"])
    response = app.test_client().get("/", follow_redirects=True)
    assert (response.text, len(response.history)) == ("ada", 1)
    assert response.history[0].request.path == "/"
