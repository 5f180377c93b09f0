"""An exported app on many machines: a file that Ray Serve reads."""

from __future__ import annotations

from .texts import render

#: What the file that is written imports beside the app's module.
NEEDS = ("ray", "a2wsgi")


def ray_serve(
    module: str = "app", variable: str = "app", name: str = "serve_app"
) -> str:
    """Return the text of the module `name`, a Ray Serve deployment of a module's app.

    Nothing but that file imports Ray: `pip install "nbflask[ray]"` brings it.
    """
    return render("serve_app.py.jinja", module=module, variable=variable, name=name)
