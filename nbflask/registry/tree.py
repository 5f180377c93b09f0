"""The rules of a table as a tree: from node to node, one part of a path is consumed.

A tree that is in use never changes. `Tree.changed` makes another one, which shares
with it all nodes but those on the way to the rules that came or went.

Which rule wins is decided as Werkzeug decides it: fixed parts before variable ones,
variable ones by their weight, and what weighs the same in the order of the records.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable
from operator import attrgetter
from typing import Any, Final

from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from .layers import MOST

#: What says which of two rules was added first. Ranks of one tree can be compared.
Rank = tuple[Any, ...]
Ranked = tuple[Rank, Rule]
#: The text of variables, and the rule that has them. None is the text of a group
#: that has no part in a match.
Values = tuple[Any, ...]
Found = tuple[Rule, Values]

#: So begin the names of the groups that a part's variables have in its pattern.
GROUP: Final = "__werkzeug_"


#: Stands for a rule that matches if a slash is added at the end.
SLASH: Final[Any] = object()


class Variable:
    """A part of rules that has variables.

    Its pattern is compiled when it is first tried, and kept: `re` forgets patterns
    when there are some hundreds.
    """

    __slots__ = ("final", "groups", "is_plain", "last", "match", "part", "suffixed")

    def __init__(self, part: RulePart) -> None:
        self.part = part
        self.final, self.suffixed = part.final, part.suffixed
        self.match: Callable[[str], re.Match[str] | None] | None = None
        self.groups: tuple[int, ...] = ()
        self.last = 0
        self.is_plain = False

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        pattern = re.compile(self.part.content)
        named = pattern.groupindex.items()
        ours = [(int(n[len(GROUP) :]), g) for n, g in named if n.startswith(GROUP)]
        self.groups = tuple(group for _, group in sorted(ours))
        self.last = pattern.groups
        self.is_plain = self.groups == (*range(1, self.last + 1),)
        self.match = pattern.match
        return pattern.match

    def texts(self, match: re.Match[str]) -> Values:
        """Return the texts of the variables in a match."""
        return tuple([match[each] for each in self.groups])


class Node:
    """Where the rules are that begin with the same parts.

    `rules` end here, in the order of their `ranks`. `first` is the lowest rank of
    all rules from here on. `edit` is the change that the node was made in. Fixed parts
    lead on by `static`, or else, if there are many, by `base`: an empty node hides
    what leads on from there.
    """

    __slots__ = (
        *("base", "dynamic", "edit", "first"),
        *("ranks", "rules", "static", "tries"),
    )

    def __init__(self, edit: object) -> None:
        self.edit = edit
        self.first: Rank | None = None
        self.rules: list[Rule] = []
        self.ranks: list[Rank] = []
        self.static: dict[str, Node] = {}
        self.base: dict[str, Node] = {}
        self.dynamic: dict[Hashable, tuple[Variable, Node]] = {}
        self.tries: list[tuple[Variable, Node]] | None = []

    def copy(self, edit: object) -> Node:
        node = Node(edit)
        node.first = self.first
        node.rules, node.ranks = self.rules.copy(), self.ranks.copy()
        node.dynamic, node.tries = self.dynamic.copy(), self.tries
        if len(self.static) <= MOST:
            node.static, node.base = self.static.copy(), self.base
        else:
            node.base = self.beyond() if self.base else self.static
        return node

    def beyond(self) -> dict[str, Node]:
        """Return where all fixed parts lead to."""
        static = {**self.base, **self.static}
        for part, node in self.static.items():
            if node.is_empty():
                del static[part]
        return static

    def in_order(self) -> list[tuple[Variable, Node]]:
        """Return the variable parts that go on from here, as they are to be tried."""
        tries = sorted(self.dynamic.values(), key=by_weight)
        self.tries = tries
        return tries

    def is_empty(self) -> bool:
        if self.rules or self.dynamic or len(self.static) < len(self.base):
            return False
        return not (self.static and self.beyond())

    def drop(self, part: RulePart) -> None:
        """Have no way for a part any more."""
        if not part.static:
            del self.dynamic[key_of(part)]
        elif part.content not in self.base:
            del self.static[part.content]

    def lower(self, rank: Rank) -> None:
        """Take note of a rule that there will be from here on."""
        if self.first is None or rank < self.first:
            self.first = rank

    def lowest(self) -> Rank | None:
        """Return what `first` is to be."""
        variable = [node for _, node in self.dynamic.values()]
        nodes = [*self.beyond().values(), *variable]
        ranks = [*self.ranks[:1], *map(attrgetter("first"), nodes)]
        return min(ranks, default=None)


def by_weight(entry: tuple[Variable, Node]) -> tuple[Any, ...]:
    variable, node = entry
    return variable.part.weight, node.first


def key_of(part: RulePart) -> Hashable:
    """Return what two parts with variables have in common if they are the same."""
    statics, arguments = part.weight.static_weights, part.weight.argument_weights
    return part.content, part.final, part.suffixed, (*statics,), (*arguments,)


class Tree:
    """The rules that match, and the way to them."""

    __slots__ = ("root",)

    def __init__(self, root: Node | None = None) -> None:
        self.root = root or Node(None)

    def changed(self, gone: Iterable[Ranked], added: Iterable[Ranked]) -> Tree:
        """Return a tree without some rules and with others.

        Raises LookupError if a rule that is to go is not there.
        """
        growth = Growth(self.root)
        for rank, rule in gone:
            growth.remove(rank, rule)
        for rank, rule in added:
            growth.add(rank, rule)
        return Tree(growth.root)


class Growth:
    """A tree in the making. Nodes that it has made are its own, to be changed."""

    def __init__(self, root: Node) -> None:
        # Not this very object: it is not to live as long as its nodes.
        self._edit = object()
        self.root = root.copy(self._edit)

    def _own(self, node: Node | None) -> Node:
        if node is None:
            return Node(self._edit)
        return node if node.edit is self._edit else node.copy(self._edit)

    def add(self, rank: Rank, rule: Rule) -> None:
        node = self.root
        node.lower(rank)
        for part in rule._parts:
            node = self._beyond(node, part)
            node.lower(rank)
        at = bisect_left(node.ranks, rank)
        node.ranks.insert(at, rank)
        node.rules.insert(at, rule)

    def _beyond(self, node: Node, part: RulePart) -> Node:
        """Return the node that a part leads to, to be changed."""
        if part.static:
            known = node.static.get(part.content) or node.base.get(part.content)
            beyond = self._own(known)
            node.static[part.content] = beyond
            return beyond
        key = key_of(part)
        variable, followed = node.dynamic.get(key) or (Variable(part), None)
        beyond = self._own(followed)
        node.dynamic[key] = variable, beyond
        node.tries = None
        return beyond

    def remove(self, rank: Rank, rule: Rule) -> None:
        nodes = [self.root]
        for part in rule._parts:
            nodes.append(self._beyond(nodes[-1], part))
        node = nodes[-1]
        at = bisect_left(node.ranks, rank)
        if at == len(node.rules) or node.rules[at] is not rule:
            raise LookupError(f"{rule!r} is not in the tree.")
        del node.rules[at], node.ranks[at]
        for part, above in zip(rule._parts[::-1], nodes[-2::-1], strict=True):
            if node.is_empty():
                node.first = None
                above.drop(part)
            elif node.first == rank:
                node.first = node.lowest()
            node = above
        node.first = node.lowest() if node.first == rank else node.first


class Search:
    """One path on its way through a tree."""

    __slots__ = ("end", "method", "methods", "mismatch", "parts", "websocket")

    def __init__(self, parts: list[str], method: str, websocket: bool) -> None:
        self.parts, self.end = parts, len(parts)
        self.method, self.websocket = method, websocket
        #: The methods that other rules for the path take.
        self.methods: set[str] = set()
        #: Whether a rule is only not for websockets, or only for them.
        self.mismatch = False

    def turn_to(self, parts: list[str]) -> None:
        """Look for another path, and keep what was seen on the way of the first."""
        self.parts, self.end = parts, len(parts)

    def follow(self, node: Node, at: int, values: Values) -> Found | None:
        """Return the first rule from a node on that matches the parts from `at` on."""
        parts, end = self.parts, self.end
        while at < end:
            part = parts[at]
            beyond = node.static.get(part) or node.base.get(part)
            if beyond is None:
                return self._vary(node, at, values)
            if node.dynamic or (not part and node.rules):
                found = self.follow(beyond, at + 1, values)
                return found or self._vary(node, at, values)
            # There is no other way, so there is none to come back to.
            node, at = beyond, at + 1
        return self._arrive(node, values)

    def _vary(self, node: Node, at: int, values: Values) -> Found | None:
        """Go on with a variable part, or end where only a slash is left."""
        part = self.parts[at]
        tries = node.in_order() if node.tries is None else node.tries
        for variable, beyond in tries:
            text = "/".join(self.parts[at:]) if variable.final else part
            match = (variable.match or variable.compile())(text)
            if match is not None:
                there = at + 1
                if variable.final:
                    # A slash at its end is a part of its own.
                    there = self.end - bool(variable.suffixed and match[variable.last])
                # Mostly a pattern has no other groups than those of its variables.
                more = match.groups() if variable.is_plain else variable.texts(match)
                found = self.follow(beyond, there, values + more)
                if found is not None:
                    return found
        if not part and at == self.end - 1:
            return self._among([e for e in node.rules if not e.strict_slashes], values)
        return None

    def _arrive(self, node: Node, values: Values) -> Found | None:
        """Return the rule where all parts are consumed, or where a slash is added."""
        found = self._among(node.rules, values) if node.rules else None
        if found is not None:
            return found
        beyond = node.static.get("") or node.base.get("")
        for rule in () if beyond is None else beyond.rules:
            allowed = rule.methods
            if rule.websocket == self.websocket and (
                allowed is None or self.method in allowed
            ):
                return (SLASH if rule.strict_slashes else rule), values
        return None

    def _among(self, rules: list[Rule], values: Values) -> Found | None:
        for rule in rules:
            allowed = rule.methods
            if allowed is not None and self.method not in allowed:
                self.methods.update(allowed)
            elif rule.websocket != self.websocket:
                self.mismatch = True
            else:
                return rule, values
        return None
