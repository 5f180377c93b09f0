"""Rules, methods, converters, class-based views, url_for."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request, url_for, views
from werkzeug.routing import BaseConverter, BuildError, Map, Rule, Subdomain


def index():
    return "index"


def ask(see, app, *paths, **options):
    client = app.test_client()
    for path in paths:
        method, _, path = path.rpartition(" ")
        see(client.open(path, method=method or "GET", **options))


def a_rule_needs_a_slash_and_an_endpoint(see):
    app = Flask("app")
    see.outcome(app.add_url_rule, "no-slash", view_func=index)
    see.outcome(app.add_url_rule, "/")
    see.outcome(app.add_url_rule, "/", "", index)
    see.outcome(app.add_url_rule, "/<int:>", "x", index)
    see.outcome(app.add_url_rule, "/<nope:x>", "x", index)
    see.outcome(app.add_url_rule, "/<x>/<x>", "x", index)
    see.outcome(app.add_url_rule, "/x", "x", index, unknown_option=1)
    see.outcome(app.add_url_rule, "/x", "x", index, methods="GET")
    see.outcome(app.add_url_rule, "/x", "x", index, methods=[1])
    see.outcome(app.add_url_rule, "/x", "x", index, methods=5)
    see.outcome(app.add_url_rule, "/x", view_func=object())


def two_views_for_one_endpoint_conflict(see):
    app = Flask("app")
    app.add_url_rule("/a", "same", index)
    see.outcome(app.add_url_rule, "/b", "same", lambda: "other")
    see.outcome(app.add_url_rule, "/c", "same", index)
    ask(see, app, "/a", "/c")


def shortcuts_for_methods(see):
    app = Flask("app")
    for name in ("get", "post", "put", "delete", "patch"):
        getattr(app, name)(f"/{name}", endpoint=name)(index)
        see.outcome(getattr(app, name), "/", methods=["GET"])
    ask(
        see,
        app,
        "/get",
        "POST /post",
        "/post",
        "PUT /put",
        "DELETE /delete",
        "PATCH /patch",
    )


def an_endpoint_without_a_view_fails(see):
    app = Flask("app")
    app.add_url_rule("/", "later")
    ask(see, app, "/")


def the_endpoint_decorator_gives_the_view(see):
    app = Flask("app")
    app.add_url_rule("/", "later")
    app.endpoint("later")(index)
    app.view_functions["other"] = index
    app.url_map.add(Rule("/other", endpoint="other"))
    ask(see, app, "/", "/other", "POST /other", "OPTIONS /other", "OPTIONS /")


def rule_factories_may_be_added(see):
    app = Flask("app", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    app.view_functions["x"] = index
    app.url_map.add(Subdomain("sub", [Rule("/x", endpoint="x")]))
    see(app.test_client().get("/x", base_url="http://sub.example.com"))
    see(app.test_client().get("/x", base_url="http://example.com"))


def slashes_are_redirected_or_not(see):
    app = Flask("app")
    app.add_url_rule("/with/", "a", index)
    app.add_url_rule("/without", "b", index)
    app.add_url_rule("/lax/", "c", index, strict_slashes=False)
    ask(
        see,
        app,
        "/with",
        "/with?a=1&b=%20",
        "/with/",
        "/without/",
        "/lax",
        "//with/",
        "/with//",
    )
    app.url_map.merge_slashes = False
    ask(see, app, "//with/")


def a_redirect_in_debug_mode_keeps_forms(see):
    app = Flask("app")
    app.config.update(DEBUG=True)
    app.add_url_rule("/with/", "a", index, methods=["GET", "POST"])
    see.outcome(app.test_client().post, "/with", data={"a": 1})
    see.outcome(app.test_client().get, "/with")
    app.debug = False
    see.outcome(app.test_client().post, "/with", data={"a": 1})


def defaults_redirect_to_the_shorter_rule(see):
    app = Flask("app")

    @app.route("/all/", defaults={"page": 1})
    @app.route("/all/page/<int:page>")
    def show(page):
        return f"page {page}"

    ask(see, app, "/all/", "/all/page/2", "/all/page/1", "/all/page/x")
    with app.test_request_context():
        see(url_for("show"), url_for("show", page=1), url_for("show", page=3))


def converters_of_all_kinds(see):
    app = Flask("app")
    for rule in (
        *("/i/<int:x>", "/f/<float:x>", "/p/<path:x>", "/u/<uuid:x>", "/s/<x>"),
        *("/a/<any(one, two):x>", "/l/<string(length=3):x>", "/n/<int(signed=True):x>"),
    ):
        app.add_url_rule(rule, rule, lambda x: repr(x))
    uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    ask(
        see, app, "/i/05", "/i/-5", "/f/1.5", "/f/1", "/p/a/b", f"/u/{uuid}", "/s/a%2Fb"
    )
    ask(see, app, "/a/one", "/a/three", "/l/abc", "/l/ab", "/n/-5", "/s/", "/p/")


def a_converter_of_ones_own(see):
    class Names(BaseConverter):
        def to_python(self, value):
            return value.split("+")

        def to_url(self, value):
            return "+".join(map(super().to_url, value))

    app = Flask("app")
    app.url_map.converters["names"] = Names

    @app.route("/<names:who>")
    def show(who):
        return "|".join(who) + url_for("show", who=["ä", "b"])

    ask(see, app, "/a+b", "/%C3%A4")


def options_and_head_are_automatic(see):
    app = Flask("app")
    app.add_url_rule("/get", "get", index)
    app.add_url_rule("/post", "post", index, methods=["POST"])
    app.add_url_rule("/none", "none", index, provide_automatic_options=False)
    app.add_url_rule("/own", "own", lambda: request.method, methods=["GET", "OPTIONS"])
    for path in ("/get", "/post", "/none", "/own"):
        ask(see, app, f"OPTIONS {path}", f"HEAD {path}", f"TRACE {path}")


def automatic_options_may_be_off(see):
    app = Flask("app")
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/get", "get", index)
    app.add_url_rule("/on", "on", index, provide_automatic_options=True)
    index.provide_automatic_options = True
    app.add_url_rule("/attribute", "attribute", index)
    del index.provide_automatic_options
    ask(see, app, "OPTIONS /get", "OPTIONS /on", "OPTIONS /attribute")
    see(sorted((r.rule, sorted(r.methods)) for r in app.url_map.iter_rules()))


def a_view_may_require_methods(see):
    def view():
        return request.method

    view.required_methods = ["PUT"]
    view.methods = ["GET", "POST"]
    app = Flask("app")
    app.add_url_rule("/", view_func=view)
    app.add_url_rule("/own", "own", view, methods=["delete"])
    ask(see, app, "GET /", "PUT /", "PATCH /", "DELETE /own", "PUT /own", "GET /own")


def views_as_classes(see):
    class Hello(views.View):
        methods = ["GET", "POST"]
        init_every_request = False
        made = 0

        def __init__(self, greeting, mark="x"):
            Hello.made += 1
            self.greeting = greeting

        def dispatch_request(self, who):
            return f"{self.greeting} {who} {request.method} {Hello.made}"

    app = Flask("app")
    view = Hello.as_view("hello", "Hi", mark="y")
    app.add_url_rule("/<who>", view_func=view)
    ask(see, app, "/a", "POST /b", "PUT /c", "/d")
    see(view.__name__, view.view_class, view.methods, view.provide_automatic_options)
    see(view.__doc__, view.__module__)


def method_views(see):
    class Base(views.MethodView):
        def get(self):
            return "get"

    class Items(Base):
        def post(self):
            return "post", 201

        def propfind(self):
            return "propfind"

    class Nothing(views.MethodView):
        pass

    app = Flask("app")
    app.add_url_rule("/", view_func=Items.as_view("items"))
    app.add_url_rule("/all", view_func=Items.as_view("all"), methods=["GET", "PUT"])
    ask(see, app, "/", "POST /", "HEAD /", "DELETE /", "OPTIONS /")
    see.outcome(app.test_client().put, "/all")
    app.testing = True
    see.outcome(app.test_client().put, "/all")
    see(Items.methods, Base.methods, Nothing.methods, views.MethodView.methods)


def class_views_can_be_decorated(see):
    def loud(view):
        def louder(*args, **kwargs):
            return view(*args, **kwargs).upper()

        return louder

    def twice(view):
        return lambda **kwargs: view(**kwargs) * 2

    class Shy(views.View):
        decorators = [loud, twice]

        def dispatch_request(self):
            return "shy"

    app = Flask("app")
    view = Shy.as_view("shy")
    app.add_url_rule("/", view_func=view)
    ask(see, app, "/")
    see(view.__name__, view.view_class)


def a_view_class_must_dispatch(see):
    app = Flask("app")
    app.testing = True
    app.add_url_rule("/", view_func=views.View.as_view("none"))
    see.outcome(app.test_client().get, "/")


def url_for_in_all_ways(see):
    app = Flask("app")
    app.add_url_rule("/a/<int:n>", "a", index)
    app.add_url_rule("/m", "m", index, methods=["GET"])
    app.add_url_rule("/m/post", "m", index, methods=["POST"])
    with app.test_request_context("/under/x", base_url="https://example.com/app"):
        see(url_for("a", n=1, q="ä b", r=[1, 2], none=None))
        see(url_for("a", n=1, _anchor="x y", _external=True, _scheme="ftp"))
        see(url_for("m", _method="POST"), url_for("m", _method="GET"), url_for("m"))
        see(url_for("static", filename="a b.css"), url_for("a", n=1, _scheme=""))
        see.outcome(url_for, "a")
        see.outcome(url_for, "a", n="x")
        see.outcome(url_for, "aa", n=1)
        see.outcome(url_for, "m", _method="PUT")
        see.outcome(url_for, "a", n=1, _scheme="https", _external=False)
        see.outcome(url_for, ".a", n=1)
        see(app.url_for("a", n=2, _external=True))


def url_for_outside_of_requests(see):
    app = Flask("app")
    app.add_url_rule("/", "index", index)
    see.outcome(url_for, "index")
    see.outcome(app.url_for, "index")
    with app.app_context():
        see.outcome(url_for, "index")
    app.config.update(SERVER_NAME="example.com:81", APPLICATION_ROOT="/r")
    app.config.update(PREFERRED_URL_SCHEME="https")
    see.outcome(app.url_for, "index", a=1, _anchor="b")
    with app.app_context():
        see(url_for("index"), url_for("index", _external=False))


def build_errors_have_handlers(see):
    app = Flask("app")
    app.url_build_error_handlers.append(lambda error, endpoint, values: None)

    @app.url_build_error_handlers.append
    def known(error, endpoint, values):
        see(error, endpoint, values)
        return f"/known/{endpoint}" if endpoint == "known" else None

    @app.url_build_error_handlers.append
    def again(error, endpoint, values):
        if endpoint == "again":
            raise BuildError("another", {}, None)

    with app.test_request_context():
        for endpoint in ("known", "unknown", "again"):
            see.outcome(url_for, endpoint, a=1, _anchor="x")


def url_defaults_and_value_preprocessors(see):
    app = Flask("app")

    @app.url_defaults
    def language(endpoint, values):
        if app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values.setdefault("lang", "en")

    @app.url_value_preprocessor
    def take(endpoint, values):
        see(endpoint, values)
        if values:
            values.pop("lang", None)

    @app.route("/<lang>/")
    def home():
        return url_for("home") + url_for("home", lang="de") + url_for("other")

    app.add_url_rule("/other", "other", index)
    ask(see, app, "/fr/", "/other", "/none/at/all")


def host_matching(see):
    app = Flask("app", host_matching=True, static_host="static.example.com")
    app.add_url_rule("/", "main", index, host="example.com")
    app.add_url_rule("/", "user", lambda name: name, host="<name>.example.com")
    for host in ("example.com", "ada.example.com", "other.org"):
        see(app.test_client().get("/", base_url=f"http://{host}"))
    see(
        app.test_client().get("/static/hello.txt", base_url="http://static.example.com")
    )
    with app.test_request_context("/", base_url="http://example.com"):
        see(url_for("user", name="ä"), url_for("main"), url_for("static", filename="x"))
    see.outcome(Flask, "app", host_matching=True)
    see.outcome(Flask, "app", static_host="x")


def subdomains(see):
    app = Flask("app", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    app.add_url_rule("/", "main", index)
    app.add_url_rule("/", "user", lambda name: name, subdomain="<name>")
    client = app.test_client()
    see(
        client.get("/"),
        client.get("/", subdomain="ada"),
        client.get("/", subdomain="a.b"),
    )
    see(client.get("/", base_url="http://localhost"))
    with app.test_request_context("/", subdomain="ada"):
        see(url_for("user", name="bob"), url_for("main"), request.url, request.host)


def trusted_hosts(see):
    app = Flask("app")
    app.config["TRUSTED_HOSTS"] = ["example.com", ".good.org"]
    app.add_url_rule("/", "main", index)
    for host in ("example.com", "evil.com", "a.good.org", "example.com:80", "good.org"):
        see(app.test_client().get("/", headers={"Host": host}))


def a_request_may_trust_hosts_itself(see):
    from flask import Request

    class Own(Request):
        trusted_hosts = ["only.me"]

    app = Flask("app")
    app.request_class = Own
    app.add_url_rule("/", "main", index)
    see(
        app.test_client().get("/"),
        app.test_client().get("/", base_url="http://only.me"),
    )


def websocket_rules(see):
    app = Flask("app")
    app.add_url_rule("/ws", "ws", index, websocket=True)
    app.add_url_rule("/http", "http", index)
    for path in ("/ws", "/http"):
        see(
            app.test_client().get(
                path, headers={"Upgrade": "websocket", "Connection": "Upgrade"}
            )
        )
        see(app.test_client().get(path), app.test_client().get(path, url_scheme="ws"))


def redirect_to_in_rules(see):
    app = Flask("app")
    app.add_url_rule("/old/<int:n>", redirect_to="/new/<n>", endpoint="old")
    app.add_url_rule("/go", redirect_to=lambda adapter: "/target", endpoint="go")
    ask(see, app, "/old/5", "/go")


def a_map_and_rule_class_of_ones_own(see):
    class Shouting(Rule):
        def __init__(self, string, **options):
            super().__init__(string.upper(), **options)

    class OwnMap(Map):
        default_converters = {**Map.default_converters, "yes": BaseConverter}

    class Site(Flask):
        url_rule_class = Shouting
        url_map_class = OwnMap

    app = Site("app", static_folder=None)
    app.add_url_rule("/a", "a", index)
    ask(see, app, "/A", "/a")
    see(
        [str(rule) for rule in app.url_map.iter_rules()],
        "yes" in app.url_map.converters,
    )


def rules_show_themselves(see):
    app = Flask("app")
    app.add_url_rule("/a/<x>", "a", index, defaults={"y": 1})
    see(app.url_map, list(app.url_map.iter_rules("a")), str(app.url_map))
    rule = next(app.url_map.iter_rules("a"))
    see(
        rule,
        rule.arguments,
        rule.defaults,
        rule.methods,
        rule.provide_automatic_options,
    )
    see(app.url_map.is_endpoint_expecting("a", "x"), app.url_map.host_matching)
    see.outcome(app.url_map.iter_rules, "nope")


def setting_up_after_the_first_request_is_refused(see):
    app = Flask("app")
    app.add_url_rule("/", "index", index)
    ask(see, app, "/")
    see.outcome(app.add_url_rule, "/x", "x", index)
    for name in (
        *("route", "get", "before_request", "after_request", "teardown_request"),
        *("teardown_appcontext", "context_processor", "url_defaults", "endpoint"),
        *("url_value_preprocessor", "errorhandler", "template_filter"),
        *("template_test", "template_global", "shell_context_processor"),
    ):
        see.outcome(getattr(app, name), "/x")
    see.outcome(app.register_blueprint, Blueprint("x", "app"))
    see.outcome(app.register_error_handler, 404, index)
    see.outcome(app.add_template_filter, index)


def the_url_adapter_can_be_made_differently(see):
    class Site(Flask):
        def create_url_adapter(self, request):
            adapter = super().create_url_adapter(request)
            if request is not None:
                adapter.script_name = "/seen/"
            return adapter

    app = Site("app")
    app.add_url_rule("/x", "x", lambda: url_for("x"))
    ask(see, app, "/x")


def a_redirecting_view(see):
    app = Flask("app")
    app.add_url_rule("/a", "a", lambda: redirect(url_for("b", q=1)))
    app.add_url_rule("/b", "b", lambda: request.args)
    response = app.test_client().get("/a", follow_redirects=True)
    see(response, len(response.history), response.request.url)


def a_bad_rule_is_told_before_a_taken_endpoint(see):
    app = Flask("app")
    app.add_url_rule("/", "same", index)
    see.outcome(app.add_url_rule, "/<", "same", lambda: "other")
    see.outcome(app.add_url_rule, "no-slash", "same", lambda: "other")
