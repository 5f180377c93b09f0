"""What a module for Flask needs of nbflask, and what it cannot have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...ipynb.cutting import first_line
from ...ipynb.needs.habits import words
from ...ipynb.needs.plan import Plan
from ...ipynb.pieces import Code, Piece, RouteCell
from .imports import Import, rewritten
from .nodes import nodes_in, nodes_of
from .returned import may_return_data
from .secrets import put
from .section import Section
from .unsaid import is_async, reads_frames

#: Where Flask's classes are that know data, and what each is called there.
HOME = "nbflask.for_flask"
WITH_DATA = {
    "flask.Flask": "DataFlask",
    "flask.app.Flask": "DataFlask",
    "flask.Request": "DataRequest",
    "flask.wrappers.Request": "DataRequest",
    "flask.json.provider.DefaultJSONProvider": "DataJSONProvider",
}
#: What an app of nbflask's has, and none of Flask's.
OURS = words(
    """
    add_static_file add_template adds_rules_its_own_way adopt explain file mounts
    origin_of outline refuse_conflicts registry template_globals trace
    """
)


def fit(sections: Sequence[Section], plan: Plan) -> None:
    """Have the modules of an app fit their framework."""
    if sections[0].framework != "flask":
        return
    sections[0].notes += lacking(plan)
    if not needs_data(plan):
        return
    for each in sections:
        give_data(each)
    if not any(map(uses_data, sections)):
        sections[0].notes.append(f"{plan.app} is of no class that DataFlask replaces")


def needs_data(plan: Plan) -> bool:
    """Whether an app does with data what Flask's own cannot do."""
    return reads_frames(plan) or adapts(plan) or may_return_data(plan)


def adapts(plan: Plan) -> bool:
    """Whether an app adapts what views return."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "response_adapter"
        for node in nodes_of(plan)
    )


def give_data(section: Section) -> None:
    """Have a module for Flask use the classes that know data."""
    known, renamed = known_as([*section.imports, *section.late]), set()
    for blocks in (section.early, section.blocks):
        for number, block in enumerate(blocks):
            text, found = with_data(block.text, known)
            text = rewritten(text, with_data_inside)
            blocks[number] = replace(block, text=text)
            renamed |= found
    section.imports = [with_data_too(each) for each in section.imports]
    section.late = [with_data_too(each) for each in section.late]
    section.imports += [Import(HOME, each) for each in sorted(renamed)]


def uses_data(section: Section) -> bool:
    imports = [*section.imports, *section.late]
    return any(each.name == "DataFlask" for each in imports) or any(
        "DataFlask" in each.text for each in section.blocks
    )


def with_data_too(each: Import) -> Import:
    name = WITH_DATA.get(f"{each.module}.{each.name}")
    return Import(HOME, name, each.alias) if name and not each.level else each


def with_data_inside(each: Import) -> Import:
    """Return an import of a function's own, by the name that it has there."""
    return with_data_too(replace(each, alias=each.bound) if each.name else each)


def known_as(imports: Iterable[Import]) -> dict[str, str]:
    """Return what a text's names stand for: {"Flask": "flask.Flask"}."""
    found: dict[str, str] = {}
    for each in imports:
        if each.name and not each.level and not each.alias:
            found[each.name] = f"{each.module}.{each.name}"
        elif not each.name:
            found[each.bound] = each.module if each.alias else each.top
    return found


def with_data(text: str, known: dict[str, str]) -> tuple[str, set[str]]:
    """Return a text with `DataFlask` where it says `Flask`, or `flask.Flask`, and which
    of those names it then has."""
    found = [
        (node, name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Name, ast.Attribute))
        and (name := WITH_DATA.get(full_name(node, known)))
    ]
    found.sort(key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True)
    lines = text.split("\n")
    for node, name in found:
        put(lines, node, name)
    return "\n".join(lines), {name for _, name in found}


def full_name(node: ast.expr, known: dict[str, str]) -> str:
    top, dot, rest = ast.unparse(node).partition(".")
    return f"{known.get(top, '')}{dot}{rest}"


# What Flask has not


def lacking(plan: Plan) -> Iterator[str]:
    """Yield what Flask's app lacks of what this one uses, and where it is used."""
    for piece in filter(is_async, plan.pieces):
        yield f"Flask needs asgiref to await ({piece.place}): pip install flask[async]"
        break
    for piece in plan.pieces:
        for node in nodes_in(piece):
            if is_of_app(node, plan.app):
                assert isinstance(node, ast.Attribute)
                place = f"{piece.cell}, line {line_of(node, piece)}"
                yield f"{ast.unparse(node)} ({place}) is nbflask's: Flask has none"


def is_of_app(node: ast.AST, app: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in OURS
        and isinstance(node.value, ast.Name)
        and node.value.id in {app, "current_app"}
    )


def line_of(node: ast.expr, piece: Piece) -> int:
    """Return the line of its cell that a part of a piece stands on."""
    if isinstance(piece, RouteCell):
        return piece.line + node.lineno
    assert isinstance(piece, Code)
    return piece.line + node.lineno - first_line(piece.node)
