"""What comes from outside: the environment, forms within limits, asked-for files."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import Step, app, maybe, numbered, options, request, step

NAMES = st.text("ABab_1", min_size=1, max_size=6)
TEXTS = st.sampled_from(
    [
        *("", "1", "01", "1.5", "true", "True", "null", "text", '"quoted"', "[1, 2]"),
        *('{"a": {"b": 1}}', "{", "NaN", "1e3", " 1 ", "ä"),
    ]
)


@st.composite
def settings(draw: Any) -> list[Step]:
    names = NAMES.map(lambda name: f"P_{name}") | NAMES
    variables = draw(st.dictionaries(names, TEXTS, max_size=6))
    given = draw(st.dictionaries(NAMES, st.integers(0, 3), max_size=3))
    return [
        app(given),
        step("environment", variables=variables, prefix=draw(st.sampled_from("PQ"))),
    ]


LIMITS = {
    "MAX_CONTENT_LENGTH": st.sampled_from([0, 1, 20, 200, 400]),
    "MAX_FORM_MEMORY_SIZE": st.sampled_from([0, 1, 10, 50]),
    "MAX_FORM_PARTS": st.sampled_from([0, 1, 2, 3]),
    "DEBUG": st.just(True),
    "TRAP_BAD_REQUEST_ERRORS": st.booleans(),
}
FORMS = st.dictionaries(
    st.sampled_from(["a", "b", "ä"]),
    st.sampled_from(["", "1", "x" * 30, "ä"]),
    max_size=3,
)
TYPES = (
    *("multipart/form-data", "application/x-www-form-urlencoded", "application/json"),
    *("text/plain", "multipart/form-data; boundary=x", "application/x+json", ""),
)


def part(named: str) -> str:
    """Return a multipart form of one part."""
    return f"--x\r\nContent-Disposition: form-data; {named}\r\n\r\n1\r\n--x--\r\n"


BODIES = st.sampled_from(
    [
        *("", "{", '{"a": 1}', "[1]", "null", "a=1&b=2", "x" * 50, '"ä"'),
        *(part('name="a"'), part('name="a"; filename="n"')),
    ]
)
READINGS = (
    "form",
    "files",
    "values",
    "json",
    "silent",
    "data",
    "key",
    "file",
    "stream",
)


@st.composite
def forms(draw: Any) -> list[Step]:
    sent = st.builds(
        request,
        st.sampled_from(["/?q=1", "/?a=2"]),
        st.sampled_from(["POST", "POST", "PUT", "GET"]),
        data=FORMS | BODIES,
        content_type=st.none() | st.sampled_from(TYPES),
    )
    reads = draw(st.lists(st.sampled_from(READINGS), min_size=1, max_size=3))
    methods = ["GET", "POST", "PUT"]
    route = {"rule": "/", "label": "", "methods": methods, "acts": ["read", *reads]}
    return numbered(
        [
            app(draw(options(**LIMITS))),
            step("route", on="app", **route),
            *draw(st.lists(sent, min_size=1, max_size=3)),
        ]
    )


HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Range"),
            "If-Unmodified-Since",
        ]
    ),
    st.sampled_from(
        [
            *(
                "bytes=0-3",
                "bytes=5-",
                "bytes=-4",
                "bytes=19-30",
                "bytes=20-",
                "bytes=3-1",
            ),
            *("items=0-1", "*", '"etag"', 'W/"etag"', "Sun, 09 Sep 2001 01:46:40 GMT"),
            *(
                "Sun, 09 Sep 2001 01:46:39 GMT",
                "Mon, 10 Sep 2040 00:00:00 GMT",
                "no date",
            ),
        ]
    ),
    max_size=2,
)
FILES = (
    "static/hello.txt",
    "static/range.bin",
    "none",
    "static",
    "../x",
    "/etc/none",
    "",
)
PATHS = (
    "hello.txt",
    "range.bin",
    "style.css",
    "none",
    "..",
    "../note.txt",
    "a/../hello.txt",
)


@st.composite
def files(draw: Any) -> list[Step]:
    how = draw(
        options(
            mimetype=st.sampled_from(["a/b", "text/plain"]),
            as_attachment=st.booleans(),
            download_name=st.sampled_from(["x.txt", "ä b.json", ""]),
            conditional=st.booleans(),
            etag=st.sampled_from([True, False, "etag", 'with"quote']),
            last_modified=st.sampled_from([0, 1_000_000_000, 1_000_000_000.5]),
            max_age=st.sampled_from([0, 60, -1]),
        )
    )
    act = draw(
        st.sampled_from(FILES).map(lambda file: ["file", file, how])
        | st.sampled_from(PATHS).map(lambda path: ["from", "static", path, how])
    )
    config = options(
        SEND_FILE_MAX_AGE_DEFAULT=st.sampled_from([0, 60]),
        USE_X_SENDFILE=st.just(True),
        PROPAGATE_EXCEPTIONS=st.just(True),
    )
    paths = st.just("/") | st.sampled_from(PATHS).map(lambda path: f"/static/{path}")
    asked = st.builds(
        request, paths, st.sampled_from(["GET", "GET", "HEAD"]), headers=maybe(HEADERS)
    )
    return numbered(
        [
            app(draw(config)),
            step("route", on="app", rule="/", label="", acts=act),
            *draw(st.lists(asked, min_size=1, max_size=3)),
        ]
    )
