"""Finding an app: in a module, by its name, by a path. Nothing is run or served."""

from __future__ import annotations

import ast
import inspect
import sys
import traceback
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, overload

import click

from ..app import Flask

APPS = ("app", "application")
FACTORIES = ("create_app", "make_app")


class NoAppException(click.UsageError):
    """There is no app to be found, or it cannot be made. Shown without traceback."""


def find_best_app(module: ModuleType) -> Flask:
    """Return the app that a module most likely means.

    That is its `app` or `application`, else its only app, else what its
    `create_app` or `make_app` returns. Raises NoAppException.
    """
    for name in APPS:
        app = getattr(module, name, None)
        if isinstance(app, Flask):
            return app
    apps = [value for value in vars(module).values() if isinstance(value, Flask)]
    if len(apps) > 1:
        raise NoAppException(
            f"Detected multiple Flask applications in module '{module.__name__}'."
            f" Use '{module.__name__}:name' to specify the correct one."
        )
    app = apps[0] if apps else _from_a_factory(module)
    if app is None:
        raise NoAppException(
            "Failed to find Flask application or factory in module"
            f" '{module.__name__}'. Use '{module.__name__}:name' to specify one."
        )
    return app


def _from_a_factory(module: ModuleType) -> Flask | None:
    for name in FACTORIES:
        factory = getattr(module, name, None)
        if inspect.isfunction(factory):
            app = _call(
                factory,
                f"Detected factory '{name}' in module '{module.__name__}', but could"
                f" not call it without arguments. Use '{module.__name__}:{name}(args)'"
                " to specify arguments.",
            )
            if isinstance(app, Flask):
                return app
    return None


def _call(
    factory: Callable[..., Any], complaint: str, *args: Any, **kwargs: Any
) -> Any:
    """Call a factory, with the complaint if it does not take these arguments."""
    try:
        return factory(*args, **kwargs)
    except TypeError as error:
        if _was_entered(factory, error):
            raise
        raise NoAppException(complaint) from error


def _was_entered(function: Callable[..., Any], error: BaseException) -> bool:
    # A TypeError of the call itself comes before the function has a frame.
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is function.__code__ for frame, _ in frames)


def find_app_by_string(module: ModuleType, app_name: str) -> Flask:
    """Return a module's app by its name, or by a call that makes it.

    "app" is a name, "create_app('dev', debug=True)" a call; its arguments are
    literals. Raises NoAppException.
    """
    name, args, kwargs = _read_reference(app_name)
    try:
        app = getattr(module, name)
    except AttributeError as error:
        raise NoAppException(
            f"Failed to find attribute {name!r} in {module.__name__!r}."
        ) from error
    if inspect.isfunction(app):
        complaint = (
            f"The factory {app_name!r} in module {module.__name__!r} could not be"
            " called with the specified arguments."
        )
        app = _call(app, complaint, *args, **kwargs)
    if isinstance(app, Flask):
        return app
    raise NoAppException(
        "A valid Flask application was not obtained from"
        f" '{module.__name__}:{app_name}'."
    )


def _read_reference(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Return the name that is meant, and the arguments if it is a call.

    "make('dev', port=1)" becomes ("make", ["dev"], {"port": 1}).
    """
    unreadable = f"Failed to parse {text!r} as an attribute name or function call."
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise NoAppException(unreadable) from None
    if isinstance(expression, ast.Name):
        return expression.id, [], {}
    if not isinstance(expression, ast.Call):
        raise NoAppException(unreadable)
    if not isinstance(expression.func, ast.Name):
        raise NoAppException(f"Function reference must be a simple name: {text!r}.")
    try:
        args = [ast.literal_eval(value) for value in expression.args]
        named = [(each.arg, each.value) for each in expression.keywords]
        kwargs = {name: ast.literal_eval(value) for name, value in named if name}
    except ValueError:
        # What literal_eval says names a node of the syntax tree.
        raise NoAppException(
            f"Failed to parse arguments as literal values: {text!r}."
        ) from None
    return expression.func.id, args, kwargs


def prepare_import(path: str | PathLike[str]) -> str:
    """Return the import name of a file or folder, and make it importable.

    "shop/web/__init__.py" becomes "shop.web" if shop is a package too; the folder
    that shop is in comes first in `sys.path`.
    """
    place = Path(path).resolve()
    if place.suffix == ".py":
        place = place.with_suffix("")
    if place.name == "__init__":
        place = place.parent
    names = [place.name]
    folder = place.parent
    while folder.name and (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))
    return ".".join(names)


@overload
def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: Literal[True] = True
) -> Flask: ...


@overload
def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool
) -> Flask | None: ...


def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool = True
) -> Flask | None:
    """Import a module and return its app: the one of that name, or the best one.

    A module that does not exist is None instead of an error, if so wished; one
    that fails to import never is. Raises NoAppException.
    """
    try:
        __import__(module_name)
    except ImportError as error:
        # A second frame belongs to a module that was found and then failed.
        if error.__traceback__ and error.__traceback__.tb_next:
            raise NoAppException(
                f"While importing {module_name!r}, an ImportError was raised:"
                f"\n\n{traceback.format_exc()}"
            ) from None
        if raise_if_not_found:
            raise NoAppException(f"Could not import {module_name!r}.") from None
        return None
    module = sys.modules[module_name]
    if app_name is None:
        return find_best_app(module)
    return find_app_by_string(module, app_name)
