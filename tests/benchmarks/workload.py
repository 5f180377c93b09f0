"""What a row of the table is, and how one is made from an app and what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .asking import Ask, Call, straight, through_client
from .frameworks import Framework
from .measure import Subject

Check = Callable[[Any], bool]
Make = Callable[[Framework], Subject | None]


@dataclass(frozen=True, slots=True)
class Workload:
    """One row. `make` returns None for a framework that has no such thing."""

    name: str
    target: float | None  # the time to reach, Flask = 1
    make: Make
    is_right: Check
    calls: int | None = None  # the Python calls to reach
    rounds: int | None = None  # at most so many, where its preparation takes long

    def build(self, framework: Framework) -> Subject | None:
        """Return what is timed, its answer checked.

        Raises AssertionError if the framework answers anything but what is meant:
        a wrong answer must not win a race.
        """
        subject = self.make(framework)
        if subject is not None:
            subject.prepare()
            for _ in range(2):  # a second one, for what the first leaves behind
                answer = subject.call()
                said = f"{framework.name}, {self.name}: {answer!r}"
                assert self.is_right(answer), said
        return subject


def says(text: str, status: int = 200) -> Check:
    def is_right(answer: Any) -> bool:
        line, body = answer
        return int(str(line)[:3]) == status and text in body.decode()

    return is_right


def served(app: str, ask: Ask) -> Make:
    """The app of this name is asked as a server asks it."""
    return _asked(straight, app, ask)


def client(app: str, ask: Ask) -> Make:
    """The app of this name is asked by the framework's own client."""
    return _asked(through_client, app, ask)


def _asked(put: Callable[[Framework, Any, Ask], Call], app: str, ask: Ask) -> Make:
    def make(framework: Framework) -> Subject | None:
        if not framework.has(app):
            return None
        return Subject(put(framework, framework.app(app), ask))

    return make
