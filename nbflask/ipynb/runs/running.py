"""One piece after the other, run in a module as a kernel would run it in its own.

Each piece has the line numbers of its cell. What only IPython can run is refused
before anything runs.
"""

from __future__ import annotations
import __future__

import ast
import sys
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import CO_COROUTINE
from pathlib import PurePath
from types import CodeType, ModuleType
from typing import Any

from ... import loop
from ...blueprints import Blueprint
from ...grammar.errors import LineError
from ...grammar.rules import identifier
from ...registry.policies import on_behalf_of, policy
from .. import body, routes
from ..cutting import first_line as first_line_of
from ..errors import NotebookError
from ..needs.plan import Plan
from ..pieces import Code, Cut, FileCell, Piece, RouteCell
from .texts import keep
from .written import WrittenModules, is_imported


@dataclass(slots=True)
class Scene:
    """Where a plan's pieces run: their module, and what the notebook has written."""

    module: ModuleType
    plan: Plan
    written: WrittenModules = field(default_factory=WrittenModules)

    @property
    def name(self) -> str:
        """The notebook's."""
        return self.plan.cut.document.name

    @property
    def names(self) -> dict[str, Any]:
        return vars(self.module)

    @property
    def app(self) -> Any:
        return self.names[self.plan.app]


def run(piece: Piece, scene: Scene) -> None:
    """Run a piece. Raises NotebookError, and whatever the piece's code raises."""
    if isinstance(piece, Code):
        run_code(piece, scene)
    elif isinstance(piece, RouteCell):
        serve(piece, scene)
    elif isinstance(piece, FileCell):
        give(piece, scene)


# Python


def run_code(piece: Code, scene: Scene) -> None:
    code = compiled(piece, scene)
    result = eval(code, scene.names)
    if code.co_flags & CO_COROUTINE:
        # In the loops of views: what is bound to one keeps working there.
        loop.run(result)


def compiled(piece: Code, scene: Scene) -> CodeType:
    filename = keep(f"{scene.name}, {piece.cell}", piece.cell.text)
    # Its lines are those of its text so far, which may begin further down.
    node = deepcopy(piece.node)
    ast.increment_lineno(node, piece.line - first_line_of(node))
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | future_flags(scene.plan.cut)
    module = ast.Module([node], [])
    try:
        code: CodeType = compile(module, filename, "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        raise NotebookError(
            f"{scene.name}, {piece.cell}, line {error.lineno}: {error.msg}"
        ) from None
    return code


def future_flags(cut: Cut) -> int:
    """Return how code is compiled where `from __future__ import …` stands above."""
    flags = 0
    for piece in cut.pieces:
        node = piece.node if isinstance(piece, Code) else None
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for each in node.names:
                flags |= getattr(__future__, each.name).compiler_flag
    return flags


# Views


def serve(piece: RouteCell, scene: Scene) -> None:
    """Make a %%route cell a view, and put it under its rule."""
    try:
        target = target_of(piece, scene)
        defaults = routes.read_defaults(
            piece.defaults, lambda expression: eval(expression, scene.names)
        )
        view, endpoint = view_of(piece, target, scene)
        routes.register(target, piece.rule, endpoint, view, piece.methods, defaults)
    except LineError as error:
        raise NotebookError(f"{scene.name}, {piece.cell}: %%route: {error}") from None
    except body.CellSyntaxError as error:
        wrong = error.error
        raise NotebookError(
            f"{scene.name}, {piece.cell}, line {wrong.lineno}: {wrong.msg}"
        ) from None


def target_of(piece: RouteCell, scene: Scene) -> Any:
    if piece.target is None:
        return scene.app
    blueprint = scene.names.get(piece.target)
    if not isinstance(blueprint, Blueprint):
        raise routes.no_blueprint(piece.target)
    return blueprint


def view_of(piece: RouteCell, target: Any, scene: Scene) -> tuple[Any, str]:
    """Return a cell's view and its endpoint."""
    place = f"{scene.name}, {piece.cell}"
    above = "\n" * (piece.line - 1)
    if piece.defines_its_view:
        filename = keep(place, piece.cell.text)
        module = body.read(above + piece.text, filename)
        view = body.define(module, filename, scene.names)
        return view, piece.endpoint or view.__name__
    endpoint = piece.endpoint or routes.free_name(target, piece.derived, piece.rule)
    name, is_async = identifier(endpoint), body.awaits(piece.module)
    shown = body.source_of_view(name, piece.parameters, piece.text, is_async=is_async)
    filename = keep(place, above + shown)
    module = body.read(above + piece.text, filename)
    view = body.make_view(module, name, piece.parameters, filename, scene.names)
    return view, endpoint


# Files


def give(piece: FileCell, scene: Scene) -> None:
    """Give the app a template or a static file, or the import system a module."""
    kind, name = kind_of(piece, scene)
    try:
        with on_behalf_of(policy().running()):
            if kind == "template":
                scene.app.add_template(name, piece.text, line=piece.line + 1)
            elif kind == "static":
                scene.app.add_static_file(name, piece.text)
            elif is_imported(piece, scene.plan.cut):
                scene.written.write(piece, scene.name)
    except ValueError as error:
        raise NotebookError(
            f"{scene.name}, {piece.cell}: %%{piece.kind}: {error}"
        ) from None
    except Exception as error:
        line = getattr(error, "lineno", None)  # that of a template's syntax error
        if line is None:
            raise
        raise NotebookError(
            f"{scene.name}, {piece.cell}, line {piece.line + line}: {error}"
        ) from None


def kind_of(piece: FileCell, scene: Scene) -> tuple[str, str]:
    """Return what a cell's file is for, and its name there: what is written into the
    app's folder of templates is a template."""
    if piece.kind != "file":
        return piece.kind, piece.name
    app = scene.app
    folders = {"template": app.template_folder, "static": app.static_folder}
    for kind, folder in folders.items():
        inside = f"{PurePath(folder).name}/" if folder else "/"
        if piece.name.startswith(inside):
            return kind, piece.name.removeprefix(inside)
    return "file", piece.name


# What cannot be run


def refuse(plan: Plan) -> None:
    """Raise NotebookError for a piece that the app needs and only IPython can run."""
    for piece in (*plan.pieces, *(each.piece for each in plan.missing)):
        magic = only_for_ipython(piece)
        if magic is not None:
            names = ", ".join(sorted(piece.uses.defines))
            gives = f" gives {names}, which the app needs, and" if names else ""
            raise NotebookError(
                f"{plan.cut.document.name}, {piece.place}: {magic}{gives} can only be"
                " run by IPython: write it in Python, or leave it to cells that the"
                " app does without"
            )


def only_for_ipython(piece: Piece) -> str | None:
    if isinstance(piece, Code):
        return piece.magics[0] if piece.magics else None
    if isinstance(piece, (RouteCell, FileCell)):
        return None
    return f"%{getattr(piece, 'magic', '')}"


def serve_nothing(app: Any, *where: Any, **options: Any) -> None:
    """What `app.run()` does while a notebook is loaded: whoever loads it serves."""


def stand_in(written: WrittenModules) -> None:
    """Have the modules that a notebook writes found, from now on."""
    if written not in sys.meta_path:
        sys.meta_path.insert(0, written)
