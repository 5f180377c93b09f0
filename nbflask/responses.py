"""From what a view returns to a Response. Knows no routes and no hooks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .ctx import current_request_context, has_request_context, table_in_use
from .current import _cv_request
from .messages.pages import plain_error

ACCEPTED = (
    "The return type must be a string, dict, list, tuple with headers or status,"
    " Response instance, or WSGI callable, but it was a {}."
)

#: Bodies that are sent as they are, whatever adapters there are.
TEXT = {str, bytes, bytearray}
#: What is sent as JSON.
STRUCTURES = (dict, list)
#: What Flask knows how to send: an adapter has to be for a subclass, or for it alone.
KNOWN = (*TEXT, *STRUCTURES)
#: Set in the environ of a request whose view's result could not be sent.
FAILED = "nbflask.unsent"


class Answered(Exception):
    """A result could not be sent, and this is what was answered in its place."""

    def __init__(self, response: Any) -> None:
        self.response = response


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
    if isinstance(result, tuple):
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
        return adapt(app, result, adapter)
    if isinstance(result, STRUCTURES):
        return app.json.response(result)
    if not (isinstance(result, BaseResponse) or callable(result)):
        from .data.adapters import offers_of

        offers = offers_of(app, result) or refuse(result)
        return adapt(app, result, lambda _: offers)
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


def adapt(app: Any, result: Any, adapter: Callable[[Any], Any]) -> Any:
    """Return the Response for what an adapter makes of a result.

    What goes wrong with it is answered as if the view had raised it, but once
    only: an error handler's own result has to be sent somehow.
    """
    request = current_request_context().request if has_request_context() else None
    try:
        return adapted(app, result, app.ensure_sync(adapter)(result), request)
    except Exception as error:
        if request is None or FAILED in request.environ:
            raise
        request.environ[FAILED] = True
        answer = app.make_response(app.handle_user_exception(error))
    raise Answered(answer)


def adapted(app: Any, result: Any, made: Any, request: Any) -> Any:
    """Return the Response for a result that an adapter has made something of."""
    from .data import offers

    if made is None or made is result:
        raise TypeError(
            f"The adapter for {type(result).__name__} returned"
            f" {'None' if made is None else 'the value itself'}. Return what a view"
            ' may return, or offers such as {"text/csv": value.to_csv}.'
        )
    failed = request is not None and FAILED in request.environ
    if offers.are_offers(made):
        response = offers.response_of(app, made, None if failed else request)
        return refuse(result) if response is None else response
    response = app.make_response(made)
    if request is not None and FAILED in request.environ and not failed:
        # Passed on, or the view's own status would be put onto the failure.
        raise Answered(response)
    return response


def refuse(result: Any, cause: TypeError | None = None) -> NoReturn:
    message = "The view function did not return a valid response. " + ACCEPTED.format(
        type(result).__name__
    )
    if cause is None:
        raise TypeError(message)
    raise TypeError(f"{cause}\n{message}").with_traceback(sys.exc_info()[2]) from None


def refuse_unadaptable(kind: Any) -> None:
    """Raise TypeError for what there can be no adapter for."""
    if not isinstance(kind, type):
        raise TypeError(
            "response_adapter takes the class of the values to adapt, as in"
            f" @app.response_adapter(Money), but was given {kind!r}."
        )
    if kind in TEXT or issubclass(kind, BaseResponse):
        raise TypeError(
            f"There is no adapter for {kind.__name__}: it is sent as it is. Adapt a"
            " subclass, or change responses with @app.after_request."
        )
