"""`import flask`, answered by this package: for programs and extensions as they are.

After `install_as_flask()` each module of Flask is the module of this package that
has its name, one and the same object. `python -m nbflask.alias` runs a program so.
Nothing else in the package knows of it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from ..errors import FlaskIsLoaded
from .metadata import distributions_named
from .names import LENT, lend_names

THEIRS, OURS = "flask", __name__.partition(".")[0]


def own_name(name: str) -> str | None:
    """Return what a module of Flask is called here: "nbflask.app" for "flask.app".

    None for the modules of others.
    """
    top, dot, rest = name.partition(".")
    return f"{OURS}{dot}{rest}" if top == THEIRS else None


class OwnModule(Loader):
    """Hands out a module of this package under a name of Flask's."""

    def __init__(self, name: str, theirs: str) -> None:
        self.name, self.theirs = name, theirs

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the one module, loaded under its own name."""
        module = importlib.import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its own spec, which the import system has replaced:
        it says where the module's relative imports start from. Its name stays Flask's,
        by which import hooks know what was imported."""
        module.__spec__, module.__name__ = self.spec, self.theirs
        lend_names(module)
        if self.theirs == THEIRS:
            # `import flask` alone makes `flask.cli` and the others known.
            for name in LENT:
                importlib.import_module(f"{THEIRS}.{name}")


class FlaskFinder(MetaPathFinder):
    """Answers each import of Flask, and each question for its version."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return a spec that leads to this package's module of that name."""
        name = own_name(fullname)
        own = None if name is None else find_spec(name)
        if name is None or own is None:
            return None
        if fullname.endswith(".__main__"):
            # To be run, not imported: importing would run it too.
            return spec_from_file_location(fullname, own.origin)
        spec = ModuleSpec(fullname, OwnModule(name, fullname), origin=own.origin)
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def find_distributions(self, context: Any) -> Any:
        """Return the metadata of Flask, when it is asked for by name."""
        return distributions_named(context.name)

    def invalidate_caches(self) -> None:
        """Nothing is remembered here."""


def install_as_flask() -> None:
    """Have every `import flask` of this process answered by nbflask.

    It covers `import flask.json.provider` and the like, and what asks for Flask's
    version; an installed Flask is not touched. Calling it again changes nothing.

    Raises FlaskIsLoaded, an ImportError, if Flask itself has been imported before:
    its objects could not be told from these.
    """
    if any(isinstance(finder, FlaskFinder) for finder in sys.meta_path):
        return
    for name, module in sorted(sys.modules.items()):
        own = own_name(name)
        if own is not None and module is not sys.modules.get(own):
            raise FlaskIsLoaded(getattr(module, "__file__", None))
    sys.meta_path.insert(0, FlaskFinder())
