"""A Jupyter server and a Chromium, started once and ended after the last test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .front_end import chromium, opened, running_chromium, running_jupyter

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
SIZE = {"width": 1100, "height": 900}


#: Set where every test must run: without a Chromium they then fail.
ALL = "NBFLASK_ALL_TESTS"
NO_CHROMIUM = "No Chromium: apt-get install chromium fonts-dejavu-core"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.browser)
    if chromium() is None and ALL not in os.environ:
        items[:] = [item for item in items if item not in mine]
        config.hook.pytest_deselected(items=mine)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if chromium() is None:
        terminalreporter.write_line(f"{NO_CHROMIUM}. The browser tests are left out.")


# The package's and not the session's: while Playwright runs, an event loop runs in
# the main thread, and other tests could not start one.
@pytest.fixture(scope="package")
def jupyter(tmp_path_factory: Any) -> Iterator[Any]:
    """A server of JupyterLab and Notebook 7 with copies of all notebooks."""
    with running_jupyter(tmp_path_factory.mktemp("jupyter") / "server") as server:
        for path in NOTEBOOKS.glob("*.ipynb"):
            shutil.copy(path, server.notebooks)
        yield server


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    assert chromium() is not None, NO_CHROMIUM
    with running_chromium() as running:
        yield running


@pytest.fixture
def open_notebook(jupyter: Any, browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a notebook by name, or one made of the given cells, c0, c1, …"""
    with ExitStack() as pages:

        def open_it(name: str, *cells: str, front_end: str = "lab") -> Any:
            if cells:
                jupyter.write(name, *cells)
            page = opened(browser, jupyter, name, front_end, viewport=SIZE)
            return pages.enter_context(page)

        yield open_it


@pytest.fixture(scope="package")
def quickstart(jupyter: Any, browser: Any) -> Iterator[Any]:
    """The quickstart in JupyterLab, after all its cells have run."""
    name = "01_quickstart.ipynb"
    with opened(browser, jupyter, name, "lab", viewport=SIZE) as notebook:
        notebook.call("zen")
        notebook.run_all()
        yield notebook
