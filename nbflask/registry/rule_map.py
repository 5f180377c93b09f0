"""The rules of one table, and Werkzeug's view of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter, methodcaller
from typing import Any

from werkzeug.routing import Map, Rule

from .entries import Entry
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
    """

    __slots__ = ("ranked",)

    def __init__(self, ranked: Iterable[Ranked]) -> None:
        self.ranked = tuple(ranked)
        super().__init__([rule for _, rule in self.ranked])
        if len(self) > 1:
            self.sort(key=methodcaller("build_compare_key"))

    @property
    def first(self) -> Rank:
        return self.ranked[0][0]

    def changed(self, gone: Iterable[Ranked], added: Iterable[Ranked]) -> EndpointRules:
        out = {rank for rank, _ in gone}
        ranked = [each for each in self.ranked if each[0] not in out]
        return EndpointRules(sorted([*ranked, *added], key=rank_of))


NO_RULES = EndpointRules(())


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in force: the way to them, and those of each endpoint."""

    tree: Tree = field(default_factory=Tree)
    endpoints: dict[Any, EndpointRules] = field(default_factory=dict)

    def changed(self, gone: list[Ranked], added: list[Ranked]) -> Rules:
        """Return these rules without some and with others. What does not change is
        shared with these, or copied as a whole."""
        tree = self.tree.changed(matching(gone), matching(added))
        went, came = by_endpoint(gone), by_endpoint(added)
        endpoints = self.endpoints.copy()
        for each in {**came, **went}:
            known = endpoints.get(each, NO_RULES)
            rules = known.changed(went.get(each, ()), came.get(each, ()))
            if rules:
                endpoints[each] = rules
            else:
                endpoints.pop(each, None)
        return Rules(tree, self._in_order(endpoints, {**came, **went}))

    def _in_order(
        self, endpoints: dict[Any, EndpointRules], changed: Iterable[Any]
    ) -> dict[Any, EndpointRules]:
        """Return endpoints in the order of their first rules, as Werkzeug has them."""
        former = self.endpoints
        last = next(reversed(former.values())).first if former else ()
        for each in changed:
            if each not in endpoints:
                continue
            first = endpoints[each].first
            if each not in former and first > last:
                last = first
            elif each not in former or former[each].first != first:
                ordered = sorted(endpoints.items(), key=lambda item: item[1].first)
                return dict(ordered)
        return endpoints


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
        rules_in_order = partial(rules_of, table.entries)
        matcher: Any = TreeMatcher(table.rules.tree, self.merge_slashes, rules_in_order)
        self._matcher = matcher
        self._rules_by_endpoint = table.rules.endpoints
        self._remap = False  # all of it is in order


def settings_of(rules: Map) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in SETTINGS}


def rules_of(entries: Iterable[Entry]) -> list[Rule]:
    return [each.rule for each in entries if each.rule is not None]
