"""A pytest plugin that tells a file whose Flask the tests have met, and what became
of each. It is run inside of the suites' environments, and imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

testimony: dict[str, dict[str, str]] = {"flask": {}, "tests": {}}


def pytest_sessionstart() -> None:
    import flask

    testimony["flask"]["at the start"] = flask.Flask.__module__


def pytest_sessionfinish() -> None:
    testimony["flask"]["at the end"] = sys.modules["flask"].Flask.__module__
    with open(os.environ["CONFORMANCE_TESTIMONY"], "w", encoding="utf-8") as file:
        json.dump(testimony, file)


def pytest_runtest_logreport(report) -> None:  # type: ignore[no-untyped-def]
    known = testimony["tests"].get(report.nodeid, PASSED)
    outcome = SKIPPED if hasattr(report, "wasxfail") else report.outcome
    testimony["tests"][report.nodeid] = outcome if known == PASSED else known


def pytest_collectreport(report) -> None:  # type: ignore[no-untyped-def]
    if report.failed:
        testimony["tests"][report.nodeid] = FAILED
