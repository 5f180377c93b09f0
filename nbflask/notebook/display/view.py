"""The data that a response's card shows. Holds no behaviour, no HTML."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed, and where it led."""

    method: str
    path: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback; lines are (number, text, is it the current one).

    Line 0 makes it a gap, whose location says what is left out.
    """

    location: str
    lineno: int
    function: str
    lines: tuple[tuple[int, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """The exception behind a response, outermost frame first.

    members are those of a group; earlier is what led to it, the latest first.
    The counts say how many more of each there are.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[Failure, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    more_members: int = 0
    more_earlier: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """An exception that led to another, and how: "Caused by"."""

    how: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A response and all that is known of how it came about.

    elapsed is in seconds; cell names the view's owner, "cell [3]"; truncated
    says why the body was not read to its end, None for a body read whole;
    request_headers are given for --verbose alone; title is what a person calls the
    request.
    """

    method: str
    path: str
    status_code: int
    reason: str
    headers: Pairs = ()
    body: bytes = b""
    mimetype: str = ""
    charset: str = "utf-8"
    elapsed: float = 0.0
    endpoint: str | None = None
    view_name: str | None = None
    cell: str | None = None
    redirects: tuple[Hop, ...] = ()
    cookies_set: Pairs = ()
    request_headers: Pairs | None = None
    request_body: bytes = b""
    failure: Failure | None = None
    log: str = ""
    hints: tuple[str, ...] = ()
    truncated: str | None = None
    title: str = ""


def cut_short(why: str | None) -> tuple[str, ...]:
    """Return what is said of a body that was not read to its end, else nothing."""
    if why is None:
        return ()
    return (f"The body was cut short{f': {why}' if why else ''}.",)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a card holds of each part; it says how much it leaves out."""

    characters: int = 20_000
    lines: int = 400
    rows: int = 50
    columns: int = 20
    cell: int = 200
    nodes: int = 400
    depth: int = 10
    page: int = 300_000
    image: int = 4_000_000
    download: int = 1_000_000
    hex_rows: int = 8
    first_frames: int = 3
    last_frames: int = 10
    message: int = 2_000
    message_lines: int = 30
    remarks: int = 10
    members: int = 8
    earlier: int = 5
    failures: int = 16
    log_lines: int = 200
    headers: int = 60
    header: int = 500
    path: int = 300
    hints: int = 12
    cookies: int = 20
    hops: int = 20
    name: int = 200


DEFAULT_LIMITS = Limits()
