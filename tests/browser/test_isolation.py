"""What a hostile page, or a hostile visitor, of the served app can reach: nothing.

The window of `%flask run --show` runs scripts, without an origin: there the probes of
probe.html run and tell the app what they got. In cards no script runs at all.
"""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from .checks import BLOCKED, complaints

HERE = Path(__file__).parent
PAGE = (HERE / "probe.html").read_text("utf-8")
PROBES = frozenset(re.findall(r'^    "([a-z-]+)": \(\) =>', PAGE, re.MULTILINE))
WINDOW, CARDS, PANEL, LOG, RECEIVED = "c2", "c3", "c4", "c5", "c6"
CELLS = (
    "%load_ext nbflask",
    (HERE / "probing.py").read_text("utf-8"),
    "%flask run --port 0 --show /probe",
    "%get /probe\n%get /fail --verbose",
    "%flask explore",
    "%flask log",
    "import json\nprint(json.dumps(received))",
    "%config NBFlask.pass_credentials = True",
    "%flask stop",
)
MARKUP = "<img src=x: onerror=\"window.hostile='a line'\"><script>hostile=1</script>"
#: What a visitor may send to have it shown in the log.
LINES = (
    f"GET /{MARKUP.replace(' ', '%20')} HTTP/1.1",
    f"GET /?{MARKUP.replace(' ', '+')} HTTP/1.1",
    "<script>hostile=1</script> / HTTP/1.1",
    "GET / HTTP/1.1\r\nX-<script>hostile=1</script>: 1",
    f"GET / HTTP/1.1\r\nUser-Agent: {MARKUP}\r\nReferer: {MARKUP}",
)


@pytest.fixture(params=["lab", "notebooks"])
def probed(request: Any, open_notebook: Any, jupyter: Any) -> Any:
    """A notebook that serves the probes, before its window is opened."""
    page = PAGE.replace("JUPYTER", jupyter.url)
    (jupyter.notebooks / "probe.html").write_text(page, "utf-8")
    name = f"probes-{request.param}.ipynb"
    notebook = open_notebook(name, *CELLS, front_end=request.param)
    notebook.page.evaluate(
        "addEventListener('message', ({data}) => {"
        " if (String(data).includes('HOSTILE')) window.message = data; })"
    )
    for cell in ("c0", "c1"):
        assert notebook.run(cell), notebook.text(cell)
    return notebook


def received(notebook: Any) -> list[list[str]]:
    """What the app has received: method, path and headers of each request."""
    assert notebook.run(RECEIVED)
    requests: list[list[str]] = json.loads(notebook.text(RECEIVED))
    return requests


def outcomes(requests: list[list[str]]) -> dict[str, str]:
    """What each probe told the app."""
    told = {}
    for _, path, _ in requests:
        found = urlsplit(path)
        if found.path.startswith("/found/"):
            told[found.path.removeprefix("/found/")] = parse_qs(found.query)["got"][0]
    return told


def url_of(notebook: Any) -> str:
    return str(notebook.cell(WINDOW).locator(".nbflask-card a").last.inner_text())


def has_no_markup(card: Locator) -> bool:
    return card.locator("script, img, form, object, embed, [onerror]").count() == 0


class TestProbes:
    def test_a_window_runs_scripts_that_reach_nothing_of_jupyter(self, probed, jupyter):
        before = probed.page.url
        for cell in (WINDOW, LOG):
            assert probed.run(cell), probed.text(cell)
        expect(probed.cell(LOG)).to_contain_text("/found/all?got=done")
        requests = received(probed)
        told = outcomes(requests)
        assert told.pop("all") == "done"
        assert set(told) == PROBES
        assert {name: got for name, got in told.items() if "reached" in got} == {}
        assert probed.page.evaluate("window.message") == "HOSTILE: a message"
        assert [path for _, path, _ in requests if "/sprung" in path] == []
        assert secrets_in(requests, probed, jupyter) == []
        assert probed.page.url == before
        assert len(probed.page.context.pages) == 1
        assert probed.dialogs == []
        assert probed.run("c8")

    def test_there_was_something_to_reach(self, probed, jupyter):
        """The token stands in the page, and the browser sends Jupyter's cookies."""
        config = "document.getElementById('jupyter-config-data').textContent"
        assert json.loads(probed.page.evaluate(config))["token"] == jupyter.token
        assert probed.run("c7")
        for cell in (WINDOW, LOG):
            assert probed.run(cell), probed.text(cell)
        expect(probed.cell(LOG)).to_contain_text("/found/all?got=done")
        assert secrets_in(received(probed), probed, jupyter) != []
        assert probed.run("c8")

    def test_no_script_runs_in_cards(self, probed):
        for cell in (CARDS, PANEL):
            assert probed.run(cell), probed.text(cell)
        panel = probed.cell(PANEL).locator(".nf-explorer").first
        for route in ("GET /probe", "GET /fail"):
            panel.get_by_label("Route").fill(route)
            panel.get_by_label("Route").press("Enter")
            panel.get_by_role("button", name="Send").click()
            expect(panel.locator(".nf-request")).to_contain_text(route.split()[1])
            if route == "GET /probe":
                shows_the_page(panel)
            else:
                expect(panel).to_contain_text("ValueError")
        shows_the_page(probed.cell(CARDS))
        for card in probed.page.locator(".nbflask-card").all():
            assert has_no_markup(card)
        assert probed.page.evaluate("[window.hostile, window.message]") == [None, None]
        assert outcomes(received(probed)) == {}
        assert [each for each in errors(probed) if not BLOCKED.match(each)] == []


def shows_the_page(where: Locator) -> None:
    frame = where.locator("iframe").first
    assert frame.get_attribute("sandbox") == ""
    frame.content_frame.locator("#probe").wait_for()


def errors(notebook: Any) -> list[str]:
    """What the page complains of, but for what Notebook 7 starts with."""
    return [each for each in complaints(notebook) if "hostile" in each.lower()]


def secrets_in(requests: list[list[str]], notebook: Any, jupyter: Any) -> list[str]:
    """Requests in which something of Jupyter's stands."""
    cookies = [each["value"] for each in notebook.page.context.cookies(jupyter.url)]
    assert cookies
    secrets = [jupyter.token, "_xsrf", *filter(None, cookies)]
    return [
        str(request)
        for request in requests
        if any(secret in part for part in request for secret in secrets)
    ]


class TestVisitors:
    @pytest.fixture
    def serving(self, probed):
        for cell in (WINDOW, LOG):
            assert probed.run(cell), probed.text(cell)
        yield probed
        assert probed.run("c8")

    def test_what_a_visitor_sends_is_text_in_the_log(self, serving):
        before = len(serving.errors)
        for line in LINES:
            assert said(url_of(serving), line).startswith("HTTP/1.1 ")
        log = serving.cell(LOG).locator(".nf-log")
        expect(log).to_contain_text("onerror")
        expect(log).to_contain_text("<script>")
        assert has_no_markup(log)
        assert serving.page.evaluate("window.hostile") is None
        assert serving.errors[before:] == []

    def test_another_name_for_this_machine_is_turned_away(self, serving, browser):
        address = urlsplit(url_of(serving))
        request = "GET /secret HTTP/1.1\r\nHost: {}"
        for host in ("evil.example", f"evil.example:{address.port}", "127.0.0.1.evil"):
            assert said(url_of(serving), request.format(host)).startswith(
                "HTTP/1.1 400 "
            )
        context = browser.new_context()
        answer = context.new_page().goto(f"http://evil.test:{address.port}/secret")
        assert answer.status == 400
        context.close()

    def test_a_page_of_another_origin_may_not_read(self, serving, browser):
        context = browser.new_context()
        elsewhere = context.new_page()
        ask = """async ([url, options]) => {
          try { return await (await fetch(url, options)).text(); }
          catch (error) { return error.name; }
        }"""
        url = f"{url_of(serving)}/secret"
        for options in (
            {},
            {"credentials": "include"},
            {"method": "PUT"},
            {"headers": {"X-Asked": "1"}},
        ):
            assert elsewhere.evaluate(ask, [url, options]) == "TypeError"
        assert elsewhere.evaluate(ask, [url, {"mode": "no-cors"}]) == ""
        context.close()
        methods = {each[0] for each in received(serving) if "/secret" in each[1]}
        assert "PUT" not in methods
        preflight = (
            "OPTIONS /secret HTTP/1.1\r\nOrigin: https://evil.example\r\n"
            "Access-Control-Request-Method: PUT\r\n"
            "Access-Control-Request-Headers: x-asked"
        )
        assert "access-control" not in said(url_of(serving), preflight).lower()


def said(url: str, head: str) -> str:
    """Send the head of a request as it stands; return all that is answered."""
    address = urlsplit(url)
    host = "" if "\r\nHost:" in head else f"\r\nHost: {address.netloc}"
    with socket.create_connection((address.hostname, address.port), 10) as to_server:
        to_server.sendall(f"{head}{host}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: to_server.recv(65536), b"")).decode()
