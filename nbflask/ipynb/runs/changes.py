"""What has to run again when a notebook's file has changed. Pure functions.

The outcome is that of loading the notebook anew, with as little run as that takes:

| a step runs again                          | because                             |
|--------------------------------------------|-------------------------------------|
| that is new, or says something else        | it has not run like this            |
| that needs what one before it defines      | what it made of that is old         |
| anew, or defines it once more              |                                     |
| that defines what a name meant before one  | the name means by now what came     |
| that runs again and needs it               | later: `rows = clean(rows)`         |
| that defines a list or a dict which one    | it would be changed twice, or knows |
| that runs again, or is gone, has changed   | what came later                     |
| that defines or needs what one that is     | the name means what that has made   |
| gone, or says something else, has defined  |                                     |

What views have put into such a list since is lost with it, as in a new process. Not
seen are a second name for one list, and a setting that nobody sets any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..reading import Document
from .steps import Step

Steps = Sequence[Step]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one version of a notebook to the next: the steps that run again, in order,
    those that are gone, and the names that mean nothing until something runs."""

    again: tuple[Step, ...]
    gone: tuple[Step, ...]
    names: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.again or self.gone)


def difference(
    before: Steps,
    after: Steps,
    is_filled: Callable[[str], bool],
    renewed: Collection[str] = (),
) -> Difference:
    """Compare the steps of two versions. `is_filled` tells whether a name's value is
    something that cells fill, such as a list; `renewed` are names that mean something
    new whoever runs."""
    known = {each.key: each for each in after}
    both = [(each, known.get(each.key)) for each in before]
    other = [(old, new) for old, new in both if new is None or new.says != old.says]
    dropped = {name for old, new in other for name in old.defines - defines_of(new)}
    spoilt = {name for old, _ in other for name in old.changes if is_filled(name)}
    defined = {name for each in after for name in each.defines}
    places = first_places(before, after, {*dropped, *spoilt, *renewed})
    grow(after, places, is_filled)
    kept = [each for place, each in enumerate(after) if place not in places]
    still = {name for each in kept for name in each.defines}
    return Difference(
        again=tuple(each for place, each in enumerate(after) if place in places),
        gone=tuple(old for old, new in both if new is None),
        names=frozenset((dropped | defined) - still),
    )


def defines_of(step: Step | None) -> frozenset[str]:
    return frozenset() if step is None else step.defines


def first_places(before: Steps, after: Steps, lost: set[str]) -> set[int]:
    """Return the places of the steps that run again whatever the others do; `lost`
    are names that mean something else now."""
    said = {each.key: each.says for each in before}
    return {
        place
        for place, each in enumerate(after)
        if said.get(each.key) != each.says
        or not lost.isdisjoint(each.defines | each.needs)
    }


def grow(steps: Steps, places: set[int], is_filled: Callable[[str], bool]) -> None:
    """Add the places of the steps that hang together with those at `places`."""
    fresh = list(places)
    while fresh:
        place = fresh.pop()
        others = {*users(steps, place), *makers(steps, place, is_filled)}
        fresh += others - places
        places |= others


def users(steps: Steps, place: int) -> Iterator[int]:
    """Yield the places of what needs what a step defines, or defines it once more."""
    defined = steps[place].defines
    for later in range(place + 1, len(steps)):
        if not defined.isdisjoint(steps[later].needs | steps[later].defines):
            yield later


def makers(steps: Steps, place: int, is_filled: Callable[[str], bool]) -> Iterator[int]:
    """Yield the places of what makes that anew which a step needs or changes, and
    which is by now what this or a later step has made of it."""
    step = steps[place]
    for name in step.needs | step.changes | (step.defines - step.surely):
        changes = is_filled(name)
        if any(
            name in each.defines or (changes and name in each.changes)
            for each in steps[place:]
        ):
            yield from version(steps, place, name)


def version(steps: Steps, place: int, name: str) -> Iterator[int]:
    """Yield the places of what may define a name as a step knows it."""
    for earlier in reversed(range(place)):
        if name in steps[earlier].defines:
            yield earlier
        if name in steps[earlier].surely:
            return


# Which cell is which


def paired_keys(
    before: Document, keys: Mapping[int, str], after: Document
) -> dict[int, str]:
    """Return the keys of a new version's cells: a cell keeps its own.

    Cells are known by their ids. Older files have none: there it is by what stands
    between cells that say the same.
    """
    identities = [each.id for each in after.cells]
    if all(identities) and len({*identities}) == len(identities):
        return {each.number: each.id for each in after.cells}
    found: dict[int, str] = {}
    texts = ([e.text for e in before.cells], [e.text for e in after.cells])
    matcher = SequenceMatcher(None, *texts, autojunk=False)
    for _, start, end, to_start, to_end in matcher.get_opcodes():
        pairs = zip(range(start, end), range(to_start, to_end), strict=False)
        found |= {new + 1: keys[old + 1] for old, new in pairs}
    fresh = free_keys({*keys.values()})
    return {e.number: found.get(e.number) or next(fresh) for e in after.cells}


def free_keys(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if f"cell {number}" not in taken:
            yield f"cell {number}"
