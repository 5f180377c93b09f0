"""What serves a module elsewhere: a container, a cluster, and what has to be installed."""
