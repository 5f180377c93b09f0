"""A plan's pieces as the text of one module."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..ipynb.effects import effects_of
from ..ipynb.names import root_of
from ..ipynb.need import Plan, installs_alias, is_star_import
from ..ipynb.pieces import Code, Piece, RouteCell
from .imports import Import, imports_of, names_behind, text_of
from .layout import Block, laid_out
from .secrets import hidden
from .views import BUILTINS, View, quoted, views

IMPORTING = (ast.Import, ast.ImportFrom)
#: What a cell may use because IPython gives it, and where a module has it from.
OF_IPYTHON = {"display": Import("IPython.display", "display")}
#: Packages whose names begin so are written for Flask, and import it.
EXTENSIONS = re.compile(r"flask_|apiflask|connexion|flasgger|dash$")


@dataclass(frozen=True, slots=True)
class Written:
    """A module's text, and what belongs to it: files by their paths from there, the
    environment's variables that it reads, what it imports, and what is to be said."""

    text: str
    files: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Parts:
    """What a module is put together of."""

    early: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    late: list[Import] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def module_of(
    plan: Plan, *, framework: str = "nbflask", single_file: bool = False
) -> Written:
    """Return the module of a plan's app, for nbflask or for Flask itself.

    In-cell templates and static files are files beside it, or within it if it is to
    be a `single_file`.
    """
    parts = Parts()
    found = views(plan.routes, plan.app, names_in(plan))
    add_app(plan, parts, framework)
    for piece in plan.pieces:
        add_piece(piece, plan, parts, found, framework)
    parts.blocks = configured_first(parts.blocks, plan)
    files = files_of(plan, parts)
    if single_file:
        add_within(plan, parts, files, framework)
        files = {}
    add_alias(plan, parts, framework)
    used = names_used(plan, found, parts)
    resolve_stars(plan, parts, used)
    parts.notes += [f"Not defined in the notebook: {each}" for each in plan.missing]
    return Written(
        text=text(plan, parts, used),
        files=files,
        secrets=tuple(dict.fromkeys(parts.secrets)),
        imports=frozenset(each.top for each in [*parts.imports, *parts.late]),
        notes=tuple(parts.notes),
    )


# What is put together


def add_app(plan: Plan, parts: Parts, framework: str) -> None:
    parts.imports += [Import(framework, each) for each in sorted(plan.added)]
    if plan.makes_app:
        parts.blocks.append(Block(f"{plan.app} = Flask(__name__)"))


def add_piece(
    piece: Piece,
    plan: Plan,
    parts: Parts,
    found: dict[int, View],
    framework: str,
) -> None:
    if isinstance(piece, RouteCell):
        view = found[piece.cell.number]
        parts.imports += [Import(framework, each) for each in view.imports]
        parts.blocks.append(Block(view.text, piece, is_definition=True))
    elif not isinstance(piece, Code) or installs_alias(piece.node):
        return
    elif isinstance(piece.node, IMPORTING):
        new = [each.within(framework) for each in imports_of(piece.node)]
        (parts.late if parts.early else parts.imports).extend(new)
    else:
        add_code(piece, plan, parts)


def add_code(piece: Code, plan: Plan, parts: Parts) -> None:
    shown, secrets = hidden(without_magics(piece))
    if secrets:
        parts.imports.append(Import("os"))
        parts.secrets += secrets
        names = ", ".join(secrets)
        parts.notes.append(f"{names} is read from the environment ({piece.place})")
    definition = isinstance(
        piece.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    )
    block = Block(shown, piece, is_definition=definition)
    if is_early(piece, plan) and not (parts.blocks or definition):
        parts.early.append(block)
    else:
        parts.blocks.append(block)


def configured_first(blocks: list[Block], plan: Plan) -> list[Block]:
    """Put an app's settings below the line that makes it, if they need no more."""
    at = next((n for n, each in enumerate(blocks) if makes(each, plan)), None)
    if at is None:
        return blocks
    known = {plan.app} | {
        name
        for each in plan.pieces
        if isinstance(each, Code) and isinstance(each.node, IMPORTING)
        for name in each.uses.defines
    }
    known = known.union(*(e.piece.uses.defines for e in blocks[:at] if e.piece))
    settings = [e for e in blocks[at + 1 :] if is_setting(e, plan.app, known)]
    others = [each for each in blocks[at + 1 :] if each not in settings]
    return [*blocks[: at + 1], *settings, *others]


def is_setting(block: Block, app: str, known: set[str]) -> bool:
    """Whether a statement sets something of an app: app.config["DEBUG"] = True."""
    piece = block.piece
    if not isinstance(piece, Code) or not piece.uses.now <= known | BUILTINS:
        return False
    if isinstance(piece.node, ast.Assign):
        return {root_of(each) for each in piece.node.targets} == {app}
    call = piece.node.value if isinstance(piece.node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func).startswith(
        f"{app}.config."
    )


def is_early(piece: Code, plan: Plan) -> bool:
    """Whether a statement may decide what the imports below it find, or how."""
    changed = effects_of(piece, plan.known)
    return bool(changed & {"os", "sys", "matplotlib", "mpl", "warnings", "load_dotenv"})


def without_magics(piece: Code) -> str:
    """Return a statement's text without what only IPython understands."""
    if not piece.magics:
        return piece.text
    lines = [
        re.sub(r"\S.*", "pass", line) if "get_ipython()" in line else line
        for line in piece.text.split("\n")
    ]
    return "\n".join(lines)


def files_of(plan: Plan, parts: Parts) -> dict[str, str]:
    """Return the files that the notebook's cells hold, by their paths."""
    folders = {"template": "templates/", "static": "static/", "file": ""}
    imported = {each.top for each in [*parts.imports, *parts.late]}
    return {
        f"{folders[piece.kind]}{piece.name}": piece.text
        for piece in plan.files
        if piece.kind != "file" or piece.name.removesuffix(".py") in imported
    }


def add_within(plan: Plan, parts: Parts, files: dict[str, str], framework: str) -> None:
    """Put templates and static files into the module itself."""
    templates = within(files, "templates/")
    static = within(files, "static/")
    blocks: list[Block] = []
    if templates:
        parts.imports += [
            Import("jinja2", "ChoiceLoader"),
            Import("jinja2", "DictLoader"),
        ]
        blocks += [
            Block(f"TEMPLATES = {as_dictionary(templates)}"),
            Block(
                f"{plan.app}.jinja_loader = ChoiceLoader(\n"
                f"    [DictLoader(TEMPLATES), {plan.app}.jinja_loader]\n)"
            ),
        ]
    if static:
        parts.imports += [
            Import("mimetypes", "guess_type"),
            Import(framework, "Response"),
        ]
        blocks += [
            Block(f"STATIC_FILES = {as_dictionary(static)}"),
            Block(serving_static(plan.app), is_definition=True),
        ]
    at = next((n for n, each in enumerate(parts.blocks) if makes(each, plan)), -1)
    parts.blocks[at + 1 : at + 1] = blocks


def makes(block: Block, plan: Plan) -> bool:
    if block.piece is None:
        return True
    return plan.app in block.piece.uses.defines


def within(files: dict[str, str], folder: str) -> dict[str, str]:
    return {
        path.removeprefix(folder): text
        for path, text in files.items()
        if path.startswith(folder)
    }


def as_dictionary(files: dict[str, str]) -> str:
    rows = (
        f"    {quoted(path)}: {as_literal(text)},\n" for path, text in files.items()
    )
    return "{\n" + "".join(rows) + "}"


def as_literal(text: str) -> str:
    """Return a text as a literal over its lines, if it has some."""
    plain = '"""' not in text and "\\" not in text and not text.endswith('"')
    if "\n" not in text or not plain:
        return repr(text)
    return f'"""\\\n{text}"""'


def serving_static(app: str) -> str:
    return (
        f"def send_static_text(filename):\n"
        f'    """Serve a static file of this module, or else of its folder."""\n'
        f"    if filename not in STATIC_FILES:\n"
        f"        return {app}.send_static_file(filename)\n"
        f"    kind = guess_type(filename)[0]\n"
        f"    return Response(STATIC_FILES[filename], mimetype=kind)\n\n\n"
        f'{app}.view_functions["static"] = send_static_text'
    )


def add_alias(plan: Plan, parts: Parts, framework: str) -> None:
    """Have extensions, which import flask, find nbflask in its place."""
    everything = [*parts.imports, *parts.late]
    wanted = any(EXTENSIONS.match(each.top) for each in everything)
    if framework == "flask" or not wanted:
        return
    parts.late = [each for each in everything if is_of_others(each)]
    parts.imports = [each for each in everything if not is_of_others(each)]
    parts.imports.append(Import("nbflask"))
    parts.early.insert(0, Block("nbflask.install_as_flask()"))


def is_of_others(each: Import) -> bool:
    """Whether an import may lead to a package that imports flask."""
    return each.top not in sys.stdlib_module_names and each.top != "nbflask"


# Names


def names_in(plan: Plan) -> set[str]:
    """Return the names that mean something in the module."""
    found = {plan.app, *plan.added}
    for piece in plan.pieces:
        uses = piece.uses
        found |= uses.defines | uses.now | uses.later | uses.changes
    return found


def names_used(plan: Plan, found: dict[int, View], parts: Parts) -> set[str]:
    """Return the names that the module's statements use, those of imports apart."""
    used = set(plan.added)
    for view in found.values():
        used |= set(view.imports)
    for piece in plan.pieces:
        if isinstance(piece, Code) and isinstance(
            piece.node, (ast.Import, ast.ImportFrom)
        ):
            continue
        uses = piece.uses
        used |= uses.now | uses.later | uses.changes | uses.changes_later
    if plan.makes_app:
        used.add("Flask")
    for block in [*parts.early, *parts.blocks]:
        if block.piece is None or "os.environ" in block.text:
            used |= set(re.findall(r"[^\W\d]\w*", block.text))
    defined = set().union(*(each.uses.defines for each in plan.pieces))
    for name, each in OF_IPYTHON.items():
        if name in used - defined:
            parts.imports.append(each)
    return used


def resolve_stars(plan: Plan, parts: Parts, used: set[str]) -> None:
    """Have the names that are used in the place of `import *`, if they are known."""
    defined = set().union(
        *(
            each.uses.defines
            for each in plan.pieces
            if not (isinstance(each, Code) and is_star_import(each.node))
        )
    )
    wanted = used - defined - set(plan.added)
    for group in (parts.imports, parts.late):
        for each in [each for each in group if each.name == "*"]:
            behind = names_behind(each)
            if not behind:
                parts.notes.append(f"What from {each.module} import * gives is unknown")
                continue
            group.remove(each)
            names = sorted(behind & wanted)
            group.extend(Import(each.module, name, "", each.level) for name in names)


def is_used(each: Import, used: set[str]) -> bool:
    return (
        each.module == "__future__"
        or each.name == "*"
        or each.bound in used
        or (each.module == "nbflask" and not each.name)
    )


# The text


def text(plan: Plan, parts: Parts, used: set[str]) -> str:
    head = text_of(each for each in parts.imports if is_used(each, used))
    late = text_of(e for e in parts.late if is_used(e, used))
    title = plan.cut.document.title or f"The app of {plan.cut.document.name}"
    sections = [
        f'"""{docstring(title)}"""',
        head,
        laid_out(parts.early),
        late,
        laid_out(parts.blocks),
    ]
    body = "\n\n".join(filter(None, sections[:-1]))
    space = "\n\n\n" if starts_with_definition(parts.blocks) else "\n\n"
    last = parts.blocks[-1:]
    below = "\n\n\n" if starts_with_definition(last) else "\n\n"
    end = f'if __name__ == "__main__":\n    {plan.app}.run()\n'
    return f"{body}{space}{sections[-1]}{below}{end}"


def starts_with_definition(blocks: Iterable[Block]) -> bool:
    first = next(iter(blocks), None)
    return first is not None and first.is_definition


def docstring(title: str) -> str:
    plain = title.replace("\\", "").replace('"', "'")
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
