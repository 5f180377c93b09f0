"""What a request may cost: Python calls and garbage, the same on each machine.

Times vary from run to run and counts do not, so it is these that are guarded. A row
that has become cheaper is lowered here; the benchmark's table shows what it is to
reach (`python -m tests.benchmarks --calls`).
"""

from __future__ import annotations

import pytest

from tests.benchmarks.frameworks import find_candidate
from tests.benchmarks.measure import count
from tests.benchmarks.workloads import WORKLOADS

#: At most so many Python calls, and objects left to the garbage collector.
COSTS = {
    "hello text": (59, 0),
    "dict to JSON": (69, 0),
    "/users/<int:id>, 1 rule": (75, 8),
    "/users/<int:id>, 1,000 rules": (75, 8),
    "/users/<int:id>-n, 1,000 rules": (133_100, 8),
    "POST JSON and echo": (103, 0),
    "query and headers": (89, 0),
    "stream of 10 chunks": (134, 0),
    "tuple result": (83, 0),
    "template from a string": (771, 6),
    "template from a file": (222, 0),
    "session read and written": (266, 0),
    "session read": (161, 0),
    "session untouched": (59, 0),
    "three hooks of each kind": (77, 0),
    "404": (238, 81),
    "abort(403), handled": (99, 0),
    "own exception, handled": (92, 0),
    "four url_for, nested": (197, 8),
    "client: get": (117, 7),
    "client: post JSON": (283, 7),
    "client: session cookie": (259, 7),
    "client: query and headers": (280, 7),
    "test_request_context": (158, 40),
    "adding a route": (786, 0),
    "adding to 1,000, and asking": (13_000, 9_500),
}


@pytest.mark.parametrize("row", WORKLOADS, ids=lambda row: row.name)
def test_a_request_costs_no_more_calls_and_garbage_than_it_did(row):
    subject = row.build(find_candidate())
    assert subject is not None
    costs = count(subject)
    calls, leftovers = COSTS[row.name]
    assert costs.calls <= calls
    assert costs.leftovers <= leftovers
