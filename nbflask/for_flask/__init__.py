"""What Flask's own apps can have of nbflask: `nbflask export --framework flask` writes
apps of this class where views return or read data.

    from nbflask.for_flask import DataFlask

    app = DataFlask(__name__)

Views of such an app may return frames, figures, models and numbers of NumPy, in the
form that a request accepts; `request.df` is a body as a frame, and
`@app.response_adapter(Money)` lets views return values of a class. All of it does what
it does in nbflask. This is the one place that imports Flask, which must be installed.
"""

from __future__ import annotations

import flask

if flask.Flask.__module__.startswith("nbflask."):
    # install_as_flask() was called: those that `import flask` gives have it all.
    from flask import Flask as DataFlask
    from flask import Request as DataRequest
    from flask.json.provider import DefaultJSONProvider as DataJSONProvider
else:
    from .apps import DataFlask, DataJSONProvider, DataRequest

__all__ = ["DataFlask", "DataJSONProvider", "DataRequest"]
