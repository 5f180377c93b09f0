"""A notebook that serves under load while it is worked in (see README.md here)."""
