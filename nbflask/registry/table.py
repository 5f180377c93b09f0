"""The compiled form of an app's records: immutable, and all that a request needs.

Compiling never changes records. What is expensive is carried over from the table
before: rules that are bound, and whatever has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary, ref

from werkzeug.routing import Map, Rule

from ..values import Value
from .entries import Entries, Entry, Path, Step
from .kinds import nearest
from .layers import GONE, Layers, Lookup
from .matching import Matcher
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
from .rule_map import RuleMap, Rules, settings_of
from .tree import Ranked, Tree

Function = Callable[..., Any]
Scopes = tuple[str | None, ...]
Handlers = Mapping[str | None, Mapping[int | None, Mapping[type[Exception], Function]]]


class Chain(Value):
    """The hooks that one endpoint meets, each kind in the order it runs in."""

    scopes: Scopes
    url_value_preprocessor: tuple[Function, ...]
    before_request: tuple[Function, ...]
    context_processor: tuple[Function, ...]
    after_request: tuple[Function, ...]
    teardown_request: tuple[Function, ...]
    url_defaults: tuple[Function, ...]


#: What a table knows of other records than routes and views.
OTHERS = (
    *("hooks", "handlers", "names", "adapters", "blueprints", "app_teardown"),
    *("templates", "static_files", "template_caches"),
)


class Table:
    """An app at one moment. A request captures one.

    It is made of all entries, or of the table before and the step from its entries
    to these: then it takes no longer for an app of many routes.
    """

    __slots__ = (
        "__weakref__",
        "_bound",
        "_own_url_map",
        "_records",
        "_url_map",
        "_view_layers",
        "adapters",
        "app_teardown",
        "blueprints",
        "chains",
        "converters",
        "entries",
        "handlers",
        "hooks",
        "match",
        "matcher",
        "names",
        "rules",
        "settings",
        "static_files",
        "template_caches",
        "templates",
        "views",
    )

    def __init__(
        self, entries: Entries, settings: Map, before: Table | None, step: Step | None
    ) -> None:
        self.entries = entries
        self._records: tuple[Record, ...] | None = None
        self._bound: dict[Path, Rule] | None = None
        if before is None or step is None:
            self.rules = Rules(Tree(), Layers()).changed([], ranked(entries.whole()))
            self._read_views()
        else:
            self.rules = before.rules.changed(ranked(step.gone), ranked(step.added))
            self._change_views(before, step)
        if before is not None and step is not None and is_about_routes(step):
            self._take_over(before)
        else:
            self._read_others(before)
        self.settings, self.converters = settings_of(settings), settings.converters
        self._own_url_map: RuleMap | None = None
        self._url_map: Callable[[], RuleMap | None] = lambda: None
        self.chains: dict[str | None, Chain] = {}
        self.matcher: Matcher = Matcher(self, self._matcher_of(before))
        self.match = self.matcher.match

    def _matcher_of(self, before: Table | None) -> Matcher | None:
        """Return the matcher of the table before, if all settings are the same."""
        if before is None or before.settings != self.settings:
            return None
        return before.matcher

    @property
    def url_map(self) -> RuleMap:
        """The rules as Werkzeug's map. It keeps the table, which does not keep it:
        else each table would be part of a cycle."""
        rules = self._own_url_map or self._url_map()
        if rules is None:
            rules = RuleMap(self)
            self._url_map = ref(rules)
        return rules

    @url_map.setter
    def url_map(self, rules: RuleMap) -> None:
        self._own_url_map = rules

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, as the app sees them."""
        if self._records is None:
            self._records = tuple([each.record for each in self.entries.whole()])
        return self._records

    @property
    def bound(self) -> dict[Path, Rule]:
        """The rules of the routes, in the order of these."""
        if self._bound is None:
            routes = [(each.path, each.rule) for each in self.entries.whole()]
            self._bound = {path: rule for path, rule in routes if rule is not None}
        return self._bound

    def _read_views(self) -> None:
        views = views_of(self.records)
        filed = sum(isinstance(each, View) for each in self.records)
        # Of several for one endpoint the last counts. If one of them goes, it may be
        # another: then all are read again.
        self._view_layers = Layers(views) if filed == len(views) else None
        self.views = views

    def _change_views(self, before: Table, step: Step) -> None:
        """Take the views of the table before, as far as they are the same."""
        gone, added = (
            [each.record for each in entries if isinstance(each.record, View)]
            for entries in (step.gone, step.added)
        )
        layers, new = before._view_layers, views_of(added)
        if layers is not None and len(new) == len(added):
            layers = layers.changed(dict.fromkeys([e.endpoint for e in gone], GONE))
            if all(layers.get(endpoint) is GONE for endpoint in new):
                self._view_layers = layers.changed(new)
                self.views = Lookup(self._view_layers)
                return
        self._read_views()

    def _take_over(self, before: Table) -> None:
        for name in OTHERS:
            setattr(self, name, getattr(before, name))

    def _read_others(self, before: Table | None) -> None:
        """Read all records but routes and views."""
        records = [each.record for each in self.entries.whole() if is_other(each)]
        self.hooks = hooks_of(records)
        self.handlers = handlers_of(records)
        self.names = names_of(records)
        self.adapters = adapters_of(records)
        self.blueprints = {
            each.name: each.target.front for each in records if isinstance(each, Mount)
        }
        self.app_teardown = self.gather("teardown_appcontext", (None,), reverse=True)
        self.templates = {
            each.name: each for each in records if isinstance(each, TemplateSource)
        }
        self.static_files = {
            each.path: each for each in records if isinstance(each, StaticFile)
        }
        self.template_caches = self._caches_after(before)

    def _caches_after(self, before: Table | None) -> WeakKeyDictionary[Any, Any]:
        # Filters and tests are baked into compiled templates, and globals into what
        # others import of them; all goes by their sources, and by the blueprints that
        # have folders of them: a cache goes with these.
        kept = (
            before is not None
            and [*before.blueprints.items()] == [*self.blueprints.items()]
            and bakes_the_same(before.names, self.names)
            and reads_the_same(before.templates, self.templates)
        )
        return before.template_caches if before and kept else WeakKeyDictionary()

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
            url_defaults=self.gather("url_defaults", outward),
        )

    def rule_to(self, endpoint: Any) -> Rule | None:
        """Return the rule of which an endpoint's URLs are built, if it is the same
        one whatever is asked for."""
        rules = self.rules.endpoints.get(endpoint)
        if rules is GONE or self.settings["host_matching"]:
            return None
        return rules.only  # type: ignore[no-any-return]

    def gather(
        self, kind: str, scopes: Scopes, *, reverse: bool = False
    ) -> tuple[Function, ...]:
        """Return the functions of one kind of hook, scope after scope."""
        if not self.hooks:
            return ()
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


def ranked(entries: Iterable[Entry]) -> list[Ranked]:
    """Return the rules of entries with their ranks."""
    rules = [(each.rank, each.rule) for each in entries]
    return [(rank, rule) for rank, rule in rules if rule is not None]


def is_other(entry: Entry) -> bool:
    return not isinstance(entry.record, (Route, View))


def is_about_routes(step: Step) -> bool:
    """Whether nothing but routes and views came or went."""
    return not any(map(is_other, step.entries))


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
        for kind in ("filter", "test", "global")
    )


def reads_the_same(
    one: Mapping[str, TemplateSource], other: Mapping[str, TemplateSource]
) -> bool:
    """Whether templates compiled beside some sources are right beside others."""
    return one.keys() == other.keys() and all(
        one[name].target == other[name].target for name in one
    )
