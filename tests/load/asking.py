"""One client of many: asks as fast as it is answered, and counts what it is not."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import cycle
from time import monotonic
from typing import Any

from tests.server.wire import HOST, Client

PATHS = ("/route", "/hook", "/part")
#: Seconds until a client that was refused tries again.
PAUSE = 0.02


class Asker(threading.Thread):
    """Asks for each path in turn, over one connection after the other."""

    def __init__(self, server: Any, number: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._number = number
        self._over = over
        self._asked = 0
        self._last_unanswered = 0
        #: The ports of connections that ended without any answer.
        self.unanswered: list[int] = []
        #: Path, version, and when each was asked for and answered.
        self.answers: list[tuple[str, str, float, float]] = []
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        paths = cycle(PATHS)
        while not self._over.is_set():
            try:
                client = Client(self._server)
            except OSError:
                self.counts["refused"] += 1
                self._over.wait(PAUSE)
                continue
            with client:
                self._ask_until_it_ends(client, paths)

    def _ask_until_it_ends(self, client: Client, paths: Any) -> None:
        asked = 0
        while not self._over.is_set():
            path, began = next(paths), monotonic()
            try:
                answer = client.ask(self._request(path))
            except (OSError, AssertionError) as error:
                self._count_failure(client, asked, error)
                return
            self._last_unanswered = 0
            asked += 1
            text = answer.body.decode()
            if answer.status != 200:
                text = f"{answer.status} {text}"
                self.counts["other statuses"] += 1
            self.answers.append((path, text, began, monotonic()))
            if answer.fields.get("connection") == "close":
                return

    def _request(self, path: str) -> bytes:
        self._asked += 1
        last = self._last_unanswered
        query = f"by={self._number}&n={self._asked}&unanswered={last}"
        return f"GET {path}?{query} HTTP/1.1\r\n".encode() + HOST + b"\r\n"

    def _count_failure(self, client: Client, asked: int, error: Exception) -> None:
        self._last_unanswered = self._asked
        if isinstance(error, TimeoutError):
            self.counts["hung"] += 1
        elif client.ahead:
            self.counts["cut off"] += 1
        elif not asked:
            self.unanswered.append(client.socket.getsockname()[1])
        else:
            self.counts["closed between"] += 1
