"""Which recorded answers still stand: whether an app would give them that has all of
the notebook from its beginning.

A request was answered by the app of that moment. What its answer depends on may have
come later in the notebook, and what it wrote may have been written over by now. Judged
by texts alone; where these do not tell, an answer does not stand.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..names import FUNCTIONS, root_of
from ..needs.effects import attaches, effects_of
from ..needs.plan import Plan, explored
from ..needs.registering import (
    ELSEWHERE,
    ERRORS,
    TEMPLATING,
    is_import,
    is_routing,
    kinds_of,
    may_handle,
    mounted_in,
)
from ..needs.search import GIVEN
from ..pieces import Code, FileCell, Piece, RouteCell
from ..requests.recorded import Sent, Unsent
from .harmless import AFTER, is_harmless
from .matching import MOUNT, Matching, rules_of, targets_of
from .varying import names_in, vary
from .writes import OF_A_REQUEST, writes_of

DEFINING = (*FUNCTIONS, ast.ClassDef)
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class State:
    """What differs from what the notebook had: these names, or nobody knows what.
    Names that are `varying` hold what is another value each time."""

    names: set[str] = field(default_factory=set)
    is_unknown: bool = False
    varying: set[str] = field(default_factory=set)

    def touches(self, needs: Needs) -> bool:
        return self.is_unknown or bool(self.names & needs.names)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an answer depends on: pieces, their names, and what they write."""

    pieces: frozenset[int]
    names: frozenset[str]
    writes: frozenset[str]
    #: Whether it is known what answers.
    is_known: bool = True
    #: Whether it asks for what is another value each time.
    varies: bool = False


def judged(
    plan: Plan, sent: Sequence[Sent], unsent: Sequence[Unsent] = ()
) -> tuple[Sent, ...]:
    """Return requests that know whether their answers stand. Both are in the order
    of their cells."""
    judge = Judge(plan)
    state = State()
    found: list[Sent] = []
    waiting, left = deque(unsent), deque(explored(plan.cut, plan.pieces))
    for each in sent:
        place = judge.order[each.cell]
        while waiting and judge.order[waiting[0].cell] <= place:
            judge.note_unsent(waiting.popleft(), state)
        while left and judge.order[left[0].cell.number] <= place:
            state.names |= judge.called_by(left.popleft())
        varies = judge.varies(each, state)
        stands = judge.stands(each, state)
        found.append(replace(each, stands=stands, varies=varies))
    return tuple(found)


class Judge:
    """Knows a plan's pieces by what they define and change, and their order."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.pieces = plan, plan.pieces
        self.matching = Matching(plan)
        self.targets = targets_of(plan)
        cells = plan.cut.document.cells
        self.order = {each.number: place for place, each in enumerate(cells)}
        self._counts = {each.number: each.count for each in cells}
        self._functions = {
            each.node.name: each
            for each in plan.cut.pieces
            if isinstance(each, Code) and isinstance(each.node, DEFINING)
        }
        self._imported = names_in(plan.cut.pieces)
        self._by_name: dict[str, list[int]] = {}
        self._touched = [self._touches(each) for each in self.pieces]
        for number, names in enumerate(self._touched):
            for name in names:
                self._by_name.setdefault(name, []).append(number)

    def _touches(self, piece: Piece) -> set[str]:
        """Return the names that a piece defines, or whose objects it changes."""
        if is_import(piece) or isinstance(piece, FileCell):
            return set()
        # Built-in names are given to calls, add(type=int), and not changed by them.
        return {*piece.uses.defines, *(effects_of(piece, self.plan.known) - GIVEN)}

    def stands(self, sent: Sent, state: State) -> bool:
        """Whether an answer stands, given what differs by now; note what it changes."""
        method, path = sent.request.method, sent.request.path
        status = sent.answer.status if sent.answer else 500
        needs = self.needs(method, path, status)
        late = {each for each in needs.pieces if self.is_after(each, sent.cell)}
        differs = state.touches(needs)
        if sent.secrets or differs or any(self.decides(each) for each in late):
            # It may write something else, or with a secret that is not there nothing.
            state.names |= needs.writes
            state.is_unknown |= not needs.is_known and method not in SAFE
        return not late and not differs

    def varies(self, sent: Sent, state: State) -> bool:
        """Whether an answer may be another one each time; note what is by it."""
        status = sent.answer.status if sent.answer else 200
        needs = self.needs(sent.request.method, sent.request.path, status)
        if needs.varies:
            state.varying |= needs.writes
        return needs.varies or bool(needs.names & state.varying)

    def decides(self, number: int) -> bool:
        """Whether a piece may decide what is written: all do but those that come when
        a view is through, or are settings."""
        piece = self.pieces[number]
        kinds = set(kinds_of(piece))
        if kinds & (AFTER | ERRORS | TEMPLATING) or isinstance(piece, FileCell):
            return False
        node = piece.node if isinstance(piece, Code) else None
        return not isinstance(node, ast.Assign) or bool(piece.uses.defines)

    def note_unsent(self, unsent: Unsent, state: State) -> None:
        if unsent.path is None:
            state.is_unknown |= unsent.method not in SAFE
        else:
            state.names |= self.needs(unsent.method, unsent.path, 500).writes

    def called_by(self, piece: Piece) -> set[str]:
        """Return what functions of the notebook write that a piece calls, which only
        explores."""
        if not isinstance(piece, Code) or isinstance(piece.node, DEFINING):
            return set()
        called = {
            each.id for each in ast.walk(piece.node) if isinstance(each, ast.Name)
        }
        functions, written = set[str](), set[str]()
        while called:
            name = called.pop()
            if name in self._functions and name not in functions:
                functions.add(name)
                function = self._functions[name]
                written |= writes_of(function, self.plan.known)
                called |= function.uses.later
        return written

    def is_after(self, number: int, cell: int) -> bool:
        """Whether a piece stands below a request's cell, or was run later."""
        own = self.pieces[number].cell.number
        if self.order[own] != self.order[cell]:
            ran, asked = self._counts[own], self._counts[cell]
            late = ran is not None and asked is not None and ran > asked
            return late or self.order[own] > self.order[cell]
        return False

    # What an answer depends on

    def needs(self, method: str, path: str, status: int) -> Needs:
        answering = self.matching.answering(method, path)
        own = self._with_needed(answering)
        targets = {self.plan.app}
        for number in answering:
            targets |= {each.target for each in rules_of(self.pieces[number])}
        if not answering:
            targets |= self.targets
        serving = [*self._serving(targets, status)]
        if answering:
            serving = [*self._harmful(serving, own)]
        found = self._with_needed([*own, *serving])
        found |= self._with_needed(self._files(found, path))
        if self._renders(found):
            found |= self._with_needed(self._templating())
        pieces = [self.pieces[each] for each in found]
        given = self.targets | OF_A_REQUEST
        return Needs(
            frozenset(found),
            frozenset(name for each in pieces for name in names_of(each)) - given,
            frozenset(n for each in pieces for n in writes_of(each, self.plan.known))
            - given,
            is_known=bool(answering),
            varies=vary(pieces, self._imported),
        )

    def _harmful(self, serving: list[int], own: set[int]) -> Iterator[int]:
        """Yield what is on the way of a request and may change how it is answered."""
        pieces = [self.pieces[each] for each in own]
        names = frozenset().union(*map(names_of, pieces))
        text = "\n".join(map(text_of, pieces))
        for number in serving:
            piece = self.pieces[number]
            if not is_harmless(piece, names, text, self.plan.known):
                yield number

    def _serving(self, targets: set[str], status: int) -> Iterator[int]:
        """Yield what is on the way of every request to an app and to blueprints."""
        attached = {self.plan.app}
        for number, piece in enumerate(self.pieces):
            if attaches(piece, frozenset(attached), self.plan.known):
                attached |= piece.uses.defines
                yield number
            elif self._is_met(number, targets, status):
                yield number

    def _is_met(self, number: int, targets: set[str], status: int) -> bool:
        piece = self.pieces[number]
        kinds = set(kinds_of(piece))
        if is_routing(piece) or kinds & (TEMPLATING | ELSEWHERE):
            return False
        if kinds & ERRORS and not may_handle(piece, status):
            return False
        if MOUNT in kinds:
            return bool(mounted_in(piece) & targets)
        # A blueprint's before_app_request is met by all.
        everywhere = any("app_" in each for each in kinds)
        return everywhere or bool(self._touched[number] & targets)

    def _with_needed(self, start: Iterable[int]) -> set[int]:
        """Return pieces and all that they need in turn, the app itself aside."""
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            for name in names_of(self.pieces[number]) - self.targets:
                waiting += self._by_name.get(name, ())
        return found

    def _templating(self) -> Iterator[int]:
        for number, piece in enumerate(self.pieces):
            if TEMPLATING & set(kinds_of(piece)):
                yield number

    def _renders(self, found: set[int]) -> bool:
        return any("render_template" in text_of(self.pieces[each]) for each in found)

    def _files(self, found: set[int], path: str) -> set[int]:
        """Return the files that pieces name, and those that these name in turn."""
        files = {n: e for n, e in enumerate(self.pieces) if isinstance(e, FileCell)}
        if any(names_any_template(self.pieces[each]) for each in found):
            named = {n for n, each in files.items() if each.kind == "template"}
        else:
            named = set()
        asked = path.partition("?")[0]
        named |= {n for n, each in files.items() if asked.endswith(f"/{each.name}")}
        texts = [text_of(self.pieces[each]) for each in found | named]
        while texts:
            text = texts.pop()
            for number, each in files.items():
                if number not in named and each.name in text:
                    named.add(number)
                    texts.append(each.text)
        return named


# One piece


def names_of(piece: Piece) -> frozenset[str]:
    """Return all names that a piece has to do with."""
    uses = piece.uses
    return uses.defines | uses.now | uses.later | uses.changes | uses.changes_later


def text_of(piece: Piece) -> str:
    return piece.text if isinstance(piece, (Code, RouteCell, FileCell)) else ""


def names_any_template(piece: Piece) -> bool:
    """Whether a piece renders a template whose name only running it tells."""
    if isinstance(piece, RouteCell):
        tree: ast.AST = piece.module
    elif isinstance(piece, Code):
        tree = piece.node
    else:
        return False
    return any(
        isinstance(each, ast.Call)
        and root_of(each.func) == "render_template"
        and not (each.args and isinstance(each.args[0], ast.Constant))
        for each in ast.walk(tree)
    )
