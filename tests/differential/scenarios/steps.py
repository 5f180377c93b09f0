"""What all scenarios are made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st

Step = dict[str, Any]
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND")
KNOWN_CODES = {999: 500, 302: 500}  # in place of codes that no handler may be for
FLAGS = st.sampled_from([None, True, False])


def step(do: str, **words: Any) -> Step:
    """Return a step; words that are None are left out."""
    return {
        "do": do,
        **{key: value for key, value in words.items() if value is not None},
    }


def app(config: dict[str, Any] | None = None, **options: Any) -> Step:
    return step("app", config=config, **options)


def request(path: str, method: str = "GET", **options: Any) -> Step:
    return step("request", path=path, method=method, **options)


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


@st.composite
def options(draw: Any, **strategies: Any) -> dict[str, Any]:
    """Return a dict with some of the keys, and what was drawn for them."""
    drawn = {key: draw(maybe(strategy)) for key, strategy in strategies.items()}
    return {key: value for key, value in drawn.items() if value is not None}


def numbered(steps: list[Step]) -> list[Step]:
    """Give each function its own label: the step's kind and its number."""
    number = count()
    labelled = [
        {**each, "label": f"{each['do']}{next(number)}"} if "label" in each else each
        for each in steps
    ]
    return list(without_early_refusals(labelled))


def without_early_refusals(steps: list[Step]) -> Iterator[Step]:
    """Leave out what a blueprint of nbflask refuses at once, and one of Flask when it
    is mounted: a second view for an endpoint, an unknown status code."""
    taken: set[tuple[str, str]] = set()
    for each in steps:
        place = (each.get("on", "app"), each.get("endpoint", ""))
        again = each["do"] == "route" and place[0] != "app" and place in taken
        taken.add(place)
        if again:
            each = {key: value for key, value in each.items() if key != "endpoint"}
        if each["do"] == "handler" and each.get("everywhere"):
            each = {**each, "error": KNOWN_CODES.get(each["error"], each["error"])}
        yield each
