"""Where nbflask means to differ from Flask, and why. All else must be equal.

Imported by the tests and by the workers alike, so it imports neither framework.
"""

from __future__ import annotations

import re

#: Classes of nbflask's own, compared by the class that Flask raises, their base:
#: whoever catches Flask's error catches these.
OWN_ERRORS = {"EndpointConflict", "SetupError", "SetupFinished", "MountConflict"}

#: Sentences of help that nbflask adds to a message of Flask's.
ADDED_HELP = [
    # A conflict says who serves the endpoint, and how to have both.
    r"\nIt is already served by .*?Give this view another name, or say"
    r' endpoint="[^"]*"\.',
]

#: What is wrong, in place of the bare LookupError of a context variable.
CLEARER = {
    r"Popped (app|request) context (once too often|while none was current)\. \(.*\)": (
        r"<ContextVar name='flask.\1_ctx' at 0x…>"
    ),
}

#: The test client of nbflask answers with a class of its own.
OWN_NAMES = {"ClientResponse": "WrapperTestResponse"}

#: Snippets that show something else under nbflask, and what that is.
DIFFERENT = {
    "responses.a_dataclass_as_a_view_result": "it is sent as JSON, not refused",
    "responses.numbers_that_json_cannot_say": "they are null, so that it is JSON",
}

_HELP = re.compile("|".join(ADDED_HELP), re.DOTALL)
_NAMES = re.compile(r"\b(" + "|".join(OWN_NAMES) + r")\b")


def as_flask_says(text: str) -> str:
    """Return a text of nbflask's as Flask would have it."""
    text = _HELP.sub("", text)
    for pattern, theirs in CLEARER.items():
        text = re.sub(pattern, theirs, text)
    return _NAMES.sub(lambda found: OWN_NAMES[found[0]], text)


def is_own(kind: type[BaseException]) -> bool:
    """Whether a class of errors is known to nbflask only."""
    return kind.__name__ in OWN_ERRORS and kind.__module__ == "nbflask.errors"


def is_left_half_done(step: str, error: Exception) -> bool:
    """Whether Flask, unlike nbflask, keeps a part of the step it has refused: the
    rule of a view whose endpoint is taken, half of a blueprint's members."""
    return step == "mount" or "View function mapping" in str(error)
