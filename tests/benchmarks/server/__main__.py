"""The command line: python -m tests.benchmarks.server (see ../README.md)."""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version

from .servers import SERVERS

YARDSTICK = next(iter(SERVERS))
#: What is measured, each with the main thread at rest and computing.
STATES = ("rest", "compute")


class Process:
    """A process of its own that answers one line with one line."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=10)

    def told(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def tell(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self.told()


@dataclass(frozen=True, slots=True)
class Sample:
    rate: float  # requests per second
    latency: float  # seconds


Samples = dict[tuple[str, str], list[Sample]]  # of each server in each state


def sampled(options: argparse.Namespace) -> Samples:
    """Ask each server in each round, in an order drawn anew."""
    samples: Samples = {(name, state): [] for name in SERVERS for state in STATES}
    order = random.Random(options.seed)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(Process("servers", name)) for name in SERVERS
        }
        ports = {name: server.told().strip() for name, server in servers.items()}
        client = stack.enter_context(Process("client"))
        for state in STATES * options.rounds:
            for name in order.sample([*SERVERS], len(SERVERS)):
                servers[name].tell(state)
                asked = f"{ports[name]} {options.connections} {options.seconds}"
                samples[name, state].append(Sample(*json.loads(client.tell(asked))))
                servers[name].tell("rest")
    return samples


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    versions = (
        f"{name} {version(name)}" for name in ("werkzeug", "waitress", "cheroot")
    )
    print(f"Python {platform.python_version()}: {', '.join(versions)}")
    samples = sampled(options)
    for state in STATES:
        print(f"\nMain thread: {state}; {YARDSTICK} = 1: median (quartiles)")
        print(f"{'':<22}{'requests/s':<30}median latency")
        for name in SERVERS:
            here, there = samples[name, state], samples[YARDSTICK, state]
            rate = cell("{:,.0f}", rates(here), rates(there))
            latency = cell("{:.2f} ms", latencies(here), latencies(there))
            print(f"{name:<22}{rate:<30}{latency}")
    return 0


def rates(samples: list[Sample]) -> list[float]:
    return [each.rate for each in samples]


def latencies(samples: list[Sample]) -> list[float]:
    """Return them in milliseconds."""
    return [each.latency * 1e3 for each in samples]


def cell(form: str, mine: list[float], its: list[float]) -> str:
    """Return the ratios of each round, and the median itself."""
    each = [one / other for one, other in zip(mine, its, strict=True)]
    lower, median, upper = statistics.quantiles(each, n=4, method="inclusive")
    value = form.format(statistics.median(mine))
    return f"{median:.2f} ({lower:.2f}–{upper:.2f}) {value}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.server",
        description="Compare nbflask's server with Werkzeug's, waitress and cheroot.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=15, help="samples of each (default: 15)")
    add("--seconds", type=float, default=1.0, help="of a sample (default: 1)")
    add("--connections", type=int, default=8, help="at once (default: 8)")
    add("--seed", type=int, default=1, help="draws the order of the servers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
