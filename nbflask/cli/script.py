"""What a command knows of its app: where it is, and its context."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..app import Flask
from ..ctx import _cv_app
from ..helpers import get_debug_flag, get_load_dotenv
from .locate import NoAppException, locate_app, prepare_import

if TYPE_CHECKING:
    from ..ipynb.runs.loading import Loaded

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
F = TypeVar("F", bound=Callable[..., Any])

NOTEBOOK = ".ipynb"
USUAL_FILES = ("wsgi.py", "app.py")

# Not the colon of C:\ or C:/.
BEFORE_THE_NAME = re.compile(r":(?![\\/])")


class ScriptInfo:
    """Where the app of a command comes from. The `obj` of click's context.

    It is what `create_app` returns, or stands at `app_import_path`, which may be a
    notebook, or in the current folder's wsgi.py or app.py.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Flask] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        #: For commands that want to pass something on.
        self.data: dict[Any, Any] = {}
        self.set_debug_flag = set_debug_flag
        #: Whether .env and .flaskenv are to be loaded; the --env-file option does.
        self.load_dotenv_defaults = get_load_dotenv(load_dotenv_defaults)
        self._loaded_app: Flask | None = None
        #: The notebook that the app is of, once that is loaded.
        self.notebook: Loaded | None = None

    @property
    def notebook_path(self) -> str | None:
        """Where the notebook is that the app is to be of."""
        path = BEFORE_THE_NAME.split(self.app_import_path or "", maxsplit=1)[0]
        return path if path.endswith(NOTEBOOK) else None

    def load_app(self) -> Flask:
        """Return the app, always the same one. Raises NoAppException."""
        if self._loaded_app is None:
            app = self._find_app()
            if app is None:
                raise NoAppException(
                    "Could not locate a Flask application. Use the 'nbflask --app'"
                    " option, 'FLASK_APP' environment variable, or a 'wsgi.py' or"
                    " 'app.py' file in the current directory."
                )
            if self.set_debug_flag:
                app.debug = get_debug_flag()
            self._loaded_app = app
        return self._loaded_app

    def _find_app(self) -> Flask | None:
        if self.create_app is not None:
            return self.create_app()
        if self.app_import_path:
            path, *name = BEFORE_THE_NAME.split(self.app_import_path, maxsplit=1)
            if path.endswith(NOTEBOOK):
                return self._load_notebook(path, *name)
            return locate_app(prepare_import(path), name[0] if name else None)
        for path in USUAL_FILES:
            app = locate_app(prepare_import(path), None, raise_if_not_found=False)
            if app is not None:
                return app
        return None

    def _load_notebook(self, path: str, name: str | None = None) -> Flask:
        # Only with a notebook: the package that reads them needs IPython.
        from .notebooks import load_for_command

        self.notebook = load_for_command(path, name)
        return self.notebook.app


@contextmanager
def kept_up(info: ScriptInfo, app: Wsgi, *, watch: bool) -> Iterator[Wsgi]:
    """Yield what serves an app: the app, or with `watch` what keeps it up to date.

    Raises UsageError for an app that is of no notebook.
    """
    if not watch:
        yield app
        return
    if info.notebook is None:
        raise click.UsageError(
            "--watch runs the cells of a notebook again, and the app is of none: take"
            " nbflask run --reload."
        )
    from .watching import watched

    with watched(info.notebook) as gate:
        yield gate


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)


def with_appcontext(f: F) -> F:
    """Run a command within its app's context, so that `current_app` works.

    Commands of `app.cli` and `blueprint.cli` do anyway.
    """

    @click.pass_context
    def within(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        if _cv_app.get(None) is None:
            app = ctx.ensure_object(ScriptInfo).load_app()
            # Until click's context ends: subcommands run within it too.
            ctx.with_resource(app.app_context())
        return ctx.invoke(f, *args, **kwargs)

    return update_wrapper(within, f)  # type: ignore[return-value]
