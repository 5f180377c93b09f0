"""What a line that cannot be read raises."""

from __future__ import annotations


class LineError(ValueError):
    """A line that cannot be read: one sentence with what, where and the fix."""
