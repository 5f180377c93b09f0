"""Cells re-run under load and in any order: all of a cell counts, or none of it.

While requests are served, each sees a cell wholly old or wholly new. After any
history of runs, re-runs and failures, the app is what its last words make it.
"""

from __future__ import annotations

import gc
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import create_environ, run_wsgi_app

from nbflask import Blueprint, Flask
from nbflask.registry.records import Record
from nbflask.registry.table import Table

RERUNS = 500
THREADS = 8

HOOK = """
@app.after_request
def {hook}(response):
    response.headers["X-Version"] = "{version}"
    return response
"""
VIEW = """
@app.route("/")
def {view}():
    return "{version}"
"""
BLUEPRINT = """
shop = Blueprint("shop", "test_app", url_prefix="/{version}")
@shop.route("/own")
def own(): return "{version}"
app.register_blueprint(shop)
"""


def edited(version: int) -> str:
    return VIEW.format(view="index", version=version) + HOOK.format(
        hook="mark", version=version
    )


def renamed(version: int) -> str:
    return VIEW.format(view=f"index{version % 7}", version=version) + HOOK.format(
        hook=f"mark{version % 5}", version=version
    )


def moved_within(version: int) -> str:
    parts = [
        VIEW.format(view="index", version=version),
        HOOK.format(hook="mark", version=version),
        BLUEPRINT.format(version=version),
    ]
    return "".join(parts if version % 2 else reversed(parts))


def failing(version: int) -> str:
    source = edited(version)
    return source if version % 3 else source.replace(str(version), "broken") + "1 / 0"


def answer(app: Any, path: str = "/") -> tuple[str, str, str]:
    """Send one request through `wsgi_app`; return status, version header and body."""
    body, status, headers = run_wsgi_app(app.wsgi_app, create_environ(path))
    return status, headers.get("X-Version", ""), b"".join(body).decode()


@contextmanager
def requests_of(app: Any, threads: int) -> Iterator[list[Any]]:
    """Send requests from many threads meanwhile; what they got is in the list."""
    answers: list[Any] = []
    over = Event()

    def ask() -> None:
        while not over.is_set():
            answers.append(answer(app))

    workers = [Thread(target=ask) for _ in range(threads)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # many more interleavings
    for each in workers:
        each.start()
    try:
        yield answers
    finally:
        over.set()
        sys.setswitchinterval(interval)
        for each in workers:
            each.join()


@pytest.mark.parametrize("cell", [edited, renamed, moved_within, failing])
def test_every_answer_is_of_one_version_of_the_cell(app, cells, cell):
    cells.run(cell(1), id="a")
    with requests_of(app, THREADS) as answers:
        for version in range(2, 2 + RERUNS // 4):
            with suppress(ZeroDivisionError):
                cells.run(cell(version), id="a")
    assert {status for status, _, _ in answers} == {"200 OK"}
    assert [each for each in answers if each[1] != each[2]] == []
    assert answer(app)[2] in {str(version), str(version - 1)}


def test_what_moves_from_cell_to_cell_is_never_missing_nor_double(app, cells):
    where = itertools.cycle(["a", "b"])
    cells.run(edited(0), id="a")
    with requests_of(app, THREADS) as answers:
        for version in range(1, RERUNS // 4):
            cells.run(edited(version), id=next(where))
    assert Counter(status for status, _, _ in answers).keys() == {"200 OK"}
    assert [each for each in answers if each[1] != each[2]] == []


def test_a_cell_that_changes_half_and_then_waits_is_not_seen_half(app, cells):
    """The cell sends a request from a thread in its middle, which waits for its end
    no longer than turns.PATIENCE: then it is seen as far as it has come."""
    cells.run(edited(1), id="a")
    assert answer(app)[1:] == ("1", "1")
    got: list[Any] = []
    cells.namespace["thread"] = thread = Thread(target=lambda: got.append(answer(app)))
    halves = edited(2).split("@app.after")
    cells.run(f"{halves[0]}\nthread.start()\n@app.after{halves[1]}", id="a")
    thread.join()
    assert got == [("200 OK", "2", "2")]


def test_a_thread_that_the_cell_waits_for_is_not_locked_out(app, cells):
    cells.run(edited(1), id="a")
    got: list[Any] = []
    cells.namespace["thread"] = Thread(target=lambda: got.append(answer(app)))
    cells.run(f"{edited(2)}\nthread.start()\nthread.join()", id="a")
    assert got == [("200 OK", "2", "2")]


# Memory


def living() -> Counter[str]:
    """Count what tables are made of."""
    gc.collect()
    kinds = (Record, Table, Rule)
    # Not isinstance: another test's dead weak proxy would raise at that.
    types = map(type, gc.get_objects())
    return Counter(each.__name__ for each in types if issubclass(each, kinds))


@pytest.mark.parametrize("cell", [edited, renamed, moved_within, failing])
def test_re_runs_leave_no_records_tables_and_rules_behind(app, cells, cell):
    def run(versions: range) -> None:
        for version in versions:
            with suppress(ZeroDivisionError):
                cells.run(cell(version), id="a")
            answer(app)

    run(range(1, 40))
    before = living()
    run(range(40, 40 + 2 * 35))  # all names are in use again at the end
    assert living() - before == Counter()


# Any history


@dataclass(frozen=True)
class Item:
    """One registration of a cell, on the app or on a blueprint."""

    on: str  # "app" or "shop"
    kind: str
    name: str
    url: str = ""

    @property
    def claim(self) -> tuple[str, str, str]:
        return self.on, self.kind, self.name

    def takes(self, old: Item) -> bool:
        same_url = self.kind == "view" and (old.on, old.url) == (self.on, self.url)
        return same_url or old.claim == self.claim

    def source(self, tag: str) -> str:
        where, name = self.on, self.name
        whole = "app_" if where == "shop" else ""
        body = f"def {name}(*args): return {tag!r}\n"
        return {
            "view": f"@{where}.route({self.url!r})\n{body}",
            "hook": f"@{where}.before_request\n{body}",
            "handler": f"@{where}.errorhandler({name[1:]})\n{body}",
            "filter": f"@{where}.{whole}template_filter()\n{body}",
            "mount": f"app.register_blueprint(shop, name={name!r})\n",
        }[self.kind]


class Model:
    """What an app should be after a history, by five rules:

    A cell that ends well first gives up all it claimed. Then what it claims is
    its own, whoever had it. Who claims an endpoint takes its routes away, who
    claims a URL takes it from all other endpoints. What another known cell had,
    but for a mount, waits: it is back when whom it yielded to claims it no more
    and nobody else does, unless its own cell has run since. A cell that fails
    changes nothing.
    """

    def __init__(self) -> None:
        self.claims: dict[Item, tuple[str, str]] = {}  # to cell and tag
        self.waiting: list[tuple[Item, tuple[str, str]]] = []

    def run(self, cell: str, items: list[Item], tag: str) -> None:
        former = [old for old, claim in self.claims.items() if claim[0] == cell]
        kept = {old: claim for old, claim in self.claims.items() if claim[0] != cell}
        self.waiting = [each for each in self.waiting if each[1][0] != cell]
        for new in items:
            gone = [(old, kept.pop(old)) for old in [*kept] if new.takes(old)]
            self.waiting += [each for each in gone if self.waits(*each, cell)]
            kept[new] = cell, tag
        for old, claim in reversed([*self.waiting]):
            freed = any(each.takes(old) for each in former)
            if freed and not any(each.takes(old) for each in kept):
                kept[old] = claim
                self.waiting.remove((old, claim))
        self.claims = kept

    def waits(self, old: Item, claim: tuple[str, str], taken_by: str) -> bool:
        known = not any(each.startswith("run ") for each in (claim[0], taken_by))
        return known and old.kind != "mount"

    def build(self) -> Flask:
        """Make the app afresh, by Flask's own rules, which allow no conflict."""
        app, names = make_app()
        for each, (_, tag) in self.claims.items():
            exec(each.source(tag), names)
        return app


def make_app() -> tuple[Flask, dict[str, Any]]:
    app, shop = Flask("test_app"), Blueprint("shop", "test_app", url_prefix="/<name>")
    shop._check_setup_finished = lambda name: None  # members may come late here
    return app, {"app": app, "shop": shop, "__name__": "__main__"}


def seen(app: Flask) -> dict[str, Any]:
    """Return what is registered; a function is known by the tag that it returns."""
    rules = [each for each in app.url_map.iter_rules() if each.endpoint != "static"]
    hooks = app.before_request_funcs.shown()
    return {
        "rules": Counter((str(each), each.endpoint) for each in rules),
        "views": {each.endpoint: app.view_functions[each.endpoint]() for each in rules},
        "hooks": {at: Counter(f() for f in each) for at, each in hooks.items()},
        "handlers": {
            (at, code): [f() for f in each.values()]
            for at, codes in app.error_handler_spec.shown().items()
            for code, each in codes.items()
        },
        "filters": {
            name: f() for name, f in app.registry.table.names["filter"].items()
        },
        "mounts": set(app.blueprints),
    }


def items_of(kind: str, *names: str, on: str = "app", urls: str = "") -> Any:
    url = st.sampled_from(urls.split()) if urls else st.just("")
    return st.builds(Item, st.just(on), st.just(kind), st.sampled_from(names), url)


ITEM = st.one_of(
    items_of("view", "x", "y", "z", urls="/a /b /<n>"),
    items_of("view", "x", "y", on="shop", urls="/a /b"),
    items_of("hook", "check", "log"),
    items_of("hook", "check", "log", on="shop"),
    items_of("handler", "_404", "_500"),
    items_of("handler", "_404", on="shop"),
    items_of("filter", "shout", "trim"),
    items_of("filter", "pad", on="shop"),
    items_of("mount", "m", "n"),
)
ITEMS = st.lists(
    ITEM, max_size=6, unique_by=(lambda i: i.claim, lambda i: (i.on, i.url or i))
)
STEP = st.tuples(st.sampled_from(["a", "b", "c", None]), ITEMS, st.booleans())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(STEP, min_size=1, max_size=8))
def test_after_any_history_the_app_is_what_its_last_words_make_it(cells, history):
    app, names = make_app()
    runner, model = type(cells)(**names), Model()
    for number, (cell, items, fails) in enumerate(history):
        source = "".join(each.source(f"{number}") for each in items)
        if fails:
            with pytest.raises(ZeroDivisionError):
                runner.run(source + "1 / 0", id=cell)
        else:
            runner.run(source, id=cell)
            model.run(cell or f"run {number}", items, f"{number}")
        assert seen(app) == seen(model.build())
