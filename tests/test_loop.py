"""Coroutines run to their end for callers that cannot await."""

import asyncio
import os
import subprocess
import sys
from contextvars import ContextVar
from types import ModuleType, SimpleNamespace

import pytest
from processes import LIMIT

from nbflask import g, request


@pytest.fixture
def in_a_browser(monkeypatch):
    """Python as in a page: no threads, and one loop, which may be waited for or not."""

    def enter(*, waits):
        pyodide = ModuleType("pyodide")
        pyodide.ffi = SimpleNamespace(can_run_sync=lambda: waits, run_sync=asyncio.run)
        monkeypatch.setitem(sys.modules, "pyodide", pyodide)
        monkeypatch.setattr(sys, "platform", "emscripten")

    return enter


@pytest.fixture
def async_client(app):
    @app.before_request
    async def before():
        await asyncio.sleep(0)
        g.user = request.args["user"]

    @app.get("/")
    async def index():
        await asyncio.sleep(0)
        return f"{g.user} at {request.path}"

    return app.test_client()


def test_in_a_browser_an_async_view_runs_in_the_pages_loop(async_client, in_a_browser):
    in_a_browser(waits=True)
    assert async_client.get("/?user=Ada").text == "Ada at /"


def test_in_a_browser_a_coroutines_variables_flow_back(app, in_a_browser):
    in_a_browser(waits=True)
    language = ContextVar("language", default="en")

    @app.before_request
    async def choose():
        language.set("eo")

    @app.get("/")
    async def index():
        return language.get()

    assert app.test_client().get("/").text == "eo"


def test_where_nothing_can_be_waited_for_the_error_names_the_fix(app, in_a_browser):
    in_a_browser(waits=False)

    @app.get("/")
    async def index():
        return "never"

    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "Define the view with 'def' instead" in str(response.exception)


def test_a_response_can_be_awaited(async_client):
    async def cell():
        one, other = await asyncio.gather(
            async_client.get("/?user=Ada"), async_client.get("/?user=Bob")
        )
        return one.text, other.text, (await async_client.post("/?user=x")).status_code

    assert asyncio.run(cell()) == ("Ada at /", "Bob at /", 405)


FORKED = """
import asyncio, os, signal
from nbflask import Flask

app = Flask("forked")

@app.get("/")
async def index():
    await asyncio.sleep(0)
    return "here"

asked = app.test_client().get("/").text
forked = os.fork()
if not forked:
    signal.alarm(5)
asked = app.test_client().get("/").text
if not forked:
    os._exit(asked != "here")
print(asked, os.waitpid(forked, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked there")
def test_a_forked_process_has_loops_of_its_own():
    ran = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=LIMIT
    )
    assert ran.stdout == "here 0\n", ran.stderr
