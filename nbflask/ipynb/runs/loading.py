"""A notebook's app without a kernel: what it needs runs, cell by cell, in a module.

Each step is an edition, as a cell is in a kernel: nothing comes too late, and what it
files is its own.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from itertools import chain, count
from pathlib import Path
from types import ModuleType

from ...alias import install_as_flask
from ...app import Flask
from ...doors import DOORS, loaded
from ...errors import FlaskIsLoaded
from ...registry import turns
from ...registry.editions import Edition, close_edition, open_edition
from ...registry.owners import PACKAGE
from ..cutting import cut
from ..errors import CellError, NotebookError
from ..needs.plan import Plan, plan
from ..pieces import Cut, Piece
from ..reading import Document, read_notebook
from .running import Scene, refuse, run, stand_in
from .steps import Step, steps_of
from .written import imports_of, tree_of

#: Called before each step, with its number from 1, their count, and the step.
Progress = Callable[[int, int, Step], object]

RUNNER = "nbflask.ipynb.runs.running:serve_nothing"
INSTALL = "install_as_flask"


def load_notebook(path: str | os.PathLike[str], app: str | None = None) -> Flask:
    """Return the app of a notebook. See `nbflask.load_notebook`."""
    return load(path, app).app


def load(
    path: str | os.PathLike[str],
    app: str | None = None,
    progress: Progress = lambda *_: None,
) -> Loaded:
    """Run what the app of a notebook needs. Raises NotebookError."""
    document = read_notebook(Path(path))
    place = Path(os.path.abspath(path))
    return Loaded(place, app, document, plan_of(document, app), progress)


def plan_of(document: Document, app: str | None) -> Plan:
    """Return what is to be run of a document. Raises NotebookError."""
    found = plan(cut(document), app)
    refuse(found)
    return found


class Loaded:
    """A notebook whose app runs in this process: its file as it was read, the steps
    that have run, and the module that they ran in."""

    def __init__(
        self,
        path: Path,
        asked: str | None,
        document: Document,
        plan: Plan,
        progress: Progress,
    ) -> None:
        self.path = path
        #: The variable that was asked for, None if there is one app only.
        self.asked = asked
        self.document = document
        self.plan = plan
        self.keys = {e.number: e.id or f"cell {e.number}" for e in document.cells}
        self.steps = steps_of(plan, self.keys)
        if imports_flask(plan.cut):
            answer_for_flask(document.name)
        self.scene = Scene(new_module(path), plan)
        prepare(self.scene, path.parent)
        try:
            self.run(self.steps, progress, [])
        except BaseException:
            self.close()
            raise

    @property
    def app(self) -> Flask:
        """The app that its variable holds at this moment. Raises NotebookError."""
        app = self.scene.names.get(self.plan.app)
        if isinstance(app, Flask):
            return app
        raise NotebookError(
            f"{self.document.name}: {self.plan.app} is of type {type(app).__name__}, no"
            " app of nbflask"
        )

    def run(
        self, steps: tuple[Step, ...], progress: Progress, done: list[Edition]
    ) -> None:
        """Run steps, and add the edition of each to `done`. Raises NotebookError."""
        with at_home(self.path.parent), turns.set_aside():
            for number, step in enumerate(steps, 1):
                progress(number, len(steps), step)
                self.run_step(step, done)

    def run_step(self, step: Step, done: list[Edition]) -> None:
        owner = step.owner(self.document.name, self.scene.module.__name__)
        edition = open_edition(owner, self.scene.names)
        succeeded = False
        try:
            for piece in step.pieces:
                self._run_piece(piece)
            succeeded = True
        finally:
            close_edition(succeeded=succeeded)
        if edition.undone is not None:
            raise CellError(self.document.name, step.cell.number, edition.undone)
        done.append(edition)

    def _run_piece(self, piece: Piece) -> None:
        try:
            run(piece, self.scene)
        except NotebookError:
            raise
        except (Exception, SystemExit) as error:
            name = self.document.name
            raise CellError(name, piece.cell.number, error) from None

    def close(self) -> None:
        """Take its module out of the process again."""
        sys.modules.pop(self.scene.module.__name__, None)
        if self.scene.written in sys.meta_path:
            sys.meta_path.remove(self.scene.written)


def new_module(path: Path) -> ModuleType:
    """Return a module for a notebook, importable by a name that is its own alone."""
    word = re.sub(r"\W", "_", path.stem)
    name = f"_{word}" if word[:1].isdigit() else word
    names = chain([f"{name}_ipynb"], (f"{name}_ipynb_{n}" for n in count(2)))
    free = next(each for each in names if each not in sys.modules)
    module = ModuleType(free)
    module.__file__ = str(path)
    module.__spec__ = ModuleSpec(free, None, origin=str(path))
    sys.modules[free] = module
    return module


def prepare(scene: Scene, folder: Path) -> None:
    """Give a module what loading the magics gives, and make its folder importable."""
    stand_in(scene.written)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    give_names(scene, set(), makes_app=scene.plan.makes_app)


def give_names(scene: Scene, defined: set[str], *, makes_app: bool) -> None:
    """Add the names that a plan has of the magics, but for those that cells define."""
    ours = vars(loaded(PACKAGE))
    scene.names.update({each: ours[each] for each in scene.plan.added - defined})
    if makes_app:
        scene.names[scene.plan.app] = Flask(scene.module.__name__)


@contextmanager
def at_home(folder: Path) -> Iterator[None]:
    """Have a folder be the current one, as it is for the kernel of a notebook, and
    `app.run()` do nothing."""
    before, runner = os.getcwd(), DOORS["runner"]
    os.chdir(folder)
    DOORS["runner"] = RUNNER
    try:
        yield
    finally:
        DOORS["runner"] = runner
        os.chdir(before)


# Notebooks that are written for Flask


def imports_flask(cut: Cut) -> bool:
    """Whether a notebook imports Flask, or an extension of it, by its name."""
    names = imports_of(cut.pieces)
    if any(each == "flask" or each.startswith("flask_") for each in names):
        return True
    nodes = (node for piece in cut.pieces for node in ast.walk(tree_of(piece)))
    return any(isinstance(e, ast.Attribute) and e.attr == INSTALL for e in nodes)


def answer_for_flask(name: str) -> None:
    """Have `import flask` be this package in the process. Raises NotebookError."""
    try:
        install_as_flask()
    except FlaskIsLoaded as error:
        raise NotebookError(f"{name} imports flask: {error}") from None
