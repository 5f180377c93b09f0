"""`export`: what is asked for, and which files come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..ipynb.cutting import cut
from ..ipynb.errors import NotebookError
from ..ipynb.needs.plan import Plan, plan
from ..ipynb.reading import Document
from ..ipynb.requests.asked import Recording, recording_of
from .asked import Asked, refuse_names
from .companions import Files, dockered, requested, served_by_ray
from .files import write_all
from .modules.layout import formatted
from .modules.module import Written, module_of
from .modules.package import package_of


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what there is to know of it."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield from (f"Wrote {path}" for path in self.files)
        yield from self.notes


def export(
    document: Document, asked: Asked, recording: Recording | None = None
) -> Exported:
    """Write a notebook's app as a module, and what is asked for besides. Raises
    NotebookError, and then nothing is written.

    The requests are those of a recording, or else what the document tells of them.
    """
    refuse_names(asked)
    chosen = plan(cut(document), asked.app)
    if asked.package:
        written, folder = package_of(chosen, framework=asked.framework), asked.module
    else:
        written, folder = as_module(chosen, asked), asked.module.parent
    files: Files = files_of(written, folder)
    notes = list(written.notes)
    if asked.of_requests:
        recording = recording or recording_of(chosen.cut)
        more, said = requested(chosen, written, recording, asked)
        files, notes = together(files, more), notes + said
    files = together(files, served_by_ray(chosen, asked))
    files = together(files, dockered(chosen, written, files, asked))
    write_all(files, force=asked.force)
    return Exported(tuple(files), tuple(notes))


def as_module(chosen: Plan, asked: Asked) -> Written:
    return module_of(
        chosen,
        asked.module.name,
        framework=asked.framework,
        single_file=asked.single_file,
    )


def files_of(written: Written, folder: Path) -> Files:
    """Return what is to be written, by where. Raises NotebookError for a file of a
    cell that would lie elsewhere."""
    modules = written.modules.items()
    for path in written.files:
        if not path.isprintable():
            raise NotebookError(f"{path!r} is no name for a file: nothing is written")
        if lies_outside(Path(path), folder):
            raise NotebookError(f"{path} lies outside of {folder}: nothing is written")
    return together(
        {folder / path: formatted(text) for path, text in modules},
        {folder / path: text for path, text in written.files.items()},
    )


def lies_outside(place: Path, folder: Path) -> bool:
    """Whether a path leads out of a folder, be it by a link that lies there."""
    if place.is_absolute() or ".." in place.parts:
        return True
    return not (folder / place).parent.resolve().is_relative_to(folder.resolve())


def together(files: Files, more: Files) -> Files:
    """Return all of them. Raises NotebookError for one that would be two."""
    for each in files.keys() & more.keys():
        raise NotebookError(f"{each} is to be two files: give one of them another name")
    return files | more
