"""Sessions and flashed messages over several requests, by all cookie settings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import FLAGS, Step, app, numbered, options, request, step

VALUES = st.dictionaries(
    st.sampled_from(["a", "b", "_permanent"]),
    st.sampled_from([1, "ä", None, True, [1, 2], {"x": [1]}, {" t": [1]}, 1.5]),
    max_size=2,
)
MESSAGES = st.lists(
    st.sampled_from([["hello"], ["bad", "error"], ["ä", "info"], ["<b>", "x"]]),
    max_size=3,
)
ACTS = st.one_of(
    VALUES.map(lambda values: ["set", values]),
    st.sampled_from(["a", "b", "c"]).map(lambda name: ["delete", name]),
    st.booleans().map(lambda value: ["permanent", value]),
    st.just(["clear"]),
    st.just(["show"]),
    st.just(["describe"]),
    MESSAGES.map(lambda messages: ["flash", *messages]),
    st.sampled_from([[], [True], [True, ["error"]], [False, ["info", "x"]]]).map(
        lambda words: ["flashed", *words]
    ),
    st.just(["template", "{{ session.a }} {{ get_flashed_messages()|length }}"]),
    st.just(["raise", "ValueError"]),
    st.just(["abort", 404]),
)
CONFIG = {
    "SESSION_COOKIE_NAME": st.sampled_from(["s", "other"]),
    "SESSION_COOKIE_DOMAIN": st.sampled_from(["localhost", "example.com", ".x.org"]),
    "SESSION_COOKIE_PATH": st.sampled_from(["/", "/0", "/root"]),
    "SESSION_COOKIE_HTTPONLY": FLAGS,
    "SESSION_COOKIE_SECURE": FLAGS,
    "SESSION_COOKIE_PARTITIONED": FLAGS,
    "SESSION_COOKIE_SAMESITE": st.sampled_from(["Lax", "Strict", "None", "lax", "bad"]),
    "SESSION_REFRESH_EACH_REQUEST": FLAGS,
    "PERMANENT_SESSION_LIFETIME": st.sampled_from([0, 60, 86400]),
    "APPLICATION_ROOT": st.just("/root"),
    "MAX_COOKIE_SIZE": st.sampled_from([0, 100]),
    "SECRET_KEY_FALLBACKS": st.just(["old key"]),
    "PROPAGATE_EXCEPTIONS": FLAGS,
}


@st.composite
def sessions(draw: Any) -> list[Step]:
    key = draw(st.sampled_from(["key", "key", "key", "old key", "", None]))
    config = {**draw(options(**CONFIG)), "SECRET_KEY": key}
    acts = draw(st.lists(ACTS, min_size=1, max_size=4))
    hook = st.builds(
        step,
        st.just("hook"),
        on=st.just("app"),
        kind=st.sampled_from(["before_request", "after_request", "teardown_request"]),
        label=st.just(""),
        acts=st.sampled_from([["set", {"a": 9}], ["show"], None, None]),
    )
    visits = st.builds(
        request,
        st.integers(0, len(acts) - 1).map(lambda number: f"/{number}"),
        base_url=st.sampled_from(
            [None, None, "https://localhost/", "http://example.com"]
        ),
        headers=st.sampled_from([None, None, None, [["Cookie", "session=forged"]]]),
    )
    beforehand = st.builds(step, st.just("session"), values=VALUES)
    return numbered(
        [
            app(config),
            *([step("listen")] if draw(st.booleans()) else []),
            *[
                step("route", on="app", rule=f"/{number}", label="", acts=act)
                for number, act in enumerate(acts)
            ],
            *draw(st.lists(hook, max_size=1)),
            *draw(st.lists(visits | visits | beforehand, min_size=1, max_size=6)),
        ]
    )
