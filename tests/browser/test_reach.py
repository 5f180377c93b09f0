"""Links to a server on a hub: a path below the page's own host is one that works."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from nbflask import Flask
from nbflask.notebook.display import window
from nbflask.server import Server

CELLS = (
    "import os\nos.environ['JUPYTERHUB_SERVICE_PREFIX'] = '/user/ada/'",
    "%load_ext nbflask\n@app.get('/')\ndef home(): return 'home'",
    "server = app.run(port=0)",
    "print(server.port)",
    "%flask run --show /",
    "%flask stop",
)


@pytest.mark.parametrize("front_end", ["lab", "notebooks"])
def test_a_path_leads_to_the_notebooks_own_host(open_notebook, jupyter, front_end):
    notebook = open_notebook(f"reach-{front_end}.ipynb", *CELLS, front_end=front_end)
    for at in range(5):
        assert notebook.run(f"c{at}"), notebook.text(f"c{at}")
    expected = urljoin(jupyter.url, f"/user/ada/proxy/{notebook.text('c3').strip()}/")
    link = notebook.cell("c2").locator(".nbflask-card a")
    assert link.evaluate("link => link.href") == expected
    frame = notebook.cell("c4").locator(".nbflask-card iframe").first
    assert frame.evaluate("frame => frame.src") == expected
    assert notebook.run("c5")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_window_shows_what_asks_for_a_token_whatever_its_page_is_called(
    browser, name
):
    app, around = Flask("app"), Flask("around")
    app.get("/")(lambda: "<a href='/next'>on</a>")
    app.get("/next", endpoint="next")(lambda: "<p>there</p>")
    server = Server(lambda: app, port=0, token="my-own-secret")
    page_server = Server(lambda: around, port=0)
    with server, page_server, browser.new_context() as context:
        link = f"{server.url}/?token=my-own-secret"
        around.get("/")(lambda: window.card(link, "/", 0).html)
        page = context.new_page()
        page.goto(f"http://{name}:{page_server.port}/")
        frame = page.frame_locator("iframe")
        frame.locator("a").click()
        expect(frame.locator("p")).to_have_text("there")
