"""Data in a real kernel, where matplotlib shows open figures below each cell."""

import pytest
from lines import on_every_line

pytestmark = [pytest.mark.kernel, on_every_line]

APP = """\
%load_ext nbflask
import asyncio
import matplotlib.pyplot as plt
from urllib.request import urlopen

@app.get("/figure")
def figure():
    drawn, axes = plt.subplots()
    axes.plot([1, 2])
    return drawn

@app.get("/axes")
def axes(): return plt.plot([1, 2])[0].axes

@app.get("/async")
async def later():
    plt.plot([1, 2])
    await asyncio.sleep(0)
    return plt.gcf()

@app.get("/kept")
def kept():
    plt.plot([1, 2])
    return "not the figure"
"""
SERVED = """\
server = app.run(port=0)
begins = urlopen(f"{server.url}/figure").read()[:4]
%flask stop
assert begins == b"\\x89PNG", begins
"""
CLOSING = "%config InlineBackend.close_figures"


def pictures(ran):
    """The images that a cell shows: those in cards, and those that stand alone."""
    alone = sum("image/png" in bundle for bundle in ran.bundles)
    return ran.html.count('src="data:image/png'), alone


@pytest.fixture(scope="module")
def plotting(kernel_process):
    """A kernel for the whole file: its cells leave no figure behind."""
    kernel_process.restart()
    kernel_process.do(APP)
    return kernel_process


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%get /figure", (1, 0)),
        ("%get /axes", (1, 0)),
        ("%get /async", (1, 0)),
        ("%get /figure\n%get /figure", (2, 0)),
        ("%get /figure --quiet", (0, 0)),
        ("app.test_client().get('/figure')", (1, 0)),
        ("await asyncio.sleep(0)\n%get /figure", (1, 0)),
        ("%%route /body --try /body\nplt.plot([1, 2])\nplt.gcf()", (1, 0)),
        (SERVED, (0, 0)),
        # What a view leaves open is shown, as it is of any other function.
        ("%get /kept", (0, 1)),
        ("figure();", (0, 1)),
    ],
)
def test_a_figure_that_a_view_returns_is_shown_in_its_card_alone(
    plotting, cell, expected
):
    assert pictures(plotting.do(cell)) == expected
    assert pictures(plotting.do("1")) == (0, 0)


@pytest.mark.parametrize(
    ("setting", "undone"),
    [
        ("%matplotlib inline", ""),
        (f"{CLOSING} = False", f"{CLOSING} = True"),
        ("plt.ioff()", "plt.ion()"),
    ],
)
def test_a_figure_is_shown_once_however_matplotlib_is_set(plotting, setting, undone):
    plotting.do(setting)
    assert pictures(plotting.do("%get /figure")) == (1, 0)
    assert pictures(plotting.do("1")) == (0, 0)
    assert plotting.do("plt.get_fignums()").text == "[]\n"
    plotting.do(undone)
