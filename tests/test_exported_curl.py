"""Requests of a notebook as a shell script: curl sends from it what was sent."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from nbflask import Flask, make_response, redirect, request
from nbflask.export.requests.curl import curl_of
from nbflask.grammar.request import MISSING, FilePart, PreparedRequest
from nbflask.ipynb.requests.recorded import Answer, Sent
from nbflask.server import Server

#: What every curl sends by itself, or each client in its own way.
OWN = {"Host", "User-Agent", "Accept", "Content-Length", "Content-Type", "Expect"}


@pytest.fixture(scope="module")
def echo():
    """A served app that remembers what it was asked."""
    app = Flask("echo")
    app.asked = []

    @app.before_request
    def remember():
        app.asked.append(told())

    @app.errorhandler(HTTPException)
    def answer(error):
        return "yes"

    @app.get("/login")
    def login():
        response = make_response("in")
        response.set_cookie("who", "ada")
        return response

    @app.post("/old")
    def old():
        return redirect("/new")

    with Server(lambda: app, port=0) as server:
        app.url = server.url
        yield app


def told():
    """What the app is told by the request at hand."""
    kind = request.mimetype
    is_json = kind == "application/json"
    form = sorted(request.form.items(multi=True))
    files = [
        (name, file.filename, file.read(), file.content_type)
        for name, file in request.files.items(multi=True)
    ]
    body = request.get_json(silent=True) if is_json else request.get_data()
    headers = {name: value for name, value in request.headers if name not in OWN}
    path = request.path, sorted(request.args.items(multi=True))
    is_multipart = kind == "multipart/form-data"
    said = None if is_multipart or form else body
    return request.method, *path, headers, kind, form, files, said


def run(app, *sent, **environment) -> str:
    """Run the script of requests, with a shell that knows nothing of Bash."""
    done = subprocess.run(
        ["sh"],
        input=curl_of(sent).encode(),
        env={"PATH": os.environ["PATH"], "BASE": app.url, **environment},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode("utf-8", "replace")


def sent_twice(app, *requests):
    """What the app is told by curl, and by the client that has sent it before."""
    app.asked.clear()
    run(app, *map(Sent, requests))
    by_curl = app.asked[:]
    app.asked.clear()
    for each in requests:
        app.test_client().open(**each.as_client_kwargs())
    return by_curl, app.asked[:]


EXAMPLES = [
    (PreparedRequest("GET", "/a?b=c d&e=é"), "curl -sS -w '\\n' \"$BASE/a?b=c%20d"),
    (PreparedRequest("HEAD", "/a"), '-I "$BASE/a"'),
    (PreparedRequest("OPTIONS", "/a"), '-X OPTIONS "$BASE/a"'),
    (PreparedRequest("GET", "/$a'b"), "\"$BASE\"'/$a'\"'\"'b'"),
    (PreparedRequest("GET", "/a/../b"), "--path-as-is"),
    (PreparedRequest("GET", "/", headers=(("X-A", "$b"), ("X-B", ""))), "-H 'X-A: $b'"),
    (PreparedRequest("POST", "/a"), "-d '' \"$BASE/a\" -H Content-Type:"),
    (PreparedRequest("POST", "/a", json={"a": "é'\"$b"}), '--data-raw \'{"a": "é'),
    (PreparedRequest("POST", "/a", json=None), "--data-raw null"),
    (PreparedRequest("DELETE", "/a", json=[1]), "-X DELETE"),
    (PreparedRequest("GET", "/a", json=[1]), "-X GET"),
    (
        PreparedRequest("POST", "/a", form=(("a", "b c"), ("a", "@d"))),
        "-d 'a=b+c&a=%40d'",
    ),
    (
        PreparedRequest("PUT", "/a", body=b"@a\n\nb\r\n", content_type="text/csv"),
        "--data-raw '@a",
    ),
    (
        PreparedRequest("PUT", "/a", body=b"-\0\xff%s\\n", content_type="a/b"),
        "printf '\\055\\000\\377%%s\\\\n' |",
    ),
    (
        PreparedRequest(
            "POST",
            "/a",
            form=(("b", "<@c;d=\n"),),
            files=(
                FilePart("f", "a.png", b"\0\xff"),
                FilePart("f", "a.png", b"-n %", "x/y"),
                FilePart("g", "ä 'b'; c.txt", "é\n".encode()),
            ),
        ),
        "printf '\\000\\377' > \"$KEPT/a.png\"",
    ),
]


@pytest.mark.parametrize(("request_", "words"), EXAMPLES)
def test_a_command_sends_what_was_sent(echo, request_, words):
    assert words in curl_of([Sent(request_)])
    by_curl, by_client = sent_twice(echo, request_)
    assert by_curl == by_client
    assert len(by_curl) == 1


texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.text(
    st.sampled_from("ab '\"\\$`!%{}[]@#;&|<>~*?\n\r\t-=é"), max_size=20
)
headers = st.text(st.sampled_from("ab '\"\\$`!%{}@#;&|<>~*?-=,"), max_size=12).map(
    str.strip
)
bodies = st.one_of(
    st.builds(lambda text: {"json": {"a": text, text: [text]}}, texts),
    texts.map(lambda text: {"body": text.encode(), "content_type": "text/csv"}),
    st.binary(max_size=30).map(lambda body: {"body": body, "content_type": "a/b"}),
    st.tuples(texts, texts).map(lambda pair: {"form": (pair, ("b", "c"))}),
    st.builds(
        lambda text, content: {
            "form": (("b", text.replace("\r", "").replace("\n", "")),),
            "files": (FilePart("f", "a b.txt", content),),
        },
        texts,
        st.binary(max_size=30),
    ),
)
paths = st.text(st.sampled_from("ab/ ?&=é%{}[]'\"\\$`!+.~"), max_size=20).map(
    lambda path: "/" + path.lstrip("/")
)
requests = st.builds(
    lambda method, path, value, body: PreparedRequest(
        method, path, headers=(("X-A", value),), **body
    ),
    st.sampled_from(["POST", "PUT", "GET", "DELETE"]),
    paths,
    headers,
    bodies,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(requests, min_size=1, max_size=6))
def test_odd_characters_are_sent_as_they_are(echo, requests):
    by_curl, by_client = sent_twice(echo, *requests)
    assert by_curl == by_client


def test_cookies_stay_from_command_to_command(echo):
    login = Sent(PreparedRequest("GET", "/login"), Answer(200, sets_cookies=True))
    look = Sent(PreparedRequest("GET", "/look"), Answer(200))
    others = replace(login, client="b b"), replace(look, client="b b")
    stranger = replace(look, client="eve")
    echo.asked.clear()
    run(echo, look, login, look, stranger, *others)
    cookies = [each[3].get("Cookie") for each in echo.asked]
    assert cookies == [None, None, "who=ada", None, None, "who=ada"]


def test_redirects_are_followed_as_they_were(echo):
    sent = Sent(PreparedRequest("POST", "/old", json={"a": 1}), Answer(302))
    echo.asked.clear()
    run(echo, sent, replace(sent, follow=True))
    asked = [each[:2] for each in echo.asked]
    assert asked == [("POST", "/old"), ("POST", "/old"), ("GET", "/new")]


def test_secrets_come_from_the_environment(echo):
    sent = Sent(
        PreparedRequest("GET", "/"), secrets=(("Authorization", "AUTHORIZATION"),)
    )
    echo.asked.clear()
    run(echo, sent, AUTHORIZATION="Bearer $a 'b'")
    assert echo.asked[0][3]["Authorization"] == "Bearer $a 'b'"


def test_what_a_script_prints_has_a_line_for_each_answer(echo):
    assert run(echo, Sent(PreparedRequest("GET", "/login"))) == "in\n"


def test_nothing_in_a_notebook_is_run_by_the_shell(echo):
    odd = "$(exit 3)`exit 3`\nexit 3\n"
    sent = Sent(PreparedRequest("GET", "/"), title=odd, client=odd)
    cookies = Sent(sent.request, Answer(200, sets_cookies=True), client=odd)
    run(echo, sent, cookies)
    assert "\nexit" not in curl_of([sent], notebook=odd)


def test_fields_that_curl_cannot_name_are_a_comment(echo):
    part = FilePart("a=b", "a.txt", b"a")
    echo.asked.clear()
    run(echo, Sent(PreparedRequest("POST", "/", files=(part,))))
    assert echo.asked == []


def test_a_request_without_a_body_has_none():
    assert PreparedRequest("GET", "/").json is MISSING
    assert "data" not in curl_of([Sent(PreparedRequest("GET", "/"))])
