"""The signals an application sends. Who sends them, and when, is decided where
the event happens.
"""

from __future__ import annotations

from typing import Any

from blinker import Namespace, Signal

__all__ = [
    "Namespace",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "got_request_exception",
    "message_flashed",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "template_rendered",
]

# Extensions make a Namespace of their own.
_signals = Namespace()

template_rendered = _signals.signal("template-rendered")
before_render_template = _signals.signal("before-render-template")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
message_flashed = _signals.signal("message-flashed")


def announce(signal: Signal, app: Any, **what: Any) -> None:
    """Send a signal of an app to those who listen, async functions among them.

    Where every request passes, ask `signal.receivers` first: that is cheaper.
    """
    signal.send(app, _async_wrapper=app.ensure_sync, **what)
