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
    "hello text": (25, 0),
    "dict to JSON": (30, 0),
    "/users/<int:id>, 1 rule": (25, 0),
    "/users/<int:id>, 1,000 rules": (25, 0),
    "/users/<int:id>-n, 1,000 rules": (25, 0),
    "POST JSON and echo": (37, 0),
    "query and headers": (40, 0),
    "stream of 10 chunks": (51, 0),
    "tuple result": (27, 0),
    "template from a string": (61, 0),
    "template from a file": (67, 0),
    "session read and written": (118, 0),
    "session read": (66, 0),
    "session untouched": (25, 0),
    "three hooks of each kind": (64, 0),
    "404": (34, 0),
    "abort(403), handled": (39, 0),
    "own exception, handled": (34, 0),
    "four url_for, nested": (78, 0),
    "client: get": (38, 0),
    "client: post JSON": (57, 0),
    "client: session cookie": (85, 0),
    "client: query and headers": (59, 0),
    "test_request_context": (33, 0),
    "adding a route": (110, 0),
    "adding to 1,000, and asking": (278, 0),
}


@pytest.mark.parametrize("row", WORKLOADS, ids=lambda row: row.name)
def test_a_request_costs_no_more_calls_and_garbage_than_it_did(row):
    subject = row.build(find_candidate())
    assert subject is not None
    costs = count(subject)
    calls, leftovers = COSTS[row.name]
    assert costs.calls <= calls
    assert costs.leftovers <= leftovers
