"""The command line: python -m tests.load (see README.md beside this file)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from .trial import Trial


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with TemporaryDirectory() as folder:
        trial = Trial(folder, options.connections)
        verdict = trial.run(options.seconds, options.restarts)
    for name, count in sorted(verdict.counts.items()):
        print(f"{count:>10,}  {name}")
    for name, before in verdict.before.items():
        print(f"{name}: {before:,} → {verdict.after[name]:,}")
    for complaint in verdict.complaints:
        print(complaint, file=sys.stderr)
    return 1 if verdict.complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description="A notebook that serves under load."
    )
    add = parser.add_argument
    add("--seconds", type=float, default=600.0, help="how long (default: 600)")
    add("--connections", type=int, default=32, help="how many (default: 32)")
    add("--restarts", type=int, default=50, help="of the server (default: 50)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
