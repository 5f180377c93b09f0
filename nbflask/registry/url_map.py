"""`url_map`: the settings of an app's rules, and a window on those in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any
from weakref import ref

from werkzeug.routing import Map, MapAdapter, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

from .binding import bind_rule
from .mounts import whole
from .policies import owner_for, policy
from .records import Record, Route
from .registry import AppRegistry
from .rule_map import SETTINGS, RuleMap


class Converters(dict[str, Any]):
    """url_map.converters: to replace one has every rule made anew.

    Raises what keeps a rule from being made, and nothing is replaced then.
    """

    def __init__(self, converters: Mapping[str, Any], window: UrlMap) -> None:
        super().__init__(converters)
        self._window = ref(window)

    def __setitem__(self, name: str, converter: Any) -> None:
        self.update({name: converter})

    def __ior__(self, other: Any) -> Converters:  # type: ignore[override, misc]
        self.update(other)
        return self

    def update(self, *others: Any, **more: Any) -> None:
        new = dict(*others, **more)
        window = self._window()
        replaces = any(self.get(name, each) is not each for name, each in new.items())
        if window is not None and replaces:
            window.try_converters({**self, **new})
        super().update(new)
        if window is not None and replaces:
            window.registry.rebind()


class UrlMap(Map):
    """url_map: the settings of an app's rules, and the rules of its table.

    Mixed into the app's own `url_map_class`. Adapters that it binds belong to
    the table of that moment.
    """

    registry: AppRegistry
    #: Whether the app's class of map binds adapters differently.
    binds_its_own_way: bool
    #: The rules that are shown whatever the app's table is, in a copy `at` a table.
    _rules_shown: Map | None = None

    def look_at(self, registry: AppRegistry) -> None:
        """Show this registry's rules from now on; those added before are filed."""
        early = self.__dict__.pop("_early", ())
        self.binds_its_own_way = any(
            name in each.__dict__
            for each in type(self).__mro__
            if each not in (UrlMap, Map)
            for name in ("bind", "bind_to_environ")
        )
        self.converters = Converters(self.converters, self)
        self.registry = registry
        self._file(early)

    def serve(self, registry: AppRegistry) -> None:
        """Take the place of the map that an app has had, with other rules."""
        policy().exchange(registry, (), filter(is_route, registry.records))
        registry.settings = self
        self.look_at(registry)
        registry.rebind()

    def at(self, rules: RuleMap) -> Map:
        """Return what binds adapters to the rules of one table: those themselves, or
        if the app's class of map has its own way to bind, a map that goes that way."""
        if not self.binds_its_own_way:
            return rules
        seen = copy(self)
        seen.__dict__["_rules_shown"] = rules
        return seen

    @property
    def _matcher(self) -> StateMachineMatcher:
        return self._rule_map()._matcher if self._looks() else self._own_matcher

    @_matcher.setter
    def _matcher(self, matcher: StateMachineMatcher) -> None:
        self._own_matcher = matcher

    @property
    def _rules_by_endpoint(self) -> dict[Any, Any]:
        return self._rule_map()._rules_by_endpoint if self._looks() else self._own_rules

    @_rules_by_endpoint.setter
    def _rules_by_endpoint(self, rules: dict[Any, Any]) -> None:
        self._own_rules = rules

    @property
    def merge_slashes(self) -> bool:
        return self._own_matcher.merge_slashes

    @merge_slashes.setter
    def merge_slashes(self, value: bool) -> None:
        self._own_matcher.merge_slashes = value

    def __setattr__(self, name: str, value: Any) -> None:
        if not self._looks():
            super().__setattr__(name, value)
        elif name == "converters":
            self.try_converters(value)
            super().__setattr__(name, Converters(value, self))
            self.registry.rebind()
        elif name in SETTINGS:
            # Rules of blueprints are bound with the table: by the setting before.
            self._rule_map()
            super().__setattr__(name, value)
            self.registry.stale()
        else:
            super().__setattr__(name, value)

    def _looks(self) -> bool:
        return "registry" in self.__dict__

    def _rule_map(self) -> Map:
        return self._rules_shown or self.registry.table.url_map

    def update(self) -> None:
        if self._looks():
            self._rule_map().update()

    def try_converters(self, converters: Mapping[str, Any]) -> None:
        """Raise what keeps a rule from being made with these converters."""
        trial = copy(self)
        trial.__dict__["converters"] = converters
        for _, record in whole(self.registry.records):
            if isinstance(record, Route):
                bind_rule(record, trial)

    def add(self, rulefactory: RuleFactory) -> None:
        """File a route for every rule, as `app.add_url_rule` does."""
        rules = list(rulefactory.get_rules(self))
        if self._looks():
            self._file(rules)
            return
        self.__dict__.setdefault("_early", []).extend(rules)
        for rule in rules:
            super().add(rule)

    def _file(self, rules: Iterable[Rule]) -> None:
        routes = [route_of(each) for each in rules]
        if routes:
            policy().add(self.registry, routes)

    def bind(self, *args: Any, **kwargs: Any) -> MapAdapter:
        return self._to_rules(super().bind(*args, **kwargs))

    def bind_to_environ(self, *args: Any, **kwargs: Any) -> MapAdapter:
        return self._to_rules(super().bind_to_environ(*args, **kwargs))

    def _to_rules(self, adapter: MapAdapter) -> MapAdapter:
        adapter.map = self._rule_map()
        return adapter


def live(rules: Map) -> UrlMap:
    """Return a map that somebody has made as one that an app can look through."""
    if not isinstance(rules, UrlMap):
        kind, early, own = type(rules), list(rules.iter_rules()), vars(rules)
        own["_own_matcher"] = own.pop("_matcher")
        own["_own_rules"] = own.pop("_rules_by_endpoint")
        own["_early"] = early
        bases = (UrlMap,) if issubclass(UrlMap, kind) else (UrlMap, kind)
        rules.__class__ = type(kind.__name__, bases, {})
    return rules  # type: ignore[return-value]


def is_route(record: Record) -> bool:
    return isinstance(record, Route)


def route_of(rule: Rule) -> Route:
    """Return the route that a rule of Werkzeug's stands for."""
    options = {
        "merge_slashes": rule.merge_slashes,
        "websocket": rule.websocket,
        **rule.get_empty_kwargs(),
    }
    endpoint, methods = options.pop("endpoint"), options.pop("methods")
    return Route(
        owner=owner_for(None),
        rule=rule.rule,
        endpoint=endpoint,
        methods=None if methods is None else frozenset(methods),
        automatic_options=getattr(rule, "provide_automatic_options", False),
        options=options,
        rule_class=type(rule),
    )
