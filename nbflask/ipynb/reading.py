"""A notebook's file, read without running anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import NotebookError

#: The format that notebooks have been written in since 2015.
FORMAT = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with code. `number` counts such cells from 1, as In [1] does where all
    are run in order; `count` is that of its last run. `outputs` are as the file keeps
    them."""

    number: int
    text: str
    id: str = ""
    outputs: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    count: int | None = None
    #: What Jupyter's programs are told of it, such as "raises-exception".
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"cell {self.number}"


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook: its cells with code, in their order, and where they are from."""

    name: str
    cells: tuple[Cell, ...]
    #: The first heading of its text.
    title: str = ""


def read_notebook(path: str | Path) -> Document:
    """Return what a notebook's file holds. Raises NotebookError."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise NotebookError(f"There is no notebook {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise NotebookError(f"{path} cannot be read: {reason}") from None
    return document_of(text, path.name)


def path_and_app(said: str) -> tuple[str, str | None]:
    """Split what a person says, "api.ipynb:shop", into a file and an app's variable."""
    path, _, app = said.partition(".ipynb:")
    return (f"{path}.ipynb", app) if app else (said, None)


def document_of(text: str, name: str) -> Document:
    """Return what the text of a notebook's file holds. Raises NotebookError."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotebookError(
            f"{name} is no notebook, its JSON is broken: {error}"
        ) from None
    if not isinstance(told, dict) or "nbformat" not in told:
        raise NotebookError(f"{name} is no notebook: it does not say its nbformat")
    if told["nbformat"] != FORMAT:
        raise NotebookError(
            f"{name} is of nbformat {told['nbformat']}, and {FORMAT} is read: convert"
            f" it, jupyter nbconvert --to notebook --inplace {name}"
        )
    cells = told.get("cells")
    if not isinstance(cells, list):
        raise NotebookError(f"{name} is no notebook: it has no list of cells")
    return Document(name, tuple(code_cells(cells, name)), title_of(cells))


def code_cells(cells: list[Any], name: str) -> list[Cell]:
    found: list[Cell] = []
    for place, told in enumerate(cells, 1):
        if not isinstance(told, dict) or "cell_type" not in told:
            raise NotebookError(f"{name} is broken: its part {place} is no cell")
        if told["cell_type"] != "code":
            continue
        text = text_of(told)
        if not is_whole(text):
            raise NotebookError(
                f"{name} is broken: its part {place} has half a character in it"
            )
        said = told.get("outputs")
        outputs = said if isinstance(said, list) else []
        count = told.get("execution_count")
        found.append(
            Cell(
                number=len(found) + 1,
                text=text,
                id=str(told.get("id") or ""),
                outputs=tuple(each for each in outputs if type(each) is dict),
                count=count if type(count) is int else None,
                tags=tags_of(told),
            )
        )
    return found


def text_of(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source or ""]
    return "".join(map(str, lines))


def is_whole(text: str) -> bool:
    """Whether a text can be written: JSON may hold half a pair of surrogates."""
    return text.encode("utf-8", "ignore").decode() == text


def tags_of(cell: dict[str, Any]) -> tuple[str, ...]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tuple(map(str, tags)) if isinstance(tags, list) else ()


def title_of(cells: list[Any]) -> str:
    texts = (text_of(each) for each in cells if each["cell_type"] == "markdown")
    whole = filter(is_whole, texts)
    headings = (re.match(r"\s*#{1,2}\s+(.+)", each) for each in whole)
    found = next(filter(None, headings), None)
    return re.sub(r"[`*_]", "", found[1]).strip() if found else ""
