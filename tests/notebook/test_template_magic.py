"""%%template: a cell becomes a template, and may show at once what it renders to."""

import sys

import pytest


def test_a_cell_is_a_template_that_views_render(notebook):
    ran = notebook.do("%%template hello.html\n<p>Hello {{ name }}!</p>\n", "t")
    assert ran.text == "+ template hello.html\n"
    notebook.do("%%route /<name>\nrender_template('hello.html', name=name)")
    assert notebook.body("/Ada") == "<p>Hello Ada!</p>"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("%%template a.html\nnew", "↻ template a.html\n"),
        ("%%template b.html\nnew", "− template a.html\n+ template b.html\n"),
        ("%%route /b\n'b'", "− template a.html\n+ GET /b → b\n"),
    ],
)
def test_a_cell_says_what_it_changed(notebook, cell, text):
    notebook.do("%%template a.html\nold", "t")
    assert notebook.do(cell, "t").text == text


def test_a_changed_base_is_effective_on_the_next_request(notebook):
    notebook.do("%%template page.html\n{% extends 'base.html' %}", "page")
    notebook.do("%%route /\nrender_template('page.html')")
    for version in ("one", "two"):
        notebook.do(f"%%template base.html\n{version}", "base")
        assert notebook.body("/") == version


def test_a_macro_that_is_imported_sees_a_global_as_it_is_now(notebook):
    notebook.do("%%template macros.html\n{% macro m() %}{{ site }}{% endmacro %}")
    notebook.do("%%template page.html\n{% from 'macros.html' import m %}{{ m() }}")
    notebook.do("%%route /\nrender_template('page.html')")
    for name in ("one", "two"):
        notebook.do(f"app.jinja_env.globals['site'] = '{name}'", "site")
        assert notebook.body("/") == name
    notebook.do("pass", "site")
    assert notebook.body("/") == ""


def test_the_templates_of_a_blueprints_folder_come_and_go_with_its_cell(
    notebook, tmp_path
):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(name)
    mount = (
        f"bp = Blueprint('bp', __name__, template_folder=r'{tmp_path}/{{0}}')\n"
        "app.register_blueprint(bp)"
    )
    notebook.do("%%route /\nrender_template('page.html')")
    for cell, answer in [
        (mount.format("a"), "a"),
        (mount.format("b"), "b"),
        ("pass", "500"),
        (mount.format("a"), "a"),
    ]:
        notebook.do(cell, "mount")
        assert notebook.body("/") == answer
    notebook.do("%%template page.html\ncell", "template")
    assert notebook.body("/") == "cell"
    notebook.do("pass", "template")
    assert notebook.body("/") == "a"


def test_a_name_in_two_cells_belongs_to_the_later(notebook):
    notebook.do("%%template a.html\none", "1")
    said = notebook.do("%%template a.html\ntwo", "2").text
    assert "Template 'a.html' of cell [2] is now served by cell [3]." in said


# A template that is wrong


def test_a_syntax_error_is_shown_alone_at_the_cells_line(notebook):
    notebook.do("%%template a.html\nold", "t")
    ran = notebook.run("%%template a.html\n<p>\n{% nonsense %}\n", "t")
    assert not ran.ok
    assert ran.text.splitlines()[:3] == [
        '  File "<cell>", line 3',
        "    {% nonsense %}",
        "SyntaxError: Encountered unknown tag 'nonsense'.",
    ]
    assert "nbflask" not in ran.text
    notebook.do("%%route /\nrender_template('a.html')")
    assert notebook.body("/") == "old"


def test_a_filter_that_is_missing_may_come_later_and_is_named(notebook):
    ran = notebook.do("%%template a.html\n\n{{ 3|money }}", "t")
    assert "No filter named 'money'. Line 3 needs it." in ran.text
    notebook.do("@app.template_filter()\ndef money(x): return f'{x} €'")
    notebook.do("%%route /\nrender_template('a.html')")
    assert notebook.body("/").strip() == "3 €"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "The name is missing"),
        ("a.html b.html", "'b.html' is one too many"),
        ("/a.html", "write 'a.html'"),
        ("a.html --wiht x=1", "did you mean --with?"),
        ("a.html --with x", "write NAME=EXPR"),
        ("a.html --with 1x=2", "write NAME=EXPR"),
        ("a.html --with x=[1, 2]", "'[' was never closed"),
        ("a.html --with x=nowhere", "name 'nowhere' is not defined"),
        ("a.html --with x=1/0", "ZeroDivisionError"),
        ("a.html --with x=int('a')", "--with x=int('a') failed, ValueError: invalid"),
        ("a.html --with 'x=nowhere + 1'", "--with x=nowhere + 1 failed, NameError"),
    ],
)
def test_a_wrong_line_is_one_line_and_changes_nothing(notebook, line, said):
    ran = notebook.run(f"%%template {line}\ntext")
    assert not ran.ok
    assert said in ran.text
    assert ran.text.strip().count("\n") == 0
    assert "a.html" not in notebook.names["app"].jinja_env.list_templates()


def test_help_needs_no_body(notebook):
    for ask in ("%%template --help", "%template --help", "%%static --help"):
        assert "In Python: app.add_" in notebook.do(ask).text
    assert "A template needs a cell" in notebook.run("%template a.html").text


# --with


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("x=1+1", "2"),
        ('x="Ada"', "Ada"),
        ('x="Ada Lovelace"', "Ada Lovelace"),
        ("x=\"'Ada L'\"", "Ada L"),
        ("'x=\"Ada L\"'", "Ada L"),
        ('x="[1, 2]"', "[1, 2]"),
        ('x={"a":1}', "{'a': 1}"),
        ("x=number", "7"),
        ("x=number y=2", "72"),
        ("x=None", "None"),
        ("x=len('number')", "6"),
        ("x=dict(a='number')['a']", "number"),
        ("x='number'", "7"),
        ("x='nobody'", "nobody"),
    ],
)
def test_with_takes_python_expressions(notebook, line, text):
    notebook.do("number = 7")
    ran = notebook.do(f"%%template a.txt --with {line}\n{{{{ x }}}}{{{{ y }}}}")
    assert ran.text == f"+ template a.txt\n{text}\n"


def test_with_reads_variables_where_the_magic_is_called(notebook):
    ran = notebook.do(
        "def show(inner):\n"
        "    get_ipython().run_cell_magic("
        "'template', 'a.txt --with x=inner', '{{ x }}')\n"
        "show('local')"
    )
    assert ran.text.endswith("local\n")


def test_a_page_is_rendered_in_a_sandboxed_frame_with_its_source_folded(notebook):
    ran = notebook.do("%%template a.html --with\n<h1>Hi</h1><script>1</script>")
    card = ran.bundles[1]
    assert set(card) == {"text/plain", "text/html"}
    assert card["text/plain"] == "<h1>Hi</h1><script>1</script>"
    assert '<iframe sandbox=""' in card["text/html"]
    assert "<script" not in card["text/html"]
    assert "&lt;h1&gt;Hi&lt;/h1&gt;" in card["text/html"]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.sql", "mail.txt.j2"])
def test_what_is_no_page_is_shown_as_text(notebook, name):
    ran = notebook.do(f'%%template {name} --with x="<b>"\n{{{{ x }}}}')
    assert ran.text.endswith("<b>\n")
    assert "<iframe" not in ran.html
    assert "&lt;b&gt;" in ran.html


def test_it_is_rendered_in_the_context_that_is_pushed_else_in_one_of_its_own(notebook):
    url = "{{ url_for('static', filename='x') }}"
    cell = f"%%template a.txt --with\n{{{{ request.path }}}} {url}"
    assert "/ /static/x" in notebook.do(cell, "t").text
    notebook.do("context = app.test_request_context('/pushed')\ncontext.push()")
    assert "/pushed /static/x" in notebook.do(cell, "t").text
    notebook.do("context.pop()")


def test_an_error_in_rendering_shows_the_cells_line_and_fails_the_cell(notebook):
    notebook.do("%%template a.html\nold", "t")
    ran = notebook.run("%%template a.html --with n=0\n<p>\n{{ 1 / n }}\n</p>", "t")
    assert isinstance(ran.error, ZeroDivisionError)
    assert ran.text.splitlines()[:5] == [
        "a.html (cell [3]), line 3, in top-level template code",
        "    2  <p>",
        "→   3  {{ 1 / n }}",
        "    4  </p>",
        "ZeroDivisionError: division by zero",
    ]
    assert sys.last_value is ran.error
    notebook.do("%%route /\nrender_template('a.html')")
    assert notebook.body("/") == "old"


# Errors in a request

FAIL = "%%template a.html\n<p>\n{{ nobody.name }}"


@pytest.mark.parametrize(
    ("cells", "view", "place", "line"),
    [
        ([FAIL], "render_template('a.html')", "a.html (cell [2]), line 3", 3),
        (
            [FAIL, "%%template b.html\n{% include 'a.html' %}"],
            "render_template('b.html')",
            "a.html (cell [2]), line 3",
            3,
        ),
        (
            ["app.add_template('a.html', '\\n{{ nobody.name }}')"],
            "render_template('a.html')",
            "a.html (cell [2]), line 2",
            2,
        ),
        (
            ["text = '<p>\\n\\n{{ nobody.name }}'"],
            "render_template_string(text)",
            "the template string, line 3",
            3,
        ),
        (
            ["text = '<p>\\n{% macro m() %}{{ nobody.name }}{% endmacro %}{{ m() }}'"],
            "render_template_string(text)",
            "the template string, line 2",
            2,
        ),
    ],
)
def test_a_failure_shows_the_templates_line(notebook, cells, view, place, line):
    for cell in cells:
        notebook.do(cell)
    notebook.do(f"%%route /\n{view}")
    text = notebook.do("r = %get /").text
    assert f"\n{place}, in " in text
    shown = [each for each in text.splitlines() if each.startswith(f"→{line:>4}  ")]
    assert any("nobody.name" in each for each in shown)
    assert "UndefinedError: 'nobody' is undefined" in text
    assert "jinja2" not in text


def test_a_failure_in_a_file_shows_the_file(notebook, tmp_path):
    (tmp_path / "file.html").write_text("one\n{{ 1 / 0 }}")
    notebook.do(f"app = Flask('x', template_folder={str(tmp_path)!r})")
    notebook.do("%%route /\nrender_template('file.html')")
    text = notebook.do("r = %get /").text
    assert f"{tmp_path / 'file.html'}, line 2" in text
    assert "→   2  {{ 1 / 0 }}" in text


def test_a_strings_syntax_error_shows_its_line(notebook):
    notebook.do("%%route /\nrender_template_string('one\\n{% nonsense %}')")
    text = notebook.do("r = %get /").text
    assert "the template string, line 2" in text
    assert "→   2  {% nonsense %}" in text


def test_ipythons_own_traceback_shows_the_templates_line(notebook):
    notebook.do(FAIL)
    notebook.do("%%route /\nrender_template('a.html')")
    ran = notebook.run("%get / --raise")
    assert "a.html (cell [2]):3\n" in ran.text
    assert "----> 3 {{ nobody.name }}" in ran.text


def test_a_template_that_takes_too_long_is_named_by_its_line(notebook):
    notebook.do("import time\n@app.template_filter()\ndef slow(x): time.sleep(60)")
    notebook.do("%%template slow.html\n<p>\n{% for n in range(10**12) %}{% endfor %}")
    notebook.do("%%route /slow\nrender_template('slow.html')")
    ran = notebook.run("%get /slow --timeout 0.2")
    assert "it was at line 3 of slow.html (cell [3]), in root" in ran.text
