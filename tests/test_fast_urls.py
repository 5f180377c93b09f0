"""Within a request a URL is built the short way, with the outcome of the long way: a
context whose adapter was looked at asks that adapter, and is the measure.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter, BuildError, MapAdapter, Rule
from werkzeug.routing import Map as GeneralMap

from nbflask import Blueprint, Flask, request, url_for
from nbflask.globals import request_ctx


class Upper(BaseConverter):
    def to_url(self, value):
        return value.upper()


def view(**values):
    return repr(sorted(values.items()))


RULES = {
    "index": ("/",),
    "text": ("/text/<name>",),
    "number": ("/number/<int:id>",),
    "real": ("/real/<float:x>/",),
    "path": ("/path/<path:rest>",),
    "any": ("/any/<any(a, b):which>",),
    "id": ("/id/<uuid:id>",),
    "upper": ("/upper/<upper:word>",),
    "two": ("/two/<a>-<b>",),
    "odd": ("/odd ö/<name>",),
    "slashes": ("//slashes//<name>",),
    "several": ("/several/", "/several/<int:page>"),
    "page": ("/page/<int:page>",),
}


def make_app(**options):
    app = Flask(__name__, **options)
    app.url_map.converters["upper"] = Upper
    for endpoint, rules in RULES.items():
        for rule in rules:
            app.add_url_rule(rule, endpoint, view)
    app.add_url_rule("/default", "default", view, defaults={"page": 1})
    app.add_url_rule("/post", "post", view, methods=["POST"])
    app.add_url_rule("/ws", "ws", view, websocket=True)
    app.add_url_rule("/build", "build", view, build_only=True)
    app.add_url_rule("/shop", "shop", view, subdomain="shop")
    app.add_url_rule("/of/<name>", "of", view, subdomain="<shop>")
    return app


def asked(endpoint, values):
    """Return what comes of building a URL: the URL, or how that is refused."""
    try:
        return url_for(endpoint, **values)
    except (BuildError, TypeError, ValueError) as error:
        return type(error), str(error)


def both(app, endpoint, values, **environ):
    """Build a URL the short way, and by an adapter."""
    with app.test_request_context("/here", **environ):
        short = asked(endpoint, dict(values))
        assert request_ctx.url_adapter is not None
        return short, asked(endpoint, dict(values))


CALLS = [
    *(("index", {}), ("index", {"q": "a b", "n": 1}), ("index", {"q": ["a", "b"]})),
    *(("text", {"name": "Ada"}), ("text", {"name": "a/b c?"}), ("text", {"name": 7})),
    *(("text", {}), ("text", {"name": None}), ("text", {"name": "x", "q": None})),
    *(("number", {"id": 7}), ("number", {"id": "7"}), ("number", {"id": "seven"})),
    *(("number", {"id": -1}), ("real", {"x": 0.5}), ("path", {"rest": "a/ b/ö"})),
    *(("path", {"rest": "/a"}), ("any", {"which": "a"}), ("any", {"which": "c"})),
    *(("id", {"id": UUID(int=1)}), ("upper", {"word": "ada"}), ("odd", {"name": ""})),
    *(("two", {"a": 1, "b": 2}), ("slashes", {"name": "x"}), ("several", {})),
    *(("several", {"page": 2}), ("page", {"page": 1}), ("default", {})),
    *(("default", {"page": 1}), ("default", {"page": 2}), ("post", {}), ("ws", {})),
    *(("build", {}), ("shop", {}), ("of", {"shop": "x", "name": "y"}), ("nowhere", {})),
    *(("static", {"filename": "css/a b.css"}), (".index", {}), ("a.b", {})),
    *(("index", {"_anchor": "a b"}), ("index", {"_method": "POST"})),
    *(("index", {"_external": True}), ("index", {"_external": False})),
    *(("index", {"_scheme": "https"}), ("text", {"_scheme": "", "name": "x"})),
    *(("index", {"_scheme": "https", "_external": False}), ("text", {"self": "x"})),
]
PLACES = [
    {},
    {"base_url": "http://localhost:8000/prefix/"},
    {"base_url": "https://shop.localhost/"},
    {"environ_overrides": {"SCRIPT_NAME": "/\xc3\xa4//"}},
    {"method": "POST"},
]


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize(("endpoint", "values"), CALLS, ids=str)
def test_a_url_is_the_one_that_an_adapter_builds(endpoint, values, place):
    short, long = both(make_app(), endpoint, values, **place)
    assert short == long


@pytest.mark.parametrize(("endpoint", "values"), CALLS, ids=str)
def test_a_url_below_a_subdomain_is_the_one_that_an_adapter_builds(endpoint, values):
    app = make_app(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    for url in ("http://example.org/", "http://shop.example.org/"):
        short, long = both(app, endpoint, values, base_url=url)
        assert short == long


class Incomparable:
    """As an array is, which has no one answer to whether it equals something."""

    def __eq__(self, other):
        raise ValueError("no answer")

    def __hash__(self):
        return 1

    def __str__(self):
        return "[1 2]"


def test_values_are_written_that_cannot_be_compared():
    values = {"name": Incomparable(), "q": Incomparable()}
    url = "/text/%5B1%202%5D?q=%5B1+2%5D"
    assert both(APP, "text", values) == (url, url)


@given(
    st.sampled_from(["text", "path", "odd", "slashes", "upper"]),
    st.dictionaries(st.sampled_from(["name", "rest", "word", "q"]), st.text()),
)
def test_any_text_is_written_as_an_adapter_writes_it(endpoint, values):
    short, long = both(APP, endpoint, values)
    assert short == long


APP = make_app()


def test_a_map_that_sorts_parameters_sorts_them(app):
    app.url_map.sort_parameters = True
    app.add_url_rule("/", "index", view)
    assert both(app, "index", {"b": 1, "a": 2}) == ("/?a=2&b=1", "/?a=2&b=1")


def test_hosts_that_match_are_part_of_a_url():
    app = Flask(__name__, host_matching=True, static_host="localhost")
    app.add_url_rule("/", "index", view, host="localhost")
    app.add_url_rule("/far", "far", view, host="far.org")
    assert both(app, "index", {}) == ("/", "/")
    assert both(app, "far", {}) == ("http://far.org/far",) * 2


def test_defaults_of_urls_are_filled_in_from_the_outside_in(app):
    shop = Blueprint("shop", __name__, url_prefix="/<lang>")
    shop.add_url_rule("/<item>", "item", view)

    @app.url_defaults
    def language(endpoint, values):
        values.setdefault("lang", "en")

    @shop.url_defaults
    def item(endpoint, values):
        values.setdefault("item", values["lang"] * 2)

    app.register_blueprint(shop)
    assert both(app, "shop.item", {}) == ("/en/enen", "/en/enen")


def test_what_fills_in_defaults_may_come_later(app):
    app.add_url_rule("/<lang>", "index", view)
    with app.test_request_context("/x"):
        assert url_for("index", lang="de") == "/de"
        app.url_defaults(lambda endpoint, values: values.update(lang="fr"))
        assert url_for("index") == "/fr"


def test_a_rule_that_comes_during_a_context_is_built_of(app):
    app.add_url_rule("/old", "index", view)
    with app.test_request_context("/x"):
        assert url_for("index") == "/old"
        app.add_url_rule("/new/<int:id>", "new", view)
        assert url_for("new", id=1) == "/new/1"


def test_an_endpoint_that_gets_a_second_rule_is_built_of_the_better_one(app):
    app.add_url_rule("/all", "index", view)
    with app.test_request_context("/x"):
        assert url_for("index", page=2) == "/all?page=2"
        app.add_url_rule("/all/<int:page>", "index", view)
        assert url_for("index", page=2) == "/all/2"


class OwnRule(Rule):
    def build(self, values, append_unknown=True):
        domain, path = super().build(values, append_unknown)
        return domain, f"/own{path}"


class UnsuitableRule(Rule):
    def suitable_for(self, values, method=None):
        return False


class OwnAdapter(MapAdapter):
    def build(self, *args, **kwargs):
        return f"own:{super().build(*args, **kwargs)}"


class OwnMap(GeneralMap):
    def bind_to_environ(self, *args, **kwargs):
        adapter = super().bind_to_environ(*args, **kwargs)
        adapter.__class__ = OwnAdapter
        return adapter


def with_class_attribute(name, value):
    kind = type("Own", (Flask,), {name: value})
    app = kind(__name__)
    app.add_url_rule("/<int:id>", "number", view)
    return app


def with_own_adapters():
    class Own(Flask):
        def create_url_adapter(self, request):
            adapter = super().create_url_adapter(request)
            adapter.script_name = "/own/"
            return adapter

    app = Own(__name__)
    app.add_url_rule("/<int:id>", "number", view)
    return app


@pytest.mark.parametrize(
    ("make", "url"),
    [
        (lambda: with_class_attribute("url_rule_class", OwnRule), "/own/7"),
        (lambda: with_class_attribute("url_map_class", OwnMap), "own:/7"),
        (with_own_adapters, "/own/7"),
    ],
)
def test_who_builds_differently_is_asked(make, url):
    assert both(make(), "number", {"id": 7}) == (url, url)


def test_a_rule_that_suits_nothing_is_not_built_of():
    app = with_class_attribute("url_rule_class", UnsuitableRule)
    short, long = both(app, "number", {"id": 7})
    assert short == long
    assert short[0] is BuildError


def test_adapters_that_are_patched_are_asked(app, monkeypatch):
    app.add_url_rule("/", "index", view)
    monkeypatch.setattr(MapAdapter, "build", lambda *args, **kwargs: "/patched")
    assert both(app, "index", {}) == ("/patched", "/patched")


def test_the_adapter_that_a_context_is_given_is_asked(app):
    app.add_url_rule("/", "index", view)
    with app.test_request_context("/"):
        request_ctx.url_adapter = app.url_map.bind("far.org", "/far")
        assert url_for("index") == "/far/"


def test_what_cannot_be_built_is_handled(app):
    app.add_url_rule("/<int:id>", "number", view)
    seen = []

    @app.url_build_error_handlers.append
    def instead(error, endpoint, values):
        seen.append((endpoint, values))
        return "/instead"

    with app.test_request_context("/"):
        assert url_for("number", name="x") == "/instead"
        assert request.path == "/"
    rest = {"_anchor": None, "_method": None, "_scheme": None, "_external": False}
    assert seen == [("number", {"name": "x", **rest})]


def test_outside_of_a_request_nothing_is_filled_in_before_it_is_known_to_be_of_use(app):
    app.url_defaults(lambda endpoint, values: 1 / 0)
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("static", filename="x")
