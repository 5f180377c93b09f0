"""When a session is opened, who shares it, and how long it can be read."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from itsdangerous import URLSafeTimedSerializer

from nbflask import Flask, Request, copy_current_request_context, session
from nbflask.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
)


@pytest.fixture
def app() -> Flask:
    app = Flask("test_app")
    app.secret_key = "key"
    return app


def having(**attributes):
    return type("Own", (SecureCookieSessionInterface,), attributes)()


def with_own(name, value):
    interface = SecureCookieSessionInterface()
    setattr(interface, name, value)
    return interface


class Stored(SessionInterface):
    def open_session(self, app, request):
        return SecureCookieSession()

    def save_session(self, app, session, response):
        pass


class NoInterface:
    """Has what is asked of an interface, but not from us."""

    open_session = Stored.open_session
    save_session = Stored.save_session
    is_null_session = SessionInterface.is_null_session
    null_session_class = NullSession


STEPS = {
    "open_session": lambda *args: SecureCookieSession(),
    "save_session": lambda *args: None,
    "is_null_session": lambda *args: False,
    "make_null_session": lambda *args: SecureCookieSession(),
    "get_cookie_name": lambda *args: "own",
    "session_class": type("Own", (SecureCookieSession,), {}),
    "null_session_class": type("Own", (NullSession,), {}),
}
PLAIN = {"salt": "own", "key_derivation": "concat", "serializer": "own", "other": 1}


@pytest.mark.parametrize(
    ("interface", "lazily"),
    [
        (SecureCookieSessionInterface(), True),
        *((having(**{name: value}), True) for name, value in PLAIN.items()),
        *((with_own(name, value), True) for name, value in PLAIN.items()),
        *((having(**{name: value}), False) for name, value in STEPS.items()),
        *((with_own(name, value), False) for name, value in STEPS.items()),
        (Stored(), False),
        (having(opens_lazily=lambda self, app: False), False),
    ],
)
def test_a_session_waits_unless_a_step_is_overridden(app, interface, lazily):
    assert interface.opens_lazily(app) is lazily


class NamesItsCookies(Request):
    @property
    def cookies(self):
        return {"session": self.headers.get("X-Session", "")}


def test_a_session_whose_cookie_comes_otherwise_is_refreshed_all_the_same(app):
    app.request_class = NamesItsCookies
    assert not app.session_interface.opens_lazily(app)
    sign = app.session_interface.get_signing_serializer(app)
    app.add_url_rule("/", "index", lambda: "")
    cookie = sign.dumps({"_permanent": True})
    response = app.test_client().get("/", headers={"X-Session": cookie})
    assert "Set-Cookie" in response.headers


class Slow:
    """Notes when its session is opened and saved."""

    def __init__(self, order):
        self.order = order

    def open_session(self, app, request):
        self.order.append("open")
        return SecureCookieSession()

    def save_session(self, app, session, response):
        self.order.append("save")

    def is_null_session(self, session):
        return False


@pytest.mark.parametrize("bases", [(Slow,), (Slow, SessionInterface)])
def test_a_session_of_ones_own_is_opened_before_and_saved_after_the_view(
    app, client, bases
):
    order = []
    app.session_interface = type("Own", bases, {})(order)
    app.add_url_rule("/", "index", lambda: order.append("view") or "")
    client.get("/")
    assert order == ["open", "view", "save"]


@pytest.mark.parametrize(
    "interface", [SecureCookieSessionInterface(), Stored(), NoInterface()]
)
def test_a_session_can_be_read_after_its_request_though_it_was_not_before(
    app, interface
):
    app.session_interface = interface
    context = app.test_request_context()
    with pytest.raises(AssertionError, match="not yet been opened"):
        context.session  # noqa: B018
    with context:
        pass
    assert context.session == {}
    assert context.session.accessed


def test_a_copied_context_shares_a_session_that_nobody_has_touched(app):
    with app.test_request_context() as context:
        copied = context.copy()
        with copied:
            session["name"] = "ada"
        assert session["name"] == "ada"
    assert copied.session is context.session


def test_what_a_thread_puts_into_the_session_is_sent(app, client):
    @app.route("/")
    def index():
        def work():
            session["name"] = "ada"

        thread = Thread(target=copy_current_request_context(work))
        thread.start()
        thread.join()
        return ""

    app.add_url_rule("/name", "name", lambda: session["name"])
    client.get("/")
    assert client.get("/name").text == "ada"


def test_a_session_that_is_copied_but_not_used_is_not_sent(app, client):
    app.add_url_rule("/", "index", lambda: copy_current_request_context(lambda: "")())
    response = client.get("/")
    assert "Vary" not in response.headers
    assert "Set-Cookie" not in response.headers


def test_a_permanent_session_is_refreshed_by_requests_that_do_not_use_it(app, client):
    app.permanent_session_lifetime = timedelta(hours=1)
    app.add_url_rule("/", "index", lambda: "")
    with client.session_transaction() as prepared:
        prepared.permanent = True
    assert "Set-Cookie" in client.get("/").headers
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert "Set-Cookie" not in client.get("/").headers


def test_an_interface_may_sign_with_a_serializer_of_its_own(app, client):
    class Own(SecureCookieSessionInterface):
        def get_signing_serializer(self, app):
            return URLSafeTimedSerializer("own key")

    app.session_interface = Own()
    app.secret_key = None
    app.add_url_rule("/put", "put", lambda: session.update(name="ada") or "")
    app.add_url_rule("/", "index", lambda: session["name"])
    client.get("/put")
    assert client.get("/").text == "ada"
