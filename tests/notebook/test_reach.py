"""The notebook's server as its person reaches it: links, tokens, debugger, limits."""

from __future__ import annotations

import builtins
import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

VIEWS = """\
@app.get("/")
def home(): return "home"
@app.get("/boom")
def boom(): return str(1 / 0)
@app.get("/seen")
def seen(): return {"url": request.url, "cookie": request.cookies.to_dict(),
    "authorization": request.headers.get("Authorization")}
@app.post("/echo")
def echo(): return request.get_data()
"""
SECRET = "my-own-secret"


@pytest.fixture
def home(notebook):
    """A notebook with views, whose server is stopped in the end."""
    notebook.do(VIEWS, "views")
    yield notebook
    notebook.do("%flask stop")


@pytest.fixture
def hub(home, monkeypatch):
    """The same on a hub."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    return home


def ask(notebook, path, method="GET", body=None, **fields):
    """Ask the server; return status, fields and body of the answer."""
    connection = HTTPConnection("127.0.0.1", notebook.names["server"].port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    return response.status, dict(response.getheaders()), said


# Links


@pytest.mark.parametrize("run", ["%flask run --port 0", "app.run(port=0)"])
def test_a_hub_shows_the_public_link_and_the_local_one_beside_it(hub, run):
    ran = hub.do(f"server = {run}\nNone")
    shown = ran if "app" in run else hub.do("server")
    server = hub.names["server"]
    path = f"/user/ada/proxy/{server.port}/"
    assert f'href="{path}"' in shown.html
    assert f"Serving on {path} (on the host that this notebook is on)" in shown.text
    assert f"On the kernel's machine: {server.url}" in shown.text
    assert server.url == f"http://127.0.0.1:{server.port}"


def test_a_hub_without_the_proxy_is_told_what_to_install(hub):
    assert "pip install jupyter-server-proxy" in hub.do("app.run(port=0)").text


@pytest.mark.parametrize(
    ("setting", "link"),
    [
        ("https://host.example/at/{port}", "https://host.example/at/{}/"),
        ("https://host.example", "https://host.example"),
        ("/at/{port}", "/at/{}/"),
    ],
)
def test_a_setting_is_effective_on_the_running_server(home, setting, link):
    home.do("server = app.run(port=0)")
    home.do(f"%config NBFlask.public_url = {setting!r}")
    expected = link.format(home.names["server"].port)
    assert f'href="{expected}"' in home.do("server").html
    assert expected in home.do("%flask log").text
    state = home.do("%flask").text
    assert re.search(f"server +{expected}\n", state)
    assert re.search(f"on its machine +{home.names['server'].url}\n", state)
    host = urlsplit(expected).netloc or "any.example"
    prefix = urlsplit(expected).path.rstrip("/")
    answer = ask(home, "/seen", Host=host, X_Forwarded_Prefix=prefix)
    assert answer[0] == 200
    assert f"{host}{prefix}/seen" in answer[2]
    home.do("%config NBFlask.public_url = ''")
    assert ask(home, "/seen", Host=host, X_Forwarded_Prefix=prefix)[0] == 400


def test_show_embeds_the_page_at_its_public_address(hub):
    shown = hub.do("server = %flask run --port 0 --show /seen?q=1")
    path = f"/user/ada/proxy/{hub.names['server'].port}/seen?q=1"
    assert f'src="{path}"' in shown.html
    assert f"Showing {path}" in shown.text


@pytest.mark.parametrize(
    ("setting", "opened"),
    [
        ("", "http://127.0.0.1:{}"),
        ("https://h.example/{port}", "https://h.example/{}/"),
    ],
)
def test_open_opens_what_a_browser_finds(home, monkeypatch, setting, opened):
    seen = []
    monkeypatch.setattr("webbrowser.open", seen.append)
    home.do(f"%config NBFlask.public_url = {setting!r}")
    home.do("server = %flask run --port 0 --open")
    assert seen == [opened.format(home.names["server"].port)]


def test_open_leaves_a_link_to_who_knows_the_host(hub, monkeypatch):
    monkeypatch.setattr("webbrowser.open", pytest.fail)
    ran = hub.do("server = %flask run --port 0 --open")
    assert ran.text.startswith("Only your browser knows this notebook's host")


def test_a_server_of_ones_own_is_shown_where_it_is(hub):
    hub.do(
        "from nbflask.server import Server\nown = Server(lambda: app, port=0).start()"
    )
    assert "/user/ada" not in hub.do("own").text
    hub.do("own.stop()")


# Other hosts


@pytest.mark.parametrize(
    "run", ["%flask run --host 0.0.0.0 --port 0", "app.run('0.0.0.0', 0)"]
)
def test_who_opens_the_server_to_the_network_is_warned_as_long_as_it_is(home, run):
    told = (
        "Everybody on the network can reach 0.0.0.0, and with it what your views do:"
        " ask for a secret with --token (app.run(token=True)), or serve on --host"
        " 127.0.0.1"
    )
    again = ("app.run()", "%flask run", "%flask restart")
    for line in (run, run, *again):
        assert told in home.do(f"server = {line}").text.splitlines()
    open_to = "everybody on the network, without a token"
    assert open_to in home.do("%flask").text
    home.do("server = app.run(token=True)")
    for line in again:
        assert "Everybody" not in home.do(f"server = {line}").text
    assert open_to not in home.do("%flask").text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machines_own_addresses_are_no_affair(home, host):
    assert (
        "Everybody" not in home.do(f"server = %flask run --host {host} --port 0").text
    )


# The token


@pytest.mark.parametrize(
    ("run", "token"),
    [
        ("%flask run --host 0.0.0.0 --port 0 --token", None),
        (f"%flask run --port 0 --token={SECRET}", SECRET),
        ("app.run('0.0.0.0', 0, token=True)", None),
        (f"app.run(port=0, token='{SECRET}')", SECRET),
    ],
)
def test_a_token_is_asked_for_and_stands_in_the_link(home, run, token):
    ran = home.do(f"server = {run}\nNone")
    assert "Everybody" not in ran.text
    link = re.search(r'href="([^"]+)"', home.do("server").html)[1]
    given = urlsplit(link).query.removeprefix("token=")
    assert given == token or (token is None and len(given) >= 20)
    assert link == f"{home.names['server'].url}/?token={given}"
    assert ask(home, "/seen")[0] == 401
    status, fields, _ = ask(home, f"/seen?token={given}")
    assert (status, fields["Location"]) == (303, "/seen")
    cookie = fields["Set-Cookie"].partition(";")[0]
    for way in (
        {"Cookie": f"a=b; {cookie}"},
        {"Authorization": f"Bearer {given}", "Cookie": "a=b"},
    ):
        status, _, said = ask(home, f"/seen?x=1&token={given}", **way)
        assert status == 200
        assert given not in said
        assert '"cookie":{"a":"b"}' in said
    shown = home.do("log = %flask log\nlog[-1].headers")
    assert given not in shown.text + shown.html
    assert given not in repr(home.names["server"])


def test_a_token_stays_until_the_server_is_stopped(home):
    home.do("server = %flask run --port 0 --token")
    server = home.names["server"]
    for again in ("%flask run", "%flask run --token", "app.run()"):
        home.do(f"server = {again}")
        assert home.names["server"] is server
    home.do(f"server = %flask run --token={SECRET}")
    assert home.names["server"].token == SECRET
    assert home.names["server"].port == server.port
    home.do("%flask restart")
    assert ask(home, "/")[0] == 401
    home.do("%flask stop\nserver = %flask run --port 0")
    assert ask(home, "/")[0] == 200


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("%flask run --token=short", "SECRET: 'short' is not a secret: 8 or more"),
        ("%flask run --token=se;cret-x", "is not a secret"),
        ("%flask run --token=", "--token needs a value: write --token[=SECRET]."),
        ("%flask run --token s3", "run takes no 's3'. Write --token=s3?"),
        ("%flask run --tokn", "did you mean --token?"),
        ("app.run(token='short')", "token: 'short' is not a secret"),
        ("app.run(token=['x'])", "token: ['x'] is not a secret"),
        ("%flask run --debugger --host 0.0.0.0", "so not on 0.0.0.0: leave --host out"),
        ("app.run('0.0.0.0', debugger=True)", "so not on 0.0.0.0"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(home, typed, told):
    ran = home.run(typed)
    assert ran.text.startswith("UsageError: ")
    assert told in ran.text
    assert len(ran.text.splitlines()) == 1
    assert home.do("%flask stop").text == "No server is running.\n"


# The debugger


def test_the_debugger_is_off_unless_asked_for(home):
    home.do("server = app.run(port=0, debug=True)")
    assert ask(home, "/console")[0] == 404
    status, _, said = ask(home, "/boom")
    assert status == 500
    assert "Traceback" not in said
    assert "debugger" not in said.lower()


@pytest.mark.parametrize(
    "run", ["%flask run --port 0 --debugger", "app.run(port=0, debugger=True)"]
)
def test_the_debugger_asks_for_its_pin_which_is_printed_once(home, run):
    ran = home.do(f"server = {run}")
    (pin,) = re.findall(r"The debugger asks for this PIN: ([\d-]+)\n", ran.text)
    assert "PIN" not in home.do("server = %flask run --debugger").text
    assert f"on, its PIN is {pin}" in home.do("%flask").text
    status, _, said = ask(home, "/boom")
    assert status == 500
    assert "ZeroDivisionError" in said
    assert pin not in said
    assert "500" in home.do("log = %flask log").text
    secret = re.search(r'SECRET = "(\w+)"', said)[1]
    frame = re.search(r'id="frame-(\d+)"', said)[1]
    asked = f"/boom?__debugger__=yes&cmd=1%2B1&frm={frame}&s={secret}"
    assert "ZeroDivisionError" in ask(home, asked)[2]  # the page again, and no code ran
    _, fields, said = ask(home, f"/?__debugger__=yes&cmd=pinauth&pin={pin}&s={secret}")
    assert '"auth": true' in said
    cookie = fields["Set-Cookie"].partition(";")[0]
    status, _, said = ask(home, asked, Cookie=cookie)
    assert status == 200
    assert '<span class="number">2</span>' in said
    # The notebook's own `_` goes on.
    assert not hasattr(builtins, "_")
    home.do("40 + 2")
    assert home.do("_ + 1").result == 43


def test_the_debugger_ends_with_its_server(home):
    home.do("server = %flask run --port 0 --debugger\n%flask restart")
    assert "ZeroDivisionError" in ask(home, "/boom")[2]
    home.do("%flask stop\nserver = %flask run --port 0")
    assert "ZeroDivisionError" not in ask(home, "/boom")[2]


def test_the_debugger_goes_along_to_another_address_of_this_machine(home):
    home.do("server = %flask run --port 0 --debugger")
    assert "PIN" not in home.do("server = app.run(host='localhost')").text
    assert "its PIN is" in home.do("%flask").text
    assert "ZeroDivisionError" in ask(home, "/boom")[2]
    ran = home.do("server = app.run(host='0.0.0.0', token=True)")
    assert "The debugger is off: it is not for 0.0.0.0\n" in ran.text
    assert "PIN" not in home.do("%flask").text
    assert "ZeroDivisionError" not in ask(home, f"/boom?token={SECRET}")[2]


def test_there_is_no_debugger_behind_a_proxy(hub):
    ran = hub.run("%flask run --port 0 --debugger")
    assert "so not behind a proxy (/user/ada/proxy/" in ran.text
    assert hub.do("%flask stop").text == "No server is running.\n"


def test_what_comes_by_a_proxy_later_meets_no_debugger(home):
    home.do("server = %flask run --port 0 --debugger")
    home.do("%config NBFlask.public_url = 'https://host.example'")
    assert "ZeroDivisionError" not in ask(home, "/boom", Host="host.example")[2]
    assert "ZeroDivisionError" in ask(home, "/boom")[2]


def test_without_a_pin_there_is_no_debugger(home, monkeypatch):
    monkeypatch.setenv("WERKZEUG_DEBUG_PIN", "off")
    assert "needs a PIN" in home.run("%flask run --port 0 --debugger").text
    assert home.do("%flask stop").text == "No server is running.\n"


# Limits


def test_limits_are_settings_of_servers_started_from_then_on(home):
    home.do("%config NBFlask.max_body = 10\n%config NBFlask.max_connections = 3")
    home.do("server = %flask run --port 0")
    assert home.names["server"].limits.connections == 3
    assert ask(home, "/echo", "POST", "x" * 10)[0] == 200
    assert ask(home, "/echo", "POST", "x" * 11)[0] == 413


def test_a_restarted_server_heeds_the_settings_of_now(home):
    home.do("server = %flask run --port 0")
    assert "allowed_hosts" in ask(home, "/echo", "POST", "x", Host="api.test")[2]
    home.do(
        "%config NBFlask.allowed_hosts = ['api.test']\n"
        "%config NBFlask.max_body = 10\n%config NBFlask.switch_interval = 0.002\n"
        "%flask restart\nimport sys\nduring = sys.getswitchinterval()"
    )
    assert ask(home, "/echo", "POST", "x", Host="api.test")[0] == 200
    assert ask(home, "/echo", "POST", "x", Host="evil.test")[0] == 400
    assert ask(home, "/echo", "POST", "x" * 11)[0] == 413
    assert home.names["during"] == pytest.approx(0.002)


@pytest.mark.parametrize(("seconds", "interval"), [("0", None), ("0.001", 0.001)])
def test_the_switch_interval_is_a_setting(home, seconds, interval):
    home.do("import sys\nbefore = sys.getswitchinterval()")
    home.do(f"%config NBFlask.switch_interval = {seconds}")
    home.do("server = %flask run --port 0\nduring = sys.getswitchinterval()")
    assert home.names["during"] == pytest.approx(interval or home.names["before"])
    home.do("%flask stop")
    assert home.do("sys.getswitchinterval() == before").result is True


@pytest.mark.parametrize(
    "setting", ["max_body = -1", "max_connections = 0", "switch_interval = -1"]
)
def test_limits_that_are_none_are_refused(home, caplog, setting):
    home.do(f"%config NBFlask.{setting}")
    (told,) = [each.message for each in caplog.records]
    assert "should not be less than" in told
    home.do("server = %flask run --port 0")
