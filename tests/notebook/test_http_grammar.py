"""The text of .http files: read, checked and made ready, or refused in one line."""

import json
import os
import re
import uuid
from datetime import datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbflask.grammar.errors import LineError
from nbflask.grammar.http_file import HttpFile
from nbflask.grammar.http_prepare import Place, prepare_http, verify_http
from nbflask.grammar.http_reading import read_http
from nbflask.grammar.http_values import Answered, Message, Scope, draw
from nbflask.grammar.methods import KNOWN_METHODS
from nbflask.grammar.request import PreparedRequest

NAMES = {"uid": 7, "who": 'Ada "L"', "tags": ["a", "b"], "nothing": None, "d": {"k": 1}}
JSON = (("Content-Type", "application/json"),)
LOGIN = Answered(
    "200 OK",
    Message(JSON, b'{"user": "ada"}'),
    Message(
        (*JSON, ("Location", "/me"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        json.dumps(
            {
                "token": 'a"b',
                "user": {"id": 3, "full name": "Ada L", "a.b": 1},
                "items": [{"n": 1}, {"n": 2}],
                "none": None,
                "ok": True,
            }
        ).encode(),
    ),
)
PAGE = Answered("404 NOT FOUND", Message((), b""), Message((), b"<p>no</p>"))


def evaluate(expression: str) -> object:
    return eval(expression, dict(NAMES))


def own(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1", "shop.test"}


PLACE = Place(own)


def scope_of(file: HttpFile, **options: object) -> Scope:
    variables = {each.name: draw(each) for each in file.variables}
    answers = {"login": LOGIN, "page": PAGE}
    return Scope(evaluate, variables, answers, **options)


def all_ready(text: str, place: Place = PLACE) -> list[PreparedRequest]:
    """Return the requests of a text, verified and made ready."""
    file = read_http(text)
    scope = scope_of(file)
    for request in file.requests:
        verify_http(request, scope, place)
    return [prepare_http(each, scope, place) for each in file.requests]


def ready(text: str, place: Place = PLACE) -> PreparedRequest:
    (request,) = all_ready(text, place)
    return request


def refusal(text: str, place: Place = PLACE) -> str:
    with pytest.raises(LineError) as caught:
        all_ready(text, place)
    said = str(caught.value)
    assert "\n" not in said
    return said


def said_of(text: str) -> str:
    """Return how a text is refused, nothing if it is not."""
    try:
        all_ready(text)
    except LineError as error:
        return str(error)
    return ""


def body(text: str, kind: str = "application/json") -> bytes | None:
    return ready(f"POST /x\nContent-Type: {kind}\n\n{text}").body


# What is read


@pytest.mark.parametrize(
    ("text", "method", "target"),
    [
        ("GET /users", "GET", "/users"),
        ("get /users", "GET", "/users"),
        ("GET /users HTTP/1.1", "GET", "/users"),
        ("  POST   /users   HTTP/2  ", "POST", "/users"),
        ("/users?q=1", "GET", "/users?q=1"),
        ("http://localhost:5000/users", "GET", "http://localhost:5000/users"),
        ("localhost:5000/users", "GET", "localhost:5000/users"),
        (":5000/users", "GET", ":5000/users"),
        ("{{host}}/users", "GET", "{{host}}/users"),
        (
            "DELETE {{host}}/users/{{ uid + 1 }}",
            "DELETE",
            "{{host}}/users/{{ uid + 1 }}",
        ),
        ("GET /a\n?x=1\n&y=2", "GET", "/a?x=1&y=2"),
        ("GET /a\n    ?x=1\n    &y=2 HTTP/1.1", "GET", "/a?x=1&y=2"),
        ("GET /a\n    /b\n    # further\n    /c\n    ?x=1", "GET", "/a/b/c?x=1"),
        ("GET /search?q=new york", "GET", "/search?q=new york"),
        ("\ufeffGET /users\r\nX: y\r\n", "GET", "/users"),
        ("\n# a comment\n// another\n\nGET /users", "GET", "/users"),
        ("#\n### Title\nGET /users", "GET", "/users"),
        ("###\n###\nGET /users\n###\n###", "GET", "/users"),
    ],
)
def test_a_request_line_is_read(text, method, target):
    (request,) = read_http(text).requests
    assert (request.method, request.target) == (method, target)


WHOLE = """\
@host = http://localhost:5000
@path={{host}}/users

### Log in
# @name login
POST {{path}} HTTP/1.1
# between headers
Content-Type: text/plain
X-Empty:

first

  # indented
// dropped
last

####### Look
// @name = look
# @no-redirect
# @note whatever this is
@later = 1
GET /users
"""


def test_a_text_is_cut_into_its_parts_with_their_lines():
    file = read_http(WHOLE, first=2)
    first, second = file.requests
    assert [(each.name, each.line) for each in file.variables] == [
        ("host", 2),
        ("path", 3),
        ("later", 22),
    ]
    assert (first.title, first.name, first.line) == ("Log in", "login", 7)
    assert [(h.name, h.value, h.line) for h in first.headers] == [
        ("Content-Type", "text/plain", 9),
        ("X-Empty", "", 10),
    ]
    assert [line.text for line in first.body] == ["first", "", "  # indented", "last"]
    assert [line.line for line in first.body] == [12, 13, 14, 16]
    assert first.left_out == (15,)
    assert first.follows
    assert (second.title, second.name, second.follows) == ("Look", "look", False)
    assert second.body == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", None, "There is no request: write one, such as GET /users"),
        ("# nothing\n###\n", None, "There is no request"),
        ("\nGTE /x", 2, "There is no method 'GTE': did you mean GET?"),
        ("Frobnicate /x", 1, "There is no method 'Frobnicate': there are GET"),
        ("GET", 1, "The path is missing: write one, GET /users"),
        ("GET HTTP/1.1", 1, "The path is missing"),
        ('{"a": 1}', 1, "is no request: write METHOD PATH"),
        ("users", 1, "'users' is no request"),
        ("Content-Type: text/plain", 1, "is no request"),
        ("curl http://localhost/", 1, "curl are not read: write GET /users"),
        ("GET /\nnonsense", 2, "'nonsense' is no header: write Name: value, and leave"),
        ('POST /\n{"a": 1}', 2, "leave a line empty above a body"),
        ("GET /\nX Y: 1", 2, "'X Y: 1' is no header"),
        ("GET /\nPOST /x", 2, "put a line with ### above it"),
        ("GET /\n\nPOST {{host}}/x", 3, "put a line with ### above it"),
        ("POST /\n\nbody\n\nGET /x", 5, "A second request begins here"),
        ("GET /\n\n# @name x\n", 3, "@name stands below a request"),
        ("GET /\n###\n# @name x\n", 4, "@name x has no request below it"),
        ("# @name two words\nGET /", 1, "'two words' is no name of a request"),
        ("# @name a.b\nGET /", 1, "'a.b' is no name"),
        ("# @name\nGET /", 1, "'' is no name"),
        ("# @prompt code The code\nGET /", 1, "write @code = value, or a Python"),
        ("# @no-cookie-jar\nGET /", 1, "send the cell with --client NAME"),
        ("GET /\n\n> {% client.test() %}", 3, "JavaScript, which is not run here"),
        ("GET /\n\n< {%\n x\n%}", 3, "JavaScript, which is not run here"),
        ("GET /\n\n> ./check.js", 3, "JavaScript, which is not run here"),
        ("GET /\n\n>> out.json", 3, "A response is not saved to a file here"),
        ("@a = {{b\nGET /", 1, "{{ is never closed in '{{b'"),
    ],
)
def test_what_is_no_request_is_refused_with_its_line_and_the_fix(text, line, said):
    message = refusal(text)
    assert said in message
    assert line is None or message.startswith(f"Line {line}: ")


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused_in_one_line(text):
    assert "\n" not in said_of(text)


LINES = st.sampled_from(
    [
        *("", "###", "### Title", "# @name a", "# x", "@a = {{b}}", "@b = {{a}}"),
        *("@a = 1", "GET /x", "POST {{a}}", "  ?q={{a}}", "X: {{b}}", "X: ", "a&b"),
        *("Content-Type: application/json", "Content-Type: multipart/x", "{{$guid}}"),
        *("Host: elsewhere", "< ./none", "<@x none", "{{$randomInt 5 1}}", "{{x[}}"),
        *('{"a": {{login.response.body.$.user}}}', "{{login.response.body.$..x}}"),
        *("{{a.response.body.*}}", "{{", "}}{{1}}", "{{%who}}", "{{'{{'}}", "{{%}}"),
        *("\ud800", "{{'\ud800'}}", "\0", "> x", "<> y", "{{%$guid}}", "{{$}}"),
    ]
)


@settings(deadline=None)
@given(st.lists(LINES | st.text("{}@#=:$%.\"' \n<>&?/aé", max_size=12), max_size=8))
def test_any_jumble_of_lines_is_read_or_refused_in_one_line(lines):
    assert "\n" not in said_of("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "GET /" + "{{a b}}" * 20_000,
        "GET /{{a b" + "}}" * 20_000,
        "GET /" + "{{" * 20_000,
        "\n" * 50_000 + "GET /",
        "GET /\n\n" + "{{uid}}" * 5_000,
        "@a = " + "\\" * 50_000 + "\nGET /{{a}}",
        "GET /x\n\n" + "<" + " " * 50_000 + "\n" + "#" * 50_000,
        "GET /" + " " * 50_000 + "x",
        "#" + " " * 50_000 + "@name" + " " * 50_000 + "x y",
        "@" + "a" * 50_000,
        "@a = x" + " " * 50_000 + "y",
        "# @name x" + " " * 50_000 + "y",
        "GET /\n\n<  x" + " " * 50_000 + "y",
        "GET /\n\n> x" + ".js " * 50_000 + "y",
        'GET /\n\n{"a": "' + "{{uid}}" * 5_000 + '"}',
        'GET /\n\n{"a": "' + "{{a b}}" * 20_000 + '"}',
        "GET /x HTTP/" + "1" * 50_000 + "x",
        "X-Y.z" * 10_000 + "\n" + "GET /\n" + ":" * 50_000,
    ],
)
def test_a_hostile_text_takes_no_long_time(text):
    begun = datetime.now()
    said_of(text)
    assert (datetime.now() - begun).total_seconds() < 5


# As it was written, it is read

TOKENS = st.text("abcXYZ019-_.~!", min_size=1, max_size=8)
VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=12
).filter(lambda text: "{{" not in text)
PATHS = st.lists(st.text("abc019-_.~:@é", max_size=5), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
SAFE_LINES = VALUES.filter(
    lambda text: not re.match(r"#|//|[<>]|(?:GET|POST|PUT)\b", text)
)


@st.composite
def written_requests(draw_):
    """Return a request's parts, and a text that says them."""
    method = draw_(st.sampled_from(KNOWN_METHODS))
    path = draw_(PATHS)
    query = draw_(st.lists(st.tuples(TOKENS, TOKENS), max_size=3))
    headers = draw_(st.lists(st.tuples(TOKENS, VALUES), max_size=4))
    lines = draw_(st.lists(SAFE_LINES, max_size=4))
    title = draw_(TOKENS | st.just(""))
    name = draw_(st.sampled_from(["", "login", "a-b", "_1"]))
    pairs = [f"{key}={value}" for key, value in query]
    target = path + ("?" + "&".join(pairs) if pairs else "")
    text = [f"### {title}".rstrip()]
    text += [f"# @name {name}"] if name else []
    if draw_(st.booleans()):
        text.append(f"{method} {path}")
        text += [f"  {'&' if n else '?'}{pair}" for n, pair in enumerate(pairs)]
    else:
        text.append(f"{method} {target} HTTP/1.1")
    text += [f"{key}: {value}" for key, value in headers]
    text += ["", *lines, ""]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return (method, target, headers, lines, title, name), "\n".join(text)


@settings(deadline=None)
@given(
    st.lists(written_requests(), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
)
def test_requests_are_read_as_they_were_written(written, end):
    text = "\n".join(text for _, text in written).replace("\n", end)
    requests = read_http(text).requests
    assert [
        (
            each.method,
            each.target,
            [(header.name, header.value) for header in each.headers],
            [line.text for line in each.body],
            each.title,
            each.name,
        )
        for each in requests
    ] == [parts for parts, _ in written]


@settings(deadline=None)
@given(VALUES)
def test_any_value_reaches_a_form_when_it_is_encoded(value):
    scope = Scope(lambda _: value)
    (request,) = read_http(
        "POST /x\nContent-Type: application/x-www-form-urlencoded\n\na={{%v}}\nb=1"
    ).requests
    sent = prepare_http(request, scope, PLACE).body.decode()
    assert parse_qs(sent, keep_blank_values=True) == {"a": [value], "b": ["1"]}


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | VALUES,
        lambda inner: st.lists(inner) | st.dictionaries(VALUES, inner),
    )
)
def test_any_value_of_an_answer_reaches_a_json_body(value):
    message = Message(JSON, json.dumps({"v": value}).encode())
    scope = Scope(evaluate, {}, {"one": Answered("200 OK", message, message)})
    (request,) = read_http(
        "POST /x\n\n"
        '{"value": {{one.response.body.$.v}}, "text": "{{one.request.body.$.v}}"}'
    ).requests
    prepared = prepare_http(request, scope, PLACE)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    assert json.loads(prepared.body) == {"value": value, "text": text}
    assert prepared.content_type == "application/json"


# What is sent


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/users", "/users"),
        ("users/1", "/users/1"),
        ("/a b?q=c d", "/a%20b?q=c%20d"),
        ("/go/http://elsewhere/", "/go/http://elsewhere/"),
        ("/go?to=http://elsewhere/", "/go?to=http://elsewhere/"),
        ("http://localhost:5000/x", "http://localhost:5000/x"),
        ("https://127.0.0.1/x", "https://127.0.0.1/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://shop.test/x", "http://shop.test/x"),
        ("shop.test/x", "http://shop.test/x"),
        ("localhost:5000/x", "http://localhost:5000/x"),
        (":5000/x", "http://localhost:5000/x"),
        ("//localhost/x", "http://localhost/x"),
        ("/u/{{uid}}", "/u/7"),
        ("/u?w={{%who}}", "/u?w=Ada%20%22L%22"),
        ("/u?w={{who}}", '/u?w=Ada%20"L"'),
        ("{{login.response.headers.location}}", "/me"),
        ("/{{'{{'}}x}}", "/{{x}}"),
        ("/{{login.response.body.$.user.id}}", "/3"),
        ("/{{login.response.body.$['user']['full name']}}", "/Ada%20L"),
        ('/{{login.response.body.$.user["a.b"]}}', "/1"),
        ("/{{login.response.body.$.items[1].n}}", "/2"),
        ("/{{login.response.body.$.items[-1].n}}", "/2"),
        ("/{{login.response.body.$.ok}}", "/true"),
        ("/{{login.response.body.$.none}}", "/null"),
        ("/{{login.response.body.$.user}}", '/{"id":%203,%20"full%20name":%20"Ada%20L",'
         '%20"a.b":%201}'),
        ("/{{login.request.body.$.user}}", "/ada"),
        ("/{{login.request.body.*}}", '/{"user":%20"ada"}'),
        ("/{{page.response.body.*}}", "/<p>no</p>"),
        ("/{{page.response.body}}", "/<p>no</p>"),
        ("/{{login.response.headers.set-cookie}}", "/a=1,%20b=2"),
    ],
)  # fmt: skip
def test_a_target_becomes_a_path_or_a_url_of_the_app(target, path):
    assert ready(f"GET {target}").path == path


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://elsewhere/x?y=1", "'elsewhere' is another host"),
        ("http://elsewhere/x?y=1", "write /x?y=1"),
        ("users.json", "write /users.json"),
        ("https://api.example.com", "write /"),
        ("api.example.com/x", "'api.example.com' is another host"),
        ("//elsewhere/x", "'elsewhere' is another host"),
        ("http:///x", "is another host"),
        ("http://localhost@elsewhere/x", "has a name before its host"),
        ("http://localhost:x/", "is no URL"),
        ("http://[::1/", "is no URL"),
        ("ws://localhost/x", "is not HTTP: write a path"),
        ("/{{'\\n'}}", "has a character that no URL may have"),
        ("/\ud800", "has a character that no URL may have"),
        ("/{{uid", "{{ is never closed"),
        ("/{{}}", "{{}} is empty"),
        ("/{{hots}}", "There is no variable hots: write @hots = value above"),
        ("/{{a b}}", "is neither a variable nor Python"),
        ("/{{1/0}}", "{{1/0}} failed, ZeroDivisionError"),
        ("/{{logn.response.body.*}}", "no request named logn: did you mean login?"),
        ("/{{other.response.body.*}}", "name one with # @name other"),
        ("/{{login.response.body.$.tokn}}", "login answered 200 OK with no 'tokn'; it"
         " has: token, user, items, none, ok; did you mean token?"),
        ("/{{login.response.body.$.user.x}}", "no 'x' in $.user; it has: id, full"),
        ("/{{login.response.body.$.items[5]}}", "no [5] in $.items: it is a list of 2"),
        ("/{{login.response.body.$.token.x}}", "no 'x' in $.token: it is 'a\"b'"),
        ("/{{login.request.body.$.x}}", "login sent no 'x'; it has: user"),
        ("/{{login.response.body.$..n}}", "'..n' in '$..n' is not understood"),
        ("/{{login.response.body.$.items[*]}}", "'[*]' in '$.items[*]' is not"),
        ("/{{login.response.body.token}}", "write login.response.body.$.name for a"),
        ("/{{login.response.body.//user}}", "is XPath, which is not read here"),
        ("/{{login.response.headers.X-No}}", "no header 'X-No'; it has: Content-Type"),
        ("/{{login.response.headers}}", "names no header"),
        ("/{{page.response.body.$.x}}", "page answered 404 NOT FOUND with no JSON but"),
        ("/{{login}}", "login is a request: write {{login.response.body.$.name}}"),
        ("/{{login.response.status}}", "login is a request"),
        ("/{{$gid}}", "There is no value '$gid': did you mean $guid?"),
        ("/{{$guid 1}}", "write {{$guid}}"),
        ("/{{$randomInt 1}}", "write {{$randomInt 1 7}}"),
        ("/{{$randomInt 7 1}}", "write {{$randomInt 1 7}}"),
        ("/{{$timestamp 1 y}}", "write {{$timestamp}} or {{$timestamp -1 d}}"),
        ("/{{$timestamp 99999999999999999 d}}", "is not understood"),
        ("/{{$datetime YYYY}}", "write {{$datetime iso8601}}"),
        ("/{{$processEnv NO_SUCH_NAME}}", "no environment variable 'NO_SUCH_NAME'"),
        ("/{{$processEnv}}", "write {{$processEnv NAME}}"),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_had_is_refused(target, said):
    message = refusal(f"GET {target}")
    assert message.startswith("Line 1: ")
    assert said in message


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("X: 1", [("X", "1")]),
        ("X:1\nx: 2", [("X", "1"), ("x", "2")]),
        ("X:", [("X", "")]),
        ("{{'X-' + who[0]}}: {{uid}}", [("X-A", "7")]),
        ("Content-Length: 5", []),
        ("Transfer-Encoding: chunked", []),
        ("Authorization: Bearer {{login.response.body.$.token}}",
         [("Authorization", 'Bearer a"b')]),
        ("Authorization: Basic ada:pw", [("Authorization", "Basic YWRhOnB3")]),
        ("Authorization: Basic ada pw", [("Authorization", "Basic YWRhOnB3")]),
        ("Authorization: Basic YWRhOnB3", [("Authorization", "Basic YWRhOnB3")]),
        ("Host: localhost:5000", [("Host", "localhost:5000")]),
    ],
)  # fmt: skip
def test_headers_are_sent_as_they_are_written(line, sent):
    assert list(ready(f"GET /\n{line}").headers) == sent


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("X: {{'a\\r\\nb'}}", "The header X has a line break"),
        ("X: \ud800", "another unprintable character"),
        ("{{who}}: 1", "is no header's name"),
        ("Host: elsewhere", "'elsewhere' is another host"),
        ("Host: elsewhere", "leave Host out"),
        ("X-Request-Type: GraphQL", "GraphQL is not made into JSON here"),
        ("X: {{nope}}", "There is no variable nope"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(line, said):
    message = refusal(f"GET /\n{line}")
    assert message.startswith("Line 2: ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "kind", "sent"),
    [
        ('{"a": 1}', "application/json", b'{"a": 1}'),
        ('{"w": "{{who}}"}', "application/json", rb'{"w": "Ada \"L\""}'),
        ('{"w": {{who}}}', "application/json", rb'{"w": "Ada \"L\""}'),
        ('{"w": {{tags}}}', "application/problem+json", b'{"w": ["a", "b"]}'),
        ('{"w": {{nothing}}}', "application/json", b'{"w": null}'),
        ('{"w": {{tags}}}', "text/plain", b"{\"w\": ['a', 'b']}"),
        ('{"w": {"x": {{uid}}}}', "application/json", b'{"w": {"x": 7}}'),
        ('{"w": {{ {"x": {"y": 1}} }}}', "application/json", b'{"w": {"x": {"y": 1}}}'),
        ("a\n\nb\n", "text/plain", b"a\n\nb"),
        ("\n\n  a  \n\n", "text/plain", b"  a  "),
        ("é", "text/plain", "é".encode()),
        ("a=1&b=2", "application/x-www-form-urlencoded", b"a=1&b=2"),
        ("a=1\n&b=2\n&c=3", "application/x-www-form-urlencoded", b"a=1&b=2&c=3"),
        (" a=1 &\n b=2", "application/x-www-form-urlencoded", b"a=1&b=2"),
        ("a=1\nb=2", "application/x-www-form-urlencoded; charset=utf-8", b"a=1&b=2"),
        ("--x\nA: b\n\nc\n--x--", "multipart/form-data; boundary=x",
         b"--x\r\nA: b\r\n\r\nc\r\n--x--\r\n"),
        ("a\n<> ./former.200.json", "text/plain", b"a"),
        ("a\n# out\n// out\nb", "text/plain", b"a\nb"),
    ],
)  # fmt: skip
def test_a_body_is_sent_as_its_type_asks(text, kind, sent):
    assert body(text, kind) == sent


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ('{"a": {{uid}}}', "application/json"),
        ("[1]", "application/json"),
        ("plain", "text/plain; charset=utf-8"),
        ("{{page.response.body.*}}", "text/plain; charset=utf-8"),
        ("", None),
    ],
)
def test_a_body_without_a_type_gets_the_one_that_fits(text, content_type):
    assert ready(f"POST /x\n\n{text}").content_type == content_type


@pytest.fixture
def folder(tmp_path):
    """A folder with files to include."""
    (tmp_path / "a.txt").write_text("Dear {{who}}")
    (tmp_path / "latin.txt").write_bytes("é{{uid}}".encode("latin-1"))
    (tmp_path / "code.txt").write_text("{{uid + 1}}")
    (tmp_path / "raw.bin").write_bytes(b"\xff\0")
    (tmp_path / "d.json").write_text('{"w": "{{who}}"}')
    return Place(own, tmp_path)


@pytest.mark.parametrize(
    ("line", "kind", "sent"),
    [
        ("< ./a.txt", "text/plain", b"Dear {{who}}"),
        ("<@ ./a.txt", "text/plain", b'Dear Ada "L"'),
        ("<@latin1 latin.txt", "text/plain", "é7".encode()),
        ("< raw.bin", "image/png", b"\xff\0"),
        ("<@ d.json", "application/json", rb'{"w": "Ada \"L\""}'),
        ("< {{'a'}}.txt", "text/plain", b"Dear {{who}}"),
        ("a\n< raw.bin\nb", "multipart/mixed", b"a\r\n\xff\0\r\nb\r\n"),
    ],
)
def test_a_body_includes_files(folder, line, kind, sent):
    prepared = ready(f"POST /x\nContent-Type: {kind}\n\n{line}", folder)
    assert prepared.body == sent


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("< none.txt", "There is no file"),
        ("< .", "is a folder"),
        ("< {{'none'}}.txt", "There is no file"),
        ("<@ raw.bin", "is not text in utf-8"),
        ("<@nonsense a.txt", "is not text in nonsense"),
        ("<@ code.txt", "{{uid + 1}} is code, and in a file only names are looked up"),
        ("< a\0b", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_included_is_refused(folder, line, said):
    message = refusal(f"POST /x\n\n{line}", folder)
    assert message.startswith("Line 3: ")
    assert said in message


# Variables


@pytest.mark.parametrize(
    ("definitions", "used", "path"),
    [
        ("@a = b", "{{a}}", "/b"),
        ("@a=  two words  ", "{{a}}", "/two%20words"),
        ("@a =", "x{{a}}y", "/xy"),
        ("@a = {{b}}/{{b}}\n@b = c", "{{a}}", "/c/c"),
        ("@uid = 8", "{{uid}}", "/8"),
        ("@a = {{uid}}{{ uid + 1 }}", "{{a}}", "/78"),
        ("@api-key = k", "{{api-key}}", "/k"),
        ("@a = x\\\\y", "{{%a}}", "/x%5Cy"),
        ("@a = x\\ny", "{{%a}}", "/x%0Ay"),
        ("@a = {{login.response.body.$.user.id}}", "{{a}}", "/3"),
        ("@a = b = c", "{{a}}", "/b%20=%20c"),
        ("@a = 1\n@a = 2", "{{a}}", "/2"),
    ],
)
def test_a_variable_stands_for_its_text(definitions, used, path):
    assert ready(f"{definitions}\nGET /{used}").path == path


@pytest.mark.parametrize(
    ("definitions", "said"),
    [
        ("@a = {{a}}", "@a stands for itself, a → a"),
        ("@a = {{b}}\n@b = {{c}}\n@c = {{b}}", "@b stands for itself, b → c → b"),
        ("@a = {{nope}}", "In @a: There is no variable nope"),
        ("@a = {{nope.response.body.*}}", "In @a: There is no request named nope"),
        ("@a = {{$nope}}", "There is no value '$nope'"),
        ("@a = {{v0}}\n" + "\n".join(f"@v{n} = {{{{v{n + 1}}}}}" for n in range(99)),
         "stands behind 50 others"),
    ],
)  # fmt: skip
def test_a_variable_without_a_value_is_refused_where_it_is_used(definitions, said):
    assert said in refusal(f"{definitions}\nGET /{{{{a}}}}")


def test_a_variable_is_pasted_into_json_as_it_is_but_escaped_in_a_string():
    text = '@n = 36\n@o = {"x": [1]}\n@t = say "hi"\nPOST /x\n\n'
    sent = ready(text + '{"n": {{n}}, "o": {{o}}, "t": "{{t}}"}').body
    assert json.loads(sent) == {"n": 36, "o": {"x": [1]}, "t": 'say "hi"'}


def test_a_variable_that_is_one_value_keeps_its_kind_in_json():
    text = "@u = {{login.response.body.$.user}}\n@w = {{tags}}\nPOST /x\n\n"
    sent = json.loads(ready(text + '{"u": {{u}}, "w": {{w}}}').body)
    assert sent == {"u": {"id": 3, "full name": "Ada L", "a.b": 1}, "w": ["a", "b"]}


def test_a_made_value_stays_the_same_in_a_variable_and_is_new_elsewhere():
    path = ready("@id = {{$guid}}\nGET /{{id}}/{{id}}/{{$guid}}/{{$uuid}}").path
    one, again, two, three = path.strip("/").split("/")
    assert one == again
    assert len({one, two, three}) == 3
    assert uuid.UUID(one).version == 4


@pytest.mark.parametrize(
    ("expression", "form"),
    [
        ("$timestamp", r"\d{10}"),
        ("$timestamp -1 d", r"\d{10}"),
        ("$isoTimestamp", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        ("$datetime iso8601", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        ("$datetime iso8601 2 h", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        ("$datetime rfc1123", r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
        ("$localDatetime iso8601", r"\d{4}-\d\d-\d\dT\S+"),
        ("$localDatetime rfc1123", r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"),
        ("$randomInt", r"\d{1,3}"),
        ("$randomInt -5 -4", r"-5"),
        ("$processEnv PATH", re.escape(os.environ["PATH"])),
        ("$random.uuid", r"[0-9a-f-]{36}"),
    ],
)
def test_made_values_have_the_form_that_rest_clients_give_them(expression, form):
    sent = ready(f"POST /x\nContent-Type: text/plain\n\n{{{{{expression}}}}}").body
    assert re.fullmatch(form, sent.decode())


def test_dotenv_reads_the_current_folders_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("KEY=of the file\n")
    assert ready("GET /{{%$dotenv KEY}}").path == "/of%20the%20file"
    assert "it has: KEY" in refusal("GET /{{$dotenv NONE}}")


# Before anything is sent


def test_an_answer_has_to_come_before_it_is_used():
    (request,) = read_http("GET /{{late.response.body.*}}").requests
    with pytest.raises(LineError, match="late, in line 9, is not answered before"):
        verify_http(request, Scope(evaluate, later={"late": 9}), PLACE)
    verify_http(request, Scope(evaluate, promised=frozenset({"late"})), PLACE)


def test_verifying_evaluates_nothing_but_names():
    asked = []

    def remember(expression):
        asked.append(expression)
        return 1

    (request,) = read_http("GET /{{a}}/{{b()}}\nX: {{c + 1}}\n\n{{d}}").requests
    verify_http(request, Scope(remember), PLACE)
    assert asked == ["a", "d"]
