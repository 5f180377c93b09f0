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
    "hello text": (26, 0),
    "dict to JSON": (31, 0),
    "/users/<int:id>, 1 rule": (26, 0),
    "/users/<int:id>, 1,000 rules": (26, 0),
    "/users/<int:id>-n, 1,000 rules": (26, 0),
    "POST JSON and echo": (38, 0),
    "query and headers": (41, 0),
    "stream of 10 chunks": (52, 0),
    "tuple result": (28, 0),
    "template from a string": (62, 0),
    "template from a file": (68, 0),
    "session read and written": (119, 0),
    "session read": (67, 0),
    "session untouched": (26, 0),
    "three hooks of each kind": (56, 0),
    "404": (41, 0),
    "abort(403), handled": (40, 0),
    "own exception, handled": (35, 0),
    "four url_for, nested": (79, 0),
    "client: get": (39, 0),
    "client: post JSON": (58, 0),
    "client: session cookie": (86, 0),
    "client: query and headers": (60, 0),
    "test_request_context": (38, 0),
    "adding a route": (110, 0),
    "adding to 1,000, and asking": (286, 0),
}


@pytest.mark.parametrize("row", WORKLOADS, ids=lambda row: row.name)
def test_a_request_costs_no_more_calls_and_garbage_than_it_did(row):
    subject = row.build(find_candidate())
    assert subject is not None
    costs = count(subject)
    calls, leftovers = COSTS[row.name]
    assert costs.calls <= calls
    assert costs.leftovers <= leftovers
