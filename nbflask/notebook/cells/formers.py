"""The apps that a notebook's variable held before, for as long as they have something
that its app of now lacks. Nothing else keeps them alive.
"""

from __future__ import annotations

from typing import Any

from ...registry.adoption import adoptable
from ...registry.records import Record


class Formers:
    """Former apps by the variable that held them, the latest first."""

    def __init__(self) -> None:
        self._apps: dict[str, list[Any]] = {}

    def remember(self, name: str, former: Any) -> None:
        """Keep an app that has been replaced."""
        others = [each for each in self._apps.get(name, ()) if each is not former]
        self._apps[name] = [former, *others]

    def of(self, name: str, app: Any) -> list[Any]:
        """Return the former apps that have something for this one."""
        return [former for former, records in self._split(name, app) if records]

    def left(self, name: str, app: Any) -> list[Record]:
        """Return what the former apps have that this one lacks."""
        return [each for _, records in self._split(name, app) for each in records]

    def forget_done(self, name: str, app: Any) -> None:
        """Let go of the apps that have nothing left for this one."""
        if name in self._apps:
            self._apps[name] = self.of(name, app)
            if not self._apps[name]:
                del self._apps[name]

    def _split(self, name: str, app: Any) -> list[tuple[Any, list[Record]]]:
        """Return each former app with what it alone has, later ones first."""
        found, there = [], list(app.registry.records)
        for former in self._apps.get(name, ()):
            records = adoptable(former.registry.records, there)
            records = [] if former is app else records
            found.append((former, records))
            there += records
        return found
