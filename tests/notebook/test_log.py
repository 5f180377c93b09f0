"""What the server was asked: the log of it, and asking again with %replay."""

import io
import json
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, IncompleteRead
from time import monotonic

import pytest

from nbflask.notebook.serving.log import MOST, RequestLog
from nbflask.story import Story

VIEWS = """\
@app.post("/echo")
def echo():
    print("seen by", request.method)
    return {"got": request.get_data(as_text=True), "cookie": request.cookies.to_dict()}
@app.get("/")
def home(): return "home"
@app.get("/boom")
def boom(): return str(1 / 0)
@app.get("/stream")
def stream(): return ("x" * 10 for _ in range(3))
@app.post("/form")
def form():
    return {"form": request.form, "files": [f.filename for f in request.files.values()]}
"""


@pytest.fixture
def served(notebook):
    """A notebook whose app is served; `ask` asks it as a browser does."""
    notebook.do(VIEWS, "views")
    notebook.do("server = app.run(port=0)\nlog = %flask log", "serve")
    yield notebook
    notebook.do("%flask stop")


def ask(notebook, method, path, body=None, **headers):
    """Send a request; return its status and the answer's body."""
    port = notebook.names["server"].port
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body, named)
        response = connection.getresponse()
        said = response.read().decode()
    wait_until(lambda: notebook.names["log"][-1].ended)
    return response.status, said


def wait_until(holds):
    """Wait for what another thread does, ten seconds at most."""
    heard, end = threading.Event(), monotonic() + 10
    while not holds():
        assert monotonic() < end
        heard.wait(0.002)


def rows(notebook):
    """Return the log's rows as words, the latest first."""
    lines = notebook.do("log = %flask log").text.splitlines()
    return [each.split() for each in lines[2:]]


@pytest.mark.parametrize(
    ("method", "path", "status", "size", "endpoint"),
    [
        ("GET", "/", "200", "4", "home"),
        ("HEAD", "/", "200", "0", "home"),
        ("GET", "/?q=a%20b&q=2", "200", "4", "home"),
        ("GET", "/nowhere", "404", "207", "no"),
        ("POST", "/", "405", "153", "home"),
        ("GET", "/boom", "500", "265", "boom"),
        ("GET", "/stream", "200", "30", "stream"),
    ],
)
def test_the_log_says_what_was_asked_and_answered(
    served, method, path, status, size, endpoint
):
    ask(served, method, path)
    (row,) = rows(served)
    assert row[2:5] == [method, path, status]
    assert row[7] == size
    assert row[9] == endpoint or status in {"404", "405"}


@pytest.mark.parametrize(("before", "status"), [("pass", "500"), ("yield 'a'", "200")])
def test_a_stream_that_fails_has_the_status_that_was_sent(served, before, status):
    served.do(f"%%route /s\n{before}\nyield str(1 / 0)")
    with suppress(IncompleteRead):
        ask(served, "GET", "/s")
    wait_until(lambda: served.names["log"][-1].ended)
    assert [row[4] for row in rows(served)] == [status]


def test_the_latest_request_stands_first_and_numbers_go_on(served):
    for path in ("/", "/nowhere", "/boom"):
        ask(served, "GET", path)
    assert [(row[0], row[3]) for row in rows(served)] == [
        ("3", "/boom"),
        ("2", "/nowhere"),
        ("1", "/"),
    ]
    served.do("%flask log clear")
    ask(served, "GET", "/")
    assert [row[0] for row in rows(served)] == ["4"]


def test_the_log_keeps_the_last_thousand():
    log = RequestLog(most=3)
    assert MOST == 1000
    for number in range(5):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}"}
        log.note({**environ, "wsgi.input": io.BytesIO()}, Story()).fail()
    assert [each.path for each in log] == ["/2", "/3", "/4"]


def test_a_number_of_rows_may_be_given(served):
    for _ in range(5):
        ask(served, "GET", "/")
    text = served.do("log = %flask log 2").text
    assert text.count("home") == 2
    assert "The last 2 are shown." in text


@pytest.mark.parametrize("words", ["many", "0", "2 3", "-1"])
def test_a_wrong_number_of_rows_is_one_line(served, words):
    ran = served.run(f"%flask log {words}")
    assert "write %flask log 50" in str(ran.error)


# Asking again


def test_a_request_is_sent_again_as_it_came(served):
    body = json.dumps({"name": "Ada ☃"})
    ask(
        served,
        "POST",
        "/echo?a=1",
        body.encode(),
        Content_Type="application/json",
        Cookie="flavour=oat; size=2",
        X_Special="yes",
    )
    ran = served.do("r = %replay")
    response = served.names["r"]
    assert response.json == {"got": body, "cookie": {"flavour": "oat", "size": "2"}}
    sent = response.request
    assert sent.headers["X-Special"] == "yes"
    assert sent.url == f"{served.names['server'].url}/echo?a=1"
    assert "seen by POST" in ran.text


def test_what_is_sent_again_stands_in_python_too(served):
    ask(served, "POST", "/echo", b"hello", Content_Type="text/plain")
    served.do("log = %flask log\nr = app.test_client().open(log[-1].as_environ())")
    assert served.names["r"].json["got"] == "hello"
    assert len(served.names["log"]) == 1


def test_a_multipart_form_is_sent_again_whole(served):
    edge = "edge"
    body = (
        f"--{edge}\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n"
        f"--{edge}\r\nContent-Disposition: form-data; name=f; filename=n.txt\r\n\r\n"
        f"{'x' * 5000}\r\n--{edge}--\r\n"
    )
    kind = f"multipart/form-data; boundary={edge}"
    _, said = ask(served, "POST", "/form", body.encode(), Content_Type=kind)
    served.do("r = %replay")
    assert served.names["r"].json == json.loads(said)
    assert served.names["r"].json["files"] == ["n.txt"]


@pytest.mark.parametrize("number", ["1", "#1", "2", ""])
def test_a_request_is_named_by_its_number(served, number):
    first = ask_twice(served)
    named = {"1": first, "#1": first, "2": first + 1, "": first + 1}[number]
    written = number and number.replace(number.lstrip("#"), str(named))
    served.do(f"r = %replay {written}")
    assert served.names["r"].request.path == ["/", "/nowhere"][named - first]


def ask_twice(notebook):
    """Ask for two pages; return the first one's number in the log."""
    ask(notebook, "GET", "/")
    ask(notebook, "GET", "/nowhere")
    return notebook.names["log"][0].number


@pytest.mark.parametrize(
    ("path", "headers", "by_itself"),
    [
        ("/favicon.ico", {}, True),
        ("/nowhere", {"Sec_Fetch_Dest": "iframe"}, True),
        ("/nowhere", {"Sec_Fetch_Dest": "iframe", "Referer": "http://h/"}, False),
        ("/nowhere", {"Sec_Fetch_Dest": "document"}, False),
    ],
)
def test_what_nobody_asked_for_is_not_the_last_request(
    served, path, headers, by_itself
):
    ask(served, "GET", "/")
    ask(served, "GET", path, **headers)
    served.do("r = %replay")
    assert served.names["r"].request.path == ("/" if by_itself else path)
    served.do("r = %replay 2")
    assert served.names["r"].request.path == path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%replay 99", "The log has no request '99': it has 1 to 1"),
        ("%replay one", "The log has no request 'one': it has 1 to 1"),
        ("%replay 1 2", "The log has no request '1 2': it has 1 to 1"),
        ("%replay --client x", "There is no option"),
    ],
)
def test_a_request_that_is_not_there_is_one_line(served, line, said):
    ask(served, "GET", "/")
    assert said in str(served.run(line).error)


def test_an_empty_log_says_how_it_is_filled(served):
    assert "The log is empty: ask it something" in str(served.run("%replay").error)
    served.do("%flask stop")
    assert "The log is empty: start the server" in str(served.run("%replay").error)


def test_a_body_that_is_not_kept_whole_is_not_sent_again(served):
    ask(served, "POST", "/echo", b"x" * 70_000, Content_Type="text/plain")
    said = str(served.run("%replay").error)
    assert "cannot be sent again: of its body the log has only the first 65,536" in said


def test_a_body_that_nobody_read_is_sent_again(served):
    ask(served, "POST", "/nowhere", b"unread", Content_Type="text/plain")
    served.do("%%route POST /nowhere\nrequest.get_data()")
    served.do("r = %replay")
    assert served.names["r"].data == b"unread"


def test_a_failure_from_a_browser_opens_here(served):
    ask(served, "GET", "/boom")
    ran = served.run("%replay --raise")
    assert isinstance(ran.error, ZeroDivisionError)
    assert "return str(1 / 0)" in ran.text


# What is no affair of the app's


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("_xsrf=2|abc; mine=1", "mine=1"),
        ("username-127-0-0-1-8888=x; session=s", "session=s"),
        ("jupyterhub-session-id=x; jupyterhub-user-ada=y", None),
        ("a=1; jupyter-hub-x=1; b=2", "a=1; b=2"),
        ("my_xsrf=1; username=ada", "my_xsrf=1; username=ada"),
    ],
)
def test_the_notebooks_own_cookies_do_not_reach_the_app(served, sent, left):
    served.do("%%route /cookies\n{'cookie': request.headers.get('Cookie')}")
    _, said = ask(served, "GET", "/cookies", Cookie=sent)
    assert json.loads(said)["cookie"] == left
    assert dict(served.names["log"][-1].headers).get("Cookie") == left


@pytest.mark.parametrize(
    ("sent", "more", "reaches"),
    [
        ("token s3cret", {}, False),
        ("Bearer s3cret", {}, False),
        ("Bearer own", {}, True),
        ("token own", {}, True),
        ("token own", {"X_Forwarded_Context": "/proxy/5000"}, False),
    ],
)
def test_the_notebooks_own_token_does_not_reach_the_app(
    served, monkeypatch, sent, more, reaches
):
    monkeypatch.setenv("JUPYTER_TOKEN", "s3cret")
    served.do("%%route /auth\n{'auth': request.headers.get('Authorization')}")
    _, said = ask(served, "GET", "/auth", Authorization=sent, **more)
    assert json.loads(said)["auth"] == (sent if reaches else None)


def test_who_wants_them_may_have_them(served):
    served.do("%config NBFlask.pass_credentials = True")
    served.do("%%route /cookies\n{'cookie': request.headers.get('Cookie')}")
    _, said = ask(served, "GET", "/cookies", Cookie="_xsrf=1")
    assert json.loads(said)["cookie"] == "_xsrf=1"


# Starting again, and what is shown


def test_restart_keeps_the_server_and_its_port(served):
    server = served.names["server"]
    served.do("again = %flask restart")
    assert served.names["again"] is server
    assert ask(served, "GET", "/") == (200, "home")


def test_restart_without_a_server_says_how_to_start_one(notebook):
    assert "start one with %flask run" in str(notebook.run("%flask restart").error)


def test_the_page_can_be_shown_below(served):
    ran = served.do("s = %flask run --show /?q=1")
    url = f"{served.names['server'].url}/?q=1"
    assert f'src="{url}"' in ran.html
    assert 'sandbox="allow-scripts allow-forms"' in ran.html
    assert f"Showing {url}" in ran.text


def test_a_browser_can_be_opened(served, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    served.do("s = %flask run --open")
    assert opened == [served.names["server"].url]


def test_the_state_counts_the_requests(served):
    ask(served, "GET", "/")
    assert "1 request" in served.do("%flask").text
    served.do("%flask log clear")
    assert "0 requests" in served.do("%flask").text
    assert "0 requests" in served.do("log = %flask log").text


# Former servers


def test_a_former_server_that_is_started_again_is_seen_and_stopped(served):
    served.do("other = %flask run --port 0 --host 127.0.0.2\nserver.start()")
    assert ask(served, "GET", "/") == (200, "home")
    server, other = served.names["server"], served.names["other"]
    assert other.url in served.do("%flask").text
    assert sorted(served.do("%flask stop").text.splitlines()) == sorted(
        f"Stopped {each.url}" for each in (server, other)
    )
    served.do("server.start()")
    assert server.url in served.do("%flask").text
    served.do("%unload_ext nbflask")
    assert not server.running
    served.do("%load_ext nbflask")


# Views that end the process


def test_a_view_that_exits_is_answered_and_its_own_line_told(served, capfd):
    served.do("import sys\n@app.get('/exit')\ndef leave():\n    sys.exit(3)", "exit")
    assert ask(served, "GET", "/exit")[0] == 500
    told = capfd.readouterr().err
    assert "sys.exit(3)" in told
    assert "dispatch" not in told
    served.do("r = %get /exit\nassert r.status_code == 500")
    assert "sys.exit(3)" in served.do("%get /exit").text
    assert not served.run("%get /exit --raise").ok
