"""%%route: a cell's text becomes a view."""

import inspect
import traceback

import pytest


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("'last'", "last"),
        ("word = 'bound'\nword", "bound"),
        ("return 'returned'", "returned"),
        ("if True:\n    return 'early'\n'late'", "early"),
        ("import asyncio\nawait asyncio.sleep(0)\n'awaited'", "awaited"),
        ("[piece async for piece in pieces()][0]", "piece"),
        ("async with slept: pass\n'with'", "with"),
        ("yield 'a'\nyield 'b'", "ab"),
        ("yield request.method\nyield from 'xy'", "GETxy"),
        ("def inner(): yield 1\nstr(len(list(inner())))", "1"),
        ("text = '''\none\n  two\n'''\ntext", "\none\n  two\n"),
        ('f"""\n{name}\n"""', "\nAda\n"),
        ("'''a\\\nb'''", "ab"),
        ("# a comment\n'commented'\n# another", "commented"),
        ("\n\n'blank lines before'", "blank lines before"),
        ("path = !echo shell\nreturn path[0]", "shell"),
        ("where = %pwd\n'/' in where and 'magic'", "magic"),
        ("'%not a magic !at all'", "%not a magic !at all"),
        ("[name for _ in range(2)][1]", "Ada"),
        ("lambda_ = lambda: name\nlambda_()", "Ada"),
        ("global counted\ncounted = 'set'\ncounted", "set"),
        ("name; 'semicolons'", "semicolons"),
        ("'ünï©ode ✓'", "ünï©ode ✓"),
        ("    'indented as a whole'", "indented as a whole"),
        ("class A: word = 'class'\nA.word", "class"),
        ("def view(): return 'function'", "function"),
        ("x = 'around'\ndef view():\n    return x", "around"),
        ("async def view():\n    return 'async'", "async"),
        ("import functools\n@functools.cache\ndef view(): return 'cached'", "cached"),
        ("def view():\n    yield 'generated'", "generated"),
    ],
)
def test_a_body_is_a_view(notebook, body, answer):
    notebook.do(
        "import asyncio, contextlib\nname = 'Ada'\n"
        "async def pieces(): yield 'piece'\n"
        "slept = contextlib.AsyncExitStack()"
    )
    notebook.do(f"%%route /x\n{body}")
    assert notebook.body("/x") == answer


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/", "+ GET / → index"),
        ("/users", "+ GET /users → users"),
        ("/users/<int:user_id>", "+ GET /users/<int:user_id> → users_user_id"),
        ("POST /users", "+ POST /users → post_users"),
        ("delete /users/<id>", "+ DELETE /users/<id> → delete_users_id"),
        ("GET,POST /users", "+ GET,POST /users → users"),
        ("PUT,PATCH /x", "+ PATCH,PUT /x → put_x"),
        ("/a-b/c.d", "+ GET /a-b/c.d → a_b_c_d"),
        ("/2", "+ GET /2 → _2"),
        ("/class", "+ GET /class → class"),
        ("/users --endpoint people", "+ GET /users → people"),
        ("--endpoint people /users", "+ GET /users → people"),
        ("'/with blank'", "+ GET /with blank → with_blank"),
        ("/<any(a,b):w>", "+ GET /<any(a,b):w> → w"),
        ("/x --endpoint 2-fast", "+ GET /x → 2-fast"),
    ],
)
def test_a_route_is_named_and_shown(notebook, line, shown):
    ran = notebook.do(f"%%route {line}\n'x'")
    assert ran.text.strip() == shown
    assert "→" in ran.html


def test_a_rules_variables_are_the_bodys_parameters(notebook):
    notebook.do("%%route /<int:a>/<path:b>\nf'{a + 1} {b}'")
    assert notebook.body("/1/x/y") == "2 x/y"


def test_the_function_form_binds_the_function_and_names_the_endpoint(notebook):
    ran = notebook.do("%%route /x\nlimit = 3\ndef listing():\n    return str(limit)")
    assert "→ listing" in ran.text
    assert notebook.names["limit"] == 3
    assert notebook.names["listing"]() == "3"


def test_the_body_form_binds_nothing(notebook):
    notebook.do("_ = 'kept'")
    before = {name for name in notebook.names if not name.startswith("_")}
    notebook.do("%%route /users\nx = 1\n'x'")
    after = {name for name in notebook.names if not name.startswith("_")}
    assert after == before
    assert notebook.names["_"] == "kept"


def test_a_view_sees_the_notebooks_variables_as_they_are_now(notebook):
    notebook.do("word = 'one'")
    notebook.do("%%route /x\nword")
    notebook.do("word = 'two'")
    assert notebook.body("/x") == "two"


@pytest.mark.parametrize(
    ("again", "shown"),
    [
        ("%%route /user\n'new'", "↻ GET /user"),
        ("%%route /users\n'new'", "− GET /user\n+ GET /users"),
        ("%%route POST /user\n'new'", "− GET /user\n+ POST /user"),
        ("%%route /user --endpoint u\n'new'", "− GET /user\n+ GET /user → u"),
    ],
)
def test_a_rerun_shows_what_went_and_what_came(notebook, again, shown):
    notebook.do("%%route /user\n'old'", "c1")
    lines = notebook.do(again, "c1").text.splitlines()
    wanted = shown.splitlines()
    assert len(lines) == len(wanted)
    assert all(line.startswith(part) for line, part in zip(lines, wanted, strict=True))
    assert notebook.rules() == [wanted[-1][2:].partition(" →")[0]]


def test_a_rerun_without_an_id_takes_over(notebook):
    notebook.do("%%route /x\n'one'")
    assert notebook.do("%%route /x\n'two'").text == "↻ GET /x → x\n"
    assert notebook.rules() == ["GET /x"]
    assert notebook.body("/x") == "two"


def test_a_broken_edit_keeps_the_view_that_was_there(notebook):
    notebook.do("%%route /x\n'one'", "c1")
    assert not notebook.run("%%route /x\n'two", "c1").ok
    assert notebook.body("/x") == "one"


def test_a_route_may_be_on_a_blueprint(notebook):
    notebook.do("shop = Blueprint('shop', __name__, url_prefix='/shop')")
    notebook.do("app.register_blueprint(shop)")
    ran = notebook.do("%%route /items/<int:n> --on shop\nf'{n} {request.endpoint}'")
    assert notebook.rules() == ["GET /shop/items/<int:n>"]
    assert notebook.body("/shop/items/3") == "3 shop.items_n"
    assert "+ GET" in ran.text


def test_defaults_fill_the_variables_that_a_rule_lacks(notebook):
    notebook.do("size = 7")
    notebook.do(
        "%%route /list --defaults page=1 q=all size={{size}} --endpoint listing\n"
        "f'{page + 1} {q} {size}'"
    )
    assert notebook.body("/list") == "2 all 7"


def test_try_sends_a_request_at_once(notebook):
    ran = notebook.do("%%route /users/<int:n> --try /users/3 q==x\nrequest.args['q']")
    assert ran.text.startswith("+ GET /users/<int:n> → users_n\n200 OK  GET /users/3?q")
    assert ran.text.rstrip().endswith("x")


def test_try_sends_the_routes_own_method(notebook):
    ran = notebook.do("%%route POST /x --try /x a:=1 'b=two words'\nrequest.json")
    assert "200 OK  POST /x" in ran.text
    assert '"b": "two words"' in ran.text


def test_a_syntax_error_points_at_the_cells_line(notebook):
    ran = notebook.run("%%route /x\nx = 1\ny = = 2\n")
    assert "line 3" in ran.text
    assert "y = = 2" in ran.text
    assert "nbflask" not in ran.text
    assert notebook.rules() == []


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("x = (1,\n", 2, "never closed"),
        ("if x:\nreturn 1", 3, "indented block"),
        ("x = 1\n  y = 2", 3, "indent"),
        ("nonlocal x\n'x'", 2, "nonlocal"),
        ("x = 1\nbreak", 3, "outside loop"),
        ("x = '''\n", 2, "unterminated"),
        ("yield 1\nawait x", None, "await and yield"),
        ("x = 1\nawait y\nreturn (yield)", None, "await and yield"),
        ("class A:\n    return 1", 3, "outside function"),
        ("user_id = 1\nglobal user_id\n'x'", 3, "global"),
    ],
)
def test_every_syntax_error_is_shown_alone(notebook, body, line, said):
    ran = notebook.run(f"%%route /<user_id>\n{body}")
    assert not ran.ok
    assert said in ran.text
    assert "site-packages" not in ran.text
    assert "nbflask/" not in ran.text
    if line is not None:
        assert f"line {line}" in ran.text
    assert notebook.rules() == []


BODIES = [
    "%%route /x\na = 1\n\n\n1 / 0\nb = 2",
    "%%route /x\ntext = '''\nlong\n'''\n1 / 0",
    "%%route /x\nasync def f(): pass\nawait f()\nx = 3\n1 / 0",
    "%%route /x\nyield 'a'\ny = 1\nz = 1\n1 / 0",
    "%%route /x\ndef view():\n    a = 1\n    b = 2\n    1 / 0",
    "%%route /x\n\nwhere = %pwd\nwhere\n1 / 0\n",
]


@pytest.mark.parametrize("cell", BODIES)
def test_a_traceback_shows_the_cells_own_line(notebook, cell):
    notebook.do("pass")
    notebook.do(cell)
    ran = notebook.do("r = %get /x") if "yield" not in cell else None
    if ran is None:
        with pytest.raises(ZeroDivisionError) as failed:
            list(notebook.get("/x").response)
        error = failed.value
    else:
        error = notebook.names["r"].exception
        assert "cell [3], line 5" in ran.text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    assert frame.lineno == 5
    assert frame.line == "1 / 0"


def test_getsource_shows_the_view_as_a_function_line_for_line(notebook):
    cell = "%%route /<int:n>\na = '''\n  kept\n'''\nreturn a * n"
    notebook.do(cell)
    view = notebook.names["app"].view_functions["n"]
    lines, first = inspect.getsourcelines(view)
    assert first == 1
    assert lines[0] == "def n(n):\n"
    assert [each.strip() for each in lines[1:]] == [
        each.strip() for each in cell.splitlines()[1:]
    ]


def test_getsource_of_an_async_body_shows_that_it_is_async(notebook):
    notebook.do("%%route /x\nimport asyncio\nawait asyncio.sleep(0)\n'x'")
    view = notebook.names["app"].view_functions["x"]
    assert inspect.iscoroutinefunction(view)
    assert inspect.getsource(view).startswith("async def x():")


def test_two_cells_of_the_same_text_keep_their_own_numbers(notebook):
    for _ in range(2):
        notebook.do("%%route /x\n1 / 0", "c1")
    assert "cell [3], line 2" in notebook.do("%get /x").text


def test_what_a_view_prints_goes_to_the_cell_that_asks(notebook):
    assert "said" not in notebook.do("%%route /x\nprint('said')\n'x'").text
    assert notebook.do("%get /x").text.startswith("said\n")


def test_the_magics_work_in_a_loop_and_in_a_function(notebook):
    notebook.do(
        "for n in range(3):\n"
        "    get_ipython().run_cell_magic('route', f'/{n}', f'str({n})')"
    )
    assert [notebook.body(f"/{n}") for n in range(3)] == ["0", "1", "2"]
