"""What a notebook's magics share: the shell, the settings, the app they act on,
its clients and its server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from IPython.display import display
from traitlets import Bool, Float, Int
from traitlets.config import Configurable

from ..app import Flask
from ..blueprints import Blueprint
from ..globals import current_app, g, request, session
from ..helpers import abort, flash, make_response, redirect, url_for
from ..json import jsonify
from ..server import Server
from ..templating import render_template, render_template_string
from ..testing import FlaskClient
from ..wrappers import Response
from .cells import CellWatch
from .grammar import LineError
from .serving import Serving

#: The names that views need, added where a notebook does not define them.
NAMES: dict[str, Any] = {
    "Flask": Flask,
    "Blueprint": Blueprint,
    "request": request,
    "session": session,
    "g": g,
    "current_app": current_app,
    "jsonify": jsonify,
    "redirect": redirect,
    "url_for": url_for,
    "abort": abort,
    "render_template": render_template,
    "render_template_string": render_template_string,
    "make_response": make_response,
    "flash": flash,
    "Response": Response,
}


class NBFlask(Configurable):
    """Settings of the notebook layer: `%config NBFlask.add_names = False`."""

    live = Bool(
        True, help="Cells own what they register; False gives Flask's rules back."
    ).tag(config=True)
    add_names = Bool(
        True, help="Loading adds the names that views need and the notebook lacks."
    ).tag(config=True)
    body_limit = Int(16_000_000, help="Reading a response stops at so many bytes.").tag(
        config=True
    )
    time_limit = Float(
        30.0, help="Reading a response stops after so many seconds."
    ).tag(config=True)


class Notebook:
    """One notebook: everything that its magics remember from cell to cell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.settings = NBFlask(parent=shell)
        self.watch = CellWatch(shell)
        self.serving = Serving()
        self.app_name = "app"
        self.added_names: dict[str, Any] = {}
        self._clients: tuple[Any, dict[str, FlaskClient]] = (None, {})
        # In which run each thing was last shown: once is enough.
        self._shown: WeakKeyDictionary[object, int] = WeakKeyDictionary()

    @property
    def app(self) -> Flask:
        """The app that the notebook's variable holds at this moment."""
        app = self.shell.user_ns.get(self.app_name)
        if isinstance(app, Flask):
            return app
        name = self.app_name
        what = "no variable" if app is None else f"a {type(app).__name__}, not an app,"
        raise LineError(
            f"There is {what} named {name!r}: write {name} = Flask(__name__),"
            " or name another with %flask use NAME"
        )

    def use(self, name: str) -> Flask:
        """Act on the app in another variable from now on."""
        before, self.app_name = self.app_name, name
        try:
            return self.app
        except LineError:
            self.app_name = before
            raise

    def client(self, name: str = "") -> FlaskClient:
        """Return the client of this name, with its cookies, for the current app."""
        app = self.app
        known, clients = self._clients
        if known is not app:
            clients = {}
            self._clients = (app, clients)
        if name not in clients:
            clients[name] = app.test_client()
        return clients[name]

    def forget_cookies(self) -> None:
        """Empty the jars of all clients."""
        self._clients = (None, {})

    def run(
        self, resolve: Callable[[], Any], host: str | None, port: int | None
    ) -> Server:
        """Serve in the background, and say where. Returns the server."""
        try:
            server = self.serving.start(resolve, host, port)
        except (OSError, RuntimeError) as error:
            raise LineError(str(error)) from None
        if server.moved_from is not None:
            print(f"Port {server.moved_from} is taken; this one is free: {server.port}")
        return server

    def evaluate(self, expression: str) -> object:
        """Return the value of a Python expression in the notebook."""
        return eval(expression, self.shell.user_ns)

    def show(self, thing: object) -> None:
        """Display a card, or whatever else, below the cell."""
        display(thing)  # type: ignore[no-untyped-call]

    def shows_for_the_first_time(self, thing: object) -> bool:
        """Whether this cell has not shown a thing yet; from now on it has."""
        fresh = self._shown.get(thing) != self.watch.count
        self._shown[thing] = self.watch.count
        return fresh

    def add_names(self) -> list[str]:
        """Add the app and the names that views need; return what was added."""
        names, known = self.shell.user_ns, set(self.added_names)
        if self.app_name not in names:
            self._add(self.app_name, Flask(names.get("__name__", "__main__")))
        if self.settings.add_names:
            for name, value in NAMES.items():
                if name not in names:
                    self._add(name, value)
        return [name for name in self.added_names if name not in known]

    def _add(self, name: str, value: Any) -> None:
        self.shell.user_ns[name] = self.added_names[name] = value

    def take_names_back(self) -> None:
        """Remove what was added, unless the person has put something else there."""
        names = self.shell.user_ns
        for name, value in self.added_names.items():
            if names.get(name) is value:
                del names[name]
        self.added_names.clear()
