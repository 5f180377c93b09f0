"""What `importlib.metadata` says of Flask, installed or not: the release whose API
this package has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from ..version import FLASK

METADATA = f"""\
Metadata-Version: 2.1
Name: Flask
Version: {FLASK}
Summary: Flask's API, answered by nbflask.
"""


class FlaskDistribution(Distribution):
    """The distribution "Flask", as far as programs ask: its name and its version."""

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """Return a metadata file's text. There is but one."""
        return METADATA if str(filename) == "METADATA" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        """Return where a file of the package is."""
        return Path(__file__).parent.parent / path


def distributions_named(name: str | None) -> Iterator[Distribution]:
    """Yield Flask's, if that is asked for. Lists of all that is installed leave it
    out, for there it stands already or does not belong."""
    if name is not None and re.sub(r"[-_.]+", "-", name).lower() == "flask":
        yield FlaskDistribution()
