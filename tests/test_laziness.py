"""A request pays for what it uses: no threads, no sockets, no untouched session."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from nbflask import Flask, session, url_for
from nbflask.sessions import SecureCookieSessionInterface

IN_PROCESS = """
    import socket, sys, threading

    def refuse(*args, **kwargs):
        raise RuntimeError("no threads and no sockets here")

    class NoSocket(socket.socket):
        __init__ = refuse

    threading.Thread.start = refuse
    socket.socket = NoSocket

    from nbflask import (
        Blueprint, Flask, flash, g, render_template_string, request, session, url_for
    )

    app = Flask("browser")
    app.secret_key = "key"
    shop = Blueprint("shop", "browser", url_prefix="/shop")

    @app.before_request
    def before():
        g.seen = True

    @shop.route("/<int:number>", methods=["GET", "POST"])
    def show(number):
        session["count"] = session.get("count", 0) + 1
        flash("hello")
        return render_template_string(
            "{{ number }} {{ session.count }} {{ url_for('.show', number=1) }}",
            number=number,
        )

    @app.errorhandler(404)
    def lost(error):
        return {"lost": request.path}, 404

    app.register_blueprint(shop)
    client = app.test_client()
    assert client.get("/shop/7").text == "7 1 /shop/1"
    assert client.post("/shop/7", json={}).text == "7 2 /shop/1"
    assert client.get("/x").json == {"lost": "/x"}
    with client.session_transaction() as prepared:
        assert prepared["count"] == 2
    with app.test_request_context("/shop/3"):
        assert url_for(".show", number=3) == "/shop/3"
    assert threading.active_count() == 1
    unwanted = {"asyncio", "click", "IPython", "nbflask.server", "nbflask.cli"}
    assert not unwanted & set(sys.modules), unwanted & set(sys.modules)
    print("fine")
"""


def test_the_in_process_half_needs_no_thread_and_no_socket():
    """As in a browser, where Python has neither."""
    command = [sys.executable, "-W", "error", "-c", dedent(IN_PROCESS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_a_request_starts_no_thread_until_a_view_is_async(app, client):
    import threading

    async def view():
        return threading.current_thread().name

    before = threading.active_count()
    app.add_url_rule("/plain", "plain", lambda: "")
    app.add_url_rule("/async", "async", view)
    client.get("/plain")
    assert threading.active_count() == before
    assert client.get("/async").text != threading.current_thread().name
    assert threading.active_count() == before + 1


# Sessions


class Noting(SecureCookieSessionInterface):
    """Notes when a session is opened, in the default interface's own methods."""

    def __init__(self) -> None:
        self.opened = 0

    def get_signing_serializer(self, app):
        self.opened += 1
        return super().get_signing_serializer(app)


@pytest.fixture
def app() -> Flask:
    app = Flask("test_app")
    app.secret_key = "key"
    app.session_interface = Noting()
    app.add_url_rule("/untouched", "untouched", lambda: "")
    app.add_url_rule("/read", "read", lambda: session.get("name", ""))

    @app.route("/write")
    def write():
        session["name"] = "ada"
        return ""

    @app.route("/stay")
    def stay():
        session.permanent = True
        return ""

    @app.route("/leave")
    def leave():
        session.clear()
        return ""

    return app


@pytest.mark.parametrize(
    ("path", "opened"), [("/untouched", False), ("/read", True), ("/write", True)]
)
def test_a_session_is_opened_when_it_is_touched(app, client, path, opened):
    client.get(path)
    assert bool(app.session_interface.opened) is opened


@pytest.mark.parametrize(
    ("before", "path", "cookie", "varies"),
    [
        ([], "/untouched", False, False),
        ([], "/read", False, True),
        ([], "/write", True, True),
        (["/write"], "/untouched", False, False),
        (["/write"], "/read", False, True),
        (["/write", "/stay"], "/untouched", True, True),
        (["/write", "/stay"], "/read", True, True),
        (["/write"], "/leave", True, True),
    ],
)
def test_a_response_carries_the_cookie_and_varies_as_in_flask(
    client, before, path, cookie, varies
):
    for each in before:
        client.get(each)
    headers = client.get(path).headers
    assert ("Set-Cookie" in headers) is cookie
    assert ("Cookie" in headers.get("Vary", "")) is varies


def test_a_permanent_session_is_refreshed_by_a_request_that_does_not_touch_it(client):
    client.get("/stay")
    kept = client.get_cookie("session")
    assert kept.expires is not None
    header = client.get("/untouched").headers["Set-Cookie"]
    assert header.startswith("session=")
    assert "Expires=" in header


def test_without_refresh_a_permanent_session_is_left_alone(app, client):
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    client.get("/stay")
    assert "Set-Cookie" not in client.get("/untouched").headers


def test_an_interface_of_ones_own_is_asked_to_open_each_session(app, client):
    opened = []

    class Own(SecureCookieSessionInterface):
        def open_session(self, app, request):
            opened.append(request.path)
            return super().open_session(app, request)

    app.session_interface = Own()
    client.get("/untouched")
    assert opened == ["/untouched"]


def test_a_session_that_cannot_be_opened_is_read_as_empty(app, client):
    app.secret_key = None
    assert client.get("/read").text == ""
    client.set_cookie("session", "forged")
    app.secret_key = "key"
    assert client.get("/read").text == ""


def test_a_template_that_does_not_name_the_session_does_not_open_it(app, client):
    from nbflask import render_template_string

    app.add_url_rule(
        "/page", "page", lambda: render_template_string("{{ request.path }}")
    )
    assert client.get("/page").text == "/page"
    assert app.session_interface.opened == 0


# Compiling


def test_a_request_to_an_unchanged_app_compiles_nothing(app, client):
    client.get("/untouched")
    table = app.registry.table
    client.get("/read")
    client.get("/nowhere")
    assert app.registry.table is table


def test_paths_that_match_nothing_are_not_remembered(app, client):
    for number in range(100):
        client.get(f"/nowhere/{number}")
    assert len(app.registry.table.chains) <= 2


def test_a_host_that_is_longer_than_any_is_answered_and_not_remembered(app, client):
    app.add_url_rule("/<int:id>", "show", lambda id: url_for("show", id=id + 1))
    matcher = app.registry.table.matcher
    long = ".".join(["host"] * 100)
    answer = client.get("/1", headers={"Host": long})
    assert (answer.status_code, answer.text) == (200, "/2")
    assert not matcher._domains
    assert not matcher._paths
    longest = ".".join(["a" * 50] * 5)
    client.get("/1", headers={"Host": f"{longest}:65535"})
    assert matcher._domains
    assert matcher._paths


def test_hosts_are_remembered_up_to_a_bound(app, client):
    for number in range(200):
        client.get("/untouched", base_url=f"http://host{number}.org")
    assert len(app.registry.table.match.__self__._domains) <= 64
