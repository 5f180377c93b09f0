"""Requests over the running server's socket (--live), and bodies as they come
(--stream)."""

import re
import threading

import pytest

VIEWS = """\
import threading
from nbflask import stream_with_context
app.secret_key = "k"
@app.get("/who")
def who():
    main = threading.current_thread() is threading.main_thread()
    return {"host": request.host, "main": main}
@app.route("/echo", methods=["POST", "PUT", "PATCH"])
def echo():
    return {"json": request.get_json(silent=True), "form": request.form,
            "files": {n: f.filename for n, f in request.files.items()},
            "args": request.args.to_dict(flat=False), "length": request.content_length}
@app.get("/login")
def login():
    session["name"] = request.args["name"]
    return redirect("/me")
@app.get("/me")
def me(): return session.get("name", "nobody")
@app.get("/boom")
def boom(): return str(1 / 0)
@app.get("/späte/<name>")
def late(name): return name
"""


@pytest.fixture
def served(notebook):
    notebook.do(VIEWS, "views")
    notebook.do("server = app.run(port=0)", "serve")
    yield notebook
    notebook.do("%flask stop")


def test_a_live_request_is_answered_by_the_servers_thread(served):
    ran = served.do("r = %get /who --live")
    port = served.names["server"].port
    assert served.names["r"].json == {"host": f"localhost:{port}", "main": False}
    assert "→ who (cell [" in ran.text
    served.do("r = %get /who")
    assert served.names["r"].json == {"host": "localhost", "main": True}


@pytest.mark.parametrize(
    "line",
    [
        "%post /echo name=Ada age:=36 q==1 q==2",
        "%put /echo --form name=Ada",
        "%post /echo --form avatar@{file}",
        "%patch /echo",
        "%post /echo list:='[1, 2]' ☃==☃",
    ],
)
def test_what_is_sent_is_the_same_live(served, line, tmp_path):
    file = tmp_path / "face.png"
    file.write_bytes(bytes(range(256)))
    line = line.replace("{file}", str(file))
    served.do(f"here = {line}\nlive = {line} --live")
    here, live = served.names["here"].json, served.names["live"].json
    assert here.pop("length") == live.pop("length") or "@" in line
    assert live == here


@pytest.mark.parametrize("path", ["/späte/Ada%20L", "/sp%C3%A4te/%2541", "/späte/☃"])
def test_odd_paths_are_the_same_live(served, path):
    served.do(f"here = %get {path}\nlive = %get {path} --live")
    assert served.names["live"].text == served.names["here"].text
    assert served.names["live"].status_code == 200


def test_cookies_and_redirects_are_shared_with_the_clients_other_requests(served):
    ran = served.do("r = %get /login name==Ada --live --follow")
    assert served.names["r"].text == "Ada"
    assert "302 GET /login?name=Ada → /me" in ran.text
    for line in ("%get /me", "%get /me --live", "%get /me --live --client other"):
        served.do(f"r = {line}")
        assert served.names["r"].text == ("nobody" if "other" in line else "Ada")


def test_a_live_failure_is_told_as_any_other(served):
    ran = served.do("r = %get /boom --live")
    assert served.names["r"].status_code == 500
    assert isinstance(served.names["r"].exception, ZeroDivisionError)
    assert re.search(r"→ +\d+  def boom\(\): return str\(1 / 0\)", ran.text)
    raised = served.run("%get /boom --live --raise")
    assert isinstance(raised.error, ZeroDivisionError)


def test_a_live_request_knows_the_servers_token_and_the_app_does_not_hear_of_it(served):
    served.do("%%route /cookie\n{'cookie': request.headers.get('Cookie')}")
    served.do("server = %flask run --port 0 --token=s3cret-word")
    for line, cookie in (("", None), (" Cookie:a=1", "a=1")):
        served.do(f"r = %get /cookie --live{line}")
        assert served.names["r"].json == {"cookie": cookie}


@pytest.mark.parametrize("live", ["", " --live"])
@pytest.mark.parametrize(
    ("before", "said"),
    [("yield 'first'", "it failed on its way"), ("pass", "500 Internal Server Error")],
)
def test_a_stream_that_fails_shows_why(served, before, said, live):
    served.do(f"%%route /s\n{before}\nyield str(1 / 0)")
    ran = served.do(f"r = %get /s --stream{live}")
    assert isinstance(served.names["r"].exception, ZeroDivisionError)
    assert "→   3      yield str(1 / 0)" in ran.text
    assert said in ran.text


@pytest.mark.parametrize(("before", "status"), [("yield 'first'", 200), ("pass", 500)])
def test_a_live_stream_of_what_is_no_text_says_so(served, before, status):
    served.do(f"%%route /s\n{before}\nyield 1")
    ran = served.do("r = %get /s --live")
    assert "pieces of text or bytes, but one of them is of type int." in ran.text
    assert served.names["r"].status_code == status
    served.do("log = %flask log")
    assert [each.status for each in served.names["log"]] == [status]


def test_a_live_request_is_logged_and_others_are_not(served):
    served.do("log = %flask log")
    served.do("%get /me --live\n%get /me")
    assert [each.path for each in served.names["log"]] == ["/me"]


def test_a_live_request_needs_a_server(notebook):
    said = str(notebook.run("%get / --live").error)
    assert said == "No server is running: start one with %flask run"


def test_a_live_request_that_takes_too_long_is_given_up(served):
    served.names["gate"] = gate = threading.Event()
    served.do("%%route /slow\ngate.wait(30)\n''")
    ran = served.run("%get /slow --live --timeout 0.2")
    gate.set()
    assert "GET /slow did not answer within 0.2 s" in str(ran.error)


# As it comes

STREAMS = {
    "text": (
        "yield 'one\\ntwo'\nyield 'three'",
        "text/plain",
        ["one", "two", "three"],
    ),
    "events": (
        "yield 'event: tick\\nid: 1\\ndata: a\\ndata: b\\n\\n: note\\n'\nyield 'da'\n"
        "yield 'ta: last\\n\\ndata: never ended'",
        "text/event-stream",
        ["tick #1: a", "b", "last"],
    ),
    "events with CR LF": (
        "yield 'data: a\\r\\n\\r\\ndata: b\\r'\nyield '\\n\\r\\n'",
        "text/event-stream",
        ["a", "b"],
    ),
    "characters cut apart": (
        "yield b'\\xe2\\x98'\nyield b'\\x83'",
        "text/plain; charset=utf-8",
        ["☃"],
    ),
    "bytes": ("yield b'12345'\nyield b'123'", "application/zip", ["5 B", "3 B"]),
    "what would steer a terminal": ("yield 'a\\x1b[2Jb'", "text/plain", ["a␛[2Jb"]),
}


@pytest.mark.parametrize("live", ["", " --live"])
@pytest.mark.parametrize("kind", STREAMS)
def test_a_body_is_shown_as_it_comes(served, kind, live):
    body, mimetype, lines = STREAMS[kind]
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    served.do(
        f"@app.get('/s')\ndef s():\n    def pieces():\n{indented}\n"
        f"    return Response(pieces(), content_type={mimetype!r})"
    )
    shown = served.do(f"r = %get /s --stream{live}").text.partition("200 OK")[0]
    texts = [re.sub(r"^ *[\d.]+ m?s  |^ {10}", "", each) for each in shown.splitlines()]
    assert texts == lines


def test_a_piece_is_shown_before_the_next_is_made(served, capsys):
    served.do(
        "@app.get('/s')\ndef s():\n    def pieces():\n        for n in range(3):\n"
        "            print('made', n)\n            yield f'piece {n}'\n"
        "    return Response(pieces(), content_type='text/plain')"
    )
    shown = served.do("r = %get /s --stream").text
    order = re.findall(r"(made|piece) (\d)", shown.partition("200 OK")[0])
    assert order == [(word, n) for n in "012" for word in ("made", "piece")]


def test_an_endless_stream_ends_at_the_notebooks_limit(served):
    served.do("%config NBFlask.body_limit = 5000")
    served.do("%%route /s\nwhile True:\n    yield 'x' * 9 + '\\n'")
    ran = served.do("r = %get /s --stream")
    assert "500 lines are shown as they come; the card has more" in ran.text
    assert "5,000 bytes are the limit" in ran.text
