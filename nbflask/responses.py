"""From what a view returns to a Response. Knows no routes and no hooks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as BaseResponse

from .ctx import current_request_context

ACCEPTED = (
    "The return type must be a string, dict, list, tuple with headers or status,"
    " Response instance, or WSGI callable, but it was a {}."
)


def response_from(app: Any, result: Any) -> Any:
    """Return the app's Response for a view's result.

    Takes what Flask takes: a body, or a tuple (body, status), (body, headers) or
    (body, status, headers). Raises TypeError for anything else, and RuntimeError
    for what needs a request outside of one: a WSGI callable, another's response.
    """
    status = headers = None
    if isinstance(result, tuple):
        result, status, headers = unpack(result)
    if result is None:
        endpoint = current_request_context().request.endpoint
        raise TypeError(
            f"The view function for {endpoint!r} did not return a valid response. The"
            " function either returned None or ended without a return statement."
        )
    response_class = app.response_class
    if isinstance(result, (str, bytes, bytearray, Iterator)) and not isinstance(
        result, response_class
    ):
        plain = isinstance(result, (str, bytes, bytearray))
        if status is None and headers is None and plain:
            return getattr(response_class, "of_text", response_class)(result)
        # Given at once, so that a status is not first set to 200 and then changed.
        return response_class(result, status=status, headers=headers)
    response = convert(app, result)
    if status is not None:
        set_status(response, status)
    if headers:
        response.headers.update(headers)
    return response


def unpack(result: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Return body, status and headers of a view's tuple."""
    if len(result) == 3:
        return result
    if len(result) == 2:
        body, second = result
        if isinstance(second, (Headers, dict, tuple, list)):
            return body, None, second
        return body, second, None
    raise TypeError(
        "The view function did not return a valid response tuple. The tuple must have"
        " the form (body, status, headers), (body, status), or (body, headers)."
    )


def set_status(response: Any, status: Any) -> None:
    if isinstance(status, (str, bytes, bytearray)):
        response.status = status
    else:
        response.status_code = status


def convert(app: Any, result: Any) -> Any:
    """Return a Response for a body that is no text."""
    if isinstance(result, app.response_class):
        return result
    if isinstance(result, (dict, list)):
        return app.json.response(result)
    if not (isinstance(result, BaseResponse) or callable(result)):
        refuse(result)
    environ = current_request_context().request.environ
    try:
        return app.response_class.force_type(result, environ)
    except TypeError as error:
        refuse(result, error)


def refuse(result: Any, cause: TypeError | None = None) -> NoReturn:
    message = "The view function did not return a valid response. " + ACCEPTED.format(
        type(result).__name__
    )
    if cause is None:
        raise TypeError(message)
    raise TypeError(f"{cause}\n{message}").with_traceback(sys.exc_info()[2]) from None
