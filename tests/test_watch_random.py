"""A watched notebook is what the same file is when it is loaded anew: tried with
notebooks that nobody would write, changed in ways that nobody would think of."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import pytest
from test_watch import MAGICS, PLACE, Watched

from nbflask.ipynb.errors import NotebookError
from nbflask.ipynb.runs.loading import load

pytestmark = pytest.mark.usefixtures("terminal")

NAMES = "abcde"


def cell(random: Random) -> str:
    """Return a cell that defines, fills, calls or serves something."""
    one, other, third = (random.choice(NAMES) for _ in range(3))
    number = random.randrange(5)
    return random.choice(
        [
            f"{one} = [{number}]",
            f"{one} = {other} + {third}",
            f"{one} = [*{one}, {number}]",
            f"{one}.append({number})",
            f"{one} += [{number}]\n{other}.append({number})",
            f"if len({one}) > {number}:\n    {other} = list({third})",
            f"def f():\n    return {one} + {other}",
            f"def g():\n    return f() + {one}",
            f"{one} = f() + [{number}]",
            f"{one} = g()",
            f"%%route /{number}\n{one}",
            f"%%route /{number}\nf() + {one}",
            f"%%route /{number}\n[*{one}, {other}]",
            f"@app.get('/{number}')\ndef view{number}():\n    return {one} + {other}",
            f"%%template {number}.html\n{one}{number}",
            f"%%route /page{number}\nrender_template('{number}.html')",
            f"app.config['{one}'.upper()] = {other}",
        ]
    )


def notebook(random: Random) -> dict[str, str]:
    cells = {"magics": MAGICS} | {f"start {each}": f"{each} = []" for each in NAMES}
    cells |= {f"{n}": cell(random) for n in range(random.randrange(3, 12))}
    for number in range(5):
        cells[f"last {number}"] = f"%%route /last{number}\n{NAMES[number]}"
    return cells


def changed(cells: dict[str, str], random: Random) -> dict[str, str]:
    """Return cells of which some say something else, are gone, new or elsewhere."""
    items = list(cells.items())
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(6, len(items))
        match random.randrange(4):
            case 0 if not items[place][0].startswith("last"):
                del items[place]
            case 1:
                items.insert(place, (f"new {random.random()}", cell(random)))
            case _:
                items[place] = (items[place][0], cell(random))
    return dict(items)


def answers(app: Any) -> dict[str, Any]:
    client = app.test_client()
    found = {}
    for rule in app.url_map.iter_rules():
        if "<" not in rule.rule:
            response = client.get(rule.rule)
            text = response.text if response.status_code == 200 else ""
            found[rule.rule] = (response.status_code, text)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_a_watched_notebook_is_what_loading_it_anew_gives(seed, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    known = set(sys.modules)
    random = Random(seed)
    watched = None
    while watched is None:
        try:
            watched = Watched(notebook(random))
        except NotebookError:
            continue
    for _ in range(4):
        watched.cells = changed(watched.cells, random)
        before = answers(watched.loaded.app)
        try:
            watched.change()
        finally:
            told = watched.told
        try:
            anew = answers(load(PLACE).app)
        except NotebookError:
            assert told[-1].endswith("The app is as it was.") or not told
            assert answers(watched.loaded.app) == before
        else:
            assert answers(watched.loaded.app) == anew, (told, watched.cells)
    for each in set(sys.modules) - known:
        if each.endswith("_ipynb") or "_ipynb_" in each:
            del sys.modules[each]
