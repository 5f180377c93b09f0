"""The app context and the request context, and the variables that hold them.

A request that is served is pinned to the table of its beginning. A context that
a person holds open follows the app as it changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from contextvars import Token
from functools import update_wrapper
from typing import Any, TypeVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from .carrier import SessionCarrier
from .current import Pushable, popped_wrong, put_back, unpushed
from .current import _AppCtxGlobals as _AppCtxGlobals
from .current import _cv_app as _cv_app
from .current import _cv_request as _cv_request
from .current import _sentinel as _sentinel
from .registry.rule_map import RuleMap
from .registry.table import Chain, Table
from .signals import announce, appcontext_popped, appcontext_pushed

F = TypeVar("F", bound=Callable[..., Any])

NO_APP = """\
Working outside of application context.

This typically means that you attempted to use functionality that needed
the current application. To solve this, set up an application context
with app.app_context(). See the documentation for more information.\
"""
NO_REQUEST = """\
Working outside of request context.

This typically means that you attempted to use functionality that needed
an active HTTP request. Consult the documentation on testing for
information about how to avoid this problem.\
"""
#: What a front end makes of such an error, by kind of context: it may know an easier
#: way than a `with` block.
ADVISERS: dict[str, Callable[[RuntimeError], RuntimeError]] = {}


def outside(kind: str, message: str) -> RuntimeError:
    """Return what somebody is told who works outside of a context."""
    error, advise = RuntimeError(message), ADVISERS.get(kind)
    return error if advise is None else advise(error)


def current_app_context() -> AppContext:
    """Return the app context. Raises RuntimeError outside of one."""
    context: AppContext | None = _cv_app.get(None)
    if context is None:
        raise outside(AppContext.kind, NO_APP)
    return context


def current_request_context() -> RequestContext:
    """Return the request context. Raises RuntimeError outside of one."""
    context: RequestContext | None = _cv_request.get(None)
    if context is None:
        raise outside(RequestContext.kind, NO_REQUEST)
    return context


def table_in_use(app: Any) -> Table:
    """Return the table that the current request captured, else the app's own."""
    context: RequestContext | None = _cv_request.get(None)
    if context is not None and context.app is app:
        return context._table or context.table
    return app.registry.table  # type: ignore[no-any-return]


class AppContext(Pushable):
    """Makes `current_app` and `g` work. Made by `app.app_context()`."""

    # Extensions put attributes of their own here, hence the `__dict__`.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_adapter",
        "_formers",
        "_table",
        "app",
        "g",
    )
    kind = "app context"

    def __init__(self, app: Any) -> None:
        self.app = app
        self.g: _AppCtxGlobals = app.app_ctx_globals_class()
        self._table: Table | None = None
        self._adapter: Any = _sentinel
        self._formers: tuple[Token[Any], ...] = ()

    @property
    def table(self) -> Table:
        return self._table or self.app.registry.table

    @property
    def url_adapter(self) -> MapAdapter | None:
        """Builds URLs outside a request; None without SERVER_NAME."""
        if self._adapter is _sentinel or is_outdated(self._adapter, self.table):
            self._adapter = self.app.create_url_adapter(None)
        return self._adapter  # type: ignore[no-any-return]

    @url_adapter.setter
    def url_adapter(self, adapter: MapAdapter | None) -> None:
        self._adapter = adapter

    def push(self) -> None:
        """Make this the current app context."""
        self._formers = (*self._formers, _cv_app.set(self))
        if appcontext_pushed.receivers:
            announce(appcontext_pushed, self.app)

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Make the one before current again; the last pop runs the teardown."""
        if not self._formers:
            raise unpushed(self)
        try:
            if len(self._formers) == 1:
                if exc is _sentinel:
                    exc = sys.exc_info()[1]
                self.app.do_teardown_appcontext(exc)
        finally:
            *before, former = self._formers
            self._formers = tuple(before)
            current = put_back(_cv_app, self, former)
        if current is not self:
            raise popped_wrong(self, current)
        if appcontext_popped.receivers:
            announce(appcontext_popped, self.app)


def is_outdated(adapter: MapAdapter | None, table: Table) -> bool:
    """Whether an adapter shows the rules of a table that is no longer in use."""
    known = adapter.map if adapter is not None else None
    return isinstance(known, RuleMap) and known.table is not table


class RequestContext(SessionCarrier, Pushable):
    """Makes `request` and `session` work. Made by `app.request_context(environ)`."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_adapter",
        "_after_request_functions",
        "_chain",
        "_formers",
        "_opened",
        "_origin",
        "_table",
        "app",
        "flashes",
        "request",
    )
    kind = "request context"

    def __init__(
        self,
        app: Any,
        environ: dict[str, Any],
        request: Any | None = None,
        session: Any | None = None,
    ) -> None:
        self.app = app
        if request is None:
            request = app.request_class(environ)
            request.json_module = app.json
        self.request: Any = request
        self.flashes: list[tuple[str, str]] | None = None
        self._opened = session
        self._table: Table | None = None
        #: What stands for the adapter of this request, where nobody has one.
        self._origin: Hashable = None
        self._chain: Chain | None = None
        self._adapter: Any = _sentinel
        self._after_request_functions: list[Callable[[Any], Any]] = []
        self._formers: tuple[tuple[Token[Any], AppContext | None], ...] = ()

    def pin(self, through: Callable[[Table], Table] | None = None) -> None:
        """Keep to the app's table of this moment, for as long as the request runs, or
        to what a function makes of it."""
        table: Table = self.app.registry.table
        self._table = table if through is None else through(table)

    @property
    def table(self) -> Table:
        return self._table or self.app.registry.table

    @property
    def chain(self) -> Chain:
        """The hooks that this request meets."""
        chain = self._chain
        if chain is None:
            rule, table = self.request.url_rule, self._table or self.app.registry.table
            endpoint = None if rule is None else rule.endpoint
            chain = table.chains.get(endpoint) or table.chain(endpoint)
            if self._table is not None:
                self._chain = chain
        return chain

    @property
    def g(self) -> _AppCtxGlobals:
        return current_app_context().g

    @property
    def url_adapter(self) -> MapAdapter | None:
        """Matches and builds URLs as seen from this request's host and path."""
        pinned = self._table is not None
        if self._adapter is _sentinel or (
            not pinned and is_outdated(self._adapter, self.table)
        ):
            self._adapter = None
            self._adapter = self.app.create_url_adapter(self.request)
            if pinned:
                self._follow(self._adapter)
        return self._adapter  # type: ignore[no-any-return]

    @url_adapter.setter
    def url_adapter(self, adapter: MapAdapter | None) -> None:
        self._adapter = adapter

    def _follow(self, adapter: MapAdapter | None) -> None:
        # The rules and all else must come from one table, whoever made the adapter.
        known = adapter.map if adapter is not None else None
        if isinstance(known, RuleMap) and known.table is not self._table:
            self._table = known.table

    def copy(self) -> RequestContext:
        """Return a context of the same request and session, to push elsewhere."""
        return self.__class__(
            self.app,
            environ=self.request.environ,
            request=self.request,
            session=self._session,
        )

    def match_request(self) -> None:
        """Find the rule for the request; what goes wrong is raised in dispatch."""
        request = self.request
        try:
            origin = self.app.origin_of(request)
            if origin is not None and self._adapter is _sentinel:
                table, self._origin = self._table or self.app.registry.table, origin
                found: Any = table.match(origin, self._bind, request.environ)
                if type(found) is tuple:
                    request.url_rule, request.view_args = found
                else:
                    request.routing_exception = found
                return
            adapter = self.url_adapter
            if adapter is not None:
                found = adapter.match(return_rule=True)
                request.url_rule, request.view_args = found
        except HTTPException as error:
            request.routing_exception = error

    def _bind(self) -> MapAdapter:
        adapter: MapAdapter = self.app.create_url_adapter(self.request)
        return adapter

    def push(self) -> None:
        """Make this the current request, with an app context below it."""
        app_context: AppContext | None = _cv_app.get(None)
        if app_context is None or app_context.app is not self.app:
            app_context = self.app.app_context()
            app_context._table = self._table
            app_context.push()
        else:
            app_context = None
        self._formers = (*self._formers, (_cv_request.set(self), app_context))
        if self._opened is None:
            self.open_session()
        self.match_request()

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Make the request before current again; the last pop runs the teardown."""
        if not self._formers:
            raise unpushed(self)
        last = len(self._formers) == 1
        try:
            if last:
                if exc is _sentinel:
                    exc = sys.exc_info()[1]
                self.app.do_teardown_request(exc)
                close = getattr(self.request, "close", None)
                if close is not None:
                    close()
        finally:
            *before, (former, app_context) = self._formers
            self._formers = tuple(before)
            current = put_back(_cv_request, self, former)
            if last:
                # The environ outlives the request in some servers: break the cycle.
                self.request.environ["werkzeug.request"] = None
            if app_context is not None:
                app_context.pop(exc)
            if current is not self:
                raise popped_wrong(self, current)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.request.url!r}"
            f" [{self.request.method}] of {self.app.name}>"
        )


def request_context_for(function: str) -> RequestContext:
    """Return the request context for a function that is of no use without one.

    Raises RuntimeError, which names the function.
    """
    context: RequestContext | None = _cv_request.get(None)
    if context is None:
        raise outside(
            RequestContext.kind,
            f"'{function}' can only be used when a request context is active, such as"
            " in a view function.",
        )
    return context


def after_this_request(f: F) -> F:
    """Call `f` with this request's response, which it returns or replaces."""
    request_context_for("after_this_request")._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Return `f` bound to the current request, to be run in a thread or greenlet."""
    copied = request_context_for("copy_current_request_context").copy()

    def within_request(*args: Any, **kwargs: Any) -> Any:
        with copied:
            return copied.app.ensure_sync(f)(*args, **kwargs)

    return update_wrapper(within_request, f)  # type: ignore[return-value]


def has_request_context() -> bool:
    """Whether `request` and `session` can be used here."""
    return _cv_request.get(None) is not None


def has_app_context() -> bool:
    """Whether `current_app` and `g` can be used here."""
    return _cv_app.get(None) is not None
