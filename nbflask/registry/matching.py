"""From a request's path to a rule: what is the same every time is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, MapAdapter, Rule, ValidationError
from werkzeug.routing.exceptions import (
    NoMatch,
    RequestAliasRedirect,
    RequestPath,
    WebsocketMismatch,
)
from werkzeug.routing.matcher import StateMachineMatcher

from .tree import SLASH, Search, Tree, Values

#: So many origins are remembered with their URL adapters, and so many paths with
#: their rules. When full, they are forgotten.
MOST_ADAPTERS = 64
MOST_PATHS = 2_048

#: What a rule and the values of its variables are.
Match = tuple[Rule, dict[str, Any]]


class TreeMatcher:
    """Stands for Werkzeug's matcher, with the same outcomes, and searches a tree.

    Whoever looks for more than that finds Werkzeug's own, made of the same rules.
    """

    def __init__(self, tree: Tree, merge_slashes: bool, rules: Iterable[Rule]) -> None:
        self.tree, self.merge_slashes = tree, merge_slashes
        self._rules = rules

    def match(self, domain: str, path: str, method: str, websocket: bool) -> Match:
        """Return the rule for a path, and the values of its variables.

        Raises RequestPath or RequestAliasRedirect where to go instead, or NoMatch.
        """
        search = Search([domain, *path.split("/")], method, websocket)
        found, merged = search.follow(self.tree.root, 0, ()), False
        if found is None and self.merge_slashes and not is_final(search, path):
            path, merged = re.sub("/{2,}", "/", path), True
            search.turn_to([domain, *path.split("/")])
            found = search.follow(self.tree.root, 0, ())
        if found is None:
            raise NoMatch(search.methods, search.mismatch)
        rule, values = found
        if rule is SLASH:
            raise RequestPath(f"{path}/")
        if merged and rule.merge_slashes is False:
            raise NoMatch(search.methods, search.mismatch)
        if merged:
            raise RequestPath(path)
        try:
            result = values_of(rule, values)
        except ValidationError as error:
            raise NoMatch(search.methods, search.mismatch) from error
        if rule.alias and rule.map.redirect_defaults:
            raise RequestAliasRedirect(result, rule.endpoint)
        return rule, result

    def update(self) -> None:
        """Do nothing: a tree is in order."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        general = StateMachineMatcher(self.merge_slashes)
        for rule in self._rules:
            if not rule.build_only:
                general.add(rule)
        general.update()
        return getattr(general, name)


def is_final(search: Search, path: str) -> bool:
    """Whether a search that has found nothing has the outcome of one for the path
    with its slashes merged. The order of methods may change in it."""
    return "//" not in path and not search.methods


def values_of(rule: Rule, values: Values) -> dict[str, Any]:
    """Return the values of a rule's variables, with its defaults.

    Raises ValidationError if the rule does not take them.
    """
    result = {
        str(name): converter.to_python(value)
        for (name, converter), value in zip(
            rule._converters.items(), values, strict=False
        )
    }
    if rule.defaults:
        result.update(rule.defaults)
    return result


#: What a class that matches otherwise has replaced.
GENERAL_WAY = MapAdapter.match


class Matcher:
    """Matches requests by the rules of one table."""

    __slots__ = ("_origins", "_paths", "_root", "_url_map")

    def __init__(self, url_map: Map) -> None:
        matcher: Any = url_map._matcher
        self._url_map = url_map
        #: None if something else stands for the tree, and must be asked.
        self._root = matcher.tree.root if type(matcher) is TreeMatcher else None
        self._origins: dict[Hashable, tuple[MapAdapter, str | None]] = {}
        self._paths: dict[Hashable, Rule] = {}

    def match(
        self, origin: Hashable, bind: Callable[[], MapAdapter], environ: dict[str, Any]
    ) -> Match | HTTPException:
        """Return the rule and the values for a request, or that nothing matches.

        `origin` stands for all that `bind` makes an adapter of, host and scheme and
        script name, so that one adapter serves every request to that origin. A path
        without variables leads to the same rule every time, so it is looked up.
        Raises where a request is to go elsewhere, and all that Werkzeug raises.
        """
        method, said = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        known = self._paths.get((origin, method, said))
        if known is not None:
            return known, dict(known.defaults) if known.defaults else {}
        adapter, domain = self._origins.get(origin) or self._bind_to(origin, bind)
        path = said.encode("latin1").decode(errors="replace")
        found = None if domain is None else self._search(domain, path, method.upper())
        if found is None:
            query = environ.get("QUERY_STRING", "")
            rule, values = adapter.match(path, method, True, query, websocket=False)
            found = rule, dict(values)
        if type(found) is tuple and not found[0]._converters:
            remember(self._paths, (origin, method, said), found[0], MOST_PATHS)
        return found

    def _bind_to(
        self, origin: Hashable, bind: Callable[[], MapAdapter]
    ) -> tuple[MapAdapter, str | None]:
        """Return an adapter, and the domain to search for where that is enough."""
        adapter, domain, rules = bind(), None, self._url_map
        is_general = type(adapter) is MapAdapter and MapAdapter.match is GENERAL_WAY
        if is_general and adapter.map is rules and self._root is not None:
            below = None if rules.host_matching else adapter.subdomain
            domain = adapter.server_name if below is None else below
        remember(self._origins, origin, (adapter, domain), MOST_ADAPTERS)
        return adapter, domain

    def _search(
        self, domain: str, path: str, method: str
    ) -> Match | HTTPException | None:
        """Return the outcome if it is plain: no redirect, and a value that fits."""
        path = f"/{path.lstrip('/')}" if path else ""
        search = Search([domain, *path.split("/")], method, False)
        found = search.follow(self._root, 0, ())  # type: ignore[arg-type]
        if found is None:
            return refusal(search) if is_final(search, path) else None
        rule, values = found
        if rule is SLASH or rule.alias or rule.redirect_to is not None:
            return None
        if self._url_map.redirect_defaults and self._has_defaults_beside(rule):
            return None
        try:
            return rule, values_of(rule, values)
        except ValidationError:
            return None

    def _has_defaults_beside(self, rule: Rule) -> bool:
        """Whether the URL of another rule of the endpoint may be the proper one."""
        rules = self._url_map._rules_by_endpoint[rule.endpoint]
        return len(rules) > 1 and any(each.defaults for each in rules)


def refusal(search: Search) -> HTTPException:
    """Return the error of a search that has found nothing.

    It is not raised: it needs no traceback, which would hold the whole request.
    """
    return WebsocketMismatch() if search.mismatch else NotFound()


def remember(known: dict[Any, Any], key: Hashable, value: Any, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value
