"""%%http and %http: what is sent, remembered from cell to cell, and shown."""

import pytest

from nbflask.testing import ClientResponse

APP = """
seen = []
@app.before_request
def note(): seen.append(f"{request.method} {request.full_path.rstrip('?')}")
@app.post("/login")
def login():
    if (request.get_json(silent=True) or {}).get("password") != "secret":
        return {"error": "wrong"}, 401
    session["user"] = "ada"
    return {"token": "t-1", "user": {"id": 3}}, 200, {"X-Auth": "by header"}
@app.route("/echo", methods=["GET", "POST", "PUT", "DELETE"])
def echo():
    return {
        "method": request.method,
        "query": request.args.to_dict(),
        "json": request.get_json(silent=True),
        "form": request.form.to_dict(),
        "files": {k: [f.filename, f.read().decode()] for k, f in request.files.items()},
        "auth": request.headers.get("Authorization"),
        "type": request.content_type,
        "user": session.get("user"),
        "data": "" if request.form or request.files else request.get_data(as_text=True),
    }
@app.get("/go")
def go(): return redirect("/echo")
@app.get("/boom")
def boom(): return 1 / 0
app.secret_key = "x"
""".strip()

LOGIN = """
# @name login
POST /login
Content-Type: application/json

{"password": "secret"}
""".strip()


@pytest.fixture
def asked(notebook, tmp_path, monkeypatch):
    """A notebook whose app answers what it was asked, and notes it."""
    monkeypatch.chdir(tmp_path)
    notebook.do(APP, "app")
    notebook.do("uid = 7\nwho = 'Ada \"L\"'\npassword = 'secret'")
    return notebook


def echoed(asked, text, line="%%http --out r"):
    """Send a text; return what the app was asked last."""
    asked.do(f"{line}\n{text}")
    return asked.names["r"][-1].json


CHAIN = f"""
@host = http://localhost:5000
### Log in
{LOGIN}
### Ask
@token = {{{{login.response.body.$.token}}}}
POST {{{{host}}}}/echo HTTP/1.1
  ?q={{{{login.response.body.$.user.id}}}}
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{
  "by": "{{{{login.response.headers.X-Auth}}}}",
  "who": "{{{{who}}}}", "n": {{{{uid}}}}
}}
""".strip()


def test_requests_are_sent_in_order_and_use_the_answers_before_them(asked):
    got = echoed(asked, CHAIN)
    assert asked.names["seen"] == ["POST /login", "POST /echo?q=3"]
    assert got["auth"] == "Bearer t-1"
    assert got["query"] == {"q": "3"}
    assert got["json"] == {"by": "by header", "who": 'Ada "L"', "n": 7}
    assert got["user"] == "ada"


def test_every_request_is_shown_as_a_card_under_its_title(asked):
    ran = asked.do(f"%%http\n{CHAIN}")
    assert ran.text.startswith("### Log in\n200 OK  POST /login")
    assert "### Ask\n200 OK  POST /echo?q=3" in ran.text
    assert ran.html.count('class="nbflask-card') == 2
    assert '<div class="nf-title">Log in</div>' in ran.html


def test_a_name_stands_for_a_title_and_html_in_one_is_text(asked):
    ran = asked.do(f"%%http\n{LOGIN}\n### <b>&\nGET /echo")
    assert "### login\n200 OK  POST /login" in ran.text
    assert '<div class="nf-title">&lt;b&gt;&amp;</div>' in ran.html
    assert "nf-title" not in asked.do("%get /echo").html


def test_the_result_is_a_list_of_the_responses_with_names(asked):
    ran = asked.do(f"%%http\n{LOGIN}\n###\nGET /echo")
    assert isinstance(ran.result, list)
    assert all(isinstance(each, ClientResponse) for each in ran.result)
    assert [each.status_code for each in ran.result] == [200, 200]
    assert ran.result["login"] is ran.result[0]
    assert ran.result[:1] == [ran.result["login"]]
    assert asked.names["_"] is ran.result
    assert ran.text.count("200 OK  POST /login") == 1


def test_a_list_of_responses_shows_its_cards_again_in_another_cell(asked):
    asked.do(f"%%http --quiet --out all\n{LOGIN}\n###\nGET /echo")
    ran = asked.do("all")
    assert ran.text.count("200 OK  POST /login") == 1
    assert ran.text.count("200 OK  GET /echo") == 1


def test_quiet_shows_nothing(asked):
    ran = asked.do(f"%%http --quiet\n{LOGIN}\n###\nGET /echo")
    assert ran.html == ""
    assert "POST /login" not in ran.text


# From cell to cell


def test_variables_and_answers_stay_from_cell_to_cell(asked):
    asked.do("%%http\n@path = /echo")
    asked.do(f"%%http\n{LOGIN}")
    got = echoed(asked, "GET {{path}}?t={{login.response.body.$.token}}")
    assert got["query"] == {"t": "t-1"}
    assert asked.do("%%http\n@path = /echo").result is None


def test_a_rerun_replaces_what_a_cell_has_said_and_takes_back_the_rest(asked):
    asked.do(f"%%http\n@a = 1\n@b = 1\n{LOGIN}", "says")
    asked.do("%%http\n@c = 1", "other")
    asked.do("%%http\n@a = 2\nGET /echo", "says")
    assert echoed(asked, "GET /echo?a={{a}}&c={{c}}")["query"] == {"a": "2", "c": "1"}
    assert "no variable b" in asked.run("%%http\nGET /echo?b={{b}}").text
    ran = asked.run("%%http\nGET /echo?b={{login.response.body.*}}")
    assert "no request named login" in ran.text


def test_two_lines_of_one_cell_take_nothing_from_each_other(asked, tmp_path):
    (tmp_path / "one.http").write_text("@a = 1\n" + LOGIN)
    (tmp_path / "two.http").write_text(
        "GET /echo?a={{a}}&t={{login.response.body.$.token}}"
    )
    for _ in range(2):
        asked.do("%http one.http --quiet\nr = %http two.http", "both")
        assert asked.names["r"][0].json["query"] == {"a": "1", "t": "t-1"}


@pytest.mark.parametrize("setting", ["True", "False"])
def test_what_other_cells_have_said_stays_without_live_rules_too(asked, setting):
    asked.do(f"%config NBFlask.live = {setting}")
    asked.do("%%http\n@a = 1")
    asked.do("%%http\n@b = 2")
    assert echoed(asked, "GET /echo?a={{a}}{{b}}")["query"] == {"a": "12"}


def test_a_variable_of_the_file_wins_over_python(asked):
    assert echoed(asked, "GET /echo?a={{uid}}")["query"] == {"a": "7"}
    assert echoed(asked, "@uid = 8\nGET /echo?a={{uid}}")["query"] == {"a": "8"}
    assert echoed(asked, "GET /echo?a={{ uid + 1 }}")["query"] == {"a": "8"}


def test_a_variable_has_the_value_of_the_last_definition_above(asked):
    text = "GET /echo?a={{a}}\n###\n@a = 1\nGET /echo?a={{a}}\n###\n@a = 2\n"
    asked.do(f"%%http --out r\n{text}GET /echo?a={{{{a}}}}")
    values = [each.json["query"]["a"] for each in asked.names["r"]]
    assert values == ["1", "1", "2"]


def test_an_expression_sees_the_variables_where_it_stands(asked):
    asked.do(
        "def send(n):\n"
        "    text = 'GET /echo?n={{n}}'\n"
        "    return get_ipython().run_cell_magic('http', '--quiet', text)\n"
        "r = send(3)"
    )
    assert asked.names["r"][0].json["query"] == {"n": "3"}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("login", "login is a request"),
        ("login.response.status", "login is a request"),
        ("login.__name__", None),
        ("missing.response.body.*", "no request named missing"),
        ("echo.response.body.*", "no request named echo"),
        ("echo.__name__", None),
        ("holder.response.body", None),
    ],
)
def test_a_request_may_have_the_name_of_a_view(asked, expression, said):
    asked.do(
        "from types import SimpleNamespace as Holder\n"
        "holder = Holder(response=Holder(body='mine'))"
    )
    ran = asked.run(f"%%http\n{LOGIN}\n###\nGET /echo?x={{{{{expression}}}}}")
    assert ran.ok == (said is None)
    assert (said or "") in ran.text


# Nothing is sent when the text is wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GTE /x", "Line 4: There is no method 'GTE'"),
        ("GET /{{hots}}", "Line 4: There is no variable hots"),
        ("GET http://elsewhere/", "Line 4: 'elsewhere' is another host"),
        ("GET /\nHost: elsewhere", "Line 5: 'elsewhere' is another host"),
        ("POST /\n\n< none.txt", "Line 6: There is no file"),
        ("GET /{{late.response.body.*}}\n###\n# @name late\nGET /", "late, in line 7,"),
        ("GET /{{$nope}}", "There is no value '$nope'"),
        ("@a = {{$randomInt x}}\nGET /", "Line 4: {{$randomInt x}} is not understood"),
    ],
)
def test_nothing_is_sent_or_remembered_when_the_text_is_wrong(asked, text, said):
    ran = asked.run(f"%%http\nGET /echo\n###\n{text}\n###\n@kept = 1\nGET /echo")
    assert not ran.ok
    assert "UsageError: Line" in ran.text
    assert said in ran.text
    assert "Traceback" not in ran.text
    assert asked.names["seen"] == []
    assert "no variable kept" in asked.run("%%http\nGET /{{kept}}").text


def test_sending_stops_at_the_first_request_that_cannot_be_filled_in(asked):
    wrong = LOGIN.replace("secret", "guess")
    text = f"{wrong}\n###\nGET /echo?t={{{{login.response.body.$.token}}}}\n###\nGET /x"
    ran = asked.run(f"%%http --out r\n{text}")
    assert "401 Unauthorized  POST /login" in ran.text
    said = "Line 8: login answered 401 UNAUTHORIZED with no 'token'; it has: error"
    assert said in ran.text
    assert asked.names["seen"] == ["POST /login"]
    assert [each.status_code for each in asked.names["r"]] == [401]


def test_a_view_that_fails_is_a_card_and_the_rest_is_sent(asked):
    ran = asked.do("%%http\nGET /boom\n###\nGET /echo")
    assert "ZeroDivisionError" in ran.text
    assert asked.names["seen"] == ["GET /boom", "GET /echo"]


def test_raise_lets_the_exception_through(asked):
    ran = asked.run("%%http --raise\nGET /boom\n###\nGET /echo")
    assert isinstance(ran.error, ZeroDivisionError)
    assert "nbflask/" not in ran.text
    assert asked.names["seen"] == ["GET /boom"]


@pytest.mark.parametrize("line", ["%%http", "%%http --quiet"])
def test_without_an_app_the_error_is_about_the_app(asked, line):
    asked.do("kept, app = app, 5")
    assert "write app = Flask(__name__)" in asked.run(f"{line}\nGET /").text
    asked.do("app = kept")


# Options


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ("--expect 200", 3),
        ("--expect 2xx", 3),
        ("--expect 200 200 200", 3),
        ("--expect 200 404 200", 2),
        ("--expect 404", 1),
        ("--expect 200 200", 0),
    ],
)
def test_expect_stops_at_the_first_other_status(asked, options, sent):
    ran = asked.run(f"%%http {options}\nGET /echo\n###\nGET /echo\n###\nGET /echo")
    assert ran.ok == (sent == 3)
    assert len(asked.names["seen"]) == sent
    if 0 < sent < 3:
        assert "UsageError: Expected 404, but GET /echo answered 200 OK" in ran.text
    if not sent:
        assert "--expect names 2 statuses for 3 requests" in ran.text


PARTS = """
### One
GET /echo?n=1
### Two
# @name two
GET /echo?n=2
### Two
GET /echo?n=3
""".strip()


@pytest.mark.parametrize(
    ("only", "sent"), [("One", "1"), ("two", "2"), ("Two", "23"), ("'One'", "1")]
)
def test_only_sends_the_requests_of_a_name_or_title(asked, only, sent):
    asked.do(f"%%http --only {only}\n{PARTS}")
    assert asked.names["seen"] == [f"GET /echo?n={each}" for each in sent]


def test_only_says_which_requests_there_are(asked):
    ran = asked.run(f"%%http --only Three\n{PARTS}")
    assert "There is no request 'Three'; there are: One, two, Two" in ran.text


def test_only_uses_the_answers_of_an_earlier_run(asked):
    text = f"{LOGIN}\n### Ask\nGET /echo?t={{{{login.response.body.$.token}}}}"
    ran = asked.run(f"%%http --only Ask\n{text}", "both")
    assert "login, in line 3, is not answered before this request" in ran.text
    asked.do(f"%%http\n{text}", "both")
    assert echoed(asked, text, "%%http --only Ask --out r")["query"] == {"t": "t-1"}


def test_follow_follows_redirects_except_where_the_text_says_no(asked):
    text = "GET /go\n###\n# @no-redirect\nGET /go"
    asked.do(f"%%http --follow --out r\n{text}")
    assert [each.status_code for each in asked.names["r"]] == [200, 302]
    asked.do(f"%%http --out r\n{text}")
    assert [each.status_code for each in asked.names["r"]] == [302, 302]


def test_a_client_has_cookies_of_its_own(asked):
    asked.do(f"%%http --client ada\n{LOGIN}")
    assert echoed(asked, "GET /echo", "%%http --client ada --out r")["user"] == "ada"
    assert echoed(asked, "GET /echo")["user"] is None


def test_verbose_shows_what_was_sent(asked):
    ran = asked.do("%%http --verbose\nGET /echo\nX-Token: {{uid}}")
    assert "> X-Token: 7" in ran.text


def test_a_request_that_takes_too_long_stops_the_rest(asked):
    asked.do("@app.get('/slow')\ndef slow():\n    import time\n    time.sleep(20)")
    ran = asked.run("%%http --timeout 0.2\nGET /slow\n###\nGET /echo")
    assert "GET /slow did not answer within 0.2 s" in ran.text
    assert asked.names["seen"] == ["GET /slow"]


# Bodies


def test_forms_and_multipart_bodies_reach_the_view(asked, tmp_path):
    (tmp_path / "face.txt").write_text("a face")
    kind = "application/x-www-form-urlencoded"
    form = f"POST /echo\nContent-Type: {kind}\n\na=1\n&b={{{{%who}}}}"
    assert echoed(asked, form)["form"] == {"a": "1", "b": 'Ada "L"'}
    got = echoed(
        asked,
        "POST /echo\nContent-Type: multipart/form-data; boundary=cut\n\n"
        '--cut\nContent-Disposition: form-data; name="a"\n\n{{uid}}\n'
        '--cut\nContent-Disposition: form-data; name="up"; filename="face.txt"\n\n'
        "< ./face.txt\n--cut--",
    )
    assert got["form"] == {"a": "7"}
    assert got["files"] == {"up": ["face.txt", "a face"]}


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("# Title\ntext", "text/markdown", True),
        ("// x\ntext", "", True),
        ('{"a": 1}\n# done', "application/json", False),
        ('{"a": 1}\n# done', "", False),
        (" # Title\ntext", "text/markdown", False),
    ],
)
def test_a_line_that_was_left_out_of_a_text_is_told(asked, text, kind, told):
    header = f"Content-Type: {kind}\n" if kind else ""
    ran = asked.do(f"%%http --out r\nPOST /echo\n{header}\n{text}")
    assert ("was left out as a comment" in ran.text) == told
    data = asked.names["r"][0].json["data"]
    assert data == "\n".join(
        line for line in text.split("\n") if not line.startswith(("#", "//"))
    )


@pytest.mark.parametrize(
    ("host", "ok"),
    [
        ("localhost", True),
        ("127.0.0.1:5000", True),
        ("[::1]:8000", True),
        ("api.localhost", True),
        ("shop.test", True),
        ("api.shop.test:80", True),
        ("trusted.test", True),
        ("elsewhere.test", False),
        ("notshop.test", False),
    ],
)
def test_only_hosts_of_the_app_are_asked(asked, host, ok):
    asked.do(
        "app.config.update(SERVER_NAME='shop.test', TRUSTED_HOSTS=['trusted.test'])"
    )
    ran = asked.run(f"%%http\nGET http://{host}/echo")
    assert ("is another host" in ran.text) != ok


def test_an_app_that_matches_hosts_may_be_asked_by_any(asked):
    asked.do(
        "app = Flask('hosts', host_matching=True, static_host='static.test')\n"
        "@app.get('/', host='api.example.com')\ndef api(): return 'api'"
    )
    ran = asked.do("%%http\nGET http://api.example.com/")
    assert ran.result[0].text == "api"


# Files


def test_a_line_sends_the_requests_of_a_file(asked, tmp_path):
    folder = tmp_path / "requests"
    folder.mkdir()
    (folder / "body.txt").write_text("from beside")
    (folder / "api.http").write_bytes(
        b"\xef\xbb\xbf"
        + f"{LOGIN}\n###\nPUT /echo\n\n< ./body.txt\n".replace("\n", "\r\n").encode()
    )
    ran = asked.do("r = %http requests/api.http --expect 200")
    assert "200 OK  PUT /echo" in ran.text
    assert asked.names["r"][1].json["data"] == "from beside"
    assert asked.names["r"]["login"].json["token"] == "t-1"


CODE = "ran.append(1)"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /echo?x={{{{{CODE}}}}}",
        f"GET /echo\nX: {{{{% {CODE}}}}}",
        f"GET /echo\n\n{{{{{CODE}}}}}",
        f"GET /{{{{ {{'a': {CODE}}} }}}}",
        f"GET /{{{{r.request.headers and {CODE}}}}}",
        f"GET /{{{{r.response.body[{CODE}]}}}}",
        f"@unused = {{{{{CODE}}}}}\nGET /echo",
        f"@unused = {{{{r.request.headers and {CODE}}}}}\nGET /echo",
        "POST /echo\n\n<@ code.txt",
    ],
)
def test_a_file_runs_no_code_in_the_notebook(asked, tmp_path, text):
    (tmp_path / "api.http").write_text(text)
    (tmp_path / "code.txt").write_text(f"{{{{{CODE}}}}}")
    asked.do("ran = []\nr = %get /echo --quiet")
    ran = asked.run("%http api.http")
    assert " is code, and in a file only names are looked up: give it" in ran.text
    assert asked.names["ran"] == []
    assert "no variable unused" in asked.run("%%http\nGET /{{unused}}").text


def test_a_file_may_use_names_and_what_cells_have_defined(asked, tmp_path):
    (tmp_path / "api.http").write_text(
        "@api-key = {{name}}{{'{{'}}\n@copy = {{login.response.body.$.token}}\n"
        "GET /echo?a={{uid}}&b={{code}}&c={{api-key}}&d={{holder.n}}&e={{copy}}"
    )
    asked.do("class holder: n = 5\nname = 'n'")
    asked.do(f"%%http\n@code = {{{{ uid + 1 }}}}\n{LOGIN}")
    asked.do("r = %http api.http")
    assert asked.names["r"][0].json["query"] == {
        "a": "7",
        "b": "8",
        "c": "n{{",
        "d": "5",
        "e": "t-1",
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%http", "The file is missing: write %http api.http"),
        ("%http none.http", "There is no file"),
        ("%http .", "is a folder"),
        ("%http a.http b.http", "'b.http' is one too many"),
        ("%http big.http", "has more than 1,000,000 bytes"),
        ("%http raw.http", "raw.http is not UTF-8 text"),
        ("%http wrong.http", "Line 1: There is no method 'GTE'"),
        ("%http --folow a.http", "did you mean --follow?"),
        ("%%http a.http\nGET /", "write %http a.http to send those of a file"),
        ("%%http\n\n", "There is no request"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_in_one_line(asked, tmp_path, line, said):
    (tmp_path / "big.http").write_bytes(b"#" * 1_000_001)
    (tmp_path / "raw.http").write_bytes(b"\xff")
    (tmp_path / "wrong.http").write_text("GTE /x")
    ran = asked.run(line)
    assert not ran.ok
    assert said in ran.text
    assert "Traceback" not in ran.text


@pytest.mark.kernel
def test_requests_of_two_cells_work_together_in_a_kernel(kernel):
    kernel.do("%load_ext nbflask")
    kernel.do(APP)
    kernel.do(f"%%http\n### Log in\n{LOGIN}", "login")
    ran = kernel.do("%%http\nGET /echo?t={{login.response.body.$.token}}", "ask")
    assert ran.text.startswith("200 OK  GET /echo?t=t-1")
    assert ran.text.count("200 OK") == 1
    assert len(ran.bundles) == 1
