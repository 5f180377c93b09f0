"""%get, %post and their like: what is sent, what comes back, what is shown."""

import json

import pytest

from nbflask.testing import ClientResponse

ECHO = """
%%route GET,POST,PUT,PATCH,DELETE,OPTIONS /echo
{
    "method": request.method,
    "query": request.args.to_dict(flat=False),
    "json": request.get_json(silent=True),
    "form": request.form.to_dict(flat=False),
    "files": {k: [f.filename, f.read().decode()] for k, f in request.files.items()},
    "token": request.headers.get("X-Token"),
    "agent": request.headers.get("User-Agent"),
    "type": request.content_type and request.content_type.split(";")[0],
    "data": request.get_data(as_text=True),
}
""".lstrip()


@pytest.fixture
def echo(notebook, tmp_path, monkeypatch):
    """A notebook whose app answers what it was asked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "face.txt").write_text("a face")
    (tmp_path / "data.json").write_text('{"n": [1, 2]}')
    notebook.do(ECHO, "echo")
    notebook.do("uid = 7\nname = 'Ada \"L\"'\ntags = ['a', 'b']\npath = '/echo'")
    return notebook


def sent(echo, cell):
    """Run a cell that sends a request; return what the app was asked."""
    echo.do(cell)
    return json.loads(echo.names["r"].text)


@pytest.mark.parametrize(
    ("line", "part", "value"),
    [
        ("%get /echo", "method", "GET"),
        ("%post /echo", "method", "POST"),
        ("%put /echo", "method", "PUT"),
        ("%patch /echo", "method", "PATCH"),
        ("%delete /echo", "method", "DELETE"),
        ("%options /echo", "method", "OPTIONS"),
        ("%get echo", "method", "GET"),
        ("%get /echo q==new q==old", "query", {"q": ["new", "old"]}),
        ("%get /echo?a=1 b==2", "query", {"a": ["1"], "b": ["2"]}),
        ("%get /echo?a=1&b=2#part", "query", {"a": ["1"], "b": ["2"]}),
        ("%get /echo?", "query", {}),
        ("%get /echo?q=what?", "query", {"q": ["what?"]}),
        ("%post /echo name=Ada age:=36", "json", {"name": "Ada", "age": 36}),
        ("%post /echo 'name=Ada L'", "json", {"name": "Ada L"}),
        ('%post /echo name="Ada L"', "json", {"name": "Ada L"}),
        ('%post /echo d:={"a": [1, null]}', "json", {"d": {"a": [1, None]}}),
        ("%post /echo name=Ada", "type", "application/json"),
        ("%post /echo --form a=1 a=2 b=3", "form", {"a": ["1", "2"], "b": ["3"]}),
        ("%post /echo --form a=1", "type", "application/x-www-form-urlencoded"),
        ("%post /echo up@face.txt", "files", {"up": ["face.txt", "a face"]}),
        ("%post /echo up@face.txt a=1", "form", {"a": ["1"]}),
        ("%post /echo up@face.txt", "type", "multipart/form-data"),
        ("%post /echo text=@face.txt", "json", {"text": "a face"}),
        ("%post /echo d:=@data.json", "json", {"d": {"n": [1, 2]}}),
        ("%get /echo X-Token:secret", "token", "secret"),
        ("%get /echo 'X-Token: two words'", "token", "two words"),
        ("%get /echo User-Agent:me", "agent", "me"),
        ("%get {{path}} id=={{uid}}", "query", {"id": ["7"]}),
        (
            "%post /echo tags:={{tags}} n:={{uid + 1}}",
            "json",
            {"tags": ["a", "b"], "n": 8},
        ),
        ("%post /echo name={{name}}", "json", {"name": 'Ada "L"'}),
        (
            "%post /echo a={uid} b=$uid c=<int:id>",
            "json",
            {"a": "{uid}", "b": "$uid", "c": "<int:id>"},
        ),
        ("%post /echo a=b=c", "json", {"a": "b=c"}),
        ("%post /echo d:={{ {'a': uid} }}", "json", {"d": {"a": 7}}),
        ("%post /echo -- --form=1", "json", {"--form": "1"}),
    ],
)
def test_a_line_becomes_a_request(echo, line, part, value):
    assert sent(echo, f"r = {line}")[part] == value


@pytest.mark.parametrize(
    ("cell", "part", "value"),
    [
        ('%%post /echo --out r\n{"a": [1]}', "json", {"a": [1]}),
        ('%%post /echo --out r\n{"a": 1}', "type", "application/json"),
        ("%%post /echo --out r\nplain text", "data", "plain text"),
        ("%%post /echo --out r\nplain text", "type", "text/plain"),
        ("%%post /echo --out r\ntwo\nlines\n", "data", "two\nlines"),
        (
            "%%post /echo --out r --py\n{'id': uid, 't': tags}",
            "json",
            {"id": 7, "t": ["a", "b"]},
        ),
        ("%%post /echo --out r Content-Type:text/csv\na,b\n1,2", "type", "text/csv"),
        ('%%post /echo --out r Content-Type:text/plain\n{"a": 1}', "data", '{"a": 1}'),
        ("%%post /echo --out r --form\na=1&b=x+y", "form", {"a": ["1"], "b": ["x y"]}),
        ("%%put /echo --out r q==1 X-Token:t\nbody", "query", {"q": ["1"]}),
        (
            "%%post /echo --out r\n%not a magic\n!ls {{uid}}",
            "data",
            "%not a magic\n!ls {{uid}}",
        ),
        ("%%post /echo --out r\nünïcode ✓", "data", "ünïcode ✓"),
    ],
)
def test_a_cells_text_becomes_a_body(echo, cell, part, value):
    assert sent(echo, cell)[part] == value


def test_the_result_is_the_response_with_all_that_is_known_of_it(echo):
    echo.do("r = %post /echo a=1")
    response = echo.names["r"]
    assert response.status_code == 200
    assert response.json["json"] == {"a": "1"}
    assert response.data.startswith(b"{")
    assert response.text == response.data.decode()
    assert response.headers["Content-Type"] == "application/json"
    assert response.request.method == "POST"
    assert response.request.path == "/echo"
    assert 0 < response.elapsed.total_seconds() < 10
    assert response.exception is None


def test_a_request_alone_shows_its_card_once(echo):
    ran = echo.do("%get /echo")
    assert ran.text.count("200 OK  GET /echo") == 1
    assert ran.html.count("<iframe") == 0
    assert "200" in ran.html
    assert echo.names["_"] is ran.result


@pytest.mark.parametrize(
    "cell",
    [
        "%get /echo\n%get /echo",
        "for n in range(2):\n    r = %get /echo",
        "a = %get /echo\nb = %get /echo\na",
        "class Holder: pass\nholder = Holder()\n"
        "holder.one = %get /echo\nholder.two = %get /echo",
        "c = app.test_client()\ndisplay(c.get('/echo'))\nc.get('/echo')",
    ],
)
def test_each_request_shows_its_card(echo, cell):
    assert echo.do(cell).text.count("200 OK  GET /echo") == 2


def test_the_clients_responses_are_the_magics(echo):
    ran = echo.do("app.test_client().post('/echo', json={'a': 1})")
    assert "200 OK  POST /echo" in ran.text
    echo.do("r = %get /echo")
    assert isinstance(ran.result, ClientResponse)
    assert isinstance(echo.names["r"], ClientResponse)


def test_bundles_hold_text_and_html_alone(echo):
    echo.do("%%route /page\n'<h1>Hi</h1>'")
    for cell in ("%get /echo", "%get /page", "%get /none", "%flask", "%flask routes"):
        kinds = {kind for bundle in echo.do(cell).bundles for kind in bundle}
        assert kinds == {"text/plain", "text/html"}


LOGIN = """
app.secret_key = 'secret'
@app.get('/login/<name>')
def login(name):
    session['name'] = name
    return redirect('/me')
@app.get('/me')
def me(): return session.get('name', 'nobody')
"""


def test_cookies_stay_from_cell_to_cell_until_they_are_reset(notebook):
    notebook.do(LOGIN)
    notebook.do("%get /login/ada --quiet")
    assert notebook.do("r = %get /me\nprint(r.text)").text.endswith("ada\n")
    notebook.do("%flask client reset")
    assert notebook.do("r = %get /me\nprint(r.text)").text.endswith("nobody\n")


def test_every_client_has_cookies_of_its_own(notebook):
    notebook.do(LOGIN)
    notebook.do("%get /login/ada --client ada --quiet")
    notebook.do("%get /login/eve --client eve --quiet")
    notebook.do("a = %get /me --client ada\ne = %get /me --client eve\nn = %get /me")
    names = notebook.names
    assert (names["a"].text, names["e"].text, names["n"].text) == (
        "ada",
        "eve",
        "nobody",
    )


def test_a_rerun_of_the_apps_cell_begins_with_empty_jars(notebook):
    notebook.do("app = Flask(__name__)\n" + LOGIN, "app")
    notebook.do("%get /login/ada --quiet")
    notebook.do("app = Flask(__name__)\n" + LOGIN, "app")
    assert notebook.do("r = %get /me\nprint(r.text)").text.endswith("nobody\n")


def test_follow_follows_redirects_and_shows_them(notebook):
    notebook.do(LOGIN)
    ran = notebook.do("r = %get /login/ada")
    assert "302 Found" in ran.text
    assert "Location: /me" in ran.text
    ran = notebook.do("r = %get /login/ada --follow")
    assert ran.text.startswith("200 OK  GET /me")
    assert "302 GET /login/ada → /me" in ran.text


def test_letters_beyond_ascii_are_sent_and_shown(echo):
    ran = echo.do("r = %get /echo?q=é w==ü")
    assert json.loads(echo.names["r"].text)["query"] == {"q": ["é"], "w": ["ü"]}
    assert "GET /echo?q=é" in ran.text


def test_verbose_shows_what_was_sent(echo):
    ran = echo.do("r = %post /echo a=1 X-Token:secret --verbose")
    assert "> X-Token: secret" in ran.text
    assert "< Content-Type: application/json" in ran.text


def test_quiet_shows_nothing(echo):
    assert echo.do("r = %get /echo --quiet").text == ""
    for line in ("%get /echo --quiet", "%get /echo --quiet --out kept"):
        assert "GET /echo" not in echo.do(line).text
    assert echo.names["kept"].status_code == 200


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("def f(i):\n    r = %get /echo?i={{i}}\n    return r\nr = f(3)", "3"),
        (
            "class C:\n    p = 3\n    def ask(self):\n"
            "        r = %get /echo?i={{self.p}}\n        return r\nr = C().ask()",
            "3",
        ),
        (
            "async def f(i):\n    r = %get /echo?i={{i}}\n    return r\nr = await f(3)",
            "3",
        ),
        (
            "def f(p):\n    ask = get_ipython().run_line_magic\n"
            "    return [ask('get', '/echo?i={{p + q}}') for q in (1,)]\nr = f(2)[0]",
            "3",
        ),
        (
            "def f(p):\n    r = %get /echo?i={{sum(p for _ in range(3))}}\n"
            "    return r\nr = f(1)",
            "3",
        ),
        ("r = %get /echo?i={{uid}}", "7"),
    ],
)
def test_an_expression_sees_the_variables_where_it_stands(echo, code, seen):
    assert sent(echo, code)["query"] == {"i": [seen]}
