"""Requests of a notebook as an .http file: %http sends from it what was sent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from nbflask.export.requests.http import http_of
from nbflask.grammar.http_prepare import Place, prepare_http
from nbflask.grammar.http_reading import read_http
from nbflask.grammar.http_values import Scope
from nbflask.grammar.request import FilePart, PreparedRequest
from nbflask.ipynb.requests.recorded import Answer, Sent
from nbflask.wrappers import Request

JSON = "application/json"


def read_again(text) -> list[PreparedRequest]:
    """Read a file as %http does."""
    file = read_http(text)
    known = {each.name: each for each in file.variables}
    scope = Scope(eval, variables=known, names_only=True)
    place = Place("127.0.0.1".__eq__, Path("/nowhere"))
    return [prepare_http(each, scope, place) for each in file.requests]


def received(request: PreparedRequest):
    """What an app is told by a request."""
    kwargs = request.as_client_kwargs()
    if "://" in kwargs["path"]:
        kwargs["path"] = "/" + kwargs["path"].split("://")[1].partition("/")[2]
    with (
        closing(EnvironBuilder(**kwargs)) as builder,
        Request(builder.get_environ()) as got,
    ):
        return told_by(got)


def told_by(got: Request):
    headers = {n: v for n, v in got.headers if n not in ("Host", "Content-Length")}
    kind = headers.pop("Content-Type", "").partition(";")[0]
    files = [(n, f.filename, f.read(), f.content_type) for n, f in each(got.files)]
    told = got.method, got.path, [*each(got.args)], headers, kind
    is_json = kind == JSON
    data = got.get_json(silent=True) if is_json else got.get_data()
    return *told, [*each(got.form)], files, data


def each(fields):
    return fields.items(multi=True)


EXAMPLES = [
    (PreparedRequest("GET", "/"), "GET {{base}}/"),
    (PreparedRequest("GET", "/u/Zoë?q=a b"), "GET {{base}}/u/Zo%C3%AB?q=a%20b"),
    (
        PreparedRequest("GET", "/", headers=(("X-A", "1"), ("X-B", ""))),
        "GET {{base}}/\nX-A: 1\nX-B:",
    ),
    (
        PreparedRequest("POST", "/u", json={"a": [1]}),
        'POST {{base}}/u\nContent-Type: application/json\n\n{\n  "a": [\n    1\n  ]\n}',
    ),
    (PreparedRequest("POST", "/u", json=None), "\n\nnull"),
    (PreparedRequest("POST", "/u", json={"a": "{{b}}"}), "\"{{'{{'}}b}}\""),
    (
        PreparedRequest("POST", "/u", form=(("a", "1 2"), ("a", "{{"))),
        "Content-Type: application/x-www-form-urlencoded\n\na=1+2&a=%7B%7B",
    ),
    (
        PreparedRequest("PUT", "/u", body=b"a,b\n1,2\n", content_type="text/csv"),
        "Content-Type: text/csv\n\na,b\n1,2\n{{empty}}",
    ),
    (
        PreparedRequest("PUT", "/u", body=b"# a\n\nGET /b", content_type="a/b"),
        "\n\n{{empty}}# a\n\n{{empty}}GET /b",
    ),
    (
        PreparedRequest(
            "POST", "/u", form=(("b", "2"),), files=(FilePart("a", "a.txt", b"x\ny"),)
        ),
        'Content-Disposition: form-data; name="a"; filename="a.txt"\n'
        "Content-Type: text/plain\n\nx{{lf}}y\n--next-part--",
    ),
]


@pytest.mark.parametrize(("request_", "lines"), EXAMPLES)
def test_a_request_is_written_as_rest_clients_write_it(request_, lines):
    text = http_of([Sent(request_)])
    assert f"{lines}\n" in text
    (again,) = read_again(text)
    assert received(again) == received(request_)


texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.lists(
    st.sampled_from(
        [
            *("# a", "// @name x", "", " ", "###", "< a.txt", "> x.js", ">> y", "<> z"),
            *("GET /x", "{{", "}}", "{{$guid}}", "@a = b", "\r", "--", "<% {%", "a"),
        ]
    ),
    max_size=6,
).map("\n".join)
headers = st.lists(
    st.tuples(
        st.sampled_from(["X-A", "X-B", "Accept"]),
        st.text(st.sampled_from("ab {}:#;\"'é"), max_size=12).map(str.strip),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)
bodies = st.one_of(
    st.just({}),
    st.builds(lambda text: {"json": {"a": text, text: [text]}}, texts),
    texts.map(lambda text: {"body": text.encode(), "content_type": "text/csv"}),
    st.tuples(texts, texts).map(lambda pair: {"form": (pair, ("b", "c"))}),
    st.builds(
        lambda text, content: {
            "form": (("b", text),),
            "files": (FilePart("f", "a b.txt", content.encode()),),
        },
        texts,
        texts,
    ),
)
paths = st.text(st.sampled_from("ab/ ?&=é%{}[]'\"\\$#+"), max_size=20).map(
    lambda path: "/" + path.lstrip("/").partition("#")[0]
)
requests = st.builds(
    lambda path, given, body: PreparedRequest("POST", path, headers=given, **body),
    paths,
    headers,
    bodies,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(requests, min_size=1, max_size=4))
def test_whatever_was_sent_is_sent_again_from_the_file(requests):
    again = read_again(http_of([Sent(each) for each in requests]))
    assert [*map(received, again)] == [*map(received, requests)]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (PreparedRequest("PUT", "/u", body=b"\xff"), "its body is no text"),
        (
            PreparedRequest("PUT", "/u", files=(FilePart("a", "b", b"\xff"),)),
            "its body is no text",
        ),
        (PreparedRequest("PROPFIND", "/u"), "There is no method 'PROPFIND'"),
        (
            PreparedRequest("GET", "/u", headers=(("#a", "b"),)),
            "its text would be read as",
        ),
    ],
)
def test_what_no_text_can_say_is_a_comment(request_, why):
    text = http_of([Sent(request_), Sent(PreparedRequest("GET", "/x"))])
    assert f"# {request_.method} /u is left out: {why}" in text
    assert len(read_again(text)) == 1


def test_secrets_clients_and_redirects_are_said_above_a_request(monkeypatch):
    monkeypatch.setenv("COOKIE", "a=1")
    sent = Sent(
        PreparedRequest("GET", "/"),
        Answer(302, location="/x"),
        client="bob",
        title="Look",
        secrets=(("Cookie", "COOKIE"),),
    )
    text = http_of([sent, replace(sent, follow=True)], notebook="api.ipynb")
    assert text.startswith("# The requests of api.ipynb, in its order.\n@base = http:")
    assert (
        "### Look\n# Sent as bob, with cookies of its own.\n# @no-redirect\nG" in text
    )
    assert text.count("no-redirect") == 1
    assert read_again(text)[0].headers == (("Cookie", "a=1"),)
    assert [each.follows for each in read_http(text).requests] == [False, True]
