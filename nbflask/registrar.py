"""The decorators: each files one record. What apps and blueprints share."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import Rule

from . import typing as ft
from .doors import open_door
from .errors import EndpointConflict
from .registry.attributes import Commands, HandlerScopes, HookLists, Views
from .registry.owners import Owner
from .registry.policies import owner_for, policy
from .registry.records import ErrorHandler, Hook, Record, Route, TemplateName, View
from .registry.registry import Registry
from .registry.windows import LiveAttribute
from .resources import Resources

F = TypeVar("F", bound=Callable[..., Any])
T_after_request = TypeVar("T_after_request", bound=ft.AfterRequestCallable[Any])
T_before_request = TypeVar("T_before_request", bound=ft.BeforeRequestCallable)
T_error_handler = TypeVar("T_error_handler", bound=ft.ErrorHandlerCallable)
T_teardown = TypeVar("T_teardown", bound=ft.TeardownCallable)
T_template_context_processor = TypeVar(
    "T_template_context_processor", bound=ft.TemplateContextProcessorCallable
)
T_url_defaults = TypeVar("T_url_defaults", bound=ft.URLDefaultCallable)
T_url_value_preprocessor = TypeVar(
    "T_url_value_preprocessor", bound=ft.URLValuePreprocessorCallable
)
T_route = TypeVar("T_route", bound=ft.RouteCallable)


def setupmethod(f: F) -> F:
    """Mark a method that sets up an app: it may come too late."""
    name = f.__name__

    def set_up(self: Registrar, *args: Any, **kwargs: Any) -> Any:
        if not policy().lenient:
            self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return cast(F, update_wrapper(set_up, f))


def hook_lists(kind: str) -> Any:
    return LiveAttribute(lambda registry: HookLists(registry, kind))


class Registrar(Resources):
    """What can be registered on an app and on a blueprint alike."""

    name: str
    registry: Registry
    #: The class of URL rules; an app may use its own.
    url_rule_class: type[Rule] = Rule

    view_functions = LiveAttribute(Views)
    error_handler_spec = LiveAttribute(HandlerScopes)
    before_request_funcs = hook_lists("before_request")
    after_request_funcs = hook_lists("after_request")
    teardown_request_funcs = hook_lists("teardown_request")
    template_context_processors = hook_lists("context_processor")
    url_value_preprocessors = hook_lists("url_value_preprocessor")
    url_default_functions = hook_lists("url_defaults")

    _cli: Any = None

    @property
    def cli(self) -> Any:
        """The commands, a click group. Made on first use."""
        if self._cli is None:
            self._cli = open_door("cli group")(name=self.name)
            self._cli.commands = Commands(self.registry)
        return self._cli

    @cli.setter
    def cli(self, group: Any) -> None:
        # Its commands are records like any others, else a blueprint's are unknown to
        # the app, and an app's group knows none of a blueprint's.
        own, commands = dict(group.commands), Commands(self.registry)
        commands.clear()
        commands.update(own)
        group.commands = commands
        self._cli = group

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        raise NotImplementedError

    def file(self, *records: Record) -> None:
        """Put records in force, by the rules of the moment."""
        policy().add(self.registry, records)

    def _hook(self, kind: str, function: F, scope: str | None = None) -> F:
        owner = owner_for(function)
        self.file(Hook(owner=owner, scope=scope, target=function, kind=kind))
        return function

    def _template_name(self, kind: str, function: Any, name: str | None) -> None:
        owner = owner_for(function)
        name = name or function.__name__
        self.file(TemplateName(owner=owner, target=function, kind=kind, name=name))

    def _naming(self, kind: str, name: str | None) -> Callable[[F], F]:
        """Return a decorator that makes a function known to templates."""

        def decorate(function: F) -> F:
            self._template_name(kind, function, name)
            return function

        return decorate

    # Routes

    @setupmethod
    def route(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve a URL rule by the decorated view.

        `methods` (default GET), `endpoint` (default the function's name) and
        Werkzeug's options for rules.
        """

        def decorate(view: T_route) -> T_route:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, view, **options)
            return view

        return decorate

    def _method_route(
        self, method: str, rule: str, options: dict[str, Any]
    ) -> Callable[[T_route], T_route]:
        if "methods" in options:
            raise TypeError("Use the 'route' decorator to use the 'methods' argument.")
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve GET requests by the decorated view."""
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve POST requests by the decorated view."""
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve PUT requests by the decorated view."""
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve DELETE requests by the decorated view."""
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Serve PATCH requests by the decorated view."""
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Serve a URL rule by an endpoint, and the endpoint by a view."""
        raise NotImplementedError

    def _make_route(
        self,
        rule: str,
        endpoint: str,
        view_func: Any,
        automatic_options: bool | None,
        options: dict[str, Any],
        owner: Owner | None = None,
    ) -> Route:
        """Return the route for a rule and a view, which may ask for methods."""
        methods, required = methods_of(view_func, options.pop("methods", None))
        if automatic_options is None:
            automatic_options = getattr(view_func, "provide_automatic_options", None)
        if automatic_options is None:
            automatic_options = self._answers_options(methods)
            required |= {"OPTIONS"} if automatic_options else set()
        return Route(
            owner=owner or owner_for(view_func),
            rule=rule,
            endpoint=endpoint,
            methods=frozenset(methods | required),
            automatic_options=automatic_options,
            options=options,
            rule_class=self.url_rule_class,
        )

    def _answers_options(self, methods: set[str]) -> bool | None:
        """Whether OPTIONS is answered automatically; None leaves it to the app."""
        return None

    def _file_route(self, route: Route, view_func: Any) -> None:
        """File a route and the view it brings. Raises EndpointConflict."""
        records: list[Record] = [route]
        if view_func is not None:
            view = View(owner=route.owner, target=view_func, endpoint=route.endpoint)
            records += self._unless_served(view, route)
        self.file(*records)

    def _unless_served(self, view: View, route: Route) -> list[View]:
        known = next(iter(self.registry.find(view.key)), None)
        if known is None:
            return [view]
        if known.target is view.target and policy().shares(known):
            return []
        if known.target != view.target and policy().refuses(known):
            # What is wrong with the rule itself comes first.
            self.registry.admit((), [route])
            raise EndpointConflict(view.endpoint, known.target, known.owner)
        return [view]

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Serve an endpoint by the decorated view; rules are added elsewhere."""

        def decorate(view: F) -> F:
            self.view_functions[endpoint] = view
            return view

        return decorate

    # Hooks

    @setupmethod
    def before_request(self, f: T_before_request) -> T_before_request:
        """Run before each request. What it returns, if anything, is the answer."""
        return self._hook("before_request", f)

    @setupmethod
    def after_request(self, f: T_after_request) -> T_after_request:
        """Run after each request, with the response, which it returns."""
        return self._hook("after_request", f)

    @setupmethod
    def teardown_request(self, f: T_teardown) -> T_teardown:
        """Run when a request's context ends, with its exception or None."""
        return self._hook("teardown_request", f)

    @setupmethod
    def context_processor(
        self, f: T_template_context_processor
    ) -> T_template_context_processor:
        """Give templates more names: `f` returns a dict of them."""
        return self._hook("context_processor", f)

    @setupmethod
    def url_value_preprocessor(
        self, f: T_url_value_preprocessor
    ) -> T_url_value_preprocessor:
        """Change a URL's values before the hooks and the view see them."""
        return self._hook("url_value_preprocessor", f)

    @setupmethod
    def url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Fill in values for `url_for`."""
        return self._hook("url_defaults", f)

    # Error handlers

    @setupmethod
    def errorhandler(
        self, code_or_exception: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Answer an exception class or an HTTP status by the decorated function."""

        def decorate(f: T_error_handler) -> T_error_handler:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorate

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ft.ErrorHandlerCallable
    ) -> None:
        """Answer an exception class or an HTTP status by `f`."""
        self._handle(code_or_exception, f)

    def _handle(self, code_or_exception: Any, f: Any, scope: str | None = None) -> None:
        exception, code = self._get_exc_class_and_code(code_or_exception)
        owner: Owner = owner_for(f)
        self.file(
            ErrorHandler(
                owner=owner, scope=scope, target=f, code=code, exception=exception
            )
        )

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        """Return the exception class, and its HTTP status if it has one."""
        kind = exc_class_or_code
        if isinstance(kind, int):
            if kind not in default_exceptions:
                raise ValueError(
                    f"'{kind}' is not a recognized HTTP error code. Use a subclass"
                    " of HTTPException with that code instead."
                )
            kind = default_exceptions[kind]
        only = "Handlers can only be registered for Exception classes or HTTP error"
        if isinstance(kind, Exception):
            raise TypeError(f"{kind!r} is an instance, not a class. {only} codes.")
        if not issubclass(kind, Exception):
            raise ValueError(
                f"'{kind.__name__}' is not a subclass of Exception. {only} codes."
            )
        code = kind.code if issubclass(kind, HTTPException) else None
        return kind, code


def _endpoint_from_view_func(view_func: Any) -> str:
    """Return a view's own name, its default endpoint."""
    assert view_func is not None, "expected view func if endpoint is not provided."
    name: str = view_func.__name__
    return name


def methods_of(view_func: Any, methods: Any) -> tuple[set[str], set[str]]:
    """Return the methods asked for, and those that the view always requires."""
    if methods is None:
        methods = getattr(view_func, "methods", None) or ("GET",)
    if isinstance(methods, str):
        raise TypeError(
            "Allowed methods must be a list of strings, for example:"
            ' @app.route(..., methods=["POST"])'
        )
    required = set(getattr(view_func, "required_methods", ()))
    return {each.upper() for each in methods}, required
