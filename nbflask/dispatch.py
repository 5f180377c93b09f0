"""One request, from the environ to the response.

    wsgi_app
        full_dispatch_request
            preprocess_request      url processors and before-request hooks
            dispatch_request        the view
            handle_user_exception   what an exception is answered with
            finalize_request
                make_response
                process_response    after-request hooks, the session
        handle_exception            what nothing else has answered
        do_teardown_request, when the context is popped

Every step can be overridden or assigned, so each calls the next through `self`.
Within a step the request's context is a local; proxies are for users. The steps for
what is raised are in `handling`. Where an app has the usual steps, `straight` does what
they do in one go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType
from typing import Any

from . import loop
from .ctx import AppContext, RequestContext, current_request_context, table_in_use
from .current import _cv_app, _sentinel
from .handling import Handling
from .responses import response_from
from .signals import (
    announce,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)
from .story import PRESERVE, STORY, Story, hand_out
from .straight import enter, goes_straight, leave, respond, steps_of

Function = Callable[..., Any]
Environ = dict[str, Any]


class Dispatcher(Handling):
    """The flow of a request. Mixed into the app, which has all else."""

    session_interface: Any
    response_class: Any
    _log_failed_finalizing: Function
    _got_first_request: bool

    def wsgi_app(self, environ: Environ, start_response: Function) -> Iterable[bytes]:
        """Answer a WSGI request. Wrap this attribute to add middleware."""
        straight = goes_straight(self, USUAL_STEPS)
        context = self.request_context(environ)
        story: Story | None = environ.get(STORY)
        if story is None or story.through is None:
            registry = self.registry
            # A property takes longer to ask for, and there is a table nearly always.
            context._table = registry._published or registry.table
        else:
            context.pin(story.through)
        error: BaseException | None = None
        try:
            try:
                if straight:
                    enter(context)
                    response = respond(context)
                else:
                    context.push()
                    response = self.full_dispatch_request()
            except Exception as failure:
                error = failure
                response = self.handle_exception(failure)
            except BaseException as failure:
                error = failure
                raise
            return response(environ, start_response)  # type: ignore[no-any-return]
        finally:
            if story is not None or PRESERVE in environ:
                hand_out(environ, context, error)
            if error is not None and self.should_ignore_error(error):
                error = None
            if straight:
                leave(context, error)
            else:
                context.pop(error)

    def full_dispatch_request(self) -> Any:
        """Run the hooks and the view, and return the finished response."""
        self._got_first_request = True
        try:
            if request_started.receivers:
                announce(request_started, self)
            result = self.preprocess_request()
            if result is None:
                result = self.dispatch_request()
        except Exception as error:
            result = self.handle_user_exception(error)
        return self.finalize_request(result)

    def preprocess_request(self) -> Any:
        """Run what comes before the view; what a hook returns is the answer."""
        context = current_request_context()
        chain = context.chain
        if chain.url_value_preprocessor:
            request = context.request
            for process in chain.url_value_preprocessor:
                process(request.endpoint, request.view_args)
        for hook in chain.before_request:
            result = self.ensure_sync(hook)()
            if result is not None:
                return result
        return None

    def dispatch_request(self) -> Any:
        """Call the view that the URL leads to, and return its result."""
        context = current_request_context()
        request = context.request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule = request.url_rule
        if request.method == "OPTIONS" and getattr(
            rule, "provide_automatic_options", False
        ):
            return self.make_default_options_response()
        view = context.table.views[rule.endpoint]
        return self.ensure_sync(view)(**request.view_args)

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Any:
        """Return the response for a result, after hooks and signals.

        On behalf of an error handler a failure here is logged, not raised.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if request_finished.receivers:
                announce(request_finished, self, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self._log_failed_finalizing()
        return response

    def make_response(self, rv: Any) -> Any:
        """Return the Response for what a view returned."""
        return response_from(self, rv)

    def process_response(self, response: Any) -> Any:
        """Run what comes after the view, and save the session."""
        context = current_request_context()
        for hook in context._after_request_functions:
            response = self.ensure_sync(hook)(response)
        for hook in context.chain.after_request:
            response = self.ensure_sync(hook)(response)
        context.save_session(response)
        return response

    def do_teardown_request(self, exc: BaseException | None = _sentinel) -> None:
        """Run the teardown hooks of a request that ends."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        for hook in current_request_context().chain.teardown_request:
            self.ensure_sync(hook)(exc)
        if request_tearing_down.receivers:
            announce(request_tearing_down, self, exc=exc)

    def do_teardown_appcontext(self, exc: BaseException | None = _sentinel) -> None:
        """Run the teardown hooks of an app context that ends."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        context: AppContext | None = _cv_app.get(None)
        table = table_in_use(self) if context is None else context.table
        for hook in table.app_teardown:
            self.ensure_sync(hook)(exc)
        if appcontext_tearing_down.receivers:
            announce(appcontext_tearing_down, self, exc=exc)

    # Around the flow

    def request_context(self, environ: Environ) -> RequestContext:
        """Return a context for a WSGI environ."""
        return RequestContext(self, environ)

    def app_context(self) -> AppContext:
        """Return a context in which `current_app` and `g` work."""
        return AppContext(self)

    def make_default_options_response(self) -> Any:
        """Answer OPTIONS with the methods that the URL takes."""
        adapter = current_request_context().url_adapter
        response = self.response_class()
        if adapter is not None:
            response.allow.update(adapter.allowed_methods())
        return response

    def ensure_sync(self, func: Function) -> Function:
        """Return a function that can be called plainly, also for an async one."""
        if type(func) is FunctionType and not func.__dict__:
            # Nearly every view and hook: its code tells, at a tenth of the price.
            asynchronous = func.__code__.co_flags & CO_COROUTINE
        else:
            asynchronous = iscoroutinefunction(func)
        return self.async_to_sync(func) if asynchronous else func

    def async_to_sync(self, func: Function) -> Function:
        """Return a plain function that runs an async one. Override to do it your
        way; here it runs in a background loop, also in a running kernel."""
        return loop.synchronous(func)  # type: ignore[no-any-return]


#: What a request goes through whose app has no step of its own.
USUAL_STEPS = steps_of(Dispatcher)
