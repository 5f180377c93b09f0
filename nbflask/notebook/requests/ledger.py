"""What a notebook has sent, and how it was answered, cell by cell.

A cell owns what it sends here too: when it runs again, what it sent before is gone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from ...ipynb.reading import Document
from ...ipynb.requests.recorded import Secrets, Sent
from ...registry.owners import Owner
from ..cells.watch import CellWatch

#: Requests that are remembered; the first are forgotten first.
MOST_REQUESTS = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, the cell that sent it, and in which run."""

    sent: Sent
    owner: Owner
    run: int


class Ledger:
    """The requests of a notebook's cells, in the order in which they were sent."""

    def __init__(self, watch: CellWatch) -> None:
        self.secrets = Secrets()
        self._watch = watch
        self._entries: deque[Entry] = deque(maxlen=MOST_REQUESTS)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    @property
    def sent(self) -> tuple[Sent, ...]:
        return tuple(each.sent for each in self._entries)

    def sent_in(self, document: Document) -> tuple[Sent, ...]:
        """Return the requests of a document's cells, in its order."""
        of_cells: dict[str, list[Sent]] = {}
        for each in self._entries:
            of_cells.setdefault(each.owner.name, []).append(each.sent)
        return tuple(
            replace(sent, cell=cell.number)
            for cell in document.cells
            for sent in of_cells.get(cell.id, ())
        )

    def keep(self, sent: Sent) -> None:
        """Remember a request, of the cell that is running."""
        owner, run = self._watch.owner(), self._watch.count
        last = self._entries[-1] if self._entries else None
        if last is None or (last.owner, last.run) != (owner, run):
            kept = (e for e in self._entries if e.owner != owner or e.run == run)
            self._entries = deque(kept, maxlen=MOST_REQUESTS)
        self._entries.append(Entry(sent, owner, run))
