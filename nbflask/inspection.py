"""Looking into an app: what its methods for that are, and how they are called.

What they do is loaded when it is asked for; no request pays for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .doors import open_door

if TYPE_CHECKING:
    from .explain import Explanation


class Inspection:
    """What an app tells of itself. Mixed into the app."""

    def explain(
        self, method: str, path: str, *, host: str | None = None, **options: Any
    ) -> Explanation:
        """Return why a request goes where it goes, without sending it.

        Takes a query in the path, the `host` to ask, and the keywords of
        `test_request_context`.

        >>> why = app.explain("GET", "/users/abc")
        >>> why.outcome.kind, why.outcome.status
        ('refused', 404)
        >>> [(seen.rule, seen.verdict, seen.reason) for seen in why.nearest]
        [('/users/<int:id>', 'converter', "'abc' is not an int"),
         ('/users', 'path', 'another path')]
        >>> [(call.kind, call.name, str(call.owner)) for call in why.calls]
        [('before_request', 'log_in', 'cell [2]'),
         ('itself', '404 Not Found', 'nbflask')]
        """
        explanation: Explanation = open_door("explain")(
            self, method, path, host, **options
        )
        return explanation
