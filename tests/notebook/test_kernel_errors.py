"""Errors in real kernels of every line: own lines alone, and %debug where they are."""

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

FRAMES = ("File ", "nbflask/", "site-packages", "lib/python", "Could not get source")


@pytest.fixture
def loaded(kernel):
    kernel.do("%load_ext nbflask")
    return kernel


def said(ran):
    """Return what a cell has shown, which names no frame of a library."""
    for frame in FRAMES:
        assert frame not in ran.text
    return ran.text


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        (
            "x = 1\n@app.get('nos')\ndef view(): return ''",
            ["line 2\n", "----> 2 @app.get('nos')", "ValueError: URL rule 'nos' must"],
        ),
        (
            "@app.get('/<x>/<x>')\ndef view(): return ''",
            ["----> 1 @app.get(", "SyntaxError: duplicate argument 'x'"],
        ),
        (
            "%%ctx app\nrender_template_string('(it\\'s\\n{{ 1/0 }}')",
            ["----> 2 render_", "the template string:2", "----> 2 {{ 1/0", "ZeroDivis"],
        ),
    ],
)
def test_what_a_cell_does_wrong_shows_its_line_alone(loaded, cell, parts):
    shown_in_order(said(loaded.run(cell)), parts)


def test_debug_opens_where_the_app_was_called(loaded):
    loaded.run("def add(rule):\n    app.add_url_rule(rule, 'x', print)\nadd('nos')")
    ran = loaded.run("%debug", answers=["p 'the rule is ' + rule", "quit"])
    assert "the rule is nos" in ran.text


@pytest.mark.parametrize("view", ["def", "async def"])
def test_a_template_shows_its_line_however_it_is_asked_for(loaded, view):
    loaded.do("%%template page.html\n(it's\n\n{{ 1 / 0 }}", "page")
    loaded.do(f"@app.get('/')\n{view} view(): return render_template('page.html')", "v")
    card = ["cell [3], line 2, in view", "page.html (cell [2]), line 4", "→   4  {{ 1"]
    shown_in_order(said(loaded.do("%get /")), card)
    shown_in_order(
        said(loaded.run("%get / --raise")),
        ["Cell In[3], line 2, in view()", "page.html (cell [2]):4", "----> 4 {{ 1 / 0"],
    )
    logged = ["ERROR in app: Exception on / [GET]\n", *card]
    shown_in_order(said(loaded.do("r = app.test_client().get('/')")), logged)
    shown_in_order(said(loaded.do("r = await app.test_client().get('/')")), logged)


def test_a_loop_in_a_template_that_is_interrupted_shows_its_line(loaded):
    # It sleeps: while garbage is collected, ipykernel 6.29 loses an interrupt.
    loaded.do(
        "from time import sleep\n@app.template_global()\ndef tell(n):\n"
        "    if n == 9: print('begun', flush=True)\n    sleep(0.01)"
    )
    loaded.do(
        "%%template endless.html\n<p>\n"
        "{% for n in range(10**12) %}{{ tell(n) }}{% endfor %}"
    )
    loaded.do("%%route /\nrender_template('endless.html')", "view")
    ran = loaded.run("%get /", interrupt_at="begun")
    assert not ran.ok
    shown_in_order(said(ran), ["line 2, in index()", "endless.html (cell [3]):3"])
    loaded.do("%%route /\n'fine'", "view")
    assert "200 OK" in loaded.do("%get /").text


def test_what_led_to_an_exception_is_at_its_own_line(loaded):
    loaded.do(
        "@app.get('/')\ndef view():\n    try:\n        {}['id']\n"
        "    except KeyError as error:\n        raise ValueError('row') from error"
    )
    shown_in_order(
        said(loaded.run("%get / --raise")),
        ["Cell In[2], line 4, in view()", "----> 4         {}['id']", "KeyError: 'id'",
         "The above exception was", "line 6, in view()", "ValueError: row"],
    )  # fmt: skip


def shown_in_order(text, parts):
    start = 0
    for part in parts:
        assert part in text[start:], text
        start = text.index(part, start) + len(part)
