"""Contexts across the cells of a real kernel, its callbacks and its end."""

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

APP = """\
%load_ext nbflask
import asyncio, pathlib
@app.get("/search")
def search(): return request.args["q"]
@app.teardown_appcontext
def ended(error): pathlib.Path("ended").write_text("ended")
"""


@pytest.fixture
def kernel(kernel):
    kernel.do(APP, "app")
    return kernel


@pytest.mark.parametrize("id", ["a1b2", None])
def test_what_is_pushed_is_current_in_every_following_cell(kernel, id):
    kernel.do("%ctx push /search?q=flask", id)
    look = "print(request.args['q'], url_for('search'))"
    for cell in (look, f"await asyncio.sleep(0)\n{look}", f"if True:\n    {look}"):
        assert kernel.do(cell, id and "look").text == "flask /search\n"
    kernel.do("await asyncio.sleep(0)\n%ctx push /search?q=again", id and "again")
    assert kernel.do(look).text == "again /search\n"
    kernel.do("await asyncio.sleep(0)\n%ctx pop", id and "pop")
    assert kernel.do(look).text == "flask /search\n"
    kernel.do("%ctx push /search?q=other\n1/1", id and "a1b2")
    assert kernel.do(look).text == "other /search\n"
    kernel.do("%ctx pop --all")
    assert "'%ctx push /path' makes a request current" in kernel.run(look).text


def test_a_cell_runs_within_a_context(kernel):
    ran = kernel.do("%%ctx /search?q=flask\nawait asyncio.sleep(0)\nrequest.args['q']")
    assert ran.text == "'flask'\n"
    assert not kernel.run("request.path").ok


def test_the_callbacks_of_widgets_see_what_is_pushed(kernel):
    kernel.do(
        "import ipywidgets\n"
        "seen = []\n"
        "def click(button): seen.append(request.args['q'])\n"
        "button = ipywidgets.Button()\n"
        "button.on_click(click)\n"
    )
    model = kernel.do("print(button.model_id)").text.strip()
    kernel.do("%ctx push /search?q=sync")
    kernel.click(model)
    kernel.do("await asyncio.sleep(0)\n%ctx push /search?q=async")
    kernel.click(model)
    kernel.do("%ctx pop --all")
    kernel.click(model)
    assert kernel.do("seen").text == "['sync', 'async']\n"


def test_what_a_cell_that_awaits_pushes_by_hand_stays(kernel):
    kernel.do("await asyncio.sleep(0)\napp.app_context().push()\ng.user = 'Ada'")
    assert kernel.do("print(g.user)").text == "Ada\n"
    kernel.do("await asyncio.sleep(0)\n%ctx pop")
    assert not kernel.run("g.user").ok


@pytest.mark.parametrize(
    "push",
    [
        "%ctx app",
        "app.app_context().push()",
        "await asyncio.sleep(0)\napp.app_context().push()",
    ],
)
def test_the_end_of_a_kernel_runs_the_teardown(kernel, push):
    folder = kernel.do("print(pathlib.Path().absolute())").text.strip()
    kernel.do("pathlib.Path('ended').unlink(missing_ok=True)")
    kernel.do(push)
    kernel.restart()
    read = f"import pathlib\nprint(pathlib.Path({folder!r}, 'ended').read_text())"
    assert kernel.do(read).text == "ended\n"
