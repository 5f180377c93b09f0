"""Exceptions in templates: cards and tracebacks show the templates' own lines."""

import pytest

#: Text that is no Python at all: IPython would want to read it as such.
TEXT = 'It\'s (a `text` """ of {1\n'
VIEW = "@app.get('/')\ndef view(): return render_template('page.html', zero=0)"
#: Cells before the view, the templates' places from the outside in, and the last line.
TEMPLATES = {
    "a template": (
        {"page": f"%%template page.html\n{TEXT}\n{{{{ 1 / zero }}}}"},
        ["page.html (cell [2]) 4"],
        "{{ 1 / zero }}",
    ),
    "a template that extends another": (
        {
            "base": f"%%template base.html\n{TEXT}{{% block body %}}{{% endblock %}}",
            "page": "%%template page.html\n{% extends 'base.html' %}\n"
            f"{{% block body %}}\n{TEXT}{{{{ 1 / zero }}}}\n{{% endblock %}}",
        },
        ["page.html (cell [3]) 2", "base.html (cell [2]) 3", "page.html (cell [3]) 5"],
        "{{ 1 / zero }}",
    ),
    "one that includes another": (
        {
            "part": f"%%template part.html\n{TEXT}\n\n{{{{ nobody.name }}}}",
            "page": f"%%template page.html\n{TEXT}{{% include 'part.html' %}}",
        },
        ["page.html (cell [3]) 3", "part.html (cell [2]) 5"],
        "{{ nobody.name }}",
    ),
    "a macro": (
        {
            "macros": "%%template macros.html\n{% macro half(x) %}\n"
            f"{TEXT}{{{{ x / 0 }}}}{{% endmacro %}}",
            "page": "%%template page.html\n{% import 'macros.html' as m %}\n"
            "{% for x in [1] %}\n{{ m.half(x) }}{% endfor %}",
        },
        ["page.html (cell [3]) 4", "macros.html (cell [2]) 4"],
        "{{ x / 0 }}",
    ),
    "a string": (
        {"page": "%%template page.html\n{{ inner() }}"}
        | {
            "inner": "@app.context_processor\ndef names():\n"
            f"    return {{'inner': lambda: render_template_string({TEXT!r}"
            " '{{ 1 / 0 }}')}"
        },
        ["page.html (cell [2]) 2", "the template string 2"],
        "{{ 1 / 0 }}",
    ),
    "a string that renders another": (
        {
            "page": "%%template page.html\n{{ outer() }}",
            "outer": "def inner(): return render_template_string('a\\n{{ 1 / 0 }}')\n"
            "@app.context_processor\ndef names():\n    return {'outer': lambda:"
            " render_template_string('\\n\\n{{ inner() }}', inner=inner)}",
        },
        ["the template string 3", "the template string 2"],
        "{{ 1 / 0 }}",
    ),
    "a string that cannot be read": (
        {
            "page": "%%template page.html\n{{ inner() }}",
            "inner": "@app.context_processor\ndef names():\n    return {'inner':"
            " lambda: render_template_string('a\\n(\\n{% nonsense %}')}",
        },
        ["page.html (cell [2]) 2", "the template string 3"],
        "{% nonsense %}",
    ),
}


@pytest.fixture(params=TEMPLATES)
def failing(notebook, request):
    cells, places, line = TEMPLATES[request.param]
    for id, cell in cells.items():
        notebook.do(cell, id)
    notebook.do(VIEW, "view")
    return notebook, places, line


def test_a_card_shows_the_lines_of_templates(failing):
    notebook, places, line = failing
    text = notebook.do("%get /").text
    shown_in_order(text, [f"{', line '.join(parted(each))}, in " for each in places])
    (*_, last) = [each for each in text.splitlines() if each.startswith("→")]
    assert last.startswith(f"→ {parted(places[-1])[1]:>3}  {line}")


@pytest.mark.parametrize("mode", ["Context", "Plain", "Verbose"])
def test_a_template_that_is_let_through_shows_the_same_lines(failing, mode):
    notebook, places, line = failing
    notebook.do(f"%xmode {mode}")
    ran = notebook.run("%get / --raise")
    assert not ran.ok
    shown_in_order(ran.text, [":".join(parted(each)) for each in places])
    number = parted(places[-1])[1]
    marked = f"    {line}" if mode == "Plain" else f"----> {number} {line}"
    assert marked in ran.text
    for unknown in ("File ", "<template", "<unknown>", "Could not get source"):
        assert unknown not in ran.text


def test_a_template_of_a_file_shows_its_line(notebook, tmp_path):
    (tmp_path / "page.html").write_text(f"{TEXT}\n{{{{ 1 / zero }}}}")
    notebook.do(f"app.template_folder = {str(tmp_path)!r}")
    notebook.do(VIEW, "view")
    assert f"{tmp_path}/page.html, line 3, in" in notebook.do("%get /").text
    ran = notebook.run("%get / --raise")
    assert f"\n{tmp_path}/page.html:3\n" in ran.text
    assert "----> 3 {{ 1 / zero }}" in ran.text


def test_a_template_that_a_cell_renders_shows_its_line(notebook):
    notebook.do("%ctx app")
    ran = notebook.run("x = 1\nrender_template_string('a\\n{{ 1 / 0 }}')")
    shown_in_order(
        ran.text, ["----> 2 render_template_string(", "template string:2", "{{ 1 / 0"]
    )
    assert "File " not in ran.text
    notebook.do("%ctx pop")


def parted(place):
    """Return a place and the number of its line."""
    return place.rsplit(" ", 1)


def shown_in_order(text, parts):
    start = 0
    for part in parts:
        assert part in text[start:], text
        start = text.index(part, start) + len(part)
