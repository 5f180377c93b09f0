"""`nbflask export`: a notebook's app as a module. Nothing of the notebook is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def file_option(name: str, metavar: str, text: str) -> click.Option:
    """Return an option that names a file to be written."""
    path = click.Path(path_type=Path)
    return click.Option([name], metavar=metavar, type=path, help=text)


@click.command(
    "export",
    short_help="Write a notebook's app as a module.",
    params=[
        click.Argument(["notebook"], metavar="NOTEBOOK[:APP]"),
        click.Argument(
            ["module"], metavar="MODULE.py", type=click.Path(path_type=Path)
        ),
        click.Option(
            ["--framework"],
            type=click.Choice(["nbflask", "flask"]),
            default="nbflask",
            show_default=True,
            help="What the module imports.",
        ),
        click.Option(
            ["--single-file"],
            is_flag=True,
            help="Keep templates and static files of cells within the module.",
        ),
        click.Option(
            ["--package"], is_flag=True, help="Write a package, a module per blueprint."
        ),
        file_option(
            "--tests", "FILE.py", "Write the notebook's requests as tests, for pytest."
        ),
        click.Option(
            ["--ignore"],
            metavar="FIELD",
            multiple=True,
            help="Leave a field of JSON out of the tests: id, or user.id. Repeatable.",
        ),
        file_option(
            "--http",
            "FILE.http",
            "Write the requests as a file for REST clients, and for %%http.",
        ),
        file_option(
            "--curl", "FILE.sh", "Write the requests as a script of curl commands."
        ),
        click.Option(
            ["--docker"],
            is_flag=True,
            help="Write a Dockerfile that runs gunicorn, and requirements.txt.",
        ),
        file_option("--ray", "FILE.py", "Write a deployment for Ray Serve."),
        click.Option(["--force"], is_flag=True, help="Write over what is there."),
    ],
)
def export_command(notebook: str, module: Path, **options: Any) -> None:
    """Write the app of NOTEBOOK as a plain MODULE: what the app needs, and no more.

    Templates and static files of cells become files beside it. No cell is run.
    """
    from ..export.asked import Asked
    from ..export.exporting import export
    from ..ipynb.errors import NotebookError
    from ..ipynb.reading import path_and_app, read_notebook

    path, app = path_and_app(notebook)
    asked = Asked(module=module, app=app, **options)
    try:
        done = export(read_notebook(path), asked)
    except NotebookError as error:
        raise click.ClickException(str(error)) from None
    for line in done.lines():
        click.echo(line)
