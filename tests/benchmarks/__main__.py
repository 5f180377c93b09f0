"""The command line: python -m tests.benchmarks (see README.md beside this file)."""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .chart import draw
from .frameworks import FLASK, NBFLASK, Framework, find
from .imports import IMPORTS, Import
from .measure import Count, Ratio, Subject, count, ratios
from .registering import replacing
from .report import counts_table, replacing_table, times_table
from .workload import Workload
from .workloads import WORKLOADS

IMPORT_ROUNDS = 20  # processes take a second, not a batch's four milliseconds


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        frameworks, missing = find(options.candidate)
    except ImportError as error:
        print(f"Cannot import {options.candidate}: {error}", file=sys.stderr)
        return 1
    versions = _introduce(frameworks, missing)
    report = _count_all(frameworks, options)
    if report is None:
        report = _time_all(frameworks, options, versions)
    if options.json is not None:
        report |= {"versions": versions, "python": platform.python_version()}
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Compare nbflask with Flask and other frameworks.",
    )
    add = parser.add_argument
    add("--rounds", type=_rounds, default=100, help="batches of each (default: 100)")
    add("--seed", type=int, default=1, help="draws the order of the batches")
    add("--only", default="", metavar="TEXT", help="only rows with TEXT in their name")
    add("--json", type=Path, metavar="FILE", help="write the numbers to FILE as well")
    add("--chart", type=Path, metavar="FILE", help="draw the times in FILE, as SVG")
    add("--calls", action="store_true", help="count calls and leftovers, no times")
    add("--candidate", default=NBFLASK, help="module to measure as nbflask")
    return parser


def _rounds(text: str) -> int:
    if (rounds := int(text)) < 2:
        raise argparse.ArgumentTypeError("quartiles need 2 rounds or more")
    return rounds


def _introduce(frameworks: list[Framework], missing: list[str]) -> dict[str, str]:
    versions = {each.name: each.version for each in frameworks}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(f"Python {platform.python_version()}: {listed}")
    measured = frameworks[0].package
    if measured != NBFLASK:
        print(f"Measured as nbflask: {measured}")
    if missing:
        print(f"Not installed, left out: {', '.join(missing)}")
    return versions


def _count_all(
    frameworks: list[Framework], options: argparse.Namespace
) -> dict[str, Any] | None:
    """Count, if that is what is asked for, and print it."""
    if not options.calls:
        return None
    # Calls are counted in this thread alone: clients of the others have their own.
    counted = [each for each in frameworks if not each.asynchronous]
    counts: dict[Workload, dict[str, Count]] = {}
    for row in _chosen(WORKLOADS, options):
        built = _build(row, counted)
        counts[row] = {name: count(each) for name, each in built.items()}
    names = [each.name for each in counted]
    lines = [(row.name, row.calls, each) for row, each in counts.items()]
    print("\nPython calls of one request, and objects left to the garbage collector\n")
    print(counts_table(names, lines))
    return {"counts": _plain(counts)}


def _time_all(
    frameworks: list[Framework], options: argparse.Namespace, versions: dict[str, str]
) -> dict[str, Any]:
    names = [each.name for each in frameworks]
    yardstick = FLASK if FLASK in names else NBFLASK
    order = random.Random(options.seed)
    times: dict[Any, dict[str, Ratio]] = {}
    for row in _chosen(WORKLOADS, options):
        built = _build(row, frameworks)
        rounds = min(options.rounds, row.rounds or options.rounds)
        times[row] = ratios(built, yardstick, rounds, order)
    rounds = min(options.rounds, IMPORT_ROUNDS)
    for row in _chosen(IMPORTS, options):
        times[row] = row.ratios(frameworks, yardstick, rounds, order)
    print(f"\nTime, {yardstick} = 1: median (quartiles), less is better\n")
    print(times_table(names, times.items()))
    report = {"times": _plain(times), "rounds": options.rounds, "seed": options.seed}
    if not options.only and frameworks[0].package == NBFLASK:
        sizes = list(replacing(frameworks[0]))
        print(f"\n{replacing_table(sizes)}")
        report["replacing"] = sizes
    if options.chart is not None:
        caption = (
            f"{yardstick} {versions[yardstick]}, Python {platform.python_version()}"
        )
        draw(options.chart, times.items(), f"{caption}. Circles: others, where faster.")
    return report


def _chosen(rows: Sequence[Any], options: argparse.Namespace) -> list[Any]:
    return [each for each in rows if options.only in each.name]


def _build(row: Workload, frameworks: list[Framework]) -> dict[str, Subject]:
    print(f"  {row.name} …", file=sys.stderr)
    built = {each.name: row.build(each) for each in frameworks}
    return {name: each for name, each in built.items() if each is not None}


def _plain(results: Mapping[Workload | Import, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        row.name: {name: asdict(each) for name, each in values.items()}
        for row, values in results.items()
    }


if __name__ == "__main__":
    sys.exit(main())
