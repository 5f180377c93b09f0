"""From a request's path to a rule: what is the same every time is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from itertools import takewhile
from typing import Any, Final

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import MapAdapter, Rule, ValidationError
from werkzeug.routing.converters import DEFAULT_CONVERTERS
from werkzeug.routing.exceptions import (
    NoMatch,
    RequestAliasRedirect,
    RequestPath,
    WebsocketMismatch,
)
from werkzeug.routing.matcher import StateMachineMatcher

from ..memory import remember
from .layers import Layers
from .tree import SLASH, Node, Search, Tree, Values

#: So many origins are remembered with their domains, and so many paths with their
#: rules. When full, they are forgotten.
MOST_ORIGINS = 64
MOST_PATHS = 2_048
LONGEST_PATH = 256
UNKNOWN: Final[Any] = object()
#: Converters that make the same of a text each time, and nothing that can be changed.
LASTING = frozenset(DEFAULT_CONVERTERS.values())

#: What a rule and the values of its variables are.
Match = tuple[Rule, dict[str, Any]]


class TreeMatcher:
    """Stands for Werkzeug's matcher, with the same outcomes, and searches a tree.

    Whoever looks for more than that finds Werkzeug's own, made of the same rules.
    """

    def __init__(
        self, tree: Tree, merge_slashes: bool, rules: Callable[[], Iterable[Rule]]
    ) -> None:
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
        for rule in self._rules():
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
    result = {}
    for (name, converter), value in zip(rule._converters.items(), values, strict=False):
        result[name] = converter.to_python(value)
    if rule.defaults:
        result.update(rule.defaults)
    return result


#: What a class that matches otherwise has replaced.
GENERAL_WAY = MapAdapter.match


class Matcher:
    """Matches requests by the rules of one table."""

    __slots__ = (
        *("_domains", "_endpoints", "_nowhere", "_paths", "_redirects", "_root"),
    )

    def __init__(self, table: Any, before: Matcher | None = None) -> None:
        self._root: Node = table.rules.tree.root
        self._endpoints: Layers[Any] = table.rules.endpoints
        self._redirects: bool = table.settings["redirect_defaults"]
        # The hosts are those of the table before, where the settings are.
        self._domains: dict[Hashable, str | None] = (
            {} if before is None else before._domains.copy()
        )
        self._paths: dict[Hashable, Match] = {}
        #: Apart, for those who guess paths shall not push out what leads somewhere.
        self._nowhere: dict[Hashable, bool] = {}

    def match(
        self, origin: Hashable, bind: Callable[[], MapAdapter], environ: dict[str, Any]
    ) -> Match | HTTPException:
        """Return the rule and the values for a request, or that nothing matches.

        `origin` stands for all that `bind` makes an adapter of, host and scheme and
        script name, so that its domain is that of every request to that origin. A path
        that leads to the same rule and values every time is looked up.
        Raises where a request is to go elsewhere, and all that Werkzeug raises.
        """
        method, said = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        asked = origin, method, said
        known = self._paths.get(asked)
        if known is not None:
            return known[0], known[1].copy()
        if asked in self._nowhere:
            return NotFound()
        path = said.encode("latin1").decode(errors="replace")
        domain = self._domains.get(origin, UNKNOWN)
        if domain is UNKNOWN:
            domain = self._domain_of(origin, bind())
        found = None if domain is None else self._search(domain, path, method.upper())
        if found is None:
            query = environ.get("QUERY_STRING", "")
            rule, values = bind().match(path, method, True, query, websocket=False)
            found = rule, dict(values)
        elif len(said) <= LONGEST_PATH:
            self._remember(asked, found)
        return found

    def _remember(self, asked: Hashable, found: Match | HTTPException) -> None:
        """Keep what a search has found, if it would find the same each time."""
        if type(found) is NotFound:
            remember(self._nowhere, asked, True, MOST_PATHS)
        elif isinstance(found, tuple) and is_lasting(found[0]):
            remember(self._paths, asked, (found[0], found[1].copy()), MOST_PATHS)

    def domain(self, origin: Hashable) -> str | None:
        """Return what requests to an origin are matched by besides their paths, or
        None if that is not known, or not enough."""
        return self._domains.get(origin)

    def _domain_of(self, origin: Hashable, adapter: MapAdapter) -> str | None:
        """Return what rules are searched for besides a path, or None if the adapters
        for an origin are to be asked themselves."""
        domain, rules = None, adapter.map
        is_general = type(adapter) is MapAdapter and MapAdapter.match is GENERAL_WAY
        matcher: Any = rules._matcher
        searches = type(matcher) is TreeMatcher and matcher.tree.root is self._root
        if is_general and searches:
            below = None if rules.host_matching else adapter.subdomain
            domain = adapter.server_name if below is None else below
        remember(self._domains, origin, domain, MOST_ORIGINS)
        return domain

    def _search(
        self, domain: str, path: str, method: str
    ) -> Match | HTTPException | None:
        """Return the outcome if it is plain: no redirect, and a value that fits."""
        path = f"/{path.lstrip('/')}" if path else ""
        search = Search([domain, *path.split("/")], method, False)
        found = search.follow(self._root, 0, ())
        if found is None:
            return refusal(search) if is_final(search, path) else None
        rule, values = found
        if rule is SLASH or rule.alias or rule.redirect_to is not None:
            return None
        try:
            result = values_of(rule, values)
        except ValidationError:
            return None
        endpoints, name = self._endpoints, rule.endpoint
        rules = endpoints.over.get(name) or endpoints.base[name]
        if rules[0] is not rule and self._redirects:
            others = takewhile(lambda each: each is not rule, rules)
            if any(is_better(each, rule, result, method) for each in others):
                return None
        return rule, result


def is_better(other: Rule, rule: Rule, values: dict[str, Any], method: str) -> bool:
    """Whether another rule of an endpoint has these values as its defaults."""
    return other.provides_defaults_for(rule) and other.suitable_for(values, method)


def is_lasting(rule: Rule) -> bool:
    """Whether a path has the same values each time: converters of other people may
    look into a database."""
    return LASTING.issuperset(map(type, rule._converters.values()))


def refusal(search: Search) -> HTTPException:
    """Return the error of a search that has found nothing.

    It is not raised: it needs no traceback, which would hold the whole request.
    """
    return WebsocketMismatch() if search.mismatch else NotFound()
