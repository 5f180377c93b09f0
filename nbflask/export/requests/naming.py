"""Names for what a notebook has no name for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import count

#: A name made of a text has so many characters, about.
LONGEST_NAME = 48


def free(name: str, taken: Iterable[str]) -> str:
    """Return a name, or the first with a number that is not taken."""
    taken = set(taken)
    numbered = (f"{name}_{number}" for number in count(2))
    return name if name not in taken else next(e for e in numbered if e not in taken)


def word_of(text: str) -> str:
    """Return a text as a part of a name: "GET users/Zoë" is "get_users_zoe"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    word = re.sub(r"[\W_]+", "_", plain).strip("_").lower() or "request"
    if len(word) > LONGEST_NAME:
        word = word[: LONGEST_NAME + 1].rpartition("_")[0] or word[:LONGEST_NAME]
    return word
