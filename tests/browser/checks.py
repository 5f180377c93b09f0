"""What every page must hold to, and how the tests look at it. Knows no cell."""

from __future__ import annotations

import os
import re
from pathlib import Path

THEMES = ("JupyterLab Light", "JupyterLab Dark")
LIMIT = 10.0  # seconds that a condition may take before a test fails
#: WCAG's least contrast for text of this size.
READABLE = 4.5
#: What front ends say without being asked: they warn of their own doings.
HARMLESS = re.compile(r"^(debug|info|log|warning): (?!HOSTILE)")
#: What Chromium says when a sandbox or a policy does its work.
BLOCKED = re.compile(
    r"^error: (Blocked script execution in 'about:srcdoc'"
    r"|.*violates the following Content Security Policy directive"
    r"|Refused to execute the redirect specified via '<meta"
    r"|Unsafe attempt to initiate navigation)",
    re.DOTALL,
)


def screenshot(notebook, name: str, folder: Path) -> bytes:
    """Take a picture; it is kept in NBFLASK_SCREENSHOTS, if that names a folder."""
    kept = Path(os.environ.get("NBFLASK_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    picture = notebook.page.screenshot()
    (kept / f"{name}.png").write_bytes(picture)
    return picture


def card_of(notebook, cell: str):
    """The last card that a cell shows."""
    return notebook.cell(cell).locator(".nbflask-card").last


def complaints(notebook) -> list[str]:
    said = [each for each in notebook.console if not HARMLESS.match(each)]
    return [*said, *notebook.errors, *notebook.dialogs]


def strangers(notebook, jupyter) -> list[str]:
    """The requests that went anywhere but to Jupyter."""
    return [
        url
        for url in notebook.requests
        if not url.startswith((jupyter.url, "data:", "blob:", "about:"))
    ]
