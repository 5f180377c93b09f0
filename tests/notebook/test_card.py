"""Cards say what happened, in text and in HTML, and nothing in them can act."""

import base64
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspecting import inspect
from werkzeug.exceptions import NotFound

from nbflask.notebook.display import log, response, routes
from nbflask.notebook.display.log import LogRow
from nbflask.notebook.display.routes import Change, RouteRow
from nbflask.notebook.display.view import (
    Earlier,
    Failure,
    Frame,
    Hop,
    Limits,
    ResponseView,
)

OK = ResponseView("GET", "/users/1", 200, "OK", elapsed=0.0004)
PNG = b"\x89PNG\r\n\x1a\n\0\0"
STANDARD_404 = NotFound().get_body().encode()


def json_view(value, **changes):
    body = json.dumps(value).encode()
    return replace(OK, body=body, mimetype="application/json", **changes)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</style><script>1</script>",
    "</iframe><script>1</script>",
    "--></template><!--",
    "</pre></details></div>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;&#0;",
    "a\0b",
    "\x1b[31mred\x07",
    "\u202eevil\u2066",
    "\ud800",
    "a\nb\r\nc",
    "]]><svg onload=alert(1)>",
]


def everywhere(text: str, mimetype: str, body: bytes, charset: str) -> ResponseView:
    """A view with one text in every field that can hold it."""
    frame = Frame(text, 1, text, ((1, text, False), (2, text, True)))
    other = Failure(text, text, (frame,), (text,))
    earlier = Earlier("Caused by", other)
    failure = replace(other, members=(other, other), earlier=(earlier, earlier))
    return ResponseView(
        method=text,
        path=text,
        status_code=500,
        reason=text,
        headers=((text, text),),
        body=body,
        mimetype=mimetype,
        charset=charset,
        endpoint=text,
        view_name=text + "view",
        cell=text,
        redirects=(Hop(text, text, 302, text),),
        cookies_set=((text, text),),
        request_headers=((text, text),),
        request_body=text.encode("utf-8", "surrogatepass"),
        failure=failure,
        log=text,
        hints=(text,),
    )


def bodies(text: str) -> list[tuple[str, bytes]]:
    raw = text.encode("utf-8", "surrogatepass")
    return [
        ("application/json", json.dumps({text: [text, {text: text}]}).encode()),
        ("application/json", json.dumps([{text: text, "b": 1}] * 2).encode()),
        ("application/json", b"{" + raw),
        ("text/html", raw),
        ("text/csv", raw + b"," + raw + b"\n" + raw + b";\n"),
        ("text/plain", raw + b"\xff\xfe"),
        ("image/svg+xml", raw),
        ("image/png", raw),
        ("application/octet-stream", raw),
        ("image/" + text, raw),
        (text, raw),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_a_response_can_act(text):
    for mimetype, body in bodies(text):
        inspect(response.card(everywhere(text, mimetype, body, "utf-8")))
        inspect(response.card(everywhere(text, mimetype, body, text)))


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters()) | st.text("<>\"'/=&;!-\0\ud800{}%x "), st.binary())
def test_no_text_at_all_can_act(text, noise):
    for mimetype, body in [*bodies(text), ("text/html", noise), (text, noise)]:
        inspect(response.card(everywhere(text, mimetype, body, text[:5])))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_request_in_the_log_can_act(text):
    row = LogRow(1, text, text, text, 404, 0.1, None, text)
    inspect(log.card([row, row], where=text, total=2))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_the_small_cards_can_act(text):
    row = RouteRow(text, (text,), text, text, text, text)
    inspect(routes.table([row, row]))
    inspect(routes.changes([Change(text, (text,), text, text), Change("+", text, "")]))
    inspect(routes.status([(text, text)]))


@given(st.sampled_from(["zip", "hex", "rot13", "idna", "utf-7", "unicode_escape", ""]))
def test_no_codec_costs_the_card(charset):
    view = replace(OK, body=b"+ADw-script+AD4- \\d \xff", mimetype="text/plain")
    inspect(response.card(replace(view, charset=charset)))


def test_text_begins_with_status_request_measures_and_view():
    view = json_view(
        {"id": 1, "name": "Ada"}, endpoint="users_user_id", cell="cell [3]"
    )
    assert response.card(view).text == (
        "200 OK  GET /users/1  application/json · 24 B · 0.4 ms "
        "→ users_user_id (cell [3])\n"
        '{\n  "id": 1,\n  "name": "Ada"\n}'
    )


def test_html_says_what_the_text_says():
    view = json_view(
        {"id": 1},
        endpoint="shop.list",
        view_name="list",
        cell="cell [3]",
        redirects=(Hop("GET", "/old", 302, "/users/1"),),
        log="a print\n",
        truncated="it did not end",
    )
    card = response.card(view)
    text = " ".join(inspect(card).text.split())
    for part in ("200 OK", "GET /users/1", "0.4 ms", "→ shop.list (cell [3])", "302",
                 "GET /old → /users/1", "a print", "cut short: it did"):  # fmt: skip
        assert part in " ".join(card.text.split())
        assert part in text


@pytest.mark.parametrize(
    ("view_name", "shown"), [("show", "→ index: show"), ("index", "→ index")]
)
def test_the_views_name_is_told_where_it_differs(view_name, shown):
    card = response.card(replace(OK, endpoint="index", view_name=view_name))
    assert card.text.splitlines()[0].endswith(shown)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0004, "0.4 ms"), (0.0123, "12 ms"), (1.2, "1.20 s")]
)
def test_time_is_told_for_people(seconds, shown):
    assert f"· {shown}" in response.card(replace(OK, elapsed=seconds)).text


@pytest.mark.parametrize(
    ("status", "tone"), [(204, "2xx"), (302, "3xx"), (404, "4xx"), (500, "5xx")]
)
def test_the_status_class_sets_the_colour(status, tone):
    html = response.card(replace(OK, status_code=status)).html
    assert f' nf-{tone}"' in html


def test_an_empty_body_says_so():
    assert "The body is empty." in response.card(OK).text


def test_json_is_a_folding_tree():
    inspector = inspect(response.card(json_view({"a": {"b": [1, "x", None]}})))
    assert inspector.seen.count("details") == 4  # three nodes and the source
    assert '"a": {1 key}' in inspector.text


def test_a_list_of_flat_records_is_a_table_too():
    inspector = inspect(response.card(json_view([{"a": 1}, {"a": 2, "b": "x"}])))
    assert inspector.seen.count("th") == 2
    assert inspector.seen.count("td") == 4
    assert "Tree" in inspector.text


def test_a_list_of_nested_records_is_a_tree_alone():
    assert "table" not in inspect(response.card(json_view([{"a": [1]}]))).seen


def test_broken_json_is_shown_as_text_with_a_note():
    card = response.card(replace(OK, body=b'{"a": NaN}', mimetype="application/json"))
    assert "This is not valid JSON: NaN has no JSON form." in card.text
    assert '{"a": NaN}' in inspect(card).text


def test_deep_json_is_cut_and_never_fails():
    deep = b"[" * 100_000 + b"]" * 100_000
    inspect(response.card(replace(OK, body=deep, mimetype="application/json")))
    deep = b'{"a":' * 30 + b"1" + b"}" * 30
    card = response.card(replace(OK, body=deep, mimetype="application/json"))
    assert "deeper than shown" in inspect(card).text


@pytest.mark.parametrize(
    "view",
    [
        json_view(list(range(100_000))),
        json_view([{"a": i} for i in range(20_000)]),
        json_view({str(i): {"x": "y" * 100} for i in range(5000)}),
        json_view("x" * 1_000_000),
        replace(OK, body=b"line\n" * 300_000, mimetype="text/plain"),
        replace(OK, body=b"<p" * 500_000, mimetype="text/html"),
        replace(OK, body=b"<script" * 100_000, mimetype="text/html"),
        replace(OK, body=b"a,b\n" * 200_000, mimetype="text/csv"),
        replace(OK, body=b"a," * 200_000, mimetype="text/csv"),
        replace(OK, body=b"\0" * 3_000_000, mimetype="application/octet-stream"),
        replace(OK, body=PNG + b"\0" * 5_000_000, mimetype="image/png"),
    ],
    ids=lambda view: f"{view.mimetype} {view.body[:8]!r}",
)
def test_a_big_body_is_bounded_and_the_card_says_so(view):
    card = response.card(view)
    inspector = inspect(card)
    assert len(card.text) < 30_000
    assert len(card.html) < 1_000_000
    assert "more" in inspector.text
    assert "not shown" in card.text


def test_the_limits_can_be_set():
    card = response.card(json_view(list(range(9))), Limits(nodes=4))
    assert "… 6 more" in inspect(card).text


def test_a_page_is_shown_in_a_frame_that_may_do_nothing():
    page = b"<!doctype html><h1>Hi</h1><script>parent.alert(1)</script>"
    inspector = inspect(response.card(replace(OK, body=page, mimetype="text/html")))
    [frame] = [a for tag, a in inspector.attributes if tag == "iframe"]
    assert frame["sandbox"] == ""
    assert frame["srcdoc"].endswith(page.decode())
    assert "script-src" not in frame["srcdoc"]


@pytest.mark.parametrize(
    ("page", "least", "most"),
    [
        (b"<p>Hi</p>", 64, 100),
        (b"<li>x</li>" * 5, 120, 200),
        (b"<p>x</p>" * 900, 480, 480),
        (b"<style>" + b"p {}" * 900 + b"</style>Hi", 64, 100),
    ],
)
def test_a_frames_height_follows_its_content(page, least, most):
    inspector = inspect(response.card(replace(OK, body=page, mimetype="text/html")))
    [frame] = [a for tag, a in inspector.attributes if tag == "iframe"]
    assert least <= int(frame["style"].split("height: ")[1].split("px")[0]) <= most


@pytest.mark.parametrize("mimetype", ["image/png", "image/svg+xml"])
def test_images_stand_inline_as_data(mimetype):
    inspector = inspect(response.card(replace(OK, body=PNG, mimetype=mimetype)))
    data = base64.b64encode(PNG).decode()
    [image] = [a for tag, a in inspector.attributes if tag == "img"]
    assert image["src"] == f"data:{mimetype};base64,{data}"


@pytest.mark.parametrize(
    ("body", "mimetype"),
    [(b"a,b\n1,2\n", "text/csv"), (b"a;b\n1;2\n", "text/csv"),
     (b"a\tb\n1\t2", "text/tab-separated-values")],
)  # fmt: skip
def test_csv_is_a_table(body, mimetype):
    card = response.card(replace(OK, body=body, mimetype=mimetype))
    inspector = inspect(card)
    assert inspector.seen.count("th") == inspector.seen.count("td") == 2
    assert card.text.endswith(body.decode().rstrip("\n"))


def test_anything_else_is_a_hex_preview_with_a_download():
    view = replace(OK, path="/a/face.bin?x=1", body=b"\0\1AB", mimetype="x/y")
    card = response.card(view)
    assert "00000000  00 01 41 42" in card.text
    [link] = [a for tag, a in inspect(card).attributes if tag == "a"]
    assert link["download"] == "face.bin"
    assert base64.b64decode(link["href"].partition(",")[2]) == view.body


def test_a_body_without_a_type_is_text_when_it_reads_as_text():
    assert response.card(replace(OK, body=b"hi")).text.endswith("\nhi")
    assert "00000000" in response.card(replace(OK, body=b"\0hi")).text


def test_hints_stand_before_the_standard_page_which_is_folded():
    view = replace(OK, status_code=404, reason="NOT FOUND", body=STANDARD_404,
                   mimetype="text/html", hints=("nearest: GET /users",))  # fmt: skip
    lines = response.card(view).text.splitlines()
    assert lines[1:] == ["  nearest: GET /users", "The standard page for 404"]


def test_what_a_person_says_on_a_standard_page_is_shown():
    body = NotFound("There is no reading <3>.").get_body().encode()
    view = replace(OK, status_code=404, reason="NOT FOUND", body=body,
                   mimetype="text/html")  # fmt: skip
    assert "There is no reading <3>." in response.card(view).text
    assert "There is no reading &lt;3&gt;." in response.card(view).html


def test_an_own_error_page_is_shown():
    view = replace(OK, status_code=404, body=b"<h1>Lost?</h1>", mimetype="text/html")
    assert "<h1>Lost?</h1>" in response.card(view).text


def test_a_failure_shows_the_frames_and_marks_the_current_line():
    lines = ((1, "def divide():", False), (2, "    return 1 / 0", True))
    failure = Failure("ZeroDivisionError", "division by zero",
                      (Frame("cell [4]", 2, "divide", lines),))  # fmt: skip
    card = response.card(replace(OK, status_code=500, failure=failure))
    assert (
        "cell [4], line 2, in divide\n    1  def divide():\n→   2      return 1 / 0\n"
        "ZeroDivisionError: division by zero\n"
    ) in card.text
    text = inspect(card).text
    assert "ZeroDivisionError: division by zero" in text
    assert "→   2      return 1 / 0" in text


def test_what_a_failure_says_on_several_lines_keeps_them():
    cause = Failure("Wrong", "1 row\r\n  id: missing", notes=("of\x1b\nall",))
    earlier = (Earlier("Caused by", cause),)
    failure = Failure(
        "Invalid", "2 fields\n\nname\n  too long", (), ("a\nb",), (), earlier
    )
    card = response.card(replace(OK, status_code=500, failure=failure))
    assert card.text.splitlines()[1:-1] == [
        "Invalid: 2 fields",
        "",
        "  name",
        "    too long",
        "  a",
        "  b",
        "Caused by Wrong: 1 row",
        "    id: missing",
        "  of␛",
        "  all",
    ]
    assert "2 fields\n\nname\n  too long" in inspect(card).text


def test_a_failure_shows_what_goes_with_it():
    frame = Frame("cell [4]", 2, "parse", ((2, "    int(text)", True),))
    cause = Failure("ValueError", "no number", (frame,), ("in <row> 3",))
    failure = Failure(
        "Group",
        "2 rows",
        (frame,),
        ("of all",),
        members=(Failure("KeyError", "'id'"), Failure("StopIteration", "")),
        earlier=(Earlier("Caused by", cause),),
        more_members=1,
        more_earlier=2,
    )
    card = response.card(replace(OK, status_code=500, failure=failure))
    assert card.text.splitlines()[1:-1] == [
        "cell [4], line 2, in parse",
        "→   2      int(text)",
        "Group: 2 rows",
        "  of all",
        "%debug opens the last frame.",
        "Exception 1 of 3: KeyError: 'id'",
        "Exception 2 of 3: StopIteration",
        "… 1 more in the group",
        "Caused by ValueError: no number",
        "  in <row> 3",
        "  cell [4], line 2, in parse",
        "  →   2      int(text)",
        "… 2 more before that",
    ]
    shown = " ".join(inspect(card).text.split())
    for part in card.text.splitlines()[1:-1]:
        assert " ".join(part.split()) in shown
    assert shown.count("%debug") == 1
    assert "in &lt;row&gt; 3" in card.html


def test_a_redirect_that_was_not_followed_says_where_it_points():
    view = replace(OK, status_code=302, headers=(("location", "/new"),))
    assert "↳ Location: /new" in response.card(view).text
    assert "Location: /new" in inspect(response.card(view)).text


def test_verbose_shows_the_request():
    view = replace(OK, request_headers=(("X-A", "1"),), request_body=b"sent")
    card = response.card(view)
    assert "> X-A: 1" in card.text
    assert "sent" in inspect(card).text


def test_a_card_offers_text_and_html_and_nothing_else():
    assert set(response.card(OK).forms) == {"text/plain", "text/html"}


def test_cards_load_nothing_from_outside():
    html = response.card(json_view({"a": 1})).html
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html


def test_routes_are_aligned_columns():
    rows = [
        RouteRow("/", ("GET",), "index", "index", owner="cell [1]"),
        RouteRow("/users/<int:id>", ("GET", "POST"), "users", "users", owner="app.py"),
    ]
    card = routes.table(rows)
    assert card.text.splitlines() == [
        "rule             methods   endpoint  view   owner",
        "/                GET       index     index  cell [1]",
        "/users/<int:id>  GET,POST  users     users  app.py",
    ]
    assert inspect(card).seen.count("tr") == 3


def test_the_blueprint_column_appears_only_with_a_blueprint():
    card = routes.table([RouteRow("/", ("GET",), "a.b", "b", "a", "cell [1]")])
    assert "blueprint" in card.text
    assert "blueprint" in inspect(card).text


def test_no_routes_say_how_to_define_the_first():
    card = routes.table([])
    assert "%%route /" in card.text
    assert card.text in inspect(card).text


def test_changes_are_one_line_each():
    card = routes.changes(
        [
            Change("-", ("GET",), "/user", "user"),
            Change("+", ("GET",), "/users/<int:user_id>", "users_user_id"),
        ]
    )
    assert card.text.splitlines() == [
        "− GET /user",
        "+ GET /users/<int:user_id> → users_user_id",
    ]
    assert "+ GET /users/<int:user_id> → users_user_id" in inspect(card).text


def test_the_state_is_labels_and_values():
    card = routes.status([("app", "app"), ("routes", 3)])
    assert card.text == "app     app\nroutes  3"
    assert inspect(card).seen.count("tr") == 2


def test_an_empty_state_is_an_empty_card():
    assert routes.status([]).text == ""


LONG = Frame("a", 1, "f", ((1, "x" * 500_000, True),))


DEEP = Failure("E", "m" * 9_000, (LONG,) * 9, ("n" * 9_000,) * 9)
MUCH = replace(DEEP, members=(DEEP,) * 50, earlier=(Earlier("Caused by", DEEP),) * 50)


def many(count):
    return tuple((f"name{n}", "v" * 5_000) for n in range(count))


MANY_FRAMES = tuple(Frame("cell [1]", n, "f") for n in range(1, 1_001))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"headers": many(100)}, "40 more headers are not shown."),
        ({"request_headers": many(100)}, "40 more request headers are not shown."),
        ({"cookies_set": many(100)}, "80 more cookies are not shown."),
        (
            {"redirects": (Hop("GET", "/x" * 900, 302, "/y" * 900),) * 50},
            "30 more earlier redirects are not shown.",
        ),
        ({"hints": ("because " * 900,) * 50}, "38 more hints are not shown."),
        ({"log": "logged\n" * 5_000}, "more characters are not shown."),
        ({"log": "x" * 500_000}, "more characters are not shown."),
        ({"path": "/x" * 100_000}, "199,700 more"),
        ({"failure": Failure("Error", "m" * 100_000)}, "98,000 more"),
        ({"failure": Failure("Error", "m\n" * 900)}, "… 870 more lines"),
        ({"failure": Failure("Error", "", (), ("n\n" * 90,))}, "… 60 more lines"),
        (
            {"failure": Failure("Error", "", MANY_FRAMES)},
            "… 987 frames left out",
        ),
        (
            {"failure": Failure("Error", "", (Frame("cell [1]", 1, "f"),) * 1_000)},
            "… the same 999 more times",
        ),
        (
            {"failure": Failure("E", "", (LONG,))},
            "more",
        ),
        ({"failure": Failure("E", "", notes=("n" * 9_000,) * 50)}, "… 40 more"),
        ({"failure": Failure("E", "", members=(MUCH,) * 50)}, "… 42 more in the group"),
        (
            {"failure": Failure("E", "", earlier=(Earlier("Caused by", MUCH),) * 50)},
            "… 45 more before that",
        ),
    ],
)
def test_every_part_of_a_card_is_bounded_and_says_what_is_left_out(part, said):
    card = response.card(replace(OK, **part))
    inspected = inspect(card)
    assert said in card.text
    assert said in inspected.text
    assert len(card.text) < 50_000
    assert len(card.html) < 100_000


def test_debug_is_offered_only_where_there_is_a_frame_to_open():
    failure = Failure("TypeError", "no frame")
    for shown in (response.card(replace(OK, failure=failure)),):
        assert "%debug" not in shown.text + shown.html


def test_a_cards_style_is_for_cards_of_the_same_style_alone():
    plain, hinted = response.card(OK), response.card(replace(OK, hints=("because",)))
    scopes = []
    for html in (plain.html, hinted.html):
        scope = re.search(r'class="nbflask-card (nf-\w+)', html)[1]
        style = html.partition("<style>")[2].partition("</style>")[0]
        selectors = re.findall(r"(?:^|[{}])([^{}@]+)(?=\{)", style)
        parts = [each for selector in selectors for each in selector.split(",")]
        assert [each for each in parts if f".{scope}" not in each] == []
        scopes.append(scope)
    assert scopes[0] != scopes[1]
    assert f"nbflask-card {scopes[0]}" in response.card(replace(OK, path="/y")).html


def test_a_card_carries_the_style_of_its_own_parts_alone():
    small = response.card(replace(OK, mimetype="text/plain", body=b"hello"))
    large = json_view([{"id": 1}], failure=Failure("E", "", (Frame("a", 1, "f"),)))
    assert len(small.html) < 5_500
    assert ".nf-tree" not in small.html
    assert ".nf-tree" in response.card(large).html
