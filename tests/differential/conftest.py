"""The two frameworks, started once for all differential tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .pair import Pair, running


@pytest.fixture(scope="session")
def pair(tmp_path_factory) -> Iterator[Pair]:
    """Flask and nbflask, each in a process of its own."""
    with running(tmp_path_factory.mktemp("differential")) as both:
        yield both
