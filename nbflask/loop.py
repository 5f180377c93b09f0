"""The one background event loop, where coroutines run for synchronous callers.

It is started by the first coroutine and shared by all: a notebook's own loop is
never entered twice.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any

_lock = threading.Lock()
_loop: Any = None


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and return its result.

    The caller's context variables are seen in it. An interrupt cancels it.
    Raises RuntimeError where no thread can be started, as in a browser.
    """
    import asyncio

    if sys.platform == "emscripten":
        coroutine.close()
        raise RuntimeError(
            "An async view needs a thread, and this Python has none."
            " Define the view with 'def' instead of 'async def'."
        )
    future = asyncio.run_coroutine_threadsafe(coroutine, _running_loop(asyncio))
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _running_loop(asyncio: Any) -> Any:
    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(
                target=_serve, args=(_loop,), name="nbflask-loop", daemon=True
            ).start()
        return _loop


def _serve(loop: Any) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def stop() -> None:
    """End the loop and its thread. The next coroutine starts a new one."""
    global _loop
    with _lock:
        loop, _loop = _loop, None
    if loop is not None:
        loop.call_soon_threadsafe(loop.stop)


def synchronous(function: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
    """Return a plain function that runs an async one to its end."""

    def run_to_its_end(*args: Any, **kwargs: Any) -> Any:
        return run(function(*args, **kwargs))

    return update_wrapper(run_to_its_end, function)
