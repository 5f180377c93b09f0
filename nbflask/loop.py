"""The background event loops, where coroutines run for synchronous callers.

Each coroutine has a loop to itself while it runs, so that neither another thread
nor a coroutine that calls back into synchronous code waits for it. A loop that is
done with one serves the next, the one that was used last first: what is bound to
a loop keeps working from call to call. A notebook's own loop is never entered, and
a forked process has loops of its own.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import update_wrapper
from typing import Any

#: So many loops wait for the next coroutine; what comes back beyond that ends.
MOST_IDLE = 8
#: So long a caller waits before it listens for interrupts.
WAIT_SECONDS = 1.0
#: So long a loop has to hear that it is to end; what blocks it then is interrupted.
HEAR_SECONDS = 0.2
#: So long what is cancelled may clean up before its caller goes on.
CANCEL_SECONDS = 1.0

_lock = threading.Lock()
_loops: dict[Any, threading.Thread] = {}
_idle: list[Any] = []


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and return its result.

    It sees the caller's context variables, and the caller sees what it sets. An
    interrupt cancels it.

    In a browser it runs in the page's own loop, if that can be waited for; else
    RuntimeError is raised.
    """
    left: list[tuple[ContextVar[Any], Any]] = []
    run_to_its_end = _in_the_page if sys.platform == "emscripten" else _in_a_thread
    try:
        return run_to_its_end(coroutine, left)
    finally:
        for variable, value in left:
            if variable.get(None) is not value:
                variable.set(value)


def _in_a_thread(coroutine: Coroutine[Any, Any, Any], left: list[Any]) -> Any:
    import asyncio

    with _borrowed(asyncio) as loop:
        noted = _noting(coroutine, left)
        future = asyncio.run_coroutine_threadsafe(noted, loop)
        ended = threading.Event()
        future.add_done_callback(lambda _: ended.set())
        # An interrupt that comes just before a wait begins is heard when it ends.
        while not ended.wait(WAIT_SECONDS):
            pass
        return future.result()


def _in_the_page(coroutine: Coroutine[Any, Any, Any], left: list[Any]) -> Any:
    """Run a coroutine where there are no threads, by the browser's own means.

    See https://pyodide.org/en/stable/usage/api/python-api/ffi.html, run_sync.
    """
    from pyodide import ffi

    if not ffi.can_run_sync():
        coroutine.close()
        raise RuntimeError(
            "An async view needs a thread, or a browser that lets Python wait for it"
            " (JavaScript Promise Integration), and here is neither. Define the view"
            " with 'def' instead of 'async def'."
        )
    return ffi.run_sync(_noting(coroutine, left))


async def _noting(coroutine: Any, left: list[Any]) -> Any:
    try:
        return await coroutine
    finally:
        left.extend(copy_context().items())


@contextmanager
def _borrowed(asyncio: Any) -> Iterator[Any]:
    """Give the block a loop of its own, which outlasts it unless interrupted."""
    with _lock:
        loop = _idle.pop() if _idle else _started(asyncio)
    try:
        yield loop
    except Exception:
        _give_back(loop)
        raise
    except BaseException:
        _interrupt(loop)
        raise
    _give_back(loop)


def _started(asyncio: Any) -> Any:
    loop = asyncio.new_event_loop()
    _loops[loop] = thread = threading.Thread(
        target=_serve, args=(asyncio, loop), name="nbflask-loop", daemon=True
    )
    thread.start()
    return loop


def _serve(asyncio: Any, loop: Any) -> None:
    serving = True
    while serving:
        # Whoever waits for a coroutine is told of its SystemExit, not this thread.
        with suppress(KeyboardInterrupt, SystemExit):
            loop.run_forever()
            serving = loop in _loops
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


def _give_back(loop: Any) -> None:
    with _lock:
        if loop in _loops and len(_idle) < MOST_IDLE:
            _idle.append(loop)
            return
    _end(loop)


def _end(loop: Any) -> None:
    """End a loop and its thread; what still runs there is cancelled."""
    with _lock:
        if loop not in _loops:
            return
        del _loops[loop]
        if loop in _idle:
            _idle.remove(loop)
    loop.call_soon_threadsafe(loop.stop)


def _interrupt(loop: Any) -> None:
    """End a loop whose caller has been interrupted, with the coroutine in it.

    That may still be at work: its `finally` comes before what the caller does next,
    and nobody else shall ever wait for it.
    """
    thread, heard = _loops.get(loop), threading.Event()
    if thread is None:
        return
    loop.call_soon_threadsafe(heard.set)
    _end(loop)
    if not heard.wait(HEAR_SECONDS):
        _exit(thread)
    thread.join(CANCEL_SECONDS)


def _exit(thread: threading.Thread) -> None:
    """Raise SystemExit in a thread, which is busy, at its next step in Python."""
    with suppress(ImportError, AttributeError):  # where that cannot be done
        import ctypes

        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        raise_in(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


def stop() -> None:
    """End all loops and their threads. The next coroutine starts a new one."""
    known = list(_loops.items())
    for loop, _ in known:
        _end(loop)
    for _, thread in known:
        if thread is not threading.current_thread():
            thread.join(CANCEL_SECONDS)


def _begin_anew() -> None:
    """Forget the loops of the process that this one was forked from: their threads
    have stayed there."""
    _loops.clear()
    _idle.clear()
    _lock.release()


if hasattr(os, "register_at_fork"):
    # Held meanwhile, so that the forked process finds nothing half done.
    os.register_at_fork(
        before=_lock.acquire,
        after_in_parent=_lock.release,
        after_in_child=_begin_anew,
    )


def synchronous(function: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
    """Return a plain function that runs an async one to its end."""

    def run_to_its_end(*args: Any, **kwargs: Any) -> Any:
        return run(function(*args, **kwargs))

    return update_wrapper(run_to_its_end, function)
