"""Requests that are read late, and responses that are made soon: below `wrappers`."""
