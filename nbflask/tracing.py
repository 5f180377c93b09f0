"""A request traced: its table is put through a function that has every view, hook
and error handler note when it ran, and so does what is to run after this request.

The app's own table stays as it is, and a request that is not traced pays nothing.
Signals are listened to while the request runs, and only to those that it sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import update_wrapper
from inspect import iscoroutinefunction
from typing import Any

from werkzeug.routing import Rule
from werkzeug.routing.exceptions import NoMatch, RequestAliasRedirect, RequestPath
from werkzeug.routing.matcher import StateMachineMatcher
from werkzeug.wrappers import Response as BaseResponse

from . import signals
from .current import _cv_request
from .dispatch import Dispatcher
from .judging import in_order, with_values
from .recording import Body, Mark, Recorder, Step, Trace, kind_of
from .registry.matching import Matcher
from .registry.owners import Owner, belongs_here
from .registry.records import (
    Adapter,
    ErrorHandler,
    Hook,
    Record,
    Route,
    View,
    short_name,
)
from .registry.table import Table, adapters_of, handlers_of, hooks_of, views_of
from .story import STORY, Story

__all__ = ["Step", "Trace", "full_path", "listen_to_body", "recording", "trace"]

#: The hooks that belong to a request's life.
HOOKS = {
    *("url_value_preprocessor", "before_request", "context_processor"),
    *("after_request", "teardown_request", "teardown_appcontext"),
}
SIGNALS = tuple(getattr(signals, name) for name in signals.__all__[1:])
#: Names that every template has anyway.
USUAL = {"g", "request", "session"}
#: How an adapter asks for the methods that a URL takes.
ANY_METHOD = "--"

_here: ContextVar[Tracer | None] = ContextVar("nbflask.tracer", default=None)


def trace(app: Any, method: str, path: str, client: Any = None, **options: Any) -> Any:
    """Send a request and return its response, whose `trace` tells its life."""
    client = app.test_client() if client is None else client
    # A failure is what one wants to see: it is answered, not raised.
    story = Story(propagate=False)
    base = {**(options.pop("environ_base", None) or {}), STORY: story}
    with recording(app, story):
        response = client.open(path, method=method, environ_base=base, **options)
    listen_to_body(response)
    return response


@contextmanager
def recording(app: Any, story: Story) -> Iterator[None]:
    """Trace the request that is sent with this story while the block runs."""
    tracer = Tracer(app, story)
    story.through, story.tracer = tracer.pin, tracer
    ears = [Ear(tracer, signal) for signal in SIGNALS]
    token = _here.set(tracer)
    for ear in ears:
        ear.signal.connect(ear, sender=app, weak=False)
    try:
        yield
    finally:
        for ear in ears:
            # From every sender: else the signal keeps it, and is sent to nobody.
            ear.signal.disconnect(ear)
        _here.reset(token)
        tracer.finish()


class Tracer:
    """Catches the steps of one request of an app."""

    def __init__(self, app: Any, story: Story) -> None:
        self.app, self.story = app, story
        self.recorder = Recorder()
        self.streams = False
        # What was current before: the request has not begun, or it has ended.
        self._outside = _cv_request.get(None)
        self._table: Table | None = None
        self._originals: dict[int, tuple[Any, Any]] = {}
        self._templates: dict[int, Mark] = {}
        middleware = app.__dict__.get("wsgi_app")
        if middleware is not None:
            name = short_name(middleware)
            self.recorder.begin("middleware", name)

    def pin(self, table: Table) -> Table:
        """Return a table whose functions note when they run."""
        if self._table is None and not self.recorder.steps():
            self.recorder = Recorder()  # its clock starts now
        self._table = table
        self.recorder.enter_phase("context", "context push")
        return self._traced(table)

    def _traced(self, table: Table) -> Table:
        traced = copy(table)
        traced.url_map = copy(table.url_map)
        traced.url_map.table = traced
        matcher: Any = TracedMatcher(table, self)
        traced.url_map._matcher = matcher
        # One of its own, which remembers nothing of the untraced one.
        traced.match = Matcher(traced).match
        seen = [self.noting(each) for each in table.records]
        traced.views = views_of(seen)
        traced.hooks = hooks_of(seen)
        traced.handlers = handlers_of(seen)
        traced.adapters = adapters_of(seen)
        traced.chains = {}
        traced.app_teardown = traced.gather(
            "teardown_appcontext", (None,), reverse=True
        )
        return traced

    def noting(self, record: Record) -> Record:
        """Return a record whose function notes that it runs; others as they are."""
        if isinstance(record, View):
            kind = "view"
        elif isinstance(record, ErrorHandler):
            kind = "error_handler"
        elif isinstance(record, Adapter):
            kind = "adapter"
        elif isinstance(record, Hook) and record.kind in HOOKS:
            kind = record.kind
        else:
            return record
        function = self.noted(record.target, kind, record.owner, record.scope)
        self._originals[id(function)] = function, record.target
        return record.altered(target=function)

    def noted(
        self,
        function: Callable[..., Any],
        kind: str,
        owner: Owner | None,
        scope: str | None = None,
    ) -> Callable[..., Any]:
        """Return a function with notes taken; an async one stays async."""
        name = short_name(function)

        @contextmanager
        def noting(given: tuple[Any, ...]) -> Iterator[list[Any]]:
            __tracebackhide__ = True
            mark = self.recorder.begin(kind, name, owner, scope)
            results: list[Any] = []
            try:
                yield results
            except BaseException as error:
                self.recorder.fail(mark, error)
                raise
            self.recorder.end(mark, said_of(kind, results[0], given))

        def run(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with noting(args) as results:
                results.append(function(*args, **kwargs))
            return results[0]

        async def run_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with noting(args) as results:
                results.append(await function(*args, **kwargs))
            return results[0]

        wrapper: Callable[..., Any] = (
            run_async if iscoroutinefunction(function) else run
        )
        return update_wrapper(wrapper, function)

    def is_current(self) -> bool:
        """Whether what happens at this moment belongs to the traced request."""
        if _here.get() is not self:
            return False
        context = _cv_request.get(None)
        if context is None or context is self._outside:
            return context is self._outside
        return context.request.environ.get(STORY) is self.story

    def hear(self, signal: Any, what: dict[str, Any]) -> None:
        """Note a signal, and what it tells of the request."""
        name = signal.name
        if name == "request-started":
            context = _cv_request.get()
            known = context._after_request_functions
            context._after_request_functions = AfterThisRequest(known, self)
        if name in {"request-tearing-down", "appcontext-tearing-down"}:
            self.recorder.enter_phase("teardown", "context pop")
        others = [each for each in signal.receivers_for(self.app) if not is_ours(each)]
        note = ", ".join(short_name(each) for each in others)
        self.recorder.moment("signal", name, note, len(others))
        if name == "before-render-template":
            self._begin_template(**what)
        elif name == "template-rendered":
            mark = self._templates.pop(id(what["context"]), None)
            if mark is not None:
                self.recorder.end(mark)
        elif name == "request-finished":
            self._finish(what["response"])

    def _finish(self, response: Any) -> None:
        self.recorder.enter_phase("response", "response")
        if not isinstance(response, BaseResponse):
            self.recorder.leave_phase("response", f"is {kind_of(response)}")
            return  # of an after_request function that returned something else
        self.streams = response.content_length is None and response.is_streamed
        self.recorder.leave_phase("response", str(response.status))

    def _begin_template(self, template: Any, context: dict[str, Any], **_: Any) -> None:
        name = template.name or "a template string"
        source = None if self._table is None else self._table.templates.get(name)
        # A file of the same name may have been chosen before the cell's template.
        given = source is not None and source.filename == template.filename
        owner = source.owner if source is not None and given else None
        mark = self.recorder.begin("template", str(name), owner)
        mark.names = tuple(str(each) for each in context if each not in USUAL)
        self._templates[id(context)] = mark

    def finish(self) -> None:
        """Leave the story as one of a request that was not traced."""
        self.recorder.close()
        story = self.story
        if story.table is not None:
            story.table = self._table
        handler = story.handler
        _, story.handler = self._originals.get(id(handler), (None, handler))

    def trace(self, response: Any) -> Trace:
        """Return what was noted so far; a stream may go on."""
        steps = self.recorder.steps()
        request = response.request
        return Trace(
            method=request.method,
            path=full_path(request),
            status=response.status_code,
            seconds=max((each.began + each.took for each in steps), default=0.0),
            steps=steps,
            notes=tuple(self._unseen({each.kind for each in steps})),
        )

    def _unseen(self, kinds: set[str]) -> Iterator[str]:
        if self._table is None:
            yield "The app itself was not asked: something around it answered."
        app = self.app
        replaced = (
            "dispatch_request" in app.__dict__
            or type(app).dispatch_request is not Dispatcher.dispatch_request
        )
        if replaced and "view" not in kinds and self.story.endpoint is not None:
            yield "The app's own dispatch_request called no view of this table."


class Ear:
    """Hears one signal on behalf of a tracer."""

    def __init__(self, tracer: Tracer, signal: Any) -> None:
        self.tracer, self.signal = tracer, signal

    def __call__(self, sender: Any, **what: Any) -> None:
        if self.tracer.is_current():
            self.tracer.hear(self.signal, what)


class AfterThisRequest(list[Callable[..., Any]]):
    """The functions that a request is to call with its response: each notes that it
    runs. The cell is that of the function which asked for it."""

    def __init__(self, known: Iterable[Callable[..., Any]], tracer: Tracer) -> None:
        super().__init__(known)
        self._tracer = tracer

    def append(self, function: Callable[..., Any]) -> None:
        tracer = self._tracer
        owner = tracer.recorder.owner
        super().append(tracer.noted(function, "after_this_request", owner))


class TracedMatcher:
    """Stands for the matcher of a table's rules, and notes what it finds."""

    def __init__(self, table: Table, tracer: Tracer) -> None:
        self._matcher: StateMachineMatcher = table.url_map._matcher
        self._table, self._tracer = table, tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matcher, name)

    def match(self, domain: str, path: str, method: str, websocket: bool) -> Any:
        if method == ANY_METHOD:
            return self._matcher.match(domain, path, method, websocket)
        recorder = self._tracer.recorder
        mark = recorder.begin("match", path)
        try:
            rule, values = self._matcher.match(domain, path, method, websocket)
        except Exception as error:
            recorder.end(mark, said_of_miss(error))
            recorder.leave_phase("context")
            raise
        route = self._route_of(rule)
        mark.name, mark.owner, mark.scope = rule.rule, route.owner, route.scope
        recorder.end(mark, with_values(values))
        recorder.leave_phase("context")
        return rule, values

    def _route_of(self, rule: Rule) -> Route:
        routes = (each for each in self._table.records if isinstance(each, Route))
        pairs = zip(routes, self._table.bound.values(), strict=True)
        return next(route for route, bound in pairs if bound is rule)


def is_ours(receiver: Any) -> bool:
    """Whether a signal's receiver is this package's: an ear, or a front end's."""
    return belongs_here({"__package__": getattr(receiver, "__module__", "") or ""})


def full_path(request: Any) -> str:
    """Return a request's path with its query, if it has one."""
    query = request.query_string.decode("utf-8", "replace")
    return f"{request.path}?{query}" if query else str(request.path)


def listen_to_body(response: Any) -> None:
    """Trace the reading of a response that streams its body."""
    story = getattr(response, "story", None)
    tracer: Tracer | None = getattr(story, "tracer", None)
    if (
        tracer is not None
        and tracer.streams
        and not isinstance(response.response, list)
    ):
        response.response = Body(response.response, tracer.recorder)


def said_of(kind: str, result: Any, given: tuple[Any, ...]) -> str:
    """Say what came out of a function, where that tells something."""
    if kind in {"view", "error_handler", "adapter"}:
        return f"returned {kind_of(result)}"
    if kind == "before_request":
        return "" if result is None else f"answered with {kind_of(result)}"
    if kind in {"after_request", "after_this_request"}:
        if not isinstance(result, BaseResponse):
            return f"returned {kind_of(result)}"
        return "" if given and result is given[0] else "gave another response"
    if kind == "context_processor":
        names = map(str, result if isinstance(result, dict) else ())
        return f"gave {', '.join(names) or 'nothing'}"
    if kind.startswith("teardown") and given and given[0] is not None:
        return f"was told of {type(given[0]).__name__}"
    return ""


def said_of_miss(error: Exception) -> str:
    if isinstance(error, NoMatch):
        if error.have_match_for:
            return f"405: it takes {', '.join(in_order(error.have_match_for))}"
        return "404: no rule"
    if isinstance(error, RequestPath):
        return f"redirects to {error.path_info}"
    if isinstance(error, RequestAliasRedirect):
        return f"redirects to the rule of {error.endpoint}"
    return f"raised {type(error).__name__}"
