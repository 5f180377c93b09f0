"""What an app is told of a request (PEP 3333)."""

from __future__ import annotations

import wsgiref.validate

import pytest
from wire import GET, HOST, LAST, hello, talk


def test_the_environ_is_a_valid_one(serve, connect):
    def app(environ, start_response):
        text = environ["wsgi.input"].read(100)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d" % len(text)]

    client = connect(serve(wsgiref.validate.validator(app)))
    head = b"POST /a%20b?c=d HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc"
    assert client.ask(head).body == b"3"
    assert client.ask(LAST).body == b"0"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", ""),
        (b"/a/b?c=d?e", "/a/b", "c=d?e"),
        (b"/%e4%bd%a0%2F%00?%e4", "/\xe4\xbd\xa0/\0", "%e4"),
        (b"/\xe4\xbd\xa0", "/\xe4\xbd\xa0", ""),
        (b"/%zz%", "/%zz%", ""),
        (b"//a//b", "//a//b", ""),
        (b"/a/../b", "/a/../b", ""),
        (b"/a#b?c", "/a", ""),
        (b"http://localhost/a?b", "/a", "b"),
        (b"HTTP://LOCALHOST:80", "/", ""),
        (b"http://localhost?x=1/2", "/", "x=1/2"),
        (b"http://localhost#x/y", "/", ""),
        (b"http://localhost:/?", "/", ""),
    ],
)
def test_a_target_is_path_and_query(target, path, query):
    seen = []

    def app(environ, start_response):
        seen.append((environ["PATH_INFO"], environ["QUERY_STRING"]))
        return hello(environ, start_response)

    talk([b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"], app)
    assert seen == [(path, query)]


@pytest.mark.parametrize(
    ("target", "host", "told"),
    [
        (b"/", b"localhost", "localhost"),
        (b"/", b"LocalHost:80", "LocalHost:80"),
        (b"/", b"localhost:", "localhost"),
        (b"/", b"[::1]:", "[::1]"),
        (b"http://localhost:8000/", b"evil.example", "localhost:8000"),
        (b"http://localhost:/", b"localhost:80", "localhost"),
        (b"http://localhost?x", b"evil.example", "localhost"),
    ],
)
def test_an_app_hears_of_the_host_that_was_asked_without_an_empty_port(
    target, host, told
):
    seen = []

    def app(environ, start_response):
        seen.append(environ["HTTP_HOST"])
        return hello(environ, start_response)

    talk([b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"], app)
    assert seen == [told]


def test_header_fields_arrive_by_their_names_and_no_others():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return hello(environ, start_response)

    fields = (
        b"X-One: 1\r\nx-one:2\r\nX_One: 3\r\nCookie: a=b\r\ncookie: c=d\r\n"
        b"Content-Type:\ttext/plain \r\nEmpty:\r\nX-Umlaut: \xfc\r\n"
    )
    talk([GET.replace(HOST, HOST + fields)], app)
    wanted = {
        "HTTP_HOST": "localhost",
        "HTTP_X_ONE": "1,2",
        "HTTP_COOKIE": "a=b; c=d",
        "CONTENT_TYPE": "text/plain",
        "HTTP_EMPTY": "",
        "HTTP_X_UMLAUT": "\xfc",
    }
    told = {k: v for k, v in seen.items() if k.startswith(("HTTP_", "CONTENT_"))}
    assert told == wanted
