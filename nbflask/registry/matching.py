"""From a request's path to a rule: what is the same every time is remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from werkzeug.routing import MapAdapter, Rule

#: So many origins are remembered with their URL adapters, and so many paths with
#: their rules. When full, they are forgotten.
MOST_ADAPTERS = 64
MOST_PATHS = 2_048


class Matcher:
    """Matches requests by the rules of one table."""

    __slots__ = ("_adapters", "_paths")

    def __init__(self) -> None:
        self._adapters: dict[Hashable, MapAdapter] = {}
        self._paths: dict[Hashable, Rule] = {}

    def match(
        self, origin: Hashable, bind: Callable[[], MapAdapter], environ: dict[str, Any]
    ) -> tuple[Rule, dict[str, Any]]:
        """Return the rule and the values for a request.

        `origin` stands for all that `bind` makes an adapter of, host and scheme and
        script name, so that one adapter serves every request to that origin. A path
        without variables leads to the same rule every time, so it is looked up.
        """
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        known = self._paths.get((origin, method, path))
        if known is not None:
            return known, dict(known.defaults) if known.defaults else {}
        adapter = self._adapters.get(origin)
        if adapter is None:
            adapter = bind()
            remember(self._adapters, origin, adapter, MOST_ADAPTERS)
        rule, values = adapter.match(
            path.encode("latin1").decode(errors="replace"),
            method,
            return_rule=True,
            query_args=environ.get("QUERY_STRING", ""),
            websocket=False,
        )
        if not rule._converters:
            remember(self._paths, (origin, method, path), rule, MOST_PATHS)
        return rule, dict(values)


def remember(known: dict[Any, Any], key: Hashable, value: Any, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value
