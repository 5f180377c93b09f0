"""Rows about many routes: asking one of them, adding one, replacing one."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import count
from textwrap import dedent
from time import perf_counter
from typing import Any

from .asking import Ask, Call, straight
from .frameworks import Framework
from .measure import Subject
from .workload import Make

MANY = 1000
MOST_ADDED = 120  # more than are asked for between two preparations
SIZES = (10, 100, 1000, 10_000)
ROUNDS = 30


def routed(rules: int) -> Make:
    """One route of many is asked for, in the midst of others that begin otherwise."""
    others = [f"/things{number}/{{id}}" for number in range(rules - 1)]
    others.insert(rules // 2, "/users/{id}")
    return _one_of(others, rules // 2, "/users/42")


def siblings(rules: int) -> Make:
    """The last of many is asked for that differ behind the number only. Werkzeug tries
    a regular expression for each, and Python's cache of them holds 512."""
    patterns = [f"/users/{{id}}-{number:04}" for number in range(rules)]
    return _one_of(patterns, rules - 1, f"/users/42-{rules - 1:04}")


def _one_of(rules: list[str], which: int, path: str) -> Make:
    def make(framework: Framework) -> Subject:
        app = framework.app("empty")
        for number, rule in enumerate(rules):
            text = "user {id}" if number == which else f"{number}"
            framework.apps.add(app, rule, text)
        return Subject(straight(framework, app, Ask(path)))

    return make


def adding(framework: Framework) -> Subject:
    """A route is added to an app that has a few hundred at most."""
    app, numbers = framework.app("empty"), count()

    def renew() -> None:
        nonlocal app
        app = framework.app("empty")

    def call() -> None:
        number = next(numbers)
        framework.apps.add(app, f"/new{number}/{{id}}", f"new route {number}")

    return Subject(call, renew, batch=200)


def adding_and_asking(framework: Framework) -> Subject:
    """A route is added to an app that has a thousand, and is asked for."""
    app: Any = None
    asks: Iterator[tuple[str, Call]] = iter(())

    def renew() -> None:
        nonlocal app, asks
        app = _app_of(framework)
        paths = [f"/new{number}" for number in range(MOST_ADDED)]
        asks = iter([(each, straight(framework, app, Ask(each))) for each in paths])
        straight(framework, app, Ask("/things1/1"))()

    def call() -> Any:
        path, ask = next(asks)
        framework.apps.add(app, path, f"new route {path}")
        return ask()

    return Subject(call, renew, batch=10)


def _app_of(framework: Framework) -> Any:
    app = framework.app("empty")
    for number in range(MANY):
        framework.apps.add(app, f"/things{number}/{{id}}", f"{number}")
    return app


# What only a notebook does


def replacing(framework: Framework) -> Iterator[tuple[int, float, float]]:
    """Yield how many milliseconds a cell takes that is run again and replaces its
    route in an app of many, and how many until that route has answered."""
    for size in SIZES:
        app = framework.app("empty")
        for number in range(size - 1):
            framework.apps.add(app, f"/things{number}/{{id}}", f"{number}")
        times = [_replace(framework, app, each) for each in range(ROUNDS + 3)][3:]
        replaced, answered = zip(*times, strict=True)
        yield size, statistics.median(replaced), statistics.median(answered)


def _replace(framework: Framework, app: Any, version: int) -> tuple[float, float]:
    from nbflask.registry import editions
    from nbflask.registry.owners import Owner

    namespace = {"__name__": "__main__", "app": app}
    source = f"""
        @app.get("/mine/<int:id>")
        def mine(id):
            return f"{version}: {{id}}"
    """
    code = compile(dedent(source), "<cell>", "exec")
    ask = straight(framework, app, Ask("/mine/7"))
    start = perf_counter()
    editions.open_edition(Owner("cell", "benchmark", live=True), namespace)
    exec(code, namespace)
    editions.close_edition(succeeded=True)
    replaced = perf_counter()
    answer = ask()
    answered = perf_counter()
    assert answer == ("200 OK", f"{version}: 7".encode()), answer
    return (replaced - start) * 1e3, (answered - start) * 1e3
