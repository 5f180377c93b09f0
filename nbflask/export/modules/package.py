"""A plan's pieces as a package: a module for each blueprint, one for what they share,
and the app in the package itself.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from ...ipynb.errors import NotebookError
from ...ipynb.names import roots_of_arguments
from ...ipynb.needs.order import mounted_by
from ...ipynb.needs.plan import Plan
from ...ipynb.needs.relations import Relations
from ...ipynb.pieces import Code, RouteCell
from .imports import Import
from .module import Written, files_of, title_of, views_of, written
from .peers import fit
from .section import IMPORTING, Section

#: The module that is the package, and the one of what several others need.
TOP, SHARED = "__init__", "shared"


def package_of(plan: Plan, *, framework: str = "nbflask") -> Written:
    """Return the modules of a package. Raises NotebookError if a variable is set anew
    by a view, and used in several of them."""
    homes = Homes(plan)
    found = views_of(plan)
    sections: dict[str, Section] = {}
    for home in (*homes.blueprints, SHARED, TOP):
        numbers = homes.of(home)
        if not numbers and home != TOP:
            continue
        pieces = [plan.pieces[each] for each in numbers]
        sections[home] = Section(plan, pieces, found, framework)
    top = sections[TOP]
    top.add_app()
    for home, section in sections.items():
        homes.link(home, section)
    files = files_of(plan, {e.top for each in sections.values() for e in each.imports})
    top.add_alias()
    for section in sections.values():
        section.resolve()
    fit(list(sections.values()), plan)
    titles = {each: title_of_home(each, plan) for each in sections}
    modules = {
        f"{home}.py": section.text(titles[home], runs=False)
        for home, section in sections.items()
    }
    modules["__main__.py"] = main(plan)
    return written(modules, list(sections.values()), files, plan)


def title_of_home(home: str, plan: Plan) -> str:
    if home == TOP:
        return title_of(plan)
    return "What several modules need" if home == SHARED else f"The blueprint {home}"


def main(plan: Plan) -> str:
    return (
        '"""`python -m` serves the app, for development."""\n\n'
        f"from . import {plan.app}\n\n{plan.app}.run()\n"
    )


class Homes:
    """In which module each piece lives.

    What registers with a blueprint lives with it, and so does what nothing else
    needs. What several need is shared, unless it needs the app.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.relations = Relations(plan)
        self.blueprints = dict(self._blueprints())
        self._homes: dict[int, str] = {}
        self._settle_blueprints()
        self._settle_app()
        self._settle_others()
        self._refuse_rebound()

    def of(self, home: str) -> list[int]:
        """Return the pieces of a module: its own, and all imports, of which those
        stay that it uses."""
        return [
            number
            for number in range(len(self.plan.pieces))
            if self._homes.get(number, home) == home
        ]

    def link(self, home: str, section: Section) -> None:
        """Have a module import what it uses of others."""
        sources: dict[str, str] = {}
        for number in self.of(home):
            for name, places in self.relations.needs(number).items():
                for other in {self._homes.get(each, home) for each in places} - {home}:
                    if sources.setdefault(name, other) != other:
                        raise NotebookError(
                            f"{name} is made in two modules, {sources[name]} and"
                            f" {other}: give each a variable of its own, or export"
                            " without --package"
                        )
                    self._import(section, home, other, name)

    def _import(self, section: Section, home: str, other: str, name: str) -> None:
        new = Import("" if other == TOP else other, name, "", 1)
        comes_late = home == TOP and self._needs_top(other)
        (section.late if comes_late else section.imports).append(new)

    def _needs_top(self, home: str) -> bool:
        """Whether a module needs something of the package itself."""
        return any(
            self._homes.get(each) == TOP
            for number in self.of(home)
            for places in self.relations.needs(number).values()
            for each in places
        )

    # Where pieces live

    def _blueprints(self) -> Iterator[tuple[str, int]]:
        """Yield the modules of blueprints, and where each is made."""
        seen: Counter[str] = Counter()
        for number, piece in enumerate(self.plan.pieces):
            name = made_blueprint(piece) if isinstance(piece, Code) else None
            if name is not None:
                seen[name] += 1
                count = seen[name]
                yield (name if count == 1 else f"{name}_{count}"), number

    def _settle_blueprints(self) -> None:
        made = {number: home for home, number in self.blueprints.items()}
        self._homes |= made
        for number, piece in enumerate(self.plan.pieces):
            mounted = mounted_by(piece)
            for name in sorted(self.relations.effects[number] - mounted):
                for each in self.relations.defining(name, number):
                    if each in made:
                        self._homes[number] = made[each]

    def _settle_app(self) -> None:
        app = self.plan.app
        for number, piece in enumerate(self.plan.pieces):
            registers = app in self.relations.effects[number]
            call = getattr(getattr(piece, "node", None), "value", None)
            given = isinstance(call, ast.Call) and app in roots_of_arguments(call)
            if registers or given or app in piece.uses.defines:
                self._homes.setdefault(number, TOP)

    def _settle_others(self) -> None:
        """Have all else live where it is needed, the last first."""
        users: dict[int, set[int]] = {}
        for number in range(len(self.plan.pieces)):
            needed = self.relations.needs(number).values()
            for each in {one for group in needed for one in group}:
                users.setdefault(each, set()).add(number)
        changing = {
            number: self.relations.changed_by(number)
            for number in range(len(self.plan.pieces))
        }
        open_ = [n for n in range(len(self.plan.pieces)) if self._is_open(n)]
        for number in sorted(open_, reverse=True):
            homes = {self._homes[e] for e in users.get(number, ()) if e in self._homes}
            self._homes[number] = homes.pop() if len(homes) == 1 else SHARED
        for number in sorted(open_):  # what changes a thing lives with it
            for each in changing[number]:
                self._homes[number] = self._homes.get(each, self._homes[number])
        for number in sorted(open_):
            everything = self.relations.all_needed([number])
            if self._homes[number] == SHARED and self._reaches_top(everything):
                self._homes[number] = TOP

    def _reaches_top(self, numbers: set[int]) -> bool:
        return any(self._homes.get(each) == TOP for each in numbers)

    def _is_open(self, number: int) -> bool:
        piece = self.plan.pieces[number]
        if isinstance(piece, Code) and isinstance(piece.node, IMPORTING):
            return False
        return isinstance(piece, (Code, RouteCell)) and number not in self._homes

    def _refuse_rebound(self) -> None:
        """Refuse what a module cannot see of another: a variable that is set anew."""
        for number, piece in enumerate(self.plan.pieces):
            home = self._homes.get(number)
            for name in rebound_in(piece):
                for user in range(len(self.plan.pieces)):
                    uses = self.plan.pieces[user].uses
                    if name in uses.later | uses.now and self._homes.get(user) != home:
                        raise NotebookError(
                            f"{name} is set anew by a function of {piece.cell}, and"
                            f" used in {self.plan.pieces[user].cell}, which would be"
                            " another module: change what it holds instead, or export"
                            " without --package"
                        )


def made_blueprint(piece: Code) -> str | None:
    """Return the variable that a piece assigns a new blueprint to."""
    node = piece.node
    call = node.value if isinstance(node, ast.Assign) else None
    if not isinstance(node, ast.Assign) or not isinstance(call, ast.Call):
        return None
    called = getattr(call.func, "id", getattr(call.func, "attr", ""))
    target = node.targets[0]
    is_one = called.endswith("Blueprint") and isinstance(target, ast.Name)
    return target.id if is_one and isinstance(target, ast.Name) else None


def rebound_in(piece: object) -> set[str]:
    """Return the module's variables that a piece's functions set anew."""
    tree = getattr(piece, "node", None) or getattr(piece, "module", None)
    return {
        name
        for each in (ast.walk(tree) if tree is not None else ())
        if isinstance(each, ast.Global)
        for name in each.names
    }
