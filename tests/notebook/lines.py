"""The lines of IPython and ipykernel that are tested, and where each is installed.

The newest is what the tests themselves run in; another has an environment of its
own, made on first use. Without the package index its tests fail: none is left out.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from tests.environments import python_with


@dataclass(frozen=True, slots=True)
class Line:
    """One line; without `requires` it is the one that is installed here."""

    name: str
    requires: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    def python(self) -> Path:
        """Return the Python that has it. Raises Unavailable if there is no index."""
        return installed(self.requires) if self.requires else Path(sys.executable)


NEWEST = Line("newest")
OLD = Line("6.29", ("ipykernel==6.29.5", "ipython==8.20.0"))
LINES = {line.name: line for line in (NEWEST, OLD)}


@cache
def installed(requires: tuple[str, ...]) -> Path:
    return python_with(requires, extras="notebooks")


class Kernels(KernelSpecManager):
    """Knows the kernel of each line by the line's name, whatever else is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        python = LINES[kernel_name].python()
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def own_sockets() -> dict[str, str]:
    """Return how a kernel is to be spoken to: through files of its own. Ports that
    are free when they are chosen may be taken when the kernel wants them."""
    return {"transport": "ipc", "ip": f"{gettempdir()}/kernel-{uuid4().hex}"}


class KernelOfALine(AsyncKernelManager):
    """Starts the kernel of the line that it is given as `kernel_name`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**own_sockets(), **settings)

    @default("kernel_spec_manager")
    def _kernels(self) -> Kernels:
        return Kernels()


#: Runs a test whose fixtures ask for `line`, such as `kernel`, on each of them.
on_every_line = pytest.mark.parametrize(
    "line", LINES.values(), ids=str, indirect=True, scope="module"
)
