"""A request written as a line or a cell is read as the same request again."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbflask.grammar.options import BODY_OPTIONS, parse
from nbflask.grammar.request import MISSING, PreparedRequest, prepare
from nbflask.grammar.writing import as_curl, as_magic


def read_again(text: str) -> PreparedRequest:
    """Read a line or a cell as the notebook does."""
    line, _, cell = text.partition("\n")
    magic, _, rest = line.partition(" ")
    arguments = parse(rest, BODY_OPTIONS, evaluate=eval)
    return prepare(
        magic.strip("%"),
        arguments.items,
        form=arguments.options["form"],
        evaluate=eval,
        cell=f"{cell}\n" if magic.startswith("%%") else None,
    )


def same(one: PreparedRequest, other: PreparedRequest) -> bool:
    return said(one) == said(other)


def said(request: PreparedRequest) -> dict:
    kwargs = request.as_client_kwargs()
    headers = dict(kwargs.pop("headers", ()))
    kind = headers.pop("Content-Type", None) or kwargs.pop("content_type", None)
    return {**kwargs, "headers": headers, "kind": kind}


EXAMPLES = [
    (PreparedRequest("GET", "/users/1"), "%get /users/1"),
    (PreparedRequest("GET", "/", (("q", "a b"),)), "%get / 'q==a b'"),
    (PreparedRequest("GET", "/", headers=(("X-A", "1"),)), "%get / X-A:1"),
    (PreparedRequest("GET", "/", headers=(("X-A", ""),)), "%get / X-A;"),
    (
        PreparedRequest("POST", "/u", json={"name": "Ada", "age": 36, "a": [1]}),
        "%post /u name=Ada age:=36 a:=[1]",
    ),
    (PreparedRequest("POST", "/u", json=[1]), "%%post /u\n[\n  1\n]"),
    (PreparedRequest("PUT", "/u", json=None), "%%put /u\nnull"),
    (PreparedRequest("POST", "/u", form=(("a", "1"),)), "%post /u --form a=1"),
    (PreparedRequest("POST", "/u", body=b"hello"), "%%post /u\nhello"),
    (
        PreparedRequest("POST", "/u", body=b"7", content_type="text/csv"),
        "%%post /u Content-Type:text/csv\n7",
    ),
]


@pytest.mark.parametrize(("request_", "written"), EXAMPLES)
def test_a_request_is_written_as_a_person_would(request_, written):
    assert as_magic(request_) == written


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
keys = texts.filter(lambda text: text.strip())
tokens = st.from_regex(r"X-[A-Za-z0-9-]{1,8}", fullmatch=True)
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | texts,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each, max_size=3),
    max_leaves=6,
)
paths = st.lists(
    min_size=1,
    elements=st.text(
        min_size=1,
        alphabet=st.characters(
            categories=["L", "N"], include_characters="'\"\\:@;=~.-"
        ),
    ),
).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
headers = st.dictionaries(tokens, header_values, max_size=2).map(
    lambda each: tuple(each.items())
)
bodies = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"json": json_values}),
    st.fixed_dictionaries(
        {
            "form": st.lists(st.tuples(keys, texts), min_size=1, max_size=3).map(tuple),
            "content_type": st.just("application/x-www-form-urlencoded"),
        }
    ),
    st.fixed_dictionaries(
        {
            "body": texts.filter(str.strip).map(str.encode),
            "content_type": st.just("text/plain; charset=utf-8"),
        }
    ),
)


@given(paths, queries, headers, bodies)
def test_what_is_written_is_read_again(path, query, headers, body):
    if not all(usable(name) for name, _ in body.get("form", ())):
        return
    request = PreparedRequest("POST", path, query, headers, **body)
    assert same(read_again(as_magic(request)), request)


def usable(name: str) -> bool:
    return not name.startswith("-") and not name.endswith("\\")


@given(paths, queries, headers, bodies)
def test_curl_gets_the_same_words(path, query, headers, body):
    request = PreparedRequest("POST", path, query, headers, **body)
    words = shlex.split(as_curl(request, "http://127.0.0.1:5000"))
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[3].startswith(f"http://127.0.0.1:5000{path.partition('?')[0]}")
    given = [words[i + 1] for i, each in enumerate(words) if each == "-H"]
    assert [each for each in given if each.startswith("X-")] == [
        f"{name}: {value}" for name, value in headers
    ]
    if request.json is not MISSING:
        assert json.loads(words[-1]) == request.json
