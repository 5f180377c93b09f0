"""Contexts and what hangs on them: `g`, `request`, `session`, messages, hooks."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
from threading import Thread
from urllib.request import urlopen

import pytest

from nbflask import (
    Blueprint,
    Flask,
    after_this_request,
    appcontext_popped,
    copy_current_request_context,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_app_context,
    has_request_context,
    loop,
    render_template_string,
    request,
    request_finished,
    session,
    url_for,
)

PATIENCE = 5.0  # seconds

# Contexts, sessions, messages


def test_current_app_outside_a_context_raises_and_says_the_fix(app):
    with pytest.raises(RuntimeError, match=r"with app\.app_context\(\)"):
        current_app.name  # noqa: B018
    with app.app_context():
        assert current_app.name == "test_app"
        g.user = "ada"
        assert "user" in g
        assert g.get("other", "none") == "none"


def test_request_outside_a_request_raises_and_says_the_fix(app):
    with pytest.raises(RuntimeError, match="outside of request context"):
        request.args  # noqa: B018
    with app.test_request_context("/?q=1"):
        assert request.args["q"] == "1"


def test_a_session_lasts_from_request_to_request(app, client):
    app.secret_key = "key"

    @app.post("/login")
    def login():
        session["user"] = request.form["user"]
        return ""

    @app.get("/")
    def index():
        return session.get("user", "nobody")

    assert client.get("/").text == "nobody"
    client.post("/login", data={"user": "ada"})
    assert client.get("/").text == "ada"
    assert app.test_client().get("/").text == "nobody"


def test_a_session_without_a_key_can_be_read_and_says_what_writing_needs(app, client):
    app.testing = True
    app.add_url_rule("/", "read", lambda: session.get("user", "nobody"))
    app.add_url_rule("/write", "write", lambda: session.update(user="ada"))
    assert client.get("/").text == "nobody"
    with pytest.raises(RuntimeError, match="Set the secret_key"):
        client.get("/write")


def test_flashed_messages_are_shown_once_with_their_categories(app, client):
    app.secret_key = "key"

    @app.route("/do")
    def do():
        flash("Saved")
        flash("Careful", "warning")
        return ""

    @app.route("/")
    def index():
        return {
            "all": get_flashed_messages(with_categories=True),
            "warnings": get_flashed_messages(category_filter=["warning"]),
        }

    client.get("/do")
    assert client.get("/").json == {
        "all": [["message", "Saved"], ["warning", "Careful"]],
        "warnings": ["Careful"],
    }
    assert client.get("/").json["all"] == []


# Hooks


def test_hooks_run_around_the_view_the_blueprints_inside_the_apps(app, client):
    order = []
    shop = Blueprint("shop", __name__)

    def note(name, result=None):
        def hook(*args):
            order.append(name)
            return args[0] if name.startswith("after") else result

        return hook

    for where, name in [(app, "app"), (shop, "shop")]:
        for number in "12":
            where.before_request(note(f"before {name} {number}"))
            where.after_request(note(f"after {name} {number}"))
            where.teardown_request(note(f"teardown {name} {number}"))
    app.teardown_appcontext(note("teardown context"))
    shop.add_url_rule("/", "index", note("view", ""))
    app.register_blueprint(shop)
    client.get("/")
    assert order == [
        *("before app 1", "before app 2", "before shop 1", "before shop 2", "view"),
        *("after shop 2", "after shop 1", "after app 2", "after app 1"),
        *("teardown shop 2", "teardown shop 1", "teardown app 2", "teardown app 1"),
        "teardown context",
    ]


def test_what_a_before_request_hook_returns_is_the_answer(app, client):
    app.before_request(lambda: ("closed", 503))
    app.add_url_rule("/", "index", lambda: "open")
    assert client.get("/").status == "503 SERVICE UNAVAILABLE"


def test_teardown_hears_of_an_error_that_nothing_handled(app, client):
    heard = []
    app.teardown_request(heard.append)
    app.add_url_rule("/", "index", lambda: 1 / 0)
    assert client.get("/").status_code == 500
    assert isinstance(heard[0], ZeroDivisionError)


def test_all_teardown_hooks_run_before_a_context_is_gone(app):
    seen = []

    @app.teardown_request
    def request_ends(error):
        seen.append(("request", request.path, error))

    @app.teardown_appcontext
    def context_ends(error):
        seen.append(("context", g.user, error))

    with app.test_request_context("/x"):
        g.user = "ada"
    assert seen == [("request", "/x", None), ("context", "ada", None)]


# Nesting


def test_a_request_within_an_app_context_shares_its_g(app):
    with app.app_context():
        g.user = "ada"
        with app.test_request_context():
            assert g.user == "ada"
            g.seen = True
        assert g.seen


def test_two_app_contexts_have_a_g_each_and_two_apps_a_context_each(app):
    other = Flask("other")
    with app.app_context():
        g.user = "ada"
        with app.app_context():
            assert "user" not in g
        with other.test_request_context():
            assert current_app.name == "other"
            assert "user" not in g
        assert current_app.name == "test_app"
        assert g.pop("user") == "ada"
        assert list(g) == []


def test_a_context_that_is_pushed_twice_ends_once(app):
    ended = []
    app.teardown_appcontext(ended.append)
    context = app.app_context()
    with context, context:
        pass
    assert ended == [None]
    assert not has_app_context()


KINDS = {
    "app context": lambda app: app.app_context(),
    "request context": lambda app: app.test_request_context(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "pops",
    [
        [(1, None), (0, None)],
        [(0, AssertionError), (1, LookupError)],
        [(2, None), (0, AssertionError), (1, LookupError)],
        [(1, AssertionError), (2, AssertionError), (0, None)],
        [(1, None), (0, None), (1, LookupError)],
    ],
)
def test_popping_out_of_turn_is_refused_and_leaves_nothing(app, kind, pops):
    contexts = [KINDS[kind](app) for _ in range(1 + max(n for n, _ in pops))]
    for context in contexts:
        context.push()
    for number, error in pops:
        if error is None:
            contexts[number].pop()
        else:
            with pytest.raises(error, match=f"Popped.*{kind}"):
                contexts[number].pop()
    assert not has_app_context()
    assert not has_request_context()


def test_popping_out_of_turn_leaves_nothing_of_another_app(app):
    mine, other = app.test_request_context(), Flask("other").test_request_context()
    mine.push()
    other.push()
    with pytest.raises(AssertionError):
        mine.pop()
    with pytest.raises(LookupError):
        other.pop()
    assert not has_app_context()
    assert not has_request_context()


@pytest.mark.parametrize("kind", KINDS)
def test_a_pop_too_many_is_refused_and_changes_nothing(app, kind):
    ended = []
    app.teardown_appcontext(ended.append)
    app.teardown_request(ended.append)
    context = KINDS[kind](app)
    with app.app_context(), app.test_request_context("/here"):
        with pytest.raises(LookupError, match=f"{kind} once too often.*push"):
            context.pop()
        assert request.path == "/here"
        assert current_app.name == "test_app"
        assert ended == []


def test_a_context_can_be_popped_where_its_token_is_not_valid(app):
    """Each cell of an async kernel runs in a copy of the context before."""
    context = app.test_request_context()
    contextvars.copy_context().run(context.push)
    here = contextvars.copy_context()

    def elsewhere():
        from nbflask.ctx import _cv_app, _cv_request

        _cv_app.set(context._formers[-1][1])
        _cv_request.set(context)
        context.pop()
        assert not has_request_context()
        assert not has_app_context()

    here.run(elsewhere)


def test_outside_of_all_contexts_nothing_is_there():
    assert not has_request_context()
    assert not has_app_context()
    assert not g
    assert not request
    assert "unbound" in repr(current_app)


# What a context sees of the app


def test_a_context_that_a_person_holds_open_follows_the_app(app):
    app.config["SERVER_NAME"] = "example.org"
    with app.app_context():
        app.add_url_rule("/new", "new", lambda: "")
        assert url_for("new") == "http://example.org/new"
    with app.test_request_context():
        app.add_url_rule("/newer", "newer", lambda: "")
        assert url_for("newer") == "/newer"


def test_a_request_keeps_to_the_app_as_it_was_when_it_began(app, client, cells):
    cells.namespace["redo"] = lambda: cells.run(
        "app.add_url_rule('/moved', 'target', lambda: '')", id="a"
    )
    cells.run("app.add_url_rule('/target', 'target', lambda: '')", id="a")

    @app.route("/")
    def index():
        before = url_for("target")
        cells.namespace["redo"]()
        return [before, url_for("target")]

    assert client.get("/").json == ["/target", "/target"]
    assert client.get("/moved").status_code == 200


def test_url_for_outside_a_request_names_the_setting_it_needs(app):
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("static", filename="x")


def test_a_served_app_answers_in_contexts_of_its_own(app, served):
    app.add_url_rule("/", "index", lambda: f"{request.args['q']} {'user' in g}")
    with app.app_context():
        g.user = "ada"
        with urlopen(f"{served.url}/?q=tea") as response:
            assert response.read() == b"tea False"


# Around one request


def test_after_this_request_changes_one_response_only(app, client):
    @app.route("/")
    def index():
        if request.args:

            @after_this_request
            def mark(response):
                response.headers["X-Marked"] = "1"
                return response

        return ""

    assert client.get("/?mark=1").headers["X-Marked"] == "1"
    assert "X-Marked" not in client.get("/").headers


@pytest.mark.parametrize("function", [after_this_request, copy_current_request_context])
def test_what_needs_a_request_says_so(function):
    with pytest.raises(RuntimeError, match="request context is active"):
        function(lambda: None)


def test_a_copied_request_context_works_in_a_thread(app, client):
    app.secret_key = "key"
    found = []

    @app.route("/")
    def index():
        session["user"] = "ada"

        @copy_current_request_context
        def work():
            found.append((request.args["q"], session["user"]))

        thread = Thread(target=work)
        thread.start()
        thread.join()
        return ""

    client.get("/?q=tea")
    assert found == [("tea", "ada")]


def test_signals_are_sent_to_those_who_listen(app, client):
    heard = []

    def finished(sender, response):
        heard.append(response.status_code)

    def popped(sender):
        heard.append("popped")

    with (
        request_finished.connected_to(finished, app),
        appcontext_popped.connected_to(popped, app),
    ):
        client.get("/")
    assert heard == [404, "popped"]


# Async views and hooks


def test_what_an_async_view_calls_may_be_async_too(app, client):
    @app.context_processor
    async def names():
        await asyncio.sleep(0)
        return {"path": request.path}

    @app.before_request
    async def before():
        g.called = app.ensure_sync(inner)()

    async def inner():
        await asyncio.sleep(0)
        return app.ensure_sync(innermost)()

    async def innermost():
        return threading.current_thread().name

    @app.route("/x")
    async def view():
        after_this_request(hook)
        await asyncio.sleep(0)
        return render_template_string("{{ path }} {{ g.called }}")

    async def hook(response):
        response.headers["X-Hook"] = app.ensure_sync(innermost)()
        return response

    response = in_time(lambda: client.get("/x"))
    assert response.text == "/x nbflask-loop"
    assert response.headers["X-Hook"] == "nbflask-loop"


def test_coroutines_of_several_threads_do_not_wait_for_each_other(app):
    meeting = threading.Barrier(4)

    @app.route("/")
    async def view():
        # Blocks its loop: only if there are four do four come together.
        meeting.wait(PATIENCE)
        return "met"

    answers = []
    threads = [
        Thread(target=lambda: answers.append(app.test_client().get("/").text))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["met"] * 4


def test_one_coroutine_after_another_runs_in_the_same_loop(app):
    async def loop_of_now():
        return asyncio.get_running_loop()

    run = app.ensure_sync(loop_of_now)
    assert run() is run()


def test_context_variables_go_into_a_coroutine_and_come_back(app, client):
    variable = contextvars.ContextVar("variable", default="")

    @app.before_request
    async def before():
        variable.set(variable.get() + " hook")

    @app.route("/")
    async def view():
        variable.set(variable.get() + " view")
        return variable.get()

    def ask():
        variable.set("caller")
        return client.get("/").text, variable.get()

    seen = ("caller hook view", "caller hook view")
    assert contextvars.copy_context().run(ask) == seen


@pytest.mark.skipif(os.name == "nt", reason="signals come between calls there")
def test_an_interrupt_ends_the_coroutine_and_not_the_next(app):
    started, ended = threading.Event(), threading.Event()

    async def endless():
        started.set()
        try:
            await asyncio.sleep(1000)
        finally:
            ended.set()

    def interrupt():
        started.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        app.ensure_sync(endless)()
    thread.join()
    assert ended.wait(PATIENCE)
    assert in_time(app.ensure_sync(fine)) == "fine"


@pytest.mark.skipif(os.name == "nt", reason="signals come between calls there")
@pytest.mark.parametrize("path", ["/busy", "/asks"])
def test_an_interrupt_ends_a_coroutine_that_never_awaits(app, path):
    busy, ended = threading.Event(), threading.Event()

    @app.get("/busy")
    async def endless():
        try:
            busy.set()
            while True:
                pass
        finally:
            ended.set()

    @app.get("/asks")
    async def asks():
        return app.test_client().get("/busy").text

    def interrupt():
        busy.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        app.test_client().get(path)
    thread.join()
    assert ended.wait(PATIENCE)
    assert in_time(app.ensure_sync(fine)) == "fine"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ValueError])
def test_what_a_coroutine_raises_is_raised_and_the_next_one_runs(app, error):
    async def fails():
        raise error("on purpose")

    with pytest.raises(error, match="on purpose"):
        app.ensure_sync(fails)()
    assert in_time(app.ensure_sync(fine)) == "fine"


def test_a_task_that_an_async_view_leaves_behind_runs_on_and_ends_with_the_loop(app):
    cancelled = threading.Event()

    async def linger():
        try:
            await asyncio.sleep(1000)
        finally:
            cancelled.set()

    async def view():
        app.left = asyncio.get_running_loop().create_task(linger())
        await asyncio.sleep(0)

    app.ensure_sync(view)()
    assert in_time(app.ensure_sync(fine)) == "fine"
    assert not cancelled.is_set()
    loop.stop()
    assert cancelled.wait(PATIENCE)


async def fine():
    return "fine"


def in_time(function):
    """Return what a function returns, or fail if it hangs."""
    results = []
    context = contextvars.copy_context()
    thread = Thread(target=lambda: results.append(context.run(function)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert results, "it hangs, or it has failed"
    return results[0]
