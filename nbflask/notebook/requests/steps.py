"""At which step of a request an exception came up, where no own line tells; and
what answered it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from ...handling import Handling
from ...reach import hooks_met, view_record
from ...registry.owners import belongs_here
from ...registry.records import ErrorHandler, short_name
from ...registry.table import Table, scopes_of
from ...testing import ClientResponse
from ..failures.chains import message_of
from ..failures.frames import last_place, own_frames

#: The app's steps by their functions, and the kind of hook that runs in each.
STEPS = {
    "preprocess_request": ("It came from a before_request function", "before_request"),
    "make_response": ("It came from what the view returned", ""),
    "process_response": (
        "It came after the view: an after_request function has to return a response",
        "after_request",
    ),
    "do_teardown_request": (
        "It came from a teardown function, after the response was made",
        "teardown_request",
    ),
    "do_teardown_appcontext": (
        "It came from a teardown function, after the response was made",
        "teardown_appcontext",
    ),
    "handle_user_exception": ("It came from an error handler", ""),
    "handle_http_exception": ("It came from an error handler", ""),
    "handle_exception": ("It came from an error handler", ""),
    "raise_routing_exception": (
        "It came from matching the URL, before any view was called",
        "",
    ),
    "dispatch_request": ("It came from the view", ""),
    "wsgi_app": (
        "There was no response to send: an after_request function has to return one",
        "after_request",
    ),
}
#: What does a step of an app that has none of its own, and the step that it does.
STRAIGHT = {"respond": "dispatch_request", "response_from": "make_response"}
#: What is said where the app was through with its steps.
UNSENT = ("What the view returned could not be sent as a response", "")
#: The steps in which an error handler is called.
HANDLING = frozenset(name for name in STEPS if name.startswith("handle_"))
#: The steps in which the view is to be named.
VIEWS = frozenset({"make_response", "dispatch_request"})


def origin(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say which step failed, if the person's last own frame does not tell."""
    error = response.exception
    unanswered = getattr(response, "unanswered", False)
    if error is None or (own_frames(error, shell) and not unanswered):
        return
    step = step_of(error)
    if step == "dispatch_request" and own_frames(error, shell):
        return
    story = response.story
    if step in HANDLING and failed_handler(error) is not None:
        return  # it is named where handlers are
    if step == "make_response" and story.handler is not None:
        handler = named(story.handler, story.table)
        yield f"It came from what the error handler {handler} returned."
        return
    sentence, kind = STEPS.get(step or "", UNSENT)
    if kind:
        suspects = list(hooks(story.table, story.endpoint, kind))
    else:
        views = step in VIEWS or step is None
        suspects = list(view(story.table, story.endpoint)) if views else []
    yield f"{sentence}: {', '.join(suspects[:5])}." if suspects else f"{sentence}."


def answered(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say which error handler answered, what it was asked to answer, and which one
    raised something itself."""
    story, raised = response.story, response.exception
    error, handler = story.answered, story.handler
    failed = failed_handler(raised)
    if failed is not None:
        asked_for, who = kind_of(failed.error), named(failed.handler, story.table)
        did = f"raised {kind_of(raised)} itself"
        if raised is failed.error:
            did = "raised it again"
        yield f"The error handler {who} was called for {asked_for} and {did}."
        if error is failed.error:
            return
    if error is None or handler is None:
        return
    what = kind_of(error)
    if raised is None and not isinstance(error, HTTPException):
        what = f"{what}: {message_of(error)}{where(error, shell)}"
    yield f"{what} was answered by the error handler {named(handler, story.table)}."


def where(error: BaseException, shell: Any) -> str:
    last = last_place(error, shell)
    return "" if last is None else f" ({last.location}, line {last.lineno})"


def kind_of(error: object) -> str:
    """Return an exception's class, "KeyError", or its status, "404 Not Found"."""
    if isinstance(error, HTTPException):
        return f"{error.code} {error.name}"
    return type(error).__name__


def named(handler: Any, table: Table | None) -> str:
    """Return an error handler's name and cell: "lost (cell [3])"."""
    # While a request is traced, another function stands for the handler.
    known = (handler, getattr(handler, "__wrapped__", None))
    for each in table.records if table is not None else ():
        if isinstance(each, ErrorHandler) and any(each.target is h for h in known):
            return f"{short_name(handler)} ({each.owner})"
    return short_name(handler)


@dataclass(frozen=True, slots=True)
class Called:
    """An error handler, and the exception that it was called for."""

    handler: Any
    error: BaseException


def failed_handler(raised: BaseException | None) -> Called | None:
    """Return the error handler that an exception came up in, if it was in one."""
    steps = traceback.walk_tb(None if raised is None else raised.__traceback__)
    for frame, _ in steps:
        if frame.f_code is Handling._answer_by.__code__:
            handler, error = frame.f_locals["handler"], frame.f_locals["error"]
            # A 500 stands for what nothing has answered.
            return Called(handler, getattr(error, "original_exception", None) or error)
    return None


def step_of(error: BaseException) -> str | None:
    """Return the innermost step of the app that a traceback went through."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        name = STRAIGHT.get(frame.f_code.co_name, frame.f_code.co_name)
        if name in STEPS and belongs_here(frame.f_globals):
            return name
    return None


def hooks(table: Table | None, endpoint: str | None, kind: str) -> Iterator[str]:
    if table is None:
        return
    for each in hooks_met(table, kind, scopes_of(endpoint)):
        yield f"{short_name(each.target)} ({each.owner})"


def view(table: Table | None, endpoint: str | None) -> Iterator[str]:
    found = None if table is None else view_record(table, endpoint)
    if found is not None:
        yield f"{short_name(found.target)} ({found.owner})"
