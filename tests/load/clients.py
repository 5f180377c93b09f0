"""The asking process: python -m tests.load.clients PORT CONNECTIONS FIRST.

Writes one JSON line a second: what was answered, and what was not. Ends when its
input does.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

from tests.load.asking import Asker


def main(port: int, connections: int, first: int) -> None:
    server = SimpleNamespace(port=port)
    over = threading.Event()
    askers = [Asker(server, first + number, over) for number in range(connections)]
    for each in askers:
        each.start()
    reader = threading.Thread(target=wait_for_the_end, args=(over,))
    reader.start()
    while not over.wait(1.0):
        report(askers)
    for each in askers:
        each.join()
    report(askers)


def report(askers: list[Asker]) -> None:
    answers: list[Any] = []
    counts: Counter[str] = Counter()
    unanswered: list[int] = []
    for each in askers:
        told, each.answers = each.answers, []
        answers += told
        counts += each.counts
        unanswered += each.unanswered
    # But for the answers, the last line has all.
    line = {"answers": answers, "counts": counts, "unanswered": unanswered}
    print(json.dumps(line), flush=True)


def wait_for_the_end(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
