"""What a notebook's file tells of the requests that its cells have sent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from lines import KernelOfALine, on_every_line
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

from nbflask.export.requests.http import http_of
from nbflask.grammar.request import MISSING, FilePart
from nbflask.ipynb.cutting import cut
from nbflask.ipynb.reading import document_of
from nbflask.ipynb.requests.asked import Recording, recording_of
from nbflask.ipynb.requests.recorded import Answer
from nbflask.ipynb.requests.records import metadata_of, read_record

PROJECT = Path(__file__).parents[2]


def recorded(*cells, name="api.ipynb") -> Recording:
    """What the file of a notebook that was run from top to bottom tells."""
    return recording_of(cut(document_of(written(*cells), name)))


def written(*cells) -> str:
    notebook = new_notebook(cells=[new_code_cell(each) for each in cells])
    return nbformat.writes(notebook)


def run(line, folder, *cells) -> str:
    """Run a notebook in a kernel, and return the text of its file."""
    notebook = new_notebook(cells=[new_code_cell(each) for each in cells])
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name=line.name,
        kernel_manager_class=KernelOfALine,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(PROJECT)})
    return nbformat.writes(notebook)


CELLS = (
    "%load_ext nbflask\napp.secret_key = 'x'",
    "%%route GET,POST /users\nrequest.get_json(silent=True) or [{'id': 1}]",
    "%%route /page\n'<h1>Hello</h1>'",
    "%%route /who --try /who\nrequest.headers.get('Authorization', '')",
    "%%route POST /files\n{k: f.read().decode() for k, f in request.files.items()}",
    "%%route /long\n'x' * 30_000",
    "%%route /login\nsession['a'] = 1\nredirect('/page')",
    "name = 'Ada'\nr = %post /users name={{name}} age:=36 --expect 2xx",
    "for n in range(2):\n    %get /users page=={{n}} --client other",
    "%get /who 'Authorization:Bearer abc'\n%get /who 'Authorization:Bearer def'",
    "import io\nwith open('face.txt', 'w') as f: f.write('smile')\n"
    "%post /files face@face.txt",
    "%get /long\n%get /page --quiet\n%get /login\n%get /login --follow",
    "%%http --expect 200\n@who = Bob\n### Make one\nPOST /users\n\n"
    '{"name": "{{who}}"}\n###\nGET http://localhost:5000/page',
    "%trace GET /page",
    "%get /missing",
)


@pytest.mark.kernel
@on_every_line
def test_a_saved_notebook_tells_what_its_cells_have_sent_and_what_was_answered(
    line, tmp_path
):
    text = run(line, tmp_path, *CELLS)
    recording = recording_of(cut(document_of(text, "api.ipynb")))
    assert recording.unsent == ()
    told = [
        (each.cell, each.request.method, each.request.path, each.answer)
        for each in recording.sent
    ]
    page = Answer(200, "text/html; charset=utf-8", "<h1>Hello</h1>")
    assert [each[:3] for each in told] == [
        (4, "GET", "/who"),
        (8, "POST", "/users"),
        (9, "GET", "/users?page=0"),
        (9, "GET", "/users?page=1"),
        (10, "GET", "/who"),
        (10, "GET", "/who"),
        (11, "POST", "/files"),
        (12, "GET", "/long"),
        (12, "GET", "/page"),
        (12, "GET", "/login"),
        (12, "GET", "/login"),
        (13, "POST", "/users"),
        (13, "GET", "/page"),
        (14, "GET", "/page"),
        (15, "GET", "/missing"),
    ]
    sent = recording.sent
    assert sent[1].request.json == {"name": "Ada", "age": 36}
    assert sent[1].answer.json == {"name": "Ada", "age": 36}
    assert sent[1].expected == "2xx"
    assert {each.client for each in sent} == {"", "other"}
    assert [each.secrets for each in sent[4:6]] == [
        (("Authorization", "AUTHORIZATION"),),
        (("Authorization", "AUTHORIZATION_2"),),
    ]
    assert sent[6].request.files == (FilePart("face", "face.txt", b"smile"),)
    assert sent[6].answer.json == {"face": "smile"}
    assert sent[7].answer == Answer(200, "text/html; charset=utf-8")
    assert sent[8].answer is None  # it was quiet
    assert (sent[9].answer.location, sent[9].answer.sets_cookies) == ("/page", True)
    assert sent[10].follow
    assert sent[10].answer == page
    assert (sent[11].title, sent[11].expected) == ("Make one", "200")
    assert sent[11].request.body == b'{"name": "Bob"}'
    assert sent[12].answer == sent[13].answer == page
    assert sent[14].answer.status == 404


# What a file without outputs tells


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%get /users", ("GET", "/users")),
        ("r = %get /users page==2 -- q==new", ("GET", "/users?page=2&q=new")),
        ("%%post /users\n{}", ("POST", "/users")),
        ("%get http://localhost:5001/users --live", ("GET", "/users")),
        ("%%route PUT /x --try /x a=1\n'x'", ("PUT", "/x")),
        ("%%http\n@n = 3\n\nGET /users/{{n}}", ("GET", "/users/3")),
    ],
)
def test_a_request_that_was_not_run_is_known_by_its_text(cell, told):
    (sent,) = recorded("%load_ext nbflask", cell).sent
    assert (sent.request.method, sent.request.path) == told
    assert (sent.cell, sent.answer) == (2, None)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("%get /users/{{n}}", "cell 1, line 1: %get /users/{{n}}"),
        ("\n%post /u a@f.txt", "cell 1, line 2: %post /u a@f.txt"),
        ("%%post /u --py\n{'a': n}", "cell 1, line 1: %%post /u --py"),
        ("for n in range(3):\n    %get /u", "cell 1, line 1: %get /u"),
        ("%get /u --nonsense", "cell 1, line 1: %get /u --nonsense"),
        ("%%http\nGET /u/{{n}}", "cell 1, line 1: %%http, GET /u/{{n}}"),
        ("%%http\nGET /u/{{$guid}}", "cell 1, line 1: %%http, GET /u/{{$guid}}"),
        ("%%http\nPOST /u\n\n< f.txt", "cell 1, line 1: %%http, POST /u"),
        ("%%http\nnonsense", "cell 1, line 1: %%http"),
    ],
)
def test_a_request_that_only_running_it_tells_is_named_with_its_place(cell, shown):
    recording = recorded(cell)
    assert (recording.sent, [*map(str, recording.unsent)]) == ((), [shown])


def test_quiet_requests_stand_between_those_that_were_shown():
    cell = new_code_cell("%post /a --quiet\n%get /b\n%post /c --quiet\n%get /d")
    for path in ("/b", "/d"):
        told = {"method": "GET", "path": path, "answer": {"status": 200}}
        output = new_output("display_data", metadata={"nbflask": told})
        cell.outputs.append(output)
    text = nbformat.writes(new_notebook(cells=[cell]))
    sent = recording_of(cut(document_of(text, "api.ipynb"))).sent
    assert [each.request.path for each in sent] == ["/a", "/b", "/c", "/d"]
    assert [each.answer for each in sent] == [None, Answer(200), None, Answer(200)]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"method": "GET", "path": 3},
        {"method": "GET", "path": "/", "headers": [["A"]]},
        {"method": "GET", "path": "/", "answer": {"status": "two hundred"}},
        {"method": "GET", "path": "/", "answer": 200},
        {"method": "POST", "path": "/", "json": "{"},
        {"method": "GET /\n\n###\nGET", "path": "/"},
        {"method": "GET", "path": "/", "expect": "1; rm()"},
        {"method": "GET", "path": "/", "secrets": [["A", "$(rm)"]]},
        {"method": "GET", "path": "/", "secrets": [["A: `rm`", "A"]]},
        {"method": "POST", "path": "/", "body": {"base64": "?"}},
        {"method": "POST", "path": "/", "files": [{"field": "a"}]},
        "GET /",
        None,
    ],
)
def test_metadata_that_somebody_else_wrote_tell_of_no_request(told):
    assert read_record({"nbflask": told}, 1) is None
    assert read_record(told, 1) is None


# What a running notebook remembers


def test_a_notebook_remembers_what_was_answered_to_each_of_its_cells(notebook):
    notebook.do("%%route GET,POST /u\nrequest.get_json(silent=True) or 'none'")
    notebook.do("%get /u --quiet\n%post /u a:=1 --expect 200", id="one")
    notebook.do("%get /u?x=1", id="two")
    told = [
        (each.owner.name, each.sent.request.path, each.sent.answer.text)
        for each in ledger().entries
    ]
    assert told == [
        ("one", "/u", "none"),
        ("one", "/u", '{"a":1}\n'),
        ("two", "/u?x=1", "none"),
    ]


def test_a_cell_that_runs_again_replaces_what_it_sent_before(notebook):
    notebook.do("%%route /u\n'u'")
    notebook.do("%get /u?a\n%get /u?b", id="one")
    notebook.do("%get /u?c", id="two")
    notebook.do("%get /u?d", id="one")
    assert [each.request.path for each in ledger().sent] == ["/u?c", "/u?d"]


def test_requests_that_are_too_long_or_failed_to_be_sent_are_not_remembered(notebook):
    notebook.do("%%route POST /u\n'u'")
    notebook.do("%%post /u\n" + "x" * 200_000)
    assert not notebook.run("%get /u --timeout nonsense").ok
    assert ledger().sent == ()


def test_an_answer_that_repeats_a_secret_is_kept_without_its_text(notebook):
    notebook.do("%%route /u\nrequest.headers['Authorization']")
    notebook.do("%get /u 'Authorization:Bearer hush'")
    (sent,) = ledger().sent
    assert (sent.answer.status, sent.answer.text) == (200, None)


def test_what_cannot_be_saved_in_a_file_has_no_metadata(notebook):
    notebook.do("%%route POST /u\n'u'")
    notebook.do("%%post /u --py\n['\\ud800']")
    (sent,) = ledger().sent
    assert metadata_of(sent) == {}


def test_what_is_written_down_is_read_again_as_it_was(notebook):
    notebook.do("%%route GET,POST /u\nrequest.get_data()")
    for line in (
        "%post /u a=1 n:=12345678901234567890 X-A:1 Authorization:hush --client me",
        "%post /u --form a=1 a=2",
        "%%post /u Content-Type:text/csv\na,b\n",
        "%get /u a==1 --expect 2xx --follow",
    ):
        notebook.do(line)
    for sent in ledger().sent:
        metadata = json.loads(json.dumps(metadata_of(sent)))
        assert read_record(metadata, 0) == sent
        assert "hush" not in json.dumps(metadata)
    assert ledger().sent[-1].request.json is MISSING


def test_a_notebook_sends_again_from_a_file_what_it_has_sent(notebook, tmp_path):
    notebook.do(
        "%%route GET,POST /u/<n>\n{'n': n, 'data': request.get_data(as_text=True)}"
    )
    notebook.do("%get /u/Zoë?a=1 X-A:1\n%post /u/1 a=1 b:=[2]\n%post /u/2 --form a=b")
    notebook.do("%%post /u/3 Content-Type:text/csv\n# a\n\nb")
    before = ledger().sent
    (tmp_path / "api.http").write_text(http_of(before), "utf-8")
    notebook.do(f"%http {tmp_path}/api.http")
    after = ledger().sent[len(before) :]
    assert [e.answer.status for e in after] == [200] * 4
    assert [e.answer.json["n"] for e in after] == [e.answer.json["n"] for e in before]
    assert after[3].answer == before[3].answer


def ledger():
    import nbflask.notebook as layer

    return layer._notebook.ledger
