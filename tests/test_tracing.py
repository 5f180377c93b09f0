"""A trace tells what happened, for the one request alone, and leaves nothing."""

import functools
import threading
import types
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from test_explain import AROUND, apps, asked, requests

from nbflask import (
    Blueprint,
    Flask,
    Response,
    abort,
    after_this_request,
    flash,
    g,
    render_template_string,
    signals,
    stream_template_string,
    stream_with_context,
)
from nbflask.ctx import _cv_request, table_in_use
from nbflask.registry.records import Hook, View

LISTENING = [getattr(signals, name) for name in signals.__all__[1:]]


@pytest.fixture(autouse=True)
def nobody_listens():
    """No receiver stays connected to a signal of Flask's."""
    yield
    assert [each.name for each in LISTENING if each.receivers] == []


@pytest.fixture
def shop(app):
    """An app with a hook of each kind, and a blueprint with some of its own."""
    app.secret_key = "key"
    admin = Blueprint("admin", "admin", url_prefix="/admin")

    @app.url_value_preprocessor
    def values(endpoint, given): ...

    @app.before_request
    def log_in(): ...

    @admin.before_request
    async def check(): ...

    @app.context_processor
    def site():
        return {"site": "shop"}

    @app.after_request
    def stamp(response):
        return response

    @app.teardown_request
    def close(error): ...

    @app.teardown_appcontext
    def leave(error): ...

    @app.errorhandler(404)
    def lost(error):
        return "lost", 404

    @app.get("/")
    def index():
        return "home"

    @app.get("/fail")
    def fail():
        raise ValueError("no\nway")

    @app.get("/gone")
    def gone():
        abort(404)

    @app.get("/inner")
    def inner():
        return app.test_client().get("/").text

    @admin.get("/<int:id>")
    async def page(id):
        flash("hello")
        return render_template_string("{{ id }} {{ site }}", id=id)

    app.register_blueprint(admin)
    return app


def kinds(trace, *leaving_out):
    left = {"signal", *leaving_out}
    return [(each.kind, each.name) for each in trace.steps if each.kind not in left]


def find(trace, kind, name=None):
    return next(e for e in trace.steps if e.kind == kind and name in (None, e.name))


START = [("context", "context push")]
END = [
    ("response", "response"),
    ("after_request", "stamp"),
    ("teardown", "context pop"),
    ("teardown_request", "close"),
    ("teardown_appcontext", "leave"),
]
HOOKS = [("url_value_preprocessor", "values"), ("before_request", "log_in")]


@pytest.mark.parametrize(
    ("path", "status", "between"),
    [
        ("/", 200, [("match", "/"), *HOOKS, ("view", "index")]),
        (
            "/admin/7",
            200,
            [
                ("match", "/admin/<int:id>"),
                *HOOKS,
                ("before_request", "check"),
                ("view", "page"),
                ("context_processor", "site"),
                ("template", "a template string"),
            ],
        ),
        ("/fail", 500, [("match", "/fail"), *HOOKS, ("view", "fail")]),
        (
            "/gone",
            404,
            [("match", "/gone"), *HOOKS, ("view", "gone"), ("error_handler", "lost")],
        ),
        (
            "/nowhere",
            404,
            [("match", "/nowhere"), *HOOKS, ("error_handler", "lost")],
        ),
    ],
)
def test_a_trace_has_every_step_in_order(shop, path, status, between):
    response = shop.trace("GET", path)
    assert response.status_code == response.trace.status == status
    assert kinds(response.trace) == [*START, *between, *END]


def test_steps_lie_within_one_another(shop):
    depths = {
        step.kind: step.depth for step in shop.trace("GET", "/admin/7").trace.steps
    }
    assert depths == depths | {
        "context": 0,
        "match": 1,
        "view": 0,
        "template": 1,
        "response": 0,
        "after_request": 1,
        "teardown": 0,
        "teardown_request": 1,
    }


def test_times_are_in_order_and_steps_end_within_those_around_them(shop):
    trace = shop.trace("GET", "/admin/7").trace
    assert [e.began for e in trace.steps] == sorted(e.began for e in trace.steps)
    around = []
    for step in trace.steps:
        del around[step.depth :]
        end = step.began + step.took
        assert step.took >= 0
        assert all(end <= each.began + each.took for each in around)
        around.append(step)
    assert trace.seconds == max(each.began + each.took for each in trace.steps)


@pytest.mark.parametrize(
    ("path", "kind", "note", "failed"),
    [
        ("/", "view", "returned str", False),
        ("/", "before_request", "", False),
        ("/admin/7", "match", "id=7", False),
        ("/admin/7", "context_processor", "gave site", False),
        ("/fail", "view", "raised ValueError: no way", True),
        ("/fail", "teardown_request", "was told of ValueError", False),
        ("/fail", "response", "500 INTERNAL SERVER ERROR", False),
        ("/gone", "view", "raised 404 Not Found", True),
        ("/gone", "error_handler", "returned str, 404", False),
        ("/nowhere", "match", "404: no rule", False),
    ],
)
def test_a_step_notes_what_came_out(shop, path, kind, note, failed):
    step = find(shop.trace("GET", path).trace, kind)
    assert (step.note, step.failed) == (note, failed)


def test_a_match_notes_the_methods_that_a_url_takes(shop):
    trace = shop.trace("POST", "/").trace
    assert find(trace, "match").note == "405: it takes GET, HEAD, OPTIONS"


def test_a_hook_that_answers_says_so_and_the_view_does_not_run(app):
    app.add_url_rule("/", "index", lambda: "never")
    app.before_request(lambda: ("no", 403))
    trace = app.trace("GET", "/").trace
    assert find(trace, "before_request").note == "answered with str, 403"
    assert "view" not in dict(kinds(trace))


def test_a_step_has_its_cell_and_its_blueprint(app, cells):
    cells.run(
        """
        bp = Blueprint("bp", "bp")
        @bp.get("/")
        def index(): return "hi"
        app.register_blueprint(bp)
        """,
        id="three",
    )
    trace = app.trace("GET", "/").trace
    for kind in ("match", "view"):
        step = find(trace, kind)
        assert (step.owner.name[-6:], step.scope) == ("/three", "bp")


# What a request is to call with its response


def asks_for(*functions):
    """Return a view that asks for functions to be called with its response."""

    def view():
        for function in functions:
            after_this_request(function)
        return "hi"

    return view


def test_what_is_called_after_this_request_is_a_step_before_the_hooks(shop):
    async def late(response):
        response.set_cookie("late", "1")
        return response

    def another(response):
        return Response("another", 418)

    shop.add_url_rule("/later", "later", asks_for(late, another))
    response = shop.trace("GET", "/later")
    assert (response.status_code, response.text) == (418, "another")
    steps = kinds(response.trace)
    start = steps.index(("response", "response"))
    assert steps[start : start + 4] == [
        ("response", "response"),
        ("after_this_request", "late"),
        ("after_this_request", "another"),
        ("after_request", "stamp"),
    ]
    within = {e.name: e for e in response.trace.steps if e.kind == "after_this_request"}
    assert {each.depth for each in within.values()} == {1}
    assert [each.note for each in within.values()] == ["", "gave another response"]
    assert all(each.took > 0 for each in within.values())


def test_one_that_asks_for_another_is_a_step_and_so_is_the_other(app):
    def second(response):
        return response

    def first(response):
        after_this_request(second)
        return response

    app.add_url_rule("/", "index", asks_for(first))
    steps = kinds(app.trace("GET", "/").trace)
    assert steps[-3:-1] == [
        ("after_this_request", "first"),
        ("after_this_request", "second"),
    ]


def test_one_that_fails_says_so(app):
    def fails(response):
        raise KeyError("x")

    app.add_url_rule("/", "index", asks_for(fails))
    response = app.trace("GET", "/")
    step = find(response.trace, "after_this_request")
    assert (response.status_code, step.note, step.failed) == (
        500,
        "raised KeyError: 'x'",
        True,
    )


def test_its_cell_is_that_of_who_asked_for_it(app, cells):
    cells.run(
        """
        from nbflask import after_this_request
        @app.before_request
        def ask(): after_this_request(lambda response: response)
        """,
        id="hook",
    )
    cells.run("@app.get('/')\ndef index(): return 'hi'", id="view")
    step = find(app.trace("GET", "/").trace, "after_this_request")
    assert (step.owner.name[-5:], step.name) == ("/hook", "<lambda>")


def test_a_request_that_is_not_traced_keeps_a_plain_list(app):
    known = []

    def view():
        after_this_request(lambda response: response)
        known.append(_cv_request.get()._after_request_functions)
        return app.test_client().get("/").text if len(known) == 1 else "hi"

    app.add_url_rule("/", "index", view)
    app.trace("GET", "/")
    assert type(known[0]) is not list
    assert type(known[1]) is list


def test_a_template_names_what_it_was_given(shop):
    assert find(shop.trace("GET", "/admin/7").trace, "template").names == ("id", "site")


# Signals


def test_signals_say_to_whom_they_were_sent(shop):
    def audit(sender, **what): ...

    with signals.request_started.connected_to(audit, shop):
        trace = shop.trace("GET", "/admin/7").trace
    sent = {e.name: (e.receivers, e.note) for e in trace.steps if e.kind == "signal"}
    assert sent == {
        "appcontext-pushed": (0, ""),
        "request-started": (1, "audit"),
        "message-flashed": (0, ""),
        "before-render-template": (0, ""),
        "template-rendered": (0, ""),
        "request-finished": (0, ""),
        "request-tearing-down": (0, ""),
        "appcontext-tearing-down": (0, ""),
        "appcontext-popped": (0, ""),
    }


def test_a_request_inside_a_traced_one_is_not_traced(shop):
    trace = shop.trace("GET", "/inner").trace
    assert [name for kind, name in kinds(trace) if kind in {"view", "match"}] == [
        "/inner",
        "inner",
    ]
    started = [e for e in trace.steps if e.name == "request-started"]
    assert len(started) == 1


def test_a_traced_request_inside_a_traced_one_has_a_trace_of_its_own(shop):
    inside = []

    @shop.get("/outer")
    def outer():
        inside.append(shop.trace("GET", "/").trace)
        return "outer"

    trace = shop.trace("GET", "/outer").trace
    assert find(trace, "view").name == "outer"
    assert kinds(trace).count(("before_request", "log_in")) == 1
    assert find(inside[0], "view").name == "index"


def test_other_threads_requests_do_not_mix_in(shop):
    began, done = threading.Event(), threading.Event()

    @shop.get("/slow")
    def slow():
        began.set()
        assert done.wait(5)
        return "slow"

    def others():
        assert began.wait(5)
        for _ in range(20):
            assert shop.test_client().get("/admin/7").text == "7 shop"
        done.set()

    thread = threading.Thread(target=others)
    thread.start()
    trace = shop.trace("GET", "/slow").trace
    thread.join()
    assert kinds(trace) == [
        *START,
        ("match", "/slow"),
        *HOOKS,
        ("view", "slow"),
        *END,
    ]
    assert len([e for e in trace.steps if e.kind == "signal"]) == 6


def test_two_traces_at_once_keep_apart(shop):
    both = threading.Barrier(2, timeout=5)

    @shop.get("/meet/<name>")
    def meet(name):
        both.wait()
        return render_template_string("{{ name }}", name=name)

    traces = {}

    def ask(name):
        traces[name] = shop.trace("GET", f"/meet/{name}").trace

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: find(t, "match").note for name, t in traces.items()} == {
        "a": "name='a'",
        "b": "name='b'",
    }
    assert kinds(traces["a"]) == kinds(traces["b"])


# The app itself is left alone


def test_the_apps_own_table_is_untouched(shop):
    shop.test_client().get("/")  # compiled
    table = shop.registry.table
    before = (table.views, table.hooks, table.chains, table.handlers, table.url_map)
    kept = dict(table.views)
    response = shop.trace("GET", "/admin/7")
    assert shop.registry.table is table
    after = (table.views, table.hooks, table.chains, table.handlers, table.url_map)
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert table.views == kept
    assert table.url_map.table is table
    assert response.story.table is table


def test_a_story_names_the_persons_own_handler(shop):
    response = shop.trace("GET", "/gone")
    assert response.story.handler.__qualname__.endswith("lost")
    assert not hasattr(response.story.handler, "__wrapped__")


def test_a_response_that_was_not_traced_has_no_trace(shop):
    assert shop.test_client().get("/").trace is None


def test_what_is_registered_while_a_request_is_traced_is_for_the_next(shop, cells):
    @shop.get("/change")
    def change():
        cells.run(
            """
            @app.after_request
            def late(response): return response
            @app.get("/fresh")
            def fresh(): return "fresh"
            """
        )
        return "changed"

    first = shop.trace("GET", "/change").trace
    assert ("after_request", "late") not in kinds(first)
    assert ("after_request", "late") in kinds(shop.trace("GET", "/fresh").trace)


def test_a_url_can_be_built_while_a_request_is_traced(shop):
    @shop.get("/links")
    def links():
        return f"{shop.url_for('admin.page', id=3)} {table_in_use(shop).url_map}"

    trace = shop.trace("GET", "/links").trace
    assert kinds(trace)[-5:] == END  # its hooks are traced after that too


def test_options_are_answered_as_ever(shop):
    response = shop.trace("OPTIONS", "/")
    assert response.allow == {"GET", "HEAD", "OPTIONS"}
    assert [name for kind, name in kinds(response.trace) if kind == "match"] == ["/"]


class Callable:
    """A view that is an object."""

    def __call__(self):
        return "object"


async def asynchronous():
    return "async"


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (Callable(), "Callable"),
        (functools.partial(lambda word: word, "partial"), "<lambda>"),
        (types.MethodType(lambda self: "bound", object()), "<lambda>"),
        (asynchronous, "asynchronous"),
        (functools.partial(asynchronous), "asynchronous"),
    ],
)
def test_any_callable_can_be_traced(app, view, name):
    app.add_url_rule("/", "index", view)
    plain = app.test_client().get("/").text
    response = app.trace("GET", "/")
    assert response.text == plain
    assert find(response.trace, "view").name.startswith(name)


def test_functions_keep_their_attributes_and_stay_async(app):
    seen = {}

    async def view():
        return "x"

    view.marked = "yes"
    app.add_url_rule("/", "index", view)

    def ensure_sync(function):
        if getattr(function, "marked", None):
            seen.update(name=function.__name__, code=function.__code__.co_flags & 0x80)
        return Flask.ensure_sync(app, function)

    app.ensure_sync = ensure_sync
    assert app.trace("GET", "/").text == "x"
    assert seen == {"name": "view", "code": 0x80}


# Flows that somebody has changed


def test_an_assigned_dispatch_request_is_traced(shop):
    former = shop.dispatch_request
    shop.dispatch_request = lambda: former()
    trace = shop.trace("GET", "/").trace
    assert ("view", "index") in kinds(trace)
    assert trace.notes == ()


def test_a_dispatch_request_of_ones_own_is_told_of(shop):
    shop.dispatch_request = lambda: "mine"
    trace = shop.trace("GET", "/").trace
    assert kinds(trace) == [*START, ("match", "/"), *HOOKS, *END]
    assert trace.notes == (
        "The app's own dispatch_request called no view of this table.",
    )


def test_a_subclass_is_traced(app):
    class Own(Flask):
        def full_dispatch_request(self):
            return self.make_response("short")

        def create_url_adapter(self, request):
            return super().create_url_adapter(request)

    own = Own("own")
    own.add_url_rule("/", "index", lambda: "long")
    trace = own.trace("GET", "/").trace
    assert trace.status == 200
    assert kinds(trace) == [*START, ("match", "/"), ("teardown", "context pop")]


def test_middleware_lies_around_the_rest(shop):
    inner = shop.wsgi_app

    def middleware(environ, start_response):
        return inner(environ, start_response)

    shop.wsgi_app = middleware
    steps = shop.trace("GET", "/").trace.steps
    assert steps[0].kind == "middleware"
    assert min(each.depth for each in steps[1:]) == 1


def test_middleware_that_answers_itself_is_told_of(shop):
    def closed(environ, start_response):
        start_response("503 Closed", [])
        return [b"closed"]

    shop.wsgi_app = closed
    trace = shop.trace("GET", "/").trace
    assert trace.status == 503
    assert [each.kind for each in trace.steps] == ["middleware"]
    assert len(trace.notes) == 1


def test_trusted_hosts_are_matched_the_long_way_and_traced(shop):
    shop.config["TRUSTED_HOSTS"] = ["localhost"]
    assert ("match", "/") in kinds(shop.trace("GET", "/").trace)
    refused = shop.trace("GET", "/", base_url="http://evil.test")
    assert refused.status_code == 400
    assert "match" not in dict(kinds(refused.trace))


# Streams and failures


@pytest.mark.parametrize("stream", ["plain", "context", "template"])
def test_a_stream_is_traced_as_it_is_read(app, stream):
    @app.get("/")
    def index():
        if stream == "template":
            return stream_template_string("{{ n }}", n=12)
        pieces = iter(["a", "b"])
        return stream_with_context(pieces) if stream == "context" else pieces

    response = app.trace("GET", "/")
    assert "body" not in dict(kinds(response.trace))
    length = len(response.data)
    body = find(response.trace, "body")
    pieces = 1 if stream == "template" else 2
    assert body.note == f"{pieces} piece{'s' * (pieces > 1)}, {length} bytes"
    assert body.depth == 0


def test_a_stream_that_nobody_reads_is_closed(app):
    closed = []

    class Pieces:
        def __iter__(self):
            return iter(["a"])

        def close(self):
            closed.append(True)

    app.add_url_rule("/", "index", lambda: app.response_class(Pieces()))
    app.trace("GET", "/").close()
    assert closed == [True]


def test_a_stream_that_fails_says_so(app):
    def pieces():
        yield "a"
        raise ValueError("cut")

    app.add_url_rule("/", "index", pieces)
    response = app.trace("GET", "/")
    with pytest.raises(ValueError, match="cut"):
        _ = response.data
    body = find(response.trace, "body")
    assert (body.failed, body.note) == (True, "raised ValueError: cut")


def test_a_failure_is_answered_even_while_testing(shop):
    shop.testing = True
    response = shop.trace("GET", "/fail")
    assert isinstance(response.exception, ValueError)
    assert response.status_code == 500


def test_a_handler_and_a_hook_that_fail_are_traced(app):
    @app.get("/")
    def index():
        return "x"

    @app.after_request
    def after(response):
        raise LookupError("late")

    @app.errorhandler(LookupError)
    def handle(error):
        return "handled"

    @app.errorhandler(500)
    def apologise(error):
        return "sorry", 500

    trace = app.trace("GET", "/").trace
    order = [name for kind, name in kinds(trace) if kind != "match"]
    assert order[:5] == ["context push", "index", "response", "after", "apologise"]
    assert find(trace, "after_request").failed


def test_an_interrupt_leaves_nothing_behind(app):
    def interrupted():
        raise KeyboardInterrupt

    app.add_url_rule("/", "index", interrupted)
    with pytest.raises(KeyboardInterrupt):
        app.trace("GET", "/")


def test_a_template_that_fails_ends_with_its_view(app):
    app.add_url_rule("/", "index", lambda: render_template_string("{{ 1 / 0 }}"))
    trace = app.trace("GET", "/").trace
    template, view = find(trace, "template"), find(trace, "view")
    assert template.began + template.took <= view.began + view.took
    assert view.failed


# Whatever the app


@given(apps(), requests)
@settings(max_examples=150, deadline=None)
def test_a_traced_request_is_answered_as_any_other_and_ran_what_was_foretold(
    app, request
):
    method, path = request
    plain, ran = asked(app, method, path)
    with app.app_context():
        g.ran = []
        response = app.trace(method, path)
        traced = g.ran
    assert (response.status, response.data) == (plain.status, plain.data)
    assert [*response.headers] == [*plain.headers]
    assert traced == ran
    # The app context is the test's own, and ends after the request.
    steps = [e.name for e in response.trace.steps if e.kind in AROUND]
    assert [*steps, "teardown_app"] == ran


# How it is asked for


def test_a_client_keeps_its_cookies(app):
    app.add_url_rule("/", "index", lambda: "ok")
    client = app.test_client()
    client.set_cookie("name", "Ada")
    response = app.trace("GET", "/", client=client, headers={"X-A": "1"})
    assert response.request.cookies["name"] == "Ada"
    assert response.request.headers["X-A"] == "1"


def test_of_followed_redirects_the_first_request_is_traced(app):
    app.add_url_rule("/here", "here", lambda: "here")
    app.add_url_rule("/", "index", lambda: app.redirect("/here"))
    response = app.trace("GET", "/", follow_redirects=True)
    assert response.text == "here"
    assert response.trace is None
    assert find(response.history[0].trace, "view").note == "returned Response"


def test_a_trace_is_data_and_does_not_change(shop):
    trace = shop.trace("GET", "/?q=1").trace
    with pytest.raises(FrozenInstanceError):
        trace.status = 1
    assert (trace.method, trace.path) == ("GET", "/?q=1")


def test_records_are_what_they_were(shop):
    before = shop.registry.records
    shop.trace("GET", "/admin/7")
    assert shop.registry.records is before
    functions = [e.target for e in before if isinstance(e, (View, Hook))]
    assert not any(hasattr(each, "__wrapped__") for each in functions)


def test_a_context_that_a_client_keeps_ends_twice_and_both_are_traced(shop):
    client = shop.test_client()
    with client:
        response = shop.trace("GET", "/", client=client)
        assert kinds(response.trace).count(("teardown_request", "close")) == 1
    assert kinds(response.trace).count(("teardown_request", "close")) == 2


def test_a_trace_of_an_app_that_is_gone_does_not_keep_it(app):
    import gc
    from weakref import ref

    own = Flask("own", static_folder=None)
    own.add_url_rule("/", "index", lambda: "x")
    own.trace("GET", "/").close()
    gone = ref(own)
    del own
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("result", [None, "text"])
def test_a_hook_that_returns_no_response_fails_as_ever(app, result):
    app.add_url_rule("/", "index", lambda: "hi")
    app.after_request(lambda response: result)
    failures = []
    for ask in (app.test_client().get, lambda path: app.trace("GET", path)):
        with pytest.raises(TypeError) as raised:
            ask("/")
        failures.append(str(raised.value))
    assert failures == [f"'{type(result).__name__}' object is not callable"] * 2
