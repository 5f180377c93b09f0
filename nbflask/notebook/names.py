"""The names that loading adds to a notebook, and that unloading takes back."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..app import Flask
from ..blueprints import Blueprint
from ..globals import current_app, g, request, session
from ..helpers import abort, flash, make_response, redirect, url_for
from ..json import jsonify
from ..registry.owners import FRAMEWORK
from ..templating import render_template, render_template_string
from ..wrappers import Response

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

#: The app that loading made for each shell: it outlasts an unloading, if it is used.
_made: WeakKeyDictionary[Any, Flask] = WeakKeyDictionary()


class AddedNames:
    """What was added to one shell's variables."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.added: dict[str, Any] = {}

    def add(self, app_name: str, wanted: dict[str, Any]) -> list[str]:
        """Add an app and the wanted names where there are none; return what was
        added."""
        names = self.shell.user_ns
        added = [each for each in (app_name, *wanted) if each not in names]
        for name in added:
            value = wanted[name] if name in wanted else self._app()
            names[name] = self.added[name] = value
        made = _made.get(self.shell)
        if made is not None and names.get(app_name) is made:
            self.added[app_name] = made
        return added

    def take_back(self) -> None:
        """Remove what was added, unless the person has put something else there.

        An app with routes stays too: `%reload_ext` must not lose them.
        """
        names, made = self.shell.user_ns, _made.get(self.shell)
        for name, value in self.added.items():
            # Not by its type: of an app is `current_app` as well, within a context.
            kept = made is not None and value is made and is_used(made)
            if names.get(name) is value and not kept:
                del names[name]
        self.added.clear()

    def _app(self) -> Flask:
        """Return the app that was made for this shell before, if it was used."""
        made = _made.get(self.shell)
        if made is None or not is_used(made):
            made = Flask(self.shell.user_ns.get("__name__", "__main__"))
            _made[self.shell] = made
        return made


def is_used(app: Flask) -> bool:
    """Whether anybody has registered anything on an app."""
    return any(each.owner != FRAMEWORK for each in app.registry.records)
