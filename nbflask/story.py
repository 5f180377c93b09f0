"""What became of a request, for those who look into it from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ctx import AppContext, RequestContext
from .current import _cv_app, _cv_request
from .registry.table import Table
from .values import State

Environ = dict[str, Any]

#: Where an environ carries a `Story` to be told.
STORY = "nbflask.story"
PRESERVE = "werkzeug.debug.preserve_context"


class Story(State):
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
    handler: Callable[..., Any] | None = None
    #: What was current when it failed, for those who look into it afterwards.
    contexts: tuple[AppContext | None, RequestContext] | None = None
    #: Who has noted each step of it, if somebody has.
    tracer: Any = None


def hand_out(
    environ: Environ, context: RequestContext, error: BaseException | None
) -> None:
    """Give those who asked what shall outlive the request."""
    if PRESERVE in environ:
        environ[PRESERVE](_cv_app.get(None))
        environ[PRESERVE](_cv_request.get(None))
    story: Story | None = environ.get(STORY)
    if story is not None:
        rule = context.request.url_rule
        story.table = context._table or context.table
        story.endpoint = None if rule is None else rule.endpoint
        story.failure = error
        if error is not None or story.answered is not None:
            story.contexts = _cv_app.get(None), context


def endpoint_of(context: RequestContext) -> str | None:
    rule = context.request.url_rule
    return None if rule is None else rule.endpoint
