"""A blueprint that comes to an app: what its setup functions see of it, and how its
routes get there.

By itself a route is shown to the app through the mount. Where an app or a setup
state has an `add_url_rule` of its own, it is asked to add the route, and what it
files instead takes the route's place: a detour. What a setup function files is one
too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from . import typing as ft
from .registrar import _endpoint_from_view_func, methods_of
from .registry.mounts import Place, full_name, join_rule, place_of
from .registry.owners import FRAMEWORK
from .registry.policies import on_behalf_of
from .registry.records import Detour, Mount, Record, Route, Setup

DeferredSetupFunction = Callable[["BlueprintSetupState"], None]


class BlueprintSetupState:
    """One mounting of a blueprint, as the functions given to `record` see it."""

    def __init__(
        self,
        blueprint: Any,
        app: Any,
        options: Any,
        first_registration: bool,
    ) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        self.name = options.get("name", blueprint.name)
        self.name_prefix = options.get("name_prefix", "")
        place = place_for(blueprint, self.name, options)
        self.subdomain = place.subdomain
        self.url_prefix = place.prefix
        self.url_defaults = dict(place.defaults)
        self._as_mounted = self.whereabouts()

    def whereabouts(self) -> tuple[Any, ...]:
        """Return all that tells where the blueprint's routes are to be."""
        names = self.name_prefix, self.name
        return names, self.url_prefix, self.subdomain, dict(self.url_defaults)

    def is_as_mounted(self) -> bool:
        """Whether no setup function, and no subclass, has changed where they are."""
        return self._as_mounted == self.whereabouts()

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        **options: Any,
    ) -> None:
        """Add a rule to the app, below the blueprint's prefix and name."""
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)
        defaults = {**self.url_defaults, **(options.pop("defaults", None) or {})}
        self.app.add_url_rule(
            join_rule(self.url_prefix, rule),
            full_name(full_name(self.name_prefix, self.name), endpoint),
            view_func,
            defaults=defaults,
            **options,
        )


#: A state that adds rules otherwise has them take a detour.
_ADD_URL_RULE = BlueprintSetupState.add_url_rule


def name_by(blueprint: Any, options: Mapping[str, Any]) -> str:
    """Return the whole name that a blueprint is mounted by with these options."""
    name = options.get("name", blueprint.name)
    return full_name(options.get("name_prefix", ""), name)


def place_for(blueprint: Any, name: str, options: Mapping[str, Any]) -> Place:
    """Return where a blueprint comes to stand by these options."""
    registry = blueprint.registry
    return place_of(Mount(owner=FRAMEWORK, name=name, target=registry, options=options))


def options_below(state: BlueprintSetupState, mount: Mount) -> dict[str, Any]:
    """Return the options by which what is mounted on a blueprint comes to its app,
    joined with those of the blueprint."""
    name = full_name(state.name_prefix, state.name)
    above = Place(name, state.url_prefix, state.subdomain)
    place = place_of(mount, above)
    joined = {"url_prefix": place.prefix, "subdomain": place.subdomain}
    known = {key: value for key, value in joined.items() if value is not None}
    return {**mount.options, **known, "name_prefix": name}


def shows_by_itself(state: BlueprintSetupState, route: Route) -> bool:
    """Whether the mount shows an app the route just as the app would add it."""
    return (
        getattr(state.add_url_rule, "__func__", None) is _ADD_URL_RULE
        and state.is_as_mounted()
        and not state.app.adds_rules_its_own_way()
        and isinstance(route.rule, str)
    )


def bring(state: BlueprintSetupState, route: Route) -> None:
    """See that a blueprint's route gets to the app: by itself, through the mount, or
    by the way that the state or the app has of adding one."""
    app, members = state.app, state.blueprint.registry
    if shows_by_itself(state, route):
        return
    views = [each.target for each in members.find(("view", route.endpoint))]
    view = views[0] if views else None
    options = dict(route.options)
    if route.automatic_options is not None:
        options["provide_automatic_options"] = route.automatic_options
    if route.methods != frozenset(set().union(*methods_of(view, None))):
        options["methods"] = sorted(route.methods or ())
    add = partial(state.add_url_rule, route.rule, route.endpoint, view, **options)
    file_detour(state, route, came_by(app, route, add))


def set_up(state: BlueprintSetupState, setup: Setup) -> None:
    """Run a setup function. What it files goes with it, and with the mount."""
    if setup.once and not state.first_registration:
        return
    came = came_by(state.app, setup, partial(setup.target, state))
    if came:
        file_detour(state, setup, came)


def came_by(app: Any, record: Record, act: Callable[[], Any]) -> frozenset[Record]:
    """Do something for a blueprint's record, on behalf of its owner; return what the
    app has filed meanwhile."""
    before = frozenset(app.registry.records)
    with on_behalf_of(record.owner):
        act()
    return frozenset(app.registry.records) - before


def file_detour(
    state: BlueprintSetupState, record: Record, instead: frozenset[Record]
) -> None:
    scope = name_by(state.blueprint, state.options)
    owner = record.owner
    state.app.file(Detour(owner=owner, scope=scope, target=record, records=instead))
