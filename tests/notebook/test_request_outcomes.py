"""How a request ends: the status expected, failures, interrupts, endless bodies."""

import signal
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


#: Views during which somebody presses Ctrl-C, and the line of theirs that is shown.
STOPPED = {
    "while a view runs": ("def x():\n    stop()\n    return ''", "stop()"),
    "while a coroutine is waited for": (
        "async def x():\n    stop()\n    await asyncio.sleep(60)",
        None,
    ),
    "while a body is read": ("def x():\n    yield 'a'\n    stop()", "stop()"),
}


@pytest.mark.parametrize("line", ["%get /x", "%get /x --raise", "%trace /x"])
@pytest.mark.parametrize("when", STOPPED)
def test_an_interrupt_shows_ones_own_frames_alone(notebook, when, line):
    view, last = STOPPED[when]
    notebook.do(
        "import asyncio, signal, threading\n"
        "main = threading.main_thread().ident\n"
        "def stop(): signal.pthread_kill(main, signal.SIGINT)"
    )
    notebook.do(f"@app.get('/x')\n{view}")
    ran = notebook.run(line)
    assert isinstance(ran.error, KeyboardInterrupt)
    assert "----> 1 get_ipython().run_line_magic(" in ran.text
    assert ("stop()" in ran.text) is (last is not None)
    for frame in ("nbflask/", "site-packages", "lib/python", "hidden"):
        assert frame not in ran.text
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


@pytest.mark.parametrize(
    "line", ["%get /x", "%trace /x", "app.test_client().get('/x')"]
)
@pytest.mark.parametrize(("piece", "kind"), [("1", "int"), ("[1, 2]", "list")])
def test_a_stream_of_what_is_no_text_says_so(notebook, line, piece, kind):
    notebook.do(f"%%route /x\nyield 'a'\nyield {piece}")
    ran = notebook.do(line)
    assert f"pieces of text or bytes, but one of them is of type {kind}." in ran.text
    assert "cut short: it failed on its way" in ran.text


@pytest.mark.parametrize("pushed", ["", "%ctx push /pushed", "%ctx app"])
def test_a_stream_without_its_context_fails_as_on_a_server(notebook, pushed):
    notebook.do(
        '@app.get("/stream")\ndef stream():\n'
        '    return (f"{request.path} {current_app}" for _ in range(2))'
    )
    notebook.do(f"{pushed}\n")
    ran = notebook.do("r = %get /stream?q=1")
    assert "/pushed" not in notebook.names["r"].text
    assert "Working outside of" in ran.text
    assert "stream_with_context(" in ran.text
    assert "GET /stream?q=1 " in ran.text
    assert notebook.do("print(bool(current_app))").text.strip() == f"{bool(pushed)}"


def test_a_stream_with_its_context_is_read_whole(notebook):
    notebook.do(
        "from nbflask import stream_with_context\n"
        '@app.get("/stream")\ndef stream():\n'
        "    return stream_with_context(request.path for _ in range(2))"
    )
    notebook.do("%ctx push /pushed")
    assert "stream_with_context" not in notebook.do("r = %get /stream").text
    assert notebook.names["r"].text == "/stream/stream"


def test_an_endless_body_that_the_client_shows_does_not_hang(notebook):
    notebook.do(ENDLESS)
    notebook.do("%config NBFlask.body_limit = 100")
    ran = notebook.do("app.test_client().get('/endless')")
    assert "cut short" in ran.text


SLOW = """
@app.get("/slow")
def slow():
    import time
    try:
        time.sleep(20)
    except Exception:
        pass
    return "late"
@app.get("/stalls")
def stalls():
    import time
    def parts():
        yield "first"
        time.sleep(20)
    return parts()
""".strip()


def test_a_view_that_does_not_answer_in_time_is_stopped(notebook):
    notebook.do(SLOW)
    ran = notebook.run("%get /slow --timeout 0.2")
    assert not ran.ok
    assert "GET /slow did not answer within 0.2 s; it was at line 5 of cell" in ran.text
    assert "Traceback" not in ran.text


def test_a_stream_that_stalls_shows_what_came(notebook):
    notebook.do(SLOW)
    ran = notebook.do("r = %get /stalls --timeout 0.2")
    assert notebook.names["r"].text == "first"
    assert "cut short: it did not end within 0.2 s" in ran.text


def test_a_stream_that_stalls_is_left_at_the_notebooks_own_limit(notebook):
    notebook.do(SLOW)
    ran = notebook.do("%config NBFlask.time_limit = 0.2\nr = %get /stalls")
    assert "cut short" in ran.text


def test_a_time_limit_leaves_the_former_alarm_as_it_was(notebook):
    former = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        notebook.do("%%route /x\n'x'")
        notebook.do("%get /x --timeout 5")
        handler = signal.getsignal(signal.SIGALRM)
        assert handler.__name__ == "<lambda>"
        assert 400 < signal.getitimer(signal.ITIMER_REAL)[0] <= 500
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def test_a_whole_body_above_the_limit_is_not_called_cut(notebook):
    notebook.do("%%route /x\n'x' * 100")
    ran = notebook.do("%config NBFlask.body_limit = 10\nr = %get /x")
    assert len(notebook.names["r"].data) == 100
    assert "cut short" not in ran.text


def test_a_cell_shows_a_bounded_number_of_cards_and_says_so_once(echo):
    ran = echo.do("for n in range(60):\n    %get /echo")
    assert ran.text.count("200 OK") == 40
    assert ran.text.count("40 cards are shown") == 1
    assert "200 OK" in echo.do("%get /echo").text


FAILING = {
    "after": "@app.after_request\ndef forgetful(response): pass",
    "teardown": "@app.teardown_request\ndef closing(error): 1 / 0",
    "handler": "@app.errorhandler(404)\ndef lost(error): 1 / 0",
    "last": "@app.errorhandler(500)\ndef last(error): 1 / 0",
    "proxy": "@app.get('/proxy')\ndef proxy(): return request",
    "g": "@app.get('/g')\ndef globe(): return g",
}


@pytest.mark.parametrize(
    ("fault", "path", "said"),
    [
        ("after", "/echo", "forgetful (cell [3])"),
        ("teardown", "/echo", "closing (cell [3])"),
        ("handler", "/none", "cell [3], line 2, in lost"),
        ("last", "/boom", "The error handler last (cell [3]) was called for"),
        ("proxy", "/proxy", "proxy (cell [3])"),
        ("g", "/g", "globe (cell [3])"),
    ],
)
def test_a_failure_outside_the_view_is_a_card_too(boom, fault, path, said):
    boom.do("@app.get('/echo')\ndef echo(): return 'echo'")
    boom.do(FAILING[fault], "fault")
    boom.names["r"] = None
    ran = boom.do(f"r = %get {path}")
    text = ran.text.replace("cell [4]", "cell [3]")
    assert "500 Internal Server Error" in text
    assert said in text
    assert "nbflask/" not in text
    assert boom.names["r"].status_code == 500
    assert boom.names["r"].exception is not None


@pytest.mark.parametrize(
    ("cell", "said", "lacks"),
    [
        (
            "%get /ech",
            ["from matching the URL, before any view", "Near: GET /echo → echo"],
            "from the view",
        ),
        (
            "%post /echo",
            ["from matching the URL", "/echo does not take POST. It takes GET, HEAD"],
            "from the view",
        ),
        ("%get /slash", ["from matching the URL", "RequestRedirect: 308"], "the view."),
        ("%get /gone", ["in gone", "Gone: 410"], "It came"),
        ("%get /key", ["There is no query value 'x'"], "It came"),
    ],
)
def test_a_trapped_http_error_says_where_it_came_from(notebook, cell, said, lacks):
    notebook.do(
        "app.config['TRAP_HTTP_EXCEPTIONS'] = True\n"
        "@app.get('/echo')\ndef echo(): return 'echo'\n"
        "@app.get('/slash/')\ndef slash(): return 'slash'\n"
        "@app.get('/gone')\ndef gone(): abort(410)\n"
        "@app.get('/key')\ndef key(): return request.args['x']\n"
    )
    text = notebook.do(cell).text
    assert "500 Internal Server Error" in text
    assert [each for each in said if each not in text] == []
    assert lacks not in text


@pytest.mark.parametrize("follow", ["", " --follow"])
def test_a_failure_that_leaves_no_response_has_its_time_too(notebook, follow):
    notebook.do(
        "import time\n@app.teardown_request\ndef closing(error):\n"
        "    time.sleep(0.03) if request.path == '/' else None\n"
        "    1 / (request.path != '/')"
    )
    notebook.do("@app.get('/go')\ndef go(): return redirect('/')")
    notebook.do(f"r = %get {'/go' if follow else '/'}{follow}")
    assert notebook.names["r"].status_code == 500
    assert notebook.names["r"].elapsed.total_seconds() >= 0.03


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/go", 302, "A loop: /go was asked for before."),
        ("http://example.org/", 302, "is not on the app's host"),
        ("/boom", 500, "302 GET /go → /boom"),
    ],
)
def test_a_redirect_that_cannot_be_followed_shows_the_chain(boom, target, status, said):
    boom.do(f"@app.get('/go')\ndef go(): return redirect({target!r})")
    ran = boom.do("r = %get /go --follow")
    assert boom.names["r"].status_code == status
    assert said in ran.text


def test_redirects_that_never_end_are_left(notebook):
    notebook.do("@app.get('/<int:n>')\ndef on(n): return redirect(f'/{n + 1}')")
    ran = notebook.do("r = %get /0 --follow")
    assert len(notebook.names["r"].history) == 30
    assert "redirects are enough" in ran.text


def test_debug_lands_in_the_persons_last_own_frame(notebook):
    notebook.do("%%route /x\nmine = 1\n__import__('json').loads('x')")
    notebook.do("r = %get /x")
    for trace in (sys.last_traceback, sys.last_value.__traceback__):
        assert list(traceback.walk_tb(trace))[-1][0].f_locals == {"mine": 1}
    whole = list(traceback.walk_tb(notebook.names["r"].exception.__traceback__))
    assert whole[-1][0].f_code.co_name == "raw_decode"


@pytest.mark.parametrize("cell", ["del app", "app = 5"])
def test_without_an_app_the_error_is_about_the_app(notebook, cell):
    notebook.do(cell)
    ran = notebook.run("%get /")
    notebook.do("app = Flask('again')")
    assert "write app = Flask(__name__)" in ran.text
    assert "JSON" not in ran.text


def test_cookies_of_a_line_are_sent_beside_those_of_the_jar(notebook):
    notebook.do("%%route /set\nr = make_response('')\nr.set_cookie('a', '1')\nr")
    notebook.do("%%route /cookies\ndict(request.cookies)")
    notebook.do("%get /set --quiet")
    notebook.do("r = %get /cookies Cookie:b=2 --quiet")
    assert notebook.names["r"].json == {"a": "1", "b": "2"}
    notebook.do("r = %get /cookies --quiet")
    assert notebook.names["r"].json == {"a": "1"}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("request.form['name']", "There is no form field 'name'"),
        ("request.files['photo']", "photo"),
        ("request.json['name']", "JSON"),
    ],
)
def test_a_bad_request_says_what_is_missing(notebook, expression, said):
    notebook.do(f"%%route POST /f\n{expression}")
    if "json" in expression:
        ran = notebook.run("%%post /f Content-Type:application/json\n{broken")
    else:
        ran = notebook.run("%post /f --form x=1")
    assert "400 Bad Request" in ran.text
    assert said in ran.text


@pytest.mark.parametrize("options", ["", " --live"])
def test_another_host_is_not_asked_and_its_name_is_no_path(echo, options):
    error = str(echo.run(f"%get http://example.com/echo{options}").error)
    assert error.startswith("'example.com' is another host")
    assert echo.do("r = %get http://localhost/echo\nr.status_code").result == 200


def test_a_body_that_is_no_table_says_so_at_the_persons_own_line(echo):
    echo.do("@app.get('/page')\ndef page(): return 'text'\nr = %get /page --quiet")
    ran = echo.run("r.df")
    assert "a DataFrame is read from" in ran.text
    assert "reading.py" not in ran.text
