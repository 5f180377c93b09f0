"""A cluster for all tests of this folder, and a shop that each has served there.

They are run where they are asked for, `-m ray`: Ray is big, and needs its time.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from tests.environments import python_with
from tests.processes import until

from .serving import Shop, started


def pytest_collection_modifyitems(config, items) -> None:
    if "ray" not in config.option.markexpr:
        left = [each for each in items if each.get_closest_marker("ray")]
        config.hook.pytest_deselected(items=left)
        items[:] = [each for each in items if each not in left]


@pytest.fixture(scope="session")
def running() -> Iterator[Shop]:
    python = python_with((), extras="ray")
    # Sockets lie below it, whose paths must be short.
    home = Path(mkdtemp(prefix="ray"))
    board, port = free_ports(2)
    with started(python, home, board) as cluster:
        yield Shop(cluster, python, f"http://127.0.0.1:{board}", port)
    until(lambda: is_removed(home))


def is_removed(folder: Path) -> bool:
    """Try to remove a folder, which processes that are about to end still write to."""
    rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.fixture
def shop(running: Shop, tmp_path: Path) -> Iterator[Shop]:
    """A shop that a test says how to serve."""
    running.folder = tmp_path
    yield running
    running.let_go()


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
