"""The main job in a real kernel process, cells with an id and without."""

import socket
from urllib.request import urlopen

import pytest
from lines import NEWEST, on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]


def fetch(url):
    with urlopen(url, timeout=10) as response:
        return response.read().decode()


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("id", ["a1b2", None])
def test_the_main_job_from_end_to_end(kernel, id):
    assert "nbflask added app" in kernel.do("%load_ext nbflask", "load").text
    ran = kernel.do("%%route /users/<int:n>\n{'id': n}", id)
    assert ran.text == "+ GET /users/<int:n> → users_n\n"
    ran = kernel.do("r = %get /users/3", "ask")
    assert ran.text.startswith("200 OK  GET /users/3")
    assert "users_n (cell [2])" in ran.text
    ran = kernel.do("%%route /users/<int:n>\n{'id': n, 'new': True}", id)
    assert ran.text == "↻ GET /users/<int:n> → users_n\n"
    assert "200 OK  GET /users/4" in kernel.do("%get /users/4", "ask").text
    ran = kernel.do("server = app.run(port=0)\nprint(server.url)", "serve")
    url = ran.text.split()[-1]
    assert "Serving on" in ran.text
    assert '"new":true' in fetch(f"{url}/users/5").replace(" ", "")
    kernel.do("@app.get('/late')\ndef late(): return 'late'", id)
    assert fetch(f"{url}/late") == "late"
    kept = "404" if id else "200"
    assert kernel.do("%get /users/5", "ask").text.startswith(kept)
    assert kernel.do("%flask stop").text.startswith("Stopped")
    assert is_free(int(url.rpartition(":")[2]))


VIEW = "@app.get('/x')\ndef x(): return {!r}"


@pytest.mark.parametrize("id", ["a1b2", None])
def test_importing_nbflask_alone_makes_apps_live(kernel, id):
    first = "from nbflask import Flask\napp = globals().get('app') or Flask(__name__)\n"
    kernel.do(first + VIEW.format("one"), id)
    kernel.do(first + VIEW.format("two"), id)
    ran = kernel.do("app.test_client().get('/x')")
    assert "200 OK  GET /x" in ran.text
    assert ran.text.rstrip().endswith("two")
    kernel.do("@app.before_request\ndef hook(): return 'late'")
    assert "late" in kernel.do("app.test_client().get('/x')").text
    assert not kernel.run("%get /x").ok


def test_a_cell_of_its_own_id_withdraws_what_it_no_longer_holds(kernel):
    kernel.do("from nbflask import Flask\napp = Flask(__name__)", "app")
    kernel.do(VIEW.format("one"), "c1")
    kernel.do("await __import__('asyncio').sleep(0)\n" + VIEW.format("two"), "c1")
    kernel.do("%%capture\n" + VIEW.format("three"), "c1")
    ask = "print(app.test_client().get('/x').text)"
    assert kernel.do(ask).text == "three\n"
    assert not kernel.run(VIEW.format("four") + "\nraise SystemExit", "c1").ok
    assert kernel.do(ask).text == "three\n"
    kernel.do("pass", "c1")
    assert "404" in kernel.do(ask).text


@pytest.mark.parametrize(
    "cell",
    [
        "%get /x",
        "r = %get /x\nr",
        "app.test_client().get('/x')",
        "display(app.test_client().get('/x'))",
        "%get /none",
        "%get /fail",
        "%flask",
        "%flask routes",
        "%flask run --port 0",
        "%%route /y\n'y'",
    ],
)
def test_everything_is_shown_once_as_text_and_html_alone(kernel_loaded, cell):
    ran = kernel_loaded.do(cell)
    assert len(ran.bundles) == 1
    assert set(ran.bundles[0]) == {"text/plain", "text/html"}
    assert ran.bundles[0]["text/plain"].strip()


@pytest.fixture
def kernel_loaded(kernel_process):
    """A kernel in which nbflask is loaded and an app has views; not a fresh one."""
    kernel_process.do("%load_ext nbflask")
    kernel_process.do(VIEW.format("x"), "x")
    kernel_process.do("%%route /fail\n1 / 0", "fail")
    kernel_process.do("%%route /endless\nwhile True:\n    yield 'x' * 100", "endless")
    return kernel_process


def test_prints_and_logs_of_a_view_go_to_the_cell_that_asks(kernel_loaded):
    kernel_loaded.do("%%route /say\nprint('printed')\napp.logger.error('logged')\n'x'")
    ran = kernel_loaded.do("r = %get /say")
    assert "printed" in ran.text
    assert "logged" in ran.text


def test_a_failure_is_a_card_and_opens_in_the_debugger(kernel_loaded):
    ran = kernel_loaded.do("%get /fail")
    assert "ZeroDivisionError: division by zero" in ran.text
    assert "Traceback" not in ran.text
    ran = kernel_loaded.do(
        "import sys, traceback\n"
        "frames = traceback.extract_tb(sys.last_traceback)\n"
        "print(type(sys.last_value).__name__, frames[-1].line)"
    )
    assert ran.text == "ZeroDivisionError 1 / 0\n"


def test_bad_input_is_one_line(kernel_loaded):
    ran = kernel_loaded.run("%get /x --nope")
    assert ran.error.args[0] == "UsageError"
    assert ran.text.strip().count("\n") == 0


def test_an_interrupt_ends_a_request_and_the_notebook_goes_on(kernel_loaded):
    kernel_loaded.do(
        "%%route /self\n"
        "import os, signal, time\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(30)"
    )
    assert kernel_loaded.run("%get /self").error.args[0] == "KeyboardInterrupt"
    assert "200 OK" in kernel_loaded.do("%get /x").text


def test_an_endless_body_stops(kernel_loaded):
    assert "cut short" in kernel_loaded.do("r = %get /endless --timeout 0.1").text


def test_await_and_a_question_mark_work_in_requests(kernel_loaded):
    assert "200 OK" in kernel_loaded.do("%get /x?").text
    kernel_loaded.do("%%route /async\nimport asyncio\nawait asyncio.sleep(0)\n'async'")
    assert "200 OK" in kernel_loaded.do("%get /async").text


def test_a_server_serves_while_a_cell_runs_and_prints_do_no_harm(kernel_loaded):
    ran = kernel_loaded.do(
        "from urllib.request import urlopen\n"
        "@app.get('/own')\ndef own():\n    print('from a thread')\n    return 'own'\n"
        "server = app.run(port=0)\n"
        "print(urlopen(server.url + '/own').read().decode())\n"
        "server.stop();"
    )
    assert "own" in ran.text
    assert "Serving on" in ran.text


def test_a_restart_leaves_no_port_behind(kernel):
    kernel.do("%load_ext nbflask")
    shown = kernel.do("server = %flask run --port 0\nprint(server.port)").text
    port = int(shown.split()[-1])
    assert not is_free(port)
    kernel.restart()
    assert is_free(port)
    assert "not found" in kernel.run("%flask").text
    kernel.do("%load_ext nbflask")
    kernel.do(f"server = app.run(port={port})")
    assert not is_free(port)


def test_the_kernel_is_of_the_line_that_it_is_said_to_be(kernel_process, line):
    ran = kernel_process.do("import ipykernel\nprint(ipykernel.__version__)")
    newest = [int(part) for part in ran.text.split(".")] >= [7]
    assert ran.text.startswith(line.name) or (line is NEWEST and newest)


def test_what_is_let_through_is_shown_by_own_frames_with_what_led_to_it(kernel):
    kernel.do("%load_ext nbflask")
    kernel.do(
        "Group = getattr(__import__('builtins'), 'ExceptionGroup', ValueError)\n"
        "@app.get('/boom')\ndef boom():\n"
        "    try: 1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise Group('all', [error, KeyError('x')])\n"
        "@app.errorhandler(Group)\ndef sum_up(error): return {}['y']"
    )
    ran = kernel.run("%get /boom --raise")
    assert ran.error.args == ("KeyError", "'y'")
    assert "all" in ran.text.partition("During handling of the above")[0]
    assert "sum_up(error)" in ran.text
    for unknown in ("File ", "nbflask/", "site-packages"):
        assert unknown not in ran.text
