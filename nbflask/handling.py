"""What is answered when something is raised: the steps of an app for that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
)
from werkzeug.routing import RequestRedirect, RoutingException

from .adapting import HANDLED
from .ctx import RequestContext, current_request_context, table_in_use
from .current import _cv_request
from .signals import announce, got_request_exception
from .story import STORY, Story

Function = Callable[..., Any]

SAFE_TO_REDIRECT = {"GET", "HEAD", "OPTIONS"}


class Handling:
    """The steps that an exception goes through. Mixed into the dispatcher."""

    config: Any
    registry: Any
    log_exception: Function
    debug: Any
    testing: Any
    ensure_sync: Function
    finalize_request: Function

    def raise_routing_exception(self, request: Any) -> NoReturn:
        """Raise why no rule matched; in debug, help where a redirect loses a form."""
        error = request.routing_exception
        if (
            isinstance(error, RequestRedirect)
            and self.debug
            and error.code not in {307, 308}
            and request.method not in SAFE_TO_REDIRECT
        ):
            from .debughelpers import FormDataRoutingRedirect

            raise FormDataRoutingRedirect(request)
        raise error

    def handle_user_exception(self, e: Exception) -> Any:
        """Return what an exception of a view or a hook is answered with, or raise."""
        context = _cv_request.get(None) or current_request_context()
        story: Story | None = context.request.environ.get(STORY)
        if story is not None:
            story.answered = e
        if isinstance(e, BadRequestKeyError) and (
            self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
        ):
            e.show_exception = True
        if isinstance(e, HTTPException) and not self.trap_http_exception(e):
            answer = self.handle_http_exception(e)
            if story is None and e is context.request.routing_exception:
                # Its frames, all of them the framework's own, lead to the request and
                # that to it: a circle that only the garbage collector would break.
                e.__traceback__ = e.__context__ = None
            return answer
        handler = self._find_error_handler(e, blueprints_of(context))
        if handler is None:
            raise
        return self._answer_by(handler, e)

    def handle_http_exception(self, e: HTTPException) -> Any:
        """Return a handler's answer to an HTTP error, else the error itself."""
        # A redirect to the canonical URL is raised too, and is no error.
        if e.code is None or isinstance(e, RoutingException):
            return e
        context = _cv_request.get(None) or current_request_context()
        handler = self._find_error_handler(e, blueprints_of(context))
        return e if handler is None else self._answer_by(handler, e)

    def handle_exception(self, e: Exception) -> Any:
        """Answer what no handler took: a 500, or let it through while testing."""
        exc_info = sys.exc_info()
        announce(got_request_exception, self, exception=e)
        context = _cv_request.get(None) or current_request_context()
        story: Story | None = context.request.environ.get(STORY)
        if self._lets_through(story):
            raise e
        self.log_exception(exc_info)
        answer: Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(answer, blueprints_of(context))
        if handler is not None:
            if story is not None:
                story.answered = e
            answer = self._answer_by(handler, answer)
        return self.finalize_request(answer, from_error_handler=True)

    def _answer_by(self, handler: Function, error: Exception) -> Any:
        context = _cv_request.get(None) or current_request_context()
        environ = context.request.environ
        environ[HANDLED] = True
        story: Story | None = environ.get(STORY)
        if story is not None:
            story.handler = handler
        return self.ensure_sync(handler)(error)

    def _lets_through(self, story: Story | None) -> bool:
        if story is not None and story.propagate is not None:
            return story.propagate
        propagate: bool | None = self.config["PROPAGATE_EXCEPTIONS"]
        return bool(self.testing or self.debug if propagate is None else propagate)

    def _find_error_handler(
        self, e: Exception, blueprints: Iterable[str | None]
    ) -> Function | None:
        """Return the handler for an exception in these blueprints, inner ones first."""
        table = table_in_use(self)
        if not table.handlers:
            return None
        kind = type(e)
        code = kind.code if issubclass(kind, HTTPException) else None
        return table.error_handler(kind, code, (*blueprints, None))

    def trap_http_exception(self, e: Exception) -> bool:
        """Whether an HTTP error goes to handlers of exceptions, not of codes."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return isinstance(e, BadRequestKeyError) and bool(self.debug)
        return bool(trap) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Whether teardown shall not hear of an error. Override to say so."""
        return False


def blueprints_of(context: RequestContext) -> Iterable[str | None]:
    """Return the blueprints of a request's endpoint, the inmost first."""
    return (context._chain or context.chain).scopes[:-1]
