"""What of a plan runs at one go: the pieces of one cell that follow each other.

A step is an owner: what it files is replaced when it runs again, and goes when the
cell does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from ...registry.owners import Owner
from ..names import FUNCTIONS
from ..needs.effects import effects_of
from ..needs.plan import Plan
from ..pieces import Code, FileCell, Piece, RouteCell
from ..reading import Cell
from .written import imports_in, module_of


@dataclass(frozen=True)
class Step:
    """Pieces of one cell. `key` tells it from the others, in each version of the
    file; all else are names, `surely` those that it defines whatever happens."""

    key: str
    pieces: tuple[Piece, ...]
    defines: frozenset[str]
    surely: frozenset[str]
    needs: frozenset[str]
    changes: frozenset[str]

    @property
    def cell(self) -> Cell:
        return self.pieces[0].cell

    @cached_property
    def says(self) -> tuple[Any, ...]:
        """What it would do: a step that says the same need not run again."""
        return tuple(map(saying, self.pieces))

    def owner(self, notebook: str, name: str) -> Owner:
        """Return whose the things are that it files in a module of this name."""
        label = f"{notebook}, {self.cell}" if self.pieces else notebook
        return Owner("cell", f"{name}/{self.key}", label, live=True)


def saying(piece: Piece) -> tuple[Any, ...]:
    if isinstance(piece, RouteCell):
        head = (piece.methods, piece.rule, piece.target, piece.endpoint)
        return (*head, piece.defaults, piece.text)
    if isinstance(piece, FileCell):
        return piece.kind, piece.name, piece.text
    return (piece.text,) if isinstance(piece, Code) else ()


def steps_of(plan: Plan, keys: Mapping[int, str]) -> tuple[Step, ...]:
    """Return a plan as steps, in their order. `keys` are those of the cells."""
    made: list[Step] = []
    times: dict[int, int] = {}
    for number, group in groupby(plan.pieces, key=lambda each: each.cell.number):
        times[number] = times.get(number, 0) + 1
        # A piece that an earlier cell needs runs before the rest of its own.
        key = keys[number] + (f"/{times[number]}" if times[number] > 1 else "")
        made.append(step_of(key, tuple(group), plan))
    return tuple(made)


def step_of(key: str, pieces: tuple[Piece, ...], plan: Plan) -> Step:
    defines: set[str] = set()
    surely: set[str] = set()
    needs: set[str] = set()
    changes: set[str] = set()
    for piece in pieces:
        needs |= set(needed_by(piece, plan)) - surely
        defines |= defined_by(piece)
        surely |= set() if piece.uses.partly else defined_by(piece)
        changes |= effects_of(piece, plan.known)
    return Step(
        key=key,
        pieces=pieces,
        defines=frozenset(defines),
        surely=frozenset(surely),
        needs=frozenset(needs),
        changes=frozenset(changes - surely),
    )


def defined_by(piece: Piece) -> set[str]:
    if isinstance(piece, FileCell) and piece.kind == "file":
        return {f"import {module_of(piece.name).partition('.')[0]}"}
    return set(piece.uses.defines)


def needed_by(piece: Piece, plan: Plan) -> Iterator[str]:
    """Yield the names that a piece needs as it runs, those of the functions among
    them that it may call included. A module is "import shop"."""
    if isinstance(piece, Code) and isinstance(piece.node, (ast.Import, ast.ImportFrom)):
        yield from (f"import {each}" for each in imports_in(piece))
    if isinstance(piece, RouteCell) and piece.target is None:
        yield plan.app
    if isinstance(piece, FileCell):
        yield plan.app
    seen: set[str] = set()
    waiting = list(piece.uses.now)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        function = plan.known.functions.get(name)
        if isinstance(function, FUNCTIONS):
            waiting += called_names(name, plan)


def called_names(name: str, plan: Plan) -> Iterator[str]:
    for piece in plan.pieces:
        if isinstance(piece, Code) and name in piece.uses.defines:
            yield from piece.uses.later
