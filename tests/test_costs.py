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
    "hello text": (38, 0),
    "dict to JSON": (45, 0),
    "/users/<int:id>, 1 rule": (50, 0),
    "/users/<int:id>, 1,000 rules": (50, 0),
    "/users/<int:id>-n, 1,000 rules": (50, 0),
    "POST JSON and echo": (81, 0),
    "query and headers": (74, 0),
    "stream of 10 chunks": (65, 0),
    "tuple result": (40, 0),
    "template from a string": (750, 6),
    "template from a file": (201, 0),
    "session read and written": (159, 0),
    "session read": (91, 0),
    "session untouched": (38, 0),
    "three hooks of each kind": (56, 0),
    "404": (63, 8),
    "abort(403), handled": (54, 0),
    "own exception, handled": (48, 0),
    "four url_for, nested": (171, 0),
    "client: get": (97, 7),
    "client: post JSON": (268, 7),
    "client: session cookie": (243, 7),
    "client: query and headers": (266, 7),
    "test_request_context": (50, 0),
    "adding a route": (118, 0),
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
