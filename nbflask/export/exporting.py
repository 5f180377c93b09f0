"""`export`: what is asked for, and which files come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from ..ipynb.errors import NotebookError
from ..ipynb.need import Plan, plan
from ..ipynb.pieces import cut
from ..ipynb.reading import Document
from .files import write_all
from .layout import formatted
from .module import Written, module_of
from .package import package_of

FRAMEWORKS = ("nbflask", "flask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be written, and how."""

    module: Path
    app: str | None = None
    framework: str = "nbflask"
    single_file: bool = False
    package: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what there is to know of it."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield from (f"Wrote {path}" for path in self.files)
        yield from self.notes


def export(document: Document, asked: Asked) -> Exported:
    """Write a notebook's app as a module. Raises NotebookError, and then nothing is
    written."""
    refuse_name(asked)
    chosen = plan(cut(document), asked.app)
    if asked.package:
        written, folder = package_of(chosen, framework=asked.framework), asked.module
    else:
        written, folder = as_module(chosen, asked), asked.module.parent
    files = files_of(written, folder)
    write_all(files, force=asked.force)
    return Exported(tuple(files), written.notes)


def refuse_name(asked: Asked) -> None:
    name, end = asked.module.stem, asked.module.suffix
    fits = not end if asked.package else end == ".py"
    if not fits or not name.isidentifier() or iskeyword(name):
        what = (
            "package: write one such as shop"
            if asked.package
            else ("module: write one such as app.py")
        )
        raise NotebookError(f"{asked.module} is no name of a {what}")
    if asked.package and asked.single_file:
        raise NotebookError("--package and --single-file: choose one of them")


def as_module(chosen: Plan, asked: Asked) -> Written:
    return module_of(
        chosen,
        asked.module.name,
        framework=asked.framework,
        single_file=asked.single_file,
    )


def files_of(written: Written, folder: Path) -> dict[Path, str]:
    """Return what is to be written, by where. Raises NotebookError for a file of a
    cell that would lie elsewhere."""
    files = {folder / path: formatted(text) for path, text in written.modules.items()}
    for path, text in written.files.items():
        place = Path(path)
        if place.is_absolute() or ".." in place.parts:
            raise NotebookError(f"{path} lies outside of {folder}: nothing is written")
        files[folder / place] = text
    return files
