"""A person's session: forty cells, run in order, then again in any order, edited and
failing. After each the app is the one that the cells' last good texts make."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import getsource
from typing import Any

import pytest
from described import described
from lines import on_every_line
from session_cells import CELLS, REQUESTS, Cell

from nbflask import Blueprint, Flask, abort
from nbflask.globals import g, request
from nbflask.helpers import url_for
from nbflask.registry import policies
from nbflask.templating import render_template

RUNS = 60
#: What a module imports that has the cells' texts.
IMPORTED = {
    "Blueprint": Blueprint,
    "abort": abort,
    "g": g,
    "request": request,
    "url_for": url_for,
    "render_template": render_template,
}


def built(texts: Mapping[str, str]) -> Flask:
    """Build an app of the cells' texts as a module does, by Flask's own rules."""
    app = Flask("__main__")
    namespace = {"__name__": "__main__", "app": app, **IMPORTED}
    with flasks_own_rules():
        for cell in sorted(CELLS, key=lambda each: each.last):
            exec(compile(texts[cell.id], f"<{cell.id}>", "exec"), namespace)
    return app


@contextmanager
def flasks_own_rules() -> Iterator[None]:
    former = policies._default
    policies.set_default()
    try:
        yield
    finally:
        policies.set_default(former)


class Person:
    """Runs cells, edits them, makes mistakes; knows what each last said in vain or
    with success. `run` is told a text and an id and whether it is to succeed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = {cell.id: cell.texts[0] for cell in CELLS}

    def begin(self) -> Iterator[tuple[str, str, bool]]:
        for cell in CELLS:
            yield self.now[cell.id].cell, cell.id, True

    def go_on(self) -> Iterator[tuple[str, str, bool]]:
        for _ in range(RUNS):
            cell: Cell = self.dice.choice(CELLS)
            text = self.dice.choice(cell.texts)
            if self.dice.random() < 0.3:
                yield text.failing, cell.id, False
            else:
                self.now[cell.id] = text
                yield text.cell, cell.id, True

    def app(self) -> Flask:
        return built({id: text.plain for id, text in self.now.items()})


def live_through(notebook: Any, seed: int) -> None:
    person = Person(seed)
    for text, id, _ in person.begin():
        notebook.do(text, id)
    assert described(notebook.names["app"], REQUESTS) == described(
        person.app(), REQUESTS
    )
    for text, id, succeeds in person.go_on():
        assert notebook.run(text, id).ok is succeeds, text
        live, fresh = notebook.names["app"], person.app()
        assert described(live, REQUESTS) == described(fresh, REQUESTS), text


@pytest.mark.parametrize("seed", range(3))
def test_after_each_cell_the_app_is_what_the_last_good_texts_make(notebook, seed):
    live_through(notebook, seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(3, 63))
def test_however_long_one_goes_on(notebook, seed):
    live_through(notebook, seed)


def test_there_are_forty_cells_and_each_has_an_answer():
    assert len(CELLS) == 40
    answers = described(built({c.id: c.texts[0].plain for c in CELLS}), REQUESTS)
    assert answers.count(": 200 ") >= 20
    assert ": 500 " not in answers


@pytest.mark.kernel
@on_every_line
def test_a_session_in_a_kernel_ends_as_it_should(kernel):
    kernel.do("%load_ext nbflask", "load")
    kernel.do(getsource(described), "describe")
    person = Person(seed=100)
    for text, id, succeeds in (*person.begin(), *person.go_on()):
        assert kernel.run(text, id).ok is succeeds, text
    ran = kernel.do(f"print(described(app, {REQUESTS!r}))")
    assert ran.text.strip() == described(person.app(), REQUESTS)
