"""An example API through the server, asked for whatever comes to mind: what it cannot
use is the client's fault, and no 500 is told that the view did not raise."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire import LIMIT

from nbflask import (
    Flask,
    abort,
    got_request_exception,
    jsonify,
    redirect,
    render_template_string,
    request,
    session,
    url_for,
)
from nbflask.server import Server


def library() -> Flask:
    """Return an API of books, with all that views usually take in."""
    app = Flask("library")
    app.secret_key = "secret"
    app.config["MAX_CONTENT_LENGTH"] = 20_000
    books = {1: {"id": 1, "title": "Emma"}}

    @app.get("/books")
    def search():
        page = request.args.get("page", 1, type=int)
        word = request.args.get("q", "")
        found = [book for book in books.values() if word in book["title"]]
        return {"page": page, "found": found, "sort": request.args.getlist("sort")}

    @app.post("/books")
    def add():
        book = request.get_json()
        if not isinstance(book, dict) or not isinstance(book.get("title"), str):
            abort(422, "A book has a title.")
        return {"id": 2, "title": book["title"]}, 201

    @app.route("/books/<int:book_id>", methods=["GET", "PUT", "DELETE"])
    def one(book_id):
        if book_id not in books:
            abort(404)
        return jsonify(books[book_id] | {"method": request.method})

    @app.get("/at/<float:x>/<uuid:key>/<path:rest>")
    def at(x, key, rest):
        return render_template_string("{{ x }} {{ key }} {{ rest }}", **locals())

    @app.post("/upload")
    def upload():
        return {name: len(file.read()) for name, file in request.files.items()}

    @app.post("/form")
    def form():
        return {"name": request.form["name"], "all": request.form.to_dict(flat=False)}

    @app.route("/me", methods=["GET", "POST"])
    def me():
        session["visits"] = session.get("visits", 0) + 1
        return redirect(url_for("search", q=request.headers.get("X-Word", "")))

    @app.get("/boom")
    def boom():
        raise ValueError(request.query_string)

    return app


@pytest.fixture(scope="module")
def served():
    app = library()
    raised: list[BaseException] = []

    def listen(app: Flask, exception: BaseException) -> None:
        raised.append(exception)

    got_request_exception.connect(listen, app)
    with Server(lambda: app, port=0) as server:
        yield server, raised


PATHS = [
    *("/books", "/books/1", "/books/2", "/books/x", "/upload", "/form", "/me", "/boom"),
    *("/at/1.5/12345678-1234-5678-1234-567812345678/a/b", "/", "//books", "/books/"),
    *(
        "/static/x.css",
        "/static/../library.py",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/books/%",
    ),
]
KINDS = [
    *("application/json", "application/json; charset=nothing", "text/plain", ""),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=b"),
    *("multipart/form-data", "image/png", "application/json; charset=utf-16"),
]
visible = st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f")
paths = st.sampled_from(PATHS) | st.text(max_size=20).map(
    lambda text: "/" + quote(text.encode("utf-8", "surrogatepass"))
)
queries = st.lists(
    st.tuples(st.sampled_from(["page", "q", "sort", "☃", ""]), st.text(max_size=9))
).map(lambda pairs: "&".join(f"{quote(n)}={escaped(v)}" for n, v in pairs))
parts = st.sampled_from(
    [
        b"--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nx\r\n--b--",
        b"--b\r\n\r\n",
        b"name=Ada&name=%ff&%",
        b'{"title": "Emma"}',
        b'{"title": 1}',
        b"[[[[",
        b"\xff\xfe",
        b"x" * 30_000,
        b"",
    ]
)
titles = st.text(max_size=20).map(lambda text: json.dumps({"title": text}).encode())
bodies = parts | st.binary(max_size=50) | titles
headers = st.dictionaries(
    st.sampled_from(["X-Word", "Cookie", "Accept", "Range", "If-None-Match", "Origin"]),
    st.text(visible, max_size=20),
    max_size=3,
)


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


@settings(
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X-Y"]
    ),
    paths,
    queries,
    headers,
    st.sampled_from(KINDS),
    bodies,
)
def test_no_request_at_all_makes_an_error_of_the_server(
    served, method, path, query, extra, kind, body
):
    server, raised = served
    raised.clear()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    try:
        fields = {name: value.encode("latin-1") for name, value in extra.items()}
        if kind:
            fields["Content-Type"] = kind
        sent = None if method in {"GET", "HEAD"} else body
        connection.request(method, f"{path}?{query}", sent, fields)
        status = connection.getresponse().status
    finally:
        connection.close()
    expected = path == "/boom" and method in {"GET", "HEAD"}
    assert (status >= 500) == expected == bool(raised), (status, raised)


def test_after_all_that_the_server_answers_as_ever(served):
    server, _ = served
    connection = HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    for _ in range(3):
        connection.request("GET", "/books?q=E")
        answer = connection.getresponse()
        assert json.loads(answer.read())["found"] == [{"id": 1, "title": "Emma"}]
    connection.close()
