"""Which pieces of a plan answer a path, by the rules that their texts tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from ..names import root_of
from ..needs.plan import Plan
from ..needs.rivals import Claim, claims_of
from ..pieces import Code, Piece

MOUNT = "register_blueprint"
CONVERTER = re.compile(r"<\s*(\w+)\s*(?:\([^<>]*\))?\s*:")
ANY = (*("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"),)


class AnyText(BaseConverter):
    """Stands for a converter that is a person's own: it may take anything."""

    part_isolating = False
    regex = ".+?"

    def __init__(self, map: Map, *args: object, **kwargs: object) -> None:
        super().__init__(map)


class Matching:
    """The rules of a plan's pieces, where its blueprints are mounted."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mounts = {name: list(mounts_of(plan, name)) for name in targets_of(plan)}
        #: Pieces whose rules are not known: they may answer anything.
        self.unsure: set[int] = set()
        self._map = Map()
        for number, piece in enumerate(plan.pieces):
            for claim in rules_of(piece):
                self._add(number, claim)

    def _add(self, number: int, claim: Claim) -> None:
        mounts = self._mounts.get(claim.target, [])
        if None in mounts or not mounts:
            self.unsure.add(number)
        for name in CONVERTER.findall(claim.rule):
            self._map.converters.setdefault(name, AnyText)
        for prefix in (each for each in mounts if each is not None):
            rule = f"{prefix}{claim.rule}"
            try:
                self._map.add(Rule(rule, endpoint=number, methods=claim.methods))
            except (LookupError, ValueError, TypeError):
                self.unsure.add(number)

    def answering(self, method: str, url: str) -> set[int]:
        """Return the pieces that a request to a path, or a URL, depends on."""
        path = "/" + unquote(urlsplit(url).path).lstrip("/")
        return self._matched(method, path) | self.unsure

    def _matched(self, method: str, path: str) -> set[int]:
        urls = self._map.bind("localhost")
        try:
            return {urls.match(path, method=method)[0]}
        except RequestRedirect as redirect:
            further = urlsplit(redirect.new_url).path
            return self._matched(method, further) if further != path else set()
        except MethodNotAllowed as refused:
            # What it does answer is told in the refusal.
            found = set()
            for other in refused.valid_methods or ():
                with suppress(NotFound, MethodNotAllowed, RequestRedirect):
                    found.add(urls.match(path, method=other)[0])
            return found
        except NotFound:
            return set()


def rules_of(piece: Piece) -> Iterator[Claim]:
    """Yield what a piece serves, with add_url_rule too."""
    yield from claims_of(piece)
    call = call_in(piece)
    if call is None or attribute_of(call) != "add_url_rule" or not call.args:
        return
    target, rule = root_of(call.func), call.args[0]
    if target is not None and isinstance(rule, ast.Constant):
        yield Claim(target, str(rule.value), ANY, "")


def call_in(piece: Piece) -> ast.Call | None:
    """Return the call that a piece is, if it is one: app.register_blueprint(shop)."""
    node = piece.node if isinstance(piece, Code) else None
    value = node.value if isinstance(node, (ast.Expr, ast.Assign)) else None
    return value if isinstance(value, ast.Call) else None


def attribute_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def targets_of(plan: Plan) -> set[str]:
    """Return the variables of the app and of the blueprints that views are put on."""
    claims = (claim for piece in plan.pieces for claim in rules_of(piece))
    return {plan.app, *(claim.target for claim in claims)}


def mounts_of(plan: Plan, target: str, within: int = 0) -> Iterator[str | None]:
    """Yield the prefixes under which an app or a blueprint is served; None for one
    that only running tells."""
    if target == plan.app:
        yield ""
        return
    for piece in plan.pieces if within < 5 else ():
        call = call_in(piece)
        if call is None or attribute_of(call) != MOUNT or not call.args:
            continue
        given = call.args[0]
        if isinstance(given, ast.Name) and given.id == target:
            own = prefix_in(call, prefix_of(plan, target))
            for outer in mounts_of(plan, root_of(call.func) or "", within + 1):
                known = outer is not None and own is not None
                yield f"{outer}{own}".rstrip("/") if known else None


def prefix_of(plan: Plan, blueprint: str) -> str | None:
    """Return the prefix that a blueprint is made with."""
    found: str | None = ""
    for piece in plan.pieces:
        call = call_in(piece)
        if call is not None and blueprint in piece.uses.defines:
            found = prefix_in(call, "")
    return found


def prefix_in(call: ast.Call, otherwise: str | None) -> str | None:
    """Return the url_prefix of a call, None for one that is no constant."""
    for each in call.keywords:
        if each.arg == "url_prefix":
            value = each.value
            return str(value.value or "") if isinstance(value, ast.Constant) else None
    return otherwise
