"""Each target of the fuzz command holds, for as long as a test may take."""

import pytest

from tests.fuzz.__main__ import TARGETS, main


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds(target, capsys):
    assert main([target, "--seconds", "1", "--engine", "hypothesis"]) == 0
    assert capsys.readouterr().out.startswith(f"Fuzzing {target} by hypothesis")
