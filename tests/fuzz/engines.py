"""What makes the input: atheris, which watches the code, or hypothesis."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

BATCH = 500


def has_atheris() -> bool:
    return importlib.util.find_spec("atheris") is not None


def by_atheris(target: str, watched: str, seconds: int) -> int:
    """Fuzz until the time is over. Does not return: the fuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=[watched]):
        module = importlib.import_module(target)
    with TemporaryDirectory() as corpus:
        for number, each in enumerate(module.examples):
            Path(corpus, str(number)).write_bytes(each)
        # What breaks is shown; a file of it is not needed.
        limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10"]
        place = f"-artifact_prefix={corpus}/"
        atheris.Setup([sys.argv[0], *limits, place, corpus], module.check)
        atheris.Fuzz()
    return 0


def by_hypothesis(target: str, seconds: int) -> int:
    """Fuzz until the time is over, or raise what broke."""
    module = importlib.import_module(target)
    end, examples = monotonic() + seconds, 0
    while monotonic() < end:
        batch(module.check, module.inputs, seed=examples)
        examples += BATCH
        print(f"\r{examples:,} inputs", end="", flush=True)
    print()
    return 0


def batch(check: Callable[[bytes], None], inputs: Any, seed: int) -> None:
    import hypothesis

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    @hypothesis.given(inputs)
    def holds(data: bytes) -> None:
        check(data)

    holds()
