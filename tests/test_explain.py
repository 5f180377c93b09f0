"""What app.explain says comes true: the test client is asked the same."""

import json
import warnings
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter

from nbflask import Blueprint, Flask, g, request
from nbflask.judging import VERDICTS

METHODS = ("GET", "POST", "DELETE")
#: What goes before the answer and after it, as explained.
AROUND = {"url_value_preprocessor", "before_request", "view", "error_handler"}
AROUND |= {"after_request", "teardown_request", "teardown_appcontext"}


class Flag(BaseConverter):
    """Takes yes and no, and refuses the rest of what looks like a word."""

    regex = "[a-z]+"

    def to_python(self, value):
        return {"yes": True, "no": False}[value]  # KeyError: a converter that fails

    def to_url(self, value):
        return "yes" if value else "no"


def view_for(endpoint):
    def view(**values):
        g.ran.append(view.__name__)
        told = {"X-Rule": request.url_rule.rule, "X-Values": json.dumps(values)}
        return "", 200, told

    view.__name__ = view.__qualname__ = endpoint
    return view


def note(name, result=None):
    """A hook that notes that it ran."""

    def hook(*given):
        g.ran.append(name)
        return given[0] if name.startswith("after") else result

    hook.__name__ = hook.__qualname__ = name
    return hook


segments = st.sampled_from(
    [
        *("a", "b", "a-{}", "<int:v{}>", "<v{}>", "<float:v{}>", "<any(a,b):v{}>"),
        *("<path:v{}>", "<string(length=2):v{}>", "<int(min=3):v{}>"),
    ]
)
words = st.sampled_from(["a", "b", "ab", "1", "7", "-1", "1.5", "a-1", "x", "", "ä"])
slash = st.sampled_from(["", "/"])


@st.composite
def rule_texts(draw):
    parts = draw(st.lists(segments, max_size=3))
    return "/" + "/".join(p.format(i) for i, p in enumerate(parts)) + draw(slash)


rules = st.fixed_dictionaries(
    {"rule": rule_texts(), "methods": st.sets(st.sampled_from(METHODS), min_size=1)},
    optional={
        "strict_slashes": st.booleans(),
        "merge_slashes": st.booleans(),
        "build_only": st.just(True),
        "redirect_to": st.just("/a"),
        "provide_automatic_options": st.booleans(),
        "endpoint": st.sampled_from(["shared_1", "shared_2"]),
        "defaults": st.fixed_dictionaries({}, optional={"v0": st.just(1)}),
    },
)
paths = st.tuples(st.lists(words, max_size=4), slash).map(
    lambda each: "/" + "/".join(each[0]) + each[1]
)
requests = st.tuples(st.sampled_from([*METHODS, "HEAD", "OPTIONS", "PUT"]), paths)


@st.composite
def apps(draw):
    """An app of random rules, some of them in blueprints, and with hooks."""
    app = Flask("explained", static_folder=None)
    app.url_map.strict_slashes = draw(st.booleans())
    app.url_map.merge_slashes = draw(st.booleans())
    app.url_map.redirect_defaults = draw(st.booleans())
    shop = Blueprint("shop", "explained", url_prefix=draw(st.sampled_from(["/a", "/"])))
    for number, options in enumerate(draw(st.lists(rules, max_size=6))):
        if "any(a,b):v0" in options["rule"]:
            options.pop("defaults", None)  # its converter could not write it
        add(shop if draw(st.booleans()) else app, number, options)
    for target in (app, shop):
        hook(target, target.name)
    app.teardown_appcontext(note("teardown_app"))
    if draw(st.booleans()):
        app.register_error_handler(404, handler_for("lost"))
    if draw(st.booleans()):
        app.register_error_handler(405, handler_for("refused"))
    app.register_blueprint(shop)
    return app


def add(target, number, options):
    options = dict(options)
    endpoint = options.pop("endpoint", None) or f"view_{number}"
    view = target.view_functions.get(endpoint) or view_for(endpoint)
    target.add_url_rule(options.pop("rule"), endpoint, view, **options)


def hook(target, name):
    target.url_value_preprocessor(note(f"values_{name}"))
    target.before_request(note(f"before_{name}"))
    target.after_request(note(f"after_{name}"))
    target.after_request(note(f"after_too_{name}"))
    target.teardown_request(note(f"teardown_{name}"))


def handler_for(name):
    def handle(error):
        g.ran.append(name)
        return error

    handle.__name__ = handle.__qualname__ = name
    return handle


def asked(app, method, path, **options):
    """Return the client's response, and the names of the functions that ran."""
    ran = []
    with app.app_context():
        g.ran = ran
        response = app.test_client().open(path, method=method, **options)
    return response, ran


def told(response):
    """Return of a response what an explanation can say too."""
    if response.status_code == 200:
        if response.request.method == "OPTIONS" and "X-Rule" not in response.headers:
            return "options", set(response.allow)
        values = json.loads(response.headers["X-Values"])
        return "view", response.headers["X-Rule"], values
    if response.status_code == 308:
        return "redirect", response.headers["Location"]
    return "refused", response.status_code, set(response.allow)


def foretold(why):
    outcome = why.outcome
    if outcome.kind == "view":
        return "view", why.winner.rule, dict(outcome.values)
    if outcome.kind == "options":
        return "options", set(outcome.allowed)
    if outcome.kind == "redirect":
        return "redirect", outcome.location
    return "refused", outcome.status, set(outcome.allowed)


@given(apps(), requests)
@settings(max_examples=300, deadline=None)
def test_an_explanation_comes_true(app, request):
    method, path = request
    why = app.explain(method, path)
    response, ran = asked(app, method, path)
    assert told(response) == foretold(why)
    assert ran == [call.name for call in why.calls if call.kind in AROUND]


@given(apps(), requests)
@settings(max_examples=100, deadline=None)
def test_every_rule_has_a_verdict_and_at_most_one_wins(app, request):
    why = app.explain(*request)
    assert [seen.rule for seen in why.rules] == [
        rule.rule for rule in app.registry.table.bound.values()
    ]
    won = [seen for seen in why.rules if seen.verdict == "won"]
    assert len(won) <= 1
    assert bool(won) == (why.outcome.kind in {"view", "options", "redirect"})
    assert {seen.verdict for seen in why.rules} <= {*VERDICTS, "won", "outranked"}
    assert not won or why.nearest[0] is won[0]
    if why.outcome.status == 405:
        assert "method" in {seen.verdict for seen in why.rules}


hosts = st.sampled_from(["shop.test", "api.shop.test", "ada.shop.test", "other.test"])
places = st.sampled_from(["", "api", "<user>"])


@given(
    st.lists(st.tuples(rule_texts(), places), min_size=1, max_size=4),
    st.booleans(),
    paths,
    hosts,
)
@settings(max_examples=150, deadline=None)
def test_hosts_and_subdomains_come_true_too(rules, by_host, path, host):
    app = Flask(
        "hosts",
        static_folder=None,
        host_matching=by_host,
        subdomain_matching=not by_host,
    )
    app.config["SERVER_NAME"] = "shop.test"
    for number, (rule, place) in enumerate(rules):
        options = {"subdomain": place}
        if by_host:
            options = {"host": f"{place}.shop.test".lstrip(".")}
        add(app, number, {"rule": rule, "methods": {"GET"}, **options})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a host that is not SERVER_NAME
        why = app.explain("GET", path, host=host)
        response, _ = asked(app, "GET", f"http://{host}/{path.lstrip('/')}")
    assert told(response) == foretold(why)


# What is said, one by one


@pytest.fixture
def shop(cells):
    """An app whose parts come from three cells."""
    cells.run(
        """
        @app.before_request
        def log_in(): pass
        @app.after_request
        def stamp(response): return response
        @app.errorhandler(404)
        def lost(error): return "lost", 404
        """,
        id="hooks",
    )
    cells.run(
        """
        @app.get("/users")
        def users(): return ""
        @app.post("/users")
        def add_user(): return ""
        @app.get("/users/<int:id>")
        def user(id): return ""
        @app.get("/docs/")
        def docs(): return ""
        app.add_url_rule("/sent/<int:id>", "sent", build_only=True)
        app.add_url_rule("/moved", "moved", redirect_to="/users")
        """,
        id="routes",
    )
    cells.run(
        """
        admin = Blueprint("admin", "admin", url_prefix="/admin")
        @admin.before_request
        def check(): pass
        @admin.errorhandler(ValueError)
        def wrong(error): return "", 400
        @admin.get("/<name>")
        def page(name): return ""
        app.register_blueprint(admin)
        """,
        id="admin",
    )
    return cells.namespace["app"]


def verdicts(why):
    return {
        f"{','.join(each.methods)} {each.rule}": (each.verdict, each.reason)
        for each in why.rules
    }


@pytest.mark.parametrize(
    ("method", "path", "rule", "verdict", "reason"),
    [
        ("GET", "/users", "GET /users", "won", "it matches"),
        ("GET", "/users", "POST /users", "method", "it takes POST, OPTIONS"),
        ("GET", "/users/", "GET /users", "slash", "it has no slash at its end"),
        (
            *("GET", "/users/x", "GET /users/<int:id>", "converter"),
            "'x' is not an int",
        ),
        ("POST", "/docs", "GET /docs/", "slash", "it has a slash at its end"),
        (
            *("GET", "/docs", "GET /docs/", "won"),
            "it matches with a slash at its end, so it redirects to"
            " http://localhost/docs/",
        ),
        (
            *("GET", "//docs", "GET /docs/", "path"),
            "another path",
        ),
        (
            *("GET", "/moved", "GET /moved", "won"),
            "it matches and has a redirect_to, so it redirects to"
            " http://localhost/users",
        ),
        ("GET", "/sent/1", "GET /sent/<int:id>", "build only", "it only builds URLs"),
        ("GET", "/elsewhere", "GET /users", "path", "another path"),
    ],
)
def test_a_rule_says_why_in_plain_words(shop, method, path, rule, verdict, reason):
    assert verdicts(shop.explain(method, path))[rule] == (verdict, reason)


def test_a_rule_that_matches_too_names_the_one_that_comes_first(app):
    app.add_url_rule("/<name>", "any", view_for("any"))
    app.add_url_rule("/ada", "ada", view_for("ada"))
    assert verdicts(app.explain("GET", "/ada"))["GET /<name>"] == (
        "outranked",
        "it matches, but /ada comes first",
    )


def test_a_rule_for_another_host_names_it():
    app = Flask("hosts", static_folder=None, host_matching=True)
    app.add_url_rule("/", "api", view_for("api"), host="api.test")
    app.add_url_rule("/x", "x", view_for("x"), host="api.test")
    why = app.explain("GET", "/", host="www.test")
    assert verdicts(why)["GET /"] == (
        "host",
        "it is for the host 'api.test', not 'www.test'",
    )
    assert verdicts(why)["GET /x"][0] == "path"
    assert app.explain("GET", "/", host="api.test").winner.endpoint == "api"


def test_the_functions_are_named_with_their_cells_and_blueprints(shop):
    calls = shop.explain("GET", "/admin/x").calls
    assert [(c.kind, c.name, c.owner.name[-6:], c.scope) for c in calls] == [
        ("before_request", "log_in", "/hooks", None),
        ("before_request", "check", "/admin", "admin"),
        ("view", "page", "/admin", "admin"),
        ("after_request", "stamp", "/hooks", None),
    ]


def test_the_handlers_at_hand_come_from_the_inside_out(shop):
    handlers = shop.explain("GET", "/admin/x").handlers
    assert [(each.name, each.for_) for each in handlers] == [
        ("wrong", "ValueError"),
        ("lost", "404"),
    ]


def test_the_handler_that_answers_a_404_stands_where_the_view_would(shop):
    calls = shop.explain("GET", "/nowhere").calls
    assert [(each.kind, each.name) for each in calls] == [
        ("before_request", "log_in"),
        ("error_handler", "lost"),
        ("after_request", "stamp"),
    ]


def test_an_explanation_is_data_and_does_not_change(shop):
    why = shop.explain("GET", "/users?page=2")
    with pytest.raises(FrozenInstanceError):
        why.method = "POST"
    assert (why.path, why.outcome.endpoint) == ("/users", "users")


def test_nothing_runs_and_nothing_stays(app):
    def never(*given):
        raise AssertionError("it ran")

    app.add_url_rule("/", "index", never)
    for each in (app.before_request, app.teardown_request, app.teardown_appcontext):
        each(never)
    assert app.explain("GET", "/").outcome.kind == "view"
    assert not app._got_first_request


def test_a_converter_may_look_at_the_request(app):
    class Own(BaseConverter):
        def to_python(self, value):
            return value + request.args["suffix"] + str(bool(g))

    app.url_map.converters["own"] = Own
    app.add_url_rule("/<own:name>", "own", view_for("own"))
    assert app.explain("GET", "/a?suffix=b").outcome.values["name"].startswith("ab")


def test_a_converter_that_fails_is_an_outcome(app):
    app.url_map.converters["flag"] = Flag
    app.add_url_rule("/<flag:on>", "flag", view_for("flag"))
    outcome = app.explain("GET", "/maybe").outcome
    assert (outcome.kind, outcome.status) == ("raises", 500)
    assert isinstance(outcome.error, KeyError)
    assert app.test_client().get("/maybe").status_code == 500


def test_a_host_that_is_not_trusted_is_refused(app):
    app.config["TRUSTED_HOSTS"] = ["good.test"]
    app.add_url_rule("/", "index", view_for("index"))
    assert app.explain("GET", "/", host="evil.test").outcome.status == 400
    assert app.explain("GET", "/", host="good.test").outcome.kind == "view"


def test_it_can_be_asked_within_a_request(shop, cells):
    shop.add_url_rule("/why", "why", lambda: shop.explain("GET", "/users").winner.rule)
    assert shop.test_client().get("/why").text == "/users"


def test_an_endpoint_without_a_view_says_so(app):
    app.add_url_rule("/soon", "soon")
    assert [c.name for c in app.explain("GET", "/soon").calls] == ["no view yet"]
