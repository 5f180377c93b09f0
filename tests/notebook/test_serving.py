"""The notebook's server: in the background, at once, one, and gone when stopped."""

import gc
import io
import socket
import sys
from threading import enumerate as living_threads
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest


def fetch(url, **headers):
    with urlopen(Request(url, headers=headers), timeout=10) as response:
        return response.read().decode()


def server_threads():
    return [each for each in living_threads() if "nbflask server" in each.name]


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def home(notebook):
    """A notebook whose app answers at /."""
    notebook.do("%%route /\n'home'", "home")
    return notebook


@pytest.mark.parametrize("started", ["app.run(port={})", "%flask run --port {}"])
@pytest.mark.parametrize("assigned", ["{}", "server = {}"])
def test_running_returns_at_once_and_shows_a_link(home, free_port, started, assigned):
    ran = home.do(assigned.format(started.format(free_port)))
    url = f"http://127.0.0.1:{free_port}"
    assert ran.text.count(url) == 1
    assert f'href="{url}"' in ran.html
    assert fetch(url) == "home"
    assert home.do("%flask stop").text == f"Stopped {url}\n"


def test_the_server_is_what_both_return(home):
    home.do("one = app.run(port=0)\ntwo = %flask run")
    one, two = home.names["one"], home.names["two"]
    assert one is two
    assert one.url == f"http://127.0.0.1:{one.port}"
    one.stop()
    assert not one.running


def test_the_server_listens_on_this_machine_only(home):
    home.do("server = app.run(port=0)")
    assert home.names["server"].host == "127.0.0.1"
    elsewhere = "127.0.0.2", home.names["server"].port
    with pytest.raises(OSError, match=r"refused|timed out|assign|route"):
        socket.create_connection(elsewhere, 1)


def test_a_request_that_logs_nothing_leaves_the_stream_alone(home, monkeypatch):
    """A kernel's stream waits for another thread when it is flushed."""
    flushed = []
    stream = io.StringIO()
    stream.flush = lambda: flushed.append(True)
    monkeypatch.setattr(sys, "stderr", stream)
    home.do("server = app.run(port=0)")
    assert fetch(home.names["server"].url) == "home"
    home.names["server"].stop()
    gc.collect()
    assert not flushed


def test_running_again_is_harmless(home):
    home.do("server = app.run(port=0)")
    server = home.names["server"]
    for again in ("app.run()", "%flask run", f"app.run(port={server.port})"):
        home.do(f"again = {again}")
        assert home.names["again"] is server
    assert len(server_threads()) == 1


@pytest.mark.parametrize("id", ["home", None])
def test_a_rerun_cell_is_effective_on_the_next_request(home, id):
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    assert fetch(url) == "home"
    for word in ("one", "two"):
        home.do(f"%%route /\n'{word}'", id)
        assert fetch(url) == word


def test_another_app_takes_over_the_same_server(home):
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    home.do("other = Flask('other')\n@other.get('/')\ndef o(): return 'other'")
    home.do("again = other.run()")
    assert home.names["again"] is home.names["server"]
    assert fetch(url) == "other"
    home.do("app.run()")
    assert fetch(url) == "home"


def test_a_new_app_in_the_variable_is_served_at_once(home):
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    home.do("app = Flask('new')\n@app.get('/')\ndef n(): return 'new'")
    assert fetch(url) == "new"


def test_another_port_moves_the_server(home, free_port):
    home.do("one = app.run(port=0)")
    home.do(f"two = app.run(port={free_port})")
    assert not home.names["one"].running
    assert is_free(home.names["one"].port)
    assert fetch(f"http://127.0.0.1:{free_port}") == "home"


def test_another_port_is_told_with_the_one_that_is_left(home, free_port):
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    ran = home.do(f"app.run(port={free_port})")
    assert ran.text.splitlines()[0] == f"No longer serving on {url}"
    assert "No longer" not in home.do(f"app.run(port={free_port})").text


@pytest.mark.parametrize(
    "typed",
    [
        "%flask run --host no.such.host.invalid",
        "app.run(host='no.such.host.invalid')",
        "app.run(host='no.such.host.invalid', port={port})",
        "app.run(port=80000)",
        "app.run(port='nonsense')",
        "app.run(port=[])",
        "other.run(port=80000)",
    ],
)
def test_a_typo_leaves_the_running_server_alone(home, typed):
    home.do("server = app.run(port=0)\nother = Flask('other')")
    server = home.names["server"]
    ran = home.run(typed.format(port=server.port))
    assert ran.text.startswith("UsageError: ")
    assert len(ran.text.splitlines()) == 1
    assert "Errno" not in ran.text
    assert server.running
    assert fetch(server.url) == "home"
    home.do("again = app.run()")
    assert home.names["again"] is server


def test_another_host_takes_over_the_same_port(home, free_port):
    home.do(f"one = app.run(port={free_port})")
    home.do(f"two = app.run(port={free_port}, host='0.0.0.0')")
    assert home.names["two"].port == free_port
    assert not home.names["one"].running
    assert fetch(home.names["two"].url) == "home"


def test_a_port_may_be_written_in_digits(home, free_port):
    home.do(f"server = app.run(port='{free_port}')")
    assert home.names["server"].port == free_port


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("ssl_context='adhoc'", "ssl_context"),
        ("processes=3, threaded=False", "processes"),
        ("ssl_context='adhoc', prot=1", "ssl_context, prot"),
    ],
)
def test_options_that_have_no_effect_in_a_notebook_are_told(home, options, told):
    ran = home.do(f"server = app.run(port=0, {options})")
    assert ran.text.splitlines()[0] == (
        f"In a notebook app.run() does not support {told}: ignored"
    )


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("prot=1", "Did you mean port by prot?"),
        ("ssl_context='adhoc'", "The server speaks plain http"),
    ],
)
def test_what_was_meant_instead_is_told(home, option, told):
    assert told in home.do(f"server = app.run({option})").text


def test_flasks_usual_options_are_silent(home):
    ran = home.do(
        "server = app.run(port=0, threaded=True, use_reloader=True, load_dotenv=False,"
        " use_debugger=True, ssl_context=None)"
    )
    assert len(ran.text.splitlines()) == 1


@pytest.mark.parametrize("debug", [True, False])
def test_a_failure_in_the_browser_is_the_apps_own_500(home, debug, caplog):
    home.do("%%route /fail\n1 / 0")
    home.do("@app.errorhandler(500)\ndef sorry(error): return 'sorry', 500")
    home.do(f"server = app.run(port=0, debug={debug})")
    with pytest.raises(HTTPError, match="500") as failed:
        fetch(f"{home.names['server'].url}/fail")
    with failed.value as answer:
        assert answer.read() == b"sorry"
    assert [each.message for each in caplog.records] == ["Exception on /fail [GET]"]


def test_a_browser_is_told_what_is_wrong_with_the_app(home):
    home.do("server = app.run(port=0)")
    home.do("kept, app = app, None")
    with pytest.raises(HTTPError, match="500") as failed:
        fetch(home.names["server"].url)
    with failed.value as answer:
        assert b"write app = Flask(__name__)" in answer.read()
    home.do("app = kept")


def test_a_busy_port_moves_on_and_says_so(home):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        ran = home.do(f"server = app.run(port={port})")
        assert f"Port {port} is taken" in ran.text
        assert fetch(home.names["server"].url) == "home"
        home.do(f"again = app.run(port={port})")
        assert home.names["again"] is home.names["server"]


def test_stop_frees_the_port_and_run_takes_it_again(home, free_port):
    for _ in range(3):
        home.do(f"app.run(port={free_port})")
        home.do("%flask stop")
        assert is_free(free_port)
    assert server_threads() == []
    assert home.do("%flask stop").text == "No server is running.\n"


def test_unloading_stops_the_server(bare, free_port):
    bare.do("%load_ext nbflask")
    bare.do(f"app.run(port={free_port})")
    bare.do("%unload_ext nbflask")
    assert is_free(free_port)
    assert server_threads() == []


@pytest.mark.parametrize(
    "options",
    [
        "debug=True",
        "debug=True, use_reloader=True",
        "threaded=False",
        "ssl_context=None",
    ],
)
def test_flasks_options_do_no_harm(home, options):
    home.do(f"server = app.run(port=0, {options})")
    assert fetch(home.names["server"].url) == "home"
    assert home.names["app"].debug == ("debug" in options)


def test_prints_and_failures_of_views_do_no_harm(home):
    home.do("%%route /print\nprint('printed')\n'ok'")
    home.do("%%route /fail\n1 / 0")
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    assert fetch(f"{url}/print") == "ok"
    with pytest.raises(HTTPError, match="500") as failed:
        fetch(f"{url}/fail")
    failed.value.close()
    assert fetch(url) == "home"


def test_requests_for_other_hosts_are_refused(home):
    home.do("server = app.run(port=0)")
    with pytest.raises(HTTPError, match="400") as refused:
        fetch(home.names["server"].url, Host="evil.example")
    refused.value.close()


def test_without_an_app_the_running_server_answers_with_an_error(home):
    home.do("server = app.run(port=0)")
    url = home.names["server"].url
    home.do("kept, app = app, None")
    with pytest.raises(HTTPError, match="500") as failed:
        fetch(url)
    failed.value.close()
    home.do("app = kept")
    assert fetch(url) == "home"


def test_a_pushed_context_is_not_seen_by_the_server(home):
    home.do("%%route /seen\nstr(hasattr(g, 'mine'))")
    home.do("with app.app_context():\n    g.mine = 1\n    server = app.run(port=0)\n")
    assert fetch(f"{home.names['server'].url}/seen") == "False"


def test_a_server_that_was_stopped_shows_that(home):
    ran = home.do("server = app.run(port=0)\nserver.stop()\nNone")
    assert "Serving on" in ran.text
    assert "No longer serving on" in home.do("server").text
