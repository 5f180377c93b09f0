"""Blueprints, by their path in Flask's sansio package."""

from __future__ import annotations

from ..blueprints import Blueprint as Blueprint
from ..blueprints import BlueprintSetupState as BlueprintSetupState
from ..blueprints import DeferredSetupFunction as DeferredSetupFunction

__all__ = ["Blueprint", "BlueprintSetupState"]
