"""Records outside of cells: Flask's own rules, and that a refusal changes nothing."""

from __future__ import annotations

import gc
import types
from typing import Any
from weakref import ref

import pytest
from werkzeug.routing import BaseConverter

from nbflask import Blueprint, Flask, session
from nbflask.errors import EndpointConflict, MountConflict, SetupFinished
from nbflask.registry.records import Hook, Mount, Route, View


def state(app: Flask) -> dict[str, Any]:
    """Return all that can be registered, as Flask's attributes show it."""
    return {
        "rules": [(str(each), each.endpoint) for each in app.url_map.iter_rules()],
        "views": dict(app.view_functions),
        "blueprints": dict(app.blueprints),
        "before": app.before_request_funcs.shown(),
        "handlers": app.error_handler_spec.shown(),
        "filters": dict(app.jinja_env.filters),
        "records": app.registry.records,
    }


def module(name: str, **names: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    made.__dict__.update(names)
    return made


# What a registration is


def test_every_registration_is_one_record_with_its_owner(app):
    library = module("library", app=app)
    exec(
        "@app.route('/')\ndef index(): return ''\n"
        "@app.before_request\ndef check(): pass\n",
        library.__dict__,
    )
    mine = [each for each in app.registry.records if each.owner.name == "library"]
    assert [type(each) for each in mine] == [Route, View, Hook]
    assert {each.owner.kind for each in mine} == {"module"}


def test_many_registrations_are_compiled_once_and_only_when_asked_for(app):
    before = app.registry.table
    for number in range(10):
        app.add_url_rule(f"/{number}", f"view{number}", lambda: "")
    assert app.registry.table is app.registry.table
    assert app.registry.table is not before
    assert len(before.views) < len(app.registry.table.views)


def test_a_rule_that_did_not_change_is_not_bound_again(app):
    app.add_url_rule("/a", "a", lambda: "")
    (rule,) = (each for each in app.url_map.iter_rules() if each.endpoint == "a")
    app.add_url_rule("/b", "b", lambda: "")
    assert any(each is rule for each in app.url_map.iter_rules())


def test_a_view_may_have_many_rules_and_be_registered_again(app, client):
    def view(page=1):
        return f"page {page}"

    app.add_url_rule("/", view_func=view)
    app.add_url_rule("/<int:page>", view_func=view)
    app.add_url_rule("/first", view_func=view, defaults={"page": 1})
    app.add_url_rule("/<int:page>", view_func=view)
    assert client.get("/").text == client.get("/first").text == "page 1"
    assert client.get("/3").text == "page 3"


def test_a_hook_that_is_registered_twice_runs_twice(app, client):
    ran = []
    app.before_request(lambda: ran.append(1))
    hook = app.before_request_funcs[None][0]
    app.before_request(hook)
    client.get("/")
    assert ran == [1, 1]


def test_the_later_of_two_handlers_or_filters_counts(app, client):
    for number in (1, 2):
        app.register_error_handler(404, lambda error, number=number: (f"{number}", 404))
        app.add_template_filter(lambda text, number=number: number, "count")
    assert client.get("/").text == "2"
    assert app.jinja_env.from_string("{{ ''|count }}").render() == "2"
    records = [each for each in app.registry.records if type(each) not in {Route, View}]
    assert len(records) == 2


def test_an_app_is_freed_as_soon_as_nobody_uses_it():
    app = Flask("short_lived")
    app.add_url_rule("/", "index", lambda: "")
    app.test_client().get("/")
    known = ref(app)
    gc.disable()
    try:
        del app
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", ["request_class", "response_class"])
def test_a_class_of_requests_or_responses_is_freed_with_its_app(kind):
    app = Flask("short_lived")
    app.add_url_rule("/", "index", lambda: session.get("name", "Hello"))
    own = type("Own", (getattr(Flask, kind),), {"app": app})
    setattr(app, kind, own)
    assert app.test_client().get("/").text == "Hello"
    known = ref(own)
    del app, own
    gc.collect()
    assert known() is None


# What is refused


class Even(BaseConverter):
    regex = "[02468]"


def again(app: Flask) -> None:
    app.add_url_rule("/again", "index", lambda: "")


def taken_name(app: Flask) -> None:
    app.register_blueprint(Blueprint("shop", __name__))


def same_blueprint(app: Flask) -> None:
    app.register_blueprint(app.blueprints["shop"])


def taken_endpoint_in_blueprint(app: Flask) -> None:
    blueprint = Blueprint("new", __name__)
    blueprint.add_url_rule("/", "index", lambda: "")
    blueprint.add_url_rule("/other", "index", lambda: "")


def broken_rule_in_blueprint(app: Flask) -> None:
    blueprint = Blueprint("new", __name__)
    blueprint.add_url_rule("/fine", "fine", lambda: "")
    blueprint.add_url_rule("/<nope:x>", "broken", lambda x: "")
    app.register_blueprint(blueprint)


def rule(text: str, **options: Any) -> Any:
    def register(app: Flask) -> None:
        app.add_url_rule(text, "new", lambda **values: "", **options)

    register.__name__ = f"rule {text!r} {options}"
    return register


REFUSED = [
    (again, AssertionError, "overwriting an existing endpoint function: index"),
    (taken_name, ValueError, "'shop' is already registered for a different blueprint"),
    (same_blueprint, ValueError, "'shop' is already registered for this blueprint"),
    (taken_endpoint_in_blueprint, AssertionError, "existing endpoint function: index"),
    (broken_rule_in_blueprint, LookupError, "'nope' does not exist"),
    (rule("/<nope:x>"), LookupError, "'nope' does not exist"),
    (rule("/<even:x>/<even:x>"), SyntaxError, "duplicate argument"),
    (rule("no-slash"), ValueError, "slash"),
    (rule("/<int:x"), ValueError, "(?i)malformed"),
    (rule("/x", methods="POST"), TypeError, "list of strings"),
    (rule("/x", nonsense=1), TypeError, "nonsense"),
    (
        lambda app: app.register_error_handler(999, print),
        ValueError,
        "not a recognized HTTP error code",
    ),
    (
        lambda app: app.register_error_handler(ValueError(), print),
        TypeError,
        "instance, not a class",
    ),
    (
        lambda app: app.register_error_handler(object, print),
        ValueError,
        "not a subclass of Exception",
    ),
]


@pytest.mark.parametrize(
    ("register", "error", "words"),
    REFUSED,
    ids=[getattr(each[0], "__name__", "") for each in REFUSED],
)
def test_a_registration_that_is_refused_changes_nothing(app, register, error, words):
    app.url_map.converters["even"] = Even
    app.add_url_rule("/", "index", lambda: "")
    app.register_error_handler(404, lambda error: "")
    app.before_request(lambda: None)
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/", "index", lambda: "")
    app.register_blueprint(shop)
    before = state(app)
    with pytest.raises(error, match=words):
        register(app)
    assert state(app) == before


def test_a_refused_member_of_a_mounted_blueprint_changes_neither_of_them(app):
    shop = Blueprint("shop", __name__)
    app.register_blueprint(shop)
    shop._got_registered_once = False  # as if its setup were not over
    before = state(app)
    with pytest.raises(LookupError):
        shop.add_url_rule("/<nope:x>", "index", lambda x: "")
    assert (state(app), shop.registry.records) == (before, ())


def test_a_conflict_names_the_view_that_serves_the_endpoint_and_the_fix(app):
    def show_home():
        return ""

    app.add_url_rule("/", "index", show_home)
    with pytest.raises(EndpointConflict) as caught:
        app.add_url_rule("/x", "index", lambda: "")
    assert "show_home" in str(caught.value)
    assert 'endpoint="index2"' in str(caught.value)


def test_errors_are_told_apart_by_class(app, client):
    app.register_blueprint(Blueprint("shop", __name__))
    with pytest.raises(MountConflict):
        app.register_blueprint(Blueprint("shop", __name__))
    client.get("/")
    with pytest.raises(SetupFinished):
        app.before_request(print)


LATE = {
    "route": lambda app: app.route("/late"),
    "add_url_rule": lambda app: app.add_url_rule("/late", "late", print),
    "get": lambda app: app.get("/late"),
    "before_request": lambda app: app.before_request(print),
    "errorhandler": lambda app: app.errorhandler(404),
    "register_error_handler": lambda app: app.register_error_handler(404, print),
    "template_filter": lambda app: app.template_filter(),
    "add_template_global": lambda app: app.add_template_global(print),
    "context_processor": lambda app: app.context_processor(dict),
    "teardown_appcontext": lambda app: app.teardown_appcontext(print),
    "register_blueprint": lambda app: app.register_blueprint(Blueprint("b", __name__)),
}


@pytest.mark.parametrize("name", LATE)
def test_after_the_first_request_setup_is_too_late(app, client, name):
    client.get("/")
    before = state(app)
    with pytest.raises(AssertionError) as caught:
        LATE[name](app)
    assert f"The setup method '{name}' can no longer be called" in str(caught.value)
    assert "It has already handled its first request" in str(caught.value)
    assert state(app) == before


def test_a_mounted_blueprint_is_set_up_for_good(app):
    shop = Blueprint("shop", __name__)
    app.register_blueprint(shop)
    with pytest.raises(AssertionError, match="the blueprint 'shop'"):
        shop.add_url_rule("/", "index", lambda: "")


def test_an_app_that_is_freed_while_its_blueprint_gets_a_member_is_in_nobodys_way():
    shop, app = Blueprint("shop", "shop"), Flask("test_app")
    app.register_blueprint(shop)
    mount = next(each for each in app.registry.records if isinstance(each, Mount))
    apps_registry = app.registry
    del app
    gc.collect()
    assert apps_registry.front is None
    shop._got_registered_once = False
    shop.add_url_rule("/late", "late", lambda: "")
    apps_registry.admit((mount,), shop.registry.records)
