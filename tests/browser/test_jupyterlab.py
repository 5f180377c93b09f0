"""nbflask in the real JupyterLab and Notebook 7, looked at through Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from .checks import (
    BLOCKED,
    LIMIT,
    READABLE,
    THEMES,
    card_of,
    complaints,
    screenshot,
    strangers,
)

EVIL = "https://evil.invalid"
HERE = Path(__file__).parent


class TestQuickstart:
    def test_runs_from_top_to_bottom(self, quickstart):
        assert quickstart.succeeded
        errors = {
            cell: output["evalue"]
            for cell, outputs in quickstart.outputs().items()
            for output in outputs
            if output["output_type"] == "error"
        }
        assert errors == {}

    def test_the_page_has_nothing_to_complain_of(self, quickstart):
        assert complaints(quickstart) == []

    def test_no_request_leaves_for_elsewhere(self, quickstart, jupyter):
        assert strangers(quickstart, jupyter) == []

    def test_every_display_is_a_card(self, quickstart):
        shown = sum(
            "text/html" in output.get("data", {})
            for outputs in quickstart.outputs().values()
            for output in outputs
        )
        assert shown > 20
        assert quickstart.page.locator(".nbflask-card").count() == shown

    @pytest.mark.parametrize(
        ("cell", "status", "tone"),
        [
            ("first-page-get", "200 OK", "nf-2xx"),
            ("post-send", "201 Created", "nf-2xx"),
            ("missing-get", "404 Not Found", "nf-4xx"),
            ("failure-get", "500 Internal Server Error", "nf-5xx"),
        ],
    )
    def test_a_card_has_its_status_and_colour(self, quickstart, cell, status, tone):
        card = card_of(quickstart, cell)
        assert card.locator(".nf-status").inner_text() == status
        assert tone in card.get_attribute("class").split()

    def test_a_page_is_shown_in_a_frame_that_may_do_nothing(self, quickstart):
        frame = card_of(quickstart, "first-page-get").locator("iframe")
        assert frame.get_attribute("sandbox") == ""
        heading = frame.content_frame.get_by_role("heading")
        assert heading.inner_text() == "Hello from a notebook"

    def test_a_fold_opens_on_a_click(self, quickstart):
        quickstart.call("show", "templates-get")
        fold = card_of(quickstart, "templates-get").locator(
            "details", has_text="Source"
        )
        fold.locator("summary").click()
        assert "&lt;i&gt;Today" in fold.locator("pre").inner_text()
        fold.locator("summary").click()

    def test_the_notice_names_the_cell_that_lost_its_endpoint(self, quickstart):
        assert "cell [14]" in quickstart.text("again-route")

    @pytest.mark.parametrize("theme", THEMES)
    def test_cards_can_be_read_in_each_theme(self, quickstart, theme, tmp_path):
        quickstart.call("theme", theme)
        quickstart.call("show", "failure-route")
        assert quickstart.call("faint", READABLE) == {}
        assert screenshot(quickstart, theme.replace(" ", "-").lower(), tmp_path)

    def test_the_themes_differ_in_the_cards_too(self, quickstart):
        grounds = set()
        for theme in THEMES:
            quickstart.call("theme", theme)
            card = card_of(quickstart, "first-page-get")
            grounds.add(card.evaluate("card => getComputedStyle(card).backgroundColor"))
        assert len(grounds) == len(THEMES)

    @pytest.mark.parametrize("width", [1100, 600, 400])
    def test_cards_stay_within_their_cells(self, quickstart, width, tmp_path):
        quickstart.page.set_viewport_size({"width": width, "height": 900})
        quickstart.call("painted")
        screenshot(quickstart, f"width-{width}", tmp_path)
        assert quickstart.call("tooWide") == []

    def test_leaves_no_server(self, quickstart):
        assert "not running" in quickstart.text("onwards-state")


class TestEditing:
    CELLS = (
        "%load_ext nbflask",
        "%%route /harvest\n'apples'",
        "@app.get('/weight')\ndef weight():\n    return '3 kg'",
        "%flask routes",
        "%get /weight",
    )

    def test_a_rerun_replaces_what_the_cell_registered(self, open_notebook):
        notebook = open_notebook("editing.ipynb", *self.CELLS)
        assert notebook.run_all()
        assert "/harvest " in notebook.text("c3")

        notebook.edit("c1", "%%route /orchard\n'pears'")
        assert notebook.run("c1")
        assert notebook.text("c1").splitlines() == [
            "− GET /harvest",
            "+ GET /orchard → orchard",
        ]
        assert notebook.run("c3")
        listed = notebook.text("c3")
        assert "/orchard " in listed
        assert "/harvest" not in listed

        notebook.edit("c2", self.CELLS[2].replace("3 kg", "4 kg"))
        assert notebook.run("c2")
        assert notebook.text("c2") == ""
        assert notebook.run("c4")
        assert "4 kg" in notebook.text("c4")
        assert complaints(notebook) == []


class TestLookingInside:
    """Traces, explanations, blueprints and contexts, of names that are no mere text."""

    EVIL_PATH = "'/part/<script>window.hostile=1</script>'"
    CELLS = (
        "%load_ext nbflask\napp.secret_key = 'x'",
        "part = Blueprint('part', __name__, url_prefix='/part')\n"
        "@part.get('/<name>')\n"
        "def item(name): return render_template_string('{{ name }}', name=name)\n"
        "app.register_blueprint(part)",
        "@app.before_request\n"
        "def mark(): g.evil = '<script>window.hostile = 2</script>'\n"
        "mark.__qualname__ = '<script>window.hostile = 3</script>'\n"
        "@app.errorhandler(404)\n"
        "def lost(error): return '<script>window.hostile = 4</script>', 404",
        f"%trace {EVIL_PATH}",
        "%trace /nowhere",
        f"%why {EVIL_PATH}",
        "%why POST /part",
        "%flask blueprints",
        f"%ctx push {EVIL_PATH}\napp.preprocess_request()\n%ctx",
        "%ctx pop",
        "%%template page.html --with x='\"<script>window.hostile = 5</script>\"'\n"
        "<p>{{ x }}</p>{{ x|safe }}",
    )

    @pytest.fixture
    def looking(self, open_notebook):
        notebook = open_notebook("looking.ipynb", *self.CELLS)
        notebook.call("zen")
        assert notebook.run_all()
        return notebook

    def test_cards_are_whole_readable_and_harmless(self, looking, tmp_path):
        cards = looking.page.locator(".nbflask-card").count()
        assert cards >= len(self.CELLS) - 3
        for theme in THEMES:
            looking.call("theme", theme)
            assert looking.call("faint", READABLE) == {}
            for width in (1100, 600, 400):
                looking.page.set_viewport_size({"width": width, "height": 900})
                looking.call("painted")
                screenshot(looking, f"looking-{theme[11:]}-{width}", tmp_path)
                assert looking.call("tooWide") == []
        assert looking.call("lent") == []
        assert looking.page.evaluate("window.hostile") is None
        assert [each for each in complaints(looking) if not BLOCKED.match(each)] == []


class Trap(ThreadingHTTPServer):
    """The server that hostile pages would like to reach. Remembers who did."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.sprung = Event()
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.reached.append(self.path)
            self.server.sprung.set()
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class TestHostileViews:
    """Nothing that a view sends is run, and nothing of it calls home."""

    CELLS = (
        "%load_ext nbflask",
        (HERE / "hostile.py").read_text("utf-8"),
        "\n".join(f"%get /{name}" for name in ("page", "headers", "table", "tree")),
        "\n".join(f"%get /{name} --verbose" for name in ("csv", "svg", "text", "type")),
        "\n".join(f"%get /{name} --verbose" for name in ("status", "away", "fail")),
        "%get \"/<script>window.hostile='a path'</script>\" --verbose",
        '%get / "X-Sent:<img src=x: onerror=window.hostile=2>" --verbose',
        "%get /named",
        "%flask routes",
        "%flask",
    )
    CARDS = 16
    CONTROL = f"""\
from IPython.display import HTML
HTML('''<script>window.hostile = "it runs"; console.log("HOSTILE: control")</script>
<img src="{EVIL}/control">''')"""

    @pytest.fixture
    def hostile(self, open_notebook, jupyter, trap):
        page = (HERE / "hostile.html").read_text("utf-8")
        (jupyter.notebooks / "hostile.html").write_text(
            page.replace(EVIL, trap.url), "utf-8"
        )
        cells = (each.replace(EVIL, trap.url) for each in (*self.CELLS, self.CONTROL))
        notebook = open_notebook("hostile.ipynb", *cells)
        notebook.page.evaluate(
            "addEventListener('message', ({data}) => {"
            " if (String(data).includes('HOSTILE')) window.hostile = data; })"
        )
        return notebook

    def test_no_script_of_a_view_runs_in_the_page(self, hostile, jupyter, trap):
        for at in range(len(self.CELLS)):
            assert hostile.run(f"c{at}"), hostile.text(f"c{at}")
        frame = hostile.page.locator("iframe").first.content_frame
        frame.locator("#hostile").wait_for()
        assert hostile.page.locator(".nbflask-card").count() == self.CARDS
        self.click_on_the_link_to_the_top(hostile, frame)

        assert hostile.page.evaluate("window.hostile") is None
        assert hostile.page.evaluate("document.body.dataset.hostile") is None
        assert "hostile" not in hostile.page.evaluate("document.cookie")
        assert hostile.dialogs == []
        assert any("Unsafe attempt to initiate" in each for each in hostile.console)
        assert trap.reached == []
        assert [each for each in complaints(hostile) if not BLOCKED.match(each)] == []
        assert len(hostile.page.context.pages) == 1
        assert hostile.page.url.startswith(jupyter.url)
        self.look_for_what_may_not_be_there(hostile)

        # The traps do snap: what a cell itself shows as HTML sets them all off.
        assert hostile.run(f"c{len(self.CELLS)}")
        assert hostile.page.evaluate("window.hostile") == "it runs"
        assert "log: HOSTILE: control" in hostile.console
        assert trap.sprung.wait(LIMIT)
        assert set(trap.reached) == {"/control"}

    def click_on_the_link_to_the_top(self, hostile, frame):
        hostile.call("show", "c2")
        # By its place: Playwright's own click waits for animation frames, and in a
        # frame without scripts there are none.
        place = frame.locator("#up").bounding_box()
        hostile.page.mouse.click(place["x"] + 5, place["y"] + 5)
        hostile.call("painted")

    def look_for_what_may_not_be_there(self, hostile):
        """Elements that only a value that was not escaped can have brought."""
        for frame in hostile.page.locator(".nbflask-card iframe").all():
            assert frame.get_attribute("sandbox") == ""
        for card in hostile.page.locator(".nbflask-card").all():
            assert card.locator("script, object, embed, form, [onerror]").count() == 0
            for link in card.locator("a").all():
                assert link.get_attribute("href").startswith("data:")


class TestNotebook7:
    def test_the_quickstart_runs_there_too(self, open_notebook, jupyter):
        notebook = open_notebook("01_quickstart.ipynb", front_end="notebooks")
        # It starts with some complaints of its own; they are not ours to count.
        before = len(complaints(notebook))
        assert notebook.run_all()
        assert notebook.page.locator(".nbflask-card").count() > 20
        assert complaints(notebook)[before:] == []
        assert strangers(notebook, jupyter) == []
