"""Who answers an exception: by code and by class, inside and out, in each mode."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import FLAGS, Step, app, maybe, numbered, options, request, step

ON = st.sampled_from(["app", "bp", "inner"])
ERRORS = (
    *(400, 404, 405, 413, 418, 429, 500, 503, 999, 302),
    *("Exception", "ValueError", "LookupError", "KeyError", "HTTPException"),
)
RAISED = st.sampled_from(
    [
        *(["raise", name] for name in ("ValueError", "KeyError", "LookupMiss")),
        *(["raise", name] for name in ("Teapot", "BaseHTTP", "WithResponse")),
        *(["abort", code] for code in (400, 404, 405, 418, 500, 503, 302, 999)),
        ["abort", 404, "not here"],
        ["abort", ["response", "own answer", 402]],
        ["abort", ["redirect", "/else", 307]],
        ["key", "missing"],
    ]
)
ANSWERS = st.sampled_from(
    [
        ["return", ["plain", "handled"]],
        ["return", ["tuple", ["plain", "handled"], ["plain", 202]]],
        ["return", ["error", "Teapot"]],
        ["return", ["plain", None]],
        ["return", ["plain", 3]],
        ["describe"],
    ]
)
HANDLERS = st.builds(
    step,
    st.just("handler"),
    on=ON,
    error=st.sampled_from(ERRORS),
    label=st.just(""),
    acts=ANSWERS | ANSWERS | RAISED,
    everywhere=maybe(st.just(True)),
)
PATHS = ("/e", "/bp/e", "/bp/in/e", "/none", "/bp/none", "/bp/in/none")


@st.composite
def errors(draw: Any) -> list[Step]:
    config = options(
        DEBUG=FLAGS,
        TESTING=FLAGS,
        PROPAGATE_EXCEPTIONS=FLAGS,
        TRAP_HTTP_EXCEPTIONS=FLAGS,
        TRAP_BAD_REQUEST_ERRORS=FLAGS,
    )
    asked = st.builds(request, st.sampled_from(PATHS), st.sampled_from(["GET", "POST"]))
    return numbered(
        [
            app(draw(config)),
            *([step("listen")] if draw(st.booleans()) else []),
            step("blueprint", name="bp", known_as="bp", url_prefix="/bp"),
            step("blueprint", name="inner", known_as="inner", url_prefix="/in"),
            *[
                step("route", on=on, rule="/e", label="", acts=draw(RAISED))
                for on in ("app", "bp", "inner")
            ],
            *draw(st.lists(HANDLERS, max_size=6)),
            step("mount", on="bp", what="inner"),
            step("mount", on="app", what="bp"),
            *draw(st.lists(asked, min_size=1, max_size=4)),
        ]
    )
