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
Within a step the request's context is a local; proxies are for users.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType
from typing import Any, NoReturn

from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
)
from werkzeug.routing import RequestRedirect, RoutingException

from . import loop
from .ctx import AppContext, RequestContext, current_request_context, table_in_use
from .current import _cv_app, _cv_request, _sentinel
from .registry.table import Table
from .responses import response_from
from .signals import (
    announce,
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)

Function = Callable[..., Any]
Environ = dict[str, Any]

#: Where an environ carries a `Story` to be told.
STORY = "nbflask.story"
PRESERVE = "werkzeug.debug.preserve_context"
SAFE_TO_REDIRECT = {"GET", "HEAD", "OPTIONS"}


@dataclass(slots=True)
class Story:
    """What became of a request, told to whoever put a story into its environ.

    `propagate` True lets an unanswered exception through, False answers it with
    a 500; None leaves it to the app's configuration. `through` is what the app's
    table is put through first: what it returns is what the request meets.
    """

    propagate: bool | None = None
    through: Callable[[Table], Table] | None = None
    table: Table | None = None
    endpoint: str | None = None
    failure: BaseException | None = None
    #: The exception that the answer was made of, by a handler or by itself.
    answered: BaseException | None = None
    #: The error handler that made the answer, if one did.
    handler: Function | None = None
    #: What was current when it failed, for those who look into it afterwards.
    contexts: tuple[AppContext | None, RequestContext] | None = None
    #: Who has noted each step of it, if somebody has.
    tracer: Any = None


class Dispatcher:
    """The flow of a request. Mixed into the app, which has all else."""

    config: Any
    registry: Any
    session_interface: Any
    response_class: Any
    log_exception: Function
    _log_failed_finalizing: Function
    debug: Any
    testing: Any
    _got_first_request: bool

    def wsgi_app(self, environ: Environ, start_response: Function) -> Iterable[bytes]:
        """Answer a WSGI request. Wrap this attribute to add middleware."""
        context = self.request_context(environ)
        story: Story | None = environ.get(STORY)
        if story is None:
            context._table = self.registry.table
        else:
            context.pin(story.through)
        error: BaseException | None = None
        try:
            try:
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
        context = _cv_request.get(None) or current_request_context()
        chain = context._chain or context.chain
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
        context = _cv_request.get(None) or current_request_context()
        request = context.request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule = request.url_rule
        if request.method == "OPTIONS" and getattr(
            rule, "provide_automatic_options", False
        ):
            return self.make_default_options_response()
        view = (context._table or context.table).views[rule.endpoint]
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
        context = _cv_request.get(None) or current_request_context()
        for hook in context._after_request_functions:
            response = self.ensure_sync(hook)(response)
        chain = context._chain or context.chain
        for hook in chain.after_request:
            response = self.ensure_sync(hook)(response)
        session = context.session_to_save()
        interface = self.session_interface
        if session is not None and not interface.is_null_session(session):
            interface.save_session(self, session, response)
        return response

    def do_teardown_request(self, exc: BaseException | None = _sentinel) -> None:
        """Run the teardown hooks of a request that ends."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        context = _cv_request.get(None) or current_request_context()
        chain = context._chain or context.chain
        for hook in chain.teardown_request:
            self.ensure_sync(hook)(exc)
        if request_tearing_down.receivers:
            announce(request_tearing_down, self, exc=exc)

    def do_teardown_appcontext(self, exc: BaseException | None = _sentinel) -> None:
        """Run the teardown hooks of an app context that ends."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        context: AppContext | None = _cv_app.get(None)
        table = (
            table_in_use(self) if context is None else context._table or context.table
        )
        for hook in table.app_teardown:
            self.ensure_sync(hook)(exc)
        if appcontext_tearing_down.receivers:
            announce(appcontext_tearing_down, self, exc=exc)

    # What is answered when something is raised

    def raise_routing_exception(self, request: Any) -> NoReturn:
        """Raise why no rule matched; in debug, help where a redirect loses a form."""
        error = request.routing_exception
        if (
            self.debug
            and isinstance(error, RequestRedirect)
            and error.code not in {307, 308}
            and request.method not in SAFE_TO_REDIRECT
        ):
            from .debughelpers import FormDataRoutingRedirect

            raise FormDataRoutingRedirect(request)
        raise error

    def handle_user_exception(self, e: Exception) -> Any:
        """Return what an exception of a view or a hook is answered with, or raise."""
        note_answered(e)
        if isinstance(e, BadRequestKeyError) and (
            self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
        ):
            e.show_exception = True
        if isinstance(e, HTTPException) and not self.trap_http_exception(e):
            return self.handle_http_exception(e)
        handler = self._find_error_handler(e, blueprints_here())
        if handler is None:
            raise
        return self._answer_by(handler, e)

    def handle_http_exception(self, e: HTTPException) -> Any:
        """Return a handler's answer to an HTTP error, else the error itself."""
        # A redirect to the canonical URL is raised too, and is no error.
        if e.code is None or isinstance(e, RoutingException):
            return e
        handler = self._find_error_handler(e, blueprints_here())
        return e if handler is None else self._answer_by(handler, e)

    def handle_exception(self, e: Exception) -> Any:
        """Answer what no handler took: a 500, or let it through while testing."""
        exc_info = sys.exc_info()
        announce(got_request_exception, self, exception=e)
        if self._lets_through():
            raise e
        self.log_exception(exc_info)
        answer: Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(answer, blueprints_here())
        if handler is not None:
            note_answered(e)
            answer = self._answer_by(handler, answer)
        return self.finalize_request(answer, from_error_handler=True)

    def _answer_by(self, handler: Function, error: Exception) -> Any:
        story = story_here()
        if story is not None:
            story.handler = handler
        return self.ensure_sync(handler)(error)

    def _lets_through(self) -> bool:
        story = story_here()
        if story is not None and story.propagate is not None:
            return story.propagate
        propagate: bool | None = self.config["PROPAGATE_EXCEPTIONS"]
        return bool(self.testing or self.debug if propagate is None else propagate)

    def _find_error_handler(
        self, e: Exception, blueprints: Iterable[str | None]
    ) -> Function | None:
        """Return the handler for an exception in these blueprints, inner ones first."""
        table = table_in_use(self)
        kind = type(e)
        code = kind.code if issubclass(kind, HTTPException) else None
        return table.error_handler(kind, code, (*blueprints, None))

    def trap_http_exception(self, e: Exception) -> bool:
        """Whether an HTTP error goes to handlers of exceptions, not of codes."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return bool(self.debug) and isinstance(e, BadRequestKeyError)
        return bool(trap) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Whether teardown shall not hear of an error. Override to say so."""
        return False

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


def hand_out(
    environ: Environ, context: RequestContext, error: BaseException | None
) -> None:
    """Give those who asked what shall outlive the request."""
    if PRESERVE in environ:
        environ[PRESERVE](_cv_app.get(None))
        environ[PRESERVE](_cv_request.get(None))
    story: Story | None = environ.get(STORY)
    if story is not None:
        story.table = context.table
        story.endpoint = endpoint_of(context)
        story.failure = error
        if error is not None or story.answered is not None:
            story.contexts = _cv_app.get(None), context


def story_here() -> Story | None:
    story: Story | None = current_request_context().request.environ.get(STORY)
    return story


def note_answered(error: Exception) -> None:
    story = story_here()
    if story is not None:
        story.answered = error


def blueprints_here() -> Iterable[str | None]:
    return current_request_context().chain.scopes[:-1]


def endpoint_of(context: RequestContext) -> str | None:
    rule = context.request.url_rule
    return None if rule is None else rule.endpoint
