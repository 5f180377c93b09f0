"""Contexts, `g`, signals, streaming, the proxies outside of anything."""

from __future__ import annotations

import threading

import flask
from flask import (
    Flask,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
    signals,
    stream_with_context,
)


def proxies_outside_of_contexts_explain_themselves(see):
    see.outcome(lambda: current_app.name)
    see.outcome(lambda: g.x)
    see.outcome(lambda: request.path)
    see.outcome(lambda: session["x"])
    see.outcome(setattr, g, "x", 1)
    see.outcome(repr, request)
    see.outcome(repr, g)
    see.outcome(bool, current_app)
    see(has_app_context(), has_request_context())
    see.outcome(current_app._get_current_object)


def request_outside_of_a_request_within_an_app(see):
    with Flask("app").app_context():
        see(has_app_context(), has_request_context(), current_app.name, repr(g))
        see.outcome(lambda: request.path)
        see.outcome(lambda: session["x"])


def functions_that_need_a_request_say_so(see):
    see.outcome(after_this_request, print)
    see.outcome(copy_current_request_context, print)
    see.outcome(stream_with_context, iter("ab"))
    see.outcome(stream_with_context(lambda: iter("ab")))
    see.outcome(flask.flash, "x")
    see.outcome(flask.get_flashed_messages)
    see.outcome(flask.jsonify, 1)
    see.outcome(flask.render_template, "hello.html")
    see.outcome(flask.render_template_string, "x")
    see.outcome(flask.send_file, "note.txt")
    see.outcome(flask.get_template_attribute, "a", "b")
    see.outcome(Flask("app").send_static_file, "x")
    see.outcome(Flask("app").make_default_options_response)
    see.outcome(Flask("app").get_send_file_max_age, "x")


def g_is_a_namespace(see):
    with Flask("app").app_context():
        g.a = 1
        see(g.a, g.get("a"), g.get("b"), g.get("b", 2), "a" in g, list(g))
        see(g.setdefault("c", 3), g.pop("c"), g.pop("c", None), repr(g))
        see.outcome(g.pop, "c")
        see.outcome(lambda: g.none)
        see.outcome(delattr, g, "none")
        see(g._get_current_object().__dict__)


def g_is_shared_by_a_request_in_its_app_context(see):
    app, other = Flask("app"), Flask("other")
    with app.app_context():
        g.x = "outer"
        with app.test_request_context():
            see(g.get("x"))
            g.y = "inner"
        see(g.get("y"))
        with other.test_request_context():
            see(g.get("x"), current_app.name)
        with app.app_context():
            see(g.get("x"))
        see(g.get("x"))


def a_class_of_g_of_ones_own(see):
    class Own:
        x = "own"

    class Site(Flask):
        app_ctx_globals_class = Own

    with Site("app").app_context():
        see(g.x)


def contexts_must_be_popped_in_order(see):
    app = Flask("app")
    one, two = app.app_context(), app.app_context()
    see.outcome(one.pop)
    one.push()
    two.push()
    see.outcome(one.pop)
    see(has_app_context())


def request_contexts_must_be_popped_in_order(see):
    app = Flask("app")
    one, two = app.test_request_context("/1"), app.test_request_context("/2")
    see.outcome(one.pop)
    one.push()
    two.push()
    see(request.path)
    see.outcome(one.pop)
    see(has_request_context(), has_app_context())


def a_context_may_be_pushed_twice(see):
    app = Flask("app")
    app.teardown_appcontext(lambda error: see("down", error))
    context = app.app_context()
    with context:
        g.x = 1
        with context:
            see(g.x)
        see(g.x)
    see(has_app_context())


def contexts_show_themselves(see):
    app = Flask("app")
    with app.test_request_context("/x?y=1", method="POST") as context:
        see(repr(context), repr(request), str(current_app), repr(session))
        see(context.request.path, context.app.name, context.session)
    with app.app_context() as context:
        see(type(context), context.app.name, context.url_adapter)


def a_request_context_is_of_a_request_that_need_not_match(see):
    app = Flask("app")
    app.add_url_rule("/<int:n>", "n", lambda n: "")
    for path in ("/5", "/x"):
        with app.test_request_context(path):
            see(
                request.endpoint, request.view_args, request.url_rule, request.blueprint
            )
            see(request.blueprints, request.routing_exception)


def request_contexts_take_what_a_client_takes(see):
    app = Flask("app")
    options = {"data": {"a": "1"}, "method": "POST", "headers": {"X-A": "b"}}
    with app.test_request_context("/p?q=1", **options):
        see(request.form, request.args, request.headers.get("X-A"), request.method)
    with app.test_request_context("/", json={"a": 1}):
        see(request.json, request.content_type, request.method)
    with app.test_request_context("http://example.com/p?x=1"):
        see(request.url, request.host)
    with app.test_request_context(
        "/", base_url="https://e.org/r", query_string={"a": "ä"}
    ):
        see(request.url, request.script_root, request.query_string)
    see.outcome(app.test_request_context, "/", base_url="http://x", subdomain="y")
    see.outcome(app.test_request_context, "/", data="x", json={})


def teardown_hears_of_exceptions(see):
    app = Flask("app")
    app.teardown_request(lambda error: see("request", error))
    app.teardown_appcontext(lambda error: see("app", error))

    @app.route("/")
    def fail():
        raise ValueError("in a view")

    see(app.test_client().get("/"))
    with see.error(), app.app_context():
        raise KeyError("in a block")
    with see.error(), app.test_request_context():
        raise KeyError("in a request block")


def teardown_need_not_hear_of_handled_ones(see):
    app = Flask("app")
    app.teardown_request(lambda error: see("request", error))
    app.register_error_handler(ValueError, lambda error: "handled")

    @app.route("/")
    def fail():
        raise ValueError("in a view")

    see(app.test_client().get("/"))


def an_app_may_ignore_errors_in_teardown(see):
    class Site(Flask):
        def should_ignore_error(self, error):
            return True

    app = Site("app")
    app.teardown_request(lambda error: see("request", error))
    app.add_url_rule("/", "x", lambda: 1 / 0)
    see(app.test_client().get("/"))


def a_failing_teardown_reaches_the_client(see):
    app = Flask("app")
    calls = []

    @app.teardown_request
    def first(error):
        calls.append("first")

    @app.teardown_request
    def second(error):
        calls.append("second")
        raise ValueError("in teardown")

    app.teardown_appcontext(lambda error: calls.append(type(error).__name__))
    app.add_url_rule("/", "x", lambda: "x")
    see.outcome(app.test_client().get, "/")
    see(calls, has_request_context(), has_app_context())


def after_this_request_runs_before_the_others(see):
    app = Flask("app")

    @app.after_request
    def late(response):
        see("after", response.headers.get("X-A"))
        return response

    @app.route("/")
    def view():
        @after_this_request
        def first(response):
            response.headers["X-A"] = "1"
            return response

        @after_this_request
        def second(response):
            see("second", response.headers["X-A"])
            return response

        return "x"

    see(app.test_client().get("/"))


def streams_keep_their_context(see):
    app = Flask("app")
    app.teardown_request(lambda error: see("down"))

    @app.route("/")
    def view():
        @stream_with_context
        def stream():
            yield request.args["a"]
            see("streaming", has_request_context())
            yield "b"

        return stream()

    @app.route("/without")
    def without():
        def stream():
            yield "a"
            yield request.args["a"]

        return stream()

    see(app.test_client().get("/?a=1"))
    see.outcome(app.test_client().get, "/without?a=1", buffered=True)


def a_stream_with_context_is_closed(see):
    class Stream:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

        def close(self):
            see("closed")

    app = Flask("app")
    app.add_url_rule("/", "x", lambda: stream_with_context(Stream()))
    see(app.test_client().get("/"))


def contexts_can_be_copied_to_threads(see):
    app = Flask("app")

    @app.route("/")
    def view():
        found = []
        session["x"] = 1

        @copy_current_request_context
        def work():
            found.append((request.path, session.get("x"), g.get("x"), current_app.name))

        g.x = "not copied"
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        see(found, work.__name__)
        return "x"

    app.secret_key = "key"
    see(app.test_client().get("/"))


def signals_in_their_order(see):
    app = Flask("app")
    app.secret_key = "key"

    def tell(name):
        def told(sender, **what):
            see(name, sender.name, sorted(set(what) - {"_async_wrapper"}))

        return told

    keep = []
    for name in (
        *("appcontext_pushed", "appcontext_popped", "appcontext_tearing_down"),
        *("request_started", "request_finished", "request_tearing_down"),
        *("got_request_exception", "message_flashed", "template_rendered"),
        "before_render_template",
    ):
        keep.append(tell(name))
        getattr(flask, name).connect(keep[-1], app)

    @app.route("/")
    def view():
        flask.flash("hello", "info")
        return flask.render_template_string("{{ get_flashed_messages() }}")

    app.add_url_rule("/fail", "fail", lambda: 1 / 0)
    app.before_request(lambda: see("before"))
    app.teardown_request(lambda error: see("teardown"))
    see(app.test_client().get("/"), app.test_client().get("/fail"))


def signals_are_namespaced(see):
    from flask.signals import Namespace

    see(sorted(signals._signals), type(Namespace()))


def a_client_keeps_the_context_in_a_with_block(see):
    app = Flask("app")
    app.teardown_request(lambda error: see("down"))
    app.add_url_rule("/", "x", lambda: setattr(g, "x", 1) or "x")
    with app.test_client() as client:
        client.get("/?a=1")
        see("still", request.args, g.x)
        client.get("/?a=2")
        see("now", request.args)
        with see.error(), client:
            pass
    see(has_request_context())


def hooks_may_answer_and_change_answers(see):
    app = Flask("app")

    @app.before_request
    def first():
        see("first", request.endpoint)

    @app.before_request
    def second():
        if "stop" in request.args:
            return "stopped", 403

    app.before_request(lambda: see("third"))

    @app.after_request
    def replace(response):
        response.headers["X-After"] = "1"
        return app.response_class(response.get_data() + b"!", response.status)

    app.after_request(lambda response: see("after") or response)
    app.add_url_rule("/", "x", lambda: "x")
    client = app.test_client()
    see(client.get("/"), client.get("/?stop"), client.get("/none"))


def an_after_hook_that_returns_nothing_fails(see):
    app = Flask("app")
    app.testing = True
    app.after_request(lambda response: None)
    app.add_url_rule("/", "x", lambda: "x")
    with see.error():
        app.test_client().get("/")


def flow_methods_can_be_overridden(see):
    class Site(Flask):
        def preprocess_request(self):
            see("preprocess")
            return super().preprocess_request()

        def dispatch_request(self):
            see("dispatch")
            return super().dispatch_request()

        def make_response(self, rv):
            see("make", rv)
            return super().make_response(rv)

        def process_response(self, response):
            see("process")
            return super().process_response(response)

        def finalize_request(self, rv, from_error_handler=False):
            see("finalize", rv, from_error_handler)
            return super().finalize_request(rv, from_error_handler)

        def handle_user_exception(self, e):
            see("user", e)
            return super().handle_user_exception(e)

        def handle_http_exception(self, e):
            see("http", e)
            return super().handle_http_exception(e)

        def handle_exception(self, e):
            see("exception", e)
            return super().handle_exception(e)

        def log_exception(self, exc_info):
            see("log", exc_info[0])

        def do_teardown_request(self, exc=None):
            see("down", exc)
            super().do_teardown_request(exc)

        def do_teardown_appcontext(self, exc=None):
            see("app down", exc)
            super().do_teardown_appcontext(exc)

        def open_session(self, request):
            see("never called")

    app = Site("app")
    app.add_url_rule("/", "x", lambda: "x")
    app.add_url_rule("/fail", "fail", lambda: 1 / 0)
    client = app.test_client()
    see(client.get("/"), client.get("/fail"), client.get("/none"))


def wsgi_middleware_wraps_the_app(see):
    app = Flask("app")
    app.add_url_rule("/", "x", lambda: request.script_root)
    inner = app.wsgi_app

    def middleware(environ, start_response):
        environ["SCRIPT_NAME"] = "/wrapped"
        return inner(environ, start_response)

    app.wsgi_app = middleware
    see(app.test_client().get("/"))


def async_views_say_what_they_need(see):
    app = Flask("app")
    see(app.ensure_sync(len) is len)


def preserved_contexts_see_the_session(see):
    app = Flask("app")
    app.secret_key = "key"
    app.add_url_rule("/", "x", lambda: session.update(a=1) or "x")
    with app.test_client() as client:
        client.get("/")
        see(session, session.modified, session.accessed, session.new, session.permanent)
