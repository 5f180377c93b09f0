"""What a card says beside the response: why it was refused, what was meant."""

from types import SimpleNamespace

import pytest
from werkzeug.exceptions import BadRequest, BadRequestKeyError

from nbflask.notebook.requests.hints import bad_request, not_json

APP = """
@app.get("/users")
def users(): return "all"
@app.post("/users/<int:id>")
def change(id): return request.form["name"]
@app.get("/files/<path:name>")
def files(name): return name
@app.get("/day/<uuid:key>/")
def day(key): return "day"
@app.post("/json")
def take(): return request.json
@app.get("/tea")
def tea(): return "short", 418
@app.get("/size/<any(s, m, l):size>")
def sized(size): return size
@app.get("/echo")
def echo(): return dict(request.args)
""".strip()


@pytest.fixture
def site(notebook):
    """A notebook with an app of a few rules."""
    notebook.do(APP)
    return notebook


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%get /users/", "Near, without a slash at its end: GET /users → users"),
        ("%post /users/abc", "'abc' is not an int: POST /users/<int:id> → change"),
        ("%get /day/x/", "'x' is not a uuid: GET /day/<uuid:key>/ → day"),
        ("%get /size/xl", "'xl' is none of l, m, s: GET /size/<any(s, m, l):size> → "),
        ("%why /size/xl", "'xl' is none of l, m, s"),
        ("%get /userz", "Near: GET /users → users"),
        ("%get /{id}", "{id} was sent as it is: write {{id}} for its value."),
        ("%get '/users/<int:id>'", "write a value in its place"),
        ("%get /users;", "The ; at the end is part of the path"),
        ("%get /users/1", "/users/1 does not take GET. It takes POST, OPTIONS."),
        ("%put /users", "It takes GET, HEAD, OPTIONS."),
        ("%options /users", "It takes GET, HEAD, OPTIONS."),
        ("%get /echo q=1", "q=1 is sent as JSON; write q==1 for the query."),
        ("%%post /json\n{'a': 1}", "--py sends Python values"),
        (
            "%%post /json Content-Type:application/json\n{'a': 1}",
            "The request's body is not JSON: Expecting property name",
        ),
        ("%get /tea", "418 I'm a Teapot"),
    ],
)
def test_a_card_says_why_and_what_was_meant(site, cell, said):
    assert said in site.do(cell).text


HOSTS = """
app = Flask("hosts", host_matching=True, static_folder=None)
@app.get("/x", host="api.test")
def api(): return "api"
"""
SUBDOMAINS = """
app = Flask("subdomains", subdomain_matching=True)
app.config["SERVER_NAME"] = "shop.test"
@app.get("/x", subdomain="api")
def api(): return "api"
"""


@pytest.mark.parametrize(
    ("app", "cell", "asked", "why", "rule"),
    [
        (HOSTS, "/x", "localhost", "the host 'api.test', not 'localhost'", "api.test"),
        (HOSTS, "/x Host:a.test", "a.test", "the host 'api.test', not 'a", "api.test"),
        (
            SUBDOMAINS,
            "/x",
            "shop.test",
            "the subdomain 'api', and the request names none",
            "api.",
        ),
        (
            SUBDOMAINS,
            "/x Host:ada.shop.test",
            "ada.shop.test",
            "the subdomain 'api', not 'ada'",
            "api.",
        ),
        (
            SUBDOMAINS,
            "/x Host:api.other.test",
            "api.other.test",
            "the subdomain 'api', and the request's host is not below SERVER_NAME",
            "api.",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Current server name")
def test_a_404_for_another_host_says_so_as_why_does(
    notebook, app, cell, asked, why, rule
):
    notebook.do(app)
    text = notebook.do(f"%get {cell}").text
    assert f"No rule matches /x on {asked}." in text
    assert f"Near, but it is for {why}" in text
    assert f"GET /x on {rule} → api" in text
    seen = notebook.do(f"%why /x --host {asked}")
    assert f"GET /x on {asked}  404 Not Found" in seen.text
    assert f"/x on {rule}  it is for {why}" in seen.text
    assert f"/x on {rule}</bdi>" in seen.html


def test_a_hosts_near_rule_is_told_with_its_host(notebook):
    notebook.do(HOSTS)
    assert "Near: GET /x on api.test → api" in notebook.do("%get /y").text
    assert "/x on api.test  GET" in notebook.do("%flask routes api.test").text


@pytest.fixture
def furnished(site, tmp_path):
    """An app with templates and static files, of cells, of folders, of a blueprint."""
    for path in ("templates/mail.txt", "files/css/main.css", "shop/shop.css"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("text")
    site.names["root"] = str(tmp_path)
    site.do("app = Flask('x', root_path=root, static_folder='files')", "app")
    site.do("shop = Blueprint('shop', 'shop', root_path=root, static_folder='shop')")
    site.do("app.register_blueprint(shop, url_prefix='/shop')")
    site.do("%%template hello.html\nHello", "template")
    site.do("%%static style.css\nh1 {}", "file")
    site.do("@app.get('/<name>')\ndef page(name): return render_template(name)")
    site.do("@app.get('/of/<a>/<b>')\ndef of(a, b): return render_template([a, b])")
    site.do(
        "@app.get('/in/<name>')\n"
        "def inside(name):\n"
        "    return render_template_string('{% include name %}', name=name)"
    )
    return site


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/helo.html", "There is no template 'helo.html': did you mean 'hello.html'"),
        ("/mial.txt", "There is no template 'mial.txt': did you mean 'mail.txt'?"),
        ("/in/helo.html", "did you mean 'hello.html' (cell ["),
        ("/of/mial.txt/zzz", "did you mean 'mail.txt'?"),
        ("/of/mial.txt/zzz", "There is no template 'zzz': %%template zzz makes it."),
        (
            "/files/stlye.css",
            "There is no static file 'stlye.css': did you mean 'style",
        ),
        ("/files/stlye.css", "did you mean 'style.css' (cell ["),
        ("/files/css/mian.css", "did you mean 'css/main.css'?"),
        ("/files/zzz", "There is no static file 'zzz': %%static zzz makes it."),
        ("/shop/shop/shp.css", "did you mean 'shop.css'?"),
        ("/shop/shop/zzz", "There is no static file 'zzz'."),
    ],
)
@pytest.mark.parametrize("trap", [False, True])
def test_what_is_missing_names_what_is_near(furnished, path, said, trap):
    furnished.names["app"].config["TRAP_HTTP_EXCEPTIONS"] = trap
    ran = furnished.do(f"%get {path}")
    assert said in ran.text
    assert said.partition("'")[0] in ran.html


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("/files/style.css", "→ static (style.css, cell [7])"),
        ("/files/css/main.css", "→ static (css/main.css)"),
        ("/shop/shop/shop.css", "→ shop.static (shop.css)"),
        ("/files/none.css", "→ static (nbflask)"),
    ],
)
def test_a_static_file_is_shown_with_the_cell_that_it_is_of(furnished, path, by):
    assert by in furnished.do(f"%get {path}").text


def test_a_view_of_ones_own_may_be_called_static(notebook):
    notebook.do("app = Flask('x', static_folder=None)")
    notebook.do("@app.get('/s/<path:filename>')\ndef static(filename): return filename")
    assert "→ static (cell [3])" in notebook.do("%get /s/a.css").text


def test_at_most_three_rules_are_named_best_first(site):
    site.do("for n in range(9): app.add_url_rule(f'/user{n}', f'u{n}', users)")
    text = site.do("%get /users/").text
    assert text.count("→") == 3
    assert text.index("without a slash") < text.index("Near: ")


@pytest.mark.parametrize("debug", [False, True])
def test_what_is_wrong_with_json_is_said_once(site, debug):
    site.do(f"app.debug = {debug}")
    text = site.do("%%post /json Content-Type:application/json\n[1,\n x]").text
    assert text.count("Expecting value") == 1
    assert text.count("line 2 column 2") == 1


def test_broken_json_is_told_beside_what_the_view_says_of_it(site):
    site.do("""@app.post("/age")
def age():
    try: return str(int((request.get_json(silent=True) or {}).get("age", "")))
    except ValueError: abort(400, "The age is no number.")""")
    text = site.do("%%post /age Content-Type:application/json\n{'age': 1}").text
    assert text.count("The age is no number.") == 1
    assert "The request's body is not JSON: Expecting property name" in text


@pytest.mark.parametrize(
    "cell",
    [
        "%post /echo q=1",
        "%get /echo q==1",
        "%get /echo",
        '%%post /json Content-Type:application/json\n{"a": 1}',
        "%%post /json Content-Type:text/plain\n[1]",
    ],
)
def test_a_usual_request_gets_no_hint(site, cell):
    text = site.run(cell).text
    assert "is sent as JSON" not in text
    assert "The cell is not JSON" not in text


@pytest.mark.parametrize(
    "path",
    ["/echo", "echo", "//echo", ":5000/echo", "localhost:5000/echo", "/echo # x"],
)
def test_a_path_is_read_as_it_is_meant(site, path):
    site.do(f"r = %get {path}")
    assert site.names["r"].status_code == 200


class Refusal:
    """A 400 as its story tells it."""

    def __init__(self, error):
        self.story = SimpleNamespace(answered=error)
        self.request = SimpleNamespace(is_json=False)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadRequestKeyError("name"), ["There is no field 'name' in the request."]),
        (BadRequest("The age is no number."), ["The age is no number."]),
        (BadRequest(), []),
        (None, []),
    ],
)
def test_a_400_says_what_was_missing(shell, error, said):
    assert list(bad_request(Refusal(error), shell)) == said


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"{", "Expecting property name"),
        (b"\xff", "codec"),
        (b"1", ""),
    ],
)
def test_a_body_that_is_no_json_says_where(body, reason):
    assert reason in not_json(body)
    assert bool(reason) == bool(not_json(body))


LOOPS = """\
import asyncio
waited = asyncio.get_running_loop().create_future()
await asyncio.sleep(0)
@app.get("/run")
def run():
    done = asyncio.sleep(0)
    try:
        return asyncio.run(done)
    finally:
        done.close()
@app.get("/until")
def until(): return asyncio.get_running_loop().run_until_complete(waited)
@app.get("/other")
async def other(): return await waited
"""


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/run", "make the view an 'async def' and await it"),
        ("/until", "make the view an 'async def' and await it"),
        ("/other", "is to be made in a view or a hook"),
    ],
)
def test_a_coroutine_that_meets_the_wrong_loop_is_told_what_to_do(site, path, said):
    ran = site.do(f"{LOOPS}\nr = %get {path}")
    assert site.names["r"].status_code == 500
    assert said in ran.text
