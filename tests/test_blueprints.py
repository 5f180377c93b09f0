"""Blueprints: where they are mounted, what they mean there, and in live cells."""

from __future__ import annotations

from copy import deepcopy

import pytest

from nbflask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    render_template,
    render_template_string,
    request,
    url_for,
)

BLUEPRINT = "shop = Blueprint('shop', 'test_app', url_prefix='/shop')\n"
MOUNT = "app.register_blueprint(shop)\n"


def member(rule: str, name: str) -> str:
    return f"@shop.route({rule!r})\ndef {name}(): return {name!r}\n"


def rules(app: Flask) -> dict[str, str]:
    found = {str(each): each.endpoint for each in app.url_map.iter_rules()}
    return {each: name for each, name in found.items() if name != "static"}


# Where a blueprint is mounted


def test_the_users_blueprint_of_the_documentation(app, client):
    users = Blueprint("users", __name__, url_prefix="/users")

    @users.route("/<int:user_id>")
    def show(user_id):
        return url_for(".show", user_id=user_id + 1)

    app.register_blueprint(users)
    assert client.get("/users/7").text == "/users/8"


@pytest.mark.parametrize(
    ("own", "mounted", "rule", "served"),
    [
        ("/shop", None, "/x", "/shop/x"),
        ("/shop/", None, "/x", "/shop/x"),
        ("/shop", None, "", "/shop"),
        ("/shop", None, "/", "/shop/"),
        ("/shop", "/store", "/x", "/store/x"),
        ("/shop", "", "/x", "/x"),
        (None, None, "/x", "/x"),
        (None, "/<lang>", "/x", "/<lang>/x"),
    ],
)
def test_mounting_joins_prefix_and_rule(app, own, mounted, rule, served):
    shop = Blueprint("shop", __name__, url_prefix=own)
    shop.add_url_rule(rule, "view", lambda **values: "")
    options = {} if mounted is None else {"url_prefix": mounted}
    app.register_blueprint(shop, **options)
    assert rules(app) == {served: "shop.view"}


def test_nested_blueprints_join_prefixes_and_names(app, client):
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    inner.add_url_rule("/x", "x", lambda: f"{request.blueprints} {url_for('.x')}")
    outer.register_blueprint(inner)
    outer.register_blueprint(inner, name="again", url_prefix="/again")
    app.register_blueprint(outer)
    assert rules(app) == {"/outer/inner/x": "outer.inner.x"} | {
        "/outer/again/x": "outer.again.x"
    }
    answer = "['outer.inner', 'outer'] /outer/inner/x"
    assert client.get("/outer/inner/x").text == answer


def test_one_blueprint_is_mounted_under_two_names(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/", "home", lambda: url_for(".home"))
    app.register_blueprint(shop, url_prefix="/a")
    app.register_blueprint(shop, url_prefix="/b", name="branch")
    assert client.get("/a/").text == "/a/"
    assert client.get("/b/").text == "/b/"
    assert list(app.blueprints) == ["shop", "branch"]


def test_a_copy_of_a_blueprint_is_a_blueprint_of_its_own(app, client):
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    inner.add_url_rule("/<int:id>", "show", lambda id: f"{id}")
    outer.register_blueprint(inner, url_prefix="/inner")
    outer.register_error_handler(404, lambda error: "nothing")
    again = deepcopy(outer)
    outer.add_url_rule("/late", "late", lambda: "late")
    app.register_blueprint(again)
    assert client.get("/inner/7").text == "7"
    assert client.get("/late").status_code == 404


def test_url_defaults_and_subdomains_come_from_the_mount_or_the_blueprint():
    app = Flask("here", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    shop = Blueprint("shop", __name__, subdomain="shop", url_defaults={"size": 1})
    shop.add_url_rule("/", "home", lambda size, lang: f"{size} {lang}")
    app.register_blueprint(shop, url_defaults={"lang": "en"})
    client = app.test_client()
    assert client.get("/", subdomain="shop").text == "1 en"
    assert client.get("/").status_code == 404


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Blueprint("", __name__), "may not be empty"),
        (lambda: Blueprint("a.b", __name__), "may not contain a dot"),
        (lambda: Blueprint("a", "m").add_url_rule("/", "a.b", print), "contain a dot"),
    ],
)
def test_names_with_dots_or_none_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_blueprint_cannot_be_mounted_on_itself():
    shop = Blueprint("shop", __name__)
    with pytest.raises(ValueError, match="on itself"):
        shop.register_blueprint(shop)


# What it means there


@pytest.mark.parametrize(
    ("path", "ran"),
    [
        ("/", ["everywhere"]),
        ("/a/", ["everywhere", "outer"]),
        ("/a/b/", ["everywhere", "outer", "inner"]),
        ("/nowhere", ["everywhere"]),
    ],
)
def test_hooks_run_for_the_blueprint_and_those_within_it(app, client, path, ran):
    noted = []
    outer = Blueprint("outer", __name__, url_prefix="/a")
    inner = Blueprint("inner", __name__, url_prefix="/b")
    inner.before_app_request(lambda: noted.append("everywhere"))
    inner.before_request(lambda: noted.append("inner"))
    outer.before_request(lambda: noted.append("outer"))
    for each in (app, outer, inner):
        each.add_url_rule("/", "index", lambda: "")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client.get(path)
    assert noted == ran


def test_hooks_for_the_whole_app_run_once_however_often_it_is_mounted(app, client):
    noted = []
    shop = Blueprint("shop", __name__)
    shop.before_app_request(lambda: noted.append(1))
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="again")
    client.get("/")
    assert noted == [1]


def test_handlers_filters_and_processors_for_the_whole_app(app, client):
    shop = Blueprint("shop", __name__)
    shop.app_errorhandler(404)(lambda error: ("lost", 404))
    shop.app_template_filter("shout")(str.upper)
    shop.app_context_processor(lambda: {"site": "Shop"})
    app.register_blueprint(shop)
    app.add_url_rule("/", "index", lambda: render_template_string("{{ site|shout }}"))
    assert client.get("/").text == "SHOP"
    assert client.get("/nowhere").text == "lost"


def test_the_apps_template_and_static_files_come_before_the_blueprints(tmp_path):
    for folder in ("app/templates", "shop/templates", "shop/static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app/templates/both.html").write_text("app")
    (tmp_path / "shop/templates/both.html").write_text("shop")
    (tmp_path / "shop/templates/one.html").write_text("only shop")
    (tmp_path / "shop/static/style.css").write_text("p {}")
    app = Flask("here", root_path=str(tmp_path / "app"))
    shop = Blueprint(
        *("shop", __name__, "static"),
        template_folder="templates",
        url_prefix="/shop",
        root_path=str(tmp_path / "shop"),
    )
    app.register_blueprint(shop)
    app.add_url_rule("/<name>", "show", lambda name: render_template(name))
    client = app.test_client()
    assert client.get("/both.html").text == "app"
    assert client.get("/one.html").text == "only shop"
    with client.get("/shop/static/style.css") as response:
        assert response.text == "p {}"


def test_setups_run_at_each_mount_and_once_at_the_first(app):
    states, once = [], []
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.record(states.append)
    shop.record_once(once.append)
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="two", url_prefix="/two")
    assert [each.url_prefix for each in states] == ["/shop", "/two"]
    assert [each.first_registration for each in states] == [True, False]
    assert [each.app for each in once] == [app]


def test_a_setup_adds_rules_below_the_mount(app, client):
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.record(lambda state: state.add_url_rule("/x", "x", lambda: request.endpoint))
    app.register_blueprint(shop)
    assert client.get("/shop/x").text == "shop.x"


def test_a_handler_of_a_blueprint_answers_its_own_views_only(app, client):
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.errorhandler(404)(lambda error: ("no goods", 404))
    shop.add_url_rule("/", "home", lambda: abort(404))
    app.register_blueprint(shop)
    assert client.get("/shop/").text == "no goods"
    assert "no goods" not in client.get("/shop/nowhere").text


# Blueprints in cells


def test_a_member_of_a_mounted_blueprint_appears_at_once(app, cells):
    cells.run(BLUEPRINT + MOUNT, id="a")
    app.test_client().get("/")
    cells.run(member("/x", "x"), id="b")
    cells.run(member("/y", "x"), id="b")
    assert rules(app) == {"/shop/y": "shop.x"}
    assert app.test_client().get("/shop/y").text == "x"


def test_a_blueprint_made_again_keeps_its_mounts_and_members_of_other_cells(app, cells):
    cells.run(BLUEPRINT + member("/mine", "mine"), id="a")
    cells.run(member("/x", "x"), id="b")
    cells.run(MOUNT, id="c")
    assert set(rules(app)) == {"/shop/mine", "/shop/x"}
    cells.run(BLUEPRINT.replace("/shop", "/store"), id="a")
    assert rules(app) == {"/store/x": "shop.x"}
    assert app.blueprints["shop"] is cells.namespace["shop"]
    cells.run(member("/y", "y"), id="b")
    assert rules(app) == {"/store/y": "shop.y"}


def test_a_cell_that_makes_mounts_and_fills_a_blueprint_runs_again(app, cells):
    for rule in ("/x", "/x", "/z"):
        cells.run(BLUEPRINT + member(rule, "x") + MOUNT, id="a")
        assert rules(app) == {f"/shop{rule}": "shop.x"}
    cells.run("", id="a")
    assert (rules(app), app.blueprints) == ({}, {})


def test_a_failing_cell_leaves_the_blueprint_it_made_again_as_it_was(app, cells):
    cells.run(BLUEPRINT + member("/x", "x") + MOUNT, id="a")
    known = app.blueprints["shop"]
    assert rules(app) == {"/shop/x": "shop.x"}
    with pytest.raises(ZeroDivisionError):
        cells.run(
            BLUEPRINT.replace("/shop", "/no") + member("/y", "y") + MOUNT + "1 / 0",
            id="a",
        )
    assert rules(app) == {"/shop/x": "shop.x"}
    assert app.blueprints["shop"] is known


def test_a_blueprint_that_moved_to_another_cell_is_that_cells(app, cells):
    cell = BLUEPRINT + member("/x", "x") + MOUNT
    cells.run(cell, id="a")
    notices = cells.run(cell, id="b").notices
    cells.run("", id="a")
    assert rules(app) == {"/shop/x": "shop.x"}
    assert notices == ["Blueprint 'shop' of cell a is now served by cell b."]


def test_a_nested_blueprint_of_cells_can_be_made_again(app, cells):
    outer = "outer = Blueprint('outer', 'test_app', url_prefix='/outer')\n"
    nest = "outer.register_blueprint(shop); app.register_blueprint(outer)"
    for _ in range(2):
        cells.run(outer + BLUEPRINT + nest, id="a")
        cells.run(member("/x", "x"), id="b")
        assert rules(app) == {"/outer/shop/x": "outer.shop.x"}


def test_one_name_twice_within_one_run_is_refused_as_in_flask(app, cells):
    with pytest.raises(ValueError, match="'shop' is already registered for this"):
        cells.run(BLUEPRINT + MOUNT + MOUNT, id="a")
    assert rules(app) == {}


def test_a_factory_that_is_called_twice_in_a_cell_makes_two_apps(cells):
    cells.namespace["Flask"] = Flask
    cells.run(
        "def create(name):\n"
        "    shop = Blueprint('shop', 'test_app')\n"
        "    @shop.route('/')\n"
        "    def index(): return name\n"
        "    app = Flask(name)\n"
        "    app.register_blueprint(shop)\n"
        "    return app\n",
        id="a",
    )
    for _ in range(2):
        cells.run("one, two = create('one'), create('two')", id="b")
        made = (cells.namespace[name] for name in ("one", "two"))
        assert [each.test_client().get("/").text for each in made] == ["one", "two"]


def test_setups_of_a_late_member_run_for_the_apps_it_is_mounted_on(app, cells):
    cells.run(BLUEPRINT + MOUNT, id="a")
    cells.run("seen = []\nshop.record(lambda state: seen.append(state.app))", id="b")
    assert cells.namespace["seen"] == [app]


def test_a_view_of_a_blueprint_knows_its_app(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/", "home", lambda: current_app.name)
    app.register_blueprint(shop)
    assert client.get("/").text == "test_app"
