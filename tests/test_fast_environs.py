"""The environ of a made-up request, made at once, is the one that a builder makes."""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from long_way import tried
from werkzeug.datastructures import MultiDict
from werkzeug.wsgi import get_current_url

from nbflask import Flask, request
from nbflask.client.environs import place_of
from nbflask.testing import EnvironBuilder, environ_of

WORDS = st.text("aé b=&/?%+.~\r\n", max_size=3) | st.sampled_from(["a", "key", "x-y"])
VALUES = WORDS | st.integers() | st.floats() | st.booleans() | st.none()
PATHS = st.sampled_from(
    [
        *("/", "/x", "/x/", "/x//y", "//x", "", "x", "/é", "/a b", "/%41", "/a;b"),
        *("/x?", "/x?a=1", "/x?a=b%20c+d&e", "/x?é=1", "/x#f", "/x?a#f", "/..", "/~."),
        *("http://h/x", "https://h:1//x", "//h:80/x", "/x?a=[1]", "/a:b", "/x\n", None),
    ]
)
TYPES = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
NAMES = st.sampled_from(
    [
        *("X-Own", "x-own", "X_Own", "Accept", "Host", "Cookie", "User-Agent", ""),
        *("Content-Type", "CONTENT-TYPE", "Content_Type", "Content-Length", 5),
    ]
)
TEXTS = st.sampled_from(["1", "en", "é", "", "a\nb", "a\rb", *TYPES])
PAIRS = st.lists(st.tuples(NAMES, TEXTS | st.just(1)), max_size=3)
KEYWORDS = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["GET", "POST", "get", None]),
        "query_string": WORDS
        | st.dictionaries(WORDS, VALUES | st.lists(WORDS, max_size=2), max_size=2)
        | st.dictionaries(WORDS, WORDS).map(MultiDict)
        | st.lists(st.tuples(WORDS, WORDS), max_size=2),
        "headers": PAIRS | PAIRS.map(dict) | PAIRS.map(tuple) | st.just({"X": ["1"]}),
        "data": WORDS
        | WORDS.map(str.encode)
        | st.dictionaries(WORDS, VALUES | st.lists(WORDS, max_size=2), max_size=2)
        | st.sampled_from([bytearray(b"a"), 5, ("a", "b")]),
        "json": st.sampled_from([{}, {"a": 1}, [1], "é", 0, None]),
        "content_type": st.sampled_from([*TYPES, "text/plain; charset=x", "", "a\nb"]),
        "mimetype": st.just("text/plain"),
        "content_length": st.just(3),
        "auth": st.just(("ada", "secret")),
        "base_url": st.sampled_from(
            ["http://a.org", "https://a.org:8/r/", "http://é.org/", "http://a/?q", ""]
        ),
        "subdomain": st.sampled_from(["a", ""]),
        "url_scheme": st.sampled_from(["https", "", "ws"]),
        "environ_base": st.sampled_from(
            [{}, {"HTTP_HOST": "b"}, {"REMOTE_ADDR": "1.2.3.4", "CONTENT_TYPE": "t"}]
        ),
        "environ_overrides": st.sampled_from([{}, {"PATH_INFO": "/o", "X": 1}, None]),
        "errors_stream": st.sampled_from([sys.stdout, None]),
        "multithread": st.just(True),
        "unheard_of": st.just(1),
    },
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "SERVER_NAME": st.sampled_from(["a.org", "a.org:8080", "É.org", None]),
        "APPLICATION_ROOT": st.sampled_from(["/root", "root/", "/a b", "/", ""]),
        "PREFERRED_URL_SCHEME": st.just("https"),
    },
)


def by_a_builder(app: Flask, *args: Any, **kwargs: Any) -> dict[str, Any]:
    builder = EnvironBuilder(app, *args, **kwargs)
    try:
        return builder.get_environ()
    finally:
        builder.close()


def outcome(make: Any, app: Flask, args: Any, kwargs: Any) -> Any:
    """Return the environ, its body read, or what went wrong."""
    try:
        environ = make(app, *args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    body, (kind, _, boundary) = (
        environ["wsgi.input"].read(),
        environ.get("CONTENT_TYPE", "").partition("; boundary="),
    )
    if boundary:
        # Drawn anew for each form.
        environ["CONTENT_TYPE"] = kind
        del environ["CONTENT_LENGTH"]
        body = body.replace(boundary.strip('"').encode(), b"")
    return {**environ, "wsgi.input": body}


@given(SETTINGS, st.lists(PATHS, max_size=1), KEYWORDS)
def test_an_environ_is_the_one_that_a_builder_makes(settings, args, kwargs):
    app = Flask("test_app")
    app.config.update(settings)
    ours, theirs = (
        outcome(make, app, args, kwargs) for make in (environ_of, by_a_builder)
    )
    assert ours == theirs


def test_what_is_made_of_an_environ_changes_no_other(app):
    first = environ_of(app, "/x")
    first["HTTP_HOST"] = "elsewhere"
    first["wsgi.input"].write(b"left")
    second = environ_of(app, "/x")
    assert second["HTTP_HOST"] == "localhost"
    assert second["wsgi.input"].read() == b""


def test_the_errors_of_an_environ_go_where_they_go_now(app, monkeypatch):
    environ_of(app, "/")
    elsewhere = io.StringIO()
    monkeypatch.setattr(sys, "stderr", elsewhere)
    assert environ_of(app, "/")["wsgi.errors"] is elsewhere


def test_json_is_written_by_the_app_and_once(app):
    written = []

    def dumps(value, **kwargs):
        written.append(value)
        return "[]"

    app.json.dumps = dumps
    with app.test_request_context("/", method="POST", json={"a": 1}):
        assert request.get_data() == b"[]"
    assert written == [{"a": 1}]


HOSTS = st.sampled_from(
    [
        *("localhost", "a.org", "a.org:8080", "A.org", "é.org", "xn--9ca.org", "a..b"),
        *("", "a_b", "[::1]", "[::1]:80", "127.0.0.1:5000", "a:99999", "-a", "a.xn--a"),
        *("a@b", "a b", None),
    ]
)
PLACES = st.sampled_from(
    ["", "/", "/x", "/x/y", "x", "//x", "/a b", "/%41", "/é?", "?"]
)


@given(
    st.fixed_dictionaries(
        {"wsgi.url_scheme": st.sampled_from(["http", "https", "ws", ""])},
        optional={
            "HTTP_HOST": HOSTS,
            "SCRIPT_NAME": PLACES,
            "PATH_INFO": PLACES,
            "SERVER_NAME": st.just("there.test"),
            "SERVER_PORT": st.just("80"),
            "QUERY_STRING": st.sampled_from(["", "a=1"]),
        },
    )
)
def test_cookies_are_for_the_host_and_path_of_the_current_url(environ):
    def by_the_url(environ):
        url = urlsplit(get_current_url(environ))
        return url.hostname or "localhost", url.path

    assert tried(place_of, environ) == tried(by_the_url, environ)
