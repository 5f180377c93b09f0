"""Programs that hypothesis makes up do the same under Flask and under nbflask."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .scenarios import FAMILIES

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=500)


@pytest.mark.parametrize("family", FAMILIES)
@FEW
@given(data=st.data())
def test_a_made_up_program_does_the_same(pair, family, data):
    pair.agree({"steps": data.draw(FAMILIES[family]())})


@pytest.mark.heavy
@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(data=st.data())
def test_many_made_up_programs_do_the_same(pair, family, data):
    pair.agree({"steps": data.draw(FAMILIES[family]())})
