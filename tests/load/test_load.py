"""Ten seconds of what `python -m tests.load` does for ten minutes."""

from __future__ import annotations

import pytest

from tests.load.trial import Trial

pytestmark = [pytest.mark.kernel, pytest.mark.heavy]


def test_a_notebook_is_worked_in_under_load_and_nothing_is_lost(tmp_path):
    trial = Trial(str(tmp_path), connections=32)
    verdict = trial.run(seconds=10.0, restarts=5)
    assert verdict.complaints == []
    counts = verdict.counts
    assert counts["restarts"] == 5 <= counts["interrupts"]
    assert counts["answers"] > 500
    assert counts["cells"] > 10
