"""`nbflask check`: whether notebooks run, get what they expect, and ask all routes."""

from __future__ import annotations

import sys

import click


@click.command(
    "check",
    short_help="Run notebooks, and say what is wrong.",
    params=[
        click.Argument(
            ["notebooks"], metavar="NOTEBOOK[:APP]...", nargs=-1, required=True
        ),
        click.Option(
            ["--allow-unasked"],
            metavar="ROUTE",
            multiple=True,
            help="A route that need not be asked: /health, 'POST /users', '/admin/*'."
            " Can be repeated.",
        ),
        click.Option(
            ["--timeout"],
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="How long a cell may take.",
        ),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say only what is wrong."),
    ],
)
def check_command(
    notebooks: tuple[str, ...],
    allow_unasked: tuple[str, ...],
    timeout: float,
    quiet: bool,
) -> None:
    """Run each NOTEBOOK from top to bottom, in a process of its own.

    It fails on a cell that raises, on an answer that a magic did not --expect, and on
    a route that no request has asked for. Cells that are tagged raises-exception may
    fail, those tagged skip-execution are left out. An error ends a notebook's run.

    The exit code is 0 if all is well, 1 if something is wrong, and 2 if a notebook
    cannot be read.
    """
    codes = [check_one(each, allow_unasked, timeout, quiet) for each in notebooks]
    sys.exit(max(codes))


def check_one(
    notebook: str, allowed: tuple[str, ...], seconds: float, quiet: bool
) -> int:
    """Check a notebook, say what is found, and return the exit code."""
    from ..checking.check import check
    from ..ipynb.errors import NotebookError
    from ..ipynb.reading import path_and_app

    path, app = path_and_app(notebook)
    try:
        report = check(path, app, seconds=seconds, allowed=allowed)
    except NotebookError as error:
        click.echo(f"Error: {error}", err=True)
        return 2
    for line in report.lines():
        click.echo(line)
    if not quiet:
        click.echo(report.summary())
    return 1 if report.findings else 0
