"""Contexts and async views in terminal IPython, driven through a pty."""

from __future__ import annotations

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

#: What is looked for must not stand in what is typed, which the terminal shows too.
APP = """\
%load_ext nbflask
import asyncio
order = []
@app.get("/search")
async def search():
    await asyncio.sleep(0)
    return f"results for {request.args['q']}"
@app.get("/slow")
async def slow():
    try:
        print("be" "gun", flush=True)
        await asyncio.sleep(60)
    finally:
        order.append("finally")
@app.teardown_appcontext
def ended(error):
    order.append("teardown")
"""
SEARCHED = "print('q', 'is', request.args['q'])"


@pytest.fixture
def terminal(terminal):
    terminal.do(APP)
    yield terminal
    terminal.run("%ctx pop --all")


@pytest.mark.parametrize("pause", ["", "await asyncio.sleep(0)\n"])
def test_what_is_pushed_is_current_in_the_cells_that_follow(terminal, pause):
    ran = terminal.do(f"{pause}%ctx push /search?q=flask")
    assert "+ request context GET /search?q=flask → search" in ran.text
    assert "q is flask" in terminal.do(SEARCHED).text
    assert "q is flask" in terminal.do(f"await asyncio.sleep(0)\n{SEARCHED}").text
    assert not terminal.run("1 / 0").ok
    above = f"%%ctx /search?q=above\n{pause}{SEARCHED}"
    assert "q is above" in terminal.do(above).text
    assert "q is flask" in terminal.do(SEARCHED).text
    assert "− request context" in terminal.do(f"{pause}%ctx pop").text
    assert "'%ctx push /path' makes a request" in terminal.run(SEARCHED).text


@pytest.mark.parametrize("pause", ["", "await asyncio.sleep(0)\n"])
def test_what_is_pushed_by_hand_stays(terminal, pause):
    terminal.do(f"{pause}app.app_context().push(); g.user = 'A' 'da'")
    assert "'Ada'" in terminal.do("g.user").text
    assert "− app context" in terminal.do("%ctx pop").text
    assert not terminal.run("g.user").ok


def test_async_views_answer(terminal):
    terminal.do("%ctx push /search?q=pushed")
    assert "results for it" in terminal.do("%get /search?q=it").text
    asks = "r = await app.test_client().get('/search?q=awaited'); r.text"
    assert "results for awaited" in terminal.do(asks).text


@pytest.mark.parametrize(
    "asks",
    [
        "%get /slow",
        "app.test_client().get('/slow')",
        "await app.test_client().get('/slow')",
        "await asyncio.sleep(0)\n%get /slow",
    ],
)
def test_an_interrupt_stops_a_request_cleanly(terminal, asks):
    ran = terminal.run(asks, interrupt_at="begun")
    assert "KeyboardInterrupt" in ran.text
    assert "nbflask/" not in ran.text
    assert "finally, teardown" in terminal.do("print(*order, sep=', ')").text
    assert "results for more" in terminal.do("%get /search?q=more").text


def test_unloading_ends_what_is_pushed(terminal):
    terminal.do("%ctx app\n%ctx push /search")
    terminal.do("%unload_ext nbflask")
    assert "order: 1" in terminal.do("print('order:', len(order))").text
