"""Virtual environments that tests need beside the one they run in: made by need,
kept in the cache that git ignores, and named by what they were made of."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent
CACHE = PROJECT / ".cache"


class Unavailable(Exception):
    """The package index did not give what an environment needs."""


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


def python_with(
    requires: Iterable[str], *, extras: str = "", constraints: Path | None = None
) -> Path:
    """Return the Python of an environment that has this checkout and what is required.

    `extras` are those of this project ("notebooks"), `constraints` a file for pip.
    """
    wanted = [f"-e{PROJECT}[{extras}]" if extras else f"-e{PROJECT}"]
    wanted += [] if constraints is None else ["-c", str(constraints)]
    wanted += sorted({*requires})
    files = [PROJECT / "pyproject.toml", *([constraints] if constraints else ())]
    recipe = "\n".join((sys.version, *(each.read_text() for each in files), *wanted))
    name = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    folder = CACHE / "environments" / name
    python, finished = folder / "bin" / "python", folder / "finished"
    with alone(folder.with_suffix(".lock")):
        if not finished.exists():
            venv = [sys.executable, "-m", "venv", "--clear", str(folder)]
            subprocess.run(venv, check=True)
            pip(python, "install", "-q", *wanted)
            finished.write_text("\n".join(wanted) + "\n")
    return python


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time in: tests run in several."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
