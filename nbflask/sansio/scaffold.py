"""What apps and blueprints have in common: `Scaffold` is `Registrar`."""

from __future__ import annotations

from ..current import _sentinel as _sentinel
from ..helpers import get_root_path as get_root_path
from ..registrar import Registrar as Scaffold
from ..registrar import _endpoint_from_view_func as _endpoint_from_view_func
from ..registrar import setupmethod as setupmethod
from ..resources import _find_package_path as _find_package_path
from ..resources import find_package as find_package

__all__ = ["Scaffold", "find_package", "setupmethod"]
