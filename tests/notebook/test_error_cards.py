"""Exceptions in requests: their cards, the cell and the line, %debug, handlers."""

import builtins
import re
import threading
from textwrap import dedent
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

#: Where an exception can come from: the cell, and the place that the card has to name.
PLACES = {
    "decorator": (
        """\
        x = 1
        @app.get("/boom")
        def boom():
            return 1 / 0
        """,
        "line 4, in boom",
    ),
    "body": ("%%route /boom\nnumber = 0\n\n1 / number", "line 4, in boom"),
    "body that awaits": (
        "%%route /boom\nimport asyncio\nawait asyncio.sleep(0)\n1 / 0",
        "line 4, in boom",
    ),
    "function form": (
        "%%route /boom\nzero = 0\ndef boom():\n    return 1 / zero",
        "line 4, in boom",
    ),
    "async view": (
        """\
        @app.get("/boom")
        async def boom():
            import asyncio
            await asyncio.sleep(0)
            return 1 / 0
        """,
        "line 5, in boom",
    ),
    "method view": (
        """\
        from nbflask.views import MethodView
        class Boom(MethodView):
            def get(self):
                return 1 / 0
        app.add_url_rule("/boom", view_func=Boom.as_view("boom"))
        """,
        "line 4, in get",
    ),
    "lambda": ("app.add_url_rule('/boom', 'boom', lambda: 1 / 0)", "line 1, in"),
    "helper": (
        """\
        def divide(): return 1 / 0
        @app.get("/boom")
        def boom(): return str(divide())
        """,
        "line 1, in divide",
    ),
    "library": (
        """\
        import json
        @app.get("/boom")
        def boom():
            return json.loads("{1 / 0}")
        """,
        "line 4, in boom",
    ),
    "blueprint": (
        """\
        bp = Blueprint("bp", __name__)
        @bp.get("/boom")
        def boom():
            return 1 / 0
        app.register_blueprint(bp)
        """,
        "line 4, in boom",
    ),
    **{
        f"{hook}": (
            f"@app.{hook}\ndef fails({takes}):\n    1 / 0\n"
            "@app.get('/boom')\ndef boom(): return 'fine'\n",
            "line 3, in fails",
        )
        for hook, takes in [
            ("before_request", ""),
            ("after_request", "response"),
            ("teardown_request", "error"),
            ("teardown_appcontext", "error"),
            ("url_value_preprocessor", "endpoint, values"),
        ]
    },
    "context processor": (
        """\
        @app.context_processor
        def names():
            return {"x": 1 / 0}
        @app.get("/boom")
        def boom(): return render_template_string("{{ x }}")
        """,
        "line 3, in names",
    ),
    "template filter": (
        """\
        @app.template_filter()
        def half(x):
            return x / 0
        @app.get("/boom")
        def boom(): return render_template_string("{{ 1|half }}")
        """,
        "line 3, in half",
    ),
    "error handler": (
        """\
        @app.errorhandler(KeyError)
        def missing(error):
            return 1 / 0
        @app.get("/boom")
        def boom(): return {}["x"]
        """,
        "line 3, in missing",
    ),
    "after this request": (
        """\
        from nbflask import after_this_request
        @app.get("/boom")
        def boom():
            @after_this_request
            def fails(response):
                return 1 / 0
            return "fine"
        """,
        "line 6, in fails",
    ),
    "stream": (
        "%%route /boom\nyield 'begun'\n1 / 0",
        "line 3, in boom",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_card_shows_the_persons_own_line(notebook, place):
    cell, said = PLACES[place]
    notebook.do(dedent(cell), "cell")
    ran = notebook.do("r = %get /boom")
    shown = ran.text.splitlines()
    (last,) = [line for line in shown if line.startswith("→")][-1:]
    assert any(said in line and "cell [2]" in line for line in shown), ran.text
    assert "1 / " in last or "x / 0" in last
    for unknown in ("nbflask/", "site-packages", "lib/python"):
        assert unknown not in ran.text
        assert unknown not in ran.html
    assert notebook.names["r"].exception is not None


def test_a_class_based_view_is_known_by_its_class(notebook):
    notebook.do(dedent(PLACES["method view"][0]), "cell")
    assert "→ boom: Boom (cell [2])" in notebook.do("%get /boom").text
    assert re.search(r"/boom +GET +boom +Boom ", notebook.do("%flask routes").text)


@pytest.mark.parametrize(
    ("cell", "typed"),
    [
        (
            "\n \n@app.get('/boom')\ndef boom():\n    a = !echo a\n    1 / 0\n"
            "%get /boom",
            ["      a = !echo a", "→   4      1 / 0", "   5  %get /boom"],
        ),
        (
            "%%route /boom --try /boom\na = !echo a\n1 / 0\n%pwd",
            ["      a = !echo a", "→   3      1 / 0", "   4      %pwd"],
        ),
        (
            "%time app.get('/boom')(lambda: 1 / 0)\n%get /boom",
            ["<timed eval>, line 1, in <lambda>\nZeroDivisionError"],
        ),
        (
            "text = 'a\\\n%get'\ndef boom(): return 1 / len(text[5:])\n"
            "app.get('/boom')(boom)\n%get /boom",
            ["   2  %get'", "→   3  def boom()", "   5  %get /boom"],
        ),
    ],
)
def test_lines_are_shown_as_they_were_typed(notebook, cell, typed):
    shown = notebook.run(cell).text
    assert [each for each in typed if each not in shown] == []
    assert "get_ipython" not in shown


def test_lines_are_those_of_the_latest_run(notebook):
    for blank in ("", "\n\n"):
        notebook.do(f"%%route /boom\n{blank}1 / 0", "cell")
        ran = notebook.do("%get /boom")
        assert f"line {2 + len(blank)}, in boom" in ran.text


# Error handlers

HANDLED = [
    (
        "@app.errorhandler(ValueError)\ndef wrong(e): return 'wrong', 400",
        "/value",
        "ValueError: no (cell [2], line 2) was answered by the error handler wrong"
        " (cell [3]).",
    ),
    (
        "@app.errorhandler(Exception)\ndef any_(e): return 'sorry', 500",
        "/value",
        "ValueError was answered by the error handler any_ (cell [3]).",
    ),
    (
        "@app.errorhandler(500)\ndef last(e): return 'sorry', 500",
        "/value",
        "ValueError was answered by the error handler last (cell [3]).",
    ),
    (
        "@app.errorhandler(404)\ndef lost(e): return 'lost', 404",
        "/nowhere",
        "404 Not Found was answered by the error handler lost (cell [3]).",
    ),
    (
        "@app.errorhandler(404)\nasync def lost(e): return 'lost', 200",
        "/nowhere",
        "404 Not Found was answered by the error handler lost (cell [3]).",
    ),
]


@pytest.mark.parametrize(("handler", "path", "said"), HANDLED)
def test_the_card_says_which_handler_answered(notebook, handler, path, said):
    notebook.do("@app.get('/value')\ndef value(): raise ValueError('no')", "view")
    notebook.do(handler, "handler")
    ran = notebook.do(f"r = %get {path}")
    assert f"  {said}\n" in ran.text
    assert said.split(" (cell")[0] in ran.html


@pytest.mark.parametrize("handler", [HANDLED[1][0], HANDLED[2][0]])
def test_a_handler_of_a_500_leaves_the_traceback_on_the_card(notebook, handler):
    notebook.do("@app.get('/value')\ndef value(): raise ValueError('no')", "view")
    notebook.do(handler, "handler")
    ran = notebook.do("r = %get /value")
    assert "cell [2], line 2, in value" in ran.text
    assert isinstance(notebook.names["r"].exception, ValueError)
    assert notebook.names["r"].text == "sorry"


WRONG = "@app.errorhandler(ValueError)\ndef wrong(e): "
LAST = "@app.errorhandler(500)\ndef last(e): "
ITSELF = "(cell [3]) was called for ValueError and raised ZeroDivisionError itself."
#: Handlers that fail, and what is said of handlers; the view raises a ValueError.
FAILING = {
    f"{WRONG}return 1 / 0": [f"The error handler wrong {ITSELF}"],
    f"{WRONG}return 1 / 0".replace("def", "async def"): [
        f"The error handler wrong {ITSELF}"
    ],
    f"{WRONG}abort(409)": [
        "The error handler wrong (cell [3]) was called for ValueError and raised"
        " 409 Conflict itself."
    ],
    f"{WRONG}raise e": [
        "The error handler wrong (cell [3]) was called for ValueError and raised it"
        " again."
    ],
    f"{WRONG}pass": [
        "It came from what the error handler wrong (cell [3]) returned.",
        "ValueError was answered by the error handler wrong (cell [3]).",
    ],
    f"{LAST}return 1 / 0": [f"The error handler last {ITSELF}"],
    f"{WRONG}return 1 / 0\n{LAST}return 'sorry', 500": [
        f"The error handler wrong {ITSELF}",
        "ZeroDivisionError was answered by the error handler last (cell [3]).",
    ],
    "@app.errorhandler(Exception)\ndef any_(e):\n"
    "    if isinstance(e, ValueError): 1 / 0\n    return 'sorry', 500": [
        f"The error handler any_ {ITSELF}",
        "ZeroDivisionError was answered by the error handler any_ (cell [3]).",
    ],
    "@app.errorhandler(404)\ndef lost(e): return 1 / 0\n"
    "app.view_functions['value'] = lambda: abort(404)": [
        "The error handler lost (cell [3]) was called for 404 Not Found and raised"
        " ZeroDivisionError itself."
    ],
}


@pytest.mark.parametrize("handlers", FAILING)
@pytest.mark.parametrize("magic", ["%get", "%trace"])
def test_the_card_says_which_handler_failed(notebook, handlers, magic):
    notebook.do("@app.get('/value')\ndef value(): raise ValueError('no')", "view")
    notebook.do(handlers, "handler")
    notebook.do(f"r = {magic} /value")
    shown = notebook.do("r").text
    hints = [line[2:] for line in shown.splitlines() if " error handler" in line]
    assert hints == FAILING[handlers]


def test_an_answer_without_a_handler_names_none(notebook):
    notebook.do("%%route /gone\nabort(404)")
    assert "error handler" not in notebook.do("%get /gone").text


# %debug


@pytest.fixture
def typed(monkeypatch):
    """Types lines into the debugger, and gathers what it answers."""

    def type_lines(*lines):
        waiting = [*lines, "quit"]
        monkeypatch.setattr(builtins, "input", lambda prompt="": waiting.pop(0))

    return type_lines


@pytest.mark.parametrize(
    "failing",
    [
        "secret = 42\n1 / 0",
        "import asyncio\nawait asyncio.sleep(0)\nsecret = 42\n1 / 0",
        "secret = 42\n__import__('json').loads('x')",
    ],
)
@pytest.mark.parametrize("how", ["%get /boom?q=flask", "%get /boom?q=flask --raise"])
def test_debug_opens_in_the_views_frame_and_in_its_request(
    notebook, typed, failing, how
):
    notebook.do(f"%%route /boom\ng.user = 'Ada'\n{failing}")
    notebook.run(how)
    # What is let through ends where it was raised, be it in a library.
    ups = ["up"] * 3 if "json" in failing and "--raise" in how else []
    typed(
        *ups, "p ('secret is', secret)", "p request.args['q'], g.user, request.endpoint"
    )
    ran = notebook.do("%debug")
    assert "('secret is', 42)" in ran.text
    assert "('flask', 'Ada', 'boom')" in ran.text
    assert not notebook.run("request.args").ok


def test_debug_within_a_pushed_context_sees_the_failed_request(notebook, typed):
    notebook.do("%%route /boom\n1 / 0")
    notebook.do("%ctx push /pushed")
    notebook.do("%get /boom")
    typed("p request.path")
    assert "'/boom'" in notebook.do("%debug").text
    assert notebook.do("request.path").result == "/pushed"


def test_debug_of_another_error_sees_no_request(notebook, typed):
    notebook.do("%%route /boom\n1 / 0")
    notebook.do("%get /boom")
    assert not notebook.run("mine = 1\n{}['x']").ok
    typed("p mine", "p request.path")
    ran = notebook.do("%debug")
    assert "Working outside of request context" in ran.text
    assert "'/boom'" not in ran.text


# Over a server

#: Tests have log handlers of their own, which a notebook has not.
LOG = """\
from nbflask.logging import default_handler
app.logger.handlers[:] = [default_handler]
server = app.run(port=0)
"""


@pytest.fixture
def logging_notebook(notebook):
    """A notebook whose app writes its log as it does where nobody configured it."""
    yield notebook
    notebook.names["app"].logger.handlers.clear()


def answer(url):
    with pytest.raises(HTTPError) as raised:
        urlopen(url, timeout=10)
    with raised.value as error:
        return error.code, error.read().decode()


def test_a_failure_over_the_server_shows_ones_own_lines_alone(
    logging_notebook, typed, capfd
):
    logging_notebook.do("%%route /boom\nsecret = 42\n1 / 0")
    logging_notebook.do(LOG)
    url = logging_notebook.names["server"].url
    try:
        status, page = answer(f"{url}/boom?q=flask")
        assert status == 500
        assert "secret" not in page
        said = capfd.readouterr().err
        assert "Exception on /boom [GET]" in said
        assert "cell [2], line 3, in boom" in said
        assert "ZeroDivisionError: division by zero" in said
        assert "nbflask/" not in said
        assert "Traceback" not in said
        typed("p secret, request.args['q']")
        assert "(42, 'flask')" in logging_notebook.do("%debug").text
    finally:
        logging_notebook.do("%flask stop")


def test_a_stream_that_fails_over_the_server_shows_ones_own_lines_alone(
    logging_notebook, capfd
):
    logging_notebook.do("%%route /s\nNone\nyield str(1 / 0)")
    logging_notebook.do(LOG)
    try:
        assert answer(f"{logging_notebook.names['server'].url}/s?q=1")[0] == 500
    finally:
        logging_notebook.do("%flask stop")
    said = capfd.readouterr().err
    assert "Exception in the stream of /s [GET]\ncell [2], line 3, in s" in said
    assert said.count("ZeroDivisionError") == 1
    assert "nbflask/" not in said


def test_what_else_a_request_logs_is_written(logging_notebook, capfd):
    logging_notebook.do(
        "@app.get('/log')\ndef log():\n"
        "    app.logger.warning('noted')\n"
        "    def pieces():\n"
        "        yield 'a'\n"
        "        print('later', file=errors)\n"
        "    errors = request.environ['wsgi.errors']\n"
        "    return pieces()"
    )
    logging_notebook.do(LOG)
    try:
        with urlopen(
            f"{logging_notebook.names['server'].url}/log", timeout=10
        ) as response:
            assert response.read() == b"a"
    finally:
        logging_notebook.do("%flask stop")
    said = capfd.readouterr().err
    assert "WARNING in" in said
    assert "noted\n" in said
    assert said.endswith("later\n")


def test_an_exception_may_be_shown_from_another_thread(notebook):
    notebook.do("%%route /boom\n1 / 0")
    responses = []
    client = notebook.names["app"].test_client()
    thread = threading.Thread(target=lambda: responses.append(client.get("/boom")))
    thread.start()
    thread.join(10)
    notebook.names["r"] = responses[0]
    assert "cell [2], line 2, in boom" in notebook.do("r").text


CALLED_OR_SENT = {
    "def view(b): return 'b'": "It came from the view: view (cell [2]).",
    "def view(a): return None": "It came from what the view returned: view (cell [2]).",
    "def view(a): return object()": (
        "It came from what the view returned: view (cell [2])."
    ),
}


@pytest.mark.parametrize("view", CALLED_OR_SENT)
@pytest.mark.parametrize("hooks", ["", "\napp.after_request(lambda sent: sent)"])
def test_the_card_says_whether_the_view_or_what_it_returned_was_wrong(
    notebook, view, hooks
):
    notebook.do(f"@app.get('/<a>')\n{view}{hooks}", "view")
    assert CALLED_OR_SENT[view] in notebook.do("%get /boom").text


VIEW = "@app.get('/')\ndef view(): return 'fine'"
ASKS = (
    "from nbflask import after_this_request\n"
    "@app.get('/')\ndef view():\n    after_this_request({})\n    return 'fine'"
)
#: Cells whose functions are called in a wrong way or return what they must not, and
#: what the card says of them. Another hook of each kind is there, and right.
AT_FAULT = {
    "@app.before_request\ndef wrong(x): pass": (
        VIEW,
        "It came from a before_request function: wrong (cell [4]).",
    ),
    "@app.url_value_preprocessor\ndef wrong(): pass": (
        VIEW,
        "It came from a url_value_preprocessor function: wrong (cell [4]).",
    ),
    "@app.after_request\ndef wrong(): pass": (
        VIEW,
        "It came after the view: an after_request function has to return a response:"
        " wrong (cell [4]).",
    ),
    "@app.teardown_request\ndef wrong(): pass": (
        VIEW,
        "It came from a teardown function, after the response was made: wrong"
        " (cell [4]).",
    ),
    "@app.context_processor\ndef wrong(): pass": (
        VIEW.replace("'fine'", "render_template_string('{{ x }}')"),
        "It came from a context processor, which has to return a dict: wrong"
        " (cell [4]).",
    ),
    "def wrong(response): pass": (
        ASKS.format("wrong"),
        "There was no response to send: an after_request function has to return one:"
        " wrong (cell [4]), after (cell [2]).",
    ),
    "def wrong(): pass": (
        ASKS.format("wrong"),
        "It came after the view: an after_request function has to return a response:"
        " wrong (cell [4]).",
    ),
}
RIGHT = """\
@app.before_request
def before(): pass
@app.url_value_preprocessor
def values(endpoint, values): pass
@app.after_request
def after(response): return response
@app.teardown_request
def teardown(error): pass
@app.context_processor
def names(): return {}
"""


@pytest.mark.parametrize("wrong", AT_FAULT)
@pytest.mark.parametrize("magic", ["%get", "%trace"])
def test_the_card_names_the_function_at_fault(notebook, wrong, magic):
    view, said = AT_FAULT[wrong]
    notebook.do(RIGHT, "right")
    notebook.do(view, "view")
    notebook.do(wrong, "wrong")
    ran = notebook.do(f"r = {magic} /")
    assert f"  {said}\n" in ran.text
    assert "content_length" not in ran.text


def test_a_function_that_calls_itself_is_shown_once(notebook):
    notebook.do("@app.get('/')\ndef view(n=0): return view(n + 1)")
    ran = notebook.do("%get /")
    assert ran.text.count("line 2, in view") == 1
    assert re.search(r"\n… the same [\d,]{3,} more times\nRecursionError: ", ran.text)
    assert "the same" in ran.html


def test_a_line_without_a_source_is_told_by_its_number(notebook):
    notebook.do(
        "exec(compile('\\ndef made(): return 1 / 0', 'made.py', 'exec'))\n"
        "@app.get('/')\ndef view(): return made()"
    )
    assert "made.py, line 2, in made\nZeroDivisionError" in notebook.do("%get /").text
