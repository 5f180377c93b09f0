"""Why a request goes where it goes, as data: every rule, the winner, the hooks.

Nothing is sent and nothing runs but converters: the app's own URL adapter is asked,
and what it says is explained rule by rule. How it is shown is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect, Rule
from werkzeug.routing.exceptions import NoMatch, RequestAliasRedirect, RequestPath

from .ctx import RequestContext
from .current import _cv_app, _cv_request, put_back
from .doors import open_door
from .judging import (
    Judgment,
    Refusal,
    Sought,
    asked_of,
    in_order,
    judge,
    place_of,
    rank_of,
)
from .reach import (
    AFTER,
    BEFORE,
    Call,
    handled,
    handler_call,
    handlers_at_hand,
    hook_calls,
    view_record,
)
from .registry.owners import FRAMEWORK, Owner
from .registry.records import Route, short_name
from .registry.table import Table, scopes_of


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A rule of the app and what became of it.

    `verdict` is "won", "outranked", or what kept it from matching: "method", "slash",
    "converter", "host", "websocket", "path" (simply another one), "build only".
    """

    rule: str
    methods: tuple[str, ...]
    endpoint: str
    owner: Owner
    scope: str | None
    verdict: str
    reason: str
    refusals: tuple[Refusal, ...] = ()
    likeness: float = 0.0
    #: The host that it is bound to, or its subdomain, as "api."; else nothing.
    place: str = ""

    @property
    def rank(self) -> tuple[int, float]:
        """By this the winner comes first, then the nearest rules."""
        order = {"won": -2, "outranked": -1}.get(self.verdict)
        if order is not None:
            return order, -self.likeness
        return rank_of(self.verdict, self.likeness)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a request, as far as its URL decides it.

    `kind` is "view", "options" (answered automatically), "redirect", "refused" (by
    an HTTP error, 404 and 405 among them) or "raises" (a converter has failed).
    `status` is known if no view decides it.
    """

    kind: str
    status: int | None = None
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    #: The methods that the URL does take, after a 405.
    allowed: tuple[str, ...] = ()
    #: Where a redirect leads to.
    location: str | None = None
    error: Exception | None = None


# No slots: whoever shows it may want a weak reference to it.
@dataclass(frozen=True, eq=False)
class Explanation:
    """A request explained: its outcome, every rule in the app's order, the functions
    that would run in the order in which they would, and the error handlers at hand
    if one of them fails, the most specific scope first."""

    method: str
    path: str
    host: str
    outcome: Outcome
    rules: tuple[RuleSeen, ...]
    calls: tuple[Call, ...]
    handlers: tuple[Call, ...]

    @property
    def winner(self) -> RuleSeen | None:
        """The rule that was followed, be it into a redirect."""
        return next((each for each in self.rules if each.verdict == "won"), None)

    @property
    def nearest(self) -> tuple[RuleSeen, ...]:
        """The rules, those nearest to the request first."""
        return tuple(sorted(self.rules, key=lambda each: each.rank))


def explain(
    app: Any, method: str, path: str, host: str | None = None, **options: Any
) -> Explanation:
    """Return why a request would go where it would go. See `Flask.explain`."""
    if host is not None:
        scheme = options.pop("url_scheme", None) or app.config["PREFERRED_URL_SCHEME"]
        path = f"{scheme}://{host}/{path.lstrip('/')}"
    environ = open_door("environ")(app, path, method=method, **options)
    context = app.request_context(environ)
    context.pin()
    with as_current(context):
        return explained(app, context)


@contextmanager
def as_current(context: RequestContext) -> Iterator[None]:
    """Have the app and the request be current, with nothing of what a push does."""
    former = _cv_request.set(context)
    current = _cv_app.get(None)
    below = None
    if current is None or current.app is not context.app:
        below = context.app.app_context()
        below._table = context.table
        lower = _cv_app.set(below)
    try:
        yield
    finally:
        if below is not None:
            put_back(_cv_app, below, lower)
        put_back(_cv_request, context, former)


def explained(app: Any, context: RequestContext) -> Explanation:
    adapter, error = find(context)
    request, table = context.request, context.table
    sought = sought_by(context, adapter)
    winner = winning(adapter, sought, error, context)
    rules = tuple(rules_seen(table, sought, winner, error))
    outcome = outcome_of(app, context, winner, error)
    endpoint = None if request.url_rule is None else request.url_rule.endpoint
    return Explanation(
        method=request.method,
        path=request.path,
        host=request.environ.get("HTTP_HOST", ""),
        outcome=outcome,
        rules=rules,
        calls=tuple(calls(table, endpoint, outcome)),
        handlers=tuple(handlers_at_hand(table, scopes_of(endpoint))),
    )


def find(context: RequestContext) -> tuple[MapAdapter | None, Exception | None]:
    """Match a request as its push does; return by what, and what went wrong."""
    try:
        adapter = context.url_adapter
        # Made before, so that the one that matches is the one that explains.
        context.match_request()
    except HTTPException as error:  # a host that is not trusted
        return None, error
    except Exception as error:
        return context.url_adapter, error
    return adapter, context.request.routing_exception


def sought_by(context: RequestContext, adapter: MapAdapter | None) -> Sought:
    """Return what the rules are asked for, as the adapter asks them."""
    request = context.request
    path = request.path
    if adapter is None:
        return Sought(request.method, f"/{path.lstrip('/')}")
    path = adapter.path_info
    host = adapter.server_name
    if not adapter.map.host_matching and adapter.subdomain is not None:
        host = adapter.subdomain
    return Sought(
        method=request.method.upper(),
        path=f"/{path.lstrip('/')}" if path else "",
        host=host,
        merge_slashes=adapter.map.merge_slashes,
        websocket=adapter.websocket,
    )


def winning(
    adapter: MapAdapter | None,
    sought: Sought,
    error: Exception | None,
    context: RequestContext,
) -> Rule | None:
    """Return the rule that was followed, into a redirect too."""
    if error is None:
        rule: Rule | None = context.request.url_rule
        return rule
    if adapter is None or not isinstance(error, RequestRedirect):
        return None
    path = sought.path
    for _ in range(3):  # merged slashes, a slash at the end, a rule
        try:
            rule, _ = adapter.map._matcher.match(
                sought.host or "", path, sought.method, sought.websocket
            )
        except RequestPath as elsewhere:
            path = elsewhere.path_info
        except RequestAliasRedirect as alias:
            return alias_of(adapter, alias.endpoint, sought)
        except NoMatch:
            return None
        else:
            return rule
    return None


def alias_of(adapter: MapAdapter, endpoint: Any, sought: Sought) -> Rule | None:
    rules = adapter.map._rules_by_endpoint.get(endpoint, ())
    found = (each for each in rules if each.alias and not each.build_only)
    return next((e for e in found if judge(e, sought).verdict == "redirects"), None)


def rules_seen(
    table: Table, sought: Sought, winner: Rule | None, error: Exception | None
) -> Iterator[RuleSeen]:
    routes = (each for each in table.records if isinstance(each, Route))
    for route, rule in zip(routes, table.bound.values(), strict=True):
        judgment = judge(rule, sought)
        verdict, reason = judgment.verdict, judgment.reason
        if rule is winner:
            verdict, reason = "won", said_of_winner(rule, judgment, error)
        elif winner is not None and verdict in {"matches", "redirects"}:
            verdict, reason = "outranked", f"{reason}, but {winner.rule} comes first"
        yield RuleSeen(
            rule=rule.rule,
            methods=asked_of(rule),
            endpoint=rule.endpoint,
            owner=route.owner,
            scope=route.scope,
            verdict=verdict,
            reason=reason,
            refusals=judgment.refusals,
            likeness=judgment.likeness,
            place=place_of(rule),
        )


def said_of_winner(rule: Rule, judgment: Judgment, error: Exception | None) -> str:
    if not isinstance(error, RequestRedirect):
        return "it matches"
    leads = f"so it redirects to {error.new_url}"
    if judgment.verdict == "redirects":
        return f"{judgment.reason}, {leads}"
    if rule.redirect_to is not None:
        return f"it matches and has a redirect_to, {leads}"
    return f"it matches, but another rule has these values as defaults, {leads}"


def outcome_of(
    app: Any, context: RequestContext, winner: Rule | None, error: Exception | None
) -> Outcome:
    request = context.request
    endpoint = None if winner is None else winner.endpoint
    if isinstance(error, RequestRedirect):
        return Outcome(
            "redirect", error.code, endpoint, location=error.new_url, error=error
        )
    if isinstance(error, HTTPException):
        status = error.code
        if app.trap_http_exception(error) and not handled(context.table, error, None):
            status = 500
        allowed = (
            tuple(in_order(error.valid_methods or ()))
            if isinstance(error, MethodNotAllowed)
            else ()
        )
        return Outcome("refused", status, allowed=allowed, error=error)
    if error is not None:
        return Outcome("raises", 500, error=error)
    values = dict(request.view_args or {})
    if request.method == "OPTIONS" and getattr(
        winner, "provide_automatic_options", False
    ):
        allow = context.url_adapter.allowed_methods() if context.url_adapter else ()
        return Outcome("options", 200, endpoint, values, tuple(in_order(allow)))
    return Outcome("view", None, endpoint, values)


# The functions that would run


def calls(table: Table, endpoint: str | None, outcome: Outcome) -> Iterator[Call]:
    scopes = scopes_of(endpoint)
    if outcome.kind != "raises":
        for kind in BEFORE:
            yield from hook_calls(table, kind, scopes)
    yield answer(table, outcome)
    for kind in AFTER:
        yield from hook_calls(table, kind, scopes)


def answer(table: Table, outcome: Outcome) -> Call:
    """Return what would answer: the view, an error handler, or nobody's function."""
    if outcome.kind == "view":
        view = view_record(table, outcome.endpoint)
        if view is not None:
            return Call("view", short_name(view.target), view.owner, view.scope)
        return Call("itself", "no view yet", FRAMEWORK)
    if outcome.kind == "options":
        return Call("itself", f"Allow: {', '.join(outcome.allowed)}", FRAMEWORK)
    if outcome.kind == "redirect":
        return Call("itself", f"{outcome.status} to {outcome.location}", FRAMEWORK)
    error = outcome.error
    if not isinstance(error, HTTPException):
        error = InternalServerError()
    handler = handled(table, error, None)
    if handler is not None:
        return handler_call(handler)
    return Call("itself", f"{outcome.status} {error.name}", FRAMEWORK)
