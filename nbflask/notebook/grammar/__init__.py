"""A magic's line: words, options, HTTPie items, and the request they make; and the
text of .http files.

Pure: knows no HTTP client, no IPython and no HTML.
"""

from .http_checks import verify_definition
from .http_file import HttpFile, HttpRequest, Variable
from .http_prepare import MOST_TEXT, Place, prepare_http, read_file, verify_http
from .http_reading import read_http
from .http_values import Answered, Message, Scope, draw
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
    "MOST_TEXT",
    "REQUEST_OPTIONS",
    "Answered",
    "Arguments",
    "Body",
    "Evaluate",
    "FilePart",
    "HttpFile",
    "HttpRequest",
    "Item",
    "LineError",
    "Message",
    "Option",
    "Place",
    "PreparedRequest",
    "Scope",
    "Variable",
    "body_of",
    "cut",
    "describe",
    "draw",
    "fill",
    "method_and_words",
    "parse",
    "prepare",
    "prepare_any",
    "prepare_http",
    "read_file",
    "read_http",
    "read_item",
    "split",
    "status_matches",
    "verify_definition",
    "verify_http",
]
