"""The templates of an app: the environment they are rendered in, and the names that
they can use. How they are found and rendered is in `templating`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import templating
from . import typing as ft
from .ctx import RequestContext, _cv_request, table_in_use
from .doors import behind
from .helpers import get_flashed_messages
from .registrar import Registrar, setupmethod
from .registry.attributes import HookLists
from .registry.policies import policy
from .registry.windows import LiveAttribute
from .story import endpoint_of

T_template_filter = TypeVar("T_template_filter", bound=ft.TemplateFilterCallable)
T_template_global = TypeVar("T_template_global", bound=ft.TemplateGlobalCallable)
T_template_test = TypeVar("T_template_test", bound=ft.TemplateTestCallable)

AUTOESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class Templates(Registrar):
    """What an app has for its templates, and blueprints do not."""

    config: Any
    debug: Any
    json: Any
    url_for: Any
    ensure_sync: Any

    jinja_environment: type[templating.Environment] = behind("jinja")
    jinja_options: dict[str, Any] = {}  # noqa: RUF012

    template_context_processors = LiveAttribute(
        lambda registry: HookLists(
            registry,
            "context_processor",
            {None: (templating._default_template_ctx_processor,)},
        )
    )

    @property
    def jinja_env(self) -> templating.Environment:
        """The Jinja environment, made on first use."""
        if "jinja_env" not in self.__dict__:
            self.jinja_env = self.create_jinja_environment()
        return self.__dict__["jinja_env"]  # type: ignore[no-any-return]

    @jinja_env.setter
    def jinja_env(self, environment: templating.Environment) -> None:
        from .rendering.jinja import following

        self.__dict__["jinja_env"] = following(environment, self)

    def create_jinja_environment(self) -> templating.Environment:
        """Return the Jinja environment, by `jinja_options` and the configuration."""
        options = dict(self.jinja_options)
        options.setdefault("autoescape", self.select_jinja_autoescape)
        if "auto_reload" not in options:
            reload = self.config["TEMPLATES_AUTO_RELOAD"]
            # Where code may run again, a template may be written again too.
            usual = self.debug or policy().lenient
            options["auto_reload"] = usual if reload is None else reload
        environment = self.jinja_environment(self, **options)
        environment.policies["json.dumps_function"] = self.json.dumps
        return environment

    def template_globals(self) -> dict[str, Any]:
        """Return the names that every template can use."""
        return {
            "url_for": self.url_for,
            "get_flashed_messages": get_flashed_messages,
            "config": self.config,
            **templating.OF_THE_MOMENT,
        }

    def create_global_jinja_loader(self) -> templating.DispatchingJinjaLoader:
        """Return what finds templates in the app's and the blueprints' folders."""
        return templating.DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Whether a template is escaped: HTML and XML, and strings."""
        return filename is None or filename.endswith(AUTOESCAPED)

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what context processors give; what is there already wins."""
        given = context.copy()
        here: RequestContext | None = _cv_request.get(None)
        if here is not None and here.app is self:
            chain = here._chain or here.chain
        else:
            endpoint = None if here is None else endpoint_of(here)
            chain = table_in_use(self).chain(endpoint)
        context.update(templating._default_template_ctx_processor())
        for process in chain.context_processor:
            context.update(self.ensure_sync(process)())
        context.update(given)

    # Names that templates can use

    @setupmethod
    def template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Make the decorated function a filter: `{{ value|name }}`."""
        return self._naming("filter", name)

    @setupmethod
    def add_template_filter(
        self, f: ft.TemplateFilterCallable, name: str | None = None
    ) -> None:
        """Make `f` a filter: `{{ value|name }}`."""
        self._template_name("filter", f, name)

    @setupmethod
    def template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Make the decorated function a test: `{% if value is name %}`."""
        return self._naming("test", name)

    @setupmethod
    def add_template_test(
        self, f: ft.TemplateTestCallable, name: str | None = None
    ) -> None:
        """Make `f` a test: `{% if value is name %}`."""
        self._template_name("test", f, name)

    @setupmethod
    def template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Make the decorated function a global: `{{ name() }}`."""
        return self._naming("global", name)

    @setupmethod
    def add_template_global(
        self, f: ft.TemplateGlobalCallable, name: str | None = None
    ) -> None:
        """Make `f` a global: `{{ name() }}`."""
        self._template_name("global", f, name)
