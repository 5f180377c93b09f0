"""The straight way: what the steps of `dispatch` do for nearly every request, in one
go.

A step is a method that anybody may override or assign, so each one is looked up and
called, and finds out by itself whose request it is. That takes as long as all that
the steps do. Where nobody has a step of their own the request goes straight, and
turns to the steps wherever it meets more than a view: a hook, an error, a listener.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from .ctx import AppContext, RequestContext
from .current import _cv_app, _cv_request
from .responses import response_from
from .signals import (
    announce,
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)

#: What is passed over. Whoever has one of these of their own has all of them called.
STEPS = (
    *("request_context", "app_context", "full_dispatch_request"),
    *("preprocess_request", "dispatch_request", "finalize_request", "make_response"),
    *("process_response", "do_teardown_request", "do_teardown_appcontext"),
)
_STEPS = frozenset(STEPS)
steps_of = attrgetter(*STEPS)
#: What contexts do in these steps, for all apps, unless somebody has replaced it.
PUSH, POP = RequestContext.push, RequestContext.pop
PUSH_BELOW, POP_BELOW = AppContext.push, AppContext.pop


def goes_straight(app: Any, usual: tuple[Any, ...]) -> bool:
    """Whether a request may: its app has the usual steps, contexts are pushed and
    popped as usual, and there is none that it would share."""
    return (
        _cv_app.get(None) is None
        and _STEPS.isdisjoint(app.__dict__)
        and steps_of(type(app)) == usual
        and RequestContext.push is PUSH
        and RequestContext.pop is POP
        and AppContext.push is PUSH_BELOW
        and AppContext.pop is POP_BELOW
    )


def enter(context: RequestContext) -> None:
    """Do what `context.push()` does."""
    app = context.app
    below = AppContext(app)
    below._table = context._table
    below._formers = (_cv_app.set(below),)
    if appcontext_pushed.receivers:
        announce(appcontext_pushed, app)
    context._formers = ((_cv_request.set(context), below),)
    context.open_session()
    context.match_request()


def respond(context: RequestContext) -> Any:
    """Do what `full_dispatch_request()` does."""
    app, request, chain = context.app, context.request, context.chain
    if (
        chain.before_request
        or chain.url_value_preprocessor
        or request.method == "OPTIONS"
        or request_started.receivers
    ):
        return app.full_dispatch_request()
    app._got_first_request = True
    try:
        if request.routing_exception is not None:
            app.raise_routing_exception(request)
        table = context._table or context.table
        view = table.views[request.url_rule.endpoint]
        result = app.ensure_sync(view)(**request.view_args)
    except Exception as error:
        result = app.handle_user_exception(error)
    response = response_from(app, result)
    # Looked at only now: what makes a response may ask to change it.
    if context._after_request_functions or chain.after_request:
        response = app.process_response(response)
    else:
        context.save_session(response)
    if request_finished.receivers:
        announce(request_finished, app, response=response)
    return response


def leave(context: RequestContext, error: BaseException | None) -> None:
    """Do what `context.pop(error)` does."""
    below: Any = _cv_app.get(None)
    chain, table = context._chain, context._table
    # Contexts are not as `enter` has left them, or somebody is to hear of their end.
    if (
        chain is None
        or table is None
        or below is None
        or len(context._formers) != 1
        or context._formers[0][1] != below
        or len(below._formers) != 1
        or _cv_request.get(None) is not context
        or chain.teardown_request
        or table.app_teardown
        or request_tearing_down.receivers
        or appcontext_tearing_down.receivers
        or appcontext_popped.receivers
    ):
        context.pop(error)
        return
    request, [(former, _)], [before] = context.request, context._formers, below._formers
    try:
        close = getattr(request, "close", None)
        if close is not None:
            close()
    finally:
        context._formers = below._formers = ()
        _cv_request.reset(former)
        _cv_app.reset(before)
        request.environ["werkzeug.request"] = None
