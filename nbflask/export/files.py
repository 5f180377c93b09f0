"""Files that are written all together, or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from ..ipynb.errors import NotebookError


def write_all(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write texts to files, each in one step. Raises NotebookError, and then nothing
    has changed: a file that is there and says something else needs `force`."""
    taken = [each for each in files if not force and differs(each, files[each])]
    if taken:
        shown = ", ".join(map(str, taken))
        raise NotebookError(f"{shown} is there already: write over it with --force")
    for path in files:
        if both := next((each for each in path.parents if each in files), None):
            raise NotebookError(f"{both} is to be a file, and the folder of {path}")
    made: list[tuple[Path, Path]] = []
    folders: list[Path] = []
    try:
        for path, text in files.items():
            folders += missing_folders(path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            made.append((put_beside(path, text), path))
    except OSError as error:
        for beside, _ in made:
            beside.unlink(missing_ok=True)
        for folder in reversed(folders):
            with suppress(OSError):
                folder.rmdir()
        raise NotebookError(f"{path} cannot be written: {error.strerror}") from None
    for beside, path in made:
        os.replace(beside, path)


def differs(path: Path, text: str) -> bool:
    """Whether a file is there, and holds something else."""
    try:
        return path.read_text("utf-8") != text
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, UnicodeDecodeError):
        return True


def missing_folders(folder: Path) -> list[Path]:
    """Return the folders that are to be made, the outermost first."""
    missing: list[Path] = []
    while not folder.exists() and folder != folder.parent:
        missing.insert(0, folder)
        folder = folder.parent
    return missing


def put_beside(path: Path, text: str) -> Path:
    """Return a new file beside another, with a text in it."""
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    mode = path.stat().st_mode if path.exists() else 0o666 & ~umask()
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, delete=False
    ) as file:
        file.write(text)
    os.chmod(file.name, mode)
    return Path(file.name)


def umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now
