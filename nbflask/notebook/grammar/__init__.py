"""A magic's line: words, options, HTTPie items, and the request they make.

Pure: knows no HTTP client, no IPython and no HTML.
"""

from .items import Item, read_item
from .methods import KNOWN_METHODS, METHODS, method_and_words, prepare_any
from .options import (
    BODY_OPTIONS,
    REQUEST_OPTIONS,
    Arguments,
    Option,
    describe,
    parse,
    status_matches,
)
from .request import MISSING, Body, FilePart, PreparedRequest, body_of, prepare
from .words import Evaluate, LineError, cut, fill, split

__all__ = [
    "BODY_OPTIONS",
    "KNOWN_METHODS",
    "METHODS",
    "MISSING",
    "REQUEST_OPTIONS",
    "Arguments",
    "Body",
    "Evaluate",
    "FilePart",
    "Item",
    "LineError",
    "Option",
    "PreparedRequest",
    "body_of",
    "cut",
    "describe",
    "fill",
    "method_and_words",
    "parse",
    "prepare",
    "prepare_any",
    "read_item",
    "split",
    "status_matches",
]
