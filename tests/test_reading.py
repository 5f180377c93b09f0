"""What `request.df` and `response.df` read, and what they say of what is no table."""

from __future__ import annotations

import io
import subprocess
import sys
from textwrap import dedent

import pytest

from nbflask import request

JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("body", "mimetype", "status", "said"),
    [
        ('[{"a": 1}, {"a": 2}]', JSON, 200, "[1, 2]"),
        ("a,b\n1,x\n2,y\n", CSV, 200, "[1, 2]"),
        ("a\tb\n1\tx\n", "text/tab-separated-values", 200, "[1]"),
        ("a\nä".encode("latin-1"), "text/csv; charset=latin-1", 200, "[&#39;ä&#39;]"),
        ('[{"a": 1},\n x]', JSON, 400, "Expecting value at line 2 column 2"),
        ('{"a": 1}', JSON, 400, "The body is an object, not a list of objects"),
        ("[1]", JSON, 400, "Item 1 of the body&#39;s list is a number"),
        ("a,b\n1,2,3", CSV, 400, "line 2 has 3 fields, the header has 2 fields"),
        ("", CSV, 400, "The body is empty"),
        ("a\nä".encode("latin-1"), CSV, 400, "not utf-8 text at byte 2"),
        ("a", "text/plain", 415, "The body is text/plain"),
        (f'[{{"a": {"1" * 5000}}}]', JSON, 400, "a number that is too long"),
        # Longer than a field may be for Python's own reader of CSV.
        ("a,b\n" + "x" * 200_000 + ",1\n", CSV, 200, "x" * 200_000),
    ],
)
def test_a_request_is_read_as_a_frame_or_says_why_not(
    app, client, body, mimetype, status, said
):
    @app.post("/")
    def take():
        return str(request.df["a"].to_list()).replace("'", "&#39;")

    response = client.post("/", data=body, content_type=mimetype)
    assert response.status_code == status
    assert response.text.count(said) == 1


def test_text_that_is_none_is_a_frame_or_refused_but_no_failure(app, client):
    app.add_url_rule("/", "take", lambda: str(len(request.df)), methods=["POST"])
    response = client.post("/", data=r'[{"a": "\ud800"}]', content_type=JSON)
    assert response.status_code in (200, 400)


# A table as the file of a form


@pytest.fixture
def uploads(app, client):
    """Send files, each as name and media type, in a form; return the response."""
    app.add_url_rule("/", "take", lambda: request.df.to_dict("list"), methods=["POST"])

    def send(*files: tuple[str, str | None], body: bytes = b"a,b\n1,x\n2,y\n"):
        sent = [(io.BytesIO(body), name, kind) for name, kind in files]
        return client.post(
            "/", data={"note": "n", "file": sent}, content_type="multipart/form-data"
        )

    return send


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [
        ("data.csv", CSV),
        ("data", "text/csv; charset=utf-8"),
        ("data.csv", None),
        # What browsers call it where a spreadsheet program is installed.
        ("DATA.CSV", "application/vnd.ms-excel"),
        ("data.csv", "application/octet-stream"),
        ("data.csv", "text/plain"),
    ],
)
def test_a_table_may_come_as_the_one_file_of_a_form(uploads, name, mimetype):
    assert uploads((name, mimetype)).json == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("name", "mimetype", "body"),
    [
        ("data.json", "application/octet-stream", b'[{"a": 1, "b": "x"}]'),
        ("data.tsv", "application/octet-stream", b"a\tb\n1\tx\n"),
        ("data.csv", "text/tab-separated-values", b"a\tb\n1\tx\n"),
    ],
)
def test_a_file_is_read_by_its_type_and_else_by_its_name(uploads, name, mimetype, body):
    assert uploads((name, mimetype), body=body).json == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([], 400, "The form has 0 files; a DataFrame is read from one."),
        ([("a.csv", CSV), ("b.csv", CSV)], 400, "The form has 2 files"),
        ([("a.xls", "application/vnd.ms-excel")], 415, "application/vnd.ms-excel"),
        ([("a", "text/plain")], 415, "The body is text/plain"),
    ],
)
def test_a_form_without_one_table_says_why_there_is_none(uploads, files, status, said):
    response = uploads(*files)
    assert response.status_code == status
    assert said in response.text


def test_a_field_in_which_no_file_was_chosen_is_none(client, uploads):
    parts = ('"a"; filename=""\r\n\r\n', '"b"; filename="b.csv"\r\n\r\na\r\n1')

    def send(*parts):
        head = "--x\r\nContent-Disposition: form-data; name="
        body = "".join(f"{head}{each}\r\n" for each in parts) + "--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        return client.post("/", data=body, content_type=kind)

    assert send(*parts).json == {"a": [1]}
    assert "The form has 0 files" in send(parts[0]).text


def test_a_broken_file_is_refused_as_a_broken_body_is(uploads):
    response = uploads(("a.csv", CSV), body=b"a,b\n1\n")
    assert response.status_code == 400
    assert "line 2 has 1 field, the header has 2 fields" in response.text


# Which library makes the frame

HEAD = """
    import sys
    from nbflask import Flask, request
    app = Flask("alone")
    app.testing = True

    @app.post("/")
    def take():
        found = request.df
        library = type(found).__module__.partition(".")[0]
        return {"library": library, "a": list(found["a"])}

    @app.get("/")
    def give():
        return [{"a": 1}]

    client = app.test_client()

    def ask(**body):
        return client.post("/", **body).json
"""
POLARS = """
    import polars
    expected = {"library": "polars", "a": [1, None]}
    assert ask(json=[{"a": 1}, {"a": None}]) == expected
    assert ask(data="a,b\\n1,x\\n,y\\n", content_type="text/csv") == expected
    assert isinstance(client.get("/").df, polars.DataFrame)
    mixed = client.post("/", json=[{"a": 1}, {"a": {"b": 2}}])
    assert mixed.status_code in (200, 400), mixed.text
    ragged = client.post("/", data="a,b\\n1\\n", content_type="text/csv")
    assert ragged.status_code == 400, ragged.text
    assert "pandas" not in sys.modules
"""
NEITHER = """
    from importlib.abc import MetaPathFinder

    class Missing(MetaPathFinder):
        def find_spec(self, name, path, target=None):
            if name.partition(".")[0] in ("pandas", "polars"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Missing())
    try:
        ask(json=[{"a": 1}])
    except ModuleNotFoundError as error:
        assert error.name == "pandas"
        said = str(error)
    assert "which is not installed: pip install pandas" in said, said
    app.testing = False
    assert client.post("/", json=[{"a": 1}]).status_code == 500
    # What is no table is refused whether there is a library or not.
    assert client.post("/", json={"a": 1}).status_code == 400
"""


@pytest.mark.parametrize(
    "program", [POLARS, NEITHER], ids=["polars alone", "neither of them"]
)
def test_a_frame_is_of_the_library_that_there_is(program):
    command = [sys.executable, "-W", "error", "-c", dedent(HEAD) + dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
