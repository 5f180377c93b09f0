"""Which pieces of a plan need which: by the names that one defines and another uses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from .effects import effects_of
from .plan import Plan
from .versions import Versions


class Relations:
    """The pieces of a plan by their numbers in it, and how they hang together."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.pieces = plan.pieces
        # What a plan has is all of it in force, and none of it only looks.
        self._versions = Versions(plan.pieces, plan.known, set(), set())

    @cached_property
    def effects(self) -> list[frozenset[str]]:
        """The names whose objects each piece changes."""
        return [effects_of(each, self.plan.known) for each in self.pieces]

    def defining(self, name: str, at: int) -> list[int]:
        """Return what may define a name as it is known before a piece."""
        return self._versions.version(name, at)[0]

    def needs(self, number: int) -> dict[str, list[int]]:
        """Return what a piece needs: the definitions of each name that it uses."""
        uses, end = self.pieces[number].uses, len(self.pieces)
        found = {name: self.defining(name, number) for name in uses.now | uses.changes}
        for name in uses.later | uses.changes_later:
            found[name] = [*found.get(name, ()), *self.defining(name, end)]
        return {name: numbers for name, numbers in found.items() if numbers}

    def changed_by(self, number: int) -> set[int]:
        """Return the definitions of what a piece changes."""
        return {
            each
            for name in self.effects[number]
            for each in self.defining(name, number)
        }

    @cached_property
    def _changing(self) -> dict[int, set[int]]:
        """What changes the things that each piece defines."""
        found: dict[int, set[int]] = {}
        for number in range(len(self.pieces)):
            for each in self.changed_by(number):
                found.setdefault(each, set()).add(number)
        return found

    def all_needed(self, numbers: Iterable[int]) -> set[int]:
        """Return what some pieces need, and what that needs in turn, with what
        changes it: themselves included."""
        found: set[int] = set()
        fresh = list(numbers)
        while fresh:
            number = fresh.pop()
            if number in found:
                continue
            found.add(number)
            fresh += [each for group in self.needs(number).values() for each in group]
            fresh += self._changing.get(number, ())
        return found
