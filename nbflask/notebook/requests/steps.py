"""At which step of a request an exception came up, where no own line tells; and
what answered it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from ...handling import Handling
from ...reach import hooks_met, view_record
from ...registry.owners import belongs_here
from ...registry.records import ErrorHandler, Hook, short_name
from ...registry.table import Table, scopes_of
from ...testing import ClientResponse
from ..cells.watch import number_of
from ..failures.chains import message_of
from ..failures.frames import is_own, last_place, own_frames

#: The app's steps by their functions, and the kind of hook that runs in each.
STEPS = {
    "preprocess_request": ("It came from a {kind} function", "before_request"),
    "update_template_context": (
        "It came from a context processor, which has to return a dict",
        "context_processor",
    ),
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
#: What steps call the function by that they have in hand, the last one first.
AT_HAND = ("hook", "process")
#: What is said where the app was through with its steps.
UNSENT = ("What the view returned could not be sent as a response", "")
#: The steps in which an error handler is called.
HANDLING = frozenset(name for name in STEPS if name.startswith("handle_"))
#: The steps in which the view is to be named.
VIEWS = frozenset({"make_response", "dispatch_request"})


@dataclass(frozen=True, slots=True)
class Reached:
    """The innermost step of the app that a traceback went through; the function that
    was at hand there, of those which it calls one after the other; and what is to be
    called after this request alone."""

    step: str = ""
    function: Any = None
    after_this_request: tuple[Any, ...] = ()


def origin(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say which step failed, if the person's last own frame does not tell."""
    error, story = response.exception, response.story
    if error is None:
        return
    reached = reached_by(error)
    if own_frames(error, shell) and not is_beyond_own(reached, error, response, shell):
        return
    if reached.step in HANDLING and failed_handler(error) is not None:
        return  # it is named where handlers are
    if reached.step == "make_response" and story.handler is not None:
        handler = named(story.handler, story.table, shell)
        yield f"It came from what the error handler {handler} returned."
        return
    sentence, kind = STEPS.get(reached.step, UNSENT)
    sentence = sentence.format(kind=kind_called(reached.function, story.table) or kind)
    names = list(suspects(reached, kind, response, shell))
    yield f"{sentence}: {', '.join(names[:5])}." if names else f"{sentence}."


def is_beyond_own(
    reached: Reached, error: BaseException, response: ClientResponse, shell: Any
) -> bool:
    """Whether a step failed over what the person's functions gave it, although the
    traceback shows own frames: of those who called, or of another failure."""
    if reached.step == "update_template_context":
        *_, last = traceback.walk_tb(error.__traceback__)
        return not is_own(last[0], shell)
    unanswered = getattr(response, "unanswered", False)
    return unanswered and reached.step != "dispatch_request"


def suspects(
    reached: Reached, kind: str, response: ClientResponse, shell: Any
) -> Iterator[str]:
    """Yield the names and cells of the functions that a failure may have come from."""
    story = response.story
    if reached.function is not None:
        yield named(reached.function, story.table, shell)
    elif kind:
        if kind == "after_request":
            for each in reached.after_this_request:
                yield named(each, story.table, shell)
        yield from hooks(story.table, story.endpoint, kind)
    elif reached.step in VIEWS or not reached.step:
        yield from view(story.table, story.endpoint)


def answered(response: ClientResponse, shell: Any) -> Iterator[str]:
    """Say which error handler answered, what it was asked to answer, and which one
    raised something itself."""
    story, raised = response.story, response.exception
    error, handler = story.answered, story.handler
    failed = failed_handler(raised)
    if failed is not None:
        asked_for = kind_of(failed.error)
        who = named(failed.handler, story.table, shell)
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
    who = named(handler, story.table, shell)
    yield f"{what} was answered by the error handler {who}."


def where(error: BaseException, shell: Any) -> str:
    last = last_place(error, shell)
    return "" if last is None else f" ({last.location}, line {last.lineno})"


def kind_of(error: object) -> str:
    """Return an exception's class, "KeyError", or its status, "404 Not Found"."""
    if isinstance(error, HTTPException):
        return f"{error.code} {error.name}"
    return type(error).__name__


def named(function: Any, table: Table | None, shell: Any) -> str:
    """Return the name and cell of an error handler or a hook: "lost (cell [3])"."""
    record = called(function, table)
    if record is not None:
        return f"{short_name(function)} ({record.owner})"
    # Such as what a view has called after this request: nobody has filed it.
    code = getattr(inspect.unwrap(function), "__code__", None)
    number = None if code is None else number_of(shell, code.co_filename)
    where = "" if number is None else f" (cell [{number}])"
    return f"{short_name(function)}{where}"


def called(function: Any, table: Table | None) -> ErrorHandler | Hook | None:
    """Return the record of a function that an app has called."""
    # While a request is traced, another function stands for the person's.
    known = {id(function), id(getattr(function, "__wrapped__", function))}
    for each in table.records if table is not None else ():
        if isinstance(each, ErrorHandler | Hook) and id(each.target) in known:
            return each
    return None


def kind_called(function: Any, table: Table | None) -> str:
    record = called(function, table)
    return record.kind if isinstance(record, Hook) else ""


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


def reached_by(error: BaseException) -> Reached:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        name = STRAIGHT.get(frame.f_code.co_name, frame.f_code.co_name)
        if name in STEPS and belongs_here(frame.f_globals):
            at_hand = (frame.f_locals.get(each) for each in AT_HAND)
            function = next((each for each in at_hand if each is not None), None)
            context = frame.f_locals.get("context")
            later = getattr(context, "_after_request_functions", ())
            return Reached(name, function, tuple(later))
    return Reached()


def hooks(table: Table | None, endpoint: str | None, kind: str) -> Iterator[str]:
    if table is None:
        return
    for each in hooks_met(table, kind, scopes_of(endpoint)):
        yield f"{short_name(each.target)} ({each.owner})"


def view(table: Table | None, endpoint: str | None) -> Iterator[str]:
    found = None if table is None else view_record(table, endpoint)
    if found is not None:
        yield f"{short_name(found.target)} ({found.owner})"
