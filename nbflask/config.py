"""Settings: what they are by default, and a dict that can be filled from files,
objects and the environment. What a setting does is told where it is used.
"""

from __future__ import annotations

import json
import os
import typing as t
from datetime import timedelta
from errno import EISDIR, ENOENT, ENOTDIR
from types import ModuleType

from werkzeug.utils import import_string

T = t.TypeVar("T")

_NOT_A_FILE = frozenset({ENOENT, EISDIR})


class _Configured(t.Protocol):
    @property
    def config(self) -> t.Any: ...


#: What every app is configured with, until it says otherwise.
DEFAULTS: dict[str, t.Any] = {
    "DEBUG": None,
    "TESTING": False,
    "PROPAGATE_EXCEPTIONS": None,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "USE_X_SENDFILE": False,
    "TRUSTED_HOSTS": None,
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "MAX_CONTENT_LENGTH": None,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1_000,
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    "TRAP_BAD_REQUEST_ERRORS": None,
    "TRAP_HTTP_EXCEPTIONS": False,
    "EXPLAIN_TEMPLATE_LOADING": False,
    "PREFERRED_URL_SCHEME": "http",
    "TEMPLATES_AUTO_RELOAD": None,
    "MAX_COOKIE_SIZE": 4093,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
}


class ConfigAttribute(t.Generic[T]):
    """An attribute that reads and writes the setting of the given name.

    get_converter, if given, turns the stored value into what reading gives;
    writing stores the value as it is.
    """

    def __init__(
        self, name: str, get_converter: t.Callable[[t.Any], T] | None = None
    ) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @t.overload
    def __get__(self, obj: None, owner: None) -> ConfigAttribute[T]: ...

    @t.overload
    def __get__(self, obj: _Configured, owner: type[t.Any]) -> T: ...

    def __get__(
        self, obj: _Configured | None, owner: type[t.Any] | None = None
    ) -> T | ConfigAttribute[T]:
        if obj is None:
            return self
        value: T = obj.config[self.__name__]
        convert = self.get_converter
        return value if convert is None else convert(value)

    def __set__(self, obj: _Configured, value: t.Any) -> None:
        obj.config[self.__name__] = value


class Config(dict[str, t.Any]):
    """The settings of an application.

    Only upper-case names are taken over from files, objects and mappings, so
    these may hold helpers of their own beside the settings. File names are
    relative to root_path.
    """

    def __init__(
        self,
        root_path: str | os.PathLike[str],
        defaults: dict[str, t.Any] | None = None,
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file that an environment variable names.

        Return whether it was loaded. Raise RuntimeError if the variable is
        unset or empty, unless silent.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set and as such"
            " configuration could not be loaded. Set this variable and make it"
            " point to a configuration file"
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: t.Callable[[str], t.Any] = json.loads
    ) -> bool:
        """Load every environment variable that begins with the prefix and "_".

        A value that loads cannot read stays a string. FLASK_DB__HOST=x becomes
        config["DB"]["HOST"] = "x"; missing dicts on the way are created.
        Variables are taken in the order of their names.
        """
        prefix += "_"
        for variable in sorted(os.environ):
            if variable.startswith(prefix):
                value = _loaded_or_text(os.environ[variable], loads)
                self._set_nested(variable.removeprefix(prefix), value)
        return True

    def _set_nested(self, key: str, value: t.Any) -> None:
        *parents, last = key.split("__")
        target: t.Any = self
        for parent in parents:
            if parent not in target:
                target[parent] = {}
            target = target[parent]
        target[last] = value

    def from_pyfile(
        self, filename: str | os.PathLike[str], silent: bool = False
    ) -> bool:
        """Run a Python file and take over its upper-case names.

        Return whether the file was there; a missing one raises OSError, unless
        silent.
        """
        path = os.path.join(self.root_path, filename)
        module = ModuleType("config")
        module.__file__ = path
        try:
            with open(path, mode="rb") as file:
                exec(compile(file.read(), path, "exec"), module.__dict__)
        except OSError as error:
            # ENOTDIR too: a parent of an optional file may itself be a file.
            if silent and error.errno in _NOT_A_FILE | {ENOTDIR}:
                return False
            _explain_unreadable(error)
            raise
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take over the upper-case attributes of an object.

        A string is the import name of the object: "package.module" or
        "package.module:Class". A class is not instantiated, so its properties
        are not evaluated.
        """
        source = import_string(obj) if isinstance(obj, str) else obj
        for name in dir(source):
            if name.isupper():
                self[name] = getattr(source, name)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: t.Callable[[t.IO[t.Any]], t.Mapping[str, t.Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Load a file with a reader such as json.load or tomllib.load.

        The file is opened in binary mode if text is False. Return whether it
        was there; a missing one raises OSError, unless silent.
        """
        path = os.path.join(self.root_path, filename)
        try:
            with open(path, "r" if text else "rb") as file:
                settings = load(file)
        except OSError as error:
            if silent and error.errno in _NOT_A_FILE:
                return False
            _explain_unreadable(error)
            raise
        return self.from_mapping(settings)

    def from_mapping(
        self, mapping: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> bool:
        """Take over the upper-case items of a mapping, or of pairs, and keywords.

        Keywords win over the mapping.
        """
        settings = kwargs if mapping is None else {**dict(mapping), **kwargs}
        for name, value in settings.items():
            # Item by item: a subclass may watch or refuse single settings.
            if name.isupper():
                self[name] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, t.Any]:
        """Return the settings whose names begin with the namespace.

        With IMAGE_TYPE="fs" and IMAGE_PATH="/x", get_namespace("IMAGE_") is
        {"type": "fs", "path": "/x"}: fit for keyword arguments.
        """
        start = len(namespace) if trim_namespace else 0
        change_case = str.lower if lowercase else str
        return {
            change_case(name[start:]): value
            for name, value in self.items()
            if name.startswith(namespace)
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


def _loaded_or_text(text: str, loads: t.Callable[[str], t.Any]) -> t.Any:
    try:
        return loads(text)
    except Exception:
        # Whatever the reader raises, it only says: this is plain text.
        return text


def _explain_unreadable(error: OSError) -> None:
    error.strerror = f"Unable to load configuration file ({error.strerror})"
