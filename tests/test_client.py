"""The in-process client: cookies, sessions, contexts, redirects, bodies."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from werkzeug.test import EnvironBuilder

from nbflask import (
    Flask,
    g,
    has_request_context,
    jsonify,
    redirect,
    request,
    session,
    stream_with_context,
)
from nbflask.story import Story
from nbflask.testing import FlaskClient


@pytest.fixture
def app() -> Flask:
    """An app that keeps what it is told, and tells what it was sent."""
    app = Flask("test_app")
    app.secret_key = "key"

    @app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def echo():
        return {
            "method": request.method,
            "args": request.args.to_dict(),
            "form": request.form.to_dict(),
            "json": request.get_json(silent=True),
            "files": {
                name: file.read().decode() for name, file in request.files.items()
            },
            "agent": request.user_agent.string,
            "url": request.url,
            "address": request.remote_addr,
        }

    @app.route("/remember/<name>")
    def remember(name):
        session["name"] = g.name = name
        return name

    @app.route("/recall")
    def recall():
        return session.get("name", "nobody")

    @app.route("/hop/<int:left>")
    def hop(left):
        return redirect(f"/hop/{left - 1}") if left else "there"

    @app.route("/fail")
    def fail():
        raise ZeroDivisionError("on purpose")

    return app


# What is sent


@pytest.mark.parametrize(
    ("method", "keywords", "told"),
    [
        ("get", {"query_string": {"q": "tea"}}, {"args": {"q": "tea"}}),
        ("post", {"data": {"a": "1"}}, {"form": {"a": "1"}}),
        ("put", {"json": {"a": [1]}}, {"json": {"a": [1]}}),
        ("patch", {"json": None}, {"json": None, "method": "PATCH"}),
        ("delete", {}, {"method": "DELETE"}),
        (
            "post",
            {"data": {"f": (io.BytesIO(b"text"), "f.txt"), "a": "1"}},
            {"files": {"f": "text"}, "form": {"a": "1"}},
        ),
        ("get", {"base_url": "https://x.org/"}, {"url": "https://x.org/echo"}),
        ("get", {"headers": {"User-Agent": "me"}}, {"agent": "me"}),
        ("get", {"environ_base": {"REMOTE_ADDR": "1.2.3.4"}}, {"address": "1.2.3.4"}),
        ("get", {}, {"address": "127.0.0.1", "url": "http://localhost/echo"}),
    ],
)
def test_a_request_is_made_of_keywords(client, method, keywords, told):
    answer = getattr(client, method)("/echo", **keywords).json
    assert {name: answer[name] for name in told} == told


@pytest.mark.parametrize(
    "given",
    [
        lambda: EnvironBuilder("/echo", query_string={"q": "tea"}),
        lambda: EnvironBuilder("/echo", query_string={"q": "tea"}).get_environ(),
        lambda: EnvironBuilder("/echo", query_string={"q": "tea"}).get_request(),
        lambda: "/echo?q=tea",
        lambda: "http://localhost/echo?q=tea",
    ],
)
def test_a_request_may_be_given_ready_made(client, given):
    answer = client.open(given()).json
    assert answer["args"] == {"q": "tea"}


def test_the_base_of_every_request_can_be_changed(client):
    client.environ_base["HTTP_USER_AGENT"] = "me"
    assert client.get("/echo").json["agent"] == "me"


def test_the_server_name_and_root_of_the_app_are_used(app):
    app.config.update(SERVER_NAME="example.org:80", PREFERRED_URL_SCHEME="https")
    with app.test_request_context("/x?y=1"):
        assert request.url == "https://example.org:80/x?y=1"
    assert app.test_client().get("/echo", subdomain="a").status_code in {200, 404}


# Cookies and sessions


def test_cookies_are_kept_by_one_client_and_not_by_another(app, client):
    client.get("/remember/ada")
    assert client.get("/recall").text == "ada"
    assert client.get_cookie("session") is not None
    assert app.test_client().get("/recall").text == "nobody"
    client.delete_cookie("session")
    assert client.get("/recall").text == "nobody"


def test_a_client_without_cookies_forgets_and_has_no_transactions(app):
    client = app.test_client(use_cookies=False)
    client.get("/remember/ada")
    assert client.get("/recall").text == "nobody"
    with (
        pytest.raises(TypeError, match="use_cookies=True"),
        client.session_transaction(),
    ):
        pass


def test_a_session_is_prepared_and_read_in_a_transaction(client):
    with client.session_transaction() as prepared:
        prepared["name"] = "ada"
        assert not has_request_context()
    assert client.get("/recall").text == "ada"
    client.get("/remember/bob")
    with client.session_transaction() as left:
        assert left["name"] == "bob"


def test_a_transaction_that_fails_changes_nothing(client):
    with pytest.raises(KeyError), client.session_transaction() as prepared:
        prepared.update(name="ada", other=prepared["missing"])
    assert client.get("/recall").text == "nobody"


def test_a_transaction_without_a_secret_key_has_no_session():
    client = Flask("bare").test_client()
    with pytest.raises(RuntimeError), client.session_transaction() as prepared:
        prepared["name"] = "ada"


# The context that stays


def test_in_a_with_block_the_context_of_the_last_request_stays(client):
    with client:
        client.get("/remember/ada")
        assert (session["name"], g.name, request.path) == (
            "ada",
            "ada",
            "/remember/ada",
        )
        client.get("/remember/bob")
        assert g.name == "bob"
    assert not has_request_context()


def test_with_blocks_of_one_client_cannot_be_nested(client):
    with client, pytest.raises(RuntimeError, match="Cannot nest"), client:
        pass


def test_teardown_runs_with_the_request_and_with_the_block_as_in_flask(app, client):
    ended = []
    app.teardown_request(ended.append)
    with client:
        client.get("/recall")
        assert ended == [None]
    assert ended == [None, None]


# What comes back


def test_redirects_are_followed_and_told(client):
    assert client.get("/hop/2").status_code == 302
    response = client.get("/hop/2", follow_redirects=True)
    assert response.text == "there"
    assert [each.request.path for each in response.history] == ["/hop/2", "/hop/1"]
    assert response.request.path == "/hop/0"


def test_a_response_knows_its_json_its_request_and_its_time(app, client):
    app.json.sort_keys = False
    app.add_url_rule("/json", "json", lambda: jsonify(b=1, a=2))
    response = client.get("/json")
    assert list(response.json) == ["b", "a"]
    assert response.request.path == "/json"
    assert timedelta() < response.elapsed < timedelta(minutes=1)


def test_an_exception_is_answered_with_500_and_kept_on_the_response(client):
    response = client.get("/fail")
    assert response.status_code == 500
    assert isinstance(response.exception, ZeroDivisionError)
    assert client.get("/recall").exception is None


@pytest.mark.parametrize(
    "setting", ["TESTING", "DEBUG", "PROPAGATE_EXCEPTIONS", "propagate"]
)
def test_an_exception_is_let_through_when_testing(app, client, setting):
    if setting == "propagate":
        with pytest.raises(ZeroDivisionError):
            client.send_noting(
                io.StringIO(), Story(propagate=True), note={}, path="/fail"
            )
        return
    app.config[setting] = True
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        client.get("/fail")


def test_a_streamed_body_is_read_as_it_is_made(app, client):
    made = []

    @app.route("/stream")
    def stream():
        def generate():
            for number in range(3):
                made.append(number)
                yield str(number)

        return stream_with_context(generate())

    response = client.get("/stream")
    assert len(made) < 3
    assert response.text == "012"
    response.close()


def test_a_body_that_is_not_read_is_closed(app, client):
    closed = []

    @app.route("/stream")
    def stream():
        @stream_with_context
        def generate():
            try:
                yield "one"
                yield "two"
            finally:
                closed.append(True)

        return generate()

    client.get("/stream").close()
    assert closed == [True]
    client.get("/stream", buffered=True)
    assert closed == [True, True]


def test_an_app_may_have_a_client_of_its_own(app):
    class Marked(FlaskClient):
        def __init__(self, *args, mark, **kwargs):
            self.mark = mark
            super().__init__(*args, **kwargs)

    app.test_client_class = Marked
    client = app.test_client(mark="x")
    assert (client.mark, client.application) == ("x", app)
    assert client.get("/recall").text == "nobody"
