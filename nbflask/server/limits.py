"""How much a client may ask of the server. Beyond it, it is answered or hung up on."""

from __future__ import annotations

from ..values import Value


class Limits(Value):
    """Sizes in bytes, times in seconds.

    `head` is the most that a request's line and header fields may be together, `body`
    the most of what follows. `connections` may be open at once. A connection that asks
    nothing is closed after `idle`; a head must have come after `head_seconds`. A body,
    or an answer, may keep the server waiting for `stall` seconds at once, and after
    that for as long as so many bytes take at `rate` bytes a second: one that drips
    comes to an end, and none is slow for having been fast before.
    """

    head: int = 65_536
    body: int = 1_000_000_000
    connections: int = 200
    idle: float = 60.0
    head_seconds: float = 10.0
    stall: float = 30.0
    rate: float = 500.0

    def behind(self, before: float, waited: float, size: int) -> float:
        """Return by how many seconds a client is behind, of the `stall` that it may be.

        It was by `before`, and `size` bytes have then been waited for. More than all
        of `stall` is not held against it: the machine may have been asleep.
        """
        return max(0.0, min(before + waited, self.stall) - size / self.rate)


#: Of a body that nobody has read so much is passed over to keep the connection.
PASSED_OVER = 1_000_000
#: So long a client may take to hear of a connection's end.
LINGER = 2.0
