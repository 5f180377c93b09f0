"""How much a client may ask of the server. Beyond it, it is answered or hung up on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    `head` is the most that a request's line and header fields may be together, `body`
    the most of what follows. `connections` may be open at once. A connection that asks
    nothing is closed after `idle`; a head must have come after `head_seconds`, and
    with a body, or an answer, something must go on every `stall` seconds.
    """

    head: int = 65_536
    body: int = 1_000_000_000
    connections: int = 200
    idle: float = 60.0
    head_seconds: float = 10.0
    stall: float = 30.0


#: Of a body that nobody has read so much is passed over to keep the connection.
PASSED_OVER = 1_000_000
#: So long a client may take to hear of a connection's end.
LINGER = 2.0
