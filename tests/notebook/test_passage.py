"""Requests that a proxy has passed on: which are believed, and what comes back."""

from __future__ import annotations

import pytest

from nbflask.notebook.serving.passage import base_of, cookie, enter, leave, location
from nbflask.notebook.serving.public import Address

LOCAL = "http://127.0.0.1:5000"
HUB = Address("/user/ada/proxy/5000", LOCAL)
WHOLE = Address("https://hub.example/user/ada/proxy/5000", LOCAL)
FORWARDED = Address("https://fluffy-5000.app.github.dev", LOCAL)
CODE = Address("https://code.example/proxy/5000", LOCAL)
ESCAPED = Address("/user/a%40b/proxy/5000", LOCAL)
PREFIX = {"x-forwarded-context": "/user/ada/proxy/5000"}
CASES = {
    "through the hub": (
        HUB,
        "/x",
        {"host": "hub.example", **PREFIX},
        "//hub.example/user/ada/proxy/5000",
    ),
    "an older proxy's field": (
        HUB,
        "/x",
        {"host": "h:8000", "x-proxycontextpath": "/user/ada/proxy/5000/"},
        "//h:8000/user/ada/proxy/5000",
    ),
    "the name that the first proxy was asked for": (
        HUB,
        "/x",
        {"host": "inner", "x-forwarded-host": "hub.example, inner", **PREFIX},
        "//hub.example/user/ada/proxy/5000",
    ),
    "an address with escapes": (
        ESCAPED,
        "/x",
        {"host": "h", "x-forwarded-prefix": "/user/a@b/proxy/5000"},
        "//h/user/a%40b/proxy/5000",
    ),
    "a prefix that was left on": (
        HUB,
        "/user/ada/proxy/absolute/5000/x?q=1",
        {"host": "hub.example"},
        "//hub.example/user/ada/proxy/absolute/5000",
    ),
    "another port's prefix": (
        HUB,
        "/x",
        {"host": "hub.example", "x-forwarded-context": "/user/ada/proxy/5001"},
        "",
    ),
    "a path that only begins like it": (
        HUB,
        "/user/ada/proxy/absolute/50001",
        {"host": "hub.example"},
        "",
    ),
    "directly": (HUB, "/x", {"host": "127.0.0.1:5000"}, ""),
    "no host": (HUB, "/x", PREFIX, ""),
    "a host that is none": (HUB, "/x", {"host": "a/b", **PREFIX}, ""),
    "nothing public": (
        Address(LOCAL, LOCAL),
        "/x",
        {"host": "hub.example", **PREFIX},
        "",
    ),
    "the known host": (
        WHOLE,
        "/x",
        {"host": "hub.example", **PREFIX},
        "https://hub.example/user/ada/proxy/5000",
    ),
    "the known host, by its name alone": (
        CODE,
        "/x",
        {"host": "Code.example"},
        "https://code.example/proxy/5000",
    ),
    "a forwarded port": (
        FORWARDED,
        "/x",
        {"host": "localhost:5000", "x-forwarded-host": "fluffy-5000.app.github.dev"},
        "https://fluffy-5000.app.github.dev",
    ),
    "a forwarded port, on this machine": (FORWARDED, "/", {"host": "[::1]:5000"}, ""),
    "a page elsewhere that sends what a proxy would": (
        WHOLE,
        "/x",
        {"host": "evil.example:5000", "x-forwarded-host": "hub.example", **PREFIX},
        "",
    ),
}


@pytest.mark.parametrize(
    ("address", "target", "fields", "base"), CASES.values(), ids=CASES.keys()
)
def test_only_what_came_by_the_public_address_is_believed(
    address, target, fields, base
):
    assert base_of(address, target, fields) == base


def environ(target="/x?q=1", **fields):
    path, _, query = target.partition("?")
    return {
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper()}": value for name, value in fields.items()},
    }


@pytest.mark.parametrize(
    ("address", "given", "changed"),
    [
        (
            HUB,
            {"host": "[::1]:8000", "x_forwarded_context": HUB.prefix},
            {"SERVER_NAME": "[::1]", "SERVER_PORT": "8000", "SCRIPT_NAME": HUB.prefix},
        ),
        (
            HUB,
            {
                "host": "hub.example",
                "x_forwarded_context": HUB.prefix,
                "x_forwarded_proto": "HTTPS, http",
                "x_forwarded_for": "1.2.3.4, 10.0.0.7",
            },
            {
                "wsgi.url_scheme": "https",
                "SERVER_PORT": "443",
                "REMOTE_ADDR": "10.0.0.7",
            },
        ),
        (
            HUB,
            {"host": "h", "x_forwarded_context": HUB.prefix, "x_forwarded_proto": "x"},
            {"wsgi.url_scheme": "http", "SERVER_PORT": "80"},
        ),
        (
            ESCAPED,
            {"host": "h", "x_forwarded_context": ESCAPED.prefix},
            {"SCRIPT_NAME": "/user/a@b/proxy/5000"},
        ),
        (
            FORWARDED,
            {"host": "localhost:5000", "x_forwarded_host": FORWARDED.host},
            {"wsgi.url_scheme": "https", "HTTP_HOST": FORWARDED.host},
        ),
        (
            HUB,
            {"host": "127.0.0.1:5000", "x_forwarded_proto": "https"},
            {"wsgi.url_scheme": "http", "SCRIPT_NAME": "", "REMOTE_ADDR": "127.0.0.1"},
        ),
    ],
)
def test_the_app_sees_what_the_browser_has_sent(address, given, changed):
    seen = environ(**given)
    enter(seen, address)
    assert {key: seen[key] for key in changed} == changed
    assert (seen["PATH_INFO"], seen["REQUEST_URI"]) == ("/x", "/x?q=1")


@pytest.mark.parametrize(
    ("target", "path", "uri"),
    [
        ("/user/ada/proxy/absolute/5000/x?q=1", "/x", "/x?q=1"),
        ("/user/ada/proxy/absolute/5000", "/", "/"),
        ("/user/ada/proxy/absolute/5000?q=1", "/", "/?q=1"),
    ],
)
def test_a_prefix_that_was_left_on_is_taken_off(target, path, uri):
    seen = environ(target, host="h")
    assert enter(seen, HUB) == "//h/user/ada/proxy/absolute/5000"
    assert (seen["PATH_INFO"], seen["REQUEST_URI"], seen["RAW_URI"]) == (path, uri, uri)
    assert seen["SCRIPT_NAME"] == "/user/ada/proxy/absolute/5000"


BASE = "//hub.example/user/ada/proxy/5000"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("/user/ada/proxy/5000/x", f"{BASE}/x"),
        ("/user/ada/proxy/5000?q=/y", f"{BASE}?q=/y"),
        ("/x?q=1#f", f"{BASE}/x?q=1#f"),
        ("/user/ada/proxy/50001", f"{BASE}/user/ada/proxy/50001"),
        ("y", f"{BASE}/a/y"),
        ("../y", f"{BASE}/y"),
        ("?q=1", f"{BASE}/a/b?q=1"),
        ("http://hub.example/user/ada/proxy/5000/", f"{BASE}/"),
        ("http://hub.example", f"{BASE}/"),
        ("http://hub.example?q", f"{BASE}/?q"),
        ("http://hub.example//evil.example", f"{BASE}//evil.example"),
        ("http://hub.example.evil.example/", "http://hub.example.evil.example/"),
        ("//other.example/x", "//other.example/x"),
        ("https://other.example/x", "https://other.example/x"),
        ("mailto:ada@hub.example", "mailto:ada@hub.example"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_a_redirect_stays_below_the_prefix_whatever_the_proxy_does(said, sent):
    assert location(said, BASE, "/a/b", "http://hub.example") == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("a=b; HttpOnly; Path=/", "a=b; HttpOnly; Path=/p"),
        ("a=b; path=/x; Secure", "a=b; path=/p/x; Secure"),
        ("a=b; Path=/p; Secure", "a=b; Path=/p; Secure"),
        ("a=b; Path=/p/x", "a=b; Path=/p/x"),
        ("a=b; Path=/px", "a=b; Path=/p/px"),
        ("a=b", "a=b"),
        ('a="x Path=/y"; Domain=d', 'a="x Path=/y"; Domain=d'),
    ],
)
def test_a_cookie_stays_below_the_prefix(said, sent):
    assert cookie(said, "/p") == sent
    assert cookie(said, "") == said


def test_an_answer_keeps_all_its_other_fields():
    seen, said = environ(host="code.example"), []
    base = enter(seen, CODE)
    fields = [("X-A", "/x"), ("Location", "/x"), ("Set-Cookie", "a=b; Path=/")]
    start = leave(base, seen, lambda *told: said.append(told))
    start("302 Found", [*fields, ("set-cookie", "c=d")], None)
    assert said == [
        (
            "302 Found",
            [
                ("X-A", "/x"),
                # code-server puts its prefix before whatever begins with a slash.
                ("Location", "https://code.example/proxy/5000/x"),
                ("Set-Cookie", "a=b; Path=/proxy/5000"),
                ("set-cookie", "c=d"),
            ],
            None,
        )
    ]
