"""The Jupyter server that has started this kernel, as far as its files tell.

It writes where it listens into Jupyter's runtime folder, by its process's number,
which a kernel has in its environment. Asks nobody over the network.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class JupyterServer:
    """Where a Jupyter server listens; `base_url` begins and ends with a slash."""

    hostname: str
    base_url: str = "/"
    token: str = field(default="", repr=False)

    @property
    def is_for_this_machine(self) -> bool:
        """Whether only browsers on this machine reach it directly."""
        return is_loopback(self.hostname)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address means this machine alone."""
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host.lower() == "localhost"


@cache
def of_this_kernel() -> JupyterServer | None:
    """Return the server that has started this kernel; None if there is none."""
    return of_process(os.environ.get("JPY_PARENT_PID", ""), runtime_folder())


def of_process(number: str, folder: Path) -> JupyterServer | None:
    """Return what a server has written into Jupyter's runtime folder."""
    if not number.isdecimal():
        return None
    try:
        told = json.loads((folder / f"jpserver-{number}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return server_of(told) if isinstance(told, dict) else None


def server_of(told: Mapping[str, object]) -> JupyterServer:
    base = str(told.get("base_url") or "/").strip("/")
    return JupyterServer(
        str(told.get("hostname") or ""),
        f"/{base}/" if base else "/",
        str(told.get("token") or ""),
    )


def runtime_folder() -> Path:
    # A terminal has no Jupyter, and needs no more than a folder without its files.
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        return Path()
    return Path(jupyter_runtime_dir())
