"""Traces, explanations and outlines as cards: bounded, and nothing in them can act."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspecting import inspect
from test_card import HOSTILE

from nbflask.explain import Explanation, Outcome, RuleSeen
from nbflask.notebook.display import blueprints, trace, why
from nbflask.outline import Branch, Member
from nbflask.reach import Call
from nbflask.recording import Step, Trace
from nbflask.registry.owners import Owner

OWNER = Owner("cell", "c3", label="cell [3]")


def step(kind="view", name="show", **changes):
    made = Step(kind, name, OWNER, None, began=0.001, took=0.002, depth=0)
    return replace(made, **changes)


def traced(*steps, **changes):
    made = {"method": "GET", "path": "/", "status": 200, "seconds": 0.004}
    return Trace(**{**made, **changes}, steps=steps)


def seen(rule="/", verdict="won", **changes):
    made = RuleSeen(rule, ("GET",), "index", OWNER, None, verdict, "it matches")
    return replace(made, **changes)


def explained(*rules, **changes):
    made = {
        "method": "GET",
        "path": "/",
        "host": "localhost",
        "outcome": Outcome("view", None, "index"),
        "calls": (Call("view", "index", OWNER),),
        "handlers": (Call("error_handler", "lost", OWNER, None, "404"),),
    }
    return Explanation(**{**made, **changes}, rules=rules)


def branch(name="shop", members=(), branches=(), **changes):
    made = {"prefix": "/shop", "subdomain": None, "owner": OWNER}
    return Branch(name, members=members, branches=branches, **{**made, **changes})


def hostile_trace(text):
    owner = Owner("cell", text, label=text)
    return trace.card(
        traced(
            step(name=text, owner=owner, scope=text, note=text, failed=True),
            step("template", text, owner=None, names=(text, text)),
            step("signal", text, receivers=1, note=text),
            step("signal", text, receivers=0),
            step(text, text),
            method=text,
            path=text,
            notes=(text,),
        )
    )


def hostile_why(text):
    owner = Owner("cell", text, label=text)
    rule = seen(text, methods=(text,), endpoint=text, owner=owner, reason=text)
    other = replace(rule, verdict="path")
    call = Call(text, text, owner, text, text)
    return why.card(
        explained(
            rule,
            other,
            replace(rule, verdict="host"),
            method=text,
            path=text,
            host=text,
            outcome=Outcome("view", None, text, {text: text}),
            calls=(call, replace(call, kind="itself")),
            handlers=(call,),
        )
    )


def hostile_outline(text):
    owner = Owner("cell", text, label=text)
    member = Member(text, text, owner, text)
    inner = branch(text, (member,), prefix=text, subdomain=text, owner=owner)
    return blueprints.card(branch(text, (member,), (replace(inner),), prefix=text))


MAKERS = [hostile_trace, hostile_why, hostile_outline]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_becomes_markup(make, text):
    found = inspect(make(text))
    assert "script" not in found.seen
    assert "img" not in found.seen
    assert "iframe" not in found.seen


@pytest.mark.parametrize("make", MAKERS)
@given(text=st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_shown(make, text):
    inspect(make(text))


@pytest.mark.parametrize("make", MAKERS)
def test_long_values_are_cut(make):
    card = make("x" * 100_000)
    assert len(card.html) < 60_000
    assert len(card.text) < 20_000


@pytest.mark.parametrize(
    "card",
    [
        trace.card(traced(*[step(name=f"f{n}") for n in range(5_000)])),
        why.card(explained(*[seen(f"/x{n}", "path") for n in range(5_000)])),
        blueprints.card(branch(members=[Member("route", "x", OWNER)] * 5_000)),
        blueprints.card(branch(branches=(branch("inner"),) * 5_000)),
    ],
)
def test_many_parts_are_counted_and_not_all_shown(card):
    assert len(card.html) < 250_000
    assert "more" in card.html


# What they show


def test_a_bar_stands_where_its_step_was_on_the_axis():
    card = trace.card(traced(step(began=0.001, took=0.002)))
    style = "margin-left: 25.00%; width: 50.00%"
    assert any(
        style in (attributes.get("style") or "")
        for _, attributes in inspect(card).attributes
    )


def test_a_step_that_outlives_the_request_stays_on_the_axis():
    card = trace.card(traced(step(began=0.003, took=9.0), step(began=9.0, took=9.0)))
    assert "width: 25.00%" in card.html
    assert "margin-left: 100.00%; width: 0.00%" in card.html


@pytest.mark.parametrize("seconds", [0.0, 0.004])
def test_a_trace_without_steps_is_a_card(seconds):
    card = trace.card(traced(seconds=seconds, status=None, notes=("Nothing.",)))
    assert card.text == f"GET /  no answer  {seconds * 1000:.1f} ms\n(Nothing.)"


def test_a_trace_is_an_aligned_tree_of_text():
    lines = trace.card(
        traced(
            step(note="returned str"),
            step("template", "a.html", owner=None, depth=1, names=("user",)),
            step(failed=True, note="raised ValueError"),
        )
    ).text.splitlines()
    assert lines[0] == "GET /  200 OK  4.0 ms"
    assert [line[18:].rstrip() for line in lines[2:]] == [
        " view show  returned str        cell [3]",
        "   template a.html  given user",
        " !view show  raised ValueError  cell [3]",
    ]


def test_a_trace_has_room_for_its_cells_in_80_columns():
    long = step("match", "/" + "x" * 60)
    lines = trace.card(traced(step(note="returned" + " x" * 12), long)).text.split("\n")
    assert len(lines[2]) < 80
    assert lines[2].endswith("  cell [3]")
    assert lines[3].endswith("x" * 60 + "  cell [3]")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome("view", None, "user", {"id": 1}), "→ user with id=1"),
        (Outcome("redirect", 308, location="/x/"), "308 Permanent Redirect to /x/"),
        (Outcome("refused", 404), "404 Not Found: no rule matches"),
        (Outcome("refused", 405, allowed=("GET",)), "405 Method Not Allowed: it takes"),
        (Outcome("refused", 400), "400 Bad Request"),
        (Outcome("refused", 799), "799"),
        (Outcome("options", 200, allowed=("GET",)), "answered automatically"),
        (Outcome("raises", 500, error=KeyError("x")), "500: matching raises KeyError"),
    ],
)
def test_an_explanation_begins_with_what_comes_of_it(outcome, said):
    card = why.card(explained(seen(), outcome=outcome))
    assert said in card.text.splitlines()[0]
    assert said in inspect(card).text


def test_the_winner_comes_first_and_other_paths_are_folded():
    far = [seen(f"/far/{n}", "path") for n in range(50)]
    near = seen("/near", "converter", reason="'x' is not an int")
    card = why.card(explained(*far, near, seen("/won")))
    rows = card.text.splitlines()
    assert rows[1].split()[:3] == ["✓", "GET", "/won"]
    assert rows[2].split()[:3] == ["✗", "GET", "/near"]
    assert rows[3] == "  and 50 more rules for other paths"


def test_a_value_that_has_no_repr_is_named_by_its_type():
    class Odd:
        def __repr__(self):
            raise ValueError

    outcome = Outcome("view", None, "index", {"odd": Odd()})
    assert "odd=<Odd>" in why.card(explained(seen(), outcome=outcome)).text


def test_a_blueprint_without_members_says_so():
    assert (
        "shop  at /shop  nothing yet"
        in blueprints.card(branch("app", branches=(branch(),))).text
    )


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.0, ["0"]),
        (0.00005, ["0", "0.02", "0.04"]),
        (0.0039, ["0", "1", "2", "3"]),
        (0.004, ["0", "1", "2", "3", "4"]),
        (0.0061, ["0", "2", "4", "6"]),
        (1.3, ["0", "500", "1,000"]),
    ],
)
def test_an_axis_has_round_numbers(seconds, labels):
    assert [tick.label for tick in trace.ticks_of(seconds)] == labels
