"""Blueprints: names, mounts, what they bring to an app, what comes too late."""

from __future__ import annotations

import flask
from flask import (
    Blueprint,
    Flask,
    render_template,
    render_template_string,
    request,
    url_for,
)


def index():
    return f"{request.blueprint} {request.blueprints} {request.endpoint}"


def show(see, app, *paths):
    see([(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()])
    see(*[app.test_client().get(path) for path in paths])


def names_are_checked(see):
    see.outcome(Blueprint, "", "app")
    see.outcome(Blueprint, "a.b", "app")
    see.outcome(Blueprint)
    shop = Blueprint("shop", "app")
    see.outcome(shop.add_url_rule, "/", "a.b", index)
    see.outcome(shop.route("/", endpoint="a.b"), index)

    def dotted():
        pass

    dotted.__name__ = "a.b"
    see.outcome(shop.add_url_rule, "/", view_func=dotted)
    see.outcome(shop.register_blueprint, shop)
    see(repr(shop), shop.name, shop.import_name, shop.url_prefix, shop.subdomain)
    see(shop.url_values_defaults, shop.cli_group is None, shop.has_static_folder)


def a_name_can_be_mounted_once(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    app.register_blueprint(shop)
    see.outcome(app.register_blueprint, shop)
    see.outcome(app.register_blueprint, Blueprint("shop", "app"))
    see.outcome(app.register_blueprint, Blueprint("other", "app"), name="shop")
    app.register_blueprint(shop, name="again", url_prefix="/again")
    see(list(app.blueprints), list(app.iter_blueprints()) == [shop, shop])


def members_that_come_late_are_refused(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    app.register_blueprint(shop)
    for name in (
        *("route", "get", "before_request", "after_request", "errorhandler"),
        *("app_errorhandler", "before_app_request", "record", "record_once"),
        *("app_template_filter", "context_processor", "url_defaults", "endpoint"),
    ):
        see.outcome(getattr(shop, name), "/x")
    see.outcome(shop.register_blueprint, Blueprint("late", "app"))
    see.outcome(shop.add_url_rule, "/x", "x", index)


def prefixes_are_joined(see):
    app = Flask("app")
    for number, (prefix, rule) in enumerate(
        [
            ("/a", "/x"),
            ("/b/", "/x"),
            ("/c", ""),
            ("/d/", ""),
            (None, "/e"),
            ("/f", "/"),
            ("/g", "x"),
        ]
    ):
        blueprint = Blueprint(f"b{number}", "app", url_prefix=prefix)
        blueprint.add_url_rule(rule, "index", index)
        app.register_blueprint(blueprint)
    show(see, app, "/a/x", "/b/x", "/c", "/d/", "/e", "/f/", "/g/x")


def rules_without_a_slash_need_a_prefix(see):
    for prefix, rule in ((None, "x"), ("p", "/x"), (None, "")):
        blueprint = Blueprint("b", "app", url_prefix=prefix)
        blueprint.add_url_rule(rule, "index", index)
        see.outcome(Flask("app").register_blueprint, blueprint)


def nested_thrice(see):
    app = Flask("app")
    one, two, three = (
        Blueprint(name, "app", url_prefix=f"/{name}") for name in ("a", "b", "c")
    )
    order = []
    for blueprint in (one, two, three):
        name = blueprint.name
        blueprint.before_request(lambda name=name: order.append(f"before {name}"))
        blueprint.after_request(
            lambda response, name=name: order.append(f"after {name}") or response
        )
        blueprint.teardown_request(
            lambda error, name=name: order.append(f"down {name}")
        )
        blueprint.before_app_request(lambda name=name: order.append(f"all {name}"))
        blueprint.add_url_rule("/", "index", index)
    two.register_blueprint(three)
    one.register_blueprint(two)
    app.register_blueprint(one, url_prefix="/top")
    show(see, app, "/top/", "/top/b/", "/top/b/c/", "/none")
    see(order)


def mounted_twice_under_two_names(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    called = []
    shop.add_url_rule("/", "index", lambda: url_for(".index") + index())
    shop.before_request(lambda: called.append("own"))
    shop.before_app_request(lambda: called.append("all"))
    shop.record(
        lambda state: called.append(("record", state.name, state.first_registration))
    )
    shop.record_once(lambda state: called.append(("once", state.name)))
    app.register_blueprint(shop, url_prefix="/a")
    app.register_blueprint(shop, url_prefix="/b", name="other")
    show(see, app, "/a/", "/b/")
    see(called)


def nested_under_two_parents(see):
    app = Flask("app")
    inner = Blueprint("inner", "app")
    inner.add_url_rule("/in", "index", index)
    for name in ("left", "right"):
        outer = Blueprint(name, "app", url_prefix=f"/{name}")
        outer.register_blueprint(inner)
        app.register_blueprint(outer)
    show(see, app, "/left/in", "/right/in")


def setup_state_of_nested_blueprints(see):
    app = Flask("app", subdomain_matching=True)
    outer = Blueprint(
        "outer", "app", url_prefix="/out/", subdomain="sub", url_defaults={"a": 1}
    )
    inner = Blueprint(
        "inner", "app", url_prefix="/in", subdomain="deep", url_defaults={"b": 2}
    )

    @inner.record
    def told(state):
        see(
            state.url_prefix,
            state.subdomain,
            state.url_defaults,
            state.name,
            state.name_prefix,
        )
        see(
            state.first_registration,
            state.app is app,
            state.blueprint is inner,
        )

    outer.register_blueprint(inner, url_defaults={"c": 3})
    app.register_blueprint(outer, url_defaults={"d": 4})


def setup_states_add_rules(see):
    app, shop = (
        Flask("app"),
        Blueprint("shop", "app", url_prefix="/shop", url_defaults={"n": 1}),
    )

    @shop.record
    def more(state):
        state.add_url_rule("/more", "more", lambda n: f"more {n}")
        state.add_url_rule("/named", view_func=named, defaults={"n": 2})
        state.app.jinja_env.globals["from_shop"] = state.url_prefix

    def named(n):
        return f"named {n}"

    app.register_blueprint(shop)
    show(see, app, "/shop/more", "/shop/named")
    see(app.jinja_env.globals["from_shop"])


def a_setup_state_of_ones_own(see):
    from flask.blueprints import BlueprintSetupState

    class State(BlueprintSetupState):
        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            super().add_url_rule(f"/v1{rule}", endpoint, view_func, **options)

    class Api(Blueprint):
        def make_setup_state(self, app, options, first_registration=False):
            return State(self, app, options, first_registration)

    app, api = Flask("app"), Api("api", "app", url_prefix="/api")
    api.add_url_rule("/x", "x", index)
    app.register_blueprint(api)
    show(see, app, "/api/v1/x", "/api/x")


def url_defaults_of_a_blueprint(see):
    app, shop = Flask("app"), Blueprint("shop", "app", url_defaults={"lang": "en"})
    shop.add_url_rule("/<n>", "item", lambda n, lang: f"{n} {lang}")
    shop.add_url_rule("/own", "own", lambda lang: lang, defaults={"lang": "fr"})
    app.register_blueprint(shop, url_prefix="/shop")
    app.register_blueprint(
        shop, url_prefix="/laden", url_defaults={"lang": "de"}, name="laden"
    )
    show(see, app, "/shop/1", "/laden/1", "/shop/own", "/laden/own")


def url_processors_of_a_blueprint(see):
    app, shop = Flask("app"), Blueprint("shop", "app", url_prefix="/<lang>")
    shop.url_value_preprocessor(
        lambda endpoint, values: see(endpoint, values.pop("lang"))
    )
    shop.url_defaults(lambda endpoint, values: values.setdefault("lang", "xx"))
    shop.app_url_defaults(lambda endpoint, values: values.setdefault("q", 1))
    shop.app_url_value_preprocessor(lambda endpoint, values: see("all", endpoint))
    shop.add_url_rule(
        "/", "index", lambda: url_for(".index") + url_for("shop.index", lang="y")
    )
    app.register_blueprint(shop)
    show(see, app, "/de/", "/none")


def relative_endpoints(see):
    app = Flask("app")
    outer, inner = Blueprint("outer", "app"), Blueprint("inner", "app")
    inner.add_url_rule("/in", "index", lambda: url_for(".other"))
    inner.add_url_rule("/other", "other", index)
    outer.add_url_rule(
        "/out", "index", lambda: url_for(".inner.index") + url_for("outer.index")
    )
    app.add_url_rule("/", "index", lambda: url_for(".index"))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    show(see, app, "/in", "/out", "/")


def static_files_of_a_blueprint(see):
    app = Flask("app")
    admin = Blueprint("admin", "app", static_folder="admin/static", url_prefix="/admin")
    own = Blueprint(
        "own", "app", static_folder="admin/static", static_url_path="/assets"
    )
    app.register_blueprint(admin)
    app.register_blueprint(own)
    show(see, app, "/admin/static/admin.txt", "/assets/admin.txt", "/admin/static/none")
    with app.test_request_context():
        see(url_for("admin.static", filename="admin.txt"), admin.static_url_path)
        see(
            admin.static_folder.endswith("admin/static"),
            admin.open_resource("note.txt").read(),
        )


def a_taken_static_endpoint_is_refused(see):
    shop = Blueprint("shop", "app", static_folder="static")
    shop.add_url_rule("/x", "static", index)
    see.outcome(Flask("app").register_blueprint, shop)


def templates_of_a_blueprint(see):
    app = Flask("app")
    admin = Blueprint(
        "admin", "app", template_folder="admin/templates", url_prefix="/admin"
    )
    admin.add_url_rule("/", "index", lambda: render_template("admin.html", who="me"))
    admin.add_url_rule("/both", "both", lambda: render_template("both.html"))
    app.register_blueprint(admin)
    show(see, app, "/admin/", "/admin/both")
    see(sorted(app.jinja_env.list_templates()))


def context_processors_of_a_blueprint(see):
    app = Flask("app")
    outer, inner = (
        Blueprint("outer", "app", url_prefix="/o"),
        Blueprint("inner", "app", url_prefix="/i"),
    )
    app.context_processor(lambda: {"a": "app", "b": "app", "c": "app"})
    outer.context_processor(lambda: {"b": "outer", "c": "outer"})
    inner.context_processor(lambda: {"c": "inner"})
    inner.app_context_processor(lambda: {"d": "all"})
    for where in (app, outer, inner):
        where.add_url_rule(
            "/", "x", lambda: render_template_string("{{a}} {{b}} {{c}} {{d}}")
        )
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    show(see, app, "/", "/o/", "/o/i/")


def template_names_of_a_blueprint(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    shop.app_template_filter()(lambda_named("shout", str.upper))
    shop.app_template_filter("low")(str.lower)
    shop.app_template_test("short")(lambda text: len(text) < 3)
    shop.app_template_global("answer")(lambda: 42)
    shop.add_app_template_filter(len, "size")
    app.register_blueprint(shop)
    with app.test_request_context():
        see(
            render_template_string(
                "{{'a'|shout}}{{'B'|low}}{{'c' is short}}{{answer()}}{{'d'|size}}"
            )
        )


def lambda_named(name, function):
    def named(value):
        return function(value)

    named.__name__ = name
    return named


def the_endpoint_decorator_of_a_blueprint(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    shop.add_url_rule("/x", "later")
    shop.endpoint("later")(index)
    app.register_blueprint(shop)
    show(see, app, "/x")
    see(list(app.view_functions), list(shop.view_functions))


def subdomains_of_blueprints(see):
    app = Flask("app", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    outer, inner = (
        Blueprint("outer", "app", subdomain="api"),
        Blueprint("inner", "app", subdomain="v1"),
    )
    inner.add_url_rule("/", "index", index)
    outer.add_url_rule("/", "index", index)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    for subdomain in ("api", "v1.api", "v1"):
        see(app.test_client().get("/", subdomain=subdomain))
    with app.app_context():
        see(url_for("outer.index"), url_for("outer.inner.index"))


def one_view_under_two_endpoints(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    shop.add_url_rule("/a", "one", index)
    shop.add_url_rule("/b", "one", index)
    shop.add_url_rule("/c", "two", index, methods=["POST"])
    app.register_blueprint(shop)
    show(see, app, "/a", "/b", "/c")


def blueprints_know_commands(see):
    app, shop = Flask("app"), Blueprint("shop", "app", cli_group="sell")

    @shop.cli.command("hello")
    def hello():
        """Say hello."""
        flask.cli.click.echo("hello")

    plain = Blueprint("plain", "app", cli_group=None)
    plain.cli.command("bare")(hello.callback)
    app.register_blueprint(shop)
    app.register_blueprint(plain)
    result = app.test_cli_runner().invoke(args=["sell", "hello"])
    see(result.output, result.exit_code, sorted(app.cli.commands))


def blueprints_open_resources(see):
    shop = Blueprint("shop", "app")
    see(
        shop.open_resource("note.txt").read(),
        shop.open_resource("note.txt", "r").read(),
    )
    see.outcome(shop.open_resource, "note.txt", "w")
    see.outcome(shop.send_static_file, "x")
    see(
        shop.static_folder,
        shop.static_url_path,
        shop.jinja_loader,
        shop.root_path == ".",
    )
    see.outcome(Blueprint, "x", "app", static_folder="static", unknown=1)


def register_options_reach_the_state(see):
    app, shop = Flask("app"), Blueprint("shop", "app")
    shop.record(lambda state: see(state.options))
    app.register_blueprint(shop, url_prefix="/x", anything="goes")


def of_two_static_routes_the_blueprints_own_wins(see):
    app, shop = Flask("app"), Blueprint("shop", "app", static_folder="admin/static")
    shop.add_url_rule("/static/<path:name>", "own", lambda name: "own")
    app.register_blueprint(shop, url_prefix="/shop")
    show(see, app, "/shop/static/admin.txt")


def what_is_nested_comes_after_the_outer_ones_members(see):
    app, called = Flask("app"), []
    outer, inner = Blueprint("outer", "app"), Blueprint("inner", "app")
    outer.register_blueprint(inner)
    for blueprint in (inner, outer):
        name = blueprint.name
        blueprint.before_app_request(lambda name=name: called.append(name))
        blueprint.add_url_rule("/same", "same", index)
        blueprint.app_errorhandler(404)(lambda error, name=name: name)
    app.register_blueprint(outer)
    show(see, app, "/same", "/none")
    see(called)


def one_name_twice_within_a_blueprint(see):
    for second in ("inner", "other"):
        app, outer = Flask("app"), Blueprint("outer", "app")
        inner = Blueprint("inner", "app")
        outer.register_blueprint(inner, name="x")
        again = inner if second == "inner" else Blueprint("other", "app")
        outer.register_blueprint(again, name="x")
        see.outcome(app.register_blueprint, outer)


def the_last_handler_wins_wherever_it_comes_from(see):
    def site():
        app, shop = Flask("app"), Blueprint("shop", "app")
        shop.app_errorhandler(404)(lambda error: "shop's")
        shop.app_template_filter("mark")(lambda text: "shop's")
        return app, shop

    def mark(app):
        with app.app_context():
            return render_template_string("{{ ''|mark }}")

    app, shop = site()
    app.register_error_handler(404, lambda error: "app's")
    app.add_template_filter(lambda text: "app's", "mark")
    app.register_blueprint(shop)
    see(mark(app))
    app.register_error_handler(404, lambda error: "app's again")
    app.add_template_filter(lambda text: "app's again", "mark")
    see(mark(app), app.test_client().get("/none"))
    app, shop = site()
    app.register_blueprint(shop)
    app.register_error_handler(404, lambda error: "app's")
    app.register_blueprint(shop, name="again")
    see(app.test_client().get("/none"))


def what_a_nested_setup_function_is_told(see):
    outer, inner = flask.Blueprint("o", "o"), flask.Blueprint("i", "i")
    inner.record(lambda state: see("options", state.options, state.url_defaults))
    outer.register_blueprint(inner, url_prefix="/i", url_defaults={"a": 1})
    app = flask.Flask("app")
    app.register_blueprint(outer)
    app.register_blueprint(outer, name="again", url_prefix="/o", subdomain="s")


def a_blueprint_that_is_mounted_without_a_name(see):
    app, part = flask.Flask("app"), flask.Blueprint("part", "part")
    part.add_url_rule("/e", "e", lambda: "e")
    app.register_blueprint(part, name="")
    see("rules", [(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()])
    see("answer", app.test_client().get("/e").text)
