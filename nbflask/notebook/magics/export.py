"""%flask export: the notebook's app as a module, from the cells as they last ran."""

from __future__ import annotations

from pathlib import Path

from ...grammar.errors import LineError
from ...grammar.options import HELP, Arguments, Option
from ..session import Notebook

EXPORT_OPTIONS = (
    Option("--framework", "NAME", "import nbflask, or flask itself"),
    Option("--single-file", help="keep templates and static files in the module"),
    Option("--package", help="write a package, with a module for each blueprint"),
    Option("--force", help="write over what is there"),
    HELP,
)


def export(notebook: Notebook, arguments: Arguments) -> None:
    """Write the app as a module, and say what was written."""
    from ...export.exporting import FRAMEWORKS, Asked
    from ...export.exporting import export as write
    from ...ipynb.errors import NotebookError

    options = arguments.options
    if len(arguments.items) != 1:
        raise LineError("Name one module: %flask export app.py")
    framework = options["framework"] or "nbflask"
    if framework not in FRAMEWORKS:
        raise LineError(f"--framework {framework}: use {' or '.join(FRAMEWORKS)}")
    asked = Asked(
        module=Path(arguments.items[0]),
        app=notebook.app_name,
        framework=framework,
        single_file=bool(options["single_file"]),
        package=bool(options["package"]),
        force=bool(options["force"]),
    )
    try:
        done = write(notebook.journal.document("this notebook"), asked)
    except NotebookError as error:
        raise LineError(str(error)) from None
    print("\n".join(done.lines()))
