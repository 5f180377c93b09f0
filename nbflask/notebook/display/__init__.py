"""What the notebook shows: data in, cards of text and HTML out.

Pure: knows no app, no kernel and no IPython. HTML and CSS live in the files
beside these modules.
"""

from . import response, routes
from .page import Card
from .view import Failure, Frame, Hop, Limits, ResponseView

__all__ = [
    "Card",
    "Failure",
    "Frame",
    "Hop",
    "Limits",
    "ResponseView",
    "response",
    "routes",
]
