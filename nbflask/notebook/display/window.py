"""A page of the server, embedded: its scripts run, and reach nothing of Jupyter."""

from __future__ import annotations

from .page import Card, render

HEIGHT = 420


def card(url: str, path: str, changes: int) -> Card:
    """Return a frame with the page of `path`, which is at `url`; `changes` makes one
    card differ from the next, so that the page is loaded anew. Without a url nothing
    is served."""
    html = render("window.html", url=url, path=path, changes=changes, height=HEIGHT)
    text = f"Showing {url}" if url else "No server is running: %flask run"
    return Card(text, html)
