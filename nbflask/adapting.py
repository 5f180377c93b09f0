"""From a value that an adapter is for to a Response: the way that nbflask's apps go,
and Flask's own that are given adapters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

from werkzeug.wrappers import Response as BaseResponse

ACCEPTED = (
    "The return type must be a string, dict, list, tuple with headers or status,"
    " Response instance, or WSGI callable, but it was a {}."
)

#: Bodies that are sent as they are, whatever adapters there are.
TEXT = {str, bytes, bytearray}
#: What is sent as JSON.
STRUCTURES = (dict, list)
#: What Flask knows how to send: an adapter has to be for a subclass, or for it alone.
KNOWN = (*TEXT, *STRUCTURES, tuple)
#: What a view says by values of these classes, which therefore have no adapter.
MEANING = {
    tuple: "it is a body with its status and headers",
    type(None): "a view that returns it has returned nothing",
}
#: Set in the environ of a request whose view's result could not be sent.
FAILED = "nbflask.unsent"
#: Set in the environ of a request that an error handler answers. What that returns is
#: sent, acceptable or not: a refusal would take the place of the error.
HANDLED = "nbflask.handled"

Adapter = Callable[[Any], Any]


class Answered(Exception):
    """A result could not be sent, and this is what was answered in its place."""

    def __init__(self, response: Any) -> None:
        self.response = response


def adapt_known(app: Any, result: Any, request: Any) -> Any:
    """Return the Response for what `nbflask.data` has adapters for. Raises Answered,
    and TypeError for anything else."""
    from .data.adapters import offers_of

    offers = offers_of(app, result) or refuse(result)
    return adapt(app, result, lambda _: offers, request)


def adapt(app: Any, result: Any, adapter: Adapter, request: Any) -> Any:
    """Return the Response for what an adapter makes of a result. Raises Answered.

    What goes wrong with it is answered as if the view had raised it, but once
    only: an error handler's own result has to be sent somehow. Outside of a request,
    which then is None, it is raised.
    """
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
    if offers.are_offers(made):
        somehow = request is not None and HANDLED in request.environ
        response = offers.response_of(app, made, request, somehow=somehow)
        return refuse(result) if response is None else response
    failed = request is not None and FAILED in request.environ
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
    if kind in MEANING:
        raise TypeError(f"There is no adapter for {kind.__name__}: {MEANING[kind]}.")
    if kind in TEXT or issubclass(kind, BaseResponse):
        raise TypeError(
            f"There is no adapter for {kind.__name__}: it is sent as it is. Adapt a"
            " subclass, or change responses with @app.after_request."
        )
