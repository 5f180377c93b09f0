"""Blueprints: a registry of their own, and the defaults it is mounted with.

What a blueprint means for the app it is mounted on is worked out there, in the
app's table. So a member that is added later simply appears.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import IO, Any
from weakref import WeakValueDictionary

from . import typing as ft
from .ctx import _sentinel
from .errors import MountConflict, SetupFinished
from .mounting import BlueprintSetupState as BlueprintSetupState
from .mounting import DeferredSetupFunction as DeferredSetupFunction
from .mounting import bring, name_by, options_below, set_up
from .registrar import (
    Registrar,
    T_after_request,
    T_before_request,
    T_error_handler,
    T_teardown,
    T_template_context_processor,
    T_url_defaults,
    T_url_value_preprocessor,
    _endpoint_from_view_func,
    setupmethod,
)
from .registry import turns
from .registry.attributes import Setups
from .registry.owners import FRAMEWORK, calling_frame
from .registry.policies import owner_for, policy
from .registry.records import (
    EVERYWHERE,
    Command,
    Mount,
    Record,
    Route,
    Setup,
    View,
)
from .registry.registry import AppRegistry, Registry
from .registry.windows import LiveAttribute
from .templates import T_template_filter, T_template_global, T_template_test


class Blueprint(Registrar):
    """A group of routes, hooks and handlers, to be mounted on apps by name."""

    _got_registered_once = False

    deferred_functions = LiveAttribute(Setups)

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _sentinel,
    ) -> None:
        super().__init__(
            import_name, static_folder, static_url_path, template_folder, root_path
        )
        if not name:
            raise ValueError("'name' may not be empty.")
        if "." in name:
            raise ValueError("'name' may not contain a dot '.' character.")
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.url_values_defaults = {} if url_defaults is None else url_defaults
        self.cli_group = cli_group
        self.registry = registry_for_blueprint(name, import_name, self)
        if self.registry.parents:
            # It is made again, and stands for one that is mounted already.
            self.file_static_route()

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise SetupFinished(
                f"The setup method '{f_name}' can no longer be called on the blueprint"
                f" '{self.name}'. It has already been registered at least once, any"
                " changes will not be applied consistently.\nMake sure all imports,"
                " decorators, functions, etc. needed to set up the blueprint are done"
                " before registering it."
            )

    def __copy__(self) -> Blueprint:
        """Return a blueprint of the same class, with the same members, to be renamed
        and mounted elsewhere."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.registry = Registry(made)
        made.registry.swap(self.registry.records)
        return made

    # Mounting

    @property
    def _blueprints(self) -> list[tuple[Blueprint, dict[str, Any]]]:
        # For extensions that go through what is nested.
        return [(each.target.front, dict(each.options)) for each in self.mounts()]

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Mount a blueprint on this one; both go where this one goes."""
        if blueprint is self:
            raise ValueError("Cannot register a blueprint on itself")
        name = options.get("name", blueprint.name)
        mount = mount_record(blueprint, name, options)
        blueprint.file_static_route()
        self.file(mount)
        for app, above in self._apps():
            state = self.make_setup_state(app, above)
            blueprint.register(app, options_below(state, mount))

    def register(self, app: Any, options: dict[str, Any]) -> None:
        """Mount this blueprint on an app. Raises MountConflict for a taken name.

        It is called too for a blueprint that the app shows already, by a mount on
        another blueprint; its name is in `options["name_prefix"]` then.
        """
        name = name_by(self, options)
        if not (options.get("name_prefix") and name in self._names_on(app)):
            self._refuse_taken_name(app, options.get("name", self.name), name)
            self.file_static_route()
            mount = mount_record(self, name, options)
            app.refuse_conflicts(mount)
            app.file(mount)
        self._set_up(app, options)

    def _refuse_taken_name(self, app: Any, own_name: str, name: str) -> None:
        # The app's own mounts first: a policy knows records, not how they look.
        own = [each for each in app.registry.records if isinstance(each, Mount)]
        taken = (each for each in (*own, *app.mounts()) if each.name == name)
        known = next(taken, None)
        if known is not None and policy().refuses(known):
            which = "this" if known.target.front is self else "a different"
            raise MountConflict(own_name, name, which)

    def _names_on(self, app: Any) -> list[str]:
        """Return the names that this blueprint is mounted by on an app, in order."""
        return [each.name for each in app.mounts() if each.target is self.registry]

    def _is_first(self, app: Any, options: dict[str, Any]) -> bool:
        """Whether the mount by these options is this blueprint's first on an app."""
        return self._names_on(app)[:1] == [name_by(self, options)]

    def file_static_route(self) -> None:
        """Serve the static folder that there is now, from the blueprint's registry."""
        known = [each for each in self.registry.records if each.owner == FRAMEWORK]
        new: list[Record] = []
        if self.static_folder is not None:
            rule = f"{self.static_url_path}/<path:filename>"
            static = self.send_static_file
            route = self._make_route(rule, "static", static, None, {}, owner=FRAMEWORK)
            new = [route, View(owner=FRAMEWORK, target=static, endpoint="static")]
        # It stands first, as in an app: of two rules that match alike, it wins.
        first = next(iter(self.registry.records), None)
        if new or known:
            policy().exchange(self.registry, new, known, before=first)

    def _set_up(self, app: Any, options: dict[str, Any]) -> None:
        """Run what `record` was given, here and in all blueprints below, and see that
        the routes get to the app, in the order in which all that was registered."""
        self._got_registered_once = True
        first = self._is_first(app, options)
        state = self.make_setup_state(app, options, first)
        for each in self.registry.records:
            if isinstance(each, Route):
                bring(state, each)
            elif isinstance(each, Setup):
                set_up(state, each)
                policy().has_run(each)
        for mount in self.mounts():
            mount.target.front.register(app, options_below(state, mount))

    def mounts(self) -> Iterable[Mount]:
        return [each for each in self.registry.records if isinstance(each, Mount)]

    def _apps(self) -> Iterable[tuple[Any, dict[str, Any]]]:
        """Yield the apps this blueprint is mounted on, with the options it came by."""
        for registry in self.registry.parents:
            for mount in registry.mounts_of(self.registry):
                if isinstance(registry, AppRegistry):
                    yield registry.front, dict(mount.options)
                    continue
                blueprint = registry.front
                for app, above in blueprint._apps():
                    state = blueprint.make_setup_state(app, above)
                    yield app, options_below(state, mount)

    def make_setup_state(
        self, app: Any, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Return what `record`ed functions get. Override to hand them more."""
        return BlueprintSetupState(self, app, options, first_registration)

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file for reading, by its path from the root path; text is UTF-8."""
        return super().open_resource(resource, mode, encoding)

    def commands_at(self, mount: Mount) -> dict[str, Any]:
        """Return the commands that a mount adds: a group of them all, or each."""
        # Asked first, for to make a group takes click.
        known = any(isinstance(each, Command) for each in self.registry.records)
        if not known and (self._cli is None or not self._cli.commands):
            return {}
        name = mount.options.get("cli_group", self.cli_group)
        if name is None:
            return dict(self.cli.commands)
        self.cli.name = mount.name if name is _sentinel else name
        return {self.cli.name: self.cli}

    @setupmethod
    def record(self, func: Callable[[BlueprintSetupState], None]) -> None:
        """Call `func` with the setup state each time this blueprint is mounted."""
        self._record(func, once=False)

    @setupmethod
    def record_once(self, func: Callable[[BlueprintSetupState], None]) -> None:
        """Call `func` when this blueprint is first mounted on an app."""
        self._record(func, once=True)

    def _record(self, func: Callable[..., None], *, once: bool) -> None:
        setup = Setup(owner=owner_for(func), target=func, once=once)
        self.file(setup)
        mounted = list(self._apps())
        if mounted:
            act = partial(set_up, setup=setup)
            policy().run_at_end(setup, partial(self._catch_up, act, mounted))

    def _catch_up(
        self, act: Callable[[BlueprintSetupState], None], mounted: Iterable[Any]
    ) -> None:
        """Do what came after the blueprint was mounted, for each of its mounts."""
        for app, options in mounted:
            first = self._is_first(app, options)
            act(self.make_setup_state(app, options, first))

    # Members

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Serve a URL rule below this blueprint's prefix."""
        if endpoint and "." in endpoint:
            raise ValueError("'endpoint' may not contain a dot '.' character.")
        if view_func and "." in getattr(view_func, "__name__", ""):
            raise ValueError("'view_func' name may not contain a dot '.' character.")
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)
        route = self._make_route(
            rule, endpoint, view_func, provide_automatic_options, options
        )
        self._file_route(route, view_func)
        self._catch_up(lambda state: bring(state, route), self._apps())

    def _everywhere(self, kind: str, function: Any) -> Any:
        return self._hook(kind, function, scope=EVERYWHERE)

    @setupmethod
    def before_app_request(self, f: T_before_request) -> T_before_request:
        """Run before every request of the app."""
        return self._everywhere("before_request", f)  # type: ignore[no-any-return]

    @setupmethod
    def after_app_request(self, f: T_after_request) -> T_after_request:
        """Run after every request of the app."""
        return self._everywhere("after_request", f)  # type: ignore[no-any-return]

    @setupmethod
    def teardown_app_request(self, f: T_teardown) -> T_teardown:
        """Run at the end of every request of the app."""
        return self._everywhere("teardown_request", f)  # type: ignore[no-any-return]

    @setupmethod
    def app_context_processor(
        self, f: T_template_context_processor
    ) -> T_template_context_processor:
        """Give all of the app's templates more names."""
        return self._everywhere("context_processor", f)  # type: ignore[no-any-return]

    @setupmethod
    def app_url_value_preprocessor(
        self, f: T_url_value_preprocessor
    ) -> T_url_value_preprocessor:
        """Change the values of every URL of the app."""
        return self._everywhere("url_value_preprocessor", f)  # type: ignore[no-any-return]

    @setupmethod
    def app_url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Fill in values for every `url_for` of the app."""
        return self._everywhere("url_defaults", f)  # type: ignore[no-any-return]

    @setupmethod
    def app_errorhandler(
        self, code: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Answer an exception or a status anywhere in the app."""

        def decorate(f: T_error_handler) -> T_error_handler:
            self._handle(code, f, scope=EVERYWHERE)
            return f

        return decorate

    @setupmethod
    def app_template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Make the decorated function a filter in all of the app's templates."""
        return self._naming("filter", name)

    @setupmethod
    def add_app_template_filter(
        self, f: ft.TemplateFilterCallable, name: str | None = None
    ) -> None:
        """Make `f` a filter in all of the app's templates."""
        self._template_name("filter", f, name)

    @setupmethod
    def app_template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Make the decorated function a test in all of the app's templates."""
        return self._naming("test", name)

    @setupmethod
    def add_app_template_test(
        self, f: ft.TemplateTestCallable, name: str | None = None
    ) -> None:
        """Make `f` a test in all of the app's templates."""
        self._template_name("test", f, name)

    @setupmethod
    def app_template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Make the decorated function a global in all of the app's templates."""
        return self._naming("global", name)

    @setupmethod
    def add_app_template_global(
        self, f: ft.TemplateGlobalCallable, name: str | None = None
    ) -> None:
        """Make `f` a global in all of the app's templates."""
        self._template_name("global", f, name)


#: The registry of each blueprint that code makes which may run again, by the
#: owner's name (nobody's, if it does not last), import name and blueprint's name.
_made_before: WeakValueDictionary[tuple[str, str, str], Registry] = (
    WeakValueDictionary()
)


def registry_for_blueprint(name: str, import_name: str, front: Blueprint) -> Registry:
    """Return the registry of a new blueprint.

    A blueprint that is made again by the same code carries on with the registry it
    had, so that mounts, and members from elsewhere, stay with it. What a function
    makes is always new: a factory means another blueprint each time.
    """
    if turns.mine() is None:
        return Registry(front)
    # Loaded by then: a turn is what an edition takes.
    from .registry.editions import current_edition

    edition, frame = current_edition(), calling_frame()
    if edition is None or frame is None or frame.f_code.co_name != "<module>":
        return Registry(front)
    if edition.owner_for(front) != edition.owner:
        return Registry(front)
    place = edition.owner.name if edition.owner.lasting else ""
    known = _made_before.get((place, import_name, name))
    if known is not None and known in edition.fronts:
        return Registry(front)
    if known is None:
        known = _made_before[place, import_name, name] = Registry(front)
    edition.put_in_front(known, front)
    return known


def mount_record(blueprint: Blueprint, name: str, options: dict[str, Any]) -> Mount:
    return Mount(
        owner=owner_for(None),
        target=blueprint.registry,
        name=name,
        options=dict(options),
    )
