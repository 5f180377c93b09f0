"""`url_map`: the settings of an app's rules, and a window on those in force."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Map, MapAdapter, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

from .policies import policy
from .records import Route
from .registry import AppRegistry


class Converters(dict[str, Any]):
    """url_map.converters: a change has every rule made anew."""

    def __init__(self, converters: dict[str, Any], window: UrlMap) -> None:
        super().__init__(converters)
        self._window = window

    def __setitem__(self, name: str, converter: Any) -> None:
        known = self.get(name)
        super().__setitem__(name, converter)
        if known is not None and known is not converter:
            self._window.rebind()

    def update(self, *others: Any, **more: Any) -> None:
        for name, converter in dict(*others, **more).items():
            self[name] = converter


class UrlMap(Map):
    """url_map: the settings of an app's rules, and the rules of its table.

    Mixed into the app's own `url_map_class`. Adapters that it binds belong to
    the table of that moment.
    """

    registry: AppRegistry

    def look_at(self, registry: AppRegistry) -> None:
        """Show this registry's rules from now on; those added before are filed."""
        self.registry = registry
        self.converters = Converters(dict(self.converters), self)

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
        self.rebind()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in {"strict_slashes", "redirect_defaults", "host_matching"}:
            self.stale()

    def _looks(self) -> bool:
        return "registry" in self.__dict__

    def _rule_map(self) -> Map:
        return self.registry.table.url_map

    def stale(self) -> None:
        if self._looks():
            self.registry.stale()

    def rebind(self) -> None:
        if self._looks():
            self.registry.rebind()

    def update(self) -> None:
        if self._looks():
            self._rule_map().update()

    def add(self, rulefactory: RuleFactory) -> None:
        """File a route for every rule, as `app.add_url_rule` does."""
        if not self._looks():
            super().add(rulefactory)
            return
        for rule in rulefactory.get_rules(self):
            options = dict(rule.get_empty_kwargs())
            options.pop("endpoint", None)
            methods = options.pop("methods", None)
            route = Route(
                owner=policy().owner_for(None),
                rule=rule.rule,
                endpoint=rule.endpoint,
                methods=None if methods is None else frozenset(methods),
                automatic_options=getattr(rule, "provide_automatic_options", False),
                options=options,
                rule_class=type(rule),
            )
            policy().add(self.registry, [route])

    def bind(self, *args: Any, **kwargs: Any) -> MapAdapter:
        return self._rule_map().bind(*args, **kwargs)

    def bind_to_environ(self, *args: Any, **kwargs: Any) -> MapAdapter:
        return self._rule_map().bind_to_environ(*args, **kwargs)
