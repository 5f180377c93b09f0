"""Real Jupyter servers with jupyter-server-proxy, each version in its environment.

They are found below /user/ada/, as a hub puts them there. Without the package index
their tests fail: none is left out.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from socket import create_connection
from threading import Event
from time import monotonic

from tests.environments import python_with

VERSIONS = ("4.4.0", "4.5.0")
PREFIX = "/user/ada/"
TOKEN = "the-notebook-servers-token"
LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back through a hub; `cookies` are the Set-Cookie fields."""

    status: int
    fields: dict[str, str]
    cookies: tuple[str, ...]
    body: str

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Hub:
    """A Jupyter server: its port, and the cookie of a browser that has logged in; its
    process's number and runtime folder."""

    port: int
    cookie: str = ""
    pid: int = 0
    runtime: str = ""

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: str | None = None,
        *,
        cookie: str | None = None,
        **fields: str,
    ) -> Answer:
        """Ask for a path of the hub's host, as a browser that is logged in."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        sent = {"Cookie": self.cookie if cookie is None else cookie, **named}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        connection.request(method, path, body, {k: v for k, v in sent.items() if v})
        response = connection.getresponse()
        try:
            return answer_of(response)
        finally:
            connection.close()


def answer_of(response: HTTPResponse) -> Answer:
    return Answer(
        response.status,
        dict(response.getheaders()),
        tuple(response.headers.get_all("Set-Cookie") or ()),
        response.read().decode(),
    )


@cache
def python_of(version: str) -> Path:
    return python_with(["jupyter-server>=2", f"jupyter-server-proxy=={version}"])


@contextmanager
def running_hub(version: str, folder: Path):
    """Run a Jupyter server with this version of jupyter-server-proxy."""
    places = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{each}_DIR": str(folder / each.lower()) for each in places}
    said = (folder / "said").open("wb")
    process = subprocess.Popen(
        [
            str(python_of(version)),
            *("-m", "jupyter_server", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
            *("--ServerApp.allow_remote_access=True", f"--ServerApp.base_url={PREFIX}"),
            f"--IdentityProvider.token={TOKEN}",
        ],
        env={**os.environ, **own, "HOME": str(folder)},
        cwd=folder,
        stdout=said,
        stderr=said,
    )
    try:
        runtime = folder / "runtime"
        port = port_of(process, runtime)
        yield Hub(port, logged_in(port), process.pid, str(runtime))
    finally:
        process.terminate()
        process.wait(LIMIT)
        said.close()


def port_of(process: subprocess.Popen[bytes], runtime: Path) -> int:
    """Return the port that a server has written down, once it answers there."""
    told, heard, end = runtime / f"jpserver-{process.pid}.json", Event(), monotonic()
    while process.poll() is None and monotonic() < end + LIMIT:
        try:
            port = int(json.loads(told.read_text())["port"])
            create_connection(("127.0.0.1", port), timeout=LIMIT).close()
        except (OSError, ValueError):
            heard.wait(0.05)
        else:
            return port
    raise AssertionError((runtime.parent / "said").read_text())


def logged_in(port: int) -> str:
    """Open the notebook with its token, as its link does; return the cookies."""
    answer = Hub(port).ask(f"{PREFIX}api/status?token={TOKEN}")
    assert answer.status == 200, answer
    names = [each.partition(";")[0] for each in answer.cookies]
    assert any(each.startswith("username-") for each in names), answer
    return "; ".join(names)
