"""The tree of blueprints as a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...outline import Branch, Member
from .page import Card, line, render
from .plain import aligned
from .trace import KINDS
from .tree import shorten
from .view import DEFAULT_LIMITS, Limits

NO_BLUEPRINTS = "No blueprints yet. Make one with Blueprint(name, __name__)."
#: Members shown of one blueprint, and blueprints of one card.
MOST_MEMBERS = 60
MOST_BRANCHES = 60
#: What members are counted as in the line of their blueprint.
COUNTED = {
    "route": "route",
    "error_handler": "error handler",
    "command": "command",
    "adapter": "adapter",
    "template": "template",
    "static file": "static file",
}


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member, as it is shown."""

    tone: str
    word: str
    name: str
    detail: str
    cell: str


@dataclass(frozen=True, slots=True)
class BranchLine:
    """One blueprint, as it is shown; is_open says whether it is unfolded."""

    name: str
    place: str
    counts: str
    cell: str
    members: tuple[MemberLine, ...]
    left_out: int
    branches: tuple[BranchLine, ...]
    is_open: bool


def card(
    app: Branch, limits: Limits = DEFAULT_LIMITS, *, loose: Sequence[str] = ()
) -> Card:
    """Return the card of an app's blueprints; `loose` says, a line each, which other
    blueprints there are.

    Its text looks like this:
    app  2 routes, 1 hook
      shop  at /shop  1 route, 1 hook  cell [4]
        route           GET /shop/<int:id>  shop.item  cell [3]
        before_request  check                          cell [3]
    """
    grower = Grower(limits)
    root = grower.line_of(app, is_app=True)
    notes = [] if app.branches or loose else [NO_BLUEPRINTS]
    if grower.left_out:
        notes = [f"{grower.left_out:,} more blueprints are not shown."]
    notes += [line(shorten(each, limits.path)) for each in loose[:MOST_BRANCHES]]
    html = render("blueprints.html", root=root, notes=notes)
    text = [*text_of(root, 0, with_members=False), *(f"({each})" for each in notes)]
    return Card("\n".join(text), html)


class Grower:
    """Makes lines of branches until one budget for the whole tree is spent."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.budget = MOST_BRANCHES
        self.left_out = 0

    def line_of(self, branch: Branch, *, is_app: bool = False) -> BranchLine:
        limits, members, owner = self.limits, branch.members, branch.owner
        return BranchLine(
            name=shorten(branch.name, limits.name),
            place=shorten("" if is_app else place_of(branch), limits.path),
            counts=counts(members),
            cell="" if owner is None else shorten(str(owner), limits.name),
            members=tuple(member_line(m, limits) for m in members[:MOST_MEMBERS]),
            left_out=max(len(members) - MOST_MEMBERS, 0),
            branches=tuple(self._below(branch)),
            is_open=not is_app,
        )

    def _below(self, branch: Branch) -> Iterator[BranchLine]:
        for each in branch.branches:
            if self.budget <= 0:
                self.left_out += 1
                continue
            self.budget -= 1
            yield self.line_of(each)


def place_of(branch: Branch) -> str:
    place = f"at {branch.prefix or '/'}"
    return f"{place} on {branch.subdomain}." if branch.subdomain else place


def counts(members: tuple[Member, ...]) -> str:
    """Return "2 routes, 1 hook"."""
    kinds = Counter(
        "template name"
        if each.kind.startswith("template ")
        else COUNTED.get(each.kind, "hook")
        for each in members
    )
    shown = (f"{n:,} {kind}{'' if n == 1 else 's'}" for kind, n in kinds.items())
    return ", ".join(shown) or "nothing yet"


def member_line(member: Member, limits: Limits) -> MemberLine:
    kind = shorten(member.kind, limits.name)
    word, tone = KINDS.get(kind, (kind, "around"))
    return MemberLine(
        tone="view" if member.kind == "route" else tone,
        word=word,
        name=shorten(member.name, limits.path),
        detail=shorten(member.detail, limits.path),
        cell=shorten(str(member.owner), limits.name),
    )


def text_of(
    branch: BranchLine, depth: int, *, with_members: bool = True
) -> Iterator[str]:
    indent = "  " * depth
    head = (branch.name, branch.place, branch.counts, branch.cell)
    yield line(indent + "  ".join(filter(None, head)))
    if with_members and branch.members:
        rows = [
            (f"{indent}  {m.word}", m.name, m.detail, m.cell) for m in branch.members
        ]
        yield aligned(rows)
        if branch.left_out:
            yield f"{indent}  … {branch.left_out:,} more"
    for below in branch.branches:
        yield from text_of(below, depth + 1)
