"""Somebody without a mouse, who sees where they are. Knows no input of a panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator

from .front_end import Notebook

#: So many stops at most lie between two that are looked for.
STOPS = 24


@dataclass
class Typist:
    """Goes through what a cell shows with Tab, and looks around at each stop.

    `unwell` is what was not as it should be: a focus that is not seen, inputs that
    overlap, a notebook whose keys acted on its cells.
    """

    notebook: Notebook
    cell: str
    within: str
    unwell: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notebook.call("focus", self.cell)
        self.before = self.notebook.call("standing")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.notebook.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Write into what has the focus, in the place of what stands there."""
        self.press("Control+a")
        self.notebook.page.keyboard.type(text)
        self.look()

    def go(self, to: Locator, key: str = "Tab") -> None:
        to.wait_for()
        for _ in range(STOPS):
            self.press(key)
            self.look()
            if to.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"{key} does not lead to {to}")

    def back(self, to: Locator) -> None:
        self.go(to, "Shift+Tab")

    def push(self, to: Locator, key: str = "Space") -> None:
        """Push a button that Tab leads to."""
        self.go(to)
        self.press(key)
        self.look()

    def look(self) -> None:
        self.notebook.call("painted")
        inside = f"document.activeElement.closest({self.within!r}) !== null"
        if self.notebook.page.evaluate(inside):
            unseen = self.notebook.call("unseenFocus")
            overlapping = self.notebook.call("overlaps", self.within)
            self.unwell += [each for each in (unseen, *overlapping) if each]
        standing = self.notebook.call("standing")
        if standing != self.before:
            self.unwell.append(standing)
