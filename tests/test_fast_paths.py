"""Where a short way is taken, its outcome is that of the long way.

The long way is asked as well, and is the measure: Werkzeug's own response, an app
that makes its URL adapters itself, a client with a step of its own.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from long_way import LongWay
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as GeneralRequest
from werkzeug.wrappers import Response as GeneralBase

from nbflask import Flask, Request, Response, render_template_string, request
from nbflask.testing import FlaskClient

# Responses


class General(GeneralBase):
    """Werkzeug's response, with the defaults that Flask gives it."""

    default_mimetype = "text/html"
    autocorrect_location_header = False


def note(response: Any, event: str) -> None:
    response.__dict__.setdefault("noted", []).append(event)


class OwnHeaders(Headers):
    def to_wsgi_list(self):
        return [("X-Own", "1"), *super().to_wsgi_list()]


def like_headers(self, environ):
    return Headers([("X-Own", "1")])


def like_nothing(self, *args, **kwargs):
    return []


def like_louder_data(self, value):
    self.response = [b"LOUD"]
    self.headers["Content-Length"] = "4"


def like_own_status(self, status):
    self._status, self._status_code = "299 OWN", 299


def like_noted_close(self):
    note(self, "close")


def with_mimetype(base):
    class Own(base):
        def __init__(self, *args, **kwargs):
            kwargs.setdefault("mimetype", "application/xml")
            super().__init__(*args, **kwargs)

    return Own


def with_three_arguments(base):
    class Own(base):
        def __init__(self, response=None, status=None, headers=None):
            super().__init__(response, status, headers)

    return Own


def with_headers_property(base):
    class Own(base):
        @property
        def headers(self):
            return self.__dict__["kept"]

        @headers.setter
        def headers(self, headers):
            headers["X-Own"] = "1"
            self.__dict__["kept"] = headers

    return Own


def having(**attributes):
    return lambda base: type("Own", (base,), attributes)


CLASSES = {
    "as it is": having(),
    "with a close": having(close=like_noted_close),
    "with headers for WSGI": having(get_wsgi_headers=like_headers),
    "with a body for WSGI": having(get_app_iter=like_nothing),
    "with an encoding": having(iter_encoded=lambda self: iter([b"own"])),
    "with an answer for WSGI": having(
        get_wsgi_response=lambda self, environ: ([b"own"], "299 OWN", [])
    ),
    "with a status": having(status=property(lambda self: "299 OWN", like_own_status)),
    "with a status code": having(
        status_code=property(lambda self: 204, lambda self, code: None)
    ),
    "with a default status": having(default_status=418),
    "with a default type": having(default_mimetype="text/plain"),
    "without a default type": having(default_mimetype=None),
    "without a length": having(automatically_set_content_length=False),
    "with data of its own": having(set_data=like_louder_data),
    "with a property for headers": with_headers_property,
    "with a type in its making": with_mimetype,
    "with three arguments": with_three_arguments,
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("text", ["text", b"bytes", bytearray(b"array"), "", "é"])
@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_responses_answers_as_werkzeug_has_it(name, text, method):
    make = CLASSES[name]
    assert sent(make(Response), text, method) == sent(make(General), text, method)


def assigned(**attributes):
    def change(response):
        for name, value in attributes.items():
            setattr(response, name, value)

    return change


def closing(response):
    response.close = lambda: note(response, "close")


CHANGES = {
    "nothing": lambda response: None,
    "its close": closing,
    "what it calls on close": lambda response: response.call_on_close(
        lambda: note(response, "called")
    ),
    "its headers, a dict": assigned(headers={"X-Own": "1"}),
    "its headers, of their own": lambda response: setattr(
        response, "headers", OwnHeaders(response.headers)
    ),
    "its headers for WSGI": assigned(get_wsgi_headers=lambda environ: Headers()),
    "its body for WSGI": assigned(get_app_iter=lambda environ: [b"own"]),
    "its answer for WSGI": assigned(
        get_wsgi_response=lambda environ: ([b"own"], "299 OWN", [])
    ),
    "its encoding": assigned(iter_encoded=lambda: iter([b"own"])),
    "its location": lambda response: response.headers.update({"Location": "/é"}),
    "its length": lambda response: response.headers.remove("Content-Length"),
    "a header twice": lambda response: [
        response.headers.add("X-Own", each) for each in "12"
    ],
    "an attribute": assigned(own=1),
    "its body, a tuple": assigned(response=(b"own",)),
    "its body, text": assigned(response=["own"]),
    "its body, two": assigned(response=[b"o", b"wn"]),
    "its status": assigned(status="299 OWN"),
    **{f"its code {code}": assigned(status_code=code) for code in (199, 204, 304)},
    "its passing through": assigned(direct_passthrough=True),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_response_answers_as_werkzeug_has_it(change, method):
    ours, theirs = (
        sent(base, "text", method, CHANGES[change]) for base in (Response, General)
    )
    assert ours == theirs


def sent(response_class, text, method, change=CHANGES["nothing"]) -> dict[str, Any]:
    """What a view's text is answered with over WSGI, and what was called then."""
    app = Flask("test_app", static_folder=None)
    app.response_class = response_class
    app.add_url_rule("/", "index", lambda: text)
    kept = []

    @app.after_request
    def change_it(response):
        kept.append(response)
        change(response)
        return response

    started = {}

    def start_response(status, headers):
        started.update(status=status, headers=headers)

    body = app.wsgi_app(create_environ("/", method=method), start_response)
    try:
        read = b"".join(body)
    finally:
        getattr(body, "close", lambda: None)()
    return {**started, "body": read, "noted": kept[0].__dict__.get("noted")}


# Matching


class AdaptersOfItsOwn(Flask):
    """Takes the long way for every request."""

    def create_url_adapter(self, request):
        return super().create_url_adapter(request)


class TrustingRequest(Request):
    trusted_hosts = ("example.org",)


class TrustingNobody(Request):
    trusted_hosts = ()


def with_request_class(request_class):
    return lambda app: setattr(app, "request_class", request_class)


SETTINGS = {
    "nothing set": lambda app: None,
    "a server name": lambda app: app.config.update(SERVER_NAME="example.org"),
    "trusted hosts": lambda app: app.config.update(TRUSTED_HOSTS=["example.org"]),
    "a trusting request": with_request_class(TrustingRequest),
    "a request that trusts nobody": with_request_class(TrustingNobody),
}
WEBSOCKET = {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "upgrade"}
ENVIRONS = {
    "plain": {},
    "a slash too few": {"PATH_INFO": "/slash"},
    "nowhere": {"PATH_INFO": "/nowhere"},
    "a method too many": {"REQUEST_METHOD": "DELETE"},
    "another host": {"HTTP_HOST": "example.org"},
    "a host with a port": {"HTTP_HOST": "example.org:8080"},
    "a bad host": {"HTTP_HOST": "exa mple.org"},
    "no host": {"HTTP_HOST": ""},
    "a script name": {"SCRIPT_NAME": "/app"},
    "https": {"wsgi.url_scheme": "https"},
    "ws": {"wsgi.url_scheme": "ws"},
    "wss": {"wsgi.url_scheme": "wss"},
    "an upgrade": WEBSOCKET,
    "ws at the socket": {"wsgi.url_scheme": "ws", "PATH_INFO": "/socket"},
    "wss at the socket": {"wsgi.url_scheme": "wss", "PATH_INFO": "/socket"},
    "an upgrade at the socket": {**WEBSOCKET, "PATH_INFO": "/socket"},
    "http at the socket": {"PATH_INFO": "/socket"},
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("environ", ENVIRONS)
def test_a_request_is_matched_as_with_an_adapter_of_its_own(setting, environ):
    def answers(app_class):
        app = app_class("test_app")
        SETTINGS[setting](app)
        app.add_url_rule("/", "index", lambda: request.host)
        app.add_url_rule("/slash/", "slash", lambda: "slash")
        app.add_url_rule("/socket", "socket", lambda: "socket", websocket=True)
        # Others first: what they leave behind must not count.
        others = [ENVIRONS["plain"], ENVIRONS["another host"], ENVIRONS[environ]]
        return [answer_of(app, each) for each in (*others, ENVIRONS[environ])]

    assert answers(Flask) == answers(AdaptersOfItsOwn)


def answer_of(app, environ):
    response = Response.from_app(app, {**create_environ("/"), **environ}, True)
    return response.status, response.headers.get("Location"), response.data


# The client


class Seen(FlaskClient):
    """Tells what it was asked to build, and asks as a person of its own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = []

    def _request_from_builder_args(self, args, kwargs):
        self.seen.append((args, dict(kwargs)))
        kwargs["headers"] = {"X-Own": "1"}
        return super()._request_from_builder_args(args, kwargs)


def test_a_client_may_build_its_requests_differently(app):
    app.add_url_rule("/", "index", lambda: request.headers.get("X-Own", "none"))
    app.test_client_class = Seen
    client = app.test_client()
    assert client.get("/").text == "1"
    assert client.open("/", query_string={"q": "1"}).text == "1"
    assert client.seen == [
        (("/",), {"method": "GET"}),
        (("/",), {"query_string": {"q": "1"}}),
    ]
    environ = create_environ("/")
    assert client.open(environ).text == "none"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "get"])
@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "x", "/x", "//x", "///x", "//x/y", "/x//y", "/x/", "/.", "/../x"),
        *("/x?", "/x?a=1", "?a=1", "/x#f", "/%41", "/é", "/a b", "/a;b", "/a:b"),
        *("http://h/x", "https://h:1//x", "//h:80/x", "x//y", "/~x", "/a.b-c_d"),
    ],
)
@pytest.mark.parametrize(
    "settings", [{}, {"SERVER_NAME": "a.org"}, {"APPLICATION_ROOT": "/root"}]
)
def test_a_path_alone_is_asked_for_as_with_keywords(app, path, method, settings):
    app.config.update(settings)
    app.before_request(lambda: repr((request.url, request.method, told(request))))
    short = app.test_client().open(path, method=method)
    long = LongWay(app, app.response_class).open(path, method=method)
    assert (short.text, short.request.url) == (long.text, long.request.url)


def told(request):
    environ = request.environ
    return sorted(
        (name, value) for name, value in environ.items() if isinstance(value, str)
    )


# Templates


def test_a_template_is_compiled_once_and_an_overlay_ends_with_its_user(app):
    with app.app_context():
        overlay = app.jinja_env.overlay(trim_blocks=True)
        template = overlay.from_string("{{ 1 }}")
        app.jinja_env.loader = overlay.loader = DictLoader({"x": "{{ 1 }}"})
        assert overlay.get_template("x") is overlay.get_template("x")
        assert app.jinja_env.get_template("x") is not overlay.get_template("x")
        render_template_string("{{ 1 }}")
    ended = weakref.ref(overlay)
    del overlay, template
    gc.collect()
    assert ended() is None


def test_what_was_compiled_with_former_filters_is_let_go(app, cells):
    app.jinja_env.loader = DictLoader({"x": "{{ 'a'|f }}"})
    cells.run("app.add_template_filter(str.upper, 'f')", id="a")
    former = weakref.ref(app.jinja_env.get_template("x"))
    cells.run("app.add_template_filter(str.title, 'f')", id="a")
    app.test_client().get("/")
    # The former table first, then what only its going has let go.
    gc.collect()
    gc.collect()
    assert former() is None


# Requests

PARTS = (
    *("method", "scheme", "server", "root_path", "path", "query_string"),
    *("remote_addr", "url", "full_path", "host"),
)
TEXT = st.text(st.characters(max_codepoint=255), max_size=8)
ENVIRON = st.fixed_dictionaries(
    {"REQUEST_METHOD": st.sampled_from(["GET", "post"]), "wsgi.url_scheme": TEXT},
    optional={
        "PATH_INFO": TEXT.map("/{}".format) | TEXT,
        "SCRIPT_NAME": TEXT.map("/{}/".format) | st.none(),
        "QUERY_STRING": TEXT,
        "SERVER_NAME": st.just("here.test"),
        "SERVER_PORT": st.sampled_from(["80", "8080", "", "none", None]),
        "HTTP_HOST": st.just("there.test"),
        "REMOTE_ADDR": TEXT,
    },
)


def part_of(request, name):
    """Return a part of a request, or the kind of error that reading it is."""
    try:
        return getattr(request, name)
    except UnicodeDecodeError as error:
        return type(error)


@given(ENVIRON)
def test_a_request_that_is_read_late_is_the_one_that_werkzeug_reads_at_once(environ):
    general, late = GeneralRequest({**environ}), Request({**environ})
    for part in PARTS:
        assert part_of(late, part) == part_of(general, part), part
    assert dict(late.headers) == dict(general.headers)


def test_a_request_is_what_was_asked_for_whatever_becomes_of_its_environ():
    environ = create_environ("/asked?a=1", "http://here.test/app")
    late = Request(environ)
    environ.update(PATH_INFO="/", SCRIPT_NAME="", QUERY_STRING="", SERVER_NAME="")
    assert late.url == "http://here.test/app/asked?a=1"
    assert late.server == ("here.test", 80)


def test_a_part_of_a_request_may_be_set():
    late = Request(create_environ("/asked"))
    late.path, late.method = "/set", "PUT"
    assert (late.path, late.method) == ("/set", "PUT")


def test_a_class_below_may_make_requests_in_a_way_of_its_own():
    class Renamed(GeneralRequest):
        def __init__(self, environ, *args):
            super().__init__(environ, *args)
            self.path = "/renamed"

    class Own(Request, Renamed):
        """Has the other's way."""

    assert Own(create_environ("/asked")).path == "/renamed"
