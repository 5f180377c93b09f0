"""The command line: python -m tests.conformance (see README.md beside this file)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from .environment import Unavailable
from .run import HERE, ON_FLASK, Impostor, passed
from .suites import SUITES, WIDER, Suite
from .verdict import HEAD, Verdict, expect, expected, state_rows, stated_rows


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    every = (*SUITES, *WIDER)
    chosen = [suite for suite in every if suite.name in options.suite]
    try:
        verdicts = [_judge(s) for s in chosen or (every if options.all else SUITES)]
    except (Unavailable, Impostor) as error:
        print(f"Nothing can be said: {error}", file=sys.stderr)
        return 2
    rows = [verdict.row() for verdict in verdicts]
    print(f"\n{HEAD}" + "\n".join(rows))
    if options.update:
        for verdict in verdicts:
            if verdict.suite in {suite.name for suite in SUITES}:
                expect(verdict.suite, verdict.here)
        state_rows(rows)
        verdicts = [replace(each, expected=each.here) for each in verdicts]
    complaints = [line for verdict in verdicts for line in verdict.complaints()]
    stated = stated_rows()
    complaints += [
        f"README.md has another row than {row}" for row in rows if row not in stated
    ]
    for line in complaints:
        print(line, file=sys.stderr)
    return 1 if complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance",
        description="Run Flask's own tests, and those of extensions, on nbflask.",
    )
    names = [suite.name for suite in (*SUITES, *WIDER)]
    parser.add_argument("suite", nargs="*", choices=[[], *names], metavar="SUITE")
    parser.add_argument(
        "--all", action="store_true", help="the suites of many more extensions too"
    )
    parser.add_argument(
        "--update", action="store_true", help="expect from now on what passes now"
    )
    return parser


def _judge(suite: Suite) -> Verdict:
    here, on_flask = passed(suite, HERE), passed(suite, ON_FLASK)
    print(f"{suite.name}: {len(here)} passed here, {len(on_flask)} on Flask")
    return Verdict(
        suite.name,
        suite.source,
        frozenset(here),
        frozenset(on_flask),
        frozenset(here) if suite in WIDER else expected(suite.name),
    )


if __name__ == "__main__":
    sys.exit(main())
