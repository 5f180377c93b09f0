"""`export`: what is asked for, and which files come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..ipynb.errors import NotebookError
from ..ipynb.need import Plan, plan
from ..ipynb.pieces import cut
from ..ipynb.reading import Document
from .files import write_all
from .layout import formatted
from .module import Written, module_of

FRAMEWORKS = ("nbflask", "flask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be written, and how."""

    module: Path
    app: str | None = None
    framework: str = "nbflask"
    single_file: bool = False
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
    if asked.module.suffix != ".py" or not asked.module.stem.isidentifier():
        raise NotebookError(
            f"{asked.module} is no name of a module: write one such as app.py"
        )
    chosen = plan(cut(document), asked.app)
    written = module_of(
        chosen, framework=asked.framework, single_file=asked.single_file
    )
    files = files_of(chosen, written, asked)
    write_all(files, force=asked.force)
    return Exported(tuple(files), written.notes)


def files_of(chosen: Plan, written: Written, asked: Asked) -> dict[Path, str]:
    folder = asked.module.parent
    files = {asked.module: formatted(written.text)}
    for path, text in written.files.items():
        place = Path(path)
        if place.is_absolute() or ".." in place.parts:
            raise NotebookError(f"{path} lies outside of {folder}: nothing is written")
        files[folder / place] = text
    return files
