"""What a check has found, as data and as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a notebook, and the cell and line that it is in, as
    far as they are known."""

    says: str
    cell: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Unasked:
    """A route that no request has reached: its rule, the methods that are missing, the
    variable of its app, and where it is defined. With `is_changed` an earlier view of
    it was asked."""

    rule: str
    methods: tuple[str, ...]
    app: str = "app"
    cell: int | None = None
    line: int | None = None
    is_changed: bool = False

    def finding(self, *, names_app: bool = False) -> Finding:
        route = f"{','.join(self.methods)} {self.rule}"
        whose = f" of {self.app}" if names_app else ""
        since = " since it was changed" if self.is_changed else ""
        says = f"no request asks for {route}{whose}{since}"
        return Finding(says, self.cell, self.line)

    def without(self, allowed: Sequence[str]) -> Unasked | None:
        """Return what is left if some need not be asked: "/health", "POST /users",
        "/admin/*"."""
        left = tuple(each for each in self.methods if not self._is_among(allowed, each))
        if not left:
            return None
        return Unasked(self.rule, left, self.app, self.cell, self.line, self.is_changed)

    def _is_among(self, allowed: Sequence[str], method: str) -> bool:
        ways = (self.rule, f"{method} {self.rule}")
        return any(
            way == each or fnmatchcase(way, each) for each in allowed for way in ways
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a notebook: how many of its cells have run, how many routes its
    apps have, and what is wrong. `routes` is None if they were not looked at, for an
    error had ended the run before."""

    name: str
    ran: int
    cells: int
    routes: int | None
    findings: tuple[Finding, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each finding: "api.ipynb, cell 4, line 2: …"."""
        for each in self.findings:
            cell = "" if each.cell is None else f", cell {each.cell}"
            line = "" if each.line is None else f", line {each.line}"
            yield f"{self.name}{cell}{line}: {each.says}"

    def summary(self) -> str:
        """Return the notebook's whole story in a line."""
        found = counted(len(self.findings), "finding") if self.findings else "all well"
        if self.routes is None:
            of = f"{self.ran} of {counted(self.cells, 'cell')}"
            return f"{self.name}: stopped after {of}, {found}"
        ran, routes = counted(self.ran, "cell"), counted(self.routes, "route")
        return f"{self.name}: {ran} run, {routes}, {found}"


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
