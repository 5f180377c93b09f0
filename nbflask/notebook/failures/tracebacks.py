"""Exceptions as IPython writes them, with what goes with them, the libraries' frames
left out. Decides nothing of what is to be told: see `chains`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import indent
from types import TracebackType
from typing import Any

from .chains import Account, account_of, notes_of
from .frames import has_own_frames
from .legible import legible, of_own_code, placed

#: How Python says that one exception led to another.
CAUSED = "The above exception was the direct cause of the following exception:"
HANDLED = "During handling of the above exception, another exception occurred:"
CHAIN = ("__cause__", "__context__", "__suppress_context__")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def rendered(error: BaseException, shell: Any) -> list[str]:
    """Return what IPython writes of an exception; what led to it comes first."""
    if getattr(shell.InteractiveTB, "mode", "") == "Minimal":
        return alone(error, shell, error.__traceback__)
    return told(account_of(error, shell), shell, error.__traceback__)


def told(
    account: Account, shell: Any, otherwise: TracebackType | None = None
) -> list[str]:
    """Return the lines of an exception, with the other traceback if it has no own
    frames, and of what goes with it."""
    lines: list[str] = []
    if account.more_earlier:
        lines.append(f"… {account.more_earlier:,} more before that\n")
    for each in reversed(account.earlier):
        lines += [*told(each, shell), f"\n{CAUSED if each.is_cause else HANDLED}\n"]
    members = list(of_group(account, shell))
    # After its members: %debug opens what IPython formatted last.
    lines += formatted(account.error, shell, otherwise)
    return [lines[0], *without_rules(lines[1:]), *members]


def of_group(account: Account, shell: Any) -> Iterator[str]:
    whole = len(account.members) + account.more_members
    for number, member in enumerate(account.members, 1):
        lines = "\n".join(without_rules(told(member, shell)))
        yield f"\nException {number} of {whole:,}:"
        yield indent(lines, "  ")
    if account.more_members:
        yield f"\n… {account.more_members:,} more in the group"


def formatted(
    error: BaseException, shell: Any, otherwise: TracebackType | None
) -> list[str]:
    if not has_own_frames(error, shell):
        return alone(error, shell, otherwise)
    trace, sources = of_own_code(error, shell)
    with legible(sources):
        lines = alone(error, shell, trace, tb_offset=0)
    return [placed(each, sources) for each in lines]


def alone(
    error: BaseException, shell: Any, trace: TracebackType | None, **options: Any
) -> list[str]:
    """Return what IPython writes of an exception without what led to it."""
    with bare(error):
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(error), error, trace, **options
        )
    return lines


@contextmanager
def bare(error: BaseException) -> Iterator[None]:
    """Let nothing have led to an exception for a while, and its notes be texts."""
    # Whatever its class says of setting attributes.
    put, kept = BaseException.__setattr__, vars(error).copy()
    chain = error.__cause__, error.__context__, error.__suppress_context__
    vars(error)["__notes__"] = list(notes_of(error))
    put(error, "__cause__", None)
    put(error, "__context__", None)
    try:
        yield
    finally:
        for name, value in zip(CHAIN, chain, strict=True):
            put(error, name, value)
        vars(error).pop("__notes__", None)
        vars(error).update(kept)


def without_rules(lines: list[str]) -> list[str]:
    """Leave out the lines that IPython draws above an exception."""
    return [each for each in lines if not re.fullmatch("[-─]+", COLOUR.sub("", each))]
