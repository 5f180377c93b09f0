"""What Flask's documentation shows, as it is written there, from `nbflask`."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from nbflask import (
    Blueprint,
    Flask,
    abort,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    render_template_string,
    request,
    send_file,
    session,
    stream_with_context,
    url_for,
)
from nbflask.views import MethodView

# Routes, requests and responses


def test_a_view_returns_a_string(app, client):
    @app.route("/")
    def index():
        return "Hello, World!"

    response = client.get("/")
    assert (response.status_code, response.text) == (200, "Hello, World!")
    assert response.mimetype == "text/html"


@pytest.mark.parametrize(
    ("path", "answer"), [("/users/7", "User 7"), ("/users/seven", None)]
)
def test_a_converter_gives_the_view_a_number_or_does_not_match(
    app, client, path, answer
):
    @app.route("/users/<int:user_id>")
    def user(user_id):
        assert isinstance(user_id, int)
        return f"User {user_id}"

    response = client.get(path)
    assert response.status_code == (404 if answer is None else 200)
    assert answer is None or response.text == answer


@pytest.mark.parametrize(
    ("query", "answer"), [("?q=tea", "tea"), ("", "nothing"), ("?q=a&q=b", "a")]
)
def test_a_query_argument_has_a_default(app, client, query, answer):
    @app.route("/search")
    def search():
        return request.args.get("q", "nothing")

    assert client.get(f"/search{query}").text == answer


def test_json_is_posted_and_a_dict_comes_back(app, client):
    @app.route("/users", methods=["POST"])
    def create():
        return {"name": request.json["name"], "id": 1}

    response = client.post("/users", json={"name": "Ada"})
    assert response.json == {"name": "Ada", "id": 1}
    assert response.mimetype == "application/json"


def test_a_method_that_no_view_named_is_answered_with_405_and_the_allowed(app, client):
    @app.route("/users", methods=["POST"])
    def create():
        return ""

    response = client.get("/users")
    assert response.status_code == 405
    assert set(response.allow) == {"POST", "OPTIONS"}
    assert set(client.options("/users").allow) == {"POST", "OPTIONS"}


@pytest.mark.parametrize(
    ("result", "status", "text", "header"),
    [
        ("made", 200, "made", None),
        (("made", 201), 201, "made", None),
        (("made", {"X-By": "Ada"}), 200, "made", "Ada"),
        (("made", "202 Well", [("X-By", "Ada")]), 202, "made", "Ada"),
        (({"a": 1}, 201), 201, '{"a":1}\n', None),
        ([1, 2], 200, "[1,2]\n", None),
        (b"bytes", 200, "bytes", None),
        (iter(["a", "b"]), 200, "ab", None),
    ],
)
def test_a_view_may_return(app, client, result, status, text, header):
    app.add_url_rule("/", "index", lambda: result)
    response = client.get("/")
    assert (response.status_code, response.text) == (status, text)
    assert response.headers.get("X-By") == header


@pytest.mark.parametrize(
    ("result", "words"),
    [(None, "'index' did not return"), (7, "was a int"), ((1, 2, 3, 4), "tuple")],
)
def test_what_a_view_may_not_return_is_said(app, client, result, words):
    app.testing = True
    app.add_url_rule("/", "index", lambda: result)
    with pytest.raises(TypeError, match=words):
        client.get("/")


def test_jsonify_and_make_response(app, client):
    @app.route("/")
    def index():
        response = make_response(jsonify(name="Ada", langs=["en", "fr"]), 202)
        response.headers["X-By"] = "Ada"
        return response

    response = client.get("/")
    assert response.json == {"name": "Ada", "langs": ["en", "fr"]}
    assert (response.status_code, response.headers["X-By"]) == (202, "Ada")


def test_a_redirect_leads_to_another_view(app, client):
    @app.route("/home")
    def index():
        return "home"

    @app.route("/old")
    def old():
        return redirect(url_for("index"))

    assert client.get("/old").headers["Location"] == "/home"
    assert client.get("/old", follow_redirects=True).text == "home"


@pytest.mark.parametrize(
    ("endpoint", "values", "url"),
    [
        ("user", {"name": "Ada B"}, "/user/Ada%20B"),
        ("user", {"name": "a", "next": "/"}, "/user/a?next=/"),
        ("user", {"name": "a", "_anchor": "top"}, "/user/a#top"),
        ("user", {"name": "a", "_external": True}, "http://localhost/user/a"),
        ("static", {"filename": "style.css"}, "/static/style.css"),
    ],
)
def test_url_for_builds(tmp_path, endpoint, values, url):
    (tmp_path / "static").mkdir()
    app = Flask("here", root_path=str(tmp_path))
    app.add_url_rule("/user/<name>", "user", lambda name: name)
    with app.test_request_context():
        assert url_for(endpoint, **values) == url


# Templates


@pytest.fixture
def templates(tmp_path) -> Path:
    (tmp_path / "index.html").write_text("Hello {{ name }}!")
    (tmp_path / "plain.txt").write_text("Hello {{ name }}!")
    return tmp_path


@pytest.mark.parametrize(
    ("template", "text"),
    [("index.html", "Hello &lt;b&gt;!"), ("plain.txt", "Hello <b>!")],
)
def test_a_template_is_rendered_and_html_is_escaped(templates, template, text):
    app = Flask("here", template_folder=str(templates))

    @app.route("/<name>")
    def index(name):
        return render_template(template, name=name)

    assert app.test_client().get("/<b>").text == text


def test_templates_know_the_request_and_what_the_app_gives_them(app, client):
    app.secret_key = "key"

    @app.context_processor
    def names():
        return {"site": "Shop", "name": "not this"}

    @app.template_filter()
    def shout(text):
        return text.upper()

    @app.template_test("long")
    def is_long(text):
        return len(text) > 3

    @app.template_global()
    def double(number):
        return number * 2

    @app.route("/<name>")
    def index(name):
        g.user = "ada"
        session["seen"] = 1
        source = (
            "{{ site }} {{ name|shout }} {{ name is long }} {{ double(4) }}"
            " {{ request.path }} {{ g.user }} {{ session.seen }}"
            " {{ url_for('index', name='x') }} {{ config.TESTING }}"
        )
        return render_template_string(source, name=name)

    assert client.get("/anna").text == "Shop ANNA True 8 /anna ada 1 /x False"


# Errors


def test_abort_ends_the_view(app, client):
    @app.route("/<int:code>")
    def stop(code):
        abort(code, description="No.")

    assert client.get("/401").status_code == 401
    assert "No." in client.get("/403").text


class Broken(Exception):
    pass


class VeryBroken(Broken):
    pass


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/nowhere", 404, "no such page"),
        ("/broken", 500, "Broken"),
        ("/very", 500, "Broken"),
        ("/zero", 500, "sorry"),
        ("/shop/missing", 404, "no such goods"),
        ("/shop/broken", 500, "shop is broken"),
    ],
)
def test_error_handlers_by_code_and_class_and_the_blueprints_first(
    app, client, path, status, text
):
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    def fail(error):
        def view():
            raise error

        return view

    app.register_error_handler(404, lambda error: ("no such page", 404))
    app.register_error_handler(500, lambda error: ("sorry", 500))
    app.register_error_handler(Broken, lambda error: ("Broken", 500))
    shop.register_error_handler(404, lambda error: ("no such goods", 404))
    shop.register_error_handler(Broken, lambda error: ("shop is broken", 500))
    app.add_url_rule("/broken", "broken", fail(Broken()))
    app.add_url_rule("/very", "very", fail(VeryBroken()))
    app.add_url_rule("/zero", "zero", lambda: 1 / 0)
    shop.add_url_rule("/missing", "missing", lambda: abort(404))
    shop.add_url_rule("/broken", "broken", fail(Broken()))
    app.register_blueprint(shop)
    response = client.get(path)
    assert (response.status_code, response.text) == (status, text)


# Class views, streams, files, async


def test_a_method_view_answers_each_method(app, client):
    class Users(MethodView):
        init_every_request = False

        def __init__(self, name):
            self.name = name

        def get(self, id):
            return f"{self.name} {id}"

        def delete(self, id):
            return "", 204

    app.add_url_rule("/users/<int:id>", view_func=Users.as_view("users", "user"))
    assert client.get("/users/3").text == "user 3"
    assert client.delete("/users/3").status_code == 204
    assert client.post("/users/3").status_code == 405
    assert client.head("/users/3").status_code == 200


def test_a_stream_keeps_the_request_it_began_in(app, client):
    @app.route("/")
    def index():
        @stream_with_context
        def generate():
            yield "Hello "
            yield request.args["name"]

        return generate()

    assert client.get("/?name=Ada").text == "Hello Ada"


def test_a_file_is_uploaded_and_sent_back(app, client):
    @app.post("/")
    def upload():
        file = request.files["file"]
        return send_file(
            io.BytesIO(file.read()), download_name=file.filename, as_attachment=True
        )

    response = client.post("/", data={"file": (io.BytesIO(b"text"), "note.txt")})
    assert response.data == b"text"
    assert response.mimetype == "text/plain"
    assert "note.txt" in response.headers["Content-Disposition"]


@pytest.fixture
def async_app(app):
    @app.before_request
    async def before():
        await asyncio.sleep(0)
        g.seen = "before"

    @app.route("/")
    async def index():
        await asyncio.sleep(0)
        return f"{g.seen} {request.args['name']}"

    return app


def test_an_async_view_and_an_async_hook_work(async_app):
    assert async_app.test_client().get("/?name=Ada").text == "before Ada"


def test_an_async_view_works_while_a_loop_runs_in_the_calling_thread(async_app):
    async def notebook():
        return async_app.test_client().get("/?name=Ada").text

    assert asyncio.run(notebook()) == "before Ada"
