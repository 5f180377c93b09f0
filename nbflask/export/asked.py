"""What an export is asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from ..ipynb.errors import NotebookError

FRAMEWORKS = ("nbflask", "flask")
#: Names that a module takes from those that it needs itself, as flask.py does.
OTHERS = frozenset({*FRAMEWORKS, "werkzeug", "jinja2", "markupsafe", "click"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be written, and how.

    `tests`, `http`, `curl` and `ray` are files to be written besides; the tests leave
    out the fields of JSON that `ignore` names.
    """

    module: Path
    app: str | None = None
    framework: str = "nbflask"
    single_file: bool = False
    package: bool = False
    tests: Path | None = None
    ignore: tuple[str, ...] = ()
    http: Path | None = None
    curl: Path | None = None
    docker: bool = False
    ray: Path | None = None
    force: bool = False

    @property
    def name(self) -> str:
        """What the module, or the package, is imported by."""
        return self.module.stem

    @property
    def of_requests(self) -> bool:
        """Whether anything is to be written of the notebook's requests."""
        return any((self.tests, self.http, self.curl))

    @property
    def folder(self) -> Path:
        """Where the module is imported from."""
        return self.module.parent


def refuse_names(asked: Asked) -> None:
    """Raise NotebookError for names that cannot be, and for two files of one name."""
    refuse_module(asked)
    for path, what in ((asked.tests, "tests"), (asked.ray, "Ray Serve")):
        if path is not None and not is_module(path):
            raise NotebookError(f"{path} is no name of a module for {what}")
    paths = [asked.module, asked.tests, asked.http, asked.curl, asked.ray]
    given = [each for each in paths if each is not None]
    for each in given:
        if given.count(each) > 1:
            raise NotebookError(f"{each} is to be two files: give each a name")


def refuse_module(asked: Asked) -> None:
    fits = not asked.module.suffix if asked.package else is_module(asked.module)
    if not fits or not asked.name.isidentifier() or iskeyword(asked.name):
        kind, example = ("package", "shop") if asked.package else ("module", "app.py")
        raise NotebookError(
            f"{asked.module} is no name of a {kind}: write one such as {example}"
        )
    if asked.name in OTHERS | sys.stdlib_module_names:
        raise NotebookError(
            f"{asked.module} would stand in the way of the module {asked.name} that is"
            " there already: give it another name"
        )
    if asked.package and asked.single_file:
        raise NotebookError("--package and --single-file: choose one of them")


def is_module(path: Path) -> bool:
    """Whether a file can be imported by its name."""
    name = path.stem
    return path.suffix == ".py" and name.isidentifier() and not iskeyword(name)
