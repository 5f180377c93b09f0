"""The app served to a browser, and the notebook beside it: the page that follows the
cells, the log that goes on, and the panel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .checks import READABLE, THEMES, screenshot
from .keys import Typist

APP = """\
%load_ext nbflask
heard = []
@app.get("/users/<int:user_id>")
def user(user_id): return {"id": user_id, "full": request.args.get("full")}
@app.post("/users")
def add(): return request.get_json(), 201
@app.put("/users/<int:user_id>")
def change(user_id):
    heard.append(request.headers["X-Tone"])
    return {"id": user_id, **request.args, **request.get_json(), **request.cookies}
@app.get("/boom")
def boom(): return str(1 / len(request.args.getlist("nothing")))
"""
RUN = "server = app.run(port=0)"
URL = re.compile(r"http://127\.0\.0\.1:\d+")


def serve(notebook) -> str:
    """Run the first two cells; return where the app is served."""
    notebook.call("zen")
    for cell in ("c0", "c1"):
        assert notebook.run(cell), notebook.text(cell)
    return URL.search(notebook.text("c1"))[0]


both = pytest.mark.parametrize("front_end", ["lab", "notebooks"])


class TestThePageBelowACell:
    @both
    def test_it_follows_the_cells_that_change_the_app_and_no_others(
        self, open_notebook, front_end
    ):
        notebook = open_notebook(
            f"window-{front_end}.ipynb",
            APP,
            RUN,
            "%%route /page\nheard.append('page')\n'one'",
            "server = %flask run --show /page",
            "x = 1",
            "print(heard.count('page'))",
            front_end=front_end,
        )
        serve(notebook)
        for cell in ("c2", "c3"):
            assert notebook.run(cell), notebook.text(cell)
        shown = notebook.page.frame_locator(".nbflask-card iframe").locator("body")
        expect(shown).to_have_text("one")
        assert notebook.run("c4")
        assert notebook.run("c5")
        assert notebook.text("c5").strip() == "1"
        notebook.edit("c2", "%%route /page\nheard.append('page')\n'two'")
        assert notebook.run("c2")
        expect(shown).to_have_text("two")


class TestTheLog:
    @both
    def test_a_request_from_another_page_appears_without_a_cell(
        self, open_notebook, front_end
    ):
        name = f"log-{front_end}.ipynb"  # each has a kernel of its own
        notebook = open_notebook(name, APP, RUN, "%flask log", front_end=front_end)
        url = serve(notebook)
        assert notebook.run("c2")
        card = notebook.cell("c2").locator(".nf-log")
        expect(card).to_contain_text("No requests yet.")
        visitor = notebook.page.context.new_page()
        visitor.goto(f"{url}/users/7?full=yes")
        expect(card).to_contain_text("/users/7?full=yes")
        visitor.goto(f"{url}/%3Cimg%20src=x%20onerror=window.hostile=1%3E")
        expect(card).to_contain_text("onerror=window.hostile=1%3E")
        assert card.locator("img, script").count() == 0
        assert notebook.page.evaluate("window.hostile") is None
        visitor.close()

    @both
    def test_a_failure_in_a_browser_is_replayed_into_the_debugger(
        self, open_notebook, front_end
    ):
        cells = (APP, RUN, "%replay", "%debug")
        name = f"replay-{front_end}.ipynb"
        notebook = open_notebook(name, *cells, front_end=front_end)
        url = serve(notebook)
        visitor = notebook.page.context.new_page()
        assert visitor.goto(f"{url}/boom?from=browser").status == 500
        visitor.close()
        assert notebook.run("c2")
        expect(notebook.cell("c2")).to_contain_text("ZeroDivisionError")
        notebook.call("begin", "c3")
        asking = notebook.page.locator(".jp-Stdin-input").last
        for said in ("p request.args['from']", "q"):
            asking.wait_for()
            asking.fill(said)
            asking.press("Enter")
        expect(notebook.cell("c3")).to_contain_text("'browser'")


def choose(notebook, route: str) -> None:
    field = notebook.page.get_by_label("Route", exact=True)
    field.fill(route)
    field.press("Enter")
    expect(notebook.cell("c2")).to_contain_text(f"{route} →")


def field(notebook, name: str):
    return notebook.page.get_by_label(name, exact=True)


def button(notebook, name: str):
    return notebook.page.get_by_role("button", name=name, exact=True)


#: What is filled in for PUT, tab by tab.
FILLED_IN = {
    "Query": "full=yes",
    "Headers": "X-Tone: calm",
    "Body": '{"name": "Ada"}',
    "Cookies": "mood=good",
}


class TestThePanel:
    @pytest.fixture
    def panel(self, open_notebook, request):
        front_end = getattr(request, "param", "lab")
        # A kernel of its own for each test.
        name = f"{re.sub(r'[^a-z]+', '-', request.node.name)}.ipynb"
        cells = (APP, RUN, "%flask explore", "")
        notebook = open_notebook(name, *cells, front_end=front_end)
        serve(notebook)
        assert notebook.run("c2")
        notebook.page.get_by_label("Route", exact=True).wait_for()
        return notebook

    @pytest.mark.parametrize("panel", ["lab", "notebooks"], indirect=True)
    def test_a_route_is_asked_with_the_mouse(self, panel):
        page = panel.page
        choose(panel, "GET /users/<int:user_id>")
        page.get_by_label("user_id").fill("two")
        page.get_by_role("button", name="Send").click()
        expect(panel.cell("c2")).to_contain_text("user_id is not a whole number")
        page.get_by_label("user_id").fill("2")
        page.get_by_label("Query", exact=True).fill("full=1")
        page.get_by_role("button", name="Send").click()
        expect(panel.cell("c2")).to_contain_text("GET /users/2?full=1")
        page.get_by_role("button", name="As a cell").click()
        written = "%get /users/2 full==1"
        expect(page.get_by_label("To copy")).to_have_value(written)
        panel.edit("c3", written)
        assert panel.run("c3")
        assert "200 OK  GET /users/2?full=1" in panel.text("c3")

    @pytest.mark.parametrize("width", [1100, 400])
    @pytest.mark.parametrize("panel", ["lab", "notebooks"], indirect=True)
    def test_everything_is_done_with_the_keys_alone(self, panel, width):
        panel.page.set_viewport_size({"width": width, "height": 900})
        shown = panel.cell("c2")
        typist = Typist(panel, "c2", ".nf-explorer")

        typist.go(field(panel, "Route"))
        typist.write("put")
        typist.press("ArrowDown", "ArrowUp", "Enter")
        expect(shown).to_contain_text("PUT /users/<int:user_id> →")
        typist.go(field(panel, "user_id"))
        typist.write("7")
        for tab, text in FILLED_IN.items():
            typist.push(button(panel, tab))
            if tab == "Body":
                typist.push(button(panel, "JSON"))
            typist.go(field(panel, tab))
            typist.write(text)
            typist.press("ArrowUp", "ArrowDown", "End")
            typist.back(button(panel, tab))
        typist.push(button(panel, "Send"))
        expect(shown).to_contain_text("200 OK")
        expect(shown).to_contain_text('"mood": "good"')

        typist.back(field(panel, "Cookies"))
        typist.write("mood=bad")
        typist.push(button(panel, "Forget cookies"))
        typist.back(button(panel, "Cookies"))
        typist.push(button(panel, "History"))
        typist.go(field(panel, "Sent"))
        typist.write("1.")
        typist.press("ArrowDown", "ArrowUp", "Enter")
        expect(shown).to_contain_text("Filled in again: PUT /users/7?full=yes")
        typist.push(button(panel, "As curl"))
        expect(field(panel, "To copy")).to_have_value(re.compile("curl .*mood=good"))
        typist.back(button(panel, "As a cell"))
        typist.press("Space")
        expect(field(panel, "To copy")).to_have_value(re.compile("%put .*mood=good"))
        typist.go(field(panel, "To copy"))
        typist.press("Control+a", "Control+c")
        typist.look()
        assert typist.unwell == []

        typist.back(button(panel, "Send"))  # where arrows are the notebook's
        typist.press("ArrowDown", "Enter", "Control+v", "Control+Enter")
        expect(panel.cell("c3")).to_contain_text('"mood": "good"')

    @pytest.mark.parametrize("panel", ["lab", "notebooks"], indirect=True)
    def test_it_follows_the_server_and_is_readable_in_each_theme(self, panel, tmp_path):
        url = URL.search(panel.text("c1"))[0]
        visitor = panel.page.context.new_page()
        visitor.goto(f"{url}/users/9")
        visitor.close()
        expect(panel.cell("c2")).to_contain_text("/users/9")
        choose(panel, "GET /users/<int:user_id>")
        field(panel, "user_id").fill("2")
        button(panel, "As curl").click()
        button(panel, "Send").click()
        expect(panel.cell("c2")).to_contain_text("GET /users/2")
        front_end = "lab" if "/lab" in panel.page.url else "notebook"
        for theme in THEMES:
            panel.call("theme", theme)
            assert panel.call("faint", READABLE) == {}
            for width in (1100, 400):
                panel.page.set_viewport_size({"width": width, "height": 900})
                for tab in ("Query", "Headers", "Body", "Cookies", "History"):
                    button(panel, tab).click()
                    panel.call("show", "c2")
                    name = f"panel-{front_end}-{theme[11:]}-{width}-{tab}".lower()
                    screenshot(panel, name, tmp_path)
                    assert panel.call("overlaps", ".nf-explorer") == []
                    assert panel.call("tooWide") == []

    def test_every_input_has_a_name(self, panel):
        nameless = panel.page.evaluate(
            """() => [...document.querySelectorAll('.jp-OutputArea :is(input, select,'
               + ' textarea)')].filter(each => !each.labels?.length
               && !each.getAttribute('aria-label')
               && each.checkVisibility()).map(each => each.outerHTML)"""
        )
        assert nameless == []
