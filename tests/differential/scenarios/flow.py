"""The order of a request: hooks of all kinds and places, signals, what they do."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import FLAGS, Step, app, numbered, options, request, step

HOOK_KINDS = (
    *("before_request", "after_request", "teardown_request"),
    *("context_processor", "url_value_preprocessor", "url_defaults"),
)
TEXT = ["return", ["plain", "from a hook"]]
RAISES = st.sampled_from(
    [
        ["raise", "ValueError"],
        ["raise", "LookupMiss"],
        ["abort", 404],
        ["raise", "Teapot"],
    ]
)
#: What a hook of each kind may sensibly do, besides nothing.
ACTS = {
    "before_request": st.just(TEXT) | RAISES | st.just(["after", "after this"]),
    "after_request": st.just(["header", "X-Hook", "1"])
    | RAISES
    | st.just(["return", ["response", "another", 201]])
    | st.just(["return", ["plain", "no response"]]),
    "teardown_request": RAISES | st.just(TEXT),
    "context_processor": st.sampled_from(
        [["names", {"a": 1}], ["names", {"b": 2, "a": 3}], ["raise", "ValueError"]]
    ),
    "url_value_preprocessor": st.just(["pop", "x"]) | RAISES,
    "url_defaults": st.sampled_from([["fill", {"x": 1}], ["fill", {"y": 2}]]),
    "teardown_appcontext": RAISES,
}
VIEW_ACTS = st.sampled_from(
    [
        ["return", ["plain", "view"]],
        ["template", "{{ a }} {{ b }}"],
        ["describe"],
        ["url", ".e", {}],
        ["raise", "ValueError"],
        ["abort", 404],
        ["after", "after this"],
    ]
)
ON = st.sampled_from(["app", "bp", "inner"])


@st.composite
def hooks(draw: Any) -> Step:
    kind = draw(st.sampled_from([*HOOK_KINDS, *HOOK_KINDS, "teardown_appcontext"]))
    act = ACTS[kind]
    quiet = kind in {"context_processor"}
    acts = draw(act if quiet else st.one_of(st.none(), st.none(), st.none(), act))
    on = "app" if kind == "teardown_appcontext" else draw(ON)
    everywhere = draw(st.booleans()) and on != "app"
    return step(
        "hook", on=on, kind=kind, label="", acts=acts, everywhere=everywhere or None
    )


HANDLERS = st.builds(
    step,
    st.just("handler"),
    on=ON,
    error=st.sampled_from([404, 500, "ValueError", "Exception", "KeyError"]),
    label=st.just(""),
    acts=st.just(["return", ["plain", "handled"]]) | RAISES,
)
CONFIG = options(
    DEBUG=FLAGS, TESTING=FLAGS, PROPAGATE_EXCEPTIONS=FLAGS, SECRET_KEY=st.just("key")
)
VIEWS = st.builds(
    step,
    st.just("route"),
    on=ON,
    rule=st.sampled_from(["/e", "/<x>", "/e/<x>"]),
    label=st.just(""),
    acts=VIEW_ACTS,
    endpoint=st.sampled_from([None, "e"]),
)
REQUESTS = st.builds(
    request,
    st.sampled_from(["/e", "/bp/e", "/bp/in/e", "/bp/in/1", "/1", "/bp/none", "/e/2"]),
    st.sampled_from(["GET", "GET", "POST", "OPTIONS", "HEAD"]),
)


@st.composite
def flow(draw: Any) -> list[Step]:
    return numbered(
        [
            app(draw(CONFIG)),
            *([step("listen")] if draw(st.booleans()) else []),
            step("blueprint", name="bp", known_as="bp", url_prefix="/bp"),
            step("blueprint", name="inner", known_as="inner", url_prefix="/in"),
            *draw(st.lists(VIEWS, min_size=1, max_size=3)),
            *draw(st.lists(hooks(), min_size=1, max_size=6)),
            *draw(st.lists(HANDLERS, max_size=2)),
            step("mount", on="bp", what="inner"),
            step("mount", on="app", what="bp"),
            *draw(st.lists(REQUESTS, min_size=1, max_size=3)),
        ]
    )
