"""The mistakes that nbflask itself reports, one class each.

SetupError (AssertionError)      an app is set up in a way that cannot work
├── EndpointConflict             two functions claim one endpoint
└── SetupFinished                a setup method after the first request
MountConflict (ValueError)       two blueprints claim one name
RuleError (ValueError)           a URL rule that cannot be read

Nothing of HTTP lives here: those errors are Werkzeug's HTTPExceptions.
"""

from __future__ import annotations


class SetupError(AssertionError):
    """An app is set up in a way that cannot work. Flask raises AssertionError."""


class EndpointConflict(SetupError):
    """Two different functions claim one endpoint."""

    def __init__(self, endpoint: str, former: str) -> None:
        super().__init__(
            "View function mapping is overwriting an existing endpoint function:"
            f" {endpoint}\nIt is already served by {former}. Give this view another"
            f' name, or say endpoint="{endpoint}2".'
        )


class SetupFinished(SetupError):
    """A setup method was called when requests may already have been answered."""


class MountConflict(ValueError):
    """Two blueprints claim one name."""


class RuleError(ValueError):
    """A URL rule cannot be read: what is wrong with it, and the fix."""
