"""What the cells of a notebook say, as they last ran well: the notebook as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .watch import AtEnd, Ended

if TYPE_CHECKING:
    from ...ipynb.reading import Document


class Journal:
    """The texts of cells by their owners, in the order in which they first ran. One
    that runs again keeps its place."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._cells: dict[str, tuple[int, str]] = {}
        #: The number of the first cell that was heard of.
        self._first: int | None = None

    def heed(self) -> AtEnd:
        """Return what notes a cell at its end."""
        return self._note

    def _note(self, ended: Ended) -> None:
        number = ended.number or 0
        if self._first is None:
            self._first = number
        if ended.succeeded and ended.text.strip():
            self._cells[ended.owner.name] = number, ended.text

    def document(self, name: str) -> Document:
        """Return the notebook of now, the cells that ran before nbflask was there
        included, as the shell's history has them."""
        from ...ipynb.reading import Cell, Document

        cells = [
            *(
                Cell(number, text, f"before {number}")
                for number, text in self._before()
            ),
            *(
                Cell(number, text, key, count=number)
                for key, (number, text) in self._cells.items()
            ),
        ]
        return Document(name, tuple(cells))

    def _before(self) -> list[tuple[int, str]]:
        from ...ipynb.cutting import is_python

        history = getattr(self.shell, "history_manager", None)
        texts = list(getattr(history, "input_hist_raw", ()))
        before = enumerate(texts[: self._first or 0])
        return [(number, text) for number, text in before if is_python(text)]
