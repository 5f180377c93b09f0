"""%why, %trace and %flask blueprints: what a person sees of a request's insides."""

import re

import pytest

SITE = """
from nbflask import signals
app.secret_key = "key"

@app.before_request
def log_in(): ...

@app.get("/users/<int:user_id>")
def user(user_id): return {"id": user_id}

@app.post("/users")
def add(): return request.json

@app.get("/count")
def count():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])

@app.get("/fail")
def fail():
    return 1 / 0

@app.get("/page")
def page(): return render_template_string("{{ word }}", word=request.args["word"])
""".strip()

SHOP = """
shop = Blueprint("shop", __name__, url_prefix="/shop")

@shop.get("/<name>")
def item(name): return name

@shop.before_request
def check(): ...
""".strip()

MOUNT = "app.register_blueprint(shop)"


@pytest.fixture
def site(notebook):
    """A notebook whose app comes from cells [2] to [4]."""
    for cell, id in ((SITE, "site"), (SHOP, "shop"), (MOUNT, "mount")):
        notebook.do(cell, id=id)
    return notebook


def lines(ran):
    return [line.rstrip() for line in ran.text.splitlines() if line.strip()]


def cards(ran):
    return sum("text/html" in each for each in ran.bundles)


# %why


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "%why /users/1",
            ["GET /users/1  → user with user_id=1", "✓  GET", "cell [2]"],
        ),
        ("%why GET /users/1", ["✓  GET   /users/<int:user_id>  it matches"]),
        ("%why get users/1", ["✓  GET   /users/<int:user_id>  it matches"]),
        ("%why /users/x", ["404 Not Found: no rule matches", "'x' is not an int"]),
        ("%why POST /users/1", ["405", "it takes GET, HEAD, OPTIONS"]),
        ("%why /users/{{2 + 1}}", ["→ user with user_id=3"]),
        ("%why /page?word=a", ["→ page"]),
        ("%why /page?", ["→ page"]),
        ("%why /shop/tea", ["→ shop.item with name='tea'", "check", "of shop", "[3]"]),
        ("%why OPTIONS /users", ["answered automatically: it takes POST"]),
        ("why = %why /users/1", ["✓  GET"]),
    ],
)
def test_why_says_where_a_request_goes(site, cell, said):
    ran = site.do(cell)
    assert [each for each in said if each not in ran.text] == []
    assert cards(ran) == 1


def test_why_returns_the_explanation_that_python_gives(site):
    site.do("why = %why /users/1")
    site.do("same = app.explain('GET', '/users/1')")
    why, same = site.names["why"], site.names["same"]
    assert (why.rules, why.calls) == (same.rules, same.calls)
    assert why.winner.endpoint == "user"


def test_an_explanation_shows_itself_where_a_cell_ends_with_it(site):
    ran = site.do("app.explain('GET', '/users/1')")
    assert "→ user with user_id=1" in ran.text
    assert cards(ran) == 1


def test_why_runs_nothing(site):
    site.do("ran = []\n@app.before_request\ndef note(): ran.append(1)")
    site.do("%why /users/1")
    assert site.names["ran"] == []


def test_fifty_other_rules_are_one_line(site):
    site.do("for n in range(50): app.add_url_rule(f'/z{n}/static', f'z{n}', page)")
    ran = site.do("%why /users/1")
    assert "more rules for other paths" in ran.text
    assert len(lines(ran)) < 20
    assert "/z49/static" in ran.html


def test_why_asks_another_host(notebook):
    notebook.do("app = Flask('hosts', host_matching=True, static_folder=None)")
    notebook.do("@app.get('/', host='api.test')\ndef api(): return 'api'")
    assert "→ api" in notebook.do("%why / --host api.test").text
    refused = notebook.do("%why / --host www.test")
    assert "it is for the host 'api.test', not 'www.test'" in refused.text


@pytest.mark.parametrize(
    ("cell", "fix"),
    [
        ("%why", "The path is missing: write one, %why /users"),
        ("%why POST", "The path is missing: write one, %why POST /users"),
        ("%why GETT /x", "There is no method 'GETT': did you mean GET?"),
        ("%why /x a=1", "'a=1' is more: put a query into the path"),
        ("%why /x --hots a", "did you mean --host?"),
        ("%why /x --host", "--host needs a value"),
        ("%trace", "The path is missing: write one, %trace /users"),
        ("%trace DELET /x", "There is no method 'DELET': did you mean DELETE?"),
        ("%trace /x --follow", "%trace has no --follow: a redirect is traced alone"),
        ("%trace --raise /x", "%trace has no --raise: a failure is shown with its"),
        ("%trace /x --rais", "There is no option '--rais'"),
        (
            "app = 5\n%why /",
            "UsageError: 'app' is of type int, not an app: write",
        ),
        ("%trace /users/1 --expect 404", "Expected 404, but GET /users/1 answered 200"),
        ("%flask blueprints x", "%flask blueprints takes no 'x'"),
    ],
)
def test_a_wrong_line_says_what_to_write(site, cell, fix):
    ran = site.run(cell)
    assert not ran.ok
    assert fix in ran.text
    assert "Traceback" not in ran.text


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%why --help", 'In Python: app.explain("GET", "/users/1")'),
        ("%why?", "%why [METHOD] PATH"),
        ("%trace --help", 'In Python: app.trace("GET", "/users/1").trace'),
        ("%%trace --help", "%%trace [METHOD] PATH sends the cell's body."),
        ("%trace?", "%trace [METHOD] PATH [ITEM…]"),
        ("%flask --help", "%flask blueprints"),
    ],
)
def test_help_has_examples(notebook, cell, said):
    ran = notebook.do(cell)
    shown = ran.text + str(notebook.shell.display_pub.bundles)
    payload = notebook.shell.payload_manager.read_payload()
    assert said in shown + "".join(str(each.get("data", "")) for each in payload)


# %trace


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%trace /users/1", ["GET /users/1  200 OK", "view user  returned dict"]),
        ("%trace /users name=Ada", ["POST /users  200 OK", "view add"]),
        ("%trace POST /users name=Ada", ["POST /users  200 OK", "view add"]),
        ('%%trace POST /users\n{"a": 1}', ["POST /users  200 OK", "view add"]),
        ("%trace /page word==hi", ["GET /page?word=hi", "given word"]),
        ("%trace /page?word=hi?", ["GET /page?word=hi?", "given word"]),
        ("%trace /shop/tea", ["before_request check  of shop", "cell [3]"]),
        ("%trace /nowhere", ["404 Not Found", "404: no rule"]),
        ("%trace /users/1 --verbose", ["application/json", "view user"]),
        ("r = %trace /users/1", ["view user"]),
    ],
)
def test_trace_draws_the_life_of_a_request(site, cell, said):
    ran = site.do(cell)
    assert [each for each in said if each not in ran.text] == []
    assert cards(ran) == 1 + ("--verbose" in cell)


def test_trace_returns_the_response_with_its_trace(site):
    site.do("r = %trace /users/1")
    response = site.names["r"]
    assert response.json == {"id": 1}
    assert response.trace.steps[0].kind == "context"
    site.do("%trace /users/2 --out kept --quiet")
    assert site.names["kept"].json == {"id": 2}


def test_a_trace_shows_itself_where_a_cell_ends_with_it(site):
    ran = site.do("app.trace('GET', '/users/1').trace")
    assert "view user  returned dict" in ran.text
    assert cards(ran) == 1


def test_quiet_shows_nothing(site):
    assert cards(site.do("%trace /users/1 --quiet")) == 0
    assert cards(site.do("%trace /fail --quiet")) == 0


def test_cookies_persist_between_traces_and_requests(site):
    site.do("%trace /count")
    site.do("r = %get /count")
    assert site.names["r"].text == "2"
    site.do("r = %trace /count --client other")
    assert site.names["r"].text == "1"


def test_a_failure_shows_its_traceback_and_its_trace(site):
    ran = site.do("r = %trace /fail")
    assert "ZeroDivisionError" in ran.text
    assert "LastFailure" not in ran.text
    assert "!view fail  raised ZeroDivisionError: division by zero" in ran.text
    assert cards(ran) == 2
    assert site.names["r"].trace.status == 500


def test_a_teardown_that_fails_is_traced_too(site):
    site.do("@app.teardown_request\ndef broken(error): raise LookupError('late')")
    ran = site.do("%trace /users/1")
    assert "!teardown_request broken  raised LookupError: late" in ran.text


def test_signals_tell_who_received_them(site):
    site.do("def audit(sender, **what): ...\nsignals.request_started.connect(audit)")
    ran = site.do("%trace /users/1")
    assert "signal request-started  to 1 receiver: audit" in ran.text
    assert "Signals that nobody received: appcontext-pushed" in ran.text
    site.do("signals.request_started.disconnect(audit)")
    assert "ignals" not in site.do("%trace /users/1").text


def test_a_rerun_cell_is_traced_as_it_is_now(site):
    site.do("%trace /shop/tea")
    site.do(SHOP.replace("check", "verify"), id="shop")
    ran = site.do("%trace /shop/tea")
    assert "verify" in ran.text
    assert "check" not in ran.text


def test_a_stream_is_read_and_traced(site):
    site.do("@app.get('/stream')\ndef stream():\n    yield 'a'\n    yield 'b'")
    assert "streamed body  2 pieces, 2 bytes" in site.do("%trace /stream").text


ENDLESS = """
@app.get("/endless")
def endless():
    while True: yield "x" * 10
""".strip()


@pytest.mark.parametrize(
    ("setting", "option", "why"),
    [
        ("body_limit = 20_000", "", "20,000 bytes are the limit, the rest was not"),
        ("body_limit = 10**9", "--timeout 0.1", "it did not end within 0.1 s"),
    ],
)
def test_a_trace_says_that_the_body_was_cut_and_its_numbers_are_readable(
    site, setting, option, why
):
    site.do(ENDLESS)
    site.do(f"%config NBFlask.{setting}")
    ran = site.do(f"%trace /endless {option}")
    assert f"(The body was cut short: {why}" in ran.text
    assert f"The body was cut short: {why}" in ran.html
    body = next(each for each in lines(ran) if "streamed body" in each)
    assert re.search(
        r" \d{1,3}(,\d{3})+ pieces, \d{1,3}(,\d{3})+ bytes, cut short", body
    )


def test_an_async_view_is_traced(site):
    site.do("@app.get('/later')\nasync def later(): return 'x'")
    assert "view later  returned str" in site.do("%trace /later").text


def test_a_template_of_a_cell_has_its_cell(site):
    site.do("%%template hello.html\nHello {{ name }}!", id="template")
    site.do("@app.get('/hi')\ndef hi(): return render_template('hello.html', name='A')")
    row = next(e for e in lines(site.do("%trace /hi")) if "template hello" in e)
    assert "given name" in row
    assert row.endswith("cell [5]")


def test_an_adapter_is_traced(site):
    site.do(
        "class Money: ...\n"
        "@app.response_adapter(Money)\ndef pay(money): return 'paid'\n"
        "@app.get('/pay')\ndef owed(): return Money()"
    )
    ran = site.do("r = %trace /pay")
    assert site.names["r"].text == "paid"
    assert "adapter pay  returned str" in ran.text


@pytest.mark.parametrize("push", ["%ctx push /users/7", "%ctx app"])
def test_a_pushed_context_stays_as_it_is_and_the_trace_is_right(site, push):
    site.do(push)
    ran = site.do("%trace /users/1")
    assert "view user  returned dict" in ran.text
    assert "→ user with user_id=2" in site.do("%why /users/2").text
    if "push" in push:
        assert site.do("request.path").result == "/users/7"
    site.do("%ctx pop")


# %flask blueprints


def test_blueprints_are_a_tree_with_cells(site):
    site.do(
        'admin = Blueprint("admin", __name__)\n'
        "@admin.get('/all')\ndef everything(): return ''\n"
        "shop.register_blueprint(admin, url_prefix='/admin')"
    )
    ran = site.do("%flask blueprints")
    text = "\n".join(lines(ran))
    for said in (
        "shop  at /shop  1 route, 1 hook  cell [4]",
        "GET /shop/<name>  shop.item  cell [3]",
        "before_request  check",
        "shop.admin  at /shop/admin  1 route  cell [5]",
        "route  GET /shop/admin/all  shop.admin.everything  cell [5]",
    ):
        assert said in text
    assert cards(ran) == 1


def test_what_shows_is_shown_wherever_it_stands_in_a_cell(site):
    looks = (
        *("%flask run --port 0", "%flask restart", "%flask"),
        *("%flask routes", "%flask blueprints", "%ctx", "%why /none"),
    )
    for look in looks:
        assert site.do(f"{look}\n1").bundles[0] == site.do(look).bundles[0], look
        assert cards(site.do(f"found = {look}\nfound")) == 1
    site.do("%flask stop")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([SHOP], "(shop (cell [2]) is not registered: app.register_blueprint(shop))"),
        (
            ["bare = Blueprint('bare', __name__)"],
            "(bare is not registered: app.register_blueprint(bare))",
        ),
        ([SHOP, MOUNT], None),
        ([SHOP, MOUNT, SHOP], None),
        (
            [SHOP, "outer = Blueprint('outer', 'o')\nouter.register_blueprint(shop)"],
            "(outer (cell [3]) is not registered: app.register_blueprint(outer))",
        ),
        ([SHOP, "shop = None"], None),
        (["_ = Blueprint('shop', __name__)"], None),
    ],
)
def test_a_blueprint_that_is_not_registered_is_told_with_the_fix(notebook, cells, said):
    for number, cell in enumerate(cells):
        notebook.do(cell, id=str(number % 2))
    ran = notebook.do("%flask blueprints")
    if said is None:
        assert "is not registered" not in ran.text
    else:
        assert [each for each in lines(ran) if "is not registered" in each] == [said]
        assert said[1:-1] in ran.html
        assert "No blueprints yet" not in ran.text


def test_an_app_without_blueprints_says_how_to_make_one(notebook):
    assert "No blueprints yet" in notebook.do("%flask blueprints").text


def test_an_outline_shows_itself(site):
    assert "shop  at /shop" in site.do("app.outline()").text


@pytest.mark.kernel
def test_all_of_it_works_in_a_real_kernel(kernel):
    kernel.do("%load_ext nbflask")
    kernel.do(SITE, id="site")
    kernel.do("@app.get('/later')\nasync def later(): return 'x'", id="later")
    assert "view later  returned str" in kernel.do("%trace /later").text
    assert "✓  GET" in kernel.do("%why /later").text
    assert "No blueprints yet" in kernel.do("%flask blueprints").text
