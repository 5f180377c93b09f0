"""Where the person's browser finds a server: by the environment, or by a setting."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from nbflask.notebook.serving import public
from nbflask.notebook.serving.jupyter import JupyterServer, is_loopback, of_process
from nbflask.notebook.serving.public import checked, find

LOCAL = "http://127.0.0.1:5000"
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/", "JUPYTERHUB_BASE_URL": "/"}
PLATFORMS = {
    "this machine": ({}, LOCAL),
    "a hub": (HUB, "/user/ada/proxy/5000/"),
    "a hub's named server": (
        {"JUPYTERHUB_SERVICE_PREFIX": "/hub2/user/a%40b.c/lab/"},
        "/hub2/user/a%40b.c/lab/proxy/5000/",
    ),
    "a hub that knows its name": (
        HUB | {"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ada/"},
        "https://hub.example/user/ada/proxy/5000/",
    ),
    "a hub that says nonsense": (
        HUB | {"JUPYTERHUB_PUBLIC_URL": "None"},
        "/user/ada/proxy/5000/",
    ),
    "Binder": (
        {
            "BINDER_LAUNCH_HOST": "https://mybinder.org/",
            "BINDER_REPO_URL": "https://github.com/ada/notes",
            "JUPYTERHUB_SERVICE_PREFIX": "/user/ada-notes-x1y2z3/",
        },
        "/user/ada-notes-x1y2z3/proxy/5000/",
    ),
    "Codespaces": (
        {
            "CODESPACES": "true",
            "CODESPACE_NAME": "fluffy-space-1234",
            "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev",
        },
        "https://fluffy-space-1234-5000.app.github.dev",
    ),
    "Codespaces without its domain": (
        {"CODESPACES": "true", "CODESPACE_NAME": "fluffy"},
        "https://fluffy-5000.app.github.dev",
    ),
    "code-server": (
        {"VSCODE_PROXY_URI": "https://code.example/proxy/{{port}}/"},
        "https://code.example/proxy/5000/",
    ),
    "code-server with subdomains": (
        {"VSCODE_PROXY_URI": "https://{{port}}.code.example"},
        "https://5000.code.example",
    ),
    "code-server in a hub": (
        HUB | {"VSCODE_PROXY_URI": "https://hub.example/user/ada/vs/proxy/{{port}}"},
        "https://hub.example/user/ada/vs/proxy/5000/",
    ),
    "code-server with what is unknown here": (
        {"VSCODE_PROXY_URI": "https://{{port}}-{{host}}"},
        LOCAL,
    ),
    "code-server with a path": ({"VSCODE_PROXY_URI": "./proxy/{{port}}"}, LOCAL),
    "code-server for one port": ({"VSCODE_PROXY_URI": "javascript:alert(1)"}, LOCAL),
}


@pytest.mark.parametrize(
    ("environment", "link"), PLATFORMS.values(), ids=PLATFORMS.keys()
)
def test_each_platform_says_where_a_port_is_shown(environment, link):
    address = find(LOCAL, 5000, environment)
    assert address.link == link
    assert address.is_public == (link != LOCAL)
    assert address.is_whole == link.startswith("http")


@pytest.mark.parametrize(
    ("setting", "link"),
    [
        ("https://host/prefix/{port}", "https://host/prefix/5000/"),
        ("https://{port}.host.example/", "https://5000.host.example"),
        ("http://host:8000", "http://host:8000"),
        ("/user/ada/proxy/{port}/", "/user/ada/proxy/5000/"),
        (f"{LOCAL}/", LOCAL),
    ],
)
def test_a_setting_is_put_before_what_the_environment_says(setting, link):
    for environment in ({}, *(each for each, _ in PLATFORMS.values())):
        assert find(LOCAL, 5000, environment, setting=setting).link == link


@pytest.mark.parametrize(
    "setting",
    [
        *("host/{port}", "ftp://host", "https://", "https://a b/", "//evil.example"),
        *("https://host/?q={port}", "https://host/#x", "/", "javascript:alert(1)"),
        *("https://u@host/", "https://host\\x", "/a?b", "{port}"),
    ],
)
def test_what_is_no_url_is_refused_in_one_line(notebook, caplog, setting):
    with pytest.raises(ValueError, match="is no public URL: write it like"):
        checked(setting)
    notebook.do(f"%config NBFlask.public_url = {setting!r}")
    (told,) = [each.message for each in caplog.records]  # where %config tells it
    assert told.startswith(f"{setting!r} is no public URL")
    assert notebook.do("%config NBFlask.public_url").result == ""


@pytest.mark.parametrize(
    ("answer", "link"),
    [
        ("https://x-5000-colab.googleusercontent.com/", None),
        ("javascript:alert(1)", LOCAL),
        (None, LOCAL),
        (TimeoutError("no page"), LOCAL),
    ],
)
def test_colabs_page_is_asked_once(monkeypatch, answer, link):
    asked = []

    def eval_js(script, timeout_sec=None):
        asked.append(script)
        if isinstance(answer, Exception):
            raise answer
        return answer

    output = SimpleNamespace(eval_js=eval_js)
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace(output=output))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    public.colab_url.cache_clear()
    for _ in range(2):
        assert find(LOCAL, 5000, {}).link == (link or answer.rstrip("/"))
    assert asked == ["google.colab.kernel.proxyPort(5000)"]
    public.colab_url.cache_clear()


@pytest.mark.parametrize(
    ("hostname", "base", "has_proxy", "link"),
    [
        ("localhost", "/", True, LOCAL),
        ("127.0.0.1", "/", True, LOCAL),
        ("::1", "/lab/", True, LOCAL),
        ("0.0.0.0", "/", True, "/proxy/5000/"),
        ("", "/notebook/ns/name/", True, "/notebook/ns/name/proxy/5000/"),
        ("jupyter.example", "/", True, "/proxy/5000/"),
        ("0.0.0.0", "/", False, LOCAL),
    ],
)
def test_a_jupyter_server_for_others_shows_ports_by_its_proxy(
    monkeypatch, hostname, base, has_proxy, link
):
    monkeypatch.setattr(public, "has_proxy", lambda: has_proxy)
    address = find(LOCAL, 5000, {}, jupyter=JupyterServer(hostname, base))
    assert address.link == link
    assert address.notes == (() if has_proxy else (public.ELSEWHERE,))


@pytest.mark.parametrize("has_proxy", [True, False])
def test_a_hub_without_the_proxy_is_told_what_to_install(monkeypatch, has_proxy):
    monkeypatch.setattr(public, "has_proxy", lambda: has_proxy)
    notes = find(LOCAL, 5000, HUB).notes
    assert notes == (() if has_proxy else (public.INSTALL_PROXY,))


@pytest.mark.parametrize(
    ("number", "text", "server"),
    [
        (
            "12",
            json.dumps({"hostname": "0.0.0.0", "base_url": "/x", "token": "t"}),
            JupyterServer("0.0.0.0", "/x/", "t"),
        ),
        ("12", json.dumps({}), JupyterServer("")),
        ("12", "[]", None),
        ("12", "no json", None),
        ("13", "{}", None),
        ("../12", "{}", None),
        ("", "{}", None),
    ],
)
def test_a_jupyter_server_is_known_by_its_file(tmp_path, number, text, server):
    (tmp_path / "jpserver-12.json").write_text(text)
    found = of_process(number, tmp_path)
    assert found == server
    assert "token" not in repr(found)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *[(each, True) for each in ("localhost", "127.0.0.1", "127.8.8.8", "[::1]")],
        *[(each, False) for each in ("0.0.0.0", "::", "", "10.0.0.1", "me.example")],
    ],
)
def test_only_loopback_means_this_machine(host, is_here):
    assert is_loopback(host) == is_here
