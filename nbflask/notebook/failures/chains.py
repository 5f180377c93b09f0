"""What goes with an exception: what led to it, what a group holds, what is noted on
it. Shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..display.bounds import portion
from ..display.view import DEFAULT_LIMITS, Earlier, Failure, Limits
from .frames import has_own_frames, passes_here, shown_frames

NO_MESSAGE = "(its message cannot be read)"
NO_NOTE = "(a note that cannot be read)"


@dataclass(frozen=True, slots=True)
class Link:
    """An exception that led to another: as its cause, or while it was handled."""

    error: BaseException
    is_cause: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An exception with what is to be told beside it, the latest first of what led to
    it. The counts say how many more of each there are."""

    error: BaseException
    is_cause: bool = False
    members: tuple[Account, ...] = ()
    earlier: tuple[Account, ...] = ()
    more_members: int = 0
    more_earlier: int = 0


def failure_of(error: BaseException, shell: Any) -> Failure:
    """Return an exception as cards show it, with what goes with it."""
    return _failure_of(account_of(error, shell), shell)


def _failure_of(account: Account, shell: Any) -> Failure:
    error = account.error
    return Failure(
        type(error).__name__,
        message_of(error),
        shown_frames(error, shell),
        notes_of(error),
        tuple(_failure_of(each, shell) for each in account.members),
        tuple(
            Earlier(
                "Caused by" if each.is_cause else "While handling",
                _failure_of(each, shell),
            )
            for each in account.earlier
        ),
        account.more_members,
        account.more_earlier,
    )


def account_of(
    error: BaseException, shell: Any, limits: Limits = DEFAULT_LIMITS
) -> Account:
    """Return an exception with what there is room for beside it, each told once."""
    told = {id(error)}

    def tell(link: Link, chain: list[Link], room: int) -> Account:
        members = [each for each in members_of(link.error) if id(each) not in told]
        told.update(map(id, members))
        chain = [each for each in chain if id(each.error) not in told]
        told.update(id(each.error) for each in chain)
        part = portion(room, len(members), len(chain), limits)
        return Account(
            link.error,
            link.is_cause,
            tuple(
                tell(Link(each, is_cause=False), links(each, shell), part.each)
                for each in members[: part.members]
            ),
            tuple(tell(each, [], part.each) for each in chain[: part.earlier]),
            len(members) - part.members,
            len(chain) - part.earlier,
        )

    first = Link(error, is_cause=False)
    return tell(first, links(error, shell), limits.failures)


def came_from_here(error: BaseException, shell: Any) -> bool:
    """Whether an exception, or one that led to it, came out of this package."""
    steps = (error, *(each for each, _ in _steps_before(error)))
    return any(passes_here(each, shell) for each in steps)


def links(error: BaseException, shell: Any) -> list[Link]:
    """Return what led to an exception, the latest first, as far as it tells anything.

    What came up and was handled in libraries alone is theirs; a cause that lies
    there counts if it says more than the exception that names it. What a group
    holds is told with the group.
    """
    found: list[Link] = []
    later, causes, is_next, held = error, True, True, held_by(error)
    for step, is_cause in _steps_before(error):
        causes = causes and is_cause
        named = is_next and is_cause and says_more(step, later)
        is_next = id(step) not in held and (named or has_own_frames(step, shell))
        if is_next:
            found.append(Link(step, causes))
            held |= held_by(step)
            later, causes = step, True
    return found


def _steps_before(error: BaseException) -> Iterator[tuple[BaseException, bool]]:
    """Yield each exception of a chain once, and whether it is a cause."""
    seen = {id(error)}
    while True:
        is_cause = error.__cause__ is not None
        hidden = is_cause or error.__suppress_context__
        before = error.__cause__ if hidden else error.__context__
        if before is None or id(before) in seen:
            return
        seen.add(id(before))
        yield before, is_cause
        error = before


def says_more(cause: BaseException, later: BaseException) -> bool:
    said = message_of(cause)
    if not said:
        return type(cause) is not type(later)
    return said not in message_of(later)


def members_of(error: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions of a group, be it Python's own or, before 3.11, the
    backport's; none if it is no group."""
    if all(each.__name__ != "BaseExceptionGroup" for each in type(error).__mro__):
        return ()
    try:
        members = tuple(error.exceptions)  # type: ignore[attr-defined]
    except Exception:
        return ()
    return tuple(each for each in members if isinstance(each, BaseException))


def held_by(error: BaseException) -> set[int]:
    """Return the ids of all that a group holds, be it in groups within it."""
    held: set[int] = set()
    waiting = [*members_of(error)]
    while waiting:
        member = waiting.pop()
        if id(member) not in held:
            held.add(id(member))
            waiting += members_of(member)
    return held


def notes_of(error: BaseException) -> tuple[str, ...]:
    """Return what was noted on an exception, whatever somebody put there."""
    try:
        notes = getattr(error, "__notes__", ())
        several = tuple(notes) if isinstance(notes, list | tuple) else (notes,)
    except Exception:
        return ()
    texts = (_text_of(each) for each in several if each is not None)
    return tuple(NO_NOTE if each is None else each for each in texts)


def message_of(error: BaseException) -> str:
    said = _text_of(error)
    return NO_MESSAGE if said is None else said


def _text_of(thing: object) -> str | None:
    try:
        return str(thing)
    except Exception:
        return None
