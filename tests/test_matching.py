"""The matcher decides as Werkzeug's: rules and paths are drawn, and both are asked.

What is compared is all that can come of it: the rule, the values, where a request is
sent to, which methods a path takes, and the errors that a person's own code raises.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter, Map, MapAdapter, Rule, ValidationError
from werkzeug.routing.exceptions import (
    BuildError,
    NoMatch,
    RequestAliasRedirect,
    RequestPath,
)
from werkzeug.routing.matcher import StateMachineMatcher
from werkzeug.test import create_environ

from nbflask import Flask
from nbflask.registry.matching import MOST_PATHS
from nbflask.registry.tree import Search, Tree

# What is drawn


class Picky(BaseConverter):
    """Matches more than it takes."""

    regex = "[ab]+"

    def to_python(self, value: str) -> str:
        if value == "ab":
            raise ValidationError
        if value == "bb":
            raise KeyError(value)
        return value.upper()


class Grouped(BaseConverter):
    """Has groups of its own, and one of them need not take part."""

    regex = "(?P<own>a)?(b|c)"
    weight = 10


class Deep(BaseConverter):
    """Goes across slashes, and may be empty."""

    regex = "(?:[abc]/?)*"


CONVERTERS = {"picky": Picky, "grouped": Grouped, "deep": Deep}
VARIABLES = (
    *("<{}>", "<int:{}>", "<path:{}>", "<float:{}>", "<picky:{}>", "<grouped:{}>"),
    *("<deep:{}>", "<any(a,b):{}>", "<string(length=2):{}>", "<uuid:{}>"),
    *("<int(max=5, signed=True):{}>", "<int(fixed_digits=2):{}>", "<string:{}>"),
)
STATICS = ("a", "b", "ab", "a.b", "é", "1", "c", "")
AFFIXES = ("", "", "", "-1", ".b", "a", "12")
UUID = "12345678-1234-5678-1234-567812345678"
FITTING = {
    "int": ("1", "7", "12", "-3", "007"),
    "float": ("1.5", "2.25"),
    "picky": ("a", "ab", "bb", "ba"),
    "grouped": ("b", "ac"),
    "deep": ("a/b", "", "abc"),
    "any": ("a", "b"),
    "uuid": (UUID,),
    "path": ("a/b", "c", "x/"),
}
TEXTS = (
    *("a", "b", "ab", "bb", "c", "ac", "1", "7", "12", "-3", "1.5", "é", "a.b"),
    *("a-1", "1-1", "a12", "aa", "", UUID, "a/b", "abc", "\n", "x"),
)
METHODS = (
    None,
    None,
    None,
    None,
    ["GET"],
    ["POST"],
    ["GET", "PUT"],
    ["DELETE", "PATCH", "POST"],
)
SUBDOMAINS = (*[None] * 12, "www", "www", "", "<domain>", "<path:domain>")
HOSTS = (None, "e.org", "www.e.org", "<domain>", "<domain>.org")


def redirected(adapter: Any, **values: Any) -> str:
    return f"elsewhere?{sorted(values)}"


@dataclass(frozen=True)
class World:
    """Rules and settings, to be made into a map of either kind."""

    settings: dict[str, Any]
    rules: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def made(self) -> list[Rule]:
        return [Rule(text, **options) for text, options in self.rules]

    def app(self) -> Flask:
        settings = dict(self.settings)
        app = Flask(
            "test_app", static_folder=None, host_matching=settings.pop("host_matching")
        )
        app.subdomain_matching = True
        app.url_map.converters.update(CONVERTERS)
        for name, value in settings.items():
            setattr(app.url_map, name, value)
        for rule in self.made():
            app.url_map.add(rule)
        return app


def draw_world(dice: random.Random) -> World:
    settings = {
        "host_matching": dice.random() < 0.1,
        "strict_slashes": dice.random() < 0.7,
        "merge_slashes": dice.random() < 0.7,
        "redirect_defaults": dice.random() < 0.7,
        "default_subdomain": dice.choice(["", "", "", "", "www"]),
    }
    world = World(settings)
    while len(world.rules) < dice.randrange(3, 20):
        world.rules.append(draw_rule(dice, settings["host_matching"]))
        try:
            text, options = world.rules[-1]
            Map([Rule(text, **options)], converters=CONVERTERS, **settings)
        except Exception:
            world.rules.pop()
    return world


def draw_rule(
    dice: random.Random, host_matching: bool = False
) -> tuple[str, dict[str, Any]]:
    names = iter("xyzuvwrstq")
    parts = [draw_part(dice, names) for _ in range(dice.randrange(1, 4))]
    text = "/" + "/".join(parts) + dice.choice(["", "", "/"])
    options: dict[str, Any] = {
        "endpoint": dice.choice("pqr"),
        "methods": dice.choice(METHODS),
        "strict_slashes": dice.choice([None, None, True, False]),
        "merge_slashes": dice.choice([None, None, None, True, False]),
        "build_only": dice.random() < 0.05,
        "alias": dice.random() < 0.1,
    }
    options["websocket"] = options["methods"] is None and dice.random() < 0.15
    if host_matching:
        options["host"] = dice.choice(HOSTS)
    else:
        options["subdomain"] = dice.choice(SUBDOMAINS)
    if dice.random() < 0.2:
        options["defaults"] = {dice.choice("xyz"): dice.choice(["a", 1, 12])}
    if dice.random() < 0.08:
        options["redirect_to"] = dice.choice(["to/<x>", "there", redirected])
    return text, options


def draw_part(dice: random.Random, names: Iterator[str]) -> str:
    if dice.random() < 0.45:
        return dice.choice(STATICS)
    part = dice.choice(VARIABLES).format(next(names))
    if dice.random() < 0.15:
        part += dice.choice(".-") + dice.choice(VARIABLES).format(next(names))
    return dice.choice(AFFIXES[:4]) + part + dice.choice(AFFIXES)


def draw_path(dice: random.Random, world: World) -> str:
    parts = []
    if dice.random() < 0.9:  # one that looks like a rule
        rule = dice.choice(world.rules)[0]
        while "<" in rule:
            before, _, rest = rule.partition("<")
            kind = rest.partition(":")[0].partition("(")[0]
            texts = FITTING.get(kind, TEXTS) if dice.random() < 0.8 else TEXTS
            rule = before + dice.choice(texts) + rest.partition(">")[2]
        parts = rule.split("/")
    else:
        parts = ["", *(dice.choice(TEXTS) for _ in range(dice.randrange(4)))]
    if dice.random() < 0.2:
        parts.insert(dice.randrange(len(parts) + 1), dice.choice(["", "a"]))
    return "/".join(parts)


# What is compared


def outcome(rules: list[Rule], match: Any, *args: Any, **kwargs: Any) -> Any:
    """Return all that comes of a call, with the number of the rule that matched."""
    try:
        found = match(*args, **kwargs)
    except Exception as error:
        found = error
    if isinstance(found, Exception):
        return told(found)
    rule, values = found
    return next(n for n, each in enumerate(rules) if each is rule), dict(values)


def told(error: Exception) -> Any:
    if isinstance(error, NoMatch):
        return NoMatch, list(error.have_match_for), error.websocket_mismatch
    if isinstance(error, RequestAliasRedirect):
        return RequestAliasRedirect, error.matched_values, error.endpoint
    if isinstance(error, RequestPath):
        return RequestPath, error.path_info
    if isinstance(error, MethodNotAllowed):
        return MethodNotAllowed, sorted(error.valid_methods or ())
    if isinstance(error, BuildError):
        return BuildError, str(error)
    return type(error), str(error), vars(error)


def general_matcher(rules: list[Rule], merge_slashes: bool) -> StateMachineMatcher:
    matcher = StateMachineMatcher(merge_slashes)
    for rule in rules:
        if not rule.build_only:
            matcher.add(rule)
    matcher.update()
    return matcher


@dataclass(frozen=True)
class Contest:
    """One world in both kinds, and what is asked of them."""

    seed: int

    def run(self, paths: int) -> None:
        """Ask so many paths. Raises AssertionError where the answers differ."""
        dice = random.Random(self.seed)
        world = draw_world(dice)
        their_rules = world.made()
        theirs = Map(their_rules, converters=CONVERTERS, **world.settings)
        table = world.app().registry.table
        rules = list(table.bound.values())
        general = general_matcher(rules, table.url_map.merge_slashes)
        for _ in range(paths):
            path, environ = draw_path(dice, world), draw_environ(dice)
            said = self.seed, path, environ, world
            environ["PATH_INFO"] = path.encode().decode("latin1")
            named = {} if theirs.host_matching else {"server_name": "e.org"}
            other = theirs.bind_to_environ(environ, **named)
            adapter = table.url_map.bind_to_environ(environ, **named)
            expected = outcome(their_rules, other.match, return_rule=True)
            assert outcome(rules, adapter.match, return_rule=True) == expected, said
            if not adapter.websocket:
                origin = environ["HTTP_HOST"], environ["wsgi.url_scheme"]
                found = outcome(
                    rules, table.match, origin, lambda a=adapter: a, environ
                )
                assert found == expected, said
            # And one that no adapter would ask for, down to the order of methods.
            asked = "www", path, environ["REQUEST_METHOD"], adapter.websocket
            expected = outcome(rules, general.match, *asked)
            assert outcome(rules, table.url_map._matcher.match, *asked) == expected, (
                said
            )


def draw_environ(dice: random.Random) -> dict[str, Any]:
    scheme = dice.choice(["http", "https", "http", "wss"])
    host = dice.choice([*[""] * 8, "www.", "www.", "a.b."]) + "e.org"
    method = dice.choice(["GET", "GET", "GET", "POST", "PUT", "X"])
    environ = create_environ(base_url=f"http://{host}/", method=method)
    environ |= {"wsgi.url_scheme": scheme, "QUERY_STRING": dice.choice(["", "q=1"])}
    return environ


@pytest.mark.parametrize("seed", range(60))
def test_a_path_is_matched_as_werkzeug_matches_it(seed):
    Contest(seed).run(50)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_hundred_thousand_paths_are_matched_as_werkzeug_matches_them(seed):
    for number in range(10):
        Contest(seed * 1000 + number).run(100)


# A tree that changes


@pytest.mark.parametrize("seed", range(40))
def test_a_tree_that_has_changed_is_as_one_that_is_made_of_the_same_rules(
    seed, monkeypatch
):
    dice = random.Random(seed)
    monkeypatch.setattr("nbflask.registry.tree.MOST", dice.choice([0, 1, 3, 64]))
    world = World({})
    while len(world.rules) < 60:
        text, options = draw_rule(dice)
        world.rules.append((text, {**options, "build_only": False}))
        try:
            Map(world.made()[-1:], converters=CONVERTERS)
        except Exception:
            world.rules.pop()
    rules = world.made()
    Map(rules, converters=CONVERTERS)
    ranked = [((number,), rule) for number, rule in enumerate(rules)]
    there = ranked[:30]
    tree = Tree().changed((), there)
    for _ in range(30):
        former, shown = tree, sketch(tree.root)
        gone = dice.sample(there, min(len(there), dice.randrange(1, 8)))
        absent = [each for each in ranked if each not in there]
        added = dice.sample(absent, min(len(absent), dice.randrange(8)))
        tree = tree.changed(gone, added)
        there = [each for each in there if each not in gone] + added
        fresh = Tree().changed((), sorted(there, key=lambda each: each[0]))
        assert sketch(tree.root) == sketch(fresh.root)
        assert sketch(former.root) == shown  # whoever has it sees no change


def sketch(node: Any) -> Any:
    """Return all that a search sees of a node."""
    return (
        [id(each) for each in node.rules],
        node.first,
        {part: sketch(beyond) for part, beyond in node.beyond().items()},
        [(each.part.content, sketch(beyond)) for each, beyond in node.in_order()],
    )


def test_a_rule_that_is_not_in_a_tree_cannot_be_taken_out():
    url_map = Map([Rule("/a"), Rule("/b")])
    here, elsewhere = url_map.iter_rules()
    tree = Tree().changed((), [((0,), here)])
    with pytest.raises(LookupError):
        tree.changed([((0,), elsewhere)], ())
    assert Search(["", "", "a"], "GET", False).follow(tree.root, 0, ()) == (here, ())


def test_many_siblings_of_different_patterns_are_each_compiled_once(app, monkeypatch):
    for number in range(600):  # more than `re` remembers
        rule = f"/<int:id>-{number:03}"
        app.add_url_rule(rule, f"view{number}", lambda id: f"{id}")
    get = app.test_client().get
    assert get("/7-600").status_code == 404  # all were tried
    compiled: list[str] = []
    compile = re.compile
    monkeypatch.setattr(
        re, "compile", lambda text, *a: compiled.append(text) or compile(text, *a)
    )
    assert [get(f"/{n}-599").text for n in (8, 9)] == ["8", "9"]
    assert get("/7-600").status_code == 404
    assert [each for each in compiled if "werkzeug" in each] == []


# What is remembered


class Counting(BaseConverter):
    def to_python(self, value: str) -> int:
        COUNTED.append(value)
        return len(COUNTED)


COUNTED: list[str] = []


def test_a_converter_of_the_apps_own_is_asked_each_time(app, client):
    app.url_map.converters["counting"] = Counting
    app.add_url_rule("/<counting:number>", "show", lambda number: f"{number}")
    COUNTED.clear()
    assert [client.get("/x").text for _ in range(3)] == ["1", "2", "3"]


def test_values_that_one_request_changes_are_not_those_of_the_next(app, client):
    @app.url_value_preprocessor
    def raise_number(endpoint, values):
        values["number"] += 1

    app.add_url_rule("/<int:number>", "show", lambda number: f"{number}")
    app.add_url_rule("/", "none", lambda number: f"{number}", defaults={"number": 1})
    assert [client.get("/7").text for _ in range(3)] == ["8", "8", "8"]
    assert [client.get("/").text for _ in range(3)] == ["2", "2", "2"]


def test_paths_that_lead_nowhere_are_remembered_apart_and_up_to_a_bound(app, client):
    app.add_url_rule("/", "index", lambda: "Hello")
    client.get("/")
    matcher = app.registry.table.matcher
    known = len(matcher._paths)
    for number in range(MOST_PATHS + 10):
        assert client.get(f"/nowhere/{number}").status_code == 404
    assert client.get(f"/{'x' * 300}").status_code == 404
    assert 0 < len(matcher._nowhere) <= MOST_PATHS
    assert len(matcher._paths) == known


def test_a_path_that_led_nowhere_leads_to_a_rule_that_comes(app, client, cells):
    for _ in range(2):
        assert client.get("/late").status_code == 404
    cells.namespace["app"] = app
    cells.run("@app.get('/late')\ndef late(): return 'here'")
    assert client.get("/late").text == "here"


def test_a_method_that_is_not_allowed_is_told_each_time(app, client):
    app.add_url_rule("/", "index", lambda: "Hello")
    for _ in range(2):
        assert client.post("/").status_code == 405
        assert "GET" in client.post("/").headers["Allow"]


def test_paths_are_remembered_up_to_a_bound_and_long_ones_not_at_all(app, client):
    app.add_url_rule("/<path:text>", "show", lambda text: text)
    matcher = app.registry.table.match.__self__
    for number in range(MOST_PATHS + 10):
        environ = create_environ(f"/{number}")
        _, values = matcher.match("here", lambda: app.url_map.bind("e"), environ)
        assert values == {"text": f"{number}"}
    known = len(matcher._paths)
    assert 0 < known <= MOST_PATHS
    assert client.get("/" + "x" * 300).text == "x" * 300
    assert len(matcher._paths) == known


def test_a_path_that_was_never_asked_for_is_matched_in_few_calls_among_many_rules(app):
    for number in range(300):
        app.add_url_rule(f"/{number}/<int:id>", f"{number}", lambda id: "")
    table, bind = app.registry.table, lambda: app.url_map.bind("e.org")
    table.match("here", bind, create_environ("/7/1"))
    environ = create_environ("/7/2")
    calls: list[str] = []
    sys.setprofile(lambda frame, event, _: event == "call" and calls.append(event))
    try:
        _, values = table.match("here", bind, environ)
    finally:
        sys.setprofile(None)
    assert values == {"id": 2}
    assert len(calls) <= 13


def test_a_host_is_bound_again_when_the_settings_change_and_not_with_each_route():
    app, bound = Flask("test_app", subdomain_matching=True), []
    app.config["SERVER_NAME"] = "e.org"
    app.add_url_rule("/x", "x", lambda: "x")

    def bind() -> MapAdapter:
        bound.append(app.registry.table)
        return app.url_map.bind("e.org")

    def match() -> Any:
        return app.registry.table.match("here", bind, create_environ("/x"))

    assert match()[0].endpoint == "x"
    app.add_url_rule("/y", "y", lambda: "y")
    assert match()[0].endpoint == "x"
    assert len(bound) == 1
    app.url_map.default_subdomain = "www"
    assert match().code == 404
    assert len(bound) == 2


# Where the short way does not apply


class Patched(MapAdapter):
    def match(self, *args: Any, **kwargs: Any) -> Any:
        rule, values = super().match(*args, **kwargs)
        return rule, {**values, "id": "patched"}


def test_an_adapter_of_another_class_matches_in_its_own_way(app, client):
    app.add_url_rule("/<int:id>", "show", lambda id: f"{id}")
    table = app.registry.table
    environ = create_environ("/7")
    adapter = Patched(table.url_map, "e.org", "/", "", "http", "/", "GET")
    assert table.match("here", lambda: adapter, environ)[1] == {"id": "patched"}


def test_a_patched_match_is_asked(app, client, monkeypatch):
    app.add_url_rule("/<int:id>", "show", lambda id: f"{id}")
    monkeypatch.setattr(MapAdapter, "match", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.registry.table.match(
            "here", lambda: app.url_map.bind("e.org"), create_environ("/7")
        )


def test_an_adapter_of_other_rules_matches_by_those(app):
    other = Map([Rule("/7", endpoint="other")])
    environ = create_environ("/7")
    rule, _ = app.registry.table.match("here", lambda: other.bind("e.org"), environ)
    assert rule.endpoint == "other"


def test_who_looks_into_the_matcher_finds_werkzeugs_own(app):
    app.add_url_rule("/a/<int:id>", "show", lambda id: f"{id}")
    app.add_url_rule("/b", "build", build_only=True)
    root = app.registry.table.url_map._matcher._root
    assert root.static[""].static[""].static.keys() == {"a", "static"}
    assert app.url_map._matcher._root.static.keys() == {""}
