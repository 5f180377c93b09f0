"""%flask export: the notebook's app as a module, from the cells as they last ran."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...grammar.errors import LineError
from ...grammar.options import HELP, Arguments, Option
from ..session import Notebook

if TYPE_CHECKING:
    from ...export.asked import Asked

EXPORT_OPTIONS = (
    Option("--framework", "NAME", "import nbflask, or flask itself"),
    Option("--single-file", help="keep templates and static files in the module"),
    Option("--package", help="write a package, with a module for each blueprint"),
    Option("--tests", "FILE.py", "write the requests of cells as tests, for pytest"),
    Option("--ignore", "FIELD", "leave fields of JSON out of the tests", many=True),
    Option("--http", "FILE.http", "write the requests as a file for REST clients"),
    Option("--curl", "FILE.sh", "write the requests as a script of curl commands"),
    Option("--docker", help="write a Dockerfile that runs gunicorn"),
    Option("--ray", "FILE.py", "write a deployment for Ray Serve"),
    Option("--force", help="write over what is there"),
    HELP,
)


#: Options that name a file.
FILES = ("tests", "http", "curl", "ray")


def export(notebook: Notebook, arguments: Arguments) -> None:
    """Write the app as a module, and say what was written."""
    from ...export.asked import FRAMEWORKS
    from ...export.exporting import export as write
    from ...ipynb.errors import NotebookError
    from ...ipynb.requests.asked import Recording

    if len(arguments.items) != 1:
        raise LineError("Name one module: %flask export app.py")
    framework = arguments.options["framework"]
    if framework not in {None, *FRAMEWORKS}:
        raise LineError(f"--framework {framework}: use {' or '.join(FRAMEWORKS)}")
    document = notebook.journal.document("this notebook")
    recording = Recording(notebook.ledger.sent_in(document))
    try:
        done = write(document, asked_for(notebook, arguments), recording)
    except NotebookError as error:
        raise LineError(str(error)) from None
    print("\n".join(done.lines()))


def asked_for(notebook: Notebook, arguments: Arguments) -> Asked:
    from ...export.asked import Asked

    options = dict(arguments.options)
    del options["help"]
    for name in FILES:
        options[name] = options[name] and Path(str(options[name]))
    framework = options.pop("framework") or "nbflask"
    module, app = Path(arguments.items[0]), notebook.app_name
    return Asked(module=module, app=app, framework=str(framework), **options)
