"""The lines of magics: words, options, items."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import strategies as st

from nbflask.grammar.errors import LineError
from nbflask.grammar.items import read_item
from nbflask.grammar.options import parse
from nbflask.grammar.words import cut

LINES = (
    "/users name=Ada age:=36 q==x X-Token:abc",
    "/x --expect 2xx --timeout 2.5 --headers -- --no",
    '\'a b\' "c\\"d" a\\=b=c {{n + 1}} d:={"a": [1, {{n}}]}',
    "up@file.txt a=@b.txt c:=@d.json X: Y;",
)
MARKS = (
    "=",
    ":=",
    "==",
    ":",
    "@",
    ";",
    "'",
    '"',
    "\\",
    "{{",
    "}}",
    "{",
    "--",
    " ",
    "#",
)

examples = tuple(line.encode() for line in LINES)
inputs = st.lists(st.sampled_from([*MARKS, *LINES]) | st.text(max_size=5)).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)


def check(data: bytes) -> None:
    line = data.decode("utf-8", "replace")
    with suppress(LineError):
        assert all(typed in line for _, typed in cut(line))
    with suppress(LineError):
        for word in parse(line).items:
            with suppress(LineError):
                read_item(word, lambda expression: 1)
