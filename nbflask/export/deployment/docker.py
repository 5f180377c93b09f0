"""A container for an exported app: gunicorn, run by a user who owns nothing there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from .texts import render

#: What has to be installed in an image beside what its module imports.
SERVER = "gunicorn"


@dataclass(frozen=True, slots=True)
class Image:
    """What a container is made of.

    `files` are the paths that the app needs, its module's among them, as seen from
    the Dockerfile; `secrets` the environment's variables that it reads. `variable`
    may be a call, as in "create_app()".
    """

    module: str = "app"
    variable: str = "app"
    files: tuple[str, ...] = ("app.py",)
    secrets: tuple[str, ...] = ()
    python: tuple[int, int] = sys.version_info[:2]

    @property
    def loose(self) -> list[str]:
        """The files that lie in no folder."""
        return sorted({each for each in self.files if "/" not in each})

    @property
    def folders(self) -> list[str]:
        """The folders that the others lie in. They are copied as they are."""
        return sorted({each.partition("/")[0] for each in self.files if "/" in each})

    @property
    def copies(self) -> Iterator[str]:
        """What COPY is told: from where, and to where."""
        if self.loose:
            yield words(*self.loose, "./")
        for folder in self.folders:
            yield words(f"{folder}/", f"{folder}/")

    @property
    def command(self) -> str:
        return json.dumps([SERVER, f"{self.module}:{self.variable}"])


def words(*each: str) -> str:
    """Return paths as an instruction takes them, those with spaces in them, too."""
    return json.dumps(each) if any(" " in word for word in each) else " ".join(each)


def dockerfile(image: Image) -> str:
    """Return the text of a Dockerfile. Beside it there has to be a requirements.txt
    that names gunicorn, too."""
    return render("Dockerfile.jinja", image=image)


def dockerignore(image: Image) -> str:
    """Return the text of a .dockerignore: what the Dockerfile does not copy stays
    where it is, secrets and notebooks among it."""
    return render("dockerignore.jinja", image=image)
