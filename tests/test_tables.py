"""A table that follows a change is as one that is made anew, and costs no more calls
for an app of many routes.
"""

from __future__ import annotations

import gc
import random
import sys
import weakref
from contextlib import suppress
from typing import Any

import pytest

from nbflask import Blueprint, Flask, url_for
from nbflask.registry import entries, layers, tree
from nbflask.registry.layers import GONE, Layers, Lookup
from nbflask.registry.ranks import between
from nbflask.registry.table import Table

# As one that is made anew


def sketch(table: Table) -> dict[str, Any]:
    """Return all that a table knows; functions and rules by what they are."""
    rules = list(table.bound.values())
    # The others come to a table when one of these does.
    records = [each for each in table.records if each.compiled]
    number = {id(each): n for n, each in enumerate(rules)}
    return {
        "records": [(each.key, id(each.target)) for each in records],
        "bound": [*map(id, rules)],
        "paths": list(table.bound),
        "tree": branches(table.rules.tree.root, number),
        "endpoints": [
            (endpoint, [*map(id, rules)])
            for endpoint, rules in table.url_map._rules_by_endpoint.items()
        ],
        "views": table.views,
        "hooks": table.hooks,
        "handlers": table.handlers,
        "names": table.names,
        "adapters": table.adapters,
        "blueprints": table.blueprints,
        "app_teardown": table.app_teardown,
        "templates": table.templates,
        "static files": table.static_files,
    }


def branches(node: Any, number: dict[int, int]) -> Any:
    return (
        [number[id(each)] for each in node.rules],
        {part: branches(beyond, number) for part, beyond in node.beyond().items()},
        [(v.part.content, branches(beyond, number)) for v, beyond in node.in_order()],
    )


PIECES = (
    "@app.route('/{a}/<int:x>')\ndef {b}(x): pass",
    "@app.route('/<{a}>', methods=['POST'])\ndef {b}({a}): pass",
    "@app.route('/{a}', defaults={{'x': 1}})\n@app.route('/{a}/<x>')\ndef {b}(x): pass",
    "app.add_url_rule('/{a}/{b}', '{c}', build_only=True)",
    "app.add_url_rule('/{a}/{b}', '{c}')",
    "app.view_functions['{b}'] = lambda: ''",
    "app.view_functions['shop.{b}'] = lambda: ''",
    "app.view_functions.pop('{b}', None)",
    "app.before_request(lambda: None)",
    "app.before_request_funcs[None].insert(0, print)",
    "app.errorhandler({n})(print)",
    "app.add_template_filter(str, '{c}')",
    "app.extensions['{c}'] = 1",
    "shop.add_url_rule('/{a}', '{b}', lambda: '')",
    "shop.before_request(print)",
    "shop.app_errorhandler({n})(print)",
    "shop.add_app_template_filter(str, '{c}')",
    "below.add_url_rule('/{a}/<int:n>', '{b}', lambda n: '')",
    "below.view_functions['{b}'] = lambda: ''",
    "app.register_blueprint(Blueprint('{b}', 'x', url_prefix='/{a}'))",
    "app.register_blueprint(shop, name='{b}', url_prefix='/{a}')",
    "app.response_adapter(dict)(str)",
    "1 / 0",
)


def draw_cell(dice: random.Random) -> str:
    pieces = dice.choices(PIECES, k=dice.randrange(1, 4))
    names = {name: dice.choice("pqrst") for name in "abc"}
    names["n"] = dice.choice(["404", "500"])
    return "\n".join(each.format(**names) for each in pieces)


@pytest.mark.parametrize("seed", range(60))
def test_after_any_change_a_table_is_as_one_that_is_made_anew(
    app, cells, seed, monkeypatch
):
    dice = random.Random(seed)
    for module in (entries, layers, tree):
        # Few already are many: what is laid over others is made one with them.
        monkeypatch.setattr(module, "MOST", dice.choice([0, 1, 2, 64]))
    shop = Blueprint("shop", "test_app", url_prefix="/shop")
    below = Blueprint("below", "test_app", url_prefix="/below")
    for each in (shop, below):
        each._check_setup_finished = lambda name: None
    shop.register_blueprint(below)
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="again", url_prefix="/again")
    cells.namespace.update(shop=shop, below=below)
    for _ in range(12):
        for _ in range(dice.randrange(1, 4)):
            with suppress(Exception):
                cells.run(draw_cell(dice), id=dice.choice("abcd"))
        followed = app.registry.table
        app.registry.stale()
        anew = app.registry.table
        assert anew is not followed
        assert sketch(followed) == sketch(anew)


def test_endpoints_are_in_the_order_of_their_rules_wherever_new_ones_come(app, cells):
    for name in "abc":
        cells.run(f"@app.get('/{name}')\ndef {name}(): pass", id=name)
    assert [*app.url_map._rules_by_endpoint] == ["static", "a", "b", "c"]
    cells.run("@app.get('/b')\ndef renamed(): pass", id="b")
    assert [*app.url_map._rules_by_endpoint] == ["static", "a", "renamed", "c"]
    cells.run("@app.get('/x')\n@app.get('/a')\ndef a(): pass", id="a")
    assert [*app.url_map._rules_by_endpoint] == ["static", "a", "renamed", "c"]
    assert [str(each) for each in app.url_map.iter_rules("a")] == ["/a", "/x"]


def test_what_is_looked_up_in_layers_is_what_one_dict_of_them_has():
    layer = Layers({"a": 1, "b": 2}).changed({"b": GONE, "c": 3})
    expected = {"a": 1, "c": 3}

    def read(how: Any) -> Any:
        return how(Lookup(layer))

    assert read(lambda each: (each["a"], each["a"], each["c"])) == (1, 1, 3)
    assert read(lambda each: [each.get(name) for name in "abc"]) == [1, None, 3]
    assert read(lambda each: [name in each for name in "abc"]) == [True, False, True]
    for how in (dict, lambda each: {**each}, lambda each: dict(each.items())):
        assert read(how) == expected
    assert read(lambda each: [*zip(each, each.values(), strict=True)]) == [
        *expected.items()
    ]
    assert read(lambda each: (len(each), [*each.keys()])) == (2, ["a", "c"])
    assert Lookup(layer) == expected
    for gone in "bd":
        with pytest.raises(KeyError, match=gone):
            Lookup(layer)[gone]


def test_a_rule_that_somebody_has_changed_in_place_is_replaced_all_the_same(app, cells):
    cells.run("@app.get('/a')\ndef a(): return 'a'", id="a")
    (rule,) = app.url_map.iter_rules("a")
    rule.rule = "/b"
    rule.refresh()
    cells.run("@app.get('/c')\ndef a(): return 'c'", id="a")
    get = app.test_client().get
    assert [get(f"/{path}").status_code for path in "abc"] == [404, 404, 200]


def test_records_that_are_put_between_others_without_end_stay_in_order(app, client):
    hooks = app.before_request_funcs[None]
    ran: list[int] = []
    for number in range(200):  # numbers between two others come to an end before
        hooks.insert(1, lambda number=number: ran.append(number))
    client.get("/")
    assert ran == [0, *range(199, 0, -1)]


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [(None, None, 3), (1.0, None, 2), (None, 1.0, 2), (1.0, 2.0, 3), (1.0, 1.0, 0)],
)
def test_numbers_between_others_are_in_order(low, high, count):
    numbers = [low, *(between(low, high, count) or ()), high]
    known = [each for each in numbers if each is not None]
    assert len(numbers) == count + 2
    assert known == sorted(known)
    assert between(1.0, 1.0, 1) is None


# What it costs


def app_of(routes: int, where: Any) -> Flask:
    app = Flask("test_app")
    place = where(app)
    place.add_url_rule("/mine/<int:id>", "mine", lambda id: f"{id}")
    for number in range(routes - 1):
        place.add_url_rule(f"/{number}/<int:id>", f"{number}", lambda id: "")
    if place is not app:
        place._check_setup_finished = lambda name: None
        app.register_blueprint(place)
    assert app.test_client().get("/mine/7").text == "7"
    return app


def in_a_blueprint(app: Flask) -> Blueprint:
    return Blueprint("place", "test_app")


def the_app_itself(app: Flask) -> Flask:
    return app


def calls_to_replace(routes: int, where: Any, cells: Any) -> int:
    """Return how many Python calls it takes a cell to replace its route, and to ask."""
    app = app_of(routes, where)
    place = next(iter(app.blueprints.values()), app)
    runner = type(cells)(place=place)
    source = "@place.get('/mine/<int:id>')\ndef mine(id): return f'{version} {id}'"
    get, calls = app.test_client().get, 0

    def watch(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    for version in range(3):  # the first one files what the next ones replace
        runner.namespace["version"], calls = version, 0
        sys.setprofile(watch)
        try:
            runner.run(source, id="a")
            answer = get("/mine/7")
        finally:
            sys.setprofile(None)
        assert answer.text == f"{version} 7"
    return calls


@pytest.mark.parametrize("where", [the_app_itself, in_a_blueprint])
def test_one_of_ten_thousand_routes_is_replaced_by_as_many_calls_as_one_of_ten(
    cells, where
):
    few, many = (calls_to_replace(each, where, cells) for each in (10, 10_000))
    assert many <= few + 10


def test_a_table_is_freed_as_soon_as_nobody_uses_it(app, client):
    app.add_url_rule("/<int:x>", "show", lambda x: url_for("show", x=x))
    assert client.get("/7").text == "/7"
    app._got_first_request = False
    former = weakref.ref(app.registry.table)
    gc.collect()  # what a client leaves behind may have it
    gc.disable()
    try:
        adapter = app.url_map.bind("e.org")
        app.add_url_rule("/new", "new", lambda: "")
        assert app.registry.table is not former()
        # Whoever has its rules has the table: they belong together.
        assert adapter.map.table is former()
        del adapter
        assert former() is None
    finally:
        gc.enable()
