"""Contexts that stay from cell to cell, until they are popped.

Every cell may run in a context of Python's own, and one that awaits always does, so
what is pushed is put back at each cell's beginning. Other threads never see it.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextvars import Token
from functools import partial
from typing import Any

from ...ctx import AppContext, RequestContext
from ...current import _cv_app, _cv_request
from ...registry.owners import Owner
from ...values import Value
from .watch import AtEnd, CellWatch, Ended

Context = AppContext | RequestContext

#: The messages of a kernel that run code while no cell does: those of widgets.
CALLBACKS = ("comm_open", "comm_msg", "comm_close")
#: Who has pushed a context without a magic: no cell is known for it.
BY_HAND = Owner("cell", "by hand", "pushed by hand", lasting=False)
#: What is said of a push that lay on a context of the cell's own.
ENDED_WITHIN = "ended with the cell, as it was within %%ctx"


class Pushed(Value):
    """A context that is pushed: by which line, of which cell, in which run of it.

    A `brief` one is popped when its cell ends.
    """

    context: Context
    line: str
    owner: Owner
    run: int
    brief: bool = False

    def was_pushed_by(self, owner: Owner, line: str) -> bool:
        """Whether a cell that runs again pushed this in its former run."""
        if self.owner == BY_HAND:
            return False
        return self.owner == owner if owner.lasting else self.line == line


class Popped(Value):
    """What was popped, the last one on top first, and the first exception that came
    out of a teardown: what it belonged to is gone all the same."""

    contexts: tuple[Pushed, ...] = ()
    error: BaseException | None = None


class Contexts:
    """The contexts that a notebook keeps pushed, the last one on top.

    `explain` makes text of an exception that came out of a teardown and that no
    cell is there to raise.
    """

    def __init__(
        self, shell: Any, watch: CellWatch, explain: Callable[[BaseException], str]
    ) -> None:
        self.shell = shell
        self.watch = watch
        self.explain = explain
        self._stack: list[Pushed] = []
        self._callbacks: dict[str, Callable[..., Any]] = {}
        self._run_code: Any = None

    @property
    def stack(self) -> tuple[Pushed, ...]:
        """What is pushed, the last one on top: the end."""
        self._adopt()
        return tuple(self._stack)

    # From cell to cell

    def heed(self) -> AtEnd:
        """Put back what is pushed at a cell's beginning; return what its end needs."""
        self.resume()
        return self._settle

    def resume(self) -> None:
        """Make current what was current when the last cell ended."""
        make_current(*self._on_top())

    def _on_top(self) -> tuple[AppContext | None, RequestContext | None]:
        self._forget_popped()
        app_context: AppContext | None = None
        request_context: RequestContext | None = None
        for each in self._stack:
            app_context = app_context_of(each.context) or app_context
            if isinstance(each.context, RequestContext):
                request_context = each.context
        return app_context, request_context

    def _settle(self, ended: Ended) -> None:
        self._adopt()
        brief = next((each for each in self._stack if each.brief), None)
        if brief is not None:
            # The end of a cell that awaits is heard outside of its context.
            self.resume()
            popped = self._pop_down_to(brief, ended.error)
            for each in popped.contexts:
                if each.line and not each.brief:
                    self.watch.tell(f"%ctx {each.line} {ENDED_WITHIN}")
            self._tell(popped)

    def _adopt(self) -> None:
        """Know of what was pushed and popped without a magic, too."""
        self._forget_popped()
        contexts = [each.context for each in self._stack]
        known = {*contexts, *map(app_context_of, contexts)}
        for each in current_contexts():
            if each not in known and each._formers:
                self._hold(Pushed(each, "", BY_HAND, self.watch.count))

    def _hold(self, pushed: Pushed) -> None:
        if not self._stack:
            atexit.register(self._end)
        self._stack.append(pushed)

    def _forget_popped(self) -> None:
        self._stack = [each for each in self._stack if each.context._formers]

    # Pushing and popping

    def push(self, context: Context, line: str, *, brief: bool = False) -> Popped:
        """Push a context; return what had to be popped first.

        A cell that runs again takes the place of what it pushed before. What a push
        raises, such as a session that cannot be opened, leaves nothing pushed.
        """
        owner, run = self.watch.owner(), self.watch.count
        again = (
            each
            for each in self.stack
            if each.run != run and each.was_pushed_by(owner, line)
        )
        former = next(again, None)
        popped = Popped() if former is None else self._pop_down_to(former)
        try:
            context.push()
        except BaseException as error:
            context.pop(error)
            raise
        self._hold(Pushed(context, line, owner, run, brief))
        return popped

    def pop(self) -> Popped:
        """Pop the context on top, with its teardown. IndexError if there is none."""
        return self._pop_down_to(self.stack[-1])

    def pop_all(self) -> Popped:
        """Pop everything, from the top."""
        self.resume()
        return self._pop_down_to(self._stack[0]) if self._stack else Popped()

    def _pop_down_to(
        self, lowest: Pushed, error: BaseException | None = None
    ) -> Popped:
        popped, failure = [], None
        while lowest in self._stack:
            top = self._stack.pop()
            popped.append(top)
            try:
                top.context.pop(error)
            except Exception as raised:
                failure = failure or raised
            finally:
                self._forget_popped()
        if not self._stack:
            atexit.unregister(self._end)
        return Popped(tuple(popped), failure)

    def _end(self) -> None:
        self._tell(self.pop_all())

    def _tell(self, popped: Popped) -> None:
        if popped.error is not None:
            told = self.explain(popped.error)
            self.watch.tell(f"A context is gone, but its teardown failed:\n{told}")

    # Callbacks, and code that awaits

    def start(self) -> None:
        """Have the callbacks of widgets see what is pushed, too; and know what a cell
        has pushed by hand, where its end is heard outside of its context."""
        self._run_code = vars(self.shell).get("run_code")
        self.shell.run_code = partial(self._run_and_adopt, self.shell.run_code)
        handlers = self._handlers()
        for name in CALLBACKS:
            if name in handlers and name not in self._callbacks:
                self._callbacks[name] = handlers[name]
                handlers[name] = self._within(handlers[name])

    def stop(self) -> None:
        """Pop everything, and give the shell its own ways back."""
        self._handlers().update(self._callbacks)
        self._callbacks.clear()
        if self._run_code is None:
            vars(self.shell).pop("run_code", None)
        else:
            self.shell.run_code = self._run_code
        self._end()

    async def _run_and_adopt(self, run: Any, *code: Any, **how: Any) -> Any:
        try:
            return await run(*code, **how)
        finally:
            self._adopt()

    def _handlers(self) -> dict[str, Any]:
        kernel = getattr(self.shell, "kernel", None)
        return getattr(kernel, "shell_handlers", None) or {}

    def _within(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        def handle(*message: Any) -> Any:
            self.resume()
            try:
                return handler(*message)
            finally:
                self._adopt()

        return handle


def make_current(
    app_context: AppContext | None, request_context: RequestContext | None
) -> None:
    """Make these two the current contexts of this thread, without a push."""
    for variable, context in ((_cv_app, app_context), (_cv_request, request_context)):
        if variable.get(None) is not context:
            variable.set(context)


def current_contexts() -> Iterator[Context]:
    """Yield what is current, but for an app context that a request has brought."""
    app_context: AppContext | None = _cv_app.get(None)
    request_context: RequestContext | None = _cv_request.get(None)
    brought = [app_context_of(each) for each in requests_below(request_context)]
    if app_context is not None and app_context not in brought:
        yield app_context
    if request_context is not None:
        yield request_context


def requests_below(context: RequestContext | None) -> Iterator[RequestContext]:
    """Yield a request's context, then the ones that it was pushed on."""
    while context is not None and context._formers:
        yield context
        before = context._formers[-1][0].old_value
        context = None if before is Token.MISSING else before


def app_context_of(context: Context) -> AppContext | None:
    """Return the app context that a context is, or that a request has brought."""
    if isinstance(context, AppContext):
        return context
    brought: AppContext | None = context._formers[-1][1]
    return brought


class Within:
    """Makes contexts the current ones of a block; None leaves what is current.

    They need not be pushed: those that have ended are looked into once more. What is
    raised passes untouched.
    """

    def __init__(
        self, contexts: tuple[AppContext | None, RequestContext | None] | None
    ) -> None:
        self._contexts = contexts

    def __enter__(self) -> None:
        self._before = _cv_app.get(None), _cv_request.get(None)
        if self._contexts is not None:
            make_current(*self._contexts)

    def __exit__(self, *raised: object) -> None:
        if self._contexts is not None:
            make_current(*self._before)
