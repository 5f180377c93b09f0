"""How a request ends: the status expected, failures, interrupts, endless bodies."""

import sys
import traceback

import pytest


@pytest.fixture
def echo(notebook):
    """A notebook whose app answers at /echo."""
    notebook.do("%%route /echo\n'echo'")
    return notebook


@pytest.mark.parametrize(
    ("path", "status", "ok"),
    [
        ("/echo", "200", True),
        ("/echo", "2xx", True),
        ("/echo", "2XX", True),
        ("/echo", "404", False),
        ("/none", "404", True),
        ("/none", "4xx", True),
        ("/none", "200", False),
    ],
)
def test_expect_fails_the_cell_on_any_other_status(echo, path, status, ok):
    ran = echo.run(f"r = %get {path} --expect {status}")
    assert ran.ok == ok
    if not ok:
        assert "UsageError: Expected" in ran.text
        assert f"GET {path} answered" in ran.text


def test_an_unexpected_response_is_shown_and_kept(echo):
    ran = echo.run("%get /none --expect 200 --out kept")
    assert "404 Not Found" in ran.text
    assert echo.names["kept"].status_code == 404


BOOM = "%%route /boom\nsecret = 42\n1 / 0"


@pytest.fixture
def boom(notebook):
    """A notebook whose view fails."""
    notebook.do(BOOM)
    return notebook


@pytest.mark.parametrize(
    "setting",
    [
        "pass",
        "app.testing = True",
        "app.debug = True",
        "app.config['PROPAGATE_EXCEPTIONS'] = True",
    ],
)
def test_a_failing_view_gives_a_card_and_the_cell_goes_on(boom, setting):
    boom.do(setting)
    ran = boom.do("r = %get /boom\nafter = True")
    assert "500 Internal Server Error" in ran.text
    assert "cell [2], line 3, in boom" in ran.text
    assert "ZeroDivisionError: division by zero" in ran.text
    assert "nbflask/" not in ran.text
    assert isinstance(boom.names["r"].exception, ZeroDivisionError)
    assert boom.names["after"]


def test_debug_opens_the_frame_that_failed(boom):
    boom.do("%get /boom")
    assert isinstance(sys.last_value, ZeroDivisionError)
    frame = list(traceback.walk_tb(sys.last_traceback))[-1][0]
    assert frame.f_locals == {"secret": 42}


def test_raise_lets_the_exception_through_with_ones_own_frames(boom):
    ran = boom.run("%get /boom --raise")
    assert isinstance(ran.error, ZeroDivisionError)
    assert "Cell In[2], line 3, in boom()" in ran.text
    assert "full_dispatch_request" not in ran.text
    assert "nbflask/" not in ran.text


def test_a_handled_error_is_no_failure(boom):
    boom.do(
        "@app.errorhandler(ZeroDivisionError)\ndef handled(e): return 'handled', 400"
    )
    boom.do("r = %get /boom")
    assert boom.names["r"].status_code == 400
    assert boom.names["r"].exception is None


@pytest.mark.parametrize(
    "line", ["%get /x", "%get /x --raise", "app.test_client().get('/x')"]
)
def test_an_interrupt_passes_through(notebook, line):
    notebook.do("%%route /x\nraise KeyboardInterrupt")
    assert isinstance(notebook.run(line).error, KeyboardInterrupt)
    assert notebook.do("%get /other").text.startswith("404")


def test_what_a_view_logs_and_prints_is_seen(notebook):
    notebook.do(
        "%%route /x\nprint('printed')\n"
        "print('noted', file=request.environ['wsgi.errors'])\n'x'"
    )
    ran = notebook.do("%get /x")
    assert "printed" in ran.text
    assert "noted" in ran.text


ENDLESS = (
    "%%route /endless\nimport itertools\nfor n in itertools.count(): yield f'{n} '"
)


def test_an_endless_body_stops_at_the_time_limit(notebook):
    notebook.do(ENDLESS)
    ran = notebook.do("r = %get /endless --timeout 0.05")
    assert notebook.names["r"].text.startswith("0 1 2 ")
    assert "cut short" in ran.text


def test_an_endless_body_stops_at_the_size_limit(notebook):
    notebook.do(ENDLESS)
    notebook.do("%config NBFlask.body_limit = 100")
    notebook.do("r = %get /endless")
    assert 100 < len(notebook.names["r"].data) < 120


def test_a_stream_that_is_left_is_closed(notebook):
    notebook.do(
        "%%route /endless\ntry:\n    while True:\n        yield 'x'\n"
        "finally:\n    closed.append(True)"
    )
    notebook.do("closed = []\n%config NBFlask.body_limit = 10\nr = %get /endless")
    assert notebook.names["closed"] == [True]


def test_a_stream_that_fails_midway_shows_why(notebook):
    notebook.do("%%route /x\nyield 'a'\n1 / 0")
    ran = notebook.run("r = %get /x")
    assert "ZeroDivisionError" in ran.text
    assert "full_dispatch_request" not in ran.text


def test_an_endless_body_that_the_client_shows_does_not_hang(notebook):
    notebook.do(ENDLESS)
    notebook.do("%config NBFlask.body_limit = 100")
    ran = notebook.do("app.test_client().get('/endless')")
    assert "cut short" in ran.text
