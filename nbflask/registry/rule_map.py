"""The rules of one table, and Werkzeug's view of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from operator import itemgetter, methodcaller
from typing import Any

from werkzeug.routing import Map, Rule

from ..values import Value
from .binding import is_general
from .entries import Entries
from .layers import GONE, Layers
from .matching import TreeMatcher
from .tree import Rank, Ranked, Tree

rank_of = itemgetter(0)

#: What is in force from the next table on. A rule that is bound keeps what it took.
SETTINGS = (
    *("default_subdomain", "host_matching", "merge_slashes", "redirect_defaults"),
    *("sort_key", "sort_parameters", "strict_slashes"),
)


class EndpointRules(list[Rule]):
    """The rules of one endpoint, as URLs are built of them: the best ones first.

    `ranked` has them in the order of their records, by which equals are sorted.
    `only` is the rule that URLs are built of whatever is asked for, if there is one.
    """

    __slots__ = ("only", "ranked")

    def __init__(self, ranked: Iterable[Ranked]) -> None:
        self.ranked = tuple(ranked)
        super().__init__([rule for _, rule in self.ranked])
        self.only: Rule | None = None
        if len(self) > 1:
            self.sort(key=methodcaller("build_compare_key"))
        elif self and builds_always(self[0]):
            self.only = self[0]

    @property
    def first(self) -> Rank:
        return self.ranked[0][0]

    def changed(self, gone: Iterable[Ranked], added: Iterable[Ranked]) -> EndpointRules:
        out = {rank for rank, _ in gone}
        ranked = [each for each in self.ranked if each[0] not in out]
        return EndpointRules(sorted([*ranked, *added], key=rank_of))


NO_RULES = EndpointRules(())


def builds_always(rule: Rule) -> bool:
    """Whether a rule builds the URL of all values that it has variables for."""
    kind = type(rule)
    suits = kind.suitable_for is Rule.suitable_for
    return suits and is_general(kind) and not (rule.defaults or rule.websocket)


class Rules(Value):
    """Rules in force: the way to them, and those of each endpoint.

    Endpoints are in the order of their first rules; none is behind `last`.
    """

    tree: Tree
    endpoints: Layers[Any]
    last: Rank = ()

    def changed(self, gone: list[Ranked], added: list[Ranked]) -> Rules:
        """Return these rules without some and with others."""
        tree = self.tree.changed(matching(gone), matching(added))
        went, came = by_endpoint(gone), by_endpoint(added)
        changes: dict[Any, EndpointRules] = {}
        last, in_order = self.last, True
        for endpoint in {**came, **went}:
            former = self.endpoints.get(endpoint)
            known = NO_RULES if former is GONE else former
            rules = known.changed(went.get(endpoint, ()), came.get(endpoint, ()))
            changes[endpoint] = rules or GONE
            if not rules or (known and known.first == rules.first):
                continue
            if self._has_known(endpoint) or rules.first < last:
                in_order = False
            last = max(last, rules.first)
        endpoints = self.endpoints.changed(changes)
        return Rules(tree, endpoints if in_order else sorted_anew(endpoints), last)

    def _has_known(self, endpoint: Any) -> bool:
        """Whether an endpoint has its place, even if it has no rules at present."""
        return endpoint in self.endpoints.over or endpoint in self.endpoints.base


def sorted_anew(endpoints: Layers[Any]) -> Layers[Any]:
    return Layers(
        dict(sorted(endpoints.whole().items(), key=lambda each: each[1].first))
    )


def matching(ranked: Iterable[Ranked]) -> list[Ranked]:
    return [each for each in ranked if not each[1].build_only]


def by_endpoint(ranked: Iterable[Ranked]) -> dict[Any, list[Ranked]]:
    found: dict[Any, list[Ranked]] = {}
    for each in ranked:
        found.setdefault(each[1].endpoint, []).append(each)
    return found


class RuleMap(Map):
    """The rules of one table, for matching and building. Never added to."""

    def __init__(self, table: Any) -> None:
        super().__init__(**table.settings)
        self.table = table
        self.converters = table.converters
        self.rules, entries = table.rules, table.entries
        rules_in_order = partial(rules_of, entries)
        matcher: Any = TreeMatcher(table.rules.tree, self.merge_slashes, rules_in_order)
        self._matcher = matcher
        del self.__dict__["_rules_by_endpoint"]
        self._remap = False  # all of it is in order

    @cached_property
    def _rules_by_endpoint(self) -> dict[Any, Any]:  # type: ignore[override]
        endpoints: Layers[Any] = self.rules.endpoints
        return endpoints.whole()


def settings_of(rules: Map) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in SETTINGS}


def rules_of(entries: Entries) -> list[Rule]:
    return [each.rule for each in entries.whole() if each.rule is not None]
