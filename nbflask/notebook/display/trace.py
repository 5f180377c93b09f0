"""A traced request as a card: a timeline, a bar for each step on one axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from ...recording import Step, Trace
from .page import Card, line, render
from .plain import colour_of, duration, with_phrase
from .tree import shorten
from .view import DEFAULT_LIMITS, Limits, cut_short

#: What a kind of step is called, and its colour where no stylesheet is.
KINDS = {
    "middleware": ("middleware", "around"),
    "context": ("", "around"),
    "match": ("match", "match"),
    "url_value_preprocessor": ("url_value_preprocessor", "hook"),
    "before_request": ("before_request", "hook"),
    "view": ("view", "view"),
    "context_processor": ("context_processor", "hook"),
    "template": ("template", "template"),
    "signal": ("signal", "signal"),
    "error_handler": ("errorhandler", "handler"),
    "adapter": ("adapter", "template"),
    "response": ("", "around"),
    "after_this_request": ("after_this_request", "hook"),
    "after_request": ("after_request", "hook"),
    "teardown": ("", "around"),
    "teardown_request": ("teardown_request", "hook"),
    "teardown_appcontext": ("teardown_appcontext", "hook"),
    "body": ("", "template"),
}
COLOURS = {
    "around": "#afb8c1",
    "match": "#8250df",
    "hook": "#9a6700",
    "view": "#0969da",
    "template": "#1a7f37",
    "signal": "#bf3989",
    "handler": "#bc4c00",
    "failed": "#cf222e",
}
#: Steps of one card, and how deep they are drawn.
MOST_STEPS = 120
DEEPEST = 8
#: So wide, in text, is the part of a line before the cell at most, which leaves a cell
#: its place in a terminal of 80 columns; longer notes move it.
TEXT_WIDTH = 48


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it is drawn; left and width are percentages of the axis."""

    tone: str
    colour: str
    word: str
    name: str
    note: str
    cell: str
    depth: int
    left: str
    width: str
    began: str
    took: str
    is_moment: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis, and how wide the axis is up to the next, in percent."""

    label: str
    width: str


def card(
    trace: Trace, limits: Limits = DEFAULT_LIMITS, *, truncated: str | None = None
) -> Card:
    """Return a trace's card; `truncated` says why the body was not read whole.

    Its text looks like this:
    GET /users/1  200 OK  1.1 ms
       began     took
       0.005    0.413  context push
       0.280    0.135    match /users/<int:id>  id=1  cell [3]
       0.719    0.211  view user  returned dict       cell [3]
    """
    told = [each for each in trace.steps if each.receivers != 0]
    rows = [row_of(each, trace.seconds, limits) for each in told[:MOST_STEPS]]
    ticks = ticks_of(trace.seconds)
    unheard = unheard_in(trace.steps)
    notes = notes_on(
        (*trace.notes, *cut_short(truncated)), len(told) - MOST_STEPS, limits
    )
    method, path = shorten(trace.method, limits.name), shorten(trace.path, limits.path)
    status = "no answer" if trace.status is None else with_phrase(trace.status)
    html = render(
        "trace.html",
        method=method,
        path=path,
        status=status,
        tone=f"{(trace.status or 500) // 100}xx",
        colour=colour_of(trace.status or 500),
        total=duration(trace.seconds),
        ticks=ticks,
        grid=ticks[0].width,
        rows=rows,
        unheard=[line(shorten(name, limits.name)) for name in unheard[:MOST_STEPS]],
        notes=notes,
    )
    head = line(f"{method} {path}  {status}  {duration(trace.seconds)}")
    if unheard:
        names = shorten(", ".join(unheard), limits.header)
        notes = (*notes, line(f"Signals that nobody received: {names}."))
    return Card("\n".join([head, *text_of(rows), *(f"({n})" for n in notes)]), html)


def unheard_in(steps: Sequence[Step]) -> list[str]:
    """Return the signals that nobody received, where somebody listens to any: else
    they tell nothing of the request."""
    if not any(each.receivers for each in steps):
        return []
    return [*dict.fromkeys(each.name for each in steps if each.receivers == 0)]


def row_of(step: Step, seconds: float, limits: Limits) -> StepRow:
    word, tone = KINDS.get(step.kind, (shorten(step.kind, limits.name), "around"))
    tone = "failed" if step.failed else tone
    whole = seconds or 1.0
    left = min(step.began / whole, 1.0) * 100
    return StepRow(
        tone=tone,
        colour=COLOURS[tone],
        word=word,
        name=shorten(step.name, limits.name),
        note=note_of(step, limits),
        cell="" if step.owner is None else shorten(str(step.owner), limits.name),
        depth=min(step.depth, DEEPEST),
        left=f"{left:.2f}",
        width=f"{min(step.took / whole * 100, 100 - left):.2f}",
        began=milliseconds(step.began),
        took="" if step.receivers is not None else milliseconds(step.took),
        is_moment=step.receivers is not None,
    )


def note_of(step: Step, limits: Limits) -> str:
    note = f"given {', '.join(step.names)}" if step.names else step.note
    if step.receivers is not None:
        count = f"{step.receivers} receiver{'' if step.receivers == 1 else 's'}"
        note = f"to {count}: {note}"
    if step.scope is not None:
        note = f"of {step.scope} · {note}" if note else f"of {step.scope}"
    return shorten(note, limits.cell)


def milliseconds(seconds: float) -> str:
    """Return a time as a number of milliseconds that is as exact as it is short."""
    value = seconds * 1000
    if value < 1:
        return f"{value:.3f}" if value else "0"
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def ticks_of(seconds: float) -> list[Tick]:
    """Return round numbers of milliseconds, at most five, for an axis."""
    whole = seconds * 1000
    if not whole:
        return [Tick("0", "100.00")]
    unit = 10.0 ** floor(log10(whole / 4))
    step = next(n * unit for n in (1, 2, 5, 10) if n * unit >= whole / 4)
    count = int(whole / step) + 1
    width = f"{min(step / whole, 1.0) * 100:.2f}"
    return [Tick(f"{n * step:,.6g}", width) for n in range(count)]


def notes_on(notes: Sequence[str], missing: int, limits: Limits) -> tuple[str, ...]:
    return tuple(
        line(shorten(note, limits.header))
        for note in (
            f"{missing:,} more steps are not shown." if missing > 0 else "",
            *notes,
        )
        if note
    )


def text_of(rows: Sequence[StepRow]) -> Iterable[str]:
    """Return a line for each step: when it began, how long it took, in ms."""
    if rows:
        yield "   began     took"
    shown = [described(each) for each in rows]
    width = max((len(each) for each in shown if len(each) <= TEXT_WIDTH), default=0)
    for row, what in zip(rows, shown, strict=True):
        whole = f"{row.began:>8} {row.took:>8}  {what:<{width}}  {line(row.cell)}"
        yield whole.rstrip()


def described(row: StepRow) -> str:
    """Return what a step is, as text, as far in as it is deep."""
    what = " ".join(filter(None, (row.word, row.name)))
    what = f"{'  ' * row.depth}{'!' if row.tone == 'failed' else ''}{what}"
    return line(f"{what}  {row.note}" if row.note else what)
