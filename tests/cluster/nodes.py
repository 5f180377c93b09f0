"""A Ray cluster of two nodes on this machine, until the standard input ends.

`python nodes.py PORT`: where the cluster is to be told what to serve. It says where
programs join it. Told "lose" it loses the second node, as if that had been switched
off; told "gain" it gets another. Python has to be that of an environment with Ray.
"""

from __future__ import annotations

import sys

from ray.cluster_utils import Cluster

STORE = 80 * 2**20  # bytes for objects: hardly any are sent here
NODE = {"num_cpus": 1, "object_store_memory": STORE}


def main(port: str) -> None:
    board = {"include_dashboard": True, "dashboard_port": int(port)}
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, **board})
    try:
        other = cluster.add_node(**NODE)
        cluster.wait_for_nodes()
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line == "lose\n":
                cluster.remove_node(other, allow_graceful=False)
            else:
                other = cluster.add_node(**NODE)
            print(line, end="", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
