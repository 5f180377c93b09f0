"""Where a floor reaches up: import strings of what is loaded on first use only.

A front end may hang another door: the notebook serves in the background.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any

DOORS = {
    "jinja": "nbflask.rendering.jinja:Environment",
    "bad signature": "itsdangerous:BadSignature",
    "client": "nbflask.testing:FlaskClient",
    "environ": "nbflask.testing:environ_of",
    "explain": "nbflask.explain:explain",
    "trace": "nbflask.tracing:trace",
    "outline": "nbflask.outline:outline",
    "cli runner": "nbflask.cli.runner:FlaskCliRunner",
    "cli group": "nbflask.cli:AppGroup",
    "dotenv": "nbflask.cli:load_dotenv",
    "runner": "nbflask.cli:serve_forever",
    "notebook": "nbflask.ipynb.runs.loading:load_notebook",
    "alias": "nbflask.alias:install_as_flask",
    "attach": "nbflask.notebook:attach",
    "load": "nbflask.notebook:load",
    "unload": "nbflask.notebook:unload",
}

#: Which door opens by itself where a program of that name runs.
HOSTS = {"IPython": "attach"}


#: Imports a module, once: to ask Python for one that is loaded takes longer.
loaded = cache(importlib.import_module)


def open_door(name: str) -> Any:
    """Import and return what stands behind the door of this name."""
    module, _, attribute = DOORS[name].partition(":")
    return getattr(loaded(module), attribute)


class Behind:
    """An attribute of a class that stands behind a door until it is asked for."""

    def __init__(self, door: str) -> None:
        self._door = door

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        return open_door(self._door)


def behind(door: str) -> Any:
    """Return the value for a class's attribute, which says what type it has."""
    return Behind(door)


def greet_hosts() -> None:
    """Open the doors of the programs that this process runs in."""
    for module, name in HOSTS.items():
        if module in sys.modules:
            open_door(name)()
