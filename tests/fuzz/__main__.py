"""The command line: python -m tests.fuzz (see README.md beside this file)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .engines import by_atheris, by_hypothesis, has_atheris

#: Each target, and the package whose code it is to reach.
TARGETS = {
    "server": "nbflask.server",
    "grammar": "nbflask.grammar",
    "http": "nbflask.grammar",
    "cards": "nbflask.notebook.display",
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    target = f"{__package__}.{options.target}"
    engine = options.engine or ("atheris" if has_atheris() else "hypothesis")
    if engine == "atheris" and not has_atheris():
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    print(f"Fuzzing {options.target} by {engine} for {options.seconds} s", flush=True)
    if engine == "atheris":
        return by_atheris(target, TARGETS[options.target], options.seconds)
    return by_hypothesis(target, options.seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Feed a part of nbflask with anything."
    )
    add = parser.add_argument
    add("target", choices=sorted(TARGETS), help="what is fed")
    add("--seconds", type=int, default=60, help="how long (default: 60)")
    engines = ("atheris", "hypothesis")
    add("--engine", choices=engines, help="default: atheris if it is installed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
