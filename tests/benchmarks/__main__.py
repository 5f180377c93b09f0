"""The command line: python -m tests.benchmarks (see README.md beside this file)."""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from .frameworks import FLASK, NBFLASK, Call, Framework, find
from .measure import Count, Ratio, count, ratios
from .workloads import WORKLOADS, build


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        frameworks, missing = find(options.candidate)
    except ImportError as error:
        print(f"Cannot import {options.candidate}: {error}", file=sys.stderr)
        return 1
    _introduce(frameworks, missing)
    names = [framework.name for framework in frameworks]
    if options.calls:
        counts = _each_workload(frameworks, _count_all)
        _print_table(names, counts, _count_cell)
        report = _report(frameworks, counts)
    else:
        yardstick = FLASK if FLASK in names else NBFLASK
        order = random.Random(options.seed)
        times = _each_workload(
            frameworks, lambda calls: ratios(calls, yardstick, options.rounds, order)
        )
        print(
            f"\nTime per request, {yardstick} = 1: median (quartiles), less is better"
        )
        _print_table(names, times, _ratio_cell)
        report = _report(frameworks, times)
        report |= {"rounds": options.rounds, "seed": options.seed, "unit": yardstick}
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Compare nbflask with Flask, Bottle and bare Werkzeug.",
    )
    add = parser.add_argument
    add("--rounds", type=_rounds, default=200, help="batches of each (default: 200)")
    add("--seed", type=int, default=1, help="draws the order of the batches")
    add("--json", type=Path, metavar="FILE", help="write the numbers to FILE as well")
    add("--calls", action="store_true", help="count calls and leftovers, no times")
    add("--candidate", default="nbflask", help="module to measure as nbflask")
    return parser


def _rounds(text: str) -> int:
    if (rounds := int(text)) < 2:
        raise argparse.ArgumentTypeError("quartiles need 2 rounds or more")
    return rounds


def _introduce(frameworks: list[Framework], missing: list[str]) -> None:
    versions = ", ".join(
        f"{framework.name} {framework.version}"
        + f" (measured: {framework.module.__name__})" * _is_stand_in(framework)
        for framework in frameworks
    )
    print(f"Python {platform.python_version()}: {versions}")
    if missing:
        print(f"Not installed, left out: {', '.join(missing)}")


def _is_stand_in(framework: Framework) -> bool:
    return framework.name == NBFLASK and framework.module.__name__ != "nbflask"


def _each_workload(
    frameworks: list[Framework], measured: Callable[[dict[str, Call]], dict]
) -> dict[str, dict]:
    results = {}
    for name in WORKLOADS:
        print(f"  {name} …", file=sys.stderr)
        calls = {framework.name: build(name, framework) for framework in frameworks}
        results[name] = measured(calls)
    return results


def _count_all(calls: dict[str, Call]) -> dict[str, Count]:
    return {name: count(call) for name, call in calls.items()}


def _print_table(
    names: list[str], results: Mapping[str, Mapping], cell: Callable[..., str]
) -> None:
    print("".join(f"{heading:<22}" for heading in ("", *names)).rstrip())
    for workload, row in results.items():
        cells = (cell(row[name]) for name in names)
        print("".join(f"{text:<22}" for text in (workload, *cells)).rstrip())


def _ratio_cell(ratio: Ratio) -> str:
    return f"{ratio.median:.2f} ({ratio.lower:.2f}–{ratio.upper:.2f})"


def _count_cell(count: Count) -> str:
    return f"{count.calls} calls, {count.leftovers:g} left"


def _report(frameworks: list[Framework], results: Mapping[str, Mapping]) -> dict:
    return {
        "python": platform.python_version(),
        "versions": {framework.name: framework.version for framework in frameworks},
        "results": {
            workload: {name: asdict(value) for name, value in row.items()}
            for workload, row in results.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())
