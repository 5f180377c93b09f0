"""The app context and the request context, and the variables that hold them.

A request that is served is pinned to the table of its beginning. A context that
a person holds open follows the app as it changes.
"""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable, Iterator
from functools import update_wrapper
from types import TracebackType
from typing import Any, Final, TypeVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from .registry.table import Chain, RuleMap, Table
from .signals import appcontext_popped, appcontext_pushed

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound="Pushable")

#: Stands for an argument that was not given, where None is a value.
_sentinel: Final[Any] = object()

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

_cv_app: contextvars.ContextVar[Any] = contextvars.ContextVar("nbflask.app_ctx")
_cv_request: contextvars.ContextVar[Any] = contextvars.ContextVar("nbflask.request_ctx")


def current_app_context() -> AppContext:
    """Return the app context. Raises RuntimeError outside of one."""
    context: AppContext | None = _cv_app.get(None)
    if context is None:
        raise RuntimeError(NO_APP)
    return context


def current_request_context() -> RequestContext:
    """Return the request context. Raises RuntimeError outside of one."""
    context: RequestContext | None = _cv_request.get(None)
    if context is None:
        raise RuntimeError(NO_REQUEST)
    return context


def table_in_use(app: Any) -> Table:
    """Return the table that the current request captured, else the app's own."""
    context: RequestContext | None = _cv_request.get(None)
    if context is not None and context.app is app:
        return context.table
    return app.registry.table  # type: ignore[no-any-return]


class _AppCtxGlobals:
    """What `g` is: a namespace that lives as long as its app context."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self, name: str, default: Any | None = None) -> Any:
        """Return an attribute, or `default` where there is none."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _sentinel) -> Any:
        """Remove an attribute and return it. KeyError without a `default`."""
        if default is _sentinel:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute, set to `default` first if there is none."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        context = _cv_app.get(None)
        if context is None:
            return object.__repr__(self)
        return f"<flask.g of '{context.app.name}'>"


Former = tuple["contextvars.Token[Any]", Any]


def put(variable: contextvars.ContextVar[Any], value: Any) -> Former:
    """Set a context variable, and return what `put_back` needs."""
    before = variable.get(None)
    return variable.set(value), before


def put_back(variable: contextvars.ContextVar[Any], former: Former) -> None:
    """Undo `put`, even in another cell, where the token is not valid any more."""
    token, before = former
    try:
        variable.reset(token)
    except ValueError:
        variable.set(before)


class Pushable:
    """A context that a `with` block pushes and pops."""

    __slots__ = ()

    def push(self) -> None:
        raise NotImplementedError

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        raise NotImplementedError

    def __enter__(self: C) -> C:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.pop(exc_value)


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

    def __init__(self, app: Any, table: Table | None = None) -> None:
        self.app = app
        self.g: _AppCtxGlobals = app.app_ctx_globals_class()
        self._table = table
        self._adapter: Any = _sentinel
        self._formers: list[Former] = []

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
        self._formers.append(put(_cv_app, self))
        if appcontext_pushed.receivers:
            app = self.app
            appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Make the one before current again; the last pop runs the teardown."""
        try:
            if len(self._formers) == 1:
                if exc is _sentinel:
                    exc = sys.exc_info()[1]
                self.app.do_teardown_appcontext(exc)
        finally:
            current = _cv_app.get(None)
            put_back(_cv_app, self._formers.pop())
        if current is not self:
            raise AssertionError(
                f"Popped wrong app context. ({current!r} instead of {self!r})"
            )
        if appcontext_popped.receivers:
            app = self.app
            appcontext_popped.send(app, _async_wrapper=app.ensure_sync)


def is_outdated(adapter: MapAdapter | None, table: Table) -> bool:
    """Whether an adapter shows the rules of a table that is no longer in use."""
    known = adapter.map if adapter is not None else None
    return isinstance(known, RuleMap) and known.table is not table


class RequestContext(Pushable):
    """Makes `request` and `session` work. Made by `app.request_context(environ)`."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_adapter",
        "_after_request_functions",
        "_chain",
        "_formers",
        "_opened",
        "_table",
        "app",
        "flashes",
        "request",
    )

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
        self._chain: Chain | None = None
        self._adapter: Any = _sentinel
        self._after_request_functions: list[Callable[[Any], Any]] = []
        self._formers: list[tuple[Former, AppContext | None]] = []

    def pin(self) -> None:
        """Keep to the app's table of this moment, for as long as the request runs."""
        self._table = self.app.registry.table

    @property
    def table(self) -> Table:
        return self._table or self.app.registry.table

    @property
    def chain(self) -> Chain:
        """The hooks that this request meets."""
        if self._chain is not None:
            return self._chain
        rule = self.request.url_rule
        chain = self.table.chain(None if rule is None else rule.endpoint)
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
            session=self._opened,
        )

    def match_request(self) -> None:
        """Find the rule for the request; what goes wrong is raised in dispatch."""
        request = self.request
        try:
            place = self.app.place_of(request.environ)
            if place is not None and self._adapter is _sentinel:
                found: Any = self.table.match(place, self._bind, request.environ)
                request.url_rule, request.view_args = found
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

    @property
    def _session(self) -> Any:
        """The session, opened on first use if that makes no difference to it."""
        if self._opened is None and self._formers:
            self._open_session()
        return self._opened

    @_session.setter
    def _session(self, session: Any) -> None:
        self._opened = session

    @property
    def session(self) -> Any:
        """The session; reading it counts as access, which sets Vary: Cookie."""
        session = self._session
        assert session is not None, "The session has not yet been opened."
        session.accessed = True
        return session

    def _open_session(self) -> None:
        interface = self.app.session_interface
        session = interface.open_session(self.app, self.request)
        if session is None:
            session = interface.make_null_session(self.app)
        self._opened = session

    def session_to_save(self) -> Any | None:
        """Return the session if the response may have to carry it.

        One that nobody opened needs no saving, unless the request brought a
        cookie: a permanent session is refreshed by every request.
        """
        if self._opened is None:
            if "HTTP_COOKIE" not in self.request.environ:
                return None
            interface = self.app.session_interface
            if interface.get_cookie_name(self.app) not in self.request.cookies:
                return None
        return self._session

    def push(self) -> None:
        """Make this the current request, with an app context below it."""
        app_context: AppContext | None = _cv_app.get(None)
        if app_context is None or app_context.app is not self.app:
            app_context = self.app.app_context()
            app_context._table = self._table
            app_context.push()
        else:
            app_context = None
        self._formers.append((put(_cv_request, self), app_context))
        if self._opened is None and not self.app.opens_session_lazily():
            self._open_session()
        self.match_request()

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Make the request before current again; the last pop runs the teardown."""
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
            self._leave(exc, last=last)

    def _leave(self, exc: BaseException | None, *, last: bool) -> None:
        current: RequestContext | None = _cv_request.get(None)
        former, app_context = self._formers.pop()
        put_back(_cv_request, former)
        if last:
            # The environ outlives the request in some servers: break the cycle.
            self.request.environ["werkzeug.request"] = None
        if app_context is not None:
            app_context.pop(exc)
        if current is not self:
            raise AssertionError(
                f"Popped wrong request context. ({current!r} instead of {self!r})"
            )

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.request.url!r}"
            f" [{self.request.method}] of {self.app.name}>"
        )


def after_this_request(f: F) -> F:
    """Call `f` with this request's response, which it returns or replaces."""
    context = _cv_request.get(None)
    if context is None:
        raise RuntimeError(
            "'after_this_request' can only be used when a request"
            " context is active, such as in a view function."
        )
    context._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Return `f` bound to the current request, to be run in a thread or greenlet."""
    context = _cv_request.get(None)
    if context is None:
        raise RuntimeError(
            "'copy_current_request_context' can only be used when a"
            " request context is active, such as in a view function."
        )
    copied = context.copy()

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
