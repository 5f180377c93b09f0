"""Requests of a notebook, written as tests: how they read, and what they find."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from nbflask import Flask, Response, request
from nbflask.export.requests.checks import Module, checks_of
from nbflask.grammar.request import MISSING, FilePart, PreparedRequest
from nbflask.ipynb.errors import NotebookError
from nbflask.ipynb.requests.recorded import Answer, Sent

JSON = "application/json"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def sent(method, path, answer=None, *, of=None, **options) -> Sent:
    """A request as it was sent; `of` is what it holds beside its path."""
    return Sent(PreparedRequest(method, path, **of or {}), answer, **options)


def in_json(value, status=200) -> Answer:
    return Answer(status, JSON, json.dumps(value))


def written(*requests, ignore=(), environment=()) -> str:
    module = Module("app", "app", environment)
    return checks_of(requests, module, notebook="api.ipynb", ignore=ignore)


def from_first_test(text) -> str:
    """What stands in a module from its first test on."""
    return text[text.index("def test_") :]


# How they read


def test_a_module_of_tests_reads_as_if_a_person_had_written_it():
    text = written(
        sent("GET", "/", Answer(200, HTML, "<h1>Hello</h1>")),
        sent("POST", "/users", in_json({"id": 1}, 201), of={"json": {"name": "Ada"}}),
        sent("GET", "/users/9", in_json({"error": "no such user"}, 404), client="bob"),
    )
    assert (
        text
        == '''\
"""The requests of api.ipynb, and how they were answered there.

They are sent in the notebook's order, and each finds what those before it have left:
the app its data, a client its cookies. Run the whole file.
"""

import pytest

from app import app


@pytest.fixture(scope="module")
def client():
    """Ask the app; cookies stay from test to test."""
    return app.test_client()


@pytest.fixture(scope="module")
def client_bob():
    """Ask the app as bob; cookies stay from test to test."""
    return app.test_client()


def test_get_index(client):
    response = client.get("/")
    assert response.status_code == 200
    assert response.text == "<h1>Hello</h1>"


def test_post_users(client):
    response = client.post("/users", json={"name": "Ada"})
    assert response.status_code == 201
    assert response.json == {"id": 1}


def test_get_users_9(client_bob):
    response = client_bob.get("/users/9")
    assert response.status_code == 404
    assert response.json == {"error": "no such user"}
'''
    )


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (sent("GET", "/a?q=1"), 'client.get("/a?q=1")'),
        (sent("GET", '/"'), "client.get('/\"')"),
        (sent("LINK", "/a"), 'client.open("/a", method="LINK")'),
        (
            sent("GET", "/a", of={"headers": (("X-A", "1"),)}),
            'client.get("/a", headers={"X-A": "1"})',
        ),
        (
            sent("GET", "/a", of={"headers": (("X", "1"), ("x", "2"))}),
            'client.get("/a", headers=[("X", "1"), ("x", "2")])',
        ),
        (sent("GET", "/a", follow=True), 'client.get("/a", follow_redirects=True)'),
        (
            sent("POST", "/a", of={"form": (("a", "1"), ("a", "2"), ("b", "3"))}),
            'client.post("/a", data={"a": ["1", "2"], "b": "3"})',
        ),
        (
            sent("POST", "/a", of={"files": (FilePart("f", "a.txt", b"hi"),)}),
            'client.post("/a", data={"f": (io.BytesIO(b"hi"), "a.txt")})',
        ),
        (
            sent("PUT", "/a", of={"body": b"a,b\n", "content_type": "text/csv"}),
            'client.put("/a", data="a,b\\n", content_type="text/csv")',
        ),
        (
            sent("PUT", "/a", of={"body": b'{"a": 1}', "content_type": JSON}),
            'client.put("/a", json={"a": 1})',
        ),
        (
            sent("PUT", "/a", of={"json": None}),
            'client.put("/a", data="null", content_type="application/json")',
        ),
        (sent("PUT", "/a", of={"body": b"\xff"}), 'client.put("/a", data=b"\\xff")'),
    ],
)
def test_a_request_is_the_call_that_sends_it(request_, line):
    assert line in written(request_)


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (Answer(204), []),
        (Answer(302, HTML, "x", "/new"), ['response.headers["Location"] == "/new"']),
        (in_json(None), ["response.is_json", "response.json is None"]),
        (in_json(True), ["response.json is True"]),
        (in_json("a"), ['response.json == "a"']),
        (Answer(200, JSON, '{"a": NaN}'), ["response.mimetype == ", "response.text"]),
        (Answer(200, HTML, "hi"), ['response.text == "hi"']),
        (Answer(200, TEXT, ""), ["response.mimetype", 'response.text == ""']),
        (Answer(200, "image/png"), ['response.mimetype == "image/png"']),
        (
            Answer(200, HTML, "<title>A</title>\n" + "<p>b</p>\n" * 90),
            ['"<title>A</title>" in response.text', '"<p>b</p>" in response.text'],
        ),
        (
            Answer(200, TEXT, "line\n" * 90),
            ["response.mimetype", "len(response.text) == 450", "start", "end"],
        ),
        (in_json([{"a": n} for n in range(99)]), ["len(rows) == 99", "[0]", "[-1]"]),
    ],
)
def test_an_answer_is_asserted_as_a_person_would(answer, lines):
    text = from_first_test(written(sent("GET", "/", answer)))
    asserted = [each for each in text.splitlines() if "assert" in each]
    assert f"response.status_code == {answer.status}" in asserted[0]
    assert len(asserted) == len(lines) + 1
    assert all(part in each for part, each in zip(lines, asserted[1:], strict=True))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (in_json({"a": 1, "b": 2}), 'set(response.json) == {"a", "b"}'),
        (in_json([1, 2]), "len(response.json) == 2"),
        (in_json(3), 'response.mimetype == "application/json"'),
        (Answer(200, TEXT, "12:03"), 'response.mimetype == "text/plain"'),
    ],
)
def test_of_an_answer_that_varies_the_shape_is_asserted(answer, line):
    text = written(sent("GET", "/", answer, varies=True))
    asserted = [each for each in text.splitlines() if "assert" in each]
    assert asserted[1:] == [f"    assert {line}"]


def test_an_answer_that_varies_is_compared_without_the_fields_that_do():
    request_ = sent("GET", "/", in_json({"a": 1, "at": 2}), varies=True)
    assert 'stable(response.json) == {"a": 1}' in written(request_, ignore=["at"])


STANDARD = """\
<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>{}</p>
"""


def test_of_the_frameworks_own_pages_only_a_persons_words_are_compared():
    usual = (
        "The requested URL was not found on the server. If you entered the URL"
        " manually please check your spelling and try again."
    )
    plain = Answer(404, HTML, STANDARD.format(usual))
    own = Answer(404, HTML, STANDARD.format("no &lt;user&gt; 9"))
    assert "in response.text" not in written(sent("GET", "/", plain))
    assert 'assert "no &lt;user&gt; 9" in response.text' in written(
        sent("GET", "/", own)
    )


NOTHING = [
    (sent("GET", "/"), "not recorded"),
    (sent("GET", "/", Answer(200), stands=False), "has changed"),
    (sent("GET", "/", Answer(200), stands=False, expected="200"), "has changed"),
    (sent("GET", "/", Answer(500, HTML, "x")), "failed in the notebook"),
]


@pytest.mark.parametrize(("request_", "reason"), NOTHING)
def test_a_request_whose_answer_no_longer_holds_is_sent_alone(request_, reason):
    text = from_first_test(written(request_))
    assert reason in text
    assert "\n    client.get(" in text
    assert "assert" not in text


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (sent("GET", "/", expected="204"), "response.status_code == 204"),
        (sent("GET", "/", expected="2xx"), "response.status_code // 100 == 2"),
        (sent("GET", "/", Answer(404), expected="200"), "response.status_code == 200"),
        (sent("GET", "/", Answer(201), expected="2xx"), "response.status_code == 201"),
        (sent("GET", "/", Answer(500), expected="500"), "response.status_code == 500"),
    ],
)
def test_an_expected_status_is_asserted(request_, said):
    assert f"assert {said}\n" in written(request_)


def test_tests_have_names_of_their_own():
    requests = [
        *(sent("GET", each) for each in ("/", "/a", "/a?x=1", "/a/2", "/é/<ü>", "/日")),
        sent("GET", "/", title="Log in & look"),
        sent("GET", "/" + "long/" * 40),
        sent("POST", "/a", client="a b"),
        sent("POST", "/a", client="a-b"),
    ]
    text = written(*requests)
    functions = [e.name for e in ast.parse(text).body if isinstance(e, ast.FunctionDef)]
    assert functions == [
        *("client", "client_a_b", "client_a_b_2"),
        *("test_get_index", "test_get_a", "test_get_a_2", "test_get_a_2_2"),
        *("test_get_e_u", "test_get", "test_log_in_look"),
        "test_get_long_long_long_long_long_long_long_long_long",
        *("test_post_a", "test_post_a_2"),
    ]


def test_a_secret_is_the_environments_and_its_test_waits_for_it():
    text = written(sent("GET", "/", Answer(200), secrets=(("Cookie", "COOKIE"),)))
    assert '@pytest.mark.skipif("COOKIE" not in os.environ, reason="no COOKIE")' in text
    assert 'headers={"Cookie": os.environ["COOKIE"]}' in text


def test_what_an_app_reads_from_the_environment_is_there_before_it_is_imported():
    text = written(sent("GET", "/", Answer(200)), environment=["API_KEY"])
    before, after = text.split("from app import app")
    assert 'os.environ.setdefault("API_KEY", "testing")' in before
    assert "os.environ" not in after


def test_a_notebook_without_requests_has_no_tests():
    with pytest.raises(NotebookError, match=r"api\.ipynb has no requests"):
        written()


# What a formatter and a linter say of them

RULES = "E4,E7,E9,F,I,UP,B,SIM,PT"
RUFF = [sys.executable, "-m", "ruff"]


def complaints(text) -> str:
    """What ruff would change or finds wrong."""
    said = ""
    for command in (["format", "--diff"], ["check", f"--select={RULES}"]):
        asked = [*RUFF, *command, "--isolated", "-"]
        done = subprocess.run(asked, input=text.encode(), capture_output=True)
        said += done.stdout.decode() if done.returncode else ""
    return said


texts = st.text(st.characters(codec="utf-8"), max_size=150) | st.text(
    st.sampled_from("ab c'\"\\\n{}\t"), max_size=300
)
numbers = st.integers(-(10**20), 10**20) | st.floats(
    allow_nan=False, allow_infinity=False
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5)
    ),
    max_leaves=20,
)
paths = st.text(st.sampled_from("abc/d"), max_size=120).map("/a{}".format)
answers = st.one_of(
    values.map(in_json),
    texts.map(lambda text: Answer(200, TEXT, text)),
    texts.map(lambda text: Answer(200, HTML, text)),
    paths.map(lambda path: Answer(302, HTML, "x", path)),
)
bodies = st.one_of(
    values.map(lambda value: {"json": value}),
    texts.map(lambda text: {"body": text.encode(), "content_type": "a/b"}),
    texts.map(lambda text: {"form": (("a", text), ("b", text), ("a", "c"))}),
    st.binary(max_size=90).map(lambda each: {"files": (FilePart("f", "b.c", each),)}),
    paths.map(lambda path: {"headers": (("X-A", path), ("X-B", path))}),
)
requests = st.builds(
    lambda path, answer, body: sent("POST", path, answer, of=body),
    paths,
    answers,
    bodies,
)
several = st.lists(requests, min_size=1, max_size=10)


@settings(max_examples=25, deadline=None)
@given(several)
def test_a_formatter_would_change_nothing_and_a_linter_finds_nothing(requests):
    assert complaints(written(*requests, ignore=["a"], environment=["A"])) == ""


# What they find


class Replay:
    """An app that gives the answers of a notebook, one after the other, and remembers
    what it was asked."""

    def __init__(self, answers) -> None:
        self.asked = []
        self.app = Flask("replay")
        waiting = iter(answers)

        def answer(path=""):
            files = {n: f.read() for n, f in request.files.items()}
            form = request.form.to_dict(flat=False)
            given = files, form, request.get_json(silent=True), request.get_data()
            self.asked.append((request.full_path.rstrip("?"), *given))
            told = next(waiting)
            response = Response(told.text or "", told.status)
            response.headers["Content-Type"] = told.content_type
            if told.location:
                response.headers["Location"] = told.location
            return response

        self.app.add_url_rule("/", None, answer, methods=["POST"])
        self.app.add_url_rule("/<path:path>", None, answer, methods=["POST"])


def run(text, app) -> None:
    """Run a module's tests as pytest does, the first failure is raised."""
    module = ModuleType("app")
    module.app = app
    namespace = {"__name__": "test_app"}
    before = sys.modules.get("app")
    sys.modules["app"] = module
    try:
        exec(compile(text, "test_app.py", "exec"), namespace)
    finally:
        sys.modules.pop("app")
        if before is not None:
            sys.modules["app"] = before
    client = app.test_client()
    for name, test in namespace.items():
        if name.startswith("test_"):
            test(client)


@settings(max_examples=60, deadline=None)
@given(several)
def test_tests_send_what_was_sent_and_pass_on_what_was_answered(requests):
    replay = Replay([each.answer for each in requests])
    run(written(*requests), replay.app)
    for asked, each in zip(replay.asked, requests, strict=True):
        path, files, form, value, data = asked
        of = each.request
        assert path == of.path
        assert files == {part.field: part.content for part in of.files}
        assert form == MultiDict(of.form).to_dict(flat=False)
        if isinstance(of.json, (dict, list, str, int, float, bool)):
            assert value == of.json
        assert of.body is None or data == of.body


@settings(max_examples=60, deadline=None)
@given(requests, answers)
def test_tests_fail_on_another_answer(request_, other):
    short = len(request_.answer.text) < 1500 and len(other.text) < 1500
    same = told(request_.answer) == told(other)
    text = written(request_)
    if same or not short:
        run(text, Replay([request_.answer]).app)
    else:
        with pytest.raises(AssertionError):
            run(text, Replay([other]).app)


def told(answer):
    """What a test compares of an answer."""
    if answer.location:
        return answer.status, answer.location
    if answer.json is not MISSING:
        return answer.status, [answer.json]
    return answer.status, answer.text


def test_volatile_fields_are_left_out_wherever_they_stand():
    answered = {"id": 1, "owner": {"id": 7, "name": "Ada"}, "rows": [{"at": 3, "n": 1}]}
    other = {"id": 1, "owner": {"id": 8, "name": "Ada"}, "rows": [{"at": 4, "n": 1}]}
    text = written(sent("POST", "/", in_json(answered)), ignore=["owner.id", "at"])
    run(text, Replay([in_json(other)]).app)
    for wrong in ({**other, "id": 2}, {**other, "rows": [{"at": 3, "n": 2}]}):
        with pytest.raises(AssertionError):
            run(text, Replay([in_json(wrong)]).app)


def test_volatile_fields_that_no_answer_has_leave_no_trace():
    assert "stable" not in written(sent("GET", "/", in_json({"a": 1})), ignore=["b"])
