"""Which Flask this is. This package's own version is in its metadata."""

from __future__ import annotations

#: The release of Flask whose API and behaviour this package has.
FLASK = "3.1.3"
