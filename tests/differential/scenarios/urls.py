"""Building URLs, from within requests and without, and what fills their values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .routing import rules
from .steps import FLAGS, Step, app, numbered, options, request, step

VALUES = st.sampled_from([1, -1, 1.5, "a", "ä/b", "a b?", "", None, True, ["a", "b"]])
ENDPOINTS = ("e", ".e", "f", "bp.e", ".f", "bp.inner.e", "static", "none", ".", "")


@st.composite
def asked_for(draw: Any) -> dict[str, Any]:
    return draw(
        options(
            x=VALUES,
            n=VALUES,
            p=VALUES,
            q=VALUES,
            filename=VALUES,
            _anchor=st.sampled_from(["top", "ä b", "", "a#b", "%20"]),
            _external=FLAGS,
            _scheme=st.sampled_from(["https", "", "ftp"]),
            _method=st.sampled_from(["GET", "POST", "put"]),
        )
    )


@st.composite
def urls(draw: Any) -> list[Step]:
    config = draw(
        options(
            SERVER_NAME=st.sampled_from(["example.com", "example.com:81"]),
            APPLICATION_ROOT=st.sampled_from(["/root", "/root/"]),
            PREFERRED_URL_SCHEME=st.just("https"),
            PROPAGATE_EXCEPTIONS=st.just(True),
        )
    )
    route = st.builds(
        step,
        st.just("route"),
        on=st.sampled_from(["app", "bp", "inner"]),
        rule=rules(),
        label=st.just(""),
        endpoint=st.sampled_from(["e", "f"]),
        methods=st.sampled_from([None, ["GET"], ["POST"], ["GET", "POST"]]),
        defaults=st.sampled_from([None, None, {"x": "a"}, {"n": 2}]),
    )
    filling = st.builds(
        step,
        st.just("hook"),
        on=st.sampled_from(["app", "bp", "inner"]),
        kind=st.just("url_defaults"),
        label=st.just(""),
        acts=st.sampled_from([["fill", {"x": "f"}], ["fill", {"q": 1}], ["pop", "x"]]),
        everywhere=st.booleans(),
    )
    outside = st.builds(
        step,
        st.just("url_for"),
        endpoint=st.sampled_from(ENDPOINTS),
        values=asked_for(),
        at=st.sampled_from([None, "/", "/at", "/bp/at"]),
    )
    seen = [draw(st.sampled_from(ENDPOINTS)), draw(asked_for())]
    return numbered(
        [
            app(config),
            step("blueprint", name="bp", known_as="bp", url_prefix="/bp"),
            step("blueprint", name="inner", known_as="inner", url_prefix="/in"),
            *draw(st.lists(route, min_size=1, max_size=4)),
            *draw(st.lists(filling, max_size=3)),
            step("route", on="bp", rule="/at", label="", acts=["url", *seen]),
            step("route", on="app", rule="/at", label="", acts=["url", *seen]),
            step("mount", on="bp", what="inner"),
            step("mount", on="app", what="bp"),
            *draw(st.lists(outside, max_size=4)),
            request("/bp/at"),
            request("/at", base_url="https://example.com/under"),
        ]
    )
