"""From what a view returns to a Response. Knows no routes and no hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .adapting import KNOWN, STRUCTURES, Answered, adapt, adapt_known, refuse
from .ctx import current_request_context, has_request_context, table_in_use
from .current import _cv_request
from .messages.pages import plain_error


def response_from(app: Any, result: Any) -> Any:
    """Return the app's Response for a view's result.

    Takes what Flask takes: a body, or a tuple (body, status), (body, headers) or
    (body, status, headers); and what there is an adapter for, by the app or by
    `nbflask.data`. Raises TypeError for anything else, and RuntimeError for what
    needs a request outside of one: a WSGI callable, another's response.
    """
    response_class = app.response_class
    if type(result) is str and not app.registry.adapts:
        return getattr(response_class, "of_text", response_class)(result)
    status = headers = None
    if type(result) is tuple or (
        # One of a class of its own may be a value.
        isinstance(result, tuple) and not adapter_for(app, result)
    ):
        result, status, headers = unpack(result)
    if result is None:
        endpoint = current_request_context().request.endpoint
        raise TypeError(
            f"The view function for {endpoint!r} did not return a valid response. The"
            " function either returned None or ended without a return statement."
        )
    if (
        (
            isinstance(result, (str, bytes, bytearray))
            # The cheaper question first: it is the answer for nearly all else.
            or (hasattr(type(result), "__next__") and isinstance(result, Iterator))
        )
        and not isinstance(result, response_class)
        and not (app.registry.adapts and adapter_for(app, result))
    ):
        # Given at once, so that a status is not first set to 200 and then changed.
        make = getattr(response_class, "of_body", response_class)
        return make(result, status=status, headers=headers)
    try:
        response = convert(app, result)
    except Answered as instead:
        return instead.response
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
    """Return a Response for a body that is no text. Raises Answered."""
    if isinstance(result, app.response_class):
        return result
    if app.registry.adapts and (adapter := adapter_for(app, result)):
        return adapt(app, result, adapter, request_if_any())
    if isinstance(result, STRUCTURES):
        return app.json.response(result)
    if not (isinstance(result, BaseResponse) or callable(result)):
        return adapt_known(app, result, request_if_any())
    context = _cv_request.get(None) or current_request_context()
    environ = context.request.environ
    if isinstance(result, HTTPException):
        method = environ["REQUEST_METHOD"]
        response = plain_error(result, app.response_class, method)
        if response is not None:
            return response
    try:
        return app.response_class.force_type(result, environ)
    except TypeError as error:
        refuse(result, error)


def adapter_for(app: Any, result: Any) -> Callable[[Any], Any] | None:
    """Return the app's own adapter for a result."""
    return table_in_use(app).adapter(type(result), KNOWN)


def request_if_any() -> Any:
    return current_request_context().request if has_request_context() else None
