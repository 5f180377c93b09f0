"""The URLs of an app: what matches them for a request, and what builds them."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from itertools import repeat
from operator import is_
from types import FunctionType
from typing import Any
from urllib.parse import quote

from werkzeug.routing import BuildError, Map, MapAdapter
from werkzeug.wsgi import get_host

from .ctx import RequestContext, outside, table_in_use
from .current import _cv_app, _cv_request, _sentinel

WEBSOCKET_SCHEMES = ("ws", "wss")
#: The characters of a host's name, with its port. What is longer is no host of anybody,
#: but may be said to fill the memory.
LONGEST_HOST = 260
#: How adapters build URLs, unless somebody has replaced it.
GENERAL_WAY = MapAdapter.build
#: To find a value that is None: asked whether it equals None, an array has no answer.
NONES = repeat(None)
SAFE_IN_ANCHORS = "%!#$&'()*+,/:;=?@"


def _bind(
    rules: Map, environ: dict[str, Any], server_name: str | None, subdomain: str | None
) -> MapAdapter:
    return rules.bind_to_environ(environ, server_name, subdomain)


# Werkzeug warns its caller of a host that is not SERVER_NAME, and programs silence
# the warning by the module of that caller.
bind_as_flask = FunctionType(_bind.__code__, {"__name__": "flask.app"})


class Urls:
    """Matching and building. Mixed into the app, which has all else."""

    config: Any
    subdomain_matching: bool
    url_map: Any
    _url_map: Any

    def create_url_adapter(self, request: Any) -> MapAdapter | None:
        """Return what matches and builds URLs for a request, or outside of one."""
        rules: Map = self.url_map.at(table_in_use(self).url_map)
        config = self.config
        if request is None:
            if config["SERVER_NAME"] is None:
                return None
            return rules.bind(
                config["SERVER_NAME"],
                script_name=config["APPLICATION_ROOT"],
                url_scheme=config["PREFERRED_URL_SCHEME"],
            )
        if config["TRUSTED_HOSTS"] is not None:
            request.trusted_hosts = config["TRUSTED_HOSTS"]
        # Refuses a host that is not trusted, before anything is matched.
        request.host = get_host(request.environ, request.trusted_hosts)
        if rules.host_matching:
            return rules.bind_to_environ(request.environ)
        subdomain = None if self.subdomain_matching else rules.default_subdomain or ""
        return bind_as_flask(  # type: ignore[no-any-return]
            rules, request.environ, config["SERVER_NAME"], subdomain
        )

    def origin_of(self, request: Any) -> Hashable | None:
        """Return what stands for all that URL adapters for this request depend on.

        None if the request needs an adapter of its own: its host must be checked, or
        is too long to be remembered, it asks for a websocket, or somebody makes
        adapters differently.
        """
        config, environ = self.config, request.environ
        scheme, said = environ["wsgi.url_scheme"], environ.get
        if (
            config["TRUSTED_HOSTS"] is not None
            or request.trusted_hosts is not None
            or "HTTP_UPGRADE" in environ
            or scheme in WEBSOCKET_SCHEMES
            or self._url_map.binds_its_own_way
            or "create_url_adapter" in self.__dict__
            or type(self).create_url_adapter is not Urls.create_url_adapter
        ):
            return None
        host = said("HTTP_HOST")
        if host is None:
            host = said("SERVER_NAME"), said("SERVER_PORT")
        elif len(host) > LONGEST_HOST:
            return None
        return (
            host,
            scheme,
            said("SCRIPT_NAME"),
            config["SERVER_NAME"],
            self.subdomain_matching,
        )

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Return the URL of an endpoint, with these values for its variables.

        Within a request it is a path, and ".name" is an endpoint of the same
        blueprint. Outside of one it is a whole URL, and needs SERVER_NAME.
        """
        __tracebackhide__ = True  # of a wrong endpoint the caller's line is to be seen
        context: RequestContext | None = _cv_request.get(None)
        if context is None:
            adapter: Any = self._adapter_outside_a_request()
        elif endpoint.startswith("."):
            endpoint = _relative_to(context.request.blueprint, endpoint)
        if _external is None:
            _external = _scheme is not None or context is None
        if _scheme is not None and not _external:
            raise ValueError("When specifying '_scheme', '_external' must be True.")
        self.inject_url_defaults(endpoint, values)
        url = None
        if context is not None:
            if not _external and _method is None:
                url = path_within(context, endpoint, values)
            if url is None:
                adapter = context.url_adapter
        if url is None:
            try:
                url = adapter.build(
                    endpoint, values, _method, _external, url_scheme=_scheme
                )
            except BuildError as error:
                values.update(_anchor=_anchor, _method=_method)
                values.update(_scheme=_scheme, _external=_external)
                return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote(_anchor, SAFE_IN_ANCHORS)}"

    def _adapter_outside_a_request(self) -> MapAdapter:
        context = _cv_app.get(None)
        adapter: MapAdapter | None = (
            self.create_url_adapter(None) if context is None else context.url_adapter
        )
        if adapter is None:
            raise outside(
                RequestContext.kind,
                "Unable to build URLs outside an active request without 'SERVER_NAME'"
                " configured. Also configure 'APPLICATION_ROOT' and"
                " 'PREFERRED_URL_SCHEME' as needed.",
            )
        return adapter

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Fill in what `url_defaults` hooks say, from the outside in."""
        for fill in table_in_use(self).chain(endpoint).url_defaults:
            fill(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Return what a build error handler makes of it, or raise."""
        __tracebackhide__ = True
        for handler in table_in_use(self).gather("url_build_error", (None,)):
            try:
                url = handler(error, endpoint, values)
            except BuildError as another:
                error = another
            else:
                if url is not None:
                    return url  # type: ignore[no-any-return]
        if error is sys.exc_info()[1]:
            raise
        raise error


def path_within(
    context: RequestContext, endpoint: str, values: dict[str, Any]
) -> str | None:
    """Return the path of an endpoint's URL for a request, as the context's adapter
    builds it, or None where that has to be asked.

    To make an adapter, and have it look for the best of all rules, takes longer than
    to build a URL.
    """
    table = context._table or context.table
    rule = table.rule_to(endpoint)
    if (
        rule is None
        or context._origin is None
        or context._adapter is not _sentinel
        or MapAdapter.build is not GENERAL_WAY
        or not rule.arguments <= values.keys()
        or any(map(is_, values.values(), NONES))
    ):
        return None
    built = rule.build(values)
    if built is None or built[0] != table.matcher.domain(context._origin):
        return None
    prefix = context.request.environ.get("SCRIPT_NAME") or ""
    if prefix:
        prefix = prefix.encode("latin1").decode(errors="replace").rstrip("/")
    return f"{prefix}/{built[1].lstrip('/')}"


def _relative_to(blueprint: str | None, endpoint: str) -> str:
    """Return an endpoint whose leading dot stands for a blueprint, or for the app."""
    return endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"
