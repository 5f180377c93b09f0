"""Files that stand beside an app or a blueprint: its root path, its static and
template folders, its instance folder."""

from __future__ import annotations

import importlib.util
import os
import sys
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .ctx import current_app_context
from .helpers import get_root_path, send_from_directory

if TYPE_CHECKING:
    from jinja2 import BaseLoader

PathLike = str | os.PathLike[str]


class Resources:
    """The folders of an app or blueprint, and how files come out of them."""

    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: PathLike | None = None,
        static_url_path: str | None = None,
        template_folder: PathLike | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.template_folder = template_folder
        self.root_path = get_root_path(import_name) if root_path is None else root_path

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the static folder, or None."""
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)

    @static_folder.setter
    def static_folder(self, value: PathLike | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip("\\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a static folder is named. It need not exist."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL prefix of static files: as given, or the folder's name."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is None:
            return None
        return f"/{os.path.basename(self.static_folder)}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """Loads templates from the template folder, if there is one."""
        if self.template_folder is None:
            return None
        from jinja2 import FileSystemLoader

        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a browser may keep a file; None: ask again."""
        value = current_app_context().app.config["SEND_FILE_MAX_AGE_DEFAULT"]
        return int(value.total_seconds()) if isinstance(value, timedelta) else value

    def send_static_file(self, filename: str) -> Any:
        """Answer with a file of the static folder; 404 if there is none."""
        if self.static_folder is None:
            raise RuntimeError("'static_folder' must be set to serve static_files.")
        return send_from_directory(
            self.static_folder, filename, max_age=self.get_send_file_max_age(filename)
        )

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = None
    ) -> IO[Any]:
        """Open a file for reading, by its path from the root path."""
        if mode not in {"r", "rt", "rb"}:
            raise ValueError("Resources can only be opened for reading.")
        return open_file(os.path.join(self.root_path, resource), mode, encoding)


def open_file(path: str, mode: str, encoding: str | None) -> IO[Any]:
    return open(path, mode, encoding=None if "b" in mode else encoding)


def find_package(import_name: str) -> tuple[str | None, str]:
    """Return the prefix a package is installed under, or None, and its folder."""
    folder = _find_package_path(import_name)
    prefix = os.path.abspath(sys.prefix)
    if Path(folder).is_relative_to(prefix):
        return prefix, folder
    parent, name = os.path.split(folder)
    if name.lower() != "site-packages":
        return None, folder
    above, lib = os.path.split(parent)
    if lib.lower() == "lib":  # PREFIX/Lib/site-packages
        return above, folder
    if os.path.basename(above).lower() == "lib":  # PREFIX/lib/python3.x/site-packages
        return os.path.dirname(above), folder
    return parent, folder


def _find_package_path(import_name: str) -> str:
    """Return the folder that holds the top package of a module, else the current."""
    try:
        spec = importlib.util.find_spec(import_name.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return os.getcwd()
    if not spec.submodule_search_locations:
        return os.path.dirname(spec.origin) if spec.origin else os.getcwd()
    if spec.origin is None or spec.origin == "namespace":
        locations = list(spec.submodule_search_locations)
        return os.path.dirname(_location_of(import_name, locations))
    return os.path.dirname(os.path.dirname(spec.origin))


def _location_of(import_name: str, locations: list[str]) -> str:
    """Return which part of a namespace package holds a module."""
    spec = importlib.util.find_spec(import_name)
    if spec is None or not spec.submodule_search_locations:
        return locations[0]
    package = Path(os.path.commonpath(list(spec.submodule_search_locations)))
    return next(each for each in locations if package.is_relative_to(each))
