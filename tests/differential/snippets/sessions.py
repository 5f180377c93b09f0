"""Sessions, flashed messages, the test client's view of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import flask
import worker
from flask import Flask, flash, get_flashed_messages, session
from flask.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
    TaggedJSONSerializer,
)
from markupsafe import Markup


def site(see, *views, **config):
    app = Flask("app")
    app.config.update({"SECRET_KEY": "key", **config})
    for number, view in enumerate(views):
        app.add_url_rule(f"/{number}", str(number), view)
    return app, app.test_client()


def put(**values):
    return lambda: session.update(values) or "put"


def read():
    return repr(sorted(session.items()))


def without_a_key_sessions_are_null(see):
    app, client = site(see, put(a=1), read, SECRET_KEY=None)
    see(client.get("/0"), client.get("/1"))
    with app.test_request_context():
        see(
            type(session._get_current_object()),
            len(session),
            session.get("x"),
            "x" in session,
        )
        for act in (session.clear, session.popitem):
            see.outcome(act)
        see.outcome(session.pop, "x")
        see.outcome(session.setdefault, "x", 1)
        see.outcome(session.__setitem__, "x", 1)
        see.outcome(session.__delitem__, "x")
        see.outcome(lambda: session["x"])
        see.outcome(setattr, session, "permanent", True)
        see.outcome(flash, "x")
        see.outcome(get_flashed_messages)


def values_keep_their_types(see):
    values = {
        "tuple": (1, (2,)),
        "bytes": b"\x00\xff",
        "markup": Markup("<b>"),
        "uuid": UUID(int=5),
        "date": datetime(2020, 1, 2, tzinfo=timezone.utc),
        "dict": {"a": [1, None]},
        "tagged": {" t": 1},
        "text": "ä" * 200,
    }
    _app, client = site(see, put(**values), read)
    see(client.get("/0"), client.get("/1"))


def what_is_no_json_fails(see):
    _app, client = site(
        see, put(a=Decimal(1)), put(a=object()), PROPAGATE_EXCEPTIONS=True
    )
    see.outcome(client.get, "/0")
    see.outcome(client.get, "/1")


def old_keys_are_still_read(see):
    app, client = site(see, put(a=1), read, SECRET_KEY="old")
    client.get("/0")
    app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["older", "old"])
    see(client.get("/1"))
    app.config["SECRET_KEY_FALLBACKS"] = None
    see(client.get("/1"))


def sessions_expire(see):
    _app, client = site(see, put(a=1), read, PERMANENT_SESSION_LIFETIME=60)
    client.get("/0")
    worker.Clock.now += 60
    see(client.get("/1"))
    worker.Clock.now += 1
    see(client.get("/1"))


def permanent_sessions_are_refreshed(see):
    def keep():
        session.permanent = True
        return "kept"

    for refresh in (True, False):
        _app, client = site(
            see, keep, read, lambda: "x", SESSION_REFRESH_EACH_REQUEST=refresh
        )
        see(client.get("/0"), client.get("/1"), client.get("/2"))


def emptied_sessions_are_deleted(see):
    _app, client = site(see, put(a=1), lambda: session.clear() or "x", read)
    see(client.get("/0"), client.get("/1"), client.get("/2"))


def reading_sets_vary(see):
    _app, client = site(see, lambda: str("a" in session), lambda: "untouched", put(a=1))
    see(client.get("/0"), client.get("/1"), client.get("/2"), client.get("/1"))


def changes_inside_go_unnoticed(see):
    _app, client = site(
        see, put(a=[]), lambda: session["a"].append(1) or "x", read, modify
    )
    see(*[client.get(f"/{number}") for number in (0, 1, 2, 3, 2)])


def modify():
    session["a"].append(2)
    session.modified = True
    return "modified"


def cookies_by_settings(see):
    for config in (
        {
            "SESSION_COOKIE_NAME": "s",
            "SESSION_COOKIE_PATH": "/p",
            "SESSION_COOKIE_HTTPONLY": False,
        },
        {"SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_SAMESITE": "Lax"},
        {"SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_DOMAIN": "example.com"},
        {"APPLICATION_ROOT": "/root"},
        {"SERVER_NAME": "example.com"},
        {"SESSION_COOKIE_SAMESITE": "no such thing", "PROPAGATE_EXCEPTIONS": True},
    ):
        _app, client = site(see, put(a=1), **config)
        see.outcome(client.get, "/0")


def forged_cookies_are_empty(see):
    _app, client = site(see, read)
    for cookie in ("x", "a.b.c", "", "e30.x.y"):
        client.set_cookie("session", cookie)
        see(client.get("/0"))


def tests_may_change_sessions(see):
    app, client = site(see, read)
    with client.session_transaction() as transaction:
        transaction["a"] = 1
    see(client.get("/0"))
    with client.session_transaction("/x", headers={"X": "1"}) as transaction:
        see(dict(transaction), transaction.new, transaction.modified)
    with see.error(), app.test_client(use_cookies=False).session_transaction():
        pass
    app.secret_key = None
    with see.error(), client.session_transaction() as transaction:
        transaction["a"] = 1


def messages_are_flashed_once(see):
    def say():
        flash("one")
        flash("two", "error")
        flash("three", category="info")
        return repr(get_flashed_messages())

    _app, client = site(
        see,
        say,
        lambda: repr(get_flashed_messages(with_categories=True)),
        lambda: repr(get_flashed_messages(category_filter=["error"])),
        lambda: repr(get_flashed_messages(True, ["info", "none"])),
    )
    see(client.get("/0"), client.get("/1"))
    for path in ("/1", "/2", "/3"):
        with client.session_transaction() as transaction:
            transaction["_flashes"] = [("error", "e"), ("info", "i")]
        see(client.get(path), client.get(path))


def a_session_class_has_its_marks(see):
    session = SecureCookieSession({"a": 1})
    see(session, session.modified, session.accessed, session.new, session.permanent)
    session["b"] = 2
    see(session.modified)
    session.permanent = 1
    see(dict(session), session.permanent)
    see(
        issubclass(NullSession, SecureCookieSession),
        SessionMixin.modified,
        SessionMixin.new,
    )


def a_session_interface_of_ones_own(see):
    class Memory(dict, SessionMixin):
        pass

    class InMemory(SessionInterface):
        kept = Memory()

        def open_session(self, app, request):
            see("open", request.path)
            return self.kept

        def save_session(self, app, session, response):
            see("save", dict(session), session.accessed)
            response.set_cookie("in-memory", "1")

    app, client = site(see, put(a=1), read, lambda: "x")
    app.session_interface = InMemory()
    see(client.get("/0"), client.get("/1"), client.get("/2"), client.get("/none"))


def an_interface_must_open_and_save(see):
    app, _client = site(see, read)
    see.outcome(SessionInterface().open_session, app, None)
    see.outcome(SessionInterface().save_session, app, None, None)


def an_interface_may_open_none(see):
    class Nothing(SecureCookieSessionInterface):
        def open_session(self, app, request):
            return None

    app, client = site(see, put(a=1), read)
    app.session_interface = Nothing()
    see(client.get("/0"), client.get("/1"))


def an_interface_says_what_cookies_have(see):
    app = Flask("app")
    app.config.update(SESSION_COOKIE_DOMAIN="x.org", APPLICATION_ROOT="/r")
    interface = app.session_interface
    for name in (
        "name",
        "domain",
        "path",
        "httponly",
        "secure",
        "samesite",
        "partitioned",
    ):
        see(name, getattr(interface, f"get_cookie_{name}")(app))
    session = SecureCookieSession()
    see(
        interface.get_expiration_time(app, session),
        interface.should_set_cookie(app, session),
    )
    see(interface.get_signing_serializer(app), interface.is_null_session(session))
    see(
        interface.is_null_session(NullSession()), interface.pickle_based, interface.salt
    )
    see(interface.key_derivation, interface.digest_method(b"x").hexdigest())


def signing_can_be_changed(see):
    class Other(SecureCookieSessionInterface):
        salt = "pepper"
        key_derivation = "django-concat"

    app, client = site(see, put(a=1), read)
    app.session_interface = Other()
    see(client.get("/0"), client.get("/1"))


def tags_can_be_added(see):
    from flask.json.tag import JSONTag

    class TagSet(JSONTag):
        key = " set"

        def check(self, value):
            return isinstance(value, set)

        def to_json(self, value):
            return sorted(value)

        def to_python(self, value):
            return set(value)

    serializer = TaggedJSONSerializer()
    serializer.register(TagSet, index=0)
    text = serializer.dumps({"a": {2, 1}, "b": (1,)})
    see(text, serializer.loads(text))
    see.outcome(serializer.register, TagSet)
    serializer.register(TagSet, force=True)
    see(list(serializer.tags), len(serializer.order))


def sessions_travel_with_errors(see):
    def broken():
        session["a"] = 1
        raise ValueError("after the session was used")

    _app, client = site(see, broken, read, lambda: put(a=2)() and flask.abort(404))
    see(client.get("/0"), client.get("/1"), client.get("/2"), client.get("/1"))


def lifetimes_are_seconds_or_deltas(see):
    app = Flask("app")
    see(app.permanent_session_lifetime)
    app.permanent_session_lifetime = timedelta(hours=1)
    see(app.config["PERMANENT_SESSION_LIFETIME"], app.permanent_session_lifetime)
    app.permanent_session_lifetime = 90
    see(app.permanent_session_lifetime)
