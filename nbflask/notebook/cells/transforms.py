"""What becomes of a cell's text before IPython reads it: a few lines of magics would
be taken for something else.
"""

from __future__ import annotations

import re
from itertools import takewhile

from IPython.core.inputtransformer2 import cell_magic

from ..magics.contexts import ABOVE_A_CELL
from ..magics.table import MAGICS, asks_for_help

PATHS = "|".join(magic.name for magic in MAGICS if magic.takes_path)
CELLS = "|".join(magic.name for magic in MAGICS if magic.kind == "line_cell")

#: `%get /x?` would otherwise ask IPython for help on a thing named /x.
QUESTION = re.compile(rf"^(\s*(?:[\w.\[\]]+\s*=\s*)?)%({PATHS})[ \t]+(\S.*\?+)[ \t]*$")

#: `%%ctx` needs no body of its own: the cell is run as any other.
CELL_WITHIN = re.compile(r"^%%ctx\b[ \t]*(.*)$")

#: `%%get --help` lacks the body that IPython wants of a cell magic.
CELL_HELP = re.compile(rf"^%%((?:{CELLS})\b(?:[ \t].*)?)$")


def keep_question_marks(lines: list[str]) -> list[str]:
    """Read `%get /x?` as a request, not as a question to IPython."""
    return [
        QUESTION.sub(as_call, line.rstrip("\n")) + "\n" if "?" in line else line
        for line in lines
    ]


def as_call(found: re.Match[str]) -> str:
    before, name, rest = found.groups()
    return f"{before}get_ipython().run_line_magic({name!r}, {rest!r})"


def answer_for_help(lines: list[str]) -> list[str]:
    """Read `%%get --help` without a body as `%get --help`."""
    found = CELL_HELP.match(lines[0].rstrip()) if lines else None
    if found is None or "".join(lines[1:]).strip() or not asks_for_help(found[1]):
        return lines
    return [f"%{found[1]}\n", *lines[1:]]


def run_within(lines: list[str]) -> list[str]:
    """Read `%%ctx PATH` as a push that ends with the cell, above the rest of it, which
    may be a cell of another magic."""
    found = CELL_WITHIN.match(lines[0].rstrip()) if lines else None
    if found is None or set(found[1]) == {"?"}:
        return lines
    line = f"{ABOVE_A_CELL} {found[1]}".strip()
    call = f"get_ipython().run_line_magic('ctx', {line!r})\n"
    blank = list(takewhile(lambda each: not each.strip(), lines[1:]))
    rest = lines[1 + len(blank) :]
    if rest:
        rest = cell_magic(run_within(rest))  # type: ignore[no-untyped-call]
    return [call, *blank, *rest]


TRANSFORMERS = (keep_question_marks, answer_for_help, run_within)
