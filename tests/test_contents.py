"""Templates and static files that an app is given as text, without a folder."""

import linecache
import traceback

import jinja2
import pytest

from nbflask import Flask, render_template, stream_template, url_for
from nbflask.errors import ContentConflict, SetupFinished


def rendered(app: Flask, name: str, /, **values: object) -> str:
    with app.test_request_context():
        return render_template(name, **values)


# Templates


def test_a_template_given_as_text_is_found_before_any_file(tmp_path):
    (tmp_path / "page.html").write_text("from a file")
    app = Flask("x", template_folder=str(tmp_path))
    assert rendered(app, "page.html") == "from a file"
    app.add_template("page.html", "Hello {{ name }}!\n")
    assert rendered(app, "page.html", name="<b>") == "Hello &lt;b&gt;!"


def test_such_templates_extend_include_and_import_files_and_one_another(tmp_path):
    (tmp_path / "file.html").write_text("[{% block body %}{% endblock %}]")
    app = Flask("x", template_folder=str(tmp_path))
    app.add_template("part.html", "part")
    app.add_template("macros.html", "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}")
    app.add_template(
        "page.html",
        "{% extends 'file.html' %}{% import 'macros.html' as m %}"
        "{% block body %}{% include 'part.html' %} {{ m.twice('a') }}{% endblock %}",
    )
    assert rendered(app, "page.html") == "[part aa]"
    with app.test_request_context():
        assert "".join(stream_template("page.html")) == "[part aa]"


@pytest.mark.parametrize(
    "user",
    ["{% extends 'base' %}", "{% include 'base' %}", "{% import 'base' as b %}{{ b }}"],
)
def test_a_changed_template_is_effective_in_those_that_use_it(app, cells, user):
    cells.run(f"app.add_template('user', {user!r})", id="user")
    for version in ("one", "two"):
        cells.run(f"app.add_template('base', {version!r})", id="base")
        assert version in rendered(app, "user")


def test_an_unchanged_template_is_not_compiled_again(app, cells):
    cells.run("app.add_template('page', 'text')", id="a")
    with app.app_context():
        before = app.jinja_env.get_template("page")
        cells.run("app.add_template('page', 'text')", id="a")
        assert app.jinja_env.get_template("page") is before
        cells.run("app.add_template('page', 'other')", id="a")
        assert app.jinja_env.get_template("page") is not before


def test_a_request_in_flight_keeps_its_templates(app, cells, client):
    @app.get("/")
    def index():
        first = render_template("page")
        cells.run("app.add_template('page', 'new')", id="a")
        return f"{first} {render_template('page')}"

    cells.run("app.add_template('page', 'old')", id="a")
    assert client.get("/").text == "old old"
    assert rendered(app, "page") == "new"


def test_templates_given_as_text_are_listed_and_their_loading_explained(app, caplog):
    app.add_template("page.html", "text")
    assert "page.html" in app.jinja_env.list_templates()
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    caplog.set_level("INFO")
    rendered(app, "page.html")
    assert "WrittenTemplates" in caplog.text
    assert "found ('<template page.html" in caplog.text


def test_what_is_no_template_is_refused_and_nothing_changes(app):
    with pytest.raises(jinja2.TemplateSyntaxError) as raised:
        app.add_template("page.html", "one\n{% nonsense %}")
    assert raised.value.lineno == 2
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound):
        render_template("page.html")


@pytest.mark.parametrize(
    ("name", "fix"),
    [("/a", "'a'"), ("a/", "'a'"), ("../a", "'a'"), ("a\\b", "'a/b'"), ("", "such as")],
)
@pytest.mark.parametrize("method", ["add_template", "add_static_file"])
def test_a_name_that_cannot_be_found_is_refused_with_one_that_can(
    app, method, name, fix
):
    with pytest.raises(ValueError, match=fix):
        getattr(app, method)(name, "text")


def test_an_error_shows_the_line_of_the_template(app):
    app.add_template("page.html", "first\n{{ 1 / 0 }}\n")
    with pytest.raises(ZeroDivisionError) as raised:
        rendered(app, "page.html")
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (last.lineno, last.line) == (2, "{{ 1 / 0 }}")
    linecache.checkcache()
    assert linecache.getline(last.filename, 1) == "first\n"


def test_two_sources_of_one_name_are_told_apart(app, cells):
    names = set()
    for source in ("{{ 1 / 0 }}", "{{ 2 / 0 }}"):
        cells.run(f"app.add_template('page', {source!r})", id="a")
        with pytest.raises(ZeroDivisionError) as raised:
            rendered(app, "page")
        names.add(traceback.extract_tb(raised.value.__traceback__)[-1].filename)
    assert len(names) == 2


# Static files


@pytest.mark.parametrize(
    ("path", "content", "mimetype", "content_type"),
    [
        ("css/app.css", "h1 { color: blü }", None, "text/css; charset=utf-8"),
        ("app.js", "1", None, "text/javascript; charset=utf-8"),
        ("data.json", "{}", None, "application/json"),
        ("dot.svg", "<svg/>", None, "image/svg+xml; charset=utf-8"),
        ("LICENSE", "free", None, "text/plain; charset=utf-8"),
        ("raw", b"\0\1", None, "application/octet-stream"),
        ("feed", "<x/>", "application/xml", "application/xml; charset=utf-8"),
    ],
)
def test_a_static_file_is_served_with_its_content_type(
    app, client, path, content, mimetype, content_type
):
    app.add_static_file(path, content, mimetype)
    with app.test_request_context():
        url = url_for("static", filename=path)
    response = client.get(url)
    sent = content.encode() if isinstance(content, str) else content
    assert (response.data, response.content_type) == (sent, content_type)


def test_a_static_file_given_as_text_comes_before_the_folders(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("from a file")
    app = Flask("x", static_folder=str(tmp_path), static_url_path="/files")
    app.add_static_file("a.txt", "from text")
    client = app.test_client()
    assert client.get("/files/a.txt").text == "from text"
    with client.get("/files/b.txt") as response:
        assert response.text == "from a file"
    assert client.get("/files/c.txt").status_code == 404


def test_a_browser_need_not_fetch_an_unchanged_static_file_again(app, client, cells):
    cells.run("app.add_static_file('a.txt', 'one')", id="a")
    tag = client.get("/static/a.txt").headers["ETag"]
    known = {"If-None-Match": tag}
    assert client.get("/static/a.txt", headers=known).status_code == 304
    part = client.get("/static/a.txt", headers={"Range": "bytes=1-"})
    assert (part.status_code, part.text) == (206, "ne")
    cells.run("app.add_static_file('a.txt', 'two')", id="a")
    assert client.get("/static/a.txt", headers=known).text == "two"


def test_an_app_without_a_static_folder_says_how_to_get_one():
    app = Flask("x", static_folder=None)
    with pytest.raises(ValueError, match='static_folder="static"'):
        app.add_static_file("a.txt", "text")


# Whose they are

ADD = {
    "template": "app.add_template('a.txt', {!r})",
    "static file": "app.add_static_file('a.txt', {!r})",
}


def contents(app: Flask) -> list[str]:
    records = app.registry.records
    return [each.key[1] for each in records if each.key[0] in ADD]


@pytest.mark.parametrize("kind", ADD)
def test_a_cell_replaces_withdraws_and_keeps_what_it_gave(app, cells, kind):
    add = ADD[kind]
    cells.run(add.format("one"), id="a")
    with pytest.raises(ZeroDivisionError):
        cells.run(add.format("two").replace("a.txt", "b.txt") + "\n1 / 0", id="a")
    assert contents(app) == ["a.txt"]
    cells.run(add.format("two").replace("a.txt", "b.txt"), id="a")
    assert contents(app) == ["b.txt"]
    cells.run("pass", id="a")
    assert contents(app) == []


@pytest.mark.parametrize("kind", ADD)
def test_of_two_cells_that_claim_a_name_the_later_wins_and_it_is_said(app, cells, kind):
    cells.run(ADD[kind].format("one"), id="a")
    edition = cells.run(ADD[kind].format("two"), id="b")
    assert contents(app) == ["a.txt"]
    assert edition.notices == [
        f"{kind.capitalize()} 'a.txt' of cell a is now served by cell b."
    ]


@pytest.mark.parametrize("kind", ADD)
def test_without_cells_a_name_is_given_once_and_in_time(kind):
    app = Flask("x")
    names = {"app": app}
    exec(ADD[kind].format("one"), names)
    exec(ADD[kind].format("one"), names)  # the same again does no harm
    with pytest.raises(ContentConflict, match="Give this one another name"):
        exec(ADD[kind].format("two"), names)
    assert contents(app) == ["a.txt"]
    app.test_client().get("/")
    with pytest.raises(SetupFinished):
        exec(ADD[kind].format("one"), names)
