"""nbflask: the micro web framework that lives in a notebook.

All names are Flask's. `%load_ext nbflask` adds the magics.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from os import PathLike as _PathLike
from typing import Any as _Any

from . import json as json
from .app import Flask as Flask
from .blueprints import Blueprint as Blueprint
from .config import Config as Config
from .ctx import after_this_request as after_this_request
from .ctx import copy_current_request_context as copy_current_request_context
from .ctx import has_app_context as has_app_context
from .ctx import has_request_context as has_request_context
from .doors import greet_hosts, open_door
from .globals import current_app as current_app
from .globals import g as g
from .globals import request as request
from .globals import session as session
from .helpers import abort as abort
from .helpers import flash as flash
from .helpers import get_flashed_messages as get_flashed_messages
from .helpers import get_template_attribute as get_template_attribute
from .helpers import make_response as make_response
from .helpers import redirect as redirect
from .helpers import send_file as send_file
from .helpers import send_from_directory as send_from_directory
from .helpers import stream_with_context as stream_with_context
from .helpers import url_for as url_for
from .json import jsonify as jsonify
from .signals import appcontext_popped as appcontext_popped
from .signals import appcontext_pushed as appcontext_pushed
from .signals import appcontext_tearing_down as appcontext_tearing_down
from .signals import before_render_template as before_render_template
from .signals import got_request_exception as got_request_exception
from .signals import message_flashed as message_flashed
from .signals import request_finished as request_finished
from .signals import request_started as request_started
from .signals import request_tearing_down as request_tearing_down
from .signals import template_rendered as template_rendered
from .templating import render_template as render_template
from .templating import render_template_string as render_template_string
from .templating import stream_template as stream_template
from .templating import stream_template_string as stream_template_string
from .wrappers import Request as Request
from .wrappers import Response as Response


def load_ipython_extension(shell: object) -> None:
    """`%load_ext nbflask`: add the magics."""
    open_door("load")(shell)


def unload_ipython_extension(shell: object) -> None:
    """`%unload_ext nbflask`: take everything back."""
    open_door("unload")(shell)


def install_as_flask() -> None:
    """Have every `import flask` of this process answered by nbflask, so that programs
    and extensions that are written for Flask run on it as they are.

    Call it before anything imports flask. Raises nbflask.errors.FlaskIsLoaded, an
    ImportError, if that has happened already.
    """
    open_door("alias")()


def load_notebook(path: str | _PathLike[str], app: str | None = None) -> Flask:
    """Return the app of a notebook's file. No kernel is started: the cells that the
    app needs run in a module of this process, those that only explore do not.

        app = load_notebook("api.ipynb")
        gunicorn "nbflask:load_notebook('api.ipynb')"

    `app` is the app's variable, if the notebook has several. `%%route`, `%%template`
    and `%%static` mean what they mean in a kernel, as do the names that `%load_ext
    nbflask` adds. The cells run in the notebook's folder, which can be imported from;
    views find the folder as `current_app.root_path`. `app.run()` is left out, and what
    `%%writefile` writes is imported from memory. A notebook that imports flask, or an
    extension, is served by nbflask: see `install_as_flask`.

    Raises nbflask.ipynb.errors.NotebookError, which names cell and line.
    """
    made: Flask = open_door("notebook")(path, app)
    return made


def __getattr__(name: str) -> _Any:
    # Submodules that Flask's users have without importing them; they need click.
    if name in {"cli", "sansio"}:
        return _import_module(f"{__name__}.{name}")
    if name == "__version__":
        return _flask_version()
    raise AttributeError(name)


def _flask_version() -> str:
    import warnings

    from .version import FLASK

    warnings.warn(
        "The '__version__' attribute is deprecated and will be removed in Flask 3.2."
        " Use feature detection or 'importlib.metadata.version(\"flask\")' instead.",
        DeprecationWarning,
        stacklevel=3,
    )
    return FLASK


greet_hosts()
