"""Requests as data: noted where a notebook makes them, and asked of an app again.

Runs in kernels and in processes of modules: it imports no framework by itself.
"""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Headers that say where a request is from, which the client says anew.
OF_THE_CLIENT = {"HTTP_HOST", "HTTP_COOKIE", "HTTP_USER_AGENT"}


def noted(environ: dict[str, Any]) -> dict[str, Any]:
    """Return a request as data. Its body can be read again."""
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = BytesIO(body)
    headers = [
        [name[5:].replace("_", "-").title(), value]
        for name, value in environ.items()
        if name.startswith("HTTP_") and name not in OF_THE_CLIENT
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(["Content-Type", environ["CONTENT_TYPE"]])
    return {
        "method": environ["REQUEST_METHOD"],
        "host": environ["HTTP_HOST"],
        "path": quote(environ["PATH_INFO"].encode("latin-1")),
        "query": environ["QUERY_STRING"],
        "headers": headers,
        "body": body.decode("latin-1"),
    }


def answer_of(response: Any) -> dict[str, Any]:
    """Return what counts of a response."""
    text = response.get_data().decode("latin-1")
    if response.is_json and text:
        text = json.loads(text)
    return {
        "status": response.status_code,
        "type": response.content_type,
        "location": response.headers.get("Location"),
        "cookies": sorted(
            each.partition("=")[0] for each in response.headers.getlist("Set-Cookie")
        ),
        "body": text,
    }


def replay(app: Any, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask an app all of these, each notebook's client with a jar of its own."""
    clients: dict[int, Any] = {}
    answers = []
    for each in requests:
        client = clients.setdefault(each["client"], app.test_client())
        for name, value in each["cookies"]:
            client.set_cookie(name, value)
        response = client.open(
            each["path"],
            method=each["method"],
            query_string=each["query"],
            headers=each["headers"],
            data=each["body"].encode("latin-1"),
            base_url=f"http://{each['host']}",
        )
        answers.append(answer_of(response))
        response.close()
    return answers


class Absent:
    """Finds no package of one name, as if it were not installed."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, *_: Any) -> None:
        if name.partition(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def framework_of(app: Any) -> str:
    """Return the package that an app's class is from, or is made of."""
    flask = next(each for each in type(app).__mro__ if each.__name__ == "Flask")
    return flask.__module__.partition(".")[0]


def main(
    module: str, app: str, framework: str, absent: str, requests: str, answers: str
) -> None:
    """Have a module's app answer, in a process in which a package may be absent."""
    if absent:
        sys.meta_path.insert(0, Absent(absent))
    sys.path.insert(0, "")
    found = getattr(__import__(module), app)
    assert framework_of(found) == framework, type(found)
    said = replay(found, json.loads(Path(requests).read_text("utf-8")))
    Path(answers).write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
