"""What a suite is run in: its sources from the package index, unpacked into a cache,
and a virtual environment with what it needs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from .suites import Suite

PROJECT = Path(__file__).parent.parent.parent
CACHE = PROJECT / ".cache" / "conformance"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


class Unavailable(Exception):
    """The package index did not give what a suite needs."""


def pip(python: Path, *arguments: str) -> None:
    """Run pip. Raises Unavailable with pip's own words if it fails."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise Unavailable(
            f"`pip {' '.join(arguments)}` failed, is the package index reachable?\n  "
            + "\n  ".join(reasons or done.stderr.splitlines()[-3:])
        )


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
    wanted = sorted({*requires})
    files = (PROJECT / "pyproject.toml", CONSTRAINTS)
    recipe = "\n".join((sys.version, *(each.read_text() for each in files), *wanted))
    folder = CACHE / "environments" / hashlib.sha256(recipe.encode()).hexdigest()[:16]
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    finished = folder / "finished"
    if not finished.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        options = ("-q", "-c", str(CONSTRAINTS), "-e", str(PROJECT))
        pip(python, "install", *options, *wanted)
        finished.write_text("\n".join(wanted) + "\n")
    return python
