"""Tab: what is offered for paths, endpoints, templates, options and names."""

import re

import pytest
from IPython.core.completer import provisionalcompleter
from lines import on_every_line

from nbflask import Blueprint, Flask
from nbflask.notebook.magics.flask import COMMANDS
from nbflask.notebook.magics.table import MAGICS
from nbflask.notebook.tab.completion import Surroundings, offer

APP = """
@app.get('/')
def index(): return ''
@app.route('/users', methods=['GET', 'POST'])
def users(): return ''
@app.get('/users/<int:id>/posts')
def posts(id): return ''
@app.delete('/users/<int:id>')
def remove(id): return ''
@app.get('/file-<name>.txt')
def file(name): return ''
@app.get('/any/<any(a, "b/c"):which>/end')
def which(which): return ''
@app.get('/docs/<path:page>')
def docs(page): return ''
shop = Blueprint('shop', 'shop')
@shop.get('/list')
def items(): return ''
app.register_blueprint(shop, url_prefix='/shop')
other = Flask('other')
"""


@pytest.fixture
def known(notebook):
    notebook.do(APP)
    notebook.do("%%template base.html\nx")
    notebook.do("%%template parts/menu.html\nx")
    notebook.do("%%static app.css\nx")
    return notebook


def tab(notebook, cell: str) -> list[str]:
    """Return what the cell may become with Tab at its end."""
    with provisionalcompleter():
        found = list(notebook.shell.Completer.completions(cell, len(cell)))
    return [cell[: each.start] + each.text for each in found]


@pytest.mark.parametrize(
    ("typed", "became"),
    [
        # paths, segment by segment
        ("%get /us", ["%get /users", "%get /users/"]),
        ("%get /users/7/p", ["%get /users/7/posts"]),
        ("%get /users/7", ["%get /users/7/"]),
        ("%get /file-a", []),
        ("%get /fi", ["%get /file-"]),
        ("%get /any/a/e", ["%get /any/a/end"]),
        ("%get /sh", ["%get /shop/"]),
        ("%get /shop/", ["%get /shop/list"]),
        ("%get /static/a", ["%get /static/app.css"]),
        ("%get /us X:1 --verbose", ["%get /us X:1 --verbose"]),
        # wherever a request is sent from
        ("r = %get /us", ["r = %get /users", "r = %get /users/"]),
        ("it.r = %get /us", ["it.r = %get /users", "it.r = %get /users/"]),
        ("if 1:\n    %get /us", ["if 1:\n    %get /users", "if 1:\n    %get /users/"]),
        ("%post /us", ["%post /users"]),
        ("%delete /us", ["%delete /users/"]),
        ("%head /shop/l", ["%head /shop/list"]),
        ("%options /us", ["%options /users", "%options /users/"]),
        ("%%post /us", ["%%post /users"]),
        ("%get --quiet /shop/", ["%get --quiet /shop/list"]),
        ("%get --expect 200 /shop/", ["%get --expect 200 /shop/list"]),
        ("%%route /x --try /shop/", ["%%route /x --try /shop/list"]),
        # methods, options, subcommands, names
        ("%%route PO", ["%%route POST"]),
        ("%%route GET,P", [f"%%route GET,{each}" for each in ("POST", "PUT", "PATCH")]),
        ("%%route po", ["%%route POST"]),
        ("%%route /x --on ", ["%%route /x --on shop"]),
        ("%%route /x --en", ["%%route /x --endpoint"]),
        ("%get / --fo", ["%get / --follow", "%get / --form"]),
        ("%%post / --p", ["%%post / --py"]),
        ("%%template a.html --w", ["%%template a.html --with"]),
        ("%flask ro", ["%flask routes"]),
        ("%flask ad", ["%flask adopt"]),
        ("%flask client r", ["%flask client reset"]),
        ("%flask run --p", ["%flask run --port"]),
        ("%flask run --to", ["%flask run --token"]),
        ("%flask run --host 0.0.0.0 --d", ["%flask run --host 0.0.0.0 --debugger"]),
        ("%flask export app.py --pa", ["%flask export app.py --package"]),
        ("%flask ex", ["%flask explore", "%flask export"]),
        ("%flask use o", ["%flask use other"]),
        ("%ctx p", ["%ctx pop", "%ctx push"]),
        ("%ctx push /sh", ["%ctx push /shop/"]),
        ("%%ctx a", ["%%ctx app"]),
        ("%%ctx /sh", ["%%ctx /shop/"]),
        ("%%static a", ["%%static app.css"]),
        ("%%template ", ["%%template base.html", "%%template parts/menu.html"]),
        ("%%template ba", ["%%template base.html"]),
        ("%%template base.html --w", ["%%template base.html --with"]),
        ("%flask log ", ["%flask log clear"]),
        ("%flask log c", ["%flask log clear"]),
        ("%%static /us", []),
        # code
        ("url_for('us", ["url_for('users"]),
        ('x = f(url_for("shop.', ['x = f(url_for("shop.items']),
        ("render_template('ba", ["render_template('base.html"]),
        ("stream_template(['par", ["stream_template(['parts/menu.html"]),
        (
            'render_template(["a.html", "ba',
            ['render_template(["a.html", "base.html'],
        ),
        ("url_for(\n    'us", ["url_for(\n    'users"]),
        ("url_for(endpoint='us", ["url_for(endpoint='users"]),
        ("render_template(\n    'ba", ["render_template(\n    'base.html"]),
        # requests in the format of .http files
        ("%%http --o", ["%%http --only", "%%http --out"]),
        ("%http api.http --fo", ["%http api.http --follow"]),
        ("%%http\nGET /us", ["%%http\nGET /users", "%%http\nGET /users/"]),
        ("%%http\n### A\npost /us", ["%%http\n### A\npost /users"]),
        ("%%http\n/shop/", ["%%http\n/shop/list"]),
        # templates
        (
            '%%template a.html\n{% extends "b',
            ['%%template a.html\n{% extends "base.html'],
        ),
        (
            "%%template base.html\n<p>\n{%- include '",
            ["%%template base.html\n<p>\n{%- include 'parts/menu.html"],
        ),
        (
            "%%template a.html\n<a href=\"{{ url_for('ind",
            ["%%template a.html\n<a href=\"{{ url_for('index"],
        ),
    ],
)
def test_tab_completes(known, typed, became):
    assert [each for each in tab(known, typed) if each in became] == became
    if became:
        assert tab(known, typed) == became


def test_an_empty_word_offers_what_belongs_there(known):
    assert "%get /users/" in tab(known, "%get ")
    assert "%get /" in tab(known, "%get ")
    assert tab(known, "%flask use ") == ["%flask use app", "%flask use other"]
    assert "%flask routes" in tab(known, "%flask ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%ctx ", {"push", "app", "pop"}),
        ("%%ctx ", {"app", "GET", "/users"}),
        ("%ctx push ", {"POST", "/users"}),
        ("%trace ", {"POST", "/users"}),
        ("%why ", {"GET", "/users"}),
        ("%flask ", {*COMMANDS} - {""}),
        ("%flask client ", {"reset"}),
    ],
)
def test_every_word_that_a_line_may_go_on_with_is_offered(known, line, words):
    assert {line + word for word in words} <= set(tab(known, line))


def test_a_line_and_what_stands_above_a_cell_are_told_apart(known):
    assert not {"%%ctx push", "%%ctx pop"} & set(tab(known, "%%ctx "))
    assert not {"%ctx GET", "%ctx /users"} & set(tab(known, "%ctx "))


def choices():
    """Every word that a magic's own help begins its line with, as it is."""
    for magic in MAGICS:
        begins = re.compile(rf"^(%%?{magic.name} )([a-z]+)\b", re.MULTILINE)
        yield from begins.findall(magic.usage)


def test_what_a_magics_help_has_to_be_typed_as_it_is_is_offered(known):
    found = list(choices())
    assert ("%flask ", "adopt") in found
    for line, word in found:
        assert line + word in tab(known, line)


@pytest.mark.parametrize(
    "typed",
    ["/us", "print('/us", "%cd /us", "x = '%get /us", "!ls /us", "{% extends 'b"],
)
def test_elsewhere_nothing_is_added(known, typed):
    with_it = tab(known, typed)
    known.do("%unload_ext nbflask")
    assert tab(known, typed) == with_it
    known.do("%load_ext nbflask")


def test_the_old_way_of_asking_gets_the_same(known):
    with pytest.warns(PendingDeprecationWarning):
        found = known.shell.complete(None, line="r = %get /us")
    assert found == ("/us", ["/users", "/users/"])


def test_a_name_with_a_blank_is_offered_as_a_line_takes_it(known):
    known.do("%%template 'my page.html'\nx")
    assert tab(known, "%%template 'my") == ["%%template 'my page.html'"]


def test_a_replaced_app_is_the_one_that_is_offered(known):
    known.do("app = Flask('new')\n@app.get('/fresh')\ndef x(): return ''")
    assert tab(known, "%get /fr") == ["%get /fresh"]
    known.do("%flask use other")
    assert "%get /fresh" not in tab(known, "%get /fr")


@pytest.mark.parametrize("app", ["None", "object()"])
@pytest.mark.parametrize(
    "typed", ["%get /us", "url_for('", "render_template('", "%%template a"]
)
def test_without_an_app_tab_does_no_harm(known, capfd, app, typed):
    known.do(f"app = {app}")
    tab(known, typed)
    assert "Traceback" not in capfd.readouterr().err


def test_a_loader_that_cannot_list_leaves_the_cells_templates(known):
    known.do(
        "from jinja2 import FunctionLoader\n"
        "app.jinja_loader = FunctionLoader(lambda name: None)"
    )
    assert "render_template('base.html" in tab(known, "render_template('ba")


def test_loading_again_adds_nothing_and_unloading_takes_all_away(known):
    known.do("%load_ext nbflask\n%reload_ext nbflask")
    assert len(known.shell.Completer.custom_matchers) == 1


# What a magic's help says is enough

HELPS = {
    "why": "%why METHOD PATH\n    say which rule wins\n\n    %why GET /users/1",
    "trace": "%trace [METHOD] PATH [ITEM…] [OPTION…]\n\nOptions:\n  --out NAME  keep",
    "ctx": "%ctx               show it\n%ctx push PATH [ITEM…]  push\n%ctx pop  pop it",
}


@pytest.mark.parametrize(
    ("typed", "fragment", "candidates"),
    [
        ("%why P", "P", ("POST", "PUT", "PATCH")),
        ("%why GET /u", "/u", ("/users",)),
        ("%why GET ", "", ("/users",)),
        ("%trace /u", "/u", ("/users",)),
        ("%trace POST /u", "/u", ("/users",)),
        ("%trace /users --o", "--o", ("--out",)),
        ("%ctx p", "p", ("pop", "push")),
        ("%ctx push /u", "/u", ("/users",)),
        ("%ctx pop /u", "", ()),
        ("%%ctx push /u", "/u", ("/users",)),
        ("%nothing /u", "", ()),
    ],
)
def test_a_new_magic_is_completed_by_its_help(app, typed, fragment, candidates):
    app.add_url_rule("/users", "users", lambda: "", methods=["GET", "POST"])
    app.static_folder = None
    app.registry.swap((), app.registry.find(("endpoint", "static")))
    around = Surroundings(app, HELPS, {"bp": Blueprint("bp", "bp")})
    found = offer(typed, around)
    assert found.candidates == candidates
    if candidates:
        assert found.fragment == fragment


def test_of_a_thousand_routes_no_more_are_offered_than_can_be_read():
    app = Flask("big")
    for number in range(1_000):
        app.add_url_rule(f"/r{number}/<int:x>/p{number}", f"e{number}", lambda x: "")
    around = Surroundings(app, {"get": "%get PATH"}, {})
    assert offer("%get /r7/12/p", around).candidates == ("/r7/12/p7",)
    assert len(offer("%get /r", around).candidates) == 500
    assert len(offer("url_for('", around).candidates) == 500


#: What is typed, with the cursor at "|", and what stands there after Tab.
IN_A_FRONT_END = [
    ("r = %get /us|", "r = %get /users/|"),
    ("%get /us| X-A:1 --verbose", "%get /users/| X-A:1 --verbose"),
    ("x = 1\n%get /us|\ny = 2", "x = 1\n%get /users/|\ny = 2"),
    ("%%time\n%get /us|", "%%time\n%get /users/|"),
    ("%flask ad|", "%flask adopt|"),
    ("%flask ad| --help", "%flask adopt| --help"),
    ("url_for('users|', id=3)", "url_for('users_id|', id=3)"),
    (
        "%%route /n\nreturn url_for(\n  'us|')",
        "%%route /n\nreturn url_for(\n  'users_id|')",
    ),
    ("%%route /n\nrender_template('pa|')", "%%route /n\nrender_template('page.html|')"),
    ("%%route /n --try /us|\n1", "%%route /n --try /users/|\n1"),
    ("%%template a\n{% extends 'p|' %}", "%%template a\n{% extends 'page.html|' %}"),
    ("%%template p|\nx", "%%template page.html|\nx"),
    ("%%static ap|\nx", "%%static app.css|\nx"),
    ("%ctx push /us|", "%ctx push /users/|"),
    ("%trace /us|", "%trace /users/|"),
    ("%why PO|", "%why POST|"),
    ("%get / --ver|", "%get / --verbose|"),
    ("%%http\nGET /us|\nAccept: */*", "%%http\nGET /users/|\nAccept: */*"),
]


@pytest.mark.kernel
@on_every_line
@pytest.mark.parametrize("jedi", [True, False], ids=["jedi", "no jedi"])
def test_a_front_end_completes_in_a_real_kernel(kernel, jedi):
    kernel.do(f"%load_ext nbflask\n%config Completer.use_jedi = {jedi}")
    kernel.do("%%route /users/<int:id>\nid", "c")
    kernel.do("%%template page.html\nx", "t")
    kernel.do("%%static app.css\nx", "s")
    for typed, became in IN_A_FRONT_END:
        assert kernel.complete(typed) == [became]


@pytest.mark.kernel
@on_every_line
def test_tab_completes_in_a_terminal(terminal):
    terminal.run("%load_ext nbflask")
    terminal.run("%%route /users\n'everybody'")
    assert "everybody" in terminal.complete("%get /us", "/users").text
    assert "hello.html" in terminal.complete("%%template --he", "--help").text
    assert "nothing to adopt" in terminal.complete("%flask ad", "adopt").text
