"""A plan's pieces as the text of one module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...ipynb.needs.plan import Plan
from ...ipynb.needs.stored import named_by
from ...ipynb.pieces import Code, Cut, FileCell
from .nodes import imported_in
from .peers import fit
from .section import Section
from .single import add_files
from .unsaid import unsaid_imports
from .views import View, views

#: What sets a variable of the environment: %env NAME=value.
SETTING = re.compile(r"%(?:set_)?env\s+(\w+)\s*[=\s]\s*\S")


@dataclass(frozen=True, slots=True)
class Written:
    """Texts by their paths, the environment's variables that they read, the modules
    that have to be there, and what is to be said of it all."""

    modules: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def module_of(
    plan: Plan, name: str, *, framework: str = "nbflask", single_file: bool = False
) -> Written:
    """Return the module of a plan's app, for nbflask or for Flask itself.

    In-cell templates and static files are files beside it, or within it if it is to
    be a `single_file`.
    """
    section = Section(plan, plan.pieces, views_of(plan), framework)
    section.add_app()
    files = files_of(plan, {each.top for each in section.imports})
    if single_file:
        add_files(section, files)
        files = {}
    section.add_alias()
    section.resolve()
    fit([section], plan)
    text = section.text(title_of(plan), runs=True)
    return written({name: text}, [section], files, plan)


def written(
    modules: dict[str, str], sections: list[Section], files: dict[str, str], plan: Plan
) -> Written:
    notes = [note for each in sections for note in each.notes]
    notes += [f"Not defined in the notebook: {each}" for each in plan.missing]
    notes += told_of_environment(plan.cut)
    said = {name for each in modules.values() for name in imported_in(each)}
    framework = sections[0].framework
    return Written(
        modules=modules,
        files=files,
        secrets=tuple(dict.fromkeys(e for each in sections for e in each.secrets)),
        imports=frozenset(said.union(unsaid_imports(plan, framework, said))),
        notes=tuple(notes),
    )


def views_of(plan: Plan) -> dict[int, View]:
    """Return the functions of %%route cells, by the numbers of their cells."""
    names = {plan.app, *plan.added}
    for piece in plan.pieces:
        uses = piece.uses
        names |= uses.defines | uses.now | uses.later | uses.changes
    return views(plan.routes, plan.app, names)


def title_of(plan: Plan) -> str:
    return plan.cut.document.title or f"The app of {plan.cut.document.name}"


def files_of(plan: Plan, imported: set[str]) -> dict[str, str]:
    """Return the files that the notebook's cells hold, by their paths: templates and
    static files, and of others the modules that are imported, and what is named."""
    folders = {"template": "templates/", "static": "static/", "file": ""}
    others = (each for each in plan.pieces if not isinstance(each, FileCell))
    named = {path for each in others for path in named_by(each)}
    return {
        f"{folders[piece.kind]}{piece.name}": piece.text
        for piece in plan.files
        if piece.kind != "file"
        or piece.name in named
        or piece.name.partition("/")[0].removesuffix(".py") in imported
    }


def told_of_environment(cut: Cut) -> Iterator[str]:
    """Say which variables of the environment a notebook sets by %env: a module finds
    them, or does not."""
    for piece in cut.pieces:
        for magic in piece.magics if isinstance(piece, Code) else ():
            if found := SETTING.match(magic):
                where = f"where the module runs, as %env does ({piece.place})"
                yield f"Set {found[1]} {where}"
