"""The notebook layer: magics, displays, servers."""
