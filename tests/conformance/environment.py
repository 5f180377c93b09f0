"""What a suite is run in: its sources from the package index, unpacked into a cache,
and a virtual environment with what it needs."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from tests import environments
from tests.environments import PROJECT as PROJECT
from tests.environments import Unavailable as Unavailable
from tests.environments import pip

from .suites import Suite

CACHE = environments.CACHE / "conformance"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def sources(suite: Suite) -> Path:
    """Return the folder that a suite is run from, downloaded on first use."""
    folder = CACHE / "sources" / suite.source
    if not folder.exists():
        parcels = CACHE / "parcels" / suite.source
        options = ("--no-deps", "--no-binary", ":all:", "--dest", str(parcels))
        pip(Path(sys.executable), "download", "-q", *options, suite.source)
        [parcel] = parcels.iterdir()
        unfinished = folder.with_name(f"{folder.name}.part")
        with tarfile.open(parcel) as archive:
            archive.extractall(unfinished, filter="data")
        unfinished.rename(folder)
        # A suite without settings of its own must not find this project's.
        (CACHE / "pytest.ini").write_text("[pytest]\n")
    [top] = folder.iterdir()
    return top / suite.root


def python_with(requires: Iterable[str]) -> Path:
    """Return the Python of an environment that has nbflask and what is required."""
    return environments.python_with(requires, constraints=CONSTRAINTS)
