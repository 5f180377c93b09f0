"""pytest's plugin: a notebook's app for each test, made anew.

    pytest --nbflask-notebook api.ipynb

    @pytest.mark.nbflask_notebook("shop.ipynb:admin")
    def test_the_shop_is_open(nbclient):
        assert nbclient.get("/").status_code == 200

Every run of pytest loads this module where nbflask is installed: nothing else of the
package belongs to its top.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..app import Flask

MARKER = "nbflask_notebook"
OPTION = "--nbflask-notebook"
NO_NOTEBOOK = (
    f"Which notebook? Say {OPTION} api.ipynb, or mark the test:"
    f' @pytest.mark.{MARKER}("api.ipynb")'
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("nbflask").addoption(
        OPTION,
        metavar="NOTEBOOK[:APP]",
        help="The notebook that the fixtures nbapp and nbclient are of.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(notebook): the notebook that the fixtures nbapp and nbclient are of,"
        " relative to the test's folder or the root; api.ipynb:name is another app",
    )


@pytest.fixture
def nbapp(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The app of a notebook, made anew for this test: the cells that it needs are run,
    as by nbflask.load_notebook."""
    from .fresh import NotebookError, fresh_app

    notebook = notebook_of(request)
    if notebook is None:
        pytest.fail(NO_NOTEBOOK, pytrace=False)
    try:
        loaded = fresh_app(notebook, folders_of(request))
    except NotebookError as error:
        pytest.fail(str(error), pytrace=False)
    yield loaded.app
    loaded.close()


@pytest.fixture
def nbclient(nbapp: Flask) -> Any:
    """A client of the notebook's app, with cookies of its own."""
    return nbapp.test_client()


def notebook_of(request: pytest.FixtureRequest) -> str | None:
    """Return the notebook that a test is marked with, else the one pytest was told."""
    marker = request.node.get_closest_marker(MARKER)
    if marker is not None and marker.args:
        return str(marker.args[0])
    told: str | None = request.config.getoption(OPTION, None)
    return told


def folders_of(request: pytest.FixtureRequest) -> tuple[Any, ...]:
    """Return where a notebook may lie, the likeliest place first."""
    config = request.config
    return request.path.parent, config.rootpath, config.invocation_params.dir
