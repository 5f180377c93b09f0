"""What runs in a notebook's kernel beside its cells: notes the requests that they make
and, once these are known, answers them in the app's place, which then stays as new."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nbflask.testing import FlaskClient
from tests.export.asking import noted, replay


class Notes:
    """The requests of a notebook in their order, and their answers."""

    def __init__(self, known: list[dict[str, Any]] | None) -> None:
        self.known = known
        self.requests: list[dict[str, Any]] = []
        self.clients: list[FlaskClient] = []
        self.jars: list[dict[Any, Any]] = []

    def target_for(self, client: FlaskClient) -> Callable[..., Iterable[bytes]]:
        if client not in self.clients:
            self.clients.append(client)
            self.jars.append({})
        number = self.clients.index(client)
        jar = {k: v.value for k, v in (client._cookies or {}).items()}
        former = self.jars[number]
        by_hand = [[k[2], v] for k, v in jar.items() if former.get(k) != v]

        def target(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            request = {"client": number, "cookies": by_hand[:], **noted(environ)}
            by_hand.clear()
            place = len(self.requests)
            self.requests.append(request)
            if self.known is None:
                answer = answered(client.application, environ)
                request["answer"] = answer
            else:
                known = self.known[place]
                assert known["path"] == request["path"], (known, request)
                answer = known["answer"]
            start(answer["status"], [tuple(each) for each in answer["headers"]])
            return [answer["body"].encode("latin-1")]

        return target

    def look_at_jar(self, client: FlaskClient) -> None:
        jar = {k: v.value for k, v in (client._cookies or {}).items()}
        self.jars[self.clients.index(client)] = jar


def answered(app: Any, environ: dict[str, Any]) -> dict[str, Any]:
    from werkzeug.test import run_wsgi_app

    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return {
        "status": status,
        "headers": [list(each) for each in headers],
        "body": b"".join(body).decode("latin-1"),
    }


notes: Notes


def begin(known: str | None) -> None:
    """Note what the client is asked from now on; `known` is a file of former notes."""
    global notes
    notes = Notes(known and json.loads(Path(known).read_text("utf-8")))
    usual = FlaskClient.open

    def opened(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        if self.target is not None:
            return usual(self, *args, **kwargs)
        self.target = notes.target_for(self)
        try:
            return usual(self, *args, **kwargs)
        finally:
            del self.target
            notes.look_at_jar(self)

    opened.usual = usual  # type: ignore[attr-defined]
    FlaskClient.open = opened  # type: ignore[method-assign]


def end(app: Any, place: str) -> None:
    """Write the notes; if they were known, what the app as it is now answers."""
    FlaskClient.open = FlaskClient.open.usual  # type: ignore[attr-defined,method-assign]
    told = notes.requests if notes.known is None else replay(app, notes.requests)
    Path(place).write_text(json.dumps(told), "utf-8")
