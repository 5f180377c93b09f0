"""The mistakes that nbflask itself reports, one class each.

SetupError (AssertionError)      an app is set up in a way that cannot work
├── EndpointConflict             two functions claim one endpoint
└── SetupFinished                a setup method after the first request
MountConflict (ValueError)       two blueprints claim one name
ContentConflict (ValueError)     two templates, or static files, claim one name
FlaskIsLoaded (ImportError)      the alias comes after Flask itself

Nothing of HTTP lives here: those errors are Werkzeug's HTTPExceptions.
"""

from __future__ import annotations


class SetupError(AssertionError):
    """An app is set up in a way that cannot work. Flask raises AssertionError."""


class EndpointConflict(SetupError):
    """Two different functions claim one endpoint."""

    def __init__(self, endpoint: str, former: object, owner: object) -> None:
        name = getattr(former, "__name__", type(former).__name__)
        super().__init__(
            "View function mapping is overwriting an existing endpoint function:"
            f" {endpoint}\nIt is already served by {name} ({owner}){advice(former)}."
            f' Give this view another name, or say endpoint="{endpoint}2".'
        )


def advice(view: object) -> str:
    """Return what to do if a decorator has given a view its own function's name."""
    maker, made, _ = getattr(view, "__qualname__", "").rpartition(".<locals>.")
    if not made or hasattr(view, "view_class"):
        return ""
    maker = maker.rpartition(".")[2]
    return f"; views keep their names in {maker} by functools.wraps"


class SetupFinished(SetupError):
    """A setup method was called when requests may already have been answered."""


class MountConflict(ValueError):
    """Two blueprints claim one name."""

    def __init__(self, own_name: str, name: str, which: str) -> None:
        existing_at = "" if own_name == name else f" '{name}'"
        super().__init__(
            f"The name '{own_name}' is already registered for {which} blueprint"
            f"{existing_at}. Use 'name=' to provide a unique name."
        )


class ContentConflict(ValueError):
    """Two different templates, or static files, claim one name."""

    def __init__(self, what: str, owner: object) -> None:
        super().__init__(
            f"There is another {what} already, of {owner}. Give this one another name."
        )


class FlaskIsLoaded(ImportError):
    """Flask itself has been imported, so nothing can answer in its place."""

    def __init__(self, file: str | None) -> None:
        super().__init__(
            f"Flask itself is loaded already, from {file or 'an unknown place'}, so"
            " nbflask cannot stand for it in this process. Call"
            " nbflask.install_as_flask() before anything imports flask; in a"
            " notebook, restart the kernel first.",
            name="flask",
            path=file,
        )
