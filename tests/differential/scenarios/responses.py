"""What a view returns: every form, valid or not, and tuples of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import Step, app, numbered, options, request, step

TEXTS = st.sampled_from(["", "text", "ä€", "<b>"])
NUMBERS = st.sampled_from([200, 201, 204, 304, 404, 599, 0, -1, 99, 1000])
PLAIN = st.one_of(
    TEXTS,
    st.none(),
    st.integers(-1, 3),
    st.booleans(),
    st.floats(0, 1),
    st.dictionaries(
        st.sampled_from(["a", "b", "é"]), st.integers() | TEXTS, max_size=2
    ),
    st.lists(st.integers() | TEXTS, max_size=3),
)
NAMES = st.sampled_from(
    [
        "X-One",
        "x-one",
        "Content-Type",
        "Content-Length",
        "Location",
        "ETag",
        "bad\nname",
    ]
)
WORDS = st.sampled_from(
    ["1", "text/plain", "/else", "a\nb", "ä", "", "http://other/", "application/json"]
)
PAIRS = st.lists(st.tuples(NAMES, WORDS), max_size=3)
SIMPLE = st.one_of(
    PLAIN.map(lambda value: ["plain", value]),
    st.sampled_from(["", "bytes", "\xff"]).map(lambda text: ["bytes", text]),
    st.just(["bytearray", "array"]),
    st.tuples(st.sampled_from(["response", "werkzeug"]), TEXTS, st.just(203)).map(list),
    st.just(["wsgi", "wsgi"]),
    st.just(["unknown"]),
    st.just(["set", 1, 2]),
    st.just(["error", "Teapot"]),
    st.just(["error", "BaseHTTP"]),
    st.just(["error", "ValueError"]),
    st.just(["redirect", "/ä b", 302]),
    st.just(["redirect", "/else", 200]),
    PLAIN.map(lambda value: ["json", value]),
    st.lists(
        st.sampled_from([["plain", "a"], ["bytes", "b"], ["plain", 3]]), max_size=3
    ).map(lambda parts: ["generator", *parts]),
)
STATUS = st.one_of(
    NUMBERS.map(lambda number: ["plain", number]),
    st.sampled_from(["201 Made", "404", "", "no number", "200", "OK"]).map(
        lambda text: ["plain", text]
    ),
    st.just(["plain", None]),
    st.just(["bytes", "202 Bytes"]),
    st.just(["plain", 200.5]),
)
HEADERS = st.one_of(
    PAIRS.map(lambda pairs: ["dict", pairs]),
    PAIRS.map(lambda pairs: ["headers", pairs]),
    PAIRS.map(lambda pairs: ["pairs", pairs]),
    st.just(["plain", None]),
    st.just(["plain", {"X-Many": ["1", "2"]}]),
    st.just(["tuple"]),
    st.just(["plain", "no headers"]),
    st.just(["unknown"]),
)


@st.composite
def results(draw: Any) -> list[Any]:
    shape = draw(st.sampled_from(["body", "status", "headers", "three", "any"]))
    body = draw(SIMPLE)
    match shape:
        case "body":
            return body
        case "status":
            return ["tuple", body, draw(STATUS)]
        case "headers":
            return ["tuple", body, draw(HEADERS)]
        case "three":
            return ["tuple", body, draw(STATUS), draw(HEADERS)]
    return ["tuple", *draw(st.lists(SIMPLE | STATUS | HEADERS, max_size=4))]


@st.composite
def responses(draw: Any) -> list[Step]:
    config = options(PROPAGATE_EXCEPTIONS=st.just(True), DEBUG=st.just(True))
    returned = draw(results())
    made = ["made", returned] if draw(st.booleans()) else returned
    if made[0] == "made" and draw(st.booleans()) and returned[0] == "tuple":
        made = ["made", *returned[1:]]
    route = step("route", on="app", rule="/", label="", acts=["return", made])
    method = draw(st.sampled_from(["GET", "GET", "HEAD"]))
    return numbered([app(draw(config)), route, request("/", method)])
