"""Environment variables from .env and .flaskenv files, read by python-dotenv."""

from __future__ import annotations

import os
from typing import Any

import click

# The later one wins, and a file that was asked for wins over both.
DEFAULTS = (".flaskenv", ".env")

TIP = " * Tip: There are .env files present. Install python-dotenv to use them."


def python_dotenv() -> Any:
    """Return the package that reads these files, None if it is not installed."""
    try:
        import dotenv
    except ImportError:
        return None
    return dotenv


def load_dotenv(
    path: str | os.PathLike[str] | None = None, load_defaults: bool = True
) -> bool:
    """Set the environment variables that the files define and nobody has set.

    A file at `path` comes before .env, and .env before .flaskenv; these two are
    looked for in the current folder and those above it, unless `load_defaults` is
    false. Returns whether there was anything in the files.
    """
    dotenv = python_dotenv()
    if dotenv is None:
        if path or any(map(os.path.isfile, DEFAULTS)):
            click.secho(TIP, fg="yellow", err=True)
        return False
    names = DEFAULTS if load_defaults else ()
    files = [dotenv.find_dotenv(name, usecwd=True) for name in names]
    if path is not None and os.path.isfile(path):
        files.append(path)
    found: dict[str, str | None] = {}
    for file in filter(None, files):
        found |= dotenv.dotenv_values(file, encoding="utf-8")
    for key, value in found.items():
        if value is not None:
            os.environ.setdefault(key, value)
    return bool(found)
