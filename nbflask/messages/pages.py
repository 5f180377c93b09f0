"""The page of an HTTP error: the same for each error of a code and a description.

So it is made once, and the response for an error without asking the error itself,
which would make a response to take it apart again. An error that differs in any way
from Werkzeug's goes the general way.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from .plain import Whole

#: What an error's class makes its page with. One that changes any of it has a page,
#: headers or a response of its own.
MAKING = attrgetter(
    *("__call__", "get_response", "get_body", "get_headers", "get_description"),
    *("name", "__getattribute__"),
)
GENERAL = MAKING(HTTPException)
#: What an error knows by itself without being one of its own kind.
KNOWN = {"code", "description", "response", "original_exception", "show_exception"}
#: So many pages are remembered, and for descriptions of at most so many characters:
#: these may be of what was asked for.
MOST_PAGES = 128
LONGEST = 512


@lru_cache(maxsize=MOST_PAGES)
def page(code: int, description: str | None) -> bytes:
    """Return the page of an error."""
    error = HTTPException(description)
    error.code = code
    return error.get_body().encode()


def plain_error(error: HTTPException, response_class: Any, method: str) -> Any:
    """Return what `response_class.force_type` makes of an error, sooner.

    None if that takes the general way.
    """
    code, description = error.code, error.description
    if (
        type(code) is not int
        or code not in HTTP_STATUS_CODES
        or code in (204, 304)
        or code < 200
        or method == "HEAD"
        or error.response is not None
        or not (description is None or type(description) is str)
        or len(description or "") > LONGEST
        or not error.__dict__.keys() <= KNOWN
        or MAKING(type(error)) != GENERAL
        or not getattr(response_class, "_forced_plainly", False)
    ):
        return None
    response = response_class.of_body(page(code, description), code, None, "text/html")
    # Forced, it is a stream, as whoever looks at it afterwards may notice.
    response.response = Whole(response.response)
    return response
