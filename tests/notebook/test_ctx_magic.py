"""%ctx: contexts that stay from cell to cell, and end when they are popped."""

import asyncio
import re
import threading

import pytest

APP = """\
app.secret_key = "a secret"
ended = []
@app.get("/search")
def search(): return f"asked for {request.args.get('q')}"
@app.post("/login")
def login():
    session["user"] = request.json["user"]
    return "welcome"
@app.teardown_request
def request_ended(error): ended.append(("request", repr(error)))
@app.teardown_appcontext
def app_ended(error): ended.append(("app", repr(error)))
"""


@pytest.fixture
def notebook(notebook):
    notebook.do(APP, "app")
    return notebook


def test_a_pushed_request_is_current_in_every_following_cell(notebook):
    ran = notebook.do("%ctx push /search?q=flask", "push")
    assert ran.text == "+ request context GET /search?q=flask → search\n"
    assert notebook.do("request.args['q']").result == "flask"
    assert notebook.do("url_for('search'), request.endpoint").result == (
        "/search",
        "search",
    )
    notebook.do("g.user = 'Ada'\nsession['seen'] = 1")
    assert notebook.do("g.user, session['seen'], current_app.name").result == (
        "Ada",
        1,
        "__main__",
    )
    assert notebook.do("%ctx pop").text == "− request context GET /search?q=flask\n"
    assert "Working outside of request context" in notebook.run("request.path").text


@pytest.mark.parametrize(
    ("line", "expression", "value"),
    [
        ("push /search q==flask page==2", "request.args.getlist('page')", ["2"]),
        ("push /search X-Token:secret", "request.headers['X-Token']", "secret"),
        ("push POST /login user=Ada", "(request.method, request.json)", "POST Ada"),
        ("push /login user=Ada", "(request.method, request.json)", "POST Ada"),
        ("push PUT /search", "request.method", "PUT"),
        ("push POST /login --form user=Ada", "request.form['user']", "Ada"),
        ("push '/search?q={{1 + 1}}'", "request.args['q']", "2"),
        ("push search", "request.endpoint", "search"),
        ("push /search?", "request.path", "/search"),
        ("push /nowhere", "request.endpoint", None),
    ],
)
def test_a_request_is_written_as_for_the_request_magics(
    notebook, line, expression, value
):
    notebook.do(f"%ctx {line}")
    found = notebook.do(expression).result
    if value == "POST Ada":
        found = f"{found[0]} {found[1]['user']}"
    assert found == value
    notebook.do("%ctx pop")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("GET /x", "no rule matches"),
        ("DELETE /search", "no rule takes DELETE there"),
        ("GET /folder", "redirect to http://localhost/folder/"),
    ],
)
def test_a_request_without_an_endpoint_says_why(notebook, asked, why):
    notebook.do("@app.get('/folder/')\ndef folder(): return ''")
    assert notebook.do(f"%ctx push {asked}").text.endswith(f" {asked} → {why}\n")
    assert f"{asked} → {why} (cell" in notebook.do("%ctx").text


def test_the_request_comes_with_the_cookies_of_its_client(notebook):
    notebook.do("%post /login user=Ada --quiet")
    notebook.do("%post /login user=Bob --client bob --quiet")
    notebook.do("%ctx push /search")
    assert notebook.do("session['user']").result == "Ada"
    notebook.do("%ctx push /search --client bob")
    assert notebook.do("session['user']").result == "Bob"


def test_an_app_context_makes_g_and_current_app_work(notebook):
    assert notebook.do("%ctx app").text == "+ app context Flask('__main__')\n"
    notebook.do("g.count = 1")
    assert notebook.do("g.count, current_app.name").result == (1, "__main__")
    assert "Working outside of request context" in notebook.run("request.path").text
    notebook.do("%ctx pop")
    assert "Working outside of application context" in notebook.run("g.count").text


def advice_in(error):
    return str(error).rpartition("\n\n")[2].splitlines()


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("request.path", "'%ctx push /path' makes a request current"),
        ("session['x']", "'%ctx push /path' makes a request current"),
        ("current_app.name", "'%ctx app' makes the app current"),
        ("g.x", "'%ctx app' makes the app current"),
        ("url_for('search')", "'%ctx app' makes the app current"),
        ("app.url_for('search')", "'%ctx push /path' makes a request current"),
    ],
)
def test_outside_of_a_context_the_error_names_the_magic(notebook, cell, advice):
    ran = notebook.run(cell)
    assert isinstance(ran.error, RuntimeError)
    assert advice in ran.text
    assert "'%%ctx /path'" in ran.text
    assert max(map(len, advice_in(ran.error))) <= 76
    assert f"----> 1 {cell}" in ran.text
    for frame in ("nbflask/", "site-packages", "hidden"):
        assert frame not in ran.text


def test_a_wrong_endpoint_shows_the_line_that_names_it_and_what_is_near(notebook):
    notebook.do("%ctx push /search")
    ran = notebook.run("url_for('serch')")
    assert "----> 1 url_for('serch')" in ran.text
    assert "nbflask/" not in ran.text
    assert "Did you mean 'search' instead?" in ran.text


def test_an_error_outside_of_a_context_shows_every_own_frame(notebook):
    notebook.do("%ctx app")
    notebook.do("def asks():\n    return request.path", "asks")
    ran = notebook.run("asks()")
    assert "----> 2     return request.path" in ran.text
    assert "site-packages" not in ran.text


THREAD = """\
def looks():
    try:
        {looks}
    except RuntimeError as error:
        said.append(str(error))
said = []
thread = threading.Thread(target=looks)
thread.start()
thread.join()
"""
PUSHES = "'%ctx push /path'"


@pytest.mark.parametrize(
    ("looks", "advice"),
    [
        ("request.path", "decorate what it runs with @copy_current_request_context"),
        ("current_app.name", "with app.app_context():"),
    ],
)
def test_in_a_thread_the_error_names_what_helps_there(notebook, looks, advice):
    notebook.names["threading"] = threading
    notebook.do("%ctx push /search")
    notebook.do(THREAD.format(looks=looks))
    [said] = notebook.names["said"]
    assert advice in said
    assert PUSHES not in said


@pytest.mark.parametrize(
    "view",
    [
        "    return (request.path for _ in range(2))",
        "    def pieces():\n        yield path()\n    return pieces()",
        "    def lines():\n        yield from pieces()\n    return lines()",
    ],
)
def test_in_a_stream_the_error_names_what_keeps_the_context(notebook, view):
    notebook.do("def path(): return request.path\ndef pieces(): yield path()")
    notebook.do(f"@app.get('/stream')\ndef stream():\n{view}")
    ran = notebook.run("app.test_client().get('/stream').text")
    assert "return stream_with_context(…)" in ran.text
    assert PUSHES not in ran.text
    assert "nbflask/" not in ran.text


def test_what_an_app_calls_outside_of_its_requests_is_advised_no_magic(notebook):
    notebook.do("""\
    def middleware(environ, start_response, inner=app.wsgi_app):
        print(request.path)
        return inner(environ, start_response)
    app.wsgi_app = middleware""")
    ran = notebook.run("%get /search --raise")
    assert "Working outside of request context" in ran.text
    assert PUSHES not in ran.text


def test_an_expression_in_a_line_is_advised_the_magic(notebook):
    assert PUSHES in notebook.run("%get {{url_for('search')}}").text


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("current_app.name", "After '%load_ext nbflask', '%ctx app' makes the app"),
        ("request.path", "After '%load_ext nbflask', '%ctx push /path' makes a"),
    ],
)
def test_without_magics_the_error_says_how_to_have_them(bare, cell, advice):
    bare.do("from nbflask import current_app, request, notebook\nnotebook.attach()")
    ran = bare.run(cell)
    assert advice in ran.text
    assert f"----> 1 {cell}" in ran.text
    assert "nbflask/" not in ran.text


def test_unloading_takes_the_advice_back(notebook):
    notebook.do("%unload_ext nbflask")
    try:
        assert "%ctx" not in notebook.run("app.url_for('search')").text
    finally:
        notebook.do("%load_ext nbflask")


def test_a_line_may_end_with_a_comment(notebook):
    notebook.do("%ctx push /search?q=flask # to look around")
    notebook.do("%ctx app # on top")
    assert notebook.do("%%ctx app # here\nrequest.args['q']").result == "flask"
    notebook.do("%ctx pop # the app")
    notebook.do("%ctx pop --all # and the rest")
    assert "No context is pushed" in notebook.do("%ctx").text


# Cells of all kinds


def test_cells_with_await_see_what_is_pushed(notebook):
    notebook.do("%ctx push /search?q=flask")
    ran = notebook.do("import asyncio\nawait asyncio.sleep(0)\nrequest.args['q']")
    assert ran.result == "flask"


def test_a_cell_with_await_pushes_and_pops_too(notebook):
    notebook.do("import asyncio\nawait asyncio.sleep(0)\n%ctx push /search?q=a")
    assert notebook.do("request.args['q']").result == "a"
    notebook.do("await asyncio.sleep(0)\n%ctx pop")
    assert not notebook.run("request.args").ok
    assert notebook.names["ended"] == [("request", "None"), ("app", "None")]


def test_a_failed_cell_leaves_what_is_pushed(notebook):
    assert not notebook.run("%ctx push /search?q=flask\n1 / 0", "push").ok
    assert notebook.do("request.args['q']").result == "flask"
    notebook.do("%ctx push /search?q=again", "push")
    assert notebook.do("request.args['q']").result == "again"
    notebook.do("%ctx pop")
    assert not notebook.run("request.args").ok


@pytest.mark.parametrize("id", ["push", None])
def test_a_push_that_runs_again_takes_the_place_of_its_former_run(notebook, id):
    notebook.do("%ctx push /search?q=flask", id)
    notebook.do("g.user = 'Ada'")
    ran = notebook.do("%ctx push /search?q=flask", id)
    assert ran.text == (
        "− request context GET /search?q=flask\n"
        "+ request context GET /search?q=flask → search\n"
    )
    assert notebook.do("'user' in g").result is False
    notebook.do("%ctx pop")
    assert not notebook.run("request.args").ok


def test_what_lay_on_a_context_that_is_pushed_again_is_popped_with_it(notebook):
    notebook.do("%ctx app", "below")
    notebook.do("%ctx push /search", "above")
    ran = notebook.do("%ctx app", "below")
    assert [each[0] for each in ran.text.splitlines()] == ["−", "−", "+"]
    assert not notebook.run("request.path").ok


def test_one_cell_may_push_several(notebook):
    notebook.do("%ctx app\n%ctx push /search?q=a\n%ctx push /search?q=b", "push")
    notebook.do("%ctx app\n%ctx push /search?q=a\n%ctx push /search?q=b", "push")
    queries = []
    while (ran := notebook.run("request.args['q']")).ok:
        queries.append(ran.result)
        notebook.do("%ctx pop")
    assert queries == ["b", "a"]
    assert notebook.do("current_app.name").ok
    notebook.do("%ctx pop")
    assert notebook.run("%ctx pop").text.startswith("UsageError: No context is pushed")


@pytest.mark.parametrize("pause", ["", "import asyncio\nawait asyncio.sleep(0)\n"])
def test_contexts_that_were_pushed_by_hand_stay_as_well(notebook, pause):
    notebook.do(f"{pause}app.test_request_context('/search?q=hand').push()")
    ran = notebook.do("import asyncio\nawait asyncio.sleep(0)\nrequest.args['q']")
    assert ran.result == "hand"
    assert "(pushed by hand)" in notebook.do("%ctx").text
    notebook.do("%ctx pop")
    assert not notebook.run("request.args").ok
    assert notebook.names["ended"] == [("request", "None"), ("app", "None")]


def test_a_context_of_a_block_ends_with_it_in_cells_that_await_too(notebook):
    cell = """\
    import asyncio
    with app.test_request_context("/search?q=block"):
        await asyncio.sleep(0)
        found = request.args["q"]
    await asyncio.sleep(0)
    """
    notebook.do(cell)
    assert notebook.names["found"] == "block"
    assert "No context is pushed" in notebook.do("%ctx").text


def test_a_context_may_be_popped_by_hand(notebook):
    notebook.do("%ctx push /search?q=a\n%ctx push /search?q=b")
    notebook.do("from nbflask.globals import request_ctx\nrequest_ctx.pop()")
    assert notebook.do("request.args['q']").result == "a"


# One cell inside


@pytest.mark.parametrize("pause", ["", "import asyncio\nawait asyncio.sleep(0)\n"])
def test_a_cell_runs_within_a_context_that_ends_with_it(notebook, pause):
    ran = notebook.do(f"%%ctx /search?q=flask\n{pause}request.args['q']")
    assert ran.result == "flask"
    assert notebook.names["ended"] == [("request", "None"), ("app", "None")]
    assert not notebook.run("request.args").ok


def test_a_cell_that_fails_within_a_context_ends_it_with_its_exception(notebook):
    ran = notebook.run("%%ctx /search\nx = 1\nraise ValueError('no')")
    assert "line 3" in ran.text
    assert notebook.names["ended"][0] == ("request", "ValueError('no')")
    assert not notebook.run("request.args").ok


def test_a_cell_runs_within_an_app_context(notebook):
    assert notebook.do("%%ctx app\ncurrent_app.name").result == "__main__"
    assert not notebook.run("current_app.name").ok


def test_a_cell_within_a_context_returns_to_the_one_below(notebook):
    notebook.do("%ctx push /search?q=below")
    assert notebook.do("%%ctx /search?q=above\nrequest.args['q']").result == "above"
    assert notebook.do("request.args['q']").result == "below"


@pytest.mark.parametrize("push", ["push /search?q=above", "app"])
def test_a_push_within_a_context_that_ends_with_its_cell_ends_too(notebook, push):
    ran = notebook.do(f"%%ctx /search\n%ctx {push}")
    said = f"%ctx {push} ended with the cell, as it was within %%ctx\n"
    assert ran.text.endswith(said)
    assert "No context is pushed" in notebook.do("%ctx").text


def test_magics_work_in_a_cell_within_a_context(notebook):
    notebook.do("%%ctx /search?q=flask\nr = %get /search?q=other")
    assert notebook.names["r"].text == "asked for other"


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_cell_within_a_context_may_be_one_of_another_magic(notebook, between):
    cell = f"%%ctx /search?q=flask\n{between}%%capture said\nprint(request.args['q'])"
    notebook.do(cell)
    assert notebook.names["said"].stdout == "flask\n"
    notebook.do("%%ctx app\n%%ctx /search?q=above\n%%time\nfound = request.args['q']")
    assert notebook.names["found"] == "above"
    assert not notebook.run("current_app.name").ok


def test_a_question_mark_ends_a_path_and_asks_for_no_help(notebook):
    assert notebook.do("%%ctx /search?\nrequest.path").result == "/search"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "The path is missing: write one, %%ctx /users"),
        ("GET", "The path is missing: write one, %%ctx GET /users"),
        ("GETT /x", "There is no method 'GETT': did you mean GET?"),
        ("push /x", "%%ctx needs no 'push': write %%ctx /path"),
        ("pop", "%%ctx needs no 'pop': what it pushes ends with the cell"),
        ("app /x", "%ctx app takes no '/x'. See %ctx --help"),
    ],
)
def test_a_wrong_line_above_a_cell_is_told_as_it_is_written_there(notebook, line, said):
    assert notebook.run(f"%%ctx {line}\n1").text == f"UsageError: {said}\n"


def test_a_traceback_shows_the_line_above_a_cell_as_it_was_typed(notebook):
    ran = notebook.run("%%ctx /search?q=1\n1 / 0")
    assert "%%ctx /search?q=1" in ran.text
    assert "----> 2 1 / 0" in ran.text
    assert "within" not in ran.text


def test_a_wrong_line_runs_nothing_of_its_cell(notebook):
    ran = notebook.run("%%ctx /search nonsense\nran = True")
    assert "no item" in ran.text
    assert "ran" not in notebook.names


@pytest.mark.parametrize("cell", ["%%ctx --help", "%ctx --help", "%%ctx?", "%ctx?"])
def test_help_shows_examples(notebook, cell, capsys):
    ran = notebook.run(cell)
    assert "%ctx push" in ran.text + capsys.readouterr().out


# What else goes on


def test_requests_behave_as_in_flask_within_an_app_context(notebook):
    notebook.do("@app.get('/g')\ndef of_g(): return str(g.get('user'))")
    notebook.do("%ctx app\ng.user = 'Ada'")
    assert notebook.do("app.test_client().get('/g').text").result == "Ada"
    inner = "with app.app_context():\n    found = g.get('user')\nfound, g.user"
    assert notebook.do(inner).result == (None, "Ada")
    other = "Flask('other').app_context().__enter__()"
    assert notebook.do(f"x = {other}\ng.get('user')").result is None


def test_threads_never_see_what_is_pushed(notebook):
    notebook.do("%ctx push /search?q=flask")
    notebook.names["seen"] = seen = []
    notebook.names["threading"] = threading
    cell = """\
    from nbflask import has_app_context, has_request_context
    def look(): seen.append((has_app_context(), has_request_context()))
    thread = threading.Thread(target=look); thread.start(); thread.join()
    """
    notebook.do(cell)
    assert seen == [(False, False)]


def test_a_server_never_sees_what_is_pushed(notebook):
    from urllib.request import urlopen

    notebook.do("@app.get('/g')\ndef of_g(): return str(g.get('user'))")
    notebook.do("%ctx push /search\ng.user = 'Ada'")
    notebook.do("server = app.run(port=0)")
    with urlopen(f"{notebook.names['server'].url}/g", timeout=10) as response:
        assert response.read() == b"None"
    notebook.do("%flask stop")


def test_an_async_view_sees_its_own_request_only(notebook):
    notebook.do("@app.get('/async')\nasync def view(): return request.path")
    notebook.do("%ctx push /search")
    assert notebook.do("app.test_client().get('/async').text").result == "/async"
    assert notebook.do("request.path").result == "/search"


def test_what_is_pushed_follows_the_app(notebook):
    notebook.do("%ctx push /search")
    notebook.do("@app.get('/later')\ndef later(): return ''")
    assert notebook.do("url_for('later')").result == "/later"


# Shown


def test_the_stack_is_shown_with_the_last_on_top(notebook):
    notebook.do("%ctx app", "a")
    notebook.do("g.user = 'Ada'")
    notebook.do("%ctx push /search?q=flask", "b")
    ran = notebook.do("%ctx")
    assert ran.text == (
        "request context  GET /search?q=flask → search (cell [5])\n"
        "  app      app = Flask('__main__')\n"
        "  args     {'q': ['flask']}\n"
        "  session  {}\n"
        "app context  Flask('__main__') (cell [3])\n"
        "  app     app = Flask('__main__')\n"
        "  g.user  'Ada'\n"
    )
    assert "<b>request context</b>" in ran.html


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x = app", "app = Flask('__main__')"),
        ("shop = app\napp = Flask('other')", "shop = Flask('__main__')"),
        (
            "app = Flask(__name__)",
            "Flask('__main__'), which no variable holds any more",
        ),
    ],
)
@pytest.mark.parametrize("push", ["app", "push /search"])
def test_the_stack_says_whose_contexts_they_are(notebook, push, cell, said):
    notebook.do(f"%ctx {push}", "push")
    notebook.do(cell, "other")
    assert re.search(rf"^  app +{re.escape(said)}$", notebook.do("%ctx").text, re.M)


def test_hostile_values_are_escaped_and_bounded(notebook):
    notebook.do("%ctx push /search?q=<script>alert(1)</script>")
    notebook.do("class Odd:\n    def __repr__(self): raise ValueError\ng.odd = Odd()")
    notebook.do("g.long = 'x' * 10_000")
    ran = notebook.do("%ctx")
    assert "<script>alert" not in ran.html
    assert "more" in ran.text
    assert len(ran.text) < 2_000


def test_nothing_pushed_says_how_to_push(notebook):
    assert "%ctx push /path" in notebook.do("%ctx").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("psuh /", "knows no 'psuh'. Did you mean %ctx push?"),
        ("POP", "knows no 'POP'. Did you mean %ctx pop?"),
        ("/search", "%ctx push /search"),
        ("GET /search", "%ctx push GET /search"),
        ("push", "The path is missing"),
        ("push GET", "The path is missing"),
        ("push / x", "'x' is no item"),
        ("push / --fom", "did you mean --form?"),
        ("app x", "%ctx app takes no 'x'"),
        ("pop x", "%ctx pop takes no 'x'"),
        ("pop", "No context is pushed"),
        ("pop --all", "No context is pushed"),
    ],
)
def test_a_line_that_is_wrong_is_told_in_one_line(notebook, line, said):
    ran = notebook.run(f"%ctx {line}")
    assert not ran.ok
    assert ran.text.startswith("UsageError: ")
    assert ran.text.count("\n") == 1
    assert said in ran.text


# Ends


def test_pop_all_ends_everything_from_the_top(notebook):
    notebook.do("%ctx app\n%ctx push /search")
    ran = notebook.do("%ctx pop --all")
    assert [line.split()[1] for line in ran.text.splitlines()] == ["request", "app"]
    assert notebook.names["ended"] == [("request", "None"), ("app", "None")]


def test_a_teardown_that_fails_is_told_and_the_context_is_gone(notebook):
    notebook.do("@app.teardown_request\ndef fails(error): raise ValueError('torn')")
    notebook.do("%ctx push /search")
    assert isinstance(notebook.run("%ctx pop").error, ValueError)
    assert not notebook.run("request.path").ok
    assert "No context is pushed" in notebook.do("%ctx").text


TORN = "@app.teardown_appcontext\ndef fails(error):\n    raise ValueError('torn')"


@pytest.mark.parametrize(
    ("pushed", "line", "gone"),
    [
        (["%ctx app"], "%ctx pop", ["− app context"]),
        (["%ctx push /search"], "%ctx pop", ["− request context"]),
        (
            ["%ctx app", "%ctx push /search"],
            "%ctx pop --all",
            ["− request context", "− app context"],
        ),
        (["%ctx app"], "%ctx app", ["− app context", "+ app context"]),
    ],
)
def test_a_teardown_that_fails_shows_ones_own_lines_and_what_is_gone(
    notebook, pushed, line, gone
):
    notebook.do(TORN, "torn")
    notebook.do("\n".join(pushed), "again")
    ran = notebook.run(line, "again")
    assert isinstance(ran.error, ValueError)
    changes = [each for each in ran.text.splitlines() if each[:1] in "−+"]
    assert [" ".join(each.split()[:3]) for each in changes if each] == gone
    assert "----> 3     raise ValueError('torn')" in ran.text
    assert "nbflask/" not in ran.text
    notebook.do(TORN.replace("raise ValueError('torn')", "pass"), "torn")
    notebook.run("%ctx pop")
    assert "No context is pushed" in notebook.do("%ctx").text


NO_SESSION = """\
class Broken(type(app.session_interface)):
    def open_session(self, app, request):
        raise ValueError("no store")
app.session_interface = Broken()
"""


@pytest.mark.parametrize("cell", ["%ctx push /search", "%%ctx /search\n1"])
def test_a_context_that_cannot_be_pushed_is_not_there(notebook, cell):
    notebook.do(NO_SESSION)
    ran = notebook.run(cell)
    assert isinstance(ran.error, ValueError)
    assert '----> 3     raise ValueError("no store")' in ran.text
    assert "nbflask/" not in ran.text
    torn = [("request", "ValueError('no store')"), ("app", "ValueError('no store')")]
    assert notebook.names["ended"] == torn
    assert "No context is pushed" in notebook.do("%ctx").text
    assert not notebook.run("g.x").ok


@pytest.mark.parametrize(
    "cell", ["%%ctx /search\n'fine'", "%%ctx app\n'fine'", "%%ctx /search\n1 / 0"]
)
def test_a_teardown_that_fails_at_a_cells_end_is_told_below_it(notebook, cell):
    notebook.do(TORN, "torn")
    ran = notebook.run(cell)
    assert ran.ok is ("fine" in cell)
    assert "A context is gone, but its teardown failed:\ncell [3], line 3" in ran.text
    assert "ValueError: torn" in ran.text
    assert "nbflask/" not in ran.text
    assert "No context is pushed" in notebook.do("%ctx").text


def test_unloading_ends_what_is_pushed(notebook):
    notebook.do("%ctx push /search")
    notebook.do("%unload_ext nbflask")
    try:
        assert notebook.names["ended"] == [("request", "None"), ("app", "None")]
        assert not notebook.run("app.url_for('search')").ok
    finally:
        notebook.do("%load_ext nbflask")


def test_contexts_work_by_flasks_own_rules_too(notebook):
    notebook.do("%config NBFlask.live = False")
    notebook.do("%ctx push /search?q=flask")
    ran = notebook.do("import asyncio\nawait asyncio.sleep(0)\nrequest.args['q']")
    assert ran.result == "flask"


def test_a_task_that_a_cell_starts_keeps_its_context(notebook):
    notebook.do("%ctx push /search?q=then")
    cell = """\
    import asyncio
    async def later():
        await asyncio.sleep(0)
        return request.args["q"]
    await asyncio.create_task(later())
    """
    assert notebook.do(cell).result == "then"
    assert asyncio  # the shell's loop is closed by its fixture
