"""Request lines become prepared requests, or one clear line of error."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from nbflask.grammar.errors import LineError
from nbflask.grammar.items import read_item
from nbflask.grammar.options import (
    REQUEST_OPTIONS,
    Option,
    describe,
    parse,
    status_matches,
)
from nbflask.grammar.request import MISSING, FilePart, PreparedRequest, body_of, prepare
from nbflask.grammar.words import fill, split

NAMES = {"uid": 7, "name": 'Ada "L"', "d": {"k": "v"}, "tags": ["a", "b"], "no": None}
WHOLE_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WHOLE_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(WHOLE_TEXT, inner),
    max_leaves=8,
)


def evaluate(expression: str) -> object:
    return eval(expression, dict(NAMES))


def request(line: str, method: str = "POST", **kwargs: object) -> PreparedRequest:
    arguments = parse(line, evaluate=evaluate)
    form = arguments.options["form"]
    return prepare(method, arguments.items, form=form, evaluate=evaluate, **kwargs)


def refusal(line: str) -> str:
    try:
        request(line)
    except LineError as error:
        return str(error)
    return ""


def escaped(text: str) -> str:
    return "".join("\\" + c if c in "=:@;" else c for c in text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("/users  name=Ada", ["/users", "name=Ada"]),
        ("name=\"John Smith\" b='c d'", ["name=John Smith", "b=c d"]),
        ('age:=36 tags:=["a","b"]', ["age:=36", 'tags:=["a","b"]']),
        ('d:={"a": 1} x=y', ['d:={"a": 1}', "x=y"]),
        ('d:={"a": {"b": [1, "}} ]"]}}', ['d:={"a": {"b": [1, "}} ]"]}}']),
        ('s:="two words"', ['s:="two words"']),
        ("d:='{\"a\": 1}'", ['d:={"a": 1}']),
        (r"d:={\"a\":1}", ['d:={"a":1}']),
        ('a=b:={"c"}', ["a=b:={c}"]),
        ('d:={"a": 1,} e=1', ['d:={"a": 1,}', "e=1"]),
        ("/u/{{ d['k'] }}/x", ["/u/{{ d['k'] }}/x"]),
        ('/u/{{ {"a": {"b": 1}} }}', ['/u/{{ {"a": {"b": 1}} }}']),
        ('d:={"a": {{ d["k"] }}, "b": 2}', ['d:={"a": {{ d["k"] }}, "b": 2}']),
        (r"a\=b=c a\ b \\", [r"a\=b=c", "a b", "\\"]),
        (r"a=b\=c", [r"a=b\=c"]),
        ("/users/<int:id> x={a}", ["/users/<int:id>", "x={a}"]),
        ("a='' ''", ["a=", ""]),
    ],
)
def test_a_line_is_cut_as_a_shell_would_but_json_survives(line, words):
    assert split(line) == words


@given(st.text(st.sampled_from(" \t'\"abc/-_.,%~"), max_size=20))
def test_quoting_agrees_with_shlex(line):
    try:
        expected = shlex.split(line)
    except ValueError:
        with pytest.raises(LineError):
            split(line)
    else:
        assert split(line) == expected


@given(st.lists(st.text()))
def test_split_loses_no_character_inside_quotes(words):
    assert split(shlex.join(words)) == words


@given(st.text())
def test_any_line_is_read_or_refused_in_one_line(line):
    assert "\n" not in refusal(line)


@given(st.text("{}\"'[]:= \\ax,1", max_size=25))
def test_any_jumble_of_braces_and_quotes_is_read_or_refused(line):
    assert "\n" not in refusal(f"/x {line}")


@given(WHOLE_TEXT.filter(bool), WHOLE_TEXT)
def test_any_key_and_value_survive_quoting(key, value):
    word = f"{escaped(key)}={escaped(value)}"
    if "{{" in word or key.endswith("\\"):
        return
    prepared = request("/x -- " + shlex.quote(word))
    assert prepared.json == {key: value}


@given(JSON_VALUES)
def test_any_json_value_survives_the_line_unquoted(value):
    text = json.dumps(value)
    if "{{" not in text:
        assert request(f"/x d:={text} e=1").json == {"d": value, "e": "1"}


@given(JSON_VALUES)
def test_any_json_value_survives_interpolation(value):
    arguments = parse("/x d:={{value}} s=={{value}}")
    prepared = prepare("POST", arguments.items, evaluate=lambda _: value)
    assert prepared.json == {"d": value}
    assert prepared.query == (("s", str(value)),)


@given(WHOLE_TEXT)
def test_any_text_survives_inside_a_json_string(text):
    item = read_item('d:={"a": "<{{text}}>"}', lambda _: text)
    assert json.loads(item.value) == {"a": f"<{text}>"}


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("/users/{{uid}}", "/users/7"),
        ("/users/{{ uid + 1 }}/{{name}}", '/users/8/Ada "L"'),
        ("age:={{uid}}", "age:=7"),
        ("tags:={{tags}}", 'tags:=["a", "b"]'),
        ("name:={{name}}", r'name:="Ada \"L\""'),
        ("name={{name}}", 'name=Ada "L"'),
        ('d:={"a": {{tags}}, "b": "{{uid}}"}', 'd:={"a": ["a", "b"], "b": "7"}'),
        ('d:={"a":{"b":1}}', 'd:={"a":{"b":1}}'),
        ("/users/<int:id>", "/users/<int:id>"),
        ("no:={{no}}", "no:=null"),
        ("x={{ {1: {2: 3}}[1] }}", "x={2: 3}"),
        ("x={{'{{'}}", "x={{"),
        ("X:{{d['k']}}", "X:v"),
    ],
)
def test_expressions_are_filled_in_word_by_word(word, filled):
    assert fill(word, evaluate) == filled


def test_a_value_can_not_be_mistaken_for_a_separator_or_an_option():
    prepared = prepare("POST", ["/x", "{{k}}=1"], evaluate=lambda _: "a:b=--form")
    assert prepared.json == {"a:b=--form": "1"}
    assert parse("{{name}}").options["form"] is False


def test_a_whole_item_may_come_from_an_expression():
    assert read_item("{{item}}", lambda _: "q==new").separator == "=="


def test_numpy_like_values_are_sent_as_plain_json():
    class Scalar:
        def tolist(self):
            return 3

    assert fill("n:={{n}}", lambda _: Scalar()) == "n:=3"


@pytest.mark.parametrize(
    ("word", "key", "separator", "value"),
    [
        ("name=Ada", "name", "=", "Ada"),
        ("age:=36", "age", ":=", "36"),
        ("q==new", "q", "==", "new"),
        ("X-Token:secret", "X-Token", ":", "secret"),
        ("X-Token:", "X-Token", ":", ""),
        ("X-Token;", "X-Token", ";", ""),
        ("avatar@face.png", "avatar", "@", "face.png"),
        ("note=@a.txt", "note", "=@", "a.txt"),
        ("data:=@a.json", "data", ":=@", "a.json"),
        ("url=http://x/?a==b", "url", "=", "http://x/?a==b"),
        (r"a\=b=c", "a=b", "=", "c"),
        (r"a\:b\@c:=1", "a:b@c", ":=", "1"),
        (r"at=\@home", "at", "=", "@home"),
        (r'd:="\\="', "d", ":=", r'"\\="'),
        (r"path=c:\windows\:x", "path", "=", r"c:\windows:x"),
    ],
)
def test_the_earliest_then_longest_separator_wins(word, key, separator, value):
    item = read_item(word)
    assert (item.key, item.separator, item.value) == (key, separator, value)


def test_options_stand_anywhere_and_two_dashes_end_them():
    arguments = parse("--form /users --out=r a=1 --timeout 2.5 -- --quiet")
    assert arguments.items == ("/users", "a=1", "--quiet")
    assert arguments.options["out"] == "r"
    assert arguments.options["timeout"] == 2.5
    assert arguments.options["quiet"] is False


def test_help_is_answered_even_when_the_line_is_wrong():
    assert parse("--nonsense --help").options["help"] is True


def test_a_table_of_its_own_serves_another_magic():
    table = (
        Option("--port", "N", "the port", int),
        Option("--defaults", "K=V…", "defaults", many=True),
        Option("--open"),
    )
    arguments = parse("GET /x --defaults a=1 b=2 --open --port 0", table)
    assert arguments.items == ("GET", "/x")
    assert arguments.options == {"port": 0, "defaults": ("a=1", "b=2"), "open": True}
    assert describe(table).splitlines()[0] == "  --port N         the port"


@pytest.mark.parametrize(
    ("line", "secret", "items"),
    [
        ("", None, ()),
        ("--token", "any", ()),
        ("--token x", "any", ("x",)),
        ("--token=mine x", "mine", ("x",)),
    ],
)
def test_an_option_that_means_something_alone_has_its_value_behind_an_equals_sign(
    line, secret, items
):
    table = (Option("--token", "SECRET", "a secret", implied="any"),)
    arguments = parse(line, table)
    assert (arguments.options["token"], arguments.items) == (secret, items)
    assert describe(table) == "  --token[=SECRET]  a secret"


def test_option_values_take_expressions():
    assert parse("--client {{d['k']}}", evaluate=evaluate).options["client"] == "v"


def test_every_request_option_has_a_line_of_help():
    lines = describe(REQUEST_OPTIONS).splitlines()
    assert len(lines) == len(REQUEST_OPTIONS)
    assert all(option.help for option in REQUEST_OPTIONS)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/x name='Ada", "The quote ' in column 9 is never closed"),
        ("/x a\\", "column 5 ends the line"),
        ("/x --folow", "There is no option '--folow': did you mean --follow?"),
        ("/x -f", "There is no option '-f': did you mean --form?"),
        ("/x --out", "--out needs a value: write --out NAME."),
        ("/x --form=1", "--form takes no value"),
        ("/x --timeout soon", "'soon' is not a number of seconds, such as 2.5"),
        ("/x --expect 2x", "'2x' is not a status, such as 200 or 2xx"),
        ("/x --out 1r", "'1r' is not a Python name"),
        ("", "The path is missing: write one, %post /"),
        ("name=Ada", "write %post /path name=Ada"),
        ("/x Ada", "'Ada' is no item: write key=value"),
        ("/x =Ada", "'=Ada' has no name before ="),
        ("/x age:=old", "column 1 of 'old': use = for a string."),
        ('/x d:={"a": }', "column 7"),
        ("/x n:=NaN", "NaN has no JSON form"),
        ("/x --form age:=36", "write age=36."),
        ("/x a:={{missing}}", "{{missing}} failed, NameError"),
        ("/x a={{1 +}}", "{{1 +}} failed, SyntaxError"),
        ("/x a:={{ {1, 2} }}", "{{{1, 2}}} is not JSON"),
        ("/x a={{uid}", "{{ is never closed"),
        ("/x 'two words:x'", "no header's name"),
        ("/x 'X:a\nb'", "line break"),
        ("/x a=\ud800", "lone surrogate"),
    ],
)
def test_bad_input_is_one_line_that_names_the_fix(line, says):
    with pytest.raises(LineError) as caught:
        request(line)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_items_make_a_json_object():
    prepared = request('/users name=Ada age:=36 q==new X-Token:secret "a b"=1')
    assert prepared.json == {"name": "Ada", "age": 36, "a b": "1"}
    assert prepared.query == (("q", "new"),)
    assert prepared.headers == (("X-Token", "secret"),)


def test_a_header_is_removed_with_a_colon_and_emptied_with_a_semicolon():
    assert request("/ Accept: X-Empty;").headers == (("Accept", None), ("X-Empty", ""))


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("users", "/users"),
        ("/users?q=1", "/users?q=1"),
        ("http://127.0.0.1:5000/x?y=1", "http://127.0.0.1:5000/x?y=1"),
        ("/users/{{uid}}", "/users/7"),
    ],
)
def test_the_path_is_kept_and_given_its_slash(typed, path):
    assert request(typed, "GET").path == path


def test_files_make_a_multipart_form(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "face.png").write_bytes(b"\x89PNG")
    prepared = request("/x avatar@face.png;type=image/png name=Ada")
    part = FilePart("avatar", "face.png", b"\x89PNG", "image/png")
    assert prepared.files == (part,)
    assert prepared.form == (("name", "Ada"),)
    assert prepared.json is MISSING


def test_values_come_from_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "a.json").write_text("[1, 2]")
    assert request("/x t=@a.txt j:=@a.json").json == {"t": "hello\n", "j": [1, 2]}


def test_file_errors_name_the_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    (tmp_path / "bad.json").write_text("{\n1}")
    with pytest.raises(LineError, match=r"there is no file.*/none\.png"):
        request("/x avatar@none.png")
    with pytest.raises(LineError, match="is a folder"):
        request("/x avatar@.")
    with pytest.raises(LineError, match=r"send it as a file with t@bad\.txt"):
        request("/x t=@bad.txt")
    with pytest.raises(LineError, match="at line 2 column 1"):
        request("/x t:=@bad.json")


@pytest.mark.parametrize(
    ("cell", "headers", "json_value", "content", "content_type"),
    [
        ('{"a": 1}\n', (), {"a": 1}, None, None),
        ("null", (), None, None, None),
        ("hello\n", (), MISSING, b"hello", "text/plain; charset=utf-8"),
        ("NaN", (), MISSING, b"NaN", "text/plain; charset=utf-8"),
        ('{"a": 1}', (("content-type", "text/x"),), MISSING, b'{"a": 1}', None),
        ("  \n", (), MISSING, None, None),
    ],
)
def test_a_cells_text_is_json_when_it_parses(
    cell, headers, json_value, content, content_type
):
    body = body_of(cell, headers)
    assert (body.json, body.content, body.content_type) == (
        json_value,
        content,
        content_type,
    )


def test_a_cell_may_be_a_python_expression():
    prepared = request("/x", cell="{'n': uid,\n 't': tags}\n", as_python=True)
    assert prepared.json == {"n": 7, "t": ["a", "b"]}
    with pytest.raises(LineError, match="--py failed, NameError"):
        request("/x", cell="nope", as_python=True)


def test_a_cell_and_data_items_do_not_mix():
    with pytest.raises(LineError, match="'a=1' has no place"):
        request("/x a=1", cell="{}")


def test_status_patterns():
    assert status_matches("200", 200)
    assert status_matches("2xx", 204)
    assert not status_matches("2xx", 404)


@Request.application
def echo(request):
    body = {
        "method": request.method,
        "url": request.full_path,
        "type": request.content_type,
        "token": request.headers.get("X-Token"),
        "form": request.form.to_dict(flat=False),
        "files": {k: f.read().decode() for k, f in request.files.items()},
        "data": "" if request.form or request.files else request.get_data(as_text=True),
    }
    return Response(json.dumps(body), mimetype="application/json")


def answer(line: str, **kwargs: object) -> dict:
    sent = request(line, **kwargs).as_client_kwargs()
    return Client(echo).open(sent.pop("path"), **sent).get_json()


def test_a_client_sends_what_the_line_says(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("content")
    got = answer('/x?a=1 b=="c d" n:=1 X-Token:t')
    assert got["url"] == "/x?a=1&b=c+d"
    assert got["type"] == "application/json"
    assert json.loads(got["data"]) == {"n": 1}
    assert got["token"] == "t"
    assert answer("/x --form a=1 a=2")["form"] == {"a": ["1", "2"]}
    got = answer(f"/x up@{file} a=1")
    assert got["files"] == {"up": "content"}
    assert got["form"] == {"a": ["1"]}


@pytest.mark.parametrize(
    ("line", "cell", "content_type", "data"),
    [
        ("/x", "null", "application/json", "null"),
        ("/x", "plain", "text/plain; charset=utf-8", "plain"),
        ("/x Content-Type:text/x", "{}", "text/x", "{}"),
        ("/x Content-Type: a=1", None, None, '{"a": "1"}'),
        ("/x Content-Type:application/vnd.a+json a=1", None, "application/vnd.a+json",
         '{"a": "1"}'),
        ("/x", None, None, ""),
    ],
)  # fmt: skip
def test_the_content_type_follows_the_body_unless_given(line, cell, content_type, data):
    got = answer(line, cell=cell)
    assert got["type"] == content_type
    assert (
        json.loads(got["data"]) == json.loads(data)
        if "{" in data
        else (got["data"] == data)
    )


def test_a_form_without_fields_still_says_that_it_is_one():
    assert answer("/x --form")["type"] == "application/x-www-form-urlencoded"


def test_a_cell_may_be_a_form():
    assert answer("/x --form", cell="a=1&b=2\n")["form"] == {"a": ["1"], "b": ["2"]}
