"""How magics and names are added to a shell, and taken back."""

from __future__ import annotations

from ..app import Flask
from .cells.transforms import TRANSFORMERS
from .magics.table import MAGICS, bound
from .names import NAMES
from .session import Notebook
from .tab.completion import Surroundings, matcher


def load_magics(notebook: Notebook) -> None:
    """Add the magics and the names. Loading again changes nothing."""
    shell = notebook.shell
    if "route" not in shell.magics_manager.magics["cell"]:
        for magic in MAGICS:
            run = bound(magic, notebook)
            shell.register_magic_function(run, magic.kind, magic.name)
        shell.input_transformers_cleanup.extend(TRANSFORMERS)
        add_completion(notebook)
    wanted = NAMES if notebook.settings.add_names else {}
    added = notebook.names.add(notebook.app_name, wanted)
    if added:
        print(f"nbflask added {', '.join(added)}")


def unload_magics(notebook: Notebook) -> None:
    """Take magics, names and transformers back."""
    shell = notebook.shell
    for magic in MAGICS:
        for known in shell.magics_manager.magics.values():
            known.pop(magic.name, None)
    for transform in TRANSFORMERS:
        if transform in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.remove(transform)
    matchers = shell.Completer.custom_matchers
    if notebook.matcher in matchers:
        matchers.remove(notebook.matcher)
    notebook.names.take_back()


def add_completion(notebook: Notebook) -> None:
    """Let Tab know of the app, and of the magics by their help."""
    helps = {magic.name: magic.usage for magic in MAGICS}
    names = notebook.shell.user_ns

    def ask() -> Surroundings:
        app = names.get(notebook.app_name)
        return Surroundings(app if isinstance(app, Flask) else None, helps, names)

    notebook.matcher = matcher(ask)
    notebook.shell.Completer.custom_matchers.append(notebook.matcher)
