"""What a line that cannot be read raises."""

from __future__ import annotations


class LineError(ValueError):
    """A line that cannot be read: one sentence with what, where and the fix."""


class Unexpected(LineError):
    """An answer that is not the one that a line expects."""
