"""The background server: an app on a socket, while the caller goes on working.

`background` starts and stops it, `listening` opens its socket, `connections` keeps
the threads. In each, `conversation` goes from request to request: `reading` takes a
head, `bodies` what follows it, `guard` lets it pass, `answering` sends what the app
says. `limits` tells how much of everything there may be. Here must not live:
notebooks, links through proxies, reloaders, and which app is the current one.
"""

from typing import TYPE_CHECKING, Any

from .limits import Limits

if TYPE_CHECKING:
    from .background import Server

__all__ = ["Limits", "Server"]


def __getattr__(name: str) -> Any:
    # Whoever asks for limits alone starts no server.
    if name == "Server":
        from .background import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
