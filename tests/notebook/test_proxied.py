"""An app behind a real jupyter-server-proxy, as on a hub: below a prefix."""

from __future__ import annotations

import pytest
from hubs import PREFIX, TOKEN, VERSIONS, Hub, running_hub

from nbflask.notebook.serving.jupyter import of_this_kernel

pytestmark = pytest.mark.heavy

VIEWS = """
app.secret_key = "x"
@app.get("/")
def home(): return "home"
@app.get("/here/<path:name>")
def here(name):
    return {"name": name, "args": request.args, "url": request.url,
            "root": request.root_path, "link": url_for("here", name=name),
            "whole": url_for("home", _external=True)}
@app.get("/to/<how>")
def leave(how):
    return redirect({"link": url_for("home", q="a b"), "bare": "/here/x",
        "near": "../here/y", "whole": url_for("home", _external=True),
        "other": "https://other.example/x"}[how])
@app.get("/folder/")
def folder(): return "folder"
@app.post("/form")
def form():
    session["who"] = request.form["who"]
    return redirect(url_for("who"))
@app.get("/who")
def who(): return session.get("who", "nobody")
@app.get("/stream")
def stream():
    return (f"data: {n}\\n\\n" for n in range(3)), {"Content-Type": "text/event-stream"}
@app.get("/headers")
def headers():
    return {"headers": dict(request.headers), "args": request.args,
            "uri": request.environ["REQUEST_URI"]}
"""


@pytest.fixture(scope="module", params=VERSIONS)
def hub(request, tmp_path_factory):
    with running_hub(request.param, tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture
def proxied(hub, notebook, monkeypatch):
    """A notebook on a hub, whose app is served; its path on the hub's host."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", PREFIX)
    of_this_kernel.cache_clear()
    notebook.do(VIEWS, "views")
    notebook.do("server = app.run(port=0)\nlog = %flask log")
    yield notebook
    notebook.do("%flask stop")
    of_this_kernel.cache_clear()


def path_of(notebook, kind="proxy"):
    return f"{PREFIX}{kind}/{notebook.names['server'].port}"


KINDS = pytest.mark.parametrize("kind", ["proxy", "proxy/absolute"])


@KINDS
@pytest.mark.parametrize(
    ("asked", "name", "query"),
    [
        ("/here/x", "x", {}),
        ("/here/a/b?q=1%262&r=", "a/b", {"q": "1&2", "r": ""}),
        ("/here/a%20b?q=a+b", "a b", {"q": "a b"}),
        ("/here/%C3%A4?q=%C3%A4", "ä", {"q": "ä"}),
    ],
)
def test_the_app_knows_the_url_that_the_browser_has(
    hub, proxied, kind, asked, name, query
):
    path = path_of(proxied, kind)
    seen = hub.ask(path + asked).json()
    assert (seen["name"], seen["args"]) == (name, query)
    assert seen["root"] == path
    host = f"http://127.0.0.1:{hub.port}"
    assert seen["url"].startswith(f"{host}{path}/here/")
    assert seen["whole"] == f"{host}{path}/"
    assert hub.ask(seen["link"]).json()["name"] == name


@KINDS
@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/to/link", "/?q=a+b"),
        ("/to/bare", "/here/x"),
        ("/to/near", "/here/y"),
        ("/to/whole", "/"),
        ("/folder", "/folder/"),
        ("/folder?q=1", "/folder/?q=1"),
    ],
)
def test_redirects_stay_below_the_prefix(hub, proxied, kind, asked, leads_to):
    path = path_of(proxied, kind)
    answer = hub.ask(path + asked)
    assert answer.status in {302, 308}
    assert answer.fields["Location"] == f"//127.0.0.1:{hub.port}{path}{leads_to}"
    assert hub.ask(f"{path}{leads_to}").status == 200


def test_redirects_to_other_hosts_are_left_alone(hub, proxied):
    answer = hub.ask(f"{path_of(proxied)}/to/other")
    assert answer.fields["Location"] == "https://other.example/x"


def test_the_hub_may_have_any_name_and_the_browser_its_own_scheme(hub, proxied):
    answer = hub.ask(
        f"{path_of(proxied)}/here/x",
        cookie="",
        Host="hub.example",
        Authorization=f"token {TOKEN}",
        X_Forwarded_Proto="https,http",
        X_Forwarded_For="10.0.0.1",
    )
    assert answer.json()["whole"] == f"https://hub.example{path_of(proxied)}/"


@KINDS
def test_a_form_sets_a_cookie_that_stays_below_the_prefix(hub, proxied, kind):
    path = path_of(proxied, kind)
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = hub.ask(f"{path}/form", "POST", "who=ada+l", **form)
    assert answer.fields["Location"].endswith(f"{path}/who")
    (session,) = [each for each in answer.cookies if each.startswith("session=")]
    assert session.endswith(f"; HttpOnly; Path={path}")
    kept = f"{hub.cookie}; {session.partition(';')[0]}"
    assert hub.ask(f"{path}/who", cookie=kept).body == "ada l"
    assert hub.ask(f"{path}/who").body == "nobody"


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_what_streams_arrives(hub, proxied, accept):
    answer = hub.ask(f"{path_of(proxied)}/stream", Accept=accept)
    assert answer.body == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


@pytest.mark.parametrize(
    ("method", "asked", "status", "body"),
    [
        ("HEAD", "/", 200, ""),
        ("GET", "/", 200, "home"),
        ("GET", "", 200, "home"),
        ("POST", "/", 405, None),
        ("GET", "/nowhere", 404, None),
        ("OPTIONS", "/", 200, ""),
    ],
)
def test_methods_and_statuses_come_through(hub, proxied, method, asked, status, body):
    answer = hub.ask(f"{path_of(proxied)}{asked}", method)
    if answer.status == 301 and asked == "":  # the proxy adds the slash
        answer = hub.ask(answer.fields["Location"], method)
    assert answer.status == status
    assert body is None or answer.body == body


@KINDS
@pytest.mark.parametrize("how", ["cookie", "query", "header", "bearer", "all"])
def test_the_notebook_servers_credentials_reach_neither_app_nor_log(
    hub, proxied, kind, how, monkeypatch
):
    if how == "all":  # beside a cookie a token is known by its server's own file
        monkeypatch.setenv("JPY_PARENT_PID", str(hub.pid))
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", hub.runtime)
        of_this_kernel.cache_clear()
    fields = {
        "header": {"Authorization": f"token {TOKEN}"},
        "bearer": {"Authorization": f"Bearer {TOKEN}"},
        "all": {"Authorization": f"token {TOKEN}"},
    }.get(how, {})
    query = f"?a=1&token={TOKEN}" if how in {"query", "all"} else "?a=1"
    cookie = hub.cookie if how in {"cookie", "all"} else ""
    url = f"{path_of(proxied, kind)}/headers{query}"
    answer = hub.ask(url, cookie=cookie, Referer=f"http://127.0.0.1{url}", **fields)
    assert answer.status == 200
    seen = answer.json()
    assert seen["args"] == {"a": "1"}
    shown = proxied.do("log = %flask log\nlog[-1].headers")
    replayed = proxied.do("%replay --verbose")
    for text in (answer.body, shown.text, shown.html, replayed.text, replayed.html):
        assert TOKEN not in text
        assert "username-" not in text
    assert "Cookie" not in seen["headers"]
    assert "/headers?a=1" in shown.text


@KINDS
def test_without_a_login_the_app_hears_of_nothing(hub, proxied, kind):
    answer = hub.ask(f"{path_of(proxied, kind)}/headers", cookie="")
    assert answer.status == 302
    assert len(proxied.names["log"]) == 0


def test_the_servers_own_token_is_asked_for_behind_the_proxy_too(hub, proxied):
    proxied.do("server = %flask run --token=my-own-secret")
    path = path_of(proxied)
    assert hub.ask(f"{path}/").status == 401
    answer = hub.ask(f"{path}/headers?token=my-own-secret&a=1")
    assert answer.fields["Location"] == f"//127.0.0.1:{hub.port}{path}/headers?a=1"
    (cookie,) = [each for each in answer.cookies if "nbflask-token" in each]
    assert f"; Path={path};" in cookie
    kept = f"{hub.cookie}; {cookie.partition(';')[0]}"
    seen = hub.ask(f"{path}/headers?token=my-own-secret", cookie=kept)
    assert "my-own-secret" not in seen.body
    assert "my-own-secret" not in proxied.do("%flask log").text


def test_who_asks_the_port_itself_gets_the_app_without_a_prefix(hub, proxied):
    port = proxied.names["server"].port
    direct = Hub(port)
    forged = {"X_Forwarded_Prefix": "/x", "X_Forwarded_Proto": "https"}
    for fields in ({}, forged):
        seen = direct.ask("/here/x", **fields).json()
        assert seen["root"] == ""
        assert seen["whole"] == f"http://127.0.0.1:{port}/"
    assert direct.ask("/to/link").fields["Location"] == "/?q=a+b"
    assert direct.ask("/", Host="hub.example").status == 400
