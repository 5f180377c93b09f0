"""Async views and cells that await in a real kernel, whose loop is running."""

from urllib.request import urlopen

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

APP = """\
%load_ext nbflask
import asyncio, threading, time
from contextvars import ContextVar
language = ContextVar("language", default="en")
@app.before_request
async def greet():
    g.greeting = "Hello"
@app.after_request
async def polite(response):
    await asyncio.sleep(0)
    response.headers["X-Polite"] = "yes"
    return response
@app.get("/async/<name>")
async def hello(name):
    await asyncio.sleep(0)
    return f"{g.greeting} {name} at {request.path} in {language.get()}"
@app.get("/nested")
async def nested():
    inner = app.test_client().get("/async/inner")
    return f"[{inner.text}]"
"""


@pytest.fixture
def kernel(kernel):
    kernel.do(APP, "app")
    return kernel


def text_of(kernel, expression):
    return kernel.do(f"print({expression})").text.strip()


@pytest.mark.parametrize(
    "expression",
    [
        "client.get('/async/Ada').text",
        "(await client.get('/async/Ada')).text",
        "(await asyncio.gather(client.get('/x'), client.get('/async/Ada')))[1].text",
    ],
)
def test_an_async_view_answers_in_any_cell(kernel, expression):
    kernel.do("client = app.test_client()")
    assert text_of(kernel, expression) == "Hello Ada at /async/Ada in en"


def test_an_async_view_sees_the_cells_variables_and_may_ask_another(kernel):
    kernel.do("%%route /body/<name>\nawait asyncio.sleep(0)\nf'{g.greeting} {name}'")
    assert "Hello Ada" in kernel.do("%get /body/Ada").text
    kernel.do("language.set('eo')\nr = %get /async/Ada")
    assert "in eo" in kernel.do("print(r.text)").text
    assert "[Hello inner at /async/inner in " in kernel.do("%get /nested").text


def test_what_an_async_view_gathers_runs_at_once(kernel):
    kernel.do("""\
@app.get("/meet")
async def meet():
    came, all_came = [], asyncio.Event()
    async def come(name):
        came.append(f"{name} at {request.path}")
        if len(came) == 3:
            all_came.set()
        await all_came.wait()
    await asyncio.wait_for(asyncio.gather(*map(come, "abc")), 10)
    return came""")
    assert text_of(kernel, "app.test_client().get('/meet').json") == (
        "['a at /meet', 'b at /meet', 'c at /meet']"
    )


def test_requests_that_a_cell_gathers_in_threads_are_answered_at_once(kernel):
    kernel.do("""\
client, meeting = app.test_client(), threading.Barrier(3)
@app.get("/wait/<name>")
async def wait(name):
    meeting.wait(10)  # blocks its loop: only if there are three do three come together
    return f"{name} at {request.path}"
ticks, ticking = 0, True
async def tick():
    global ticks
    while ticking:
        ticks += 1
        await asyncio.sleep(0)
ticker = asyncio.create_task(tick())""")
    kernel.do("""\
asked = [asyncio.to_thread(client.get, f"/wait/{name}") for name in "abc"]
answers = await asyncio.gather(*asked)
ticking = False
await ticker""")
    found = text_of(kernel, "[each.text for each in answers], ticks > 1")
    assert found == "['a at /wait/a', 'b at /wait/b', 'c at /wait/c'] True"


def test_async_views_answer_over_the_server(kernel):
    url = kernel.do("server = app.run(port=0)\nprint(server.url)").text.split()[-1]
    for path in ("/async/Ada", "/nested"):
        with urlopen(url + path, timeout=10) as response:
            assert "Hello" in response.read().decode()
            assert response.headers["X-Polite"] == "yes"
    kernel.do("%flask stop")


@pytest.mark.parametrize(
    "view",
    [
        "print('begun', flush=True)\nawait asyncio.sleep(60)",
        "print('begun', flush=True)\ntime.sleep(60)",
        "print('begun', flush=True)\nwhile True: pass",
    ],
)
@pytest.mark.parametrize(
    "asks",
    [
        "%get /slow",
        "app.test_client().get('/slow')",
        "await app.test_client().get('/slow')",
        "await asyncio.sleep(0)\n%get /slow",
    ],
)
def test_an_interrupt_stops_a_request_cleanly(kernel, view, asks):
    kernel.do("torn = []\n@app.teardown_request\ndef tear(error): torn.append(error)")
    kernel.do(f"%%route /slow\n{view}", "slow")
    ran = kernel.run(asks, interrupt_at="begun")
    assert ran.error.args[0] == "KeyboardInterrupt"
    assert "nbflask/" not in ran.text
    assert "site-packages" not in ran.text
    assert "Working outside of request context" in kernel.run("request.path").text
    assert text_of(kernel, "len(torn)") == "1"
    assert text_of(kernel, "app.test_client().get('/async/x').status_code") == "200"


@pytest.mark.parametrize(
    "asked",
    [
        ["ask('/async/x')", "ask('/slow')"],
        # What has not begun yet does not begin.
        ["ask('/slow')", "ask('/slow')", "ask('/slow')"],
    ],
)
def test_an_interrupt_cancels_the_task_that_asks(kernel, asked):
    kernel.do("%%route /slow\nprint('begun', flush=True)\ntime.sleep(60)", "slow")
    kernel.do(
        "async def ask(path): return client.get(path)\nclient = app.test_client()"
    )
    asks = f"await asyncio.gather({', '.join(asked)})"
    ran = kernel.run(asks, interrupt_at="begun")
    assert ran.error.args[0] == "CancelledError"
    assert ran.text.count("begun\n") == 1
    assert "nbflask/" not in ran.text
    assert text_of(kernel, "(await ask('/async/Ada')).text") == (
        "Hello Ada at /async/Ada in en"
    )


@pytest.mark.parametrize("asks", ["%get /tidy", "await client.get('/tidy')"])
@pytest.mark.parametrize("works", ["await asyncio.sleep(60)", "while True: pass"])
def test_an_interrupted_view_cleans_up_before_the_teardown(kernel, asks, works):
    kernel.do(f"""\
client, order = app.test_client(), []
@app.get("/tidy")
async def tidy():
    try:
        print("begun", flush=True)
        {works}
    finally:
        await asyncio.sleep(0)
        order.append("finally")
@app.teardown_request
def tear(error):
    order.append("teardown")""")
    assert kernel.run(asks, interrupt_at="begun").error
    assert text_of(kernel, "order") == "['finally', 'teardown']"


@pytest.mark.parametrize(
    "waits",
    ["await asyncio.sleep(0.01)", "sum(range(500_000)); await asyncio.sleep(0)"],
)
def test_the_kernels_own_way_with_interrupts_is_given_back(kernel, waits):
    waits = f"print('begun', flush=True)\nwhile True: {waits}"
    ran = kernel.run(waits, interrupt_at="begun")
    assert ran.error.args[0] == "CancelledError"
    kernel.do("import signal\nawait asyncio.sleep(0)")
    handler = text_of(kernel, "signal.getsignal(signal.SIGINT).__module__")
    assert handler in {"_signal", "signal"}


def test_one_loop_serves_one_request_after_the_other(kernel):
    kernel.do("%%route /loop\nstr(id(asyncio.get_running_loop()))")
    for _ in range(3):
        kernel.do("app.test_client().get('/async/x')")
    kernel.do(
        "%%route /loop\nawait asyncio.sleep(0)\nstr(id(asyncio.get_running_loop()))"
    )
    kernel.do("loops = {app.test_client().get('/loop').text for _ in range(5)}")
    names = "[t.name for t in threading.enumerate() if t.name == 'nbflask-loop']"
    assert text_of(kernel, f"len(loops), {names}") == "1 ['nbflask-loop']"
    assert text_of(kernel, "str(id(asyncio.get_running_loop())) in loops") == "False"
