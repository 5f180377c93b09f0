"""A module in the making: some of a plan's pieces, and what they need around them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property

from ...ipynb.names import FUNCTIONS, root_of
from ...ipynb.needs.effects import effects_of
from ...ipynb.needs.plan import Plan
from ...ipynb.needs.search import installs_alias, is_star_import
from ...ipynb.pieces import Code, Piece, RouteCell
from .awaiting import RUN, run_at_once
from .imports import Import, imports_of, names_behind, text_of, translated
from .layout import Block, laid_out
from .secrets import hidden, hidden_again, secrets_of
from .views import BUILTINS, View

IMPORTING = (ast.Import, ast.ImportFrom)
#: What a cell may use because IPython gives it, and where a module has it from.
OF_IPYTHON = {"display": Import("IPython.display", "display")}
#: Packages whose names begin so are written for Flask, and import it.
EXTENSIONS = re.compile(r"flask_|apiflask|connexion|flasgger|dash$")
#: Changing one of these may decide what the imports below find, or how they work.
DECISIVE = frozenset({"os", "sys", "matplotlib", "mpl", "warnings", "load_dotenv"})


#: What is written into statements, and needs an import.
WRITTEN = ("os.environ", RUN)


class Section:
    """One module: statements that come early, imports, and all the rest.

    Imports stand on top, and those that have to come `late` below what is `early`.
    """

    def __init__(
        self,
        plan: Plan,
        pieces: Sequence[Piece],
        found: dict[int, View],
        framework: str,
    ) -> None:
        self.plan, self.pieces, self.framework = plan, pieces, framework
        self.found = found
        self.early: list[Block] = []
        self.blocks: list[Block] = []
        self.imports: list[Import] = []
        self.late: list[Import] = []
        self.secrets: list[str] = []
        self.known_secrets = secrets_of(plan.cut.pieces)
        self.notes: list[str] = []
        self.imports += [Import(framework, each) for each in sorted(plan.added)]
        for piece in pieces:
            self.add(piece)

    # What it is put together of

    def add_app(self) -> None:
        """Make the app that loading the magics made, where nothing else does, and
        have its settings below it."""
        plan = self.plan
        if plan.makes_app:
            self.blocks.insert(0, Block(f"{plan.app} = Flask(__name__)"))
        at = self.place_of_app()
        if at is not None:
            known = {plan.app, *self.imported()}
            known = known.union(*(e.defines for e in self.blocks[:at]))
            below = self.blocks[at + 1 :]
            settings = first_settings(below, plan.app, known)
            others = [each for each in below if each not in settings]
            self.blocks[at + 1 :] = [*settings, *others]

    def place_of_app(self) -> int | None:
        """Return the number of the statement that makes the app."""
        for number, block in enumerate(self.blocks):
            if block.piece is None or self.plan.app in block.defines:
                return number
        return None

    def imported(self) -> set[str]:
        return {
            name
            for each in self.pieces
            if isinstance(each, Code) and isinstance(each.node, IMPORTING)
            for name in each.uses.defines
        }

    def add(self, piece: Piece) -> None:
        if isinstance(piece, RouteCell):
            view = self.found[piece.cell.number]
            self.imports += [Import(self.framework, each) for each in view.imports]
            text, again = hidden_again(
                translated(view.text, self.framework), self.known_secrets
            )
            self.imports += [Import("os")] if again else []
            self.secrets += again
            self.blocks.append(Block(text, piece, is_definition=True))
        elif not isinstance(piece, Code) or installs_alias(piece.node):
            return
        elif isinstance(piece.node, IMPORTING):
            new = [each.within(self.framework) for each in imports_of(piece.node)]
            (self.late if self.early else self.imports).extend(new)
        else:
            self.add_code(piece)

    def add_code(self, piece: Code) -> None:
        text = translated(without_magics(piece), self.framework)
        shown, secrets = hidden(text, self.known_secrets)
        if secrets:
            self.imports.append(Import("os"))
            self.secrets += secrets
            names = ", ".join(secrets)
            self.notes.append(f"{names} is read from the environment ({piece.place})")
        is_definition = isinstance(piece.node, (*FUNCTIONS, ast.ClassDef))
        ran = run_at_once(piece, shown, self.coroutines)
        if ran != shown:
            self.imports.append(Import("asyncio"))
            is_definition = ran.startswith("async def ")
        block = Block(ran, piece, is_definition=is_definition)
        comes_early = not is_definition and self.has_to_come_early(piece)
        (self.early if comes_early else self.blocks).append(block)

    def has_to_come_early(self, piece: Code) -> bool:
        """Whether a statement may decide what the imports below it find. What it
        needs of the standard library itself is imported on top."""
        if self.blocks or not effects_of(piece, self.plan.known) & DECISIVE:
            return False
        wanted = [each for each in self.late if each.bound in piece.uses.now]
        if any(is_of_others(each) for each in wanted):
            return False
        self.late = [each for each in self.late if each not in wanted]
        self.imports += wanted
        return True

    @cached_property
    def coroutines(self) -> set[str]:
        functions = self.plan.known.functions.items()
        return {e for e, node in functions if isinstance(node, ast.AsyncFunctionDef)}

    def add_alias(self) -> None:
        """Have extensions, which import flask, find nbflask in its place."""
        everything = [*self.imports, *self.late]
        wanted = any(EXTENSIONS.match(each.top) for each in everything)
        if self.framework == "flask" or not wanted:
            return
        self.late = [each for each in everything if is_of_others(each)]
        self.imports = [each for each in everything if not is_of_others(each)]
        self.imports.append(Import("nbflask"))
        self.early.insert(0, Block("nbflask.install_as_flask()"))

    # Names

    def used(self) -> set[str]:
        """Return the names that the statements use, those of imports apart."""
        used: set[str] = set()
        for piece in self.pieces:
            if isinstance(piece, Code) and isinstance(piece.node, IMPORTING):
                continue
            uses = piece.uses
            used |= uses.now | uses.later | uses.changes | uses.changes_later
            if isinstance(piece, RouteCell):
                used.update(self.found[piece.cell.number].imports)
        for block in [*self.early, *self.blocks]:
            if block.piece is None or any(each in block.text for each in WRITTEN):
                used |= set(re.findall(r"[^\W\d]\w*", block.text))
        return used

    def resolve(self) -> None:
        """Have what is used, and no more: what IPython gives is imported, and names
        stand in the place of `import *` if they are known."""
        used = self.used()
        stars = [
            e for e in self.pieces if isinstance(e, Code) and is_star_import(e.node)
        ]
        others = [each for each in self.plan.pieces if each not in stars]
        defined = set().union(*(each.uses.defines for each in others))
        wanted = used - defined
        self.imports += [OF_IPYTHON[each] for each in OF_IPYTHON if each in wanted]
        self.imports = self.with_names(self.imports, used, wanted)
        self.late = self.with_names(self.late, used, wanted)

    def with_names(
        self, imports: Iterable[Import], used: set[str], wanted: set[str]
    ) -> list[Import]:
        found: list[Import] = []
        for each in imports:
            behind = names_behind(each) if each.name == "*" else frozenset()
            if behind:
                names = sorted(behind & wanted - set(self.plan.added))
                found += [Import(each.module, name, "", each.level) for name in names]
            elif each.name == "*" or is_used(each, used):
                found.append(each)
        return found

    # The text

    def text(self, title: str, *, runs: bool) -> str:
        """Return the module's text. With `runs` it serves the app if it is run."""
        sections = [
            f'"""{docstring(title)}"""',
            text_of(self.imports),
            laid_out(self.early),
            text_of(self.late),
        ]
        head = "\n\n".join(filter(None, sections))
        body = laid_out(self.blocks)
        text = f"{head}{space(self.blocks[:1])}{body}" if body else head
        if runs:
            below = space(self.blocks[-1:])
            text += f'{below}if __name__ == "__main__":\n    {self.plan.app}.run()'
        return f"{text}\n"


def space(blocks: Sequence[Block]) -> str:
    """Return what stands between a block and what is next to it."""
    return "\n\n\n" if any(each.is_definition for each in blocks) else "\n\n"


def first_settings(blocks: Sequence[Block], app: str, known: set[str]) -> list[Block]:
    """Return an app's settings that need no more than is known, down to the first
    statement that does something else with the app: that one may see, or change,
    what was set before."""
    found: list[Block] = []
    for block in blocks:
        if is_setting(block, app, known):
            found.append(block)
        elif not block.is_definition and block.piece and app in block.piece.uses.now:
            break
    return found


def is_setting(block: Block, app: str, known: set[str]) -> bool:
    """Whether a statement sets something of an app: app.config["DEBUG"] = True."""
    piece = block.piece
    if not isinstance(piece, Code) or not piece.uses.now <= known | BUILTINS:
        return False
    if isinstance(piece.node, ast.Assign):
        return {root_of(each) for each in piece.node.targets} == {app}
    call = piece.node.value if isinstance(piece.node, ast.Expr) else None
    called = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    return called.startswith(f"{app}.config.")


def without_magics(piece: Code) -> str:
    """Return a statement's text without what only IPython understands."""
    if not piece.magics:
        return piece.text
    lines = [
        re.sub(r"\S.*", "pass", line) if "get_ipython()" in line else line
        for line in piece.text.split("\n")
    ]
    return "\n".join(lines)


def is_of_others(each: Import) -> bool:
    """Whether an import may lead to a package that imports flask."""
    return (
        not each.level
        and each.top not in sys.stdlib_module_names
        and each.top != "nbflask"
    )


def is_used(each: Import, used: set[str]) -> bool:
    is_alias = each.module == "nbflask" and not each.name
    return each.module == "__future__" or is_alias or each.bound in used


def docstring(title: str) -> str:
    plain = title.replace("\\", "").replace('"', "'")
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
