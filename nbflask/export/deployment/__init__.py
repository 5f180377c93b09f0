"""What serves a module elsewhere: a container, a cluster, and what they install."""
