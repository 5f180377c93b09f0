"""The look of the explorer's panel, whose widgets bring colours of their own."""

from __future__ import annotations

from .page import render

#: The class of the panel.
NAME = "nf-explorer"
#: The classes of the buttons that choose a tab, and of what shows it.
TABS, TAB = "nf-tabs", "nf-tab"


def style() -> str:
    """Return the panel's style, as HTML that shows nothing."""
    return render("explorer.html")


def said(text: str, *, wrong: bool = False) -> str:
    """Return a text beside an input as HTML; nothing, if there is none."""
    return render("said.html", text=text, wrong=wrong).strip()


def asked(method: str, rule: str, endpoint: str) -> str:
    """Return a route as a line of HTML: what is asked, and who answers."""
    return render("asked.html", method=method, rule=rule, endpoint=endpoint)
