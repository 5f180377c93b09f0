"""A Jupyter server and a Chromium to look at it. Knows nothing of what cells show.

The server keeps everything it writes in one folder, and ends, with its kernels,
when its process gets SIGTERM. Notebooks are opened from `Jupyter.notebooks`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    sync_playwright,
)

PROJECT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("driver.js")
START_SECONDS = 30
STOP_SECONDS = 10
ACTION_MILLISECONDS = 30_000
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SERVER_FLAGS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly",
)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    # A name elsewhere that leads to this machine, as by DNS rebinding.
    "--host-resolver-rules=MAP evil.test 127.0.0.1",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: No news to fetch, and every cell is in the page, whether in sight or not.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


def chromium() -> str | None:
    """The path of an installed Chromium, if there is one."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@dataclass(frozen=True, slots=True)
class Jupyter:
    """A running server; `notebooks` is its root folder."""

    url: str
    token: str
    notebooks: Path

    def address(self, name: str, front_end: str) -> str:
        """The address of a notebook in a front end, "lab" or "notebooks"."""
        # In Lab each has a workspace of its own: no other notebook is restored there.
        where = (
            f"lab/workspaces/{Path(name).stem}/tree"
            if front_end == "lab"
            else front_end
        )
        return f"{self.url}/{where}/{name}?token={self.token}"

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook whose cells have the ids c0, c1, …; return its name."""
        made = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(source, id=f"c{at}")
                for at, source in enumerate(cells)
            ],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(made, self.notebooks / name)
        return name


@contextmanager
def running_jupyter(folder: Path) -> Iterator[Jupyter]:
    """Run a server that reads and writes in a folder."""
    (folder / "labconfig").mkdir(parents=True)
    overrides = folder / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(SETTINGS), "utf-8")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    port, token = free_port(), "a-token-that-a-script-would-like-to-have"
    command = [
        *(sys.executable, "-m", "jupyterlab", *SERVER_FLAGS),
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={notebooks}",
    ]
    jupyter = Jupyter(f"http://127.0.0.1:{port}", token, notebooks)
    with (folder / "jupyter.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            command, env=environment(folder), stdout=log, stderr=log, cwd=folder
        )
        try:
            wait_for_answer(jupyter, server, folder / "jupyter.log")
            yield jupyter
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def environment(folder: Path) -> dict[str, str]:
    """The server's environment: nothing of the person's own settings counts."""
    own = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        # Lab looks for overrides in labconfig/ of every configuration folder.
        "JUPYTER_CONFIG_PATH": ".",
    }
    folders = {name: str(folder / path) for name, path in own.items()}
    for path in folders.values():
        Path(path).mkdir(exist_ok=True)
    return {**os.environ, **folders, "PYTHONPATH": str(PROJECT)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for_answer(jupyter: Jupyter, server: Any, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{jupyter.url}/api", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8')[-3000:]}")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*CHROMIUM_FLAGS]
        )
        yield browser
        browser.close()


@dataclass
class Notebook:
    """A notebook open in a page, and everything the page said meanwhile."""

    page: Page
    console: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    succeeded: bool | None = None

    def listen(self) -> None:
        page = self.page
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note)
        page.on("dialog", self._dismiss)

    def _hear(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_function("window.jupyterapp")
        self.call("ready")

    def call(self, name: str, *arguments: object) -> Any:
        """Call a function of driver.js and wait for what it promises."""
        return self.page.evaluate(
            "([name, given, limit]) => window.driver.call(name, given, limit)",
            [name, list(arguments), ACTION_MILLISECONDS],
        )

    def run_all(self) -> bool:
        """Run all cells; remember and answer whether all of them succeeded."""
        self.succeeded = bool(self.call("runAll"))
        return self.succeeded

    def run(self, cell: str) -> bool:
        return bool(self.call("run", cell))

    def edit(self, cell: str, source: str) -> None:
        self.call("edit", cell, source)

    def outputs(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self.call("outputs")
        return found

    def cell(self, cell: str) -> Locator:
        """A cell in the page."""
        at = self.call("position", cell)
        return self.page.locator(".jp-Notebook .jp-Cell").nth(at)

    def text(self, cell: str) -> str:
        """A cell's outputs as plain text."""
        return "\n".join(map(plain, self.outputs()[cell]))


def plain(output: dict[str, Any]) -> str:
    """An output as plain text, an error as its name and message."""
    if output["output_type"] == "stream":
        return joined(output["text"])
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return joined(output["data"].get("text/plain", ""))


def joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


@contextmanager
def opened(
    browser: Browser, jupyter: Jupyter, name: str, front_end: str, **options: Any
) -> Iterator[Notebook]:
    """Open a notebook in a browser context of its own."""
    context = browser.new_context(**options)
    context.set_default_timeout(ACTION_MILLISECONDS)
    context.add_init_script(DRIVER.read_text("utf-8"))
    notebook = Notebook(context.new_page())
    notebook.listen()
    try:
        notebook.open(jupyter.address(name, front_end))
        yield notebook
    finally:
        context.close()
