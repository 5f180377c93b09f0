"""The endpoint that %%route derives from a rule is nobody else's."""

import pytest


@pytest.mark.parametrize(
    ("former", "later", "endpoint"),
    [
        ("/users/<name>", "/users/name", "users_name_2"),
        ("/a-b", "/a/b", "a_b_2"),
        ("/api/users", "/api_users", "api_users_2"),
        ("/users", "/users/", "users_2"),
        ("/post/x", "POST /x", "post_x_2"),
        ("/", "/😀", "index_2"),
        ("/user", "/user/<int:user>", "user_user"),
        ("/static", "/x", "x"),
    ],
)
@pytest.mark.parametrize("ids", [("c1", "c2"), (None, None)])
def test_cells_of_different_rules_never_share_a_derived_name(
    notebook, former, later, endpoint, ids
):
    notebook.do(f"%%route {former}\n'former'", ids[0])
    for sign in ("+", "↻"):
        ran = notebook.do(f"%%route {later}\n'later'", ids[1])
        assert ran.text == f"{sign} {with_method(later)} → {endpoint}\n"
    again = notebook.do(f"%%route {former}\n'former'", ids[0])
    assert again.text.startswith(f"↻ {with_method(former)} → ")
    assert notebook.rules() == sorted([with_method(former), with_method(later)])


def with_method(rule):
    return f"GET {rule}" if rule.startswith("/") else rule


def test_a_cell_that_edits_its_rule_keeps_the_name(notebook):
    notebook.do("%%route /a-b\n'x'", "c1")
    assert "+ GET /a/b → a_b\n" in notebook.do("%%route /a/b\n'x'", "c1").text
    assert notebook.rules() == ["GET /a/b"]


def test_rules_that_one_cell_defines_have_names_of_their_own(notebook):
    notebook.do(
        "for rule in ('/a-b', '/a/b', '/a_b'):\n"
        "    get_ipython().run_cell_magic('route', rule, repr(rule))"
    )
    assert [notebook.body(rule) for rule in ("/a-b", "/a/b", "/a_b")] == [
        "/a-b",
        "/a/b",
        "/a_b",
    ]


def test_a_derived_name_leaves_the_static_route_alone(notebook):
    assert "→ static_2" in notebook.do("%%route /static\n'x'").text


def test_names_on_a_blueprint_are_made_unique_there(notebook):
    notebook.do("shop = Blueprint('shop', __name__)\napp.register_blueprint(shop)")
    notebook.do("%%route /a-b\n'app'", "c1")
    assert "shop.a_b\n" in notebook.do("%%route /a/b --on shop\n'shop'", "c2").text
    assert "shop.a_b_2" in notebook.do("%%route /a_b --on shop\n'shop'", "c3").text


def test_a_name_that_was_given_is_taken_over_as_ever(notebook):
    notebook.do("%%route /a-b\n'former'", "c1")
    ran = notebook.do("%%route /a/b --endpoint a_b\n'later'", "c2")
    assert "→ a_b\n" in ran.text
    assert "now served by" in ran.text
