"""A session's cookie is found, checked, signed and set the short way, with the outcome
of the long way: what Werkzeug and itsdangerous do is asked as well, and is the measure.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import BadData, BadPayload, BadSignature, TimestampSigner
from itsdangerous import URLSafeTimedSerializer as General
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as GeneralRequest
from werkzeug.wrappers import Response as GeneralResponse

from nbflask import Flask, Request, Response, session
from nbflask.cookies import cookie_of, set_cookie, vary_by_cookie
from nbflask.signing import LONGEST_SEALED, MOST_SEALED, SigningSerializer

WAYS = {"key_derivation": "hmac", "digest_method": hashlib.sha1}
VALUE = {"name": "Ada", "visits": 3}


def pair(keys, serializer=json, **ways):
    """Return the short way and the long way of one way to sign."""
    arguments = {"salt": "salt", "serializer": serializer, "signer_kwargs": ways}
    return SigningSerializer(keys, **arguments), General(keys, **arguments)


@pytest.fixture
def clock(monkeypatch):
    """Set what time it is, for all signers."""

    def set_to(seconds):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: seconds)

    set_to(1_800_000_000)
    return set_to


# Signing


@pytest.mark.parametrize("derivation", ["hmac", "concat", "django-concat", "none"])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512", "md5", "blake2b"])
def test_what_one_signs_is_what_the_other_signs_and_reads(clock, derivation, digest):
    method = getattr(hashlib, digest)
    short, long = pair("key", key_derivation=derivation, digest_method=method)
    assert short.dumps(VALUE) == long.dumps(VALUE)
    assert short.loads(long.dumps(VALUE), max_age=10) == VALUE


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=4))
@example({"long": "x" * 500})
def test_any_session_is_written_and_read_as_itsdangerous_does(value):
    short, long = pair("key", **WAYS)
    assert long.loads(short.dumps(value), max_age=10) == value
    assert short.loads(long.dumps(value), max_age=10) == value


def test_a_hash_that_is_not_what_its_name_says_is_left_to_itsdangerous(clock):
    def louder(data=b""):
        return hashlib.sha1(b"louder" + data)

    short, long = pair("key", key_derivation="concat", digest_method=louder)
    assert short.dumps(VALUE) == long.dumps(VALUE)
    assert short.loads(long.dumps(VALUE), max_age=10) == VALUE


def test_a_hash_without_a_name_is_left_to_itsdangerous(clock):
    class Plain:
        digest_size, block_size = 20, 64

        def __init__(self, data=b""):
            self.data = data

        def update(self, data):
            self.data += data

        def copy(self):
            return Plain(self.data)

        def digest(self):
            return hashlib.sha1(self.data).digest()

    short, long = pair("key", key_derivation="hmac", digest_method=Plain)
    assert short.dumps(VALUE) == long.dumps(VALUE)
    assert short.loads(long.dumps(VALUE), max_age=10) == VALUE


def test_an_unknown_derivation_is_told_when_something_is_signed_not_before():
    short, _ = pair("key", key_derivation="guess", digest_method=hashlib.sha1)
    with pytest.raises(TypeError, match="Unknown key derivation"):
        short.dumps(VALUE)


def test_every_key_is_accepted_and_the_last_one_signs(clock):
    both, _ = pair(["old", "new"], **WAYS)
    _, old = pair("old", **WAYS)
    _, new = pair("new", **WAYS)
    assert both.loads(old.dumps(VALUE), max_age=10) == VALUE
    assert both.dumps(VALUE) == new.dumps(VALUE)
    with pytest.raises(BadSignature):
        pair("other", **WAYS)[0].loads(both.dumps(VALUE), max_age=10)


def test_a_serializer_of_bytes_gives_bytes(clock):
    short, long = pair("key", pickle, **WAYS)
    assert short.dumps(VALUE) == long.dumps(VALUE)
    assert short.loads(long.dumps(VALUE), max_age=10) == VALUE


def test_a_salt_and_a_time_can_be_asked_for():
    short, long = pair("key", **WAYS)
    assert short.loads(long.dumps(VALUE, salt="b"), max_age=10, salt="b") == VALUE
    assert long.loads(short.dumps(VALUE, salt="b"), salt="b") == VALUE
    value, signed_at = short.loads(short.dumps(VALUE), 10, return_timestamp=True)
    assert value == VALUE
    assert signed_at.tzinfo is not None


def judged(serializer, text, age):
    """Return what comes of a text: its value, or how it is refused."""
    try:
        return serializer.loads(text, max_age=age)
    except BadData as error:
        return type(error), str(error), getattr(error, "payload", None)


@pytest.mark.parametrize("age", [-5, 0, 9, 10, 11, 10_000])
def test_a_session_is_as_young_as_itsdangerous_finds_it(clock, age):
    short, long = pair("key", **WAYS)
    text = long.dumps(VALUE)
    clock(1_800_000_000 + age)
    assert judged(short, text, 10) == judged(long, text, 10)


@pytest.mark.parametrize("seconds", [0, 255, 2**24, 2**32 - 1, 2**32, 2**40])
def test_any_time_is_written_as_itsdangerous_writes_it(clock, seconds):
    clock(seconds)
    short, long = pair("key", **WAYS)
    text = short.dumps(VALUE)
    assert text == long.dumps(VALUE)
    assert short.loads(text, max_age=1) == VALUE


def forgeries():
    long = pair("key", **WAYS)[1]
    signer = long.make_signer(long.salt)
    text = long.dumps(VALUE)
    value, stamp, signature = text.split(".")
    signed = signer.sign(b"no payload").decode()
    untimed = super(TimestampSigner, signer).sign(b"no.time!").decode()
    strange = super(TimestampSigner, signer).sign(b"eyJhIjoxfQ.AAAAA").decode()
    return [
        *("", ".", "..", "a.b.c", "ü.ü.ü", text[:-1], f"{text}=", f"x{text}"),
        *(f"{value}.{stamp}.{signature[::-1]}", f"{value}.{signature}", signed),
        *(untimed, strange, text.swapcase(), f"{text}\n", f" {text}"),
    ]


def test_what_is_forged_or_broken_is_refused_in_the_words_of_itsdangerous(clock):
    short, long = pair("key", **WAYS)
    for text in forgeries():
        assert judged(short, text, 10) == judged(long, text, 10), text


@given(st.text("abcXYZ019-_.=é", max_size=60))
def test_no_text_is_accepted_that_itsdangerous_refuses(text):
    short, long = pair("key", **WAYS)
    assert judged(short, text, 10**9) == judged(long, text, 10**9)


def test_a_payload_that_cannot_be_read_is_bad_though_it_is_signed():
    long = pair("key", **WAYS)[1]
    text = long.make_signer(long.salt).sign(b"bm90IGpzb24").decode()
    with pytest.raises(BadPayload, match="Could not load the payload"):
        pair("key", **WAYS)[0].loads(text, max_age=10)


def test_a_session_that_was_read_before_grows_old_all_the_same(clock):
    short, long = pair("key", **WAYS)
    text = long.dumps(VALUE)
    for age in (0, 5, 10, 11, 5, -1):
        clock(1_800_000_000 + age)
        assert judged(short, text, 10) == judged(long, text, 10)


def test_each_reading_gives_a_value_of_its_own():
    short, long = pair("key", **WAYS)
    text = long.dumps({"list": []})
    short.loads(text, max_age=10)["list"].append(1)
    assert short.loads(text, max_age=10) == {"list": []}


def test_signatures_are_remembered_up_to_a_bound(clock):
    short, long = pair("key", **WAYS)
    for number in range(2 * MOST_SEALED):
        assert short.loads(long.dumps(number), max_age=10) == number
    noise = os.urandom(9_000).hex()
    assert short.loads(long.dumps(noise), max_age=10) == noise
    assert len(short._sealed) <= MOST_SEALED
    assert all(len(each) <= LONGEST_SEALED for each in short._sealed)


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_bytes_are_read_as_itsdangerous_reads_them(kind):
    short, long = pair("key", **WAYS)
    assert short.loads(kind(long.dumps(VALUE).encode()), max_age=10) == VALUE


# A request's cookie

HEADERS = [
    *("", "s", "s=", "s=1", " s = 1 ", "a=2; s=1", "s=1; s=2", "xs=1;s=2", "sx=1"),
    *("s=1 2; s=3", 's="a b"', 's="a\\"b"', "s=a=b", "S=1", ";;s=1;", "s;a=1", "=1"),
    *("a b; s=1", "a=1, s=2", "s=\u00e4", "s=\xc3\xa4", "x s=1", "s\t=\t1\t;a=1"),
]


@pytest.mark.parametrize(
    ("header", "name"), [*product(HEADERS, ["s", "a", "x s", "é"])]
)
def test_a_cookie_is_what_the_whole_header_says(header, name):
    environ = create_environ()
    environ["HTTP_COOKIE"] = header
    expected = GeneralRequest(environ.copy()).cookies.get(name)
    assert cookie_of(Request(environ), name) == expected


@given(st.text('sa=;" \t,1\\', max_size=14))
def test_any_header_is_read_as_werkzeug_reads_it(header):
    environ = create_environ()
    environ["HTTP_COOKIE"] = header
    expected = GeneralRequest(environ.copy()).cookies.get("s")
    assert cookie_of(Request(environ), "s") == expected


def with_cookies_set(request):
    request.__dict__["cookies"] = {"s": "set"}
    return request


def test_cookies_that_somebody_has_set_are_the_cookies():
    environ = create_environ(headers={"Cookie": "s=sent"})
    assert cookie_of(with_cookies_set(Request(environ)), "s") == "set"


def test_a_class_of_requests_may_have_its_cookies_from_elsewhere():
    class Own(Request):
        @property
        def cookies(self):
            return {"s": "own"}

    assert cookie_of(Own(create_environ(headers={"Cookie": "s=sent"})), "s") == "own"


# A response's cookie

ATTRIBUTES = [
    {},
    {"domain": "example.org", "path": "/a b", "secure": True, "httponly": True},
    {"partitioned": True, "samesite": "lax", "path": None},
    {"expires": "Thu, 01 Jan 2026 00:00:00 GMT"},
]
VALUES = ["abc.DEF-_1", "", "a b", 'say "x"', "ü", "x" * 5_000]


@pytest.mark.parametrize(("value", "attributes"), [*product(VALUES, ATTRIBUTES)])
@pytest.mark.filterwarnings("ignore:The 's' cookie is too large")
def test_a_cookie_is_set_as_werkzeug_sets_it(value, attributes):
    short, long = Response(), GeneralResponse()
    set_cookie(short, "s", value, **attributes)
    long.set_cookie("s", value, **attributes)
    assert short.headers.getlist("Set-Cookie") == long.headers.getlist("Set-Cookie")


def test_a_cookie_that_is_too_large_is_warned_of_by_the_limit_of_now():
    response = GeneralResponse()
    response.max_cookie_size = 20
    with pytest.warns(UserWarning, match="cookie is too large"):
        set_cookie(response, "session", "x" * 20)
    response.max_cookie_size = 0
    set_cookie(response, "session", "x" * 9_000)


def test_a_wrong_samesite_is_told_each_time():
    for _ in range(2):
        with pytest.raises(ValueError, match="SameSite must be"):
            set_cookie(Response(), "s", "v", samesite="perhaps")


def test_a_response_may_set_cookies_its_own_way():
    class Own(Response):
        def set_cookie(self, key, value="", **attributes):
            self.headers["X-Cookie"] = f"{key}={value}"

    response = Own()
    set_cookie(response, "s", "v", path="/")
    assert response.headers["X-Cookie"] == "s=v"


@pytest.mark.parametrize(
    ("said", "then"),
    [
        (None, "Cookie"),
        ("Cookie", "Cookie"),
        ("cookie", "cookie"),
        ("Accept", "Accept, Cookie"),
        ("Accept, Cookie", "Accept, Cookie"),
    ],
)
def test_a_response_says_once_that_it_varies(said, then):
    response = Response(headers={} if said is None else {"vary": said})
    vary_by_cookie(response)
    vary_by_cookie(response)
    assert response.headers["Vary"] == then


def test_the_keys_and_the_salt_of_now_sign():
    app = Flask(__name__)
    app.secret_key = "first"
    app.add_url_rule("/", "index", lambda: str(session.setdefault("n", len(session))))
    app.add_url_rule("/read", "read", lambda: repr(session.get("n")))
    client = app.test_client()
    client.get("/")
    assert client.get("/read").text == "0"
    app.secret_key = "second"
    assert client.get("/read").text == "None"
    app.config["SECRET_KEY_FALLBACKS"] = ["first"]
    assert client.get("/read").text == "0"
