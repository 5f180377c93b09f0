"""Who yields to whom, when code that runs again files new records. Pure functions.

| an old record …                             | yields to a new one …           |
|---------------------------------------------|---------------------------------|
| with its key, one of a kind                 | always; but a view that two     |
| (view, handler, template name, mount, …)    | lasting owners share stays, and |
|                                             | is for both what one makes anew |
| for the class of the new one, as a former   | always                          |
| run defined it (handler, adapter)           |                                 |
| with its key, one of a list                 | of its own owner; else if both  |
| (route, hook, setup)                        | are live, and it has a name, or |
|                                             | one of them does not last       |
| that is a route to another endpoint, for    | if that takes all its methods;  |
| the same URL                                | else it comes behind it         |
| that is a route, to an endpoint that another| if it belongs to who has lost   |
| view with a route of its own takes over     | the endpoint                    |
| that is a view, whose routes all yield      | with its routes                 |

What the same run has filed already yields only if it is one of a kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .kinds import is_defined_anew
from .owners import FRAMEWORK
from .records import Hook, Record, Route, View, is_anonymous, name_of
from .registry import Registry


def rivals_of(new: Iterable[Record], registry: Registry) -> list[Record]:
    """Return the records in force that share a mark with new ones."""
    marks = [mark for record in new for mark in record.marks]
    found = {each: None for mark in marks for each in registry.find(mark)}
    return list(found)


def yielding(
    new: tuple[Record, ...], registry: Registry, mine: Collection[Record]
) -> list[Record]:
    """Return what yields to new records of one owner."""
    return [
        old
        for old in rivals_of(new, registry)
        if any(supersedes(each, old, mine) for each in new)
        or (old not in mine and loses_its_endpoint(old, new, registry))
    ]


def supersedes(new: Record, old: Record, mine: Collection[Record]) -> bool:
    if new.key == old.key:
        if not new.unique:
            return old not in mine and is_again(new, old)
        return old in mine or not is_shared(new, old)
    if is_for_a_class_defined_anew(new, old):
        return old not in mine
    takes_its_url = old not in mine and collide(old, new)
    return takes_its_url and asked(old) <= asked(new)


def is_for_a_class_defined_anew(new: Record, old: Record) -> bool:
    """Whether two records do one thing for what two runs made of one class."""
    one, other = new.subject, old.subject
    if one is None or other is None or set(new.marks).isdisjoint(old.marks):
        return False
    return is_defined_anew(one, other)


def is_again(new: Record, old: Record) -> bool:
    """Whether a list's entry is the same one, registered anew."""
    if new.owner == old.owner:
        return True
    if not (new.owner.live and old.owner.live):
        return False
    both_last = new.owner.lasting and old.owner.lasting
    named = not isinstance(new, Hook) or not is_anonymous(name_of(new.target))
    return named or not both_last


def is_shared(new: Record, old: Record) -> bool:
    """Whether two owners serve one function by one endpoint."""
    return (
        isinstance(old, View)
        and isinstance(new, View)
        and old.target == new.target
        and old.owner != new.owner
        # One that does not last may be the very owner, in a former run.
        and old.owner.lasting
    )


def loses_its_endpoint(
    old: Record, new: tuple[Record, ...], registry: Registry
) -> bool:
    """Whether another view, with a route of its own, takes a route's endpoint.

    A view without a route is put in the place of the former: a wrapper.
    """
    if not isinstance(old, Route) or not any(isinstance(each, Route) for each in new):
        return False
    views = registry.find(("view", old.endpoint))
    taking = [each for each in new if each.key == ("view", old.endpoint)]
    if not taking or all(is_shared(taking[0], each) for each in views):
        return False
    owners = {each.owner for each in views}
    # Who served it before, served it with others: their routes are their own.
    losers = {new[0].owner} if new[0].owner in owners else owners
    return old.owner in losers


def followers(
    gone: Iterable[Record], new: tuple[Record, ...], registry: Registry
) -> dict[Record, Record]:
    """Return what becomes of views that yield to a new one, where their owners have
    served with its owner what it replaces: they go on with the new function."""
    return {
        old: old.altered(target=each.target)
        for each in new
        if isinstance(each, View)
        for own in registry.find(each.key)
        if own.owner == each.owner
        for old in gone
        if old.key == each.key and is_shared(own, old)
    }


def has_it_first(new: Record, old: Record, registry: Registry) -> bool:
    """Whether of two owners that serve one function the one of an old record came
    first: it is that one's."""
    mine = (each for each in registry.find(old.key) if each.owner == new.owner)
    return any(registry.rank(old) < registry.rank(each) for each in mine)


def left_without_a_route(
    gone: list[Record], registry: Registry, mine: Collection[Record]
) -> list[Record]:
    """Return the views whose routes have all gone."""
    routes = [each for each in gone if isinstance(each, Route)]
    return [
        view
        for route in routes
        for view in registry.find(("view", route.endpoint))
        if view.owner == route.owner
        and view not in mine
        and view not in gone
        and set(registry.find(("endpoint", route.endpoint))) <= {view, *routes}
    ]


def shadowed(
    new: tuple[Record, ...], registry: Registry, mine: Collection[Record]
) -> list[Record]:
    """Return the routes that new ones must come before, to be matched first."""
    return [
        old
        for old in rivals_of(new, registry)
        if old not in mine and any(collide(old, each) for each in new)
    ]


def collide(old: Record, new: Record) -> bool:
    """Whether two routes of different endpoints answer the same URLs."""
    return (
        isinstance(old, Route)
        and isinstance(new, Route)
        and old.endpoint != new.endpoint
        and old.pattern == new.pattern
        and old.scope == new.scope
        and old.owner != FRAMEWORK
        and bool(asked(old) & asked(new))
    )


def asked(record: Record) -> frozenset[str]:
    return record.asked_methods if isinstance(record, Route) else frozenset()
