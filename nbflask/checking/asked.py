"""Which routes requests have reached, whoever sent them: clients, visitors, magics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from ..app import Flask
from ..ctx import current_request_context
from ..registry.records import Route, View
from ..signals import request_started

#: The endpoint of the files of an app, and the last part of a blueprint's.
STATIC = "static"

#: What tells a route from the others: its app, endpoint, rule, and host.
Key = tuple[Flask, str, str, str | None]


class Asked:
    """Notes the view behind each request of this process, from the beginning on."""

    def __init__(self) -> None:
        self._views: dict[Key, dict[str, Any]] = {}
        request_started.connect(self._note)

    def stop(self) -> None:
        """Note no more."""
        request_started.disconnect(self._note)

    def _note(self, app: Flask, **_: Any) -> None:
        request = current_request_context().request
        rule = request.url_rule
        if rule is not None:
            view = app.view_functions.get(rule.endpoint)
            self._views.setdefault(key_of(app, rule), {})[request.method] = view

    def missing(
        self, app: Flask, route: Route, rule: Rule, view: Any
    ) -> dict[str, bool]:
        """Return the methods by which a route's view was not asked, each with whether
        another view was, which it has taken the place of."""
        views = self._views.get(key_of(app, rule), {})
        if "HEAD" in views and "HEAD" not in route.asked_methods:
            views = {"GET": views["HEAD"], **views}
        return {
            method: method in views
            for method in sorted(route.asked_methods)
            if method not in views or views[method] is not view
        }


def key_of(app: Flask, rule: Rule) -> Key:
    host = rule.host if rule.map.host_matching else rule.subdomain
    return app, rule.endpoint, rule.rule, host


def routes_of(app: Flask) -> Iterator[tuple[Route, Rule, Any]]:
    """Yield each route that a person made, with its rule and the view it leads to."""
    table = app.registry.table
    views = {each.endpoint: each for each in table.records if isinstance(each, View)}
    routes = (each for each in table.records if isinstance(each, Route))
    for route, rule in zip(routes, table.bound.values(), strict=True):
        view = views.get(route.endpoint)
        leads = not rule.build_only and rule.redirect_to is None
        is_static = route.endpoint.rpartition(".")[2] == STATIC
        if view is not None and leads and not is_static:
            yield route, rule, view.target
