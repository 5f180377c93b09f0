"""The Flask class: what an app is, and its public surface.

How a request travels is in `dispatch`; the decorators that apps and blueprints
share are in `registrar`; what is registered lives in `registry`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cached_property
from typing import IO, Any, ClassVar, TypeVar
from weakref import ref

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import Aborter as GeneralAborter
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect as make_redirect
from werkzeug.wrappers import Response as BaseResponse

from . import typing as ft
from .aborting import Aborter
from .additions import Additions
from .blueprints import Blueprint
from .config import DEFAULTS, Config, ConfigAttribute
from .ctx import RequestContext, _AppCtxGlobals, current_request_context, table_in_use
from .dispatch import Dispatcher
from .doors import open_door
from .errors import EndpointConflict, MountConflict, SetupFinished
from .helpers import get_debug_flag
from .inspection import Inspection
from .json.provider import DefaultJSONProvider, JSONProvider
from .logging import create_logger
from .registrar import _endpoint_from_view_func, setupmethod
from .registry.attributes import Blueprints, Extensions, Functions
from .registry.mounts import expand
from .registry.owners import FRAMEWORK
from .registry.policies import on_behalf_of, policy
from .registry.records import Mount, View
from .registry.registry import AppRegistry
from .registry.url_map import live
from .registry.windows import LiveAttribute
from .resources import PathLike, find_package, open_file
from .sessions import SecureCookieSessionInterface, SessionInterface
from .templates import Templates
from .templating import OF_THE_MOMENT
from .urls import Urls
from .wrappers import Request, Response

T_shell_context_processor = TypeVar(
    "T_shell_context_processor", bound=ft.ShellContextProcessorCallable
)
T_teardown = TypeVar("T_teardown", bound=ft.TeardownCallable)


def _make_timedelta(value: timedelta | int | None) -> timedelta | None:
    """Return a number of seconds as a timedelta."""
    return timedelta(seconds=value) if isinstance(value, (int, float)) else value


def functions(kind: str) -> Any:
    return LiveAttribute(lambda registry: Functions(registry, kind))


class Flask(Dispatcher, Urls, Templates, Additions, Inspection):
    """A WSGI application: routes, hooks, configuration, and all that goes with it.

    `import_name` is usually `__name__`; it tells where templates, static files
    and the instance folder are.
    """

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    aborter_class: type[GeneralAborter] = Aborter
    app_ctx_globals_class = _AppCtxGlobals
    config_class = Config
    json_provider_class: type[JSONProvider] = DefaultJSONProvider
    url_rule_class: type[Rule] = Rule
    url_map_class: type[Map] = Map
    session_interface: SessionInterface = SecureCookieSessionInterface()
    test_client_class: type[Any] | None = None
    test_cli_runner_class: type[Any] | None = None

    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute["str | bytes | None"]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute[timedelta](
        "PERMANENT_SESSION_LIFETIME",
        get_converter=_make_timedelta,  # type: ignore[arg-type]
    )

    blueprints = LiveAttribute(Blueprints)
    extensions = LiveAttribute(Extensions)
    url_build_error_handlers = functions("url_build_error")
    teardown_appcontext_funcs = functions("teardown_appcontext")
    shell_context_processors = functions("shell_context")

    default_config: ClassVar[dict[str, Any]] = ImmutableDict(DEFAULTS)

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: PathLike | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: PathLike | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(
            import_name, static_folder, static_url_path, template_folder, root_path
        )
        if instance_path is not None and not os.path.isabs(instance_path):
            raise ValueError(
                "If an instance path is provided it must be absolute."
                " A relative path was given instead."
            )
        self.instance_path = instance_path or self.auto_find_instance_path()
        self.config = self.make_config(instance_relative_config)
        self.aborter = self.make_aborter()
        self.json: JSONProvider = self.json_provider_class(self)
        self.subdomain_matching = subdomain_matching
        self._got_first_request = False
        self._url_map = live(self.url_map_class(host_matching=host_matching))
        self.registry: AppRegistry = AppRegistry(self, self._url_map)
        self._url_map.look_at(self.registry)
        if self.has_static_folder:
            assert bool(static_host) == host_matching, (
                "Invalid static_host/host_matching combination"
            )
            self._serve_static_folder(static_host)

    @property
    def url_map(self) -> Any:
        """The rules in force, and the settings by which they match."""
        return self._url_map

    @url_map.setter
    def url_map(self, rules: Map) -> None:
        if rules is not self._url_map:
            self._url_map = live(rules)
            self._url_map.serve(self.registry)

    def _serve_static_folder(self, host: str | None) -> None:
        # A weak reference, or every app would be part of a cycle.
        itself = ref(self)

        def static(**values: Any) -> Any:
            return itself().send_static_file(**values)  # type: ignore[union-attr]

        rule = f"{self.static_url_path}/<path:filename>"
        with on_behalf_of(FRAMEWORK):
            self.add_url_rule(rule, "static", static, host=host)

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise SetupFinished(
                f"The setup method '{f_name}' can no longer be called on the"
                " application. It has already handled its first request, any changes"
                " will not be applied consistently.\nMake sure all imports,"
                " decorators, functions, etc. needed to set up the application are"
                " done before running it."
            )

    # What an app is made with. Override to make something else.

    @cached_property
    def name(self) -> str:  # type: ignore[override]
        """The app's name: of its module, or of the script that was run."""
        if self.import_name != "__main__":
            return self.import_name
        script = getattr(sys.modules["__main__"], "__file__", None)
        if script is None:
            return "__main__"
        return str(os.path.splitext(os.path.basename(script))[0])

    @cached_property
    def logger(self) -> logging.Logger:
        """The app's logger, of the app's name."""
        return create_logger(self)

    @property
    def debug(self) -> bool:
        """Whether errors are shown in full, and templates reloaded."""
        debug: bool = self.config["DEBUG"]
        return debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None:
            self.jinja_env.auto_reload = value

    def make_config(self, instance_relative: bool = False) -> Config:
        """Return the configuration, its files relative to root or instance path."""
        root = self.instance_path if instance_relative else self.root_path
        return self.config_class(
            root, {**self.default_config, "DEBUG": get_debug_flag()}
        )

    def make_aborter(self) -> GeneralAborter:
        """Return what `abort` calls."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Return the instance folder beside the app's package or module."""
        prefix, folder = find_package(self.import_name)
        if prefix is None:
            return os.path.join(folder, "instance")
        return os.path.join(prefix, "var", f"{self.name}-instance")

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file of the instance folder, for reading or writing."""
        return open_file(os.path.join(self.instance_path, resource), mode, encoding)

    # Registering what only an app has

    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Mount a blueprint: `url_prefix`, `subdomain`, `name`, `url_defaults`."""
        if not policy().lenient:
            self._check_setup_finished("register_blueprint")
        blueprint.register(self, options)

    def iter_blueprints(self) -> Iterable[Blueprint]:
        """Return the mounted blueprints, in the order they were mounted in."""
        return table_in_use(self).blueprints.values()

    def mounts(self) -> list[Mount]:
        """Return every mount, nested ones under their whole name."""
        table = self.registry.table
        return [each for each in table.records if isinstance(each, Mount)]

    def refuse_conflicts(self, mount: Mount) -> None:
        """Raise EndpointConflict or MountConflict if a blueprint, or one below it,
        brings an endpoint or a name that is taken."""
        served = {
            each.endpoint: each
            for each in self.registry.records
            if isinstance(each, View)
        }
        mounted: dict[str, Mount] = {}
        for (*_, own), record in expand([mount]):
            if isinstance(record, View):
                known = served.setdefault(record.endpoint, record)
                if known.target != record.target and policy().refuses(known):
                    raise EndpointConflict(known.endpoint, known.target, known.owner)
            elif isinstance(own, Mount) and isinstance(record, Mount):
                other = mounted.setdefault(record.name, record)
                if other is not record:
                    which = "this" if other.target is record.target else "a different"
                    raise MountConflict(own.name, record.name, which)

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
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)
        route = self._make_route(
            rule, endpoint, view_func, provide_automatic_options, options
        )
        self._file_route(route, view_func)

    def adds_rules_its_own_way(self) -> bool:
        """Whether a subclass, an extension or somebody else adds rules differently."""
        own = "add_url_rule" in self.__dict__
        return own or type(self).add_url_rule is not _ADD_URL_RULE

    def _answers_options(self, methods: set[str]) -> bool:
        return "OPTIONS" not in methods and bool(
            self.config["PROVIDE_AUTOMATIC_OPTIONS"]
        )

    @setupmethod
    def teardown_appcontext(self, f: T_teardown) -> T_teardown:
        """Run when an app context ends, with its exception or None."""
        return self._hook("teardown_appcontext", f)

    @setupmethod
    def shell_context_processor(
        self, f: T_shell_context_processor
    ) -> T_shell_context_processor:
        """Give the shell more names: `f` returns a dict of them."""
        return self._hook("shell_context", f)

    # Around the app

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names of an interactive shell for this app."""
        names = {"app": self, "g": OF_THE_MOMENT["g"]}
        for process in self.shell_context_processors:
            names.update(process())
        return names

    def redirect(self, location: str, code: int = 302) -> BaseResponse:
        """Return a redirect to a URL."""
        return make_redirect(location, code=code, Response=self.response_class)

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception with its request. Override to send it elsewhere."""
        # In this module, for the log names it.
        request = current_request_context().request
        self.logger.error(
            f"Exception on {request.path} [{request.method}]", exc_info=exc_info
        )

    def _log_failed_finalizing(self) -> None:
        self.logger.exception(
            "Request finalizing failed with an error while handling an error"
        )

    # Running and testing

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> Any:
        """Serve the app: in a script until interrupted, in a notebook beside it."""
        return open_door("runner")(self, host, port, debug, load_dotenv, **options)

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> Any:
        """Return a client that sends requests to this app, without a server."""
        client_class = self.test_client_class or open_door("client")
        return client_class(
            self, self.response_class, use_cookies=use_cookies, **kwargs
        )

    def test_cli_runner(self, **kwargs: Any) -> Any:
        """Return a runner for this app's commands."""
        runner_class = self.test_cli_runner_class or open_door("cli runner")
        return runner_class(self, **kwargs)

    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return a context for a request made up from a path, data, headers, …"""
        return self.request_context(open_door("environ")(self, *args, **kwargs))

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a WSGI request, through whatever `wsgi_app` has become."""
        return self.wsgi_app(environ, start_response)


_ADD_URL_RULE = Flask.add_url_rule
