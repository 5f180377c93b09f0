"""Which library a value is of, told by the modules that are loaded. Imports none."""

from __future__ import annotations

import sys
from typing import Any


def loaded(path: str) -> Any:
    """Return what "module:name" stands for if its module is loaded, else None."""
    module, _, name = path.partition(":")
    # Of a module that is being imported, not all names need be there.
    return getattr(sys.modules.get(module), name, None)


def is_a(value: Any, *paths: str) -> bool:
    """Whether a value is an instance of a class given as "module:name".

    A value can only be one if the module is loaded.
    """
    found = (loaded(each) for each in paths)
    return isinstance(value, tuple(each for each in found if isinstance(each, type)))
