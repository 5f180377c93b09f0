"""The look of the explorer's panel, whose widgets bring colours of their own."""

from __future__ import annotations

from .page import render

#: The class of the panel.
NAME = "nf-explorer"


def style() -> str:
    """Return the panel's style, as HTML that shows nothing."""
    return render("explorer.html")
