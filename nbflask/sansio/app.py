"""The application, by its path in Flask's sansio package: `App` is `Flask`."""

from __future__ import annotations

from ..app import Flask as App

__all__ = ["App"]
