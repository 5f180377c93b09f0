"""Rules and the paths that are asked for: converters, slashes, methods, hosts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .steps import FLAGS, METHODS, Step, app, numbered, options, request, step

PARTS = (
    *("a", "b", "ä", "a b", "a.b", "<x>", "<int:n>", "<float:f>", "<path:p>"),
    *("<any(a, b):x>", "<uuid:u>", "<string(length=2):s>", "<int(min=2, max=9):n>"),
    *("<int(signed=True):n>", "<string(minlength=2):s>", "a<x>", "<x>-<n>", "", "<"),
    *("<unknown:x>", "<int:>", "<x>|", "*"),
)
PLACES = (
    *(
        "a",
        "b",
        "c",
        "ab",
        "%C3%A4",
        "ä",
        "a%20b",
        "1",
        "7",
        "-1",
        "0",
        "1.5",
        "..",
        ".",
    ),
    *("", "a.b", "1-2", "xa", "a%2Fb", "00000000-0000-0000-0000-000000000000", "%FF"),
)
METHOD_LISTS = st.lists(st.sampled_from([*METHODS, "post"]), max_size=3) | st.just(
    "GET"
)
CONVERTED = st.sampled_from([None, None, {"x": "a"}, {"n": 1}, {"q": 2}])


@st.composite
def rules(draw: Any) -> str:
    parts = draw(
        st.lists(st.sampled_from(PARTS[:12]) | st.sampled_from(PARTS), max_size=3)
    )
    start = draw(st.sampled_from(["/", "/", "/", "/", ""]))
    return f"{start}{'/'.join(parts)}{draw(st.sampled_from(['', '', '/', '//']))}"


@st.composite
def paths(draw: Any) -> str:
    parts = draw(st.lists(st.sampled_from(PLACES), max_size=3))
    query = draw(st.sampled_from(["", "", "", "?q=1", "?a=%20&b"]))
    return f"/{'/'.join(parts)}{draw(st.sampled_from(['', '', '/', '//']))}{query}"


@st.composite
def routes(draw: Any, **more: Any) -> Step:
    return step(
        "route",
        on="app",
        rule=draw(rules()),
        label="",
        acts=["describe"],
        **draw(
            options(
                methods=METHOD_LISTS,
                defaults=CONVERTED,
                strict_slashes=FLAGS,
                merge_slashes=FLAGS,
                provide_automatic_options=FLAGS,
                endpoint=st.sampled_from(["e", "f", "e", "e.f", ""]),
                redirect_to=st.sampled_from([None, None, "a", "/b/<x>"]),
                alias=st.just(True),
                build_only=st.just(True) if not more else st.nothing() | st.none(),
                **more,
            )
        ),
    )


REQUESTS = st.builds(request, paths(), st.sampled_from(METHODS))


@st.composite
def routing(draw: Any) -> list[Step]:
    config = draw(options(PROVIDE_AUTOMATIC_OPTIONS=FLAGS, DEBUG=st.just(True)))
    return numbered(
        [
            app(config, **draw(options(static_url_path=st.sampled_from(["/s", ""])))),
            *draw(st.lists(routes(), min_size=1, max_size=5)),
            *draw(st.lists(REQUESTS, max_size=3)),
            *draw(st.lists(routes(), max_size=1)),
            *draw(st.lists(REQUESTS, max_size=4)),
        ]
    )


HOSTS = (
    *(
        "localhost",
        "example.com",
        "sub.example.com",
        "example.com:8080",
        "a.b.example.com",
    ),
    *("www.example.com", "other.org", "EXAMPLE.com", "evil.com", "bad host", ""),
)


@st.composite
def hosts(draw: Any) -> list[Step]:
    matching = draw(st.sampled_from(["host_matching", "subdomain_matching", None]))
    settings = {
        "SERVER_NAME": st.sampled_from(
            ["example.com", "example.com:8080", "localhost"]
        ),
        "TRUSTED_HOSTS": st.lists(
            st.sampled_from(["example.com", ".example.com", "localhost"]), max_size=2
        ),
        "APPLICATION_ROOT": st.sampled_from(["/", "/root"]),
        "PREFERRED_URL_SCHEME": st.sampled_from(["https", "ws"]),
    }
    place = {
        "subdomain": st.sampled_from(["sub", "<x>", "www", ""]),
        "host": st.sampled_from(["example.com", "<x>.example.com", "other.org"]),
    }
    if matching == "host_matching":
        del place["subdomain"]
    asked = st.builds(
        request,
        paths() | st.just("/a"),
        st.sampled_from(METHODS[:4]),
        base_url=st.none() | st.sampled_from(HOSTS).map(lambda host: f"http://{host}/"),
        headers=st.none() | st.sampled_from(HOSTS).map(lambda host: [["Host", host]]),
    )
    choices = {} if matching is None else {matching: True}
    if matching == "host_matching":
        choices["static_folder"] = draw(st.sampled_from([None, "static"]))
        choices["static_host"] = draw(st.sampled_from([None, "static.example.com"]))
    return numbered(
        [
            {**app(draw(options(**settings))), **choices},
            *draw(st.lists(routes(**place), min_size=1, max_size=4)),
            *draw(st.lists(asked, min_size=1, max_size=5)),
            step("url_for", endpoint="e", values={"x": "y"}),
            step("url_for", endpoint="e", values={"_external": True}, at="/a"),
        ]
    )
