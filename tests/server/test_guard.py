"""Who may ask: the names that a server is served under, and its token."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire import ask, send, with_host

from nbflask.server import Server


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"LocalHost:5000",
        b"api.localhost:5000",
        b"127.0.0.1",
        b"127.0.0.1:1",
        b"[::1]:80",
        b"localhost:65535",
        b"localhost:",
        b"[::1]:",
        b"me",
    ],
)
def test_names_it_is_served_under_are_answered(host, serve):
    answer = with_host(serve(allowed_hosts=["ME"]), host)
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"evil.example:5000",
        b"",
        b"localhost.evil.example",
        b"evil-localhost",
        b"evil.example#localhost",
        b"localhost@evil.example",
        b"user:pw@localhost",
        b"localhost/evil.example",
        b"localhost:evil.example",
        b"localhost:5000:5000",
        b"localhost:65536",
        b"localhost:99999",
        b"[::1]:99999",
        b"localhost::",
        b":",
        b":5000",
        b"evil.example?.localhost",
        b"evil.example#.localhost",
        b"<b>.localhost",
        b"%0a.localhost",
        b"a;b=c.localhost",
        b"localhost, evil.example",
        b"localhost\r\nHost: evil.example",
        b"evil.example\r\nHost: localhost",
        b"[::1",
        b"[::1]evil.example",
        b"::1",
        b"[localhost]",
        b"0.0.0.0",
        b"127.0.0.2",
        b"2130706433",
        b"localhost\x00",
        b"\xff\xfe",
        "ｌocalhost".encode(),
        b"\x1b]0;title\x07",
        b"a" * 20_000,
    ],
)
def test_any_other_host_is_refused(host, serve):
    answer = with_host(serve(), host)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"hello" not in body
    assert b"\x1b" not in body
    assert len(answer) < 1000


def test_the_refusal_is_one_line_that_names_the_fix(serve):
    server = serve()
    status, body, _ = ask(server, headers={"Host": "evil.example"})
    assert status == 400
    assert body.decode() == (
        f"Not served under the name 'evil.example': ask {server.url}"
        " or add it to allowed_hosts.\n"
    )


@pytest.mark.parametrize(
    ("request_bytes", "said"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", "names no host: send 'Host: 127.0.0.1:{}'.\n"),
        (b"GET / HTTP/1.0\r\nHost:\r\n\r\n", "names no host: send 'Host: "),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", "names no host: send 'Host: "),
        (b"GET http:///a HTTP/1.1\r\nHost: localhost\r\n\r\n", "names no host: "),
        (b"GET / HTTP/1.1\r\n\r\n", "The request has no Host."),
    ],
)
def test_a_request_without_a_host_hears_that_it_is_missing(request_bytes, said, serve):
    server = serve()
    answer = send(server, request_bytes).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert said.format(server.port) in answer


def test_a_full_url_as_target_counts_as_the_host(serve):
    server = serve()
    foreign = with_host(server, b"localhost", b"http://evil.example/")
    own = with_host(server, b"evil.example", b"http://localhost/")
    assert foreign.startswith(b"HTTP/1.1 400 ")
    assert own.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"10.1.2.3:5000", b"200"),
        (b"[fe80::1]", b"200"),
        (b"0.0.0.0", b"200"),
        (socket.gethostname().encode(), b"200"),
        (b"evil.example", b"400"),
        (b"10.1.2.3.evil.example", b"400"),
    ],
)
def test_a_wildcard_host_is_served_under_every_address_but_no_foreign_name(
    host, status, serve
):
    answer = with_host(serve(host="0.0.0.0"), host)
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_one_allowed_host_may_be_a_plain_string(serve):
    server = serve(allowed_hosts="hub.example")
    assert b" 200 OK" in with_host(server, b"hub.example")
    assert b" 400 " in with_host(server, b"h")


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(host=st.binary(max_size=60).filter(lambda raw: b"\n" not in raw))
def test_no_host_that_anyone_can_think_of_gets_through(host, serve_once):
    answer = with_host(serve_once, host)
    assert b" 400 " in answer.partition(b"\r\n")[0]


@pytest.fixture
def serve_once(serve) -> Server:
    return serve()


# The token

SECRET = "s3cret-with.signs_~"
UNKNOWN = [
    "",
    "?token=",
    "?token=wrong",
    "?token=S3CRET-with.signs_~",
    f"?Token={SECRET}",
    f"?tokens={SECRET}",
    f"?a=token={SECRET}",
]


@pytest.fixture
def guarded(serve) -> Server:
    return serve(token=SECRET)


@pytest.mark.parametrize("query", UNKNOWN)
def test_who_does_not_know_the_token_is_refused(query, guarded):
    status, body, fields = ask(guarded, path=f"/{query}")
    assert (status, fields["WWW-Authenticate"]) == (401, 'Bearer realm="nbflask"')
    assert "Set-Cookie" not in fields
    assert SECRET.encode() not in body


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/?token={}", "/"),
        ("/a?token={}", "/a"),
        ("/a?b=c&token={}&d=e%20f", "/a?b=c&d=e+f"),
        ("/a?token=wrong&token={}", "/a"),
        ("//evil.example/a?token={}", "/evil.example/a"),
        ("/\\evil.example?token={}", "/evil.example"),
        ("/a%0d%0aX:y?token={}", "/a%0d%0aX:y"),
    ],
)
def test_the_querys_token_becomes_a_cookie_and_leaves_the_address(
    asked, location, guarded
):
    status, _, fields = ask(guarded, path=asked.format(SECRET))
    assert (status, fields["Location"]) == (303, location)
    cookie = fields["Set-Cookie"]
    assert cookie == f"nbflask-token={SECRET}; Path=/; HttpOnly; SameSite=Lax"
    assert ask(guarded, headers={"Cookie": cookie.partition(";")[0]})[0] == 200


def test_a_frames_cookie_is_for_the_site_that_it_is_in(guarded):
    framed = {"Sec-Fetch-Dest": "iframe"}
    _, _, fields = ask(guarded, path=f"/?token={SECRET}", headers=framed)
    assert fields["Set-Cookie"].endswith("; SameSite=None; Secure; Partitioned")


@pytest.mark.parametrize(
    ("name", "value", "passes"),
    [
        ("Authorization", f"Bearer {SECRET}", True),
        ("Authorization", f"bearer  {SECRET} ", True),
        ("Authorization", f"token {SECRET}", True),
        ("Authorization", f"Basic {SECRET}", False),
        ("Authorization", SECRET, False),
        ("Authorization", "Bearer", False),
        ("Authorization", "Bearer \xff", False),
        ("Authorization", f"Bearer {SECRET}x", False),
        ("Authorization", f"Bearer {SECRET[:-1]}", False),
        ("Cookie", f"a=b; nbflask-token={SECRET}; c=d", True),
        ("Cookie", f"nbflask-token=old; nbflask-token={SECRET}", True),
        ("Cookie", f"token={SECRET}", False),
        ("Cookie", "nbflask-token=", False),
        ("Cookie", "nbflask-token", False),
        ("X-Token", SECRET, False),
    ],
)
def test_a_token_comes_as_a_bearer_or_as_a_cookie(name, value, passes, guarded):
    assert ask(guarded, headers={name: value})[0] == (200 if passes else 401)


def test_the_token_is_asked_for_by_every_method(guarded):
    for method in ("GET", "POST", "OPTIONS", "HEAD", "DELETE", "ANY"):
        assert ask(guarded, method)[0] == 401


def test_the_token_is_no_way_around_the_name(guarded):
    headers = {"Host": "evil.example", "Authorization": f"Bearer {SECRET}"}
    assert ask(guarded, headers=headers)[0] == 400


def test_the_token_is_compared_in_constant_time(guarded, monkeypatch):
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("nbflask.server.guard.compare_digest", compare)
    ask(guarded, headers={"Authorization": "Bearer wrong"})
    assert (b"wrong", SECRET.encode()) in compared


def test_a_server_without_a_token_asks_for_none(serve):
    assert ask(serve(), path="/?token=any")[0] == 200


def test_the_token_is_not_shown(serve):
    lines: list[str] = []
    guarded = serve(token=SECRET, log=lines.append)
    assert ask(guarded, path=f"/a?token={SECRET}")[0] == 303
    guarded.stop()
    assert lines == ["GET /a?token=... HTTP/1.1 303"]
    assert SECRET not in repr(guarded)
    assert SECRET not in guarded.url


# Behind a proxy

OUTSIDE = "//hub.example/user/ada/proxy/5000"


def passed_on(target, fields):
    """Say where a proxy was asked, if one was."""
    return OUTSIDE if "x-passed-on" in fields or "/absolute/" in target else ""


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Host": "hub.example", "X-Passed-On": "1"}, 200),
        ({"Host": "localhost", "X-Passed-On": "1"}, 200),
        ({"Host": "hub.example"}, 400),
        ({"Host": "localhost"}, 200),
    ],
)
def test_what_a_proxy_has_passed_on_may_ask_for_its_name(fields, status, serve):
    assert ask(serve(outside=passed_on), headers=fields)[0] == status


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/?token={}", f"{OUTSIDE}/"),
        ("/a?token={}&b=c", f"{OUTSIDE}/a?b=c"),
        ("/user/ada/proxy/5000/a?token={}", f"{OUTSIDE}/a"),
        ("//evil.example?token={}", f"{OUTSIDE}/evil.example"),
    ],
)
def test_behind_a_proxy_the_token_stays_below_its_prefix(asked, location, serve):
    server = serve(token=SECRET, outside=passed_on)
    status, _, fields = ask(
        server, path=asked.format(SECRET), headers={"X-Passed-On": "1"}
    )
    assert (status, fields["Location"]) == (303, location)
    assert "; Path=/user/ada/proxy/5000; " in fields["Set-Cookie"]


def test_behind_a_proxy_the_token_is_asked_for_all_the_same(serve):
    server = serve(token=SECRET, outside=passed_on)
    assert ask(server, headers={"X-Passed-On": "1", "Host": "hub.example"})[0] == 401
