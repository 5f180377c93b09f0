"""A request goes straight while nobody has a step of their own: whoever has, in a
subclass, on an app or in the class of all apps, has it called as in the long way.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from nbflask import Flask, after_this_request, g, request, session, signals
from nbflask.ctx import AppContext, RequestContext, _cv_app, _cv_request
from nbflask.globals import app_ctx, request_ctx
from nbflask.sessions import SecureCookieSessionInterface
from nbflask.straight import STEPS

#: Steps that a request without errors goes through, in the order they begin in.
IN_ORDER = [
    *("request_context", "app_context", "full_dispatch_request"),
    *("preprocess_request", "dispatch_request", "finalize_request", "make_response"),
    *("process_response", "do_teardown_request", "do_teardown_appcontext"),
]


def noting(name, seen):
    """Return a step that notes that it is called, and does what it has always done."""

    def step(self, *args, **kwargs):
        seen.append(name)
        return getattr(Flask, name)(self, *args, **kwargs)

    return step


def with_view(app):
    app.add_url_rule("/", "index", lambda: "Hello")
    return app


def asked(app, path="/", **environ):
    """Ask an app as a server does: no client, no story of it."""
    body, status, headers = run_wsgi_app(app, create_environ(path, **environ))
    return b"".join(body), status, dict(headers)


def test_the_steps_that_are_passed_over_are_all_there_are():
    assert set(IN_ORDER) == set(STEPS)


def test_a_usual_app_has_no_step_called_but_what_makes_the_context(app):
    with_view(app)
    asked(app)
    called = set()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code.co_name))
    try:
        asked(app)
    finally:
        sys.setprofile(None)
    assert called & {*STEPS} == {"request_context"}
    assert "respond" in called


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_a_subclass_is_called(name):
    seen = []
    app = with_view(type("Own", (Flask,), {name: noting(name, seen)})(__name__))
    assert asked(app)[0] == b"Hello"
    assert seen == [name]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_assigned_to_an_app_is_called(app, name):
    seen = []
    step = noting(name, seen)
    with_view(app)
    assert asked(app)[0] == b"Hello"
    setattr(app, name, lambda *args, **kwargs: step(app, *args, **kwargs))
    assert asked(app)[0] == b"Hello"
    assert seen == [name]
    delattr(app, name)
    asked(app)
    assert seen == [name]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_patched_for_all_apps_is_called(app, name, monkeypatch):
    seen = []
    original = getattr(Flask, name)
    with_view(app)
    asked(app)

    def step(self, *args, **kwargs):
        seen.append(name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Flask, name, step)
    assert asked(app)[0] == b"Hello"
    assert seen == [name]


@pytest.mark.parametrize("kind", [AppContext, RequestContext])
@pytest.mark.parametrize("name", ["push", "pop"])
def test_what_contexts_do_may_be_patched(app, kind, name, monkeypatch):
    seen = []
    original = getattr(kind, name)

    def patched(self, *args):
        seen.append(self.kind)
        return original(self, *args)

    with_view(app)
    asked(app)
    monkeypatch.setattr(kind, name, patched)
    assert asked(app)[0] == b"Hello"
    assert seen == [kind.kind]


def test_all_steps_are_called_in_order_where_one_is_not_the_usual():
    seen = []
    steps = {name: noting(name, seen) for name in STEPS}
    app = with_view(type("Own", (Flask,), steps)(__name__))
    asked(app)
    assert seen == IN_ORDER


def test_a_step_that_is_assigned_during_a_request_counts_for_what_is_left_of_hooks(app):
    with_view(app)

    @app.before_request
    def assign():
        app.dispatch_request = lambda: "assigned"

    assert asked(app)[0] == b"assigned"


@pytest.mark.parametrize("error", [None, ValueError("wrong")])
def test_hooks_run_around_a_view_and_its_errors(app, error):
    seen = []

    @app.get("/")
    def index():
        seen.append("view")
        if error is not None:
            raise error
        return "Hello"

    @app.errorhandler(ValueError)
    def handled(raised):
        seen.append(raised)
        return "handled"

    @app.after_request
    def after(response):
        seen.append(response.get_data(as_text=True))
        return response

    @app.teardown_request
    def teardown(raised):
        seen.append(("request", raised, request.path))

    @app.teardown_appcontext
    def end(raised):
        seen.append(("app", raised, _cv_app.get(None) is not None))

    body = asked(app)[0].decode()
    handled_too = [] if error is None else [error]
    ends = [("request", None, "/"), ("app", None, True)]
    assert seen == ["view", *handled_too, body, *ends]


def test_what_is_raised_and_not_handled_is_torn_down_with(app):
    seen = []
    app.add_url_rule("/", "index", lambda: 1 / 0)
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    assert asked(app)[1].startswith("500")
    assert [type(each) for each in seen] == [ZeroDivisionError] * 2


def test_an_error_that_is_ignored_is_not_torn_down_with():
    class Own(Flask):
        def should_ignore_error(self, error):
            return True

    app, seen = Own(__name__), []
    app.add_url_rule("/", "index", lambda: 1 / 0)
    app.teardown_request(seen.append)
    assert asked(app)[1].startswith("500")
    assert seen == [None]


def test_what_is_no_exception_goes_through_and_leaves_nothing(app):
    def stop():
        raise SystemExit(3)

    app.add_url_rule("/", "index", stop)
    with pytest.raises(SystemExit):
        asked(app)
    assert _cv_app.get(None) is None
    assert _cv_request.get(None) is None


SIGNALS = [
    *("appcontext_pushed", "request_started", "request_finished"),
    *("request_tearing_down", "appcontext_tearing_down", "appcontext_popped"),
]


def test_listeners_hear_of_each_moment_in_order(app):
    with_view(app)
    seen = []
    with ExitStack() as listening:
        for name in SIGNALS:
            note = partial(lambda sender, name, **what: seen.append(name), name=name)
            listening.enter_context(getattr(signals, name).connected_to(note, app))
        assert asked(app)[0] == b"Hello"
    assert seen == SIGNALS


@pytest.mark.parametrize("name", SIGNALS[3:])
def test_a_listener_that_comes_during_a_request_hears_of_its_end(app, name):
    seen = []

    def listen(sender, **what):
        seen.append(sender)

    @app.get("/")
    def index():
        getattr(signals, name).connect(listen, app)
        return "Hello"

    asked(app)
    getattr(signals, name).disconnect(listen)
    assert seen == [app]


def test_a_request_in_an_app_context_shares_its_g(app):
    app.add_url_rule("/", "index", lambda: f"{g.get('name')}")
    with app.app_context():
        g.name = "Ada"
        assert asked(app)[0] == b"Ada"
    assert asked(app)[0] == b"None"


def test_a_request_in_another_app_s_context_has_its_own(app):
    app.add_url_rule("/", "index", lambda: f"{g.get('name')}")
    with Flask("other").app_context():
        g.name = "Ada"
        assert asked(app)[0] == b"None"
        assert g.name == "Ada"


def test_a_view_that_leaves_a_context_behind_is_told(app):
    left = []

    @app.get("/")
    def index():
        left.append(app.app_context())
        left[0].push()
        return "Hello"

    with pytest.raises(AssertionError, match="Popped wrong app context"):
        asked(app)
    assert _cv_request.get(None) is None
    while _cv_app.get(None) is not None:
        _cv_app.get().pop()


def test_a_view_may_push_its_context_once_more(app):
    seen = []
    app.teardown_request(lambda error: seen.append("request"))

    @app.get("/")
    def index():
        with request_ctx:
            assert request.path == "/"
        assert seen == []
        return "Hello"

    assert asked(app)[0] == b"Hello"
    assert seen == ["request"]


def here():
    return id(g._get_current_object())


def test_a_view_may_ask_its_own_app(app):
    app.add_url_rule(
        "/inner", "inner", lambda: f"{request.path}{id(g._get_current_object())}"
    )

    @app.get("/")
    def index():
        inner = asked(app, "/inner")[0].decode()
        return f"{request.path} {inner == f'/inner{here()}'}"

    assert asked(app)[0] == b"/ True"


def test_contexts_are_those_that_a_person_knows(app):
    @app.get("/")
    def index():
        kinds = (
            type(request_ctx._get_current_object()),
            type(app_ctx._get_current_object()),
        )
        assert kinds == (RequestContext, AppContext)
        assert app_ctx.app is request_ctx.app is app
        return "Hello"

    assert asked(app)[0] == b"Hello"


def test_a_response_is_changed_after_a_request_that_asks_for_it(app):
    @app.get("/")
    def index():
        @after_this_request
        def mark(response):
            response.headers["X-Mark"] = "1"
            return response

        return "Hello"

    assert asked(app)[2]["X-Mark"] == "1"


def test_a_response_is_changed_where_it_is_made_that_somebody_asks_for_it(app):
    def mark(response):
        response.headers["X-Mark"] = "1"
        return response

    def other(environ, start_response):
        after_this_request(mark)
        start_response("200 OK", [])
        return [b"Hello"]

    app.add_url_rule("/", "index", lambda: other)
    assert asked(app)[2]["X-Mark"] == "1"


def test_a_listener_that_comes_while_a_response_is_made_hears_of_it(app):
    seen = []

    def hear(sender, response):
        seen.append(response.status_code)

    def other(environ, start_response):
        signals.request_finished.connect(hear, app)
        start_response("202 ACCEPTED", [])
        return [b"Hello"]

    app.add_url_rule("/", "index", lambda: other)
    asked(app)
    signals.request_finished.disconnect(hear)
    assert seen == [202]


def test_options_and_head_are_answered_as_ever(app):
    with_view(app)
    assert asked(app, method="OPTIONS")[2]["Allow"] in {
        "GET, HEAD, OPTIONS",
        *("GET, OPTIONS, HEAD", "HEAD, GET, OPTIONS", "HEAD, OPTIONS, GET"),
        *("OPTIONS, GET, HEAD", "OPTIONS, HEAD, GET"),
    }
    assert asked(app, method="HEAD")[0] == b""


def test_a_session_is_opened_before_the_view_where_it_does_not_wait(app):
    seen = []

    class Early(SecureCookieSessionInterface):
        def open_session(self, app, request):
            seen.append(request.path)
            return super().open_session(app, request)

    app.session_interface = Early()
    app.secret_key = "key"

    @app.get("/")
    def index():
        assert seen == ["/"]
        session["name"] = "Ada"
        return "Hello"

    assert "session=" in asked(app)[2]["Set-Cookie"]


def test_a_result_that_cannot_be_sent_is_a_failure_of_the_view(app):
    app.add_url_rule("/", "index", lambda: None)
    app.register_error_handler(TypeError, lambda error: "no response")
    app.register_error_handler(500, lambda error: f"{error.original_exception}")
    body = asked(app)[0].decode()
    assert body.startswith("The view function for 'index' did not return")


def test_an_app_may_have_its_own_way_to_call_views(app):
    with_view(app)
    asked(app)
    app.ensure_sync = lambda view: lambda **values: f"{view(**values)}, twice"
    assert asked(app)[0] == b"Hello, twice"


def test_an_async_view_is_awaited(app):
    async def index():
        return "Hello"

    app.add_url_rule("/", "index", index)
    assert asked(app)[0] == b"Hello"


def test_a_request_may_be_closed_in_its_own_way(app):
    seen = []

    class Own(app.request_class):
        def close(self):
            seen.append(self.path)
            super().close()

    app.request_class = Own
    with_view(app)
    asked(app)
    assert seen == ["/"]


def test_a_request_need_not_be_closed(app):
    class Open(app.request_class):
        close = property()

    app.request_class = Open
    with_view(app)
    assert asked(app)[0] == b"Hello"
