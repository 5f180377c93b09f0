"""How it is measured: time in interleaved batches, calls and leftovers by counting."""

from __future__ import annotations

import gc
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

BATCH_SECONDS = 0.004  # short: a disturbance hits one batch, not one framework
CALIBRATIONS = 5
COUNTED = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """What is timed. What changes its own costs by being called says how often it
    may be, between two preparations that are not timed."""

    call: Callable[[], Any]
    prepare: Callable[[], None] = lambda: None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time in relation to the yardstick's of the same round, over all rounds."""

    lower: float
    median: float
    upper: float
    microseconds: float  # the median time of one call


@dataclass(frozen=True, slots=True)
class Count:
    """What one request costs, the same on each run and on each machine."""

    calls: int  # Python functions entered
    leftovers: float  # objects that only the garbage collector could free


def ratios(
    subjects: Mapping[str, Subject], yardstick: str, rounds: int, order: random.Random
) -> dict[str, Ratio]:
    """Time every subject once in each round, in an order drawn anew."""
    sizes = {name: each.batch or _batch_size(each) for name, each in subjects.items()}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    names = list(subjects)
    for _ in range(rounds):
        order.shuffle(names)
        for name in names:
            times[name].append(_seconds(subjects[name], sizes[name]) / sizes[name])
    return in_relation(times, yardstick)


def in_relation(
    times: Mapping[str, Sequence[float]], yardstick: str
) -> dict[str, Ratio]:
    """Divide the seconds of every round by the yardstick's of the same round."""
    return {name: _ratio(each, times[yardstick]) for name, each in times.items()}


def _ratio(times: Sequence[float], yardstick: Sequence[float]) -> Ratio:
    each = [mine / its for mine, its in zip(times, yardstick, strict=True)]
    lower, median, upper = statistics.quantiles(each, n=4, method="inclusive")
    return Ratio(lower, median, upper, statistics.median(times) * 1e6)


def _batch_size(subject: Subject) -> int:
    """Return how many calls take about BATCH_SECONDS; warms up on the way.

    The quickest of several counts: one that was disturbed would make all batches too
    small, and short ones pay more for each call, since others have run in between.
    """
    size = 1
    while (seconds := _quickest(subject, size)) < BATCH_SECONDS:
        size *= 2
    return max(1, round(size * BATCH_SECONDS / seconds))


def _quickest(subject: Subject, size: int) -> float:
    return min(_seconds(subject, size) for _ in range(CALIBRATIONS))


def _seconds(subject: Subject, size: int) -> float:
    """Time size calls after one that is not timed: it finds the caches cold.

    What they leave to the garbage collector is cleared off the clock.
    """
    subject.prepare()
    call = subject.call
    gc.disable()
    try:
        call()
        start = perf_counter()
        for _ in range(size):
            call()
        return perf_counter() - start
    finally:
        gc.enable()
        gc.collect(0)


def count(subject: Subject) -> Count:
    """Count one request's Python calls, and the garbage that requests leave."""
    subject.prepare()
    for _ in range(5):
        subject.call()  # the first ones fill caches
    return Count(_python_calls(subject.call), _leftovers(subject.call))


def _python_calls(call: Callable[[], Any]) -> int:
    """Return the lowest count of several: a cache may still expire in one."""

    def watch(frame: Any, event: str, argument: Any) -> None:
        nonlocal entered
        entered += event == "call"

    counts = []
    for _ in range(COUNTED):
        entered = 0
        sys.setprofile(watch)
        try:
            call()
        finally:
            sys.setprofile(None)
        counts.append(entered - 1)  # the workload's own callable
    return min(counts)


def _leftovers(call: Callable[[], Any]) -> float:
    """Return the lowest count of several: other threads leave something, too."""
    gc.disable()
    try:
        return min([_left_by(call) for _ in range(3)])
    finally:
        gc.enable()


def _left_by(call: Callable[[], Any]) -> float:
    gc.collect()
    for _ in range(COUNTED // 3):
        call()
    return gc.collect() / (COUNTED // 3)
