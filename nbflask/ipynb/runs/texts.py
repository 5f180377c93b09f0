"""The texts of cells, kept where tracebacks, debuggers and `inspect` find them."""

from __future__ import annotations

import linecache
from itertools import chain, count


def keep(name: str, text: str) -> str:
    """Keep a text as the file of this name, and return the name.

    The code that was made of another text goes on to have that: the new one gets a
    number, "api.ipynb, cell 3 (2)".
    """
    lines = text.splitlines(keepends=True)
    lines[-1:] = [f"{each.rstrip()}\n" for each in lines[-1:]]
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    for filename in names:
        kept = linecache.cache.get(filename)
        if kept is None or kept[2:3] == (lines,):
            # Without a time it is never looked for on the disk.
            linecache.cache[filename] = (len(text), None, lines, filename)
            break
    return filename
