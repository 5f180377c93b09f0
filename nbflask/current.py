"""What is current: the variables that hold contexts, how one is pushed onto them
and popped, and what `g` is. Knows of no app.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, ClassVar, Final, TypeVar

C = TypeVar("C", bound="Pushable")

#: Stands for an argument that was not given, where None is a value.
_sentinel: Final[Any] = object()

_cv_app: ContextVar[Any] = ContextVar("nbflask.app_ctx")
_cv_request: ContextVar[Any] = ContextVar("nbflask.request_ctx")


class Pushable:
    """A context that a `with` block pushes and pops, as often as one likes."""

    __slots__ = ()

    #: What such a context is called in messages.
    kind: ClassVar[str]
    #: One entry for each time that it was pushed and has not been popped.
    _formers: tuple[Any, ...]

    def push(self) -> None:
        raise NotImplementedError

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        raise NotImplementedError

    def __enter__(self: C) -> C:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.pop(exc_value)


def put_back(variable: ContextVar[Any], context: Pushable, former: Token[Any]) -> Any:
    """Make what was before a context was set current again; return what was current.

    `former` is what setting the context has returned. Works in another cell too,
    where that is not valid any more.
    """
    current = variable.get(None)
    if current is None:
        return None
    before = None if former.old_value is Token.MISSING else former.old_value
    if before is not None and not before._formers:
        # Popped out of turn: nobody would ever pop it again.
        variable.set(None if current is context else current)
        return current
    try:
        variable.reset(former)
    except ValueError:
        variable.set(before)
    return current


def unpushed(context: Pushable) -> LookupError:
    """Return what a pop too many raises."""
    return LookupError(
        f"Popped {context.kind} once too often. ({context!r} is not pushed:"
        " call push() before pop(), or use it in a 'with' block.)"
    )


def popped_wrong(context: Pushable, current: Pushable | None) -> Exception:
    """Return what the pop of a context that is not current raises."""
    if current is None:
        return LookupError(
            f"Popped {context.kind} while none was current. ({context!r} was pushed"
            " on another that was popped before it: pop the last one first.)"
        )
    return AssertionError(
        f"Popped wrong {context.kind}. ({current!r} instead of {context!r})"
    )


class _AppCtxGlobals:
    """What `g` is: a namespace that lives as long as its app context."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self, name: str, default: Any | None = None) -> Any:
        """Return an attribute, or `default` where there is none."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _sentinel) -> Any:
        """Remove an attribute and return it. KeyError without a `default`."""
        if default is _sentinel:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute, set to `default` first if there is none."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        context = _cv_app.get(None)
        if context is None:
            return object.__repr__(self)
        return f"<flask.g of '{context.app.name}'>"
