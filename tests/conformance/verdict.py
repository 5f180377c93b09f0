"""What a run says: against the list of what is expected, and against Flask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .suites import SUITES, WIDER

EXPECTED = Path(__file__).parent / "expected"
README = Path(__file__).parent / "README.md"
HEAD = "| suite | passed here | passed on Flask |\n|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tests of one suite that pass here, that pass on Flask, that are to pass."""

    suite: str
    source: str
    here: frozenset[str]
    on_flask: frozenset[str]
    expected: frozenset[str]

    def complaints(self) -> list[str]:
        """Return what is wrong, a line for each test."""
        return [
            *_lines("passed before and does not any more", self.expected - self.here),
            *_lines("passes on Flask and not here", self.on_flask - self.here),
            *_lines(
                "passes and is not expected to: add it with --update",
                self.here - self.expected,
            ),
        ]

    def row(self) -> str:
        """Return the suite's row of the table in README.md."""
        name = f"{self.suite} ({self.source})"
        return f"| {name} | {len(self.here)} | {len(self.on_flask)} |"


def _lines(what: str, tests: Iterable[str]) -> list[str]:
    return [f"{test} {what}" for test in sorted(tests)]


def expected(suite: str) -> frozenset[str]:
    """Return the tests of a suite that are to pass."""
    path = EXPECTED / f"{suite}.txt"
    return frozenset(path.read_text("utf-8").splitlines() if path.exists() else ())


def expect(suite: str, tests: Iterable[str]) -> None:
    """Write down which tests of a suite are to pass."""
    EXPECTED.mkdir(exist_ok=True)
    lines = "".join(f"{test}\n" for test in sorted(tests))
    (EXPECTED / f"{suite}.txt").write_text(lines, "utf-8")


def stated_rows() -> list[str]:
    """Return the rows of the table in README.md."""
    table = README.read_text("utf-8").partition(HEAD)[2].partition("\n\n")[0]
    return table.splitlines()


def state_rows(rows: Iterable[str]) -> None:
    """Put these rows into README.md, in the place of those of the same suites."""
    table = {suite_of(row): row for row in (*stated_rows(), *rows)}
    ordered = [table[each.name] for each in (*SUITES, *WIDER) if each.name in table]
    before, head, rest = README.read_text("utf-8").partition(HEAD)
    after = rest.partition("\n\n")[2]
    lines = "".join(f"{row}\n" for row in ordered)
    README.write_text(f"{before}{head}{lines}\n{after}", "utf-8")


def suite_of(row: str) -> str:
    """Return the name of the suite that a row of the table is about."""
    return row.split()[1]
