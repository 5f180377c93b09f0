"""Contexts from cell to cell are those of Flask in one run: pushes, pops, blocks,
requests and failures in any order, beside Flask itself in a plain process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from lines import on_every_line

STEPS = 30
SEEDS = range(8)

BEGIN = """
import contextvars
from {framework} import (
    Flask, current_app, g, has_app_context, has_request_context, request, url_for
)
from werkzeug.routing import BuildError
app, other = Flask("walk"), Flask("other")
client, pushed, seen, ended = app.test_client(), [], [], []

def look():
    return [
        current_app.name if has_app_context() else None,
        {{name: g.get(name) for name in g}} if has_app_context() else None,
        request.full_path if has_request_context() else None,
        address(),
    ]

def address():
    try:
        return url_for("view"), url_for("view", _external=True)
    except (RuntimeError, BuildError) as error:
        return type(error).__name__

@app.before_request
def count():
    g.count = g.get("count", 0) + 1

@app.get("/look")
def view():
    return {{"look": look()}}

@app.teardown_request
def request_ended(error):
    ended.append(["request", repr(error), look()])

@app.teardown_appcontext
@other.teardown_appcontext
def app_ended(error):
    ended.append(["app", repr(error), look()])
"""
#: What Flask runs in a plain process: texts of one namespace, of which some fail.
PLAIN = """
import json, sys
for texts in json.load(sys.stdin):
    names = {}
    for text in texts:
        try:
            exec(text, names)
        except ZeroDivisionError:
            pass
    print(json.dumps([names["seen"], names["ended"]]))
"""
AWAIT = "import asyncio\nawait asyncio.sleep(0)\n"
APP, REQUEST = "app.app_context()", "app.test_request_context('/look?n={n}')"
LOOK = "seen.append(look())"
ASK = "client.get('/look?n={n}')"


@dataclass(frozen=True, slots=True)
class Step:
    """What a person types, and what does the same in a plain process of Flask."""

    plain: str
    cell: str = ""
    #: What has to stand at the very top of a cell.
    above: str = ""
    fails: bool = False

    def typed(self, *, awaits: bool) -> str:
        return self.above + (AWAIT if awaits else "") + (self.cell or self.plain)


def pushes(context: str) -> str:
    return f"pushed.append({context}); pushed[-1].push()"


def within(context: str, body: str) -> str:
    return f"with {context}:\n    {body}"


#: By hand, as Flask has it; or by a magic, which keeps no list.
PUSHES = (
    Step(pushes(APP)),
    Step(pushes(REQUEST)),
    Step(pushes("other.app_context()")),
    Step(pushes(APP), "%ctx app"),
    Step(pushes(REQUEST), "%ctx push /look?n={n}"),
)
POPS_BY_HAND = (
    Step("pushed.pop().pop()"),
    Step("pushed.pop().pop()", "pushed.pop()\n%ctx pop"),
)
POP = Step("pushed.pop().pop()", "%ctx pop")
MARKS = Step("if has_app_context(): g.mark = {n}")
OTHERS = (
    MARKS,
    Step(within(APP, f"g.inside = {{n}}; {LOOK}")),
    Step(within(REQUEST, f"g.inside = {{n}}; {LOOK}")),
    Step(within("other.app_context()", LOOK)),
    Step(within(REQUEST, within(APP, f"    {LOOK}"))),
    Step(within(APP, "1 / 0"), fails=True),
    Step("1 / 0", fails=True),
    Step(f"seen.append({ASK}.json)"),
    Step(within("client", f"{ASK}; {LOOK}")),
    Step(within(APP, f"seen.append({ASK}.json)")),
    Step(within(APP, LOOK), LOOK, above="%%ctx app\n"),
    Step(within(REQUEST, LOOK), LOOK, above="%%ctx /look?n={n}\n"),
    Step(within(REQUEST, "1 / 0"), "1 / 0", above="%%ctx /look?n={n}\n", fails=True),
    # A magic asks from elsewhere, where nothing is pushed.
    Step(
        "seen.append(contextvars.Context().run(client.get, '/look?n={n}').json)",
        "r = %get /look?n={n}\nseen.append(r.json)",
    ),
)


def walk(seed: int) -> list[tuple[Step, int, bool]]:
    """Return steps, each with its number and whether its cell awaits."""
    dice = random.Random(seed)
    by_hand: list[bool] = []
    steps: list[Step] = []
    for _ in range(STEPS):
        chance = dice.random()
        if chance < 0.3:
            steps.append(dice.choice(PUSHES))
            by_hand.append(not steps[-1].cell)
        elif chance < 0.5 and by_hand:
            steps.append(dice.choice(POPS_BY_HAND) if by_hand.pop() else POP)
        else:
            steps.append(dice.choice(OTHERS))
        steps.append(Step(LOOK))
    while by_hand:
        steps.append(dice.choice(POPS_BY_HAND) if by_hand.pop() else POP)
    return [(step, n, dice.random() < 0.4) for n, step in enumerate(steps)]


@pytest.fixture(scope="module")
def by_flask() -> dict[int, Any]:
    """What Flask sees in each walk, in a process of its own."""
    texts = [
        [BEGIN.format(framework="flask")]
        + [step.plain.replace("{n}", f"{n}") for step, n, _ in walk(seed)]
        for seed in SEEDS
    ]
    ran = subprocess.run(
        [sys.executable, "-c", PLAIN],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if "FLASK" not in k},
    )
    assert ran.returncode == 0, ran.stderr
    return dict(zip(SEEDS, map(json.loads, ran.stdout.splitlines()), strict=True))


def live_through(seed: int, place: Any) -> None:
    """Run the cells of a walk in a shell or a kernel."""
    place.do(f"%load_ext nbflask\n{BEGIN.format(framework='nbflask')}", "begin")
    for step, n, awaits in walk(seed):
        cell = step.typed(awaits=awaits).replace("{n}", f"{n}")
        ran = place.run(cell, f"{seed}/{n}")
        assert ran.ok is not step.fails, ran.text
    assert "No context is pushed" in place.do("%ctx").text


@pytest.mark.parametrize("seed", SEEDS)
def test_contexts_cell_by_cell_are_those_of_flask_in_one_run(notebook, by_flask, seed):
    live_through(seed, notebook)
    found = [notebook.names["seen"], notebook.names["ended"]]
    assert json.loads(json.dumps(found)) == by_flask[seed]


@pytest.mark.kernel
@on_every_line
def test_they_are_in_a_kernel_too(kernel, by_flask):
    for seed in SEEDS[:2]:
        live_through(seed, kernel)
        found = kernel.do("import json\nprint(json.dumps([seen, ended]))").text
        assert json.loads(found) == by_flask[seed]
