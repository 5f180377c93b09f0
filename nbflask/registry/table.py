"""The compiled form of an app's records: immutable, and all that a request needs.

Compiling never changes records. What is expensive, a bound rule, is carried
over from the table before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from werkzeug.routing import Map, Rule

from .kinds import nearest
from .matching import Matcher, TreeMatcher
from .mounts import Sight
from .records import (
    Adapter,
    ErrorHandler,
    Hook,
    Mount,
    Record,
    Route,
    StaticFile,
    TemplateName,
    TemplateSource,
    View,
)
from .tree import Tree

Function = Callable[..., Any]
Scopes = tuple[str | None, ...]
Handlers = Mapping[str | None, Mapping[int | None, Mapping[type[Exception], Function]]]


class RuleMap(Map):
    """The rules of one table, for matching and building. Never added to."""

    table: Table

    def __init__(self, like: Map, rules: Iterable[Rule]) -> None:
        super().__init__(
            default_subdomain=like.default_subdomain,
            strict_slashes=like.strict_slashes,
            merge_slashes=like.merge_slashes,
            redirect_defaults=like.redirect_defaults,
            sort_parameters=like.sort_parameters,
            sort_key=like.sort_key,
            host_matching=like.host_matching,
        )
        self.converters = like.converters
        rules = list(rules)
        added = [((n,), rule) for n, rule in enumerate(rules) if not rule.build_only]
        tree = Tree().changed((), added)
        matcher: Any = TreeMatcher(tree, like.merge_slashes, rules)
        self._matcher = matcher
        for rule in rules:
            self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)


@dataclass(frozen=True, slots=True)
class Chain:
    """The hooks that one endpoint meets, each kind in the order it runs in."""

    scopes: Scopes
    url_value_preprocessor: tuple[Function, ...]
    before_request: tuple[Function, ...]
    context_processor: tuple[Function, ...]
    after_request: tuple[Function, ...]
    teardown_request: tuple[Function, ...]


class Table:
    """An app at one moment. Built by `compile_table`; a request captures one."""

    __slots__ = (
        "adapters",
        "app_teardown",
        "blueprints",
        "bound",
        "chains",
        "handlers",
        "hooks",
        "match",
        "names",
        "records",
        "static_files",
        "template_caches",
        "templates",
        "url_map",
        "views",
    )

    def __init__(
        self,
        records: tuple[Record, ...],
        bound: dict[tuple[Record, ...], Rule],
        settings: Map,
        before: Table | None,
    ) -> None:
        self.records = records
        self.bound = bound
        self.url_map = RuleMap(settings, bound.values())
        self.url_map.table = self
        self.views = views_of(records)
        self.hooks = hooks_of(records)
        self.handlers = handlers_of(records)
        self.names = names_of(records)
        self.adapters = adapters_of(records)
        self.blueprints = {
            each.name: each.target.front for each in records if isinstance(each, Mount)
        }
        self.chains: dict[str | None, Chain] = {}
        self.app_teardown = self.gather("teardown_appcontext", (None,), reverse=True)
        self.match = Matcher(self.url_map).match
        self.templates = {
            each.name: each for each in records if isinstance(each, TemplateSource)
        }
        self.static_files = {
            each.path: each for each in records if isinstance(each, StaticFile)
        }
        # Filters and tests are baked into compiled templates, and what others make
        # of them goes by their sources: a cache goes with both.
        kept = (
            before is not None
            and bakes_the_same(before.names, self.names)
            and reads_the_same(before.templates, self.templates)
        )
        self.template_caches: WeakKeyDictionary[Any, Any] = (
            before.template_caches
            if before is not None and kept
            else WeakKeyDictionary()
        )

    def chain(self, endpoint: str | None) -> Chain:
        """Return the hooks of an endpoint; None is a request that matched nothing."""
        chain = self.chains.get(endpoint)
        if chain is None:
            chain = self._make_chain(endpoint)
            if endpoint is None or endpoint in self.views:
                self.chains[endpoint] = chain
        return chain

    def _make_chain(self, endpoint: str | None) -> Chain:
        scopes = scopes_of(endpoint)
        outward = scopes[::-1]
        return Chain(
            scopes=scopes,
            url_value_preprocessor=self.gather("url_value_preprocessor", outward),
            before_request=self.gather("before_request", outward),
            context_processor=self.gather("context_processor", outward),
            after_request=self.gather("after_request", scopes, reverse=True),
            teardown_request=self.gather("teardown_request", scopes, reverse=True),
        )

    def gather(
        self, kind: str, scopes: Scopes, *, reverse: bool = False
    ) -> tuple[Function, ...]:
        """Return the functions of one kind of hook, scope after scope."""
        step = -1 if reverse else 1
        return tuple(
            function
            for scope in scopes
            for function in self.hooks.get((kind, scope), ())[::step]
        )

    def error_handler(
        self, exception: type[Exception], code: int | None, scopes: Scopes
    ) -> Function | None:
        """Return the most specific handler: by code first, then from the inside out,
        then along the exception's base classes."""
        for wanted in (code, None) if code is not None else (None,):
            for scope in scopes:
                by_class = self.handlers.get(scope, {}).get(wanted)
                if not by_class:
                    continue
                # Mostly it is registered itself, and there is nothing to search.
                known = exception in by_class
                base = exception if known else nearest(exception, by_class)
                if base is not None:
                    return by_class[base]
        return None

    def adapter(self, kind: type[Any], end: Collection[type[Any]]) -> Function | None:
        """Return the adapter of the most specific class, up to the bases in `end`."""
        base = nearest(kind, self.adapters, end)
        return None if base is None else self.adapters[base]


def compile_table(
    sights: Iterable[Sight],
    settings: Map,
    before: Table | None,
    known: Mapping[tuple[Record, ...], Rule],
    bind: Callable[[Route], Rule],
) -> Table:
    """Compile an app's records, seen through their mounts.

    Rules that are bound already are `known`; others are bound now.
    """
    bound: dict[tuple[Record, ...], Rule] = {}
    records = []
    for path, record in sights:
        records.append(record)
        if isinstance(record, Route):
            bound[path] = known.get(path) or bind(record)
    return Table(tuple(records), bound, settings, before)


def scopes_of(endpoint: str | None) -> Scopes:
    """Return an endpoint's scopes from the inside out.

    "a.b.view" has the scopes "a.b", "a" and None, the app's own.
    """
    names = []
    while endpoint is not None and "." in endpoint:
        endpoint = endpoint.rpartition(".")[0]
        names.append(endpoint)
    return (*names, None)


def views_of(records: Iterable[Record]) -> dict[str, Function]:
    return {each.endpoint: each.target for each in records if isinstance(each, View)}


def hooks_of(
    records: Iterable[Record],
) -> dict[tuple[str, str | None], tuple[Function, ...]]:
    found: dict[tuple[str, str | None], list[Function]] = {}
    for each in records:
        if isinstance(each, Hook):
            found.setdefault((each.kind, each.scope), []).append(each.target)
    return {place: tuple(functions) for place, functions in found.items()}


def handlers_of(records: Iterable[Record]) -> Handlers:
    found: dict[str | None, dict[int | None, dict[type[Exception], Function]]] = {}
    for each in records:
        if isinstance(each, ErrorHandler):
            by_code = found.setdefault(each.scope, {})
            by_code.setdefault(each.code, {})[each.exception] = each.target
    return found


def adapters_of(records: Iterable[Record]) -> dict[type[Any], Function]:
    return {each.subject: each.target for each in records if isinstance(each, Adapter)}


def names_of(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"filter": {}, "test": {}, "global": {}}
    for each in records:
        if isinstance(each, TemplateName):
            found[each.kind][each.name] = each.target
    return found


def bakes_the_same(
    one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether templates compiled with some names are right with others.

    Names are looked at, not compared: to compare arrays gives no answer.
    """
    return all(
        one[kind].keys() == other[kind].keys()
        and all(one[kind][name] is other[kind][name] for name in one[kind])
        for kind in ("filter", "test")
    )


def reads_the_same(
    one: Mapping[str, TemplateSource], other: Mapping[str, TemplateSource]
) -> bool:
    """Whether templates compiled beside some sources are right beside others."""
    return one.keys() == other.keys() and all(
        one[name].target == other[name].target for name in one
    )
