"""Where a floor reaches up: import strings of what is loaded on first use only.

A front end may hang another door: the notebook serves in the background.
"""

from __future__ import annotations

import importlib
from typing import Any

DOORS = {
    "client": "nbflask.testing:FlaskClient",
    "environ builder": "nbflask.testing:EnvironBuilder",
    "cli runner": "nbflask.cli.runner:FlaskCliRunner",
    "cli group": "nbflask.cli:AppGroup",
    "dotenv": "nbflask.cli:load_dotenv",
    "runner": "nbflask.cli:serve_forever",
}


def open_door(name: str) -> Any:
    """Import and return what stands behind the door of this name."""
    module, _, attribute = DOORS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
