"""The trial itself: a kernel, its clients, and what happens to them meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic

from .kernel import Kernel

PROCESSES = 2
#: Seconds between two cells, of warming up, and that a loop keeps the kernel busy.
PACE, WARM_UP, BUSY = 0.1, 2.0, 0.3

BEGIN = """
%load_ext nbflask
import gc, os, threading, time, psutil
from collections import deque
from nbflask.server.connections import Connections
entered, lost, accepted = {}, [], set()

def noted(self, connection, work, opened=Connections.open):
    accepted.add(connection.address[1])
    return opened(self, connection, work)

Connections.open = noted

@app.before_request
def books():
    by, n, unanswered = (int(request.args[each]) for each in ("by", "n", "unanswered"))
    known = entered.setdefault(by, deque(maxlen=3))
    if unanswered and unanswered in known:
        lost.append((by, unanswered))
    known.append(n)

def measured():
    deadline = time.monotonic() + 20
    while any(t.name == "nbflask request" for t in threading.enumerate()):
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.01)
    gc.collect()
    process = psutil.Process()
    return {"threads": threading.active_count(), "open files": process.num_fds(),
            "objects": len(gc.get_objects()), "memory": process.memory_info().rss}

interrupted = []
threading.excepthook = lambda told: interrupted.append(repr(told.exc_value))
"""
CELLS = {
    "/route": "@app.get('/route')\ndef route(): return '{0}'",
    "/hook": "@app.before_request\ndef hook(): g.hook = '{0}'",
    "/part": (
        "part = Blueprint('part', __name__)\n@part.get('/part')\n"
        "def show(): return '{0}'\napp.register_blueprint(part)"
    ),
}
HOOKED = "@app.get('/hook')\ndef hooked(): return g.hook"
RESTARTS = (
    "server.restart()",
    "%flask stop\nserver = %flask run --port {port}",
    "server.stop()\nserver.start()",
)
#: What may not be more in the end than it was, once all has had so many seconds.
COUNTED = ("threads", "open files")
PATIENCE = 20.0
#: What may be more in the end: so much at all, and so much for each cell. A kernel
#: without nbflask keeps two objects and 1,700 bytes of each cell that it runs.
ALLOWED = {"objects": (2_000, 2), "memory": (20_000_000, 2_000)}


@dataclass
class Version:
    """When a version was the live one, at the widest."""

    began: float
    ended: float = inf


@dataclass
class Verdict:
    """What was counted."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    @property
    def complaints(self) -> list[str]:
        never = ("hung", "cut off", "first, unanswered", "begun, unanswered")
        found = [f"{self.counts[each]} {each}" for each in never if self.counts[each]]
        found += self.wrong[:5] + self.troubles[:5]
        for each in COUNTED:
            if self.after[each] > self.before[each]:
                found.append(f"{each}: {self.before[each]} → {self.after[each]}")
        for each, (at_all, by_cell) in ALLOWED.items():
            allowed = at_all + by_cell * self.counts["cells"]
            if self.after[each] - self.before[each] > allowed:
                found.append(f"{each}: {self.before[each]} → {self.after[each]}")
        return found


class Trial:
    def __init__(self, folder: str, connections: int) -> None:
        self._connections = connections
        self._kernel = Kernel(folder)
        self._versions: dict[str, list[Version]] = {path: [] for path in CELLS}
        self._pending: list[tuple[str, str, float, float]] = []
        #: The clients' ports of connections that ended without any answer.
        self._unanswered: set[int] = set()
        self.verdict = Verdict()

    def run(self, seconds: float, restarts: int) -> Verdict:
        """Work in the notebook for so long while clients ask."""
        kernel, verdict = self._kernel, self.verdict
        try:
            self._begin()
            with self._clients():
                self._work(WARM_UP, 1)
            verdict.before = self._measured()
            verdict.counts.clear()
            with self._clients():
                self._work(seconds, restarts)
            verdict.after = self._settled(verdict.before)
            self._ask_the_books()
        finally:
            kernel.close()
        return verdict

    def _begin(self) -> None:
        self._kernel.run(BEGIN, "begin")
        self._kernel.run(HOOKED, "hooked")
        for path in CELLS:
            self._next_version(path)
        ran = self._kernel.run("server = app.run(port=0)\nresult = server.port", "run")
        self._port = int(ran.result)

    def _work(self, seconds: float, restarts: int) -> None:
        begun, paths = monotonic(), list(CELLS)
        restarted, due = 0, begun
        while (passed := monotonic() - begun) < seconds:
            self._next_version(paths[self.verdict.counts["cells"] % len(paths)])
            if passed > (restarted + 0.5) * seconds / restarts:
                self._restart(restarted)
                self._keep_busy()
                restarted += 1
            self._look_at_answers()
            due = max(due + PACE, monotonic())
            Event().wait(due - monotonic())

    def _next_version(self, path: str) -> None:
        versions = self._versions[path]
        cell = CELLS[path].format(len(versions))
        version = Version(monotonic())
        versions.append(version)
        ran = self._kernel.run(cell, path)
        if len(versions) > 1:
            versions[-2].ended = ran.ended
        self.verdict.counts["cells"] += 1

    def _restart(self, number: int) -> None:
        cell = RESTARTS[number % len(RESTARTS)].format(port=self._port)
        ran = self._kernel.run(f"{cell}\nresult = server.port", "restart")
        assert int(ran.result) == self._port, ran.result
        self.verdict.counts["restarts"] += 1

    def _keep_busy(self) -> None:
        asked = self._kernel.start("while True: pass", "busy")
        ended = None
        while ended is None:
            Event().wait(BUSY)
            self._kernel.interrupt()  # it may have come too early for the cell
            self.verdict.counts["interrupts"] += 1
            with suppress(Empty):
                ended = self._kernel.wait(asked, 1.0)
        assert ended.get("ename") == "KeyboardInterrupt", ended

    def _measured(self) -> dict[str, int]:
        ran = self._kernel.run("result = measured()", "measure")
        measured: dict[str, int] = literal_eval(ran.result)
        return measured

    def _settled(self, before: dict[str, int]) -> dict[str, int]:
        """Measure when no more is open than before, or when that has had its time: the
        kernel's own sockets come and go."""
        deadline = time.monotonic() + PATIENCE
        while True:
            measured = self._measured()
            closed = all(measured[each] <= before[each] for each in COUNTED)
            if closed or time.monotonic() > deadline:
                return measured

    def _ask_the_books(self) -> None:
        books = "result = (len(lost), interrupted, accepted)"
        lost, troubles, accepted = literal_eval(self._kernel.run(books, "books").result)
        self.verdict.counts["begun, unanswered"] += lost
        self.verdict.counts["first, unanswered"] += len(self._unanswered & accepted)
        self.verdict.counts["never accepted"] += len(self._unanswered - accepted)
        self.verdict.troubles += troubles

    @contextmanager
    def _clients(self) -> Iterator[None]:
        """Have clients ask meanwhile, and look at all their answers in the end."""
        self._told: Queue[str] = Queue()
        each = self._connections // PROCESSES
        command = [sys.executable, "-m", "tests.load.clients", str(self._port)]
        asking = [
            Clients([*command, str(each), str(each * number)], self._told)
            for number in range(PROCESSES)
        ]
        try:
            yield
        finally:
            for clients in asking:
                self.verdict.counts += clients.end()
                self._unanswered |= clients.unanswered
        self._look_at_answers()

    def _look_at_answers(self) -> None:
        """Judge what has come, but for the last, whose versions may not be over."""
        while True:
            try:
                answers = json.loads(self._told.get_nowait())
            except Empty:
                return
            for path, text, asked, answered in answers:
                self.verdict.counts["answers"] += 1
                if not self._is_right(path, text, asked, answered):
                    self.verdict.wrong.append(f"{path}: {text[:200]!r}")

    def _is_right(self, path: str, text: str, asked: float, answered: float) -> bool:
        versions = self._versions[path]
        if not text.isdecimal() or int(text) >= len(versions):
            return False
        version = versions[int(text)]
        return version.began <= answered and asked <= version.ended


class Clients:
    """A process that asks, and what it tells."""

    def __init__(self, command: list[str], told: Queue[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._told = told
        self._counts: Counter[str] = Counter()
        self.unanswered: set[int] = set()
        self._reading = Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            self._told.put(json.dumps(told["answers"]))
            self._counts = Counter(told["counts"])
            self.unanswered = {*told["unanswered"]}

    def end(self) -> Counter[str]:
        """Let it end what it has begun; return what it has counted."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reading.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert self._process.wait(20) == 0
        return self._counts
