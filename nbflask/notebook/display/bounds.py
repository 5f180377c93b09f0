"""A view cut to what a card may hold of each part but the body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from .bodies import bound
from .tree import shorten
from .view import Failure, Frame, Hop, Limits, Pairs, ResponseView


def bounded(view: ResponseView, limits: Limits) -> tuple[ResponseView, tuple[str, ...]]:
    """Return a view that is small enough, and notes on what it leaves out."""
    log, log_note = bound(view.log, replace(limits, lines=limits.log_lines))
    requested = view.request_headers
    cut = replace(
        view,
        method=shorten(view.method, limits.name),
        path=shorten(view.path, limits.path),
        reason=shorten(view.reason, limits.name),
        mimetype=shorten(view.mimetype, limits.name),
        endpoint=_named(view.endpoint, limits),
        view_name=_named(view.view_name, limits),
        cell=_named(view.cell, limits),
        headers=_pairs(view.headers, limits.headers, limits),
        request_headers=requested and _pairs(requested, limits.headers, limits),
        cookies_set=_pairs(view.cookies_set, limits.cookies, limits),
        redirects=tuple(_hop(hop, limits) for hop in view.redirects[-limits.hops :]),
        hints=tuple(
            shorten(hint, limits.header) for hint in view.hints[: limits.hints]
        ),
        failure=view.failure and bounded_failure(view.failure, limits),
        log=log,
        title=shorten(view.title, limits.name),
    )
    return cut, (*_left_out(view, limits), *([f"Log: {log_note}"] if log_note else []))


def _left_out(view: ResponseView, limits: Limits) -> tuple[str, ...]:
    counts = (
        (len(view.redirects) - limits.hops, "earlier redirects"),
        (len(view.hints) - limits.hints, "hints"),
        (len(view.headers) - limits.headers, "headers"),
        (len(view.request_headers or ()) - limits.headers, "request headers"),
        (len(view.cookies_set) - limits.cookies, "cookies"),
    )
    return tuple(f"{n:,} more {name} are not shown." for n, name in counts if n > 0)


def _named(name: str | None, limits: Limits) -> str | None:
    return None if name is None else shorten(name, limits.name)


def _pairs(pairs: Pairs, count: int, limits: Limits) -> Pairs:
    return tuple(
        (shorten(name, limits.name), shorten(value, limits.header))
        for name, value in pairs[:count]
    )


def _hop(hop: Hop, limits: Limits) -> Hop:
    path, location = (shorten(t, limits.path) for t in (hop.path, hop.location))
    return Hop(shorten(hop.method, limits.name), path, hop.status, location)


@dataclass(frozen=True, slots=True)
class Portion:
    """How many of the exceptions that go with one are shown, and how many more go
    with each of these."""

    members: int
    earlier: int
    each: int


def portion(room: int, members: int, earlier: int, limits: Limits) -> Portion:
    """Divide the room for further exceptions: each that is shown gets its share."""
    before = min(earlier, limits.earlier, room)
    within = min(members, limits.members, room - before)
    taken = before + within
    return Portion(within, before, (room - taken) // taken if taken else 0)


def bounded_failure(failure: Failure, limits: Limits) -> Failure:
    """Return an exception with no more frames, text and further exceptions than a
    card may hold; the further ones get less of it than the first."""
    return _failure(failure, limits, limits.failures)


def _failure(failure: Failure, limits: Limits, room: int) -> Failure:
    members, earlier = failure.members, failure.earlier
    part = portion(room, len(members), len(earlier), limits)
    less = replace(
        limits,
        first_frames=min(limits.first_frames, 1),
        last_frames=min(limits.last_frames, 3),
        message=min(limits.message, limits.header),
        message_lines=min(limits.message_lines, 10),
        header=min(limits.header, limits.cell),
        remarks=min(limits.remarks, 3),
    )
    return Failure(
        shorten(failure.type, limits.name),
        _lines(shorten(failure.message, limits.message), limits),
        _frames(failure.frames, limits),
        _remarks(failure.notes, limits),
        tuple(_failure(each, less, part.each) for each in members[: part.members]),
        tuple(
            replace(each, failure=_failure(each.failure, less, part.each))
            for each in earlier[: part.earlier]
        ),
        failure.more_members + len(members) - part.members,
        failure.more_earlier + len(earlier) - part.earlier,
    )


def _frames(frames: tuple[Frame, ...], limits: Limits) -> tuple[Frame, ...]:
    first, last = limits.first_frames, limits.last_frames
    frames = tuple(_without_repeats(frames))
    missing = len(frames) - first - last
    if missing > 0:
        gap = Frame(f"… {missing:,} frames left out", 0, "")
        frames = (*frames[:first], gap, *frames[first + missing :])
    return tuple(_frame(frame, limits) for frame in frames)


def _without_repeats(frames: tuple[Frame, ...]) -> Iterator[Frame]:
    """Yield frames, those of a function that calls itself at one line once."""
    for frame, same in groupby(frames):
        count = len([*same])
        yield frame
        if count == 2:
            yield frame
        elif count > 2:
            yield Frame(f"… the same {count - 1:,} more times", 0, "")


def _remarks(notes: tuple[str, ...], limits: Limits) -> tuple[str, ...]:
    missing = len(notes) - limits.remarks
    shown = tuple(
        _lines(shorten(each, limits.header), limits) for each in notes[: limits.remarks]
    )
    return (*shown, f"… {missing:,} more") if missing > 0 else shown


def _lines(text: str, limits: Limits) -> str:
    """Return a text of no more lines than a message may have."""
    lines = text.splitlines()
    missing = len(lines) - limits.message_lines
    if missing <= 0:
        return text
    return "\n".join([*lines[: limits.message_lines], f"… {missing:,} more lines"])


def _frame(frame: Frame, limits: Limits) -> Frame:
    lines = tuple((n, shorten(t, limits.header), now) for n, t, now in frame.lines)
    location = shorten(frame.location, limits.path)
    return Frame(location, frame.lineno, shorten(frame.function, limits.name), lines)
