"""The tree of blueprints tells where each stands and whose each part is."""

from nbflask import Blueprint


def shown(branch, depth=0):
    place = f"{branch.name} {branch.prefix} {branch.subdomain}"
    yield "  " * depth + place
    for each in branch.members:
        if each.owner.kind != "framework":
            yield "  " * depth + f"- {each.kind} {each.name} ({each.detail})"
    for below in branch.branches:
        yield from shown(below, depth + 1)


def test_the_tree_shows_prefixes_members_and_what_is_nested(app):
    shop, admin = Blueprint("shop", "x", url_prefix="/shop"), Blueprint("admin", "x")

    @app.get("/")
    def index(): ...

    @shop.get("/<int:id>", endpoint="show")
    def item(id): ...

    @shop.before_request
    def check(): ...

    @shop.before_app_request
    def everywhere(): ...

    @shop.app_errorhandler(404)
    def lost(error): ...

    @shop.app_template_filter()
    def money(value): ...

    @admin.get("/all")
    def list_all(): ...

    @admin.errorhandler(KeyError)
    def missing(error): ...

    shop.register_blueprint(admin, url_prefix="/admin", name="office")
    app.register_blueprint(shop, subdomain="www")
    app.register_blueprint(shop, url_prefix="/two", name="again")
    assert list(shown(app.outline())) == [
        "test_app None None",
        "- route GET / (index)",
        "  shop /shop www",
        "  - route GET /shop/<int:id> (shop.show: item)",
        "  - before_request check ()",
        "  - before_request everywhere (the whole app)",
        "  - error_handler lost (404 of the whole app)",
        "  - template filter money ()",
        "    shop.office /shop/admin www",
        "    - route GET /shop/admin/all (shop.office.list_all)",
        "    - error_handler missing (KeyError)",
        "  again /two None",
        "  - route GET /two/<int:id> (again.show: item)",
        "  - before_request check ()",
        "    again.office /two/admin None",
        "    - route GET /two/admin/all (again.office.list_all)",
        "    - error_handler missing (KeyError)",
    ]


def test_a_member_and_a_mount_have_their_cells(app, cells):
    cells.run('bp = Blueprint("bp", "bp")', id="made")
    cells.run("@bp.get('/')\ndef index(): return 'x'", id="member")
    cells.run("app.register_blueprint(bp)", id="mount")
    branch = app.outline().branches[0]
    assert branch.owner.name.endswith("/mount")
    assert [each.owner.name[-7:] for each in branch.members] == ["/member"]


def test_an_app_without_blueprints_is_a_tree_of_one(app):
    assert app.outline().branches == ()


def test_a_route_that_an_app_adds_its_own_way_stays_with_its_blueprint(app):
    former = app.add_url_rule
    app.add_url_rule = lambda rule, *given, **options: former(
        f"/v1{rule}", *given, **options
    )
    shop = Blueprint("shop", "x")
    shop.add_url_rule("/x", "x", lambda: "")
    app.register_blueprint(shop)
    assert [each.name for each in app.outline().branches[0].members] == ["GET /v1/x"]


def test_what_an_app_holds_beside_routes_is_told_too(app):
    app.add_template("a.html", "a")
    app.add_static_file("a.css", "")
    app.response_adapter(complex)(str)
    members = app.outline().members
    assert [(e.kind, e.name, e.detail) for e in members if e.kind != "route"] == [
        ("template", "a.html", ""),
        ("static file", "a.css", ""),
        ("adapter", "str", "complex"),
    ]
