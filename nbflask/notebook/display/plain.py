"""A response's card as text/plain. Knows no HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from .bodies import Body
from .page import clean, line, lines_of
from .view import Failure, Frame, ResponseView

_COLOURS = {2: "#1a7f37", 3: "#0969da", 4: "#9a6700", 5: "#cf222e"}


def status(view: ResponseView) -> str:
    """Return "200 OK", the code alone without a reason."""
    return f"{view.status_code} {view.reason}".strip()


def with_phrase(code: int | None) -> str:
    """Return a status with HTTP's own phrase, "200 OK"; the code alone without one."""
    try:
        return f"{code} {HTTPStatus(code or 0).phrase}"
    except ValueError:
        return str(code)


def colour_of(code: int) -> str:
    """Return the colour of a status's class."""
    return _COLOURS.get(code // 100, "#6e7781")


def size(count: int) -> str:
    """Return a number of bytes for people: 27 B, 1.2 kB, 3.4 MB."""
    if count < 1000:
        return f"{count} B"
    number, unit = count / 1000, "kB"
    if number >= 999.95:
        number, unit = number / 1000, "MB"
    return f"{number:.1f} {unit}"


def duration(seconds: float) -> str:
    """Return a time for people: 0.4 ms, 12 ms, 1.20 s."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.{1 if milliseconds < 10 else 0}f} ms"


def meta(view: ResponseView) -> str:
    """Return "application/json · 27 B · 0.4 ms"."""
    parts = (view.mimetype, size(len(view.body)), duration(view.elapsed))
    return " · ".join(part for part in parts if part)


def served_by(view: ResponseView) -> str:
    """Return "users_user_id (cell [3])", the view's name too where it differs."""
    name = view.endpoint or view.view_name or ""
    if view.view_name and name.rpartition(".")[2] != view.view_name:
        name = f"{name}: {view.view_name}"
    cell = f"({view.cell})" if view.cell else ""
    return f"{name} {cell}".strip()


def location(view: ResponseView) -> str:
    """Return where an unfollowed redirect points, or nothing."""
    if view.status_code // 100 != 3:
        return ""
    return {n.lower(): value for n, value in view.headers}.get("location", "")


def text(view: ResponseView, body: Body, notes: Sequence[str], folded: str) -> str:
    """Return the whole card as text; folded says what stands for the body."""
    server = served_by(view)
    head = f"{status(view)}  {view.method} {view.path}  {meta(view)}"
    lines = [f"### {view.title}"] if view.title else []
    lines.append(head + (f" → {server}" if server else ""))
    lines += [
        f"  ↳ {h.status} {h.method} {h.path} → {h.location}" for h in view.redirects
    ]
    lines += [f"  ↳ Location: {location(view)}"] if location(view) else []
    lines += [f"  {hint}" for hint in view.hints]
    lines += [f"  sets cookie {name}={value}" for name, value in view.cookies_set]
    if view.request_headers is not None:
        lines += [f"  > {name}: {value}" for name, value in view.request_headers]
        lines += [f"  < {name}: {value}" for name, value in view.headers]
    parts = [line(part) for part in lines]
    if view.failure is not None:
        parts += failure(view.failure)
    if view.log:
        parts += ["  log:", clean(view.log).rstrip("\n")]
    if folded or body.text:
        parts.append(folded or clean(body.text))
    return "\n".join([*parts, *(f"({line(note)})" for note in notes)])


def failure(failed: Failure, *, opens: bool = True) -> Iterator[str]:
    """Yield the lines of an exception: its frames, outermost first, what it says,
    how to look into it; then, further in, what goes with it.

    cell [2], line 3, in boom
    →   3      raise ValueError("bad row") from error
    ValueError: bad row
    %debug opens the last frame.
    Caused by KeyError: 'id'
      cell [1], line 2, in parse
    """
    for frame in failed.frames:
        yield from _frame(frame)
    yield from _said(failed)
    if failed.frames and opens:
        yield "%debug opens the last frame."
    yield from _beside(failed)


def _said(failed: Failure, how: str = "") -> Iterator[str]:
    """Yield what an exception says, and its notes: whatever is on lines of its own
    stands further in."""
    message = f"{failed.type}: {failed.message}" if failed.message else failed.type
    first, *rest = lines_of(f"{how} {message}".lstrip())
    yield first
    for note in failed.notes:
        rest += lines_of(note)
    yield from (f"  {each}".rstrip() for each in rest)


def _beside(failed: Failure) -> Iterator[str]:
    """Yield the members of a group, and what led to an exception."""
    whole = len(failed.members) + failed.more_members
    for number, member in enumerate(failed.members, 1):
        yield from _further(f"Exception {number} of {whole:,}:", member)
    if failed.more_members:
        yield f"… {failed.more_members:,} more in the group"
    for earlier in failed.earlier:
        yield from _further(earlier.how, earlier.failure)
    if failed.more_earlier:
        yield f"… {failed.more_earlier:,} more before that"


def _further(how: str, failed: Failure) -> Iterator[str]:
    """Yield the lines of an exception that goes with another, as the text of it."""
    yield from _said(failed, how)
    for frame in failed.frames:
        yield from (f"  {each}" for each in _frame(frame))
    yield from (f"  {each}" for each in _beside(failed))


def _frame(frame: Frame) -> Iterator[str]:
    if not frame.lineno:
        yield line(frame.location)
        return
    yield line(f"{frame.location}, line {frame.lineno}, in {frame.function}")
    for number, source, is_current in frame.lines:
        yield line(f"{'→' if is_current else ' '}{number:>4}  {source}")


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines whose columns begin at the same places."""
    cleaned = [[line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cleaned, strict=True)]
    return "\n".join(
        "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cleaned
    )
