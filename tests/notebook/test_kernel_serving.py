"""The server in a real kernel: what it shows as requests come, and where prints go."""

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

APP = """\
%load_ext nbflask
@app.get("/")
def home():
    print("printed by the view")
    return "home"
@app.get("/boom")
def boom(): return str(1 / 0)
"""


@pytest.fixture
def kernel(kernel):
    kernel.do(APP, "app")
    return kernel


def serve(kernel):
    """Start the server; return its URL."""
    return kernel.do("server = app.run(port=0)", "serve").text.split()[-1]


def fetch(url):
    with urlopen(url, timeout=10) as response:
        return response.read().decode()


def test_the_log_goes_on_while_other_cells_run_and_when_none_does(kernel):
    url = serve(kernel)
    ran = kernel.do("log = %flask log", "log")
    assert "No requests yet." in ran.text
    fetch(f"{url}/?first")
    assert "/?first" in kernel.updated(lambda card: "/?first" in card)
    kernel.do("from urllib.request import urlopen\nr = urlopen(server.url + '/?own')")
    shown = kernel.updated(lambda card: "/?own" in card)
    assert shown.index("/?own") < shown.index("/?first")
    assert "2 requests" in shown


def test_a_later_log_takes_the_place_of_the_former(kernel):
    url = serve(kernel)
    for id in ("one", "two"):
        assert kernel.do("%flask log", id).text.count("No requests yet.") == 1
    fetch(url)
    kernel.updated(lambda card: "home" in card)
    kernel.do("%unload_ext nbflask")
    names = "print([t.name for t in __import__('threading').enumerate()])"
    assert "nbflask" not in kernel.do(names).text


def test_what_views_print_goes_to_the_cell_that_started_the_server(kernel):
    url = serve(kernel)
    fetch(url)
    kernel.do("seen = 1", "another")
    ran = kernel.do(
        "import threading\nfrom urllib.request import urlopen\n"
        "ask = threading.Thread(target=lambda: urlopen(server.url).read())\n"
        "ask.start(); ask.join(10); print('mine')",
        "asking",
    )
    assert ran.text == "mine\n"


def test_the_shown_page_follows_the_cells_that_change_the_app(kernel):
    ran = kernel.do("server = %flask run --port 0 --show /page", "serve")
    assert "<iframe sandbox=" in ran.html
    kernel.do("%%route /page\n'one'", "page")
    first = kernel.updated(lambda card: "/page" in card, kind="text/html")
    kernel.do("x = 1", "nothing to do with it")
    kernel.do("%%route /page\n'two'", "page")
    assert kernel.updated(lambda card: card != first, kind="text/html") != first


def test_a_browsers_failure_is_replayed_into_the_debugger(kernel):
    url = serve(kernel)
    with pytest.raises(HTTPError):
        fetch(f"{url}/boom?from=browser")
    kernel.do("r = %replay")
    ran = kernel.run("%debug", answers=["p request.args['from']", "q"])
    assert "'browser'" in ran.text
    assert "return str(1 / 0)" in ran.text


def test_an_interrupt_stops_a_live_request_and_not_the_server(kernel):
    url = serve(kernel)
    kernel.do("import threading\ngate = threading.Event()")
    kernel.do("%%route /slow\ngate.wait(30)\n'done'", "slow")
    ran = kernel.run(
        "print('asking', flush=True)\n%get /slow --live", interrupt_at="asking"
    )
    assert ran.error.args[0] == "KeyboardInterrupt"
    kernel.do("gate.set()")
    assert fetch(url) == "home"


def test_a_restart_of_the_kernel_leaves_no_port_behind(kernel):
    url = serve(kernel)
    fetch(url)
    kernel.restart()
    with pytest.raises(OSError, match="refused"):
        fetch(url)
