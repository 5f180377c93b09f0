"""`nbflask export`: a notebook's app as a module. Nothing of the notebook is run."""

from __future__ import annotations

from pathlib import Path

import click


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
        click.Option(["--force"], is_flag=True, help="Write over what is there."),
    ],
)
def export_command(
    notebook: str,
    module: Path,
    framework: str,
    single_file: bool,
    package: bool,
    force: bool,
) -> None:
    """Write the app of NOTEBOOK as a plain MODULE: what the app needs, and no more.

    Templates and static files of cells become files beside it. No cell is run.
    """
    from ..export.exporting import Asked, export
    from ..ipynb.errors import NotebookError
    from ..ipynb.reading import read_notebook

    path, _, app = notebook.partition(".ipynb:")
    asked = Asked(
        module=module,
        app=app or None,
        framework=framework,
        single_file=single_file,
        package=package,
        force=force,
    )
    try:
        done = export(read_notebook(f"{path}.ipynb" if app else notebook), asked)
    except NotebookError as error:
        raise click.ClickException(str(error)) from None
    for line in done.lines():
        click.echo(line)
