"""%%static: a cell becomes a static file."""

import pytest


def test_a_cell_is_served_as_a_static_file(notebook):
    ran = notebook.do("%%static css/app.css\nh1 { color: blü }\n", "s")
    assert ran.text == "+ GET /static/css/app.css\n"
    response = notebook.get("/static/css/app.css")
    assert response.text == "h1 { color: blü }\n"
    assert response.content_type == "text/css; charset=utf-8"


def test_a_cell_says_what_it_changed(notebook):
    notebook.do("%%static a.css\none", "s")
    assert notebook.do("%%static a.css\ntwo", "s").text == "↻ GET /static/a.css\n"
    ran = notebook.do("%%static b.css\ntwo", "s")
    assert ran.text == "− GET /static/a.css\n+ GET /static/b.css\n"
    assert notebook.get("/static/a.css").status_code == 404
    ran = notebook.do("%%static b.css\nthree", "other")
    assert "Static file 'b.css' of cell [4] is now served by cell [5]." in ran.text


def test_a_page_links_it_by_url_for(notebook):
    notebook.do("%%static 'my file.txt'\ntext")
    notebook.do("%%route /\nredirect(url_for('static', filename='my file.txt'))")
    assert notebook.get("/", follow_redirects=True).text == "text\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "The name is missing: write %%static app.css"),
        ("a b", "'b' is one too many"),
        ("/static/a.css", "write %%static a.css"),
        ("../a.css", "write 'a.css'"),
        ("a.css --type x", "There is no option '--type'"),
    ],
)
def test_a_wrong_line_is_one_line_and_changes_nothing(notebook, line, said):
    ran = notebook.run(f"%%static {line}\ntext")
    assert not ran.ok
    assert said in ran.text
    assert ran.text.strip().count("\n") == 0
    assert not notebook.names["app"].registry.table.static_files


def test_an_app_without_a_static_folder_says_how_to_get_one(notebook):
    notebook.do("app = Flask('x', static_folder=None)")
    ran = notebook.run("%%static a.css\ntext")
    assert 'static_folder="static"' in ran.text
    assert "A static file needs a cell" in notebook.run("%static a.css").text
