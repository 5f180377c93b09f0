"""%%route: a cell becomes a view, or defines one, and is put under a rule."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...blueprints import Blueprint
from ...errors import SetupFinished
from ...grammar.errors import LineError
from ...grammar.options import Arguments, parse
from ...grammar.rules import (
    ROUTE_OPTIONS,
    identifier,
    name_for,
    parameters_of,
    read_rule,
)
from ...ipynb import body
from ...ipynb.routes import free_name, no_blueprint, read_defaults, register
from ..session import Notebook, refuse_flasks_own
from . import requests
from .changes import settle, show_changes, too_late

USAGE = """\
%%route [METHOD[,METHOD…]] RULE [OPTION…]
    serve RULE by this cell

    %%route /users/<int:user_id>
    {{"id": user_id}}

The cell's body is the view's body: the rule's variables are its parameters, its
last expression is its result. If the cell ends with a def, that is the view.

Options:
{options}"""


@dataclass(frozen=True, slots=True)
class Body:
    """A cell's body, as Python; `line` is what stands after %%route."""

    line: str
    text: str
    module: ast.Module

    @property
    def defines_its_view(self) -> bool:
        return body.is_function_form(self.module)


def route(notebook: Notebook, line: str, cell: str | None = None) -> None:
    """Define the cell's view, put it under the rule, and show what changed."""
    if cell is None:
        raise LineError("A route needs a cell: write %%route and the view below it")
    arguments = parse(line, ROUTE_OPTIONS)
    methods, rule = read_rule(arguments.items)
    target = find_target(notebook, arguments.options["on"])
    defaults = read_defaults(arguments.options["defaults"], notebook.evaluate)
    parameters = parameters_of(rule, defaults)
    derived = free_name(target, name_for(rule, methods), rule)
    name = arguments.options["endpoint"] or derived
    written = read_body(notebook, line, cell)
    view, name = read_view(notebook, written, arguments, name, parameters)
    before = target.registry.records
    try:
        register(target, rule, name, view, methods, defaults)
    except SetupFinished:
        raise too_late() from None
    settle()
    show_changes(notebook, target.registry, before)
    if not written.defines_its_view and body.returns_nothing(written.module):
        print("The view returns nothing: let the last line be an expression.")
    if arguments.options["try"]:
        try_out(notebook, methods, arguments)


def find_target(notebook: Notebook, name: str | None) -> Any:
    if name is None:
        return notebook.app
    blueprint = notebook.shell.user_ns.get(name)
    refuse_flasks_own(blueprint, name)
    if not isinstance(blueprint, Blueprint):
        raise no_blueprint(name)
    return blueprint


def read_body(notebook: Notebook, line: str, cell: str) -> Body:
    # IPython drops blank lines in front, and every line after them would move.
    blank = cell[: len(cell) - len(cell.lstrip())].count("\n")
    text = "\n" * blank + notebook.shell.transform_cell(cell)
    module = body.read(text, body.CELL)
    if not module.body:
        raise LineError("The cell has no body: write what the view returns below")
    return Body(line, text, module)


def read_view(
    notebook: Notebook,
    written: Body,
    arguments: Arguments,
    name: str,
    parameters: list[str],
) -> tuple[Any, str]:
    """Return the cell's view and its endpoint."""
    shell, text = notebook.shell, written.text
    if written.defines_its_view:
        filename = keep(shell, f"# %%route {written.line}\n{text}")
        view = body.define(body.read(text, filename), filename, shell.user_ns)
        return view, arguments.options["endpoint"] or view.__name__
    function_name = identifier(name)
    shown = body.source_of_view(
        function_name, parameters, text, is_async=body.awaits(written.module)
    )
    filename = keep(shell, shown)
    module = body.read(text, filename)
    view = body.make_view(module, function_name, parameters, filename, shell.user_ns)
    return view, name


def keep(shell: Any, text: str) -> str:
    """Keep a text where tracebacks find it, under the running cell's number."""
    from ..cells.watch import number_of, running_cell_frame

    frame = running_cell_frame(shell)
    number = frame and number_of(shell, frame.f_code.co_filename)
    name: str = shell.compile.cache(text, number or shell.execution_count)
    return name


def try_out(notebook: Notebook, methods: Sequence[str], arguments: Arguments) -> None:
    words = arguments.options["try"]
    line = " ".join(quote(each) for each in words)
    requests.send(notebook, methods[0], line, None)


def quote(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'" if " " in word else word
