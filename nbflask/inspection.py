"""Looking into an app: what its methods for that are, and how they are called.

What they do is loaded when it is asked for; no request pays for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .doors import open_door

if TYPE_CHECKING:
    from .explain import Explanation
    from .outline import Branch


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

    def trace(
        self, method: str, path: str, *, client: Any = None, **options: Any
    ) -> Any:
        """Send a request and return its response, whose `trace` tells its life.

        Takes a `client` whose cookies are to be sent, and the keywords of its `open`.
        An exception that nothing answers becomes a 500. Of redirects that are
        followed, the first request is traced: `response.history[0].trace`.

        >>> trace = app.trace("GET", "/users/1").trace
        >>> trace.status, trace.seconds
        (200, 0.0011)
        >>> for step in trace.steps:
        ...     print("  " * step.depth, step.kind, step.name, step.note, step.owner)
         context context push  None
           match /users/<int:id> id=1 cell [3]
         before_request log_in  cell [2]
         view user returned dict cell [3]
         response response 200 OK None
           after_request stamp  cell [2]
         teardown context pop  None
        """
        return open_door("trace")(self, method, path, client, **options)

    def outline(self) -> Branch:
        """Return the tree of blueprints: where each is mounted, and what it holds.

        >>> shop = app.outline().branches[0]
        >>> shop.name, shop.prefix, str(shop.owner)
        ('shop', '/shop', 'cell [4]')
        >>> [(each.kind, each.name, str(each.owner)) for each in shop.members]
        [('route', 'GET /shop/<int:id>', 'cell [3]'),
         ('before_request', 'check', 'cell [3]')]
        """
        branch: Branch = open_door("outline")(self)
        return branch
