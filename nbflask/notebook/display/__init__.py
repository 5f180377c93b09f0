"""What the notebook shows: data in, cards of text and HTML out.

Pure: knows no app, no kernel and no IPython. HTML and CSS live in the files
beside these modules.
"""

from . import (
    blueprints,
    contexts,
    explorer,
    log,
    plain,
    rendered,
    response,
    routes,
    trace,
    why,
    window,
)
from .bounds import portion
from .contexts import ContextView
from .page import Card
from .response import failure_text
from .tree import shorten
from .view import (
    DEFAULT_LIMITS,
    Earlier,
    Failure,
    Frame,
    Hop,
    Limits,
    ResponseView,
)

__all__ = [
    "DEFAULT_LIMITS",
    "Card",
    "ContextView",
    "Earlier",
    "Failure",
    "Frame",
    "Hop",
    "Limits",
    "ResponseView",
    "blueprints",
    "contexts",
    "explorer",
    "failure_text",
    "log",
    "plain",
    "portion",
    "rendered",
    "response",
    "routes",
    "shorten",
    "trace",
    "why",
    "window",
]
