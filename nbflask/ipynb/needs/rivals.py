"""What a later cell has replaced: of two that claim the same, the later one serves.

The rules are those of live cells: a rule and its methods belong to who claimed them
last, and so does an endpoint; a template and a static file go by their names.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...registry.records import nameless
from ..names import FUNCTIONS, root_of, walk_now
from ..pieces import Code, FileCell, Piece, RouteCell
from .habits import words

#: Decorators that route, and the methods that they mean.
ROUTING = {
    "route": None,
    **{each: (each.upper(),) for each in ("get", "post", "put", "delete", "patch")},
}


#: What registers something for a class, which counts by its name: where the class is
#: defined anew, what was registered is for the new one.
FOR_CLASSES = words(
    "errorhandler app_errorhandler register_error_handler response_adapter"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A rule with its methods on an app or a blueprint, and the endpoint behind it."""

    target: str
    rule: str
    methods: tuple[str, ...]
    endpoint: str

    @property
    def served(self) -> set[tuple[str, str, str]]:
        rule = nameless(self.rule)
        return {(self.target, rule, method) for method in self.methods}


def claims_of(piece: Piece) -> Iterator[Claim]:
    """Yield what a piece wants to serve, if its text tells."""
    if isinstance(piece, RouteCell):
        target = piece.target or "app"
        yield Claim(target, piece.rule, piece.methods, endpoint_of(piece))
    elif isinstance(piece, Code) and isinstance(piece.node, FUNCTIONS):
        yield from claims_of_function(piece.node)


def endpoint_of(piece: RouteCell) -> str:
    if piece.endpoint:
        return piece.endpoint
    last = piece.module.body[-1]
    if isinstance(last, FUNCTIONS):
        return last.name
    return piece.derived


def claims_of_function(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[Claim]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        called, rule = decorator.func, decorator.args[0]
        if not isinstance(called, ast.Attribute) or called.attr not in ROUTING:
            continue
        target = root_of(called)
        if target is None or not isinstance(rule, ast.Constant):
            continue
        given = {each.arg: each.value for each in decorator.keywords}
        methods = ROUTING[called.attr] or constants(given.get("methods")) or ("GET",)
        named = constants(given.get("endpoint"))
        endpoint = named[0] if named else function.name
        yield Claim(target, str(rule.value), tuple(methods), endpoint)


def constants(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.Constant):
        return (str(node.value),)
    elements = getattr(node, "elts", ())
    return tuple(str(e.value).upper() for e in elements if isinstance(e, ast.Constant))


class Versions:
    """Tells apart what bears one name after another: a blueprint that is made anew
    takes no views from the one before it."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._places: dict[str, list[int]] = {}
        for number, piece in enumerate(pieces):
            for name in piece.uses.defines:
                self._places.setdefault(name, []).append(number)

    def of(self, name: str, at: int) -> str:
        places = self._places.get(name, [])
        return f"{name} {bisect_right(places, at)}"


def superseded(pieces: Sequence[Piece]) -> set[int]:
    """Return the numbers of the pieces that later ones have replaced."""
    gone: set[int] = set()
    served: set[tuple[str, str, str]] = set()
    endpoints: dict[tuple[str, str], int] = {}
    versions = Versions(pieces)
    once: set[tuple[str, ...]] = set()
    for number in reversed(range(len(pieces))):
        piece = pieces[number]
        found = [
            replace(each, target=versions.of(each.target, number))
            for each in claims_of(piece)
        ]
        if found:
            names = {(each.target, each.endpoint) for each in found}
            claimed = set().union(*(each.served for each in found))
            others = {endpoints[each] for each in names if each in endpoints}
            # Body cells with one derived name get a number each, and share it not.
            mine = is_derived(piece)
            rivals = [e for e in others if not (mine and is_derived(pieces[e]))]
            if claimed <= served or rivals:
                gone.add(number)
                continue
            served |= claimed
            endpoints |= dict.fromkeys(names, number)
        mark = mark_of(piece)
        if mark is not None and mark in once:
            gone.add(number)
        elif mark is not None:
            once.add(mark)
    return gone


def is_derived(piece: Piece) -> bool:
    """Whether a piece's endpoint follows from its rule alone."""
    return (
        isinstance(piece, RouteCell)
        and not piece.endpoint
        and not piece.defines_its_view
    )


def mark_of(piece: Piece) -> tuple[str, ...] | None:
    """Return what only the last of some pieces can have, if it is such a thing."""
    if isinstance(piece, FileCell):
        return piece.kind, piece.name
    call = getattr(piece.node, "value", None) if isinstance(piece, Code) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    called = ast.unparse(call.func)
    if call.func.attr == "register_blueprint" and call.args:
        given = {each.arg: each.value for each in call.keywords}
        names = constants(given.get("name")) or (ast.unparse(call.args[0]),)
        return called, *names
    return (called, ast.unparse(call)) if call.func.attr == "init_app" else None


def classes_for(piece: Piece) -> set[str]:
    """Return the names of the classes that a piece registers something for."""
    calls = (
        node
        for node in (walk_now(piece.node) if isinstance(piece, Code) else ())
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in FOR_CLASSES
    )
    return {e.id for call in calls for e in call.args if isinstance(e, ast.Name)}
