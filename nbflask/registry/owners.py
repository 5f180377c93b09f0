"""Who registers what. Knows nothing of HTTP or of notebooks."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from ..values import Value

PACKAGE = __name__.partition(".")[0]


class Owner(Value):
    """Who filed a record: a module, code that may run again, this package.

    Owners with equal `kind` and `name` are one; `label` is for people and may
    change from run to run ("cell [3]"). A `live` owner may run again, and then
    takes the place of what it filed before. It is `lasting` if the next run is
    known to be its own; else it has to be told by what it files.
    """

    kind: str
    name: str
    label: str = ""
    live: bool = False
    lasting: bool = True

    def __eq__(self, other: object) -> bool:
        if type(other) is not Owner:
            return NotImplemented
        return self.kind == other.kind and self.name == other.name

    def __hash__(self) -> int:
        return hash((self.kind, self.name))

    def __str__(self) -> str:
        return self.label or self.name


#: What an app or a blueprint files for itself, such as its static route.
FRAMEWORK = Owner("framework", PACKAGE)


def are_two_cells(one: Owner, other: Owner) -> bool:
    """Whether two owners are known as two: each lasts from run to run."""
    both = (one, other)
    return one != other and all(each.live and each.lasting for each in both)


def calling_frame() -> FrameType | None:
    """Return the nearest frame that runs code from outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and belongs_here(frame.f_globals):
        frame = frame.f_back
    return frame


def belongs_here(namespace: dict[str, Any]) -> bool:
    """Whether a module of this package has these globals, whatever it is called."""
    return str(namespace.get("__package__", "")).partition(".")[0] == PACKAGE


def calling_module() -> Owner:
    """Return the module whose code registers at this moment."""
    frame = calling_frame()
    name = "__main__" if frame is None else frame.f_globals.get("__name__", "__main__")
    return Owner("module", str(name))
