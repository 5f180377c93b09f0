"""Scenarios by idea, as hypothesis makes them up: each is a list of steps in JSON.

What a step does is told in `stage`; what a view or hook does, in `behaviour`.
"""

from __future__ import annotations

from .blueprints import blueprints
from .errors import errors
from .flow import flow
from .inputs import files, forms, settings
from .responses import responses
from .routing import hosts, routing
from .sessions import sessions
from .urls import urls

FAMILIES = {
    "blueprints": blueprints,
    "errors": errors,
    "files": files,
    "flow": flow,
    "forms": forms,
    "hosts": hosts,
    "responses": responses,
    "routing": routing,
    "sessions": sessions,
    "settings": settings,
    "urls": urls,
}
