"""Blueprints within blueprints: names, prefixes, subdomains, defaults, lateness."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .flow import HOOK_KINDS
from .steps import Step, app, maybe, numbered, options, request, step

NAMES = ("app", "one", "two", "three")
PREFIXES = st.sampled_from(["/p", "/p/", "", "/", "/q/r"])
SUBDOMAINS = st.sampled_from(["sub", "www"])
DEFAULTS = st.sampled_from([{"x": 1}, {"y": 2}, {}])
ON = st.sampled_from(NAMES)
BLUEPRINT = st.sampled_from(NAMES[1:])
RULES = st.sampled_from(["/", "/a", "/a/", "//b", "/<x>", "/<int:y>"])


@st.composite
def made(draw: Any, known_as: str) -> Step:
    name = draw(st.sampled_from([known_as] * 8 + ["one", "a.b", ""]))
    words = draw(
        options(
            url_prefix=PREFIXES,
            subdomain=SUBDOMAINS,
            url_defaults=DEFAULTS,
            static_folder=st.sampled_from(["static", "/nowhere/files"]),
            static_url_path=st.sampled_from(["/files", "/files/"]),
            template_folder=st.just("admin/templates"),
        )
    )
    return step("blueprint", name=name, known_as=known_as, **words)


#: On an earlier one only: Flask walks a circle until Python's stack is full.
PAIRS = [(on, what) for what in NAMES for on in NAMES[: NAMES.index(what)]]
MOUNT = st.tuples(
    st.sampled_from(PAIRS),
    options(
        url_prefix=PREFIXES,
        subdomain=SUBDOMAINS,
        url_defaults=DEFAULTS,
        name=st.sampled_from(["again", "one", "a.b"]),
    ),
).map(lambda drawn: step("mount", on=drawn[0][0], what=drawn[0][1], **drawn[1]))
ROUTE = st.builds(
    step,
    st.just("route"),
    on=ON,
    rule=RULES,
    label=st.just(""),
    acts=st.just(["describe"]),
    endpoint=maybe(st.sampled_from(["e", "e", "e.f"])),
    defaults=maybe(DEFAULTS),
    subdomain=maybe(SUBDOMAINS),
)
HOOK = st.builds(
    step,
    st.just("hook"),
    on=ON,
    kind=st.sampled_from(HOOK_KINDS),
    label=st.just(""),
    everywhere=st.booleans(),
)
HANDLER = st.builds(
    step,
    st.just("handler"),
    on=ON,
    error=st.sampled_from([404, 405, "HTTPException"]),
    label=st.just(""),
    acts=st.just(["return", ["plain", "handled"]]),
    everywhere=st.booleans(),
)
SETUP = st.builds(
    step, st.just("setup"), on=BLUEPRINT, label=st.just(""), once=st.booleans()
)
MEMBER = ROUTE | ROUTE | HOOK | HANDLER | SETUP
REQUEST = st.builds(
    request,
    st.sampled_from(
        ["/", "/a", "/p/a", "/p", "/p/", "/p/p/a", "/1/a", "/q/r/a", "/p/2"]
    ),
    subdomain=maybe(SUBDOMAINS),
)


@st.composite
def blueprints(draw: Any) -> list[Step]:
    config = draw(options(SERVER_NAME=st.just("example.com")))
    members = st.lists(MEMBER, max_size=4)
    return numbered(
        [
            app(config, subdomain_matching=draw(maybe(st.just(True)))),
            *[draw(made(name)) for name in NAMES[1:]],
            *draw(members),
            *draw(st.lists(MOUNT | MEMBER, min_size=1, max_size=5)),
            step("mount", on="app", what="one", url_prefix=draw(maybe(PREFIXES))),
            *draw(members),
            *draw(st.lists(MOUNT | REQUEST, max_size=3)),
            *draw(st.lists(REQUEST, min_size=1, max_size=4)),
        ]
    )
