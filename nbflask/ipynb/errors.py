"""What is wrong with a notebook, in one line with what, where and the fix."""

from __future__ import annotations


class NotebookError(ValueError):
    """A notebook that cannot be read, or whose app cannot be told from the rest."""
