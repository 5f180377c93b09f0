"""What is measured: for each workload, one app in each framework's own words.

A workload is a function from a framework to a callable that sends one request and
returns (status, body). Nothing is timed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .frameworks import (
    Answer,
    Call,
    Framework,
    WSGIApp,
    cookie_set_by,
    environ_for,
    wsgi_call,
)

HELLO = "Hello, World!"
ADA = {"id": 7, "name": "Ada", "tags": ["math", "engines"]}
SECRET = "not a secret: it signs the benchmark's cookies"
RULES = 1000


def hello_view(framework: Framework) -> Call:
    return wsgi_call(hello_app(framework), environ_for("/"))


def dict_view(framework: Framework) -> Call:
    return wsgi_call(one_view(framework, lambda: ADA), environ_for("/"))


def thousand_rules(framework: Framework) -> Call:
    rules = [f"/things{n}/{{id}}" for n in range(RULES - 1)]
    rules.insert(RULES // 2, "/users/{id}")
    builders: dict[str, Callable[..., WSGIApp]] = {
        "flask": _flask_rules,
        "bottle": _bottle_rules,
        "werkzeug": _werkzeug_rules,
    }
    app = builders[framework.family](framework.module, rules)
    return wsgi_call(app, environ_for("/users/42"))


def session_read(framework: Framework) -> Call:
    builders: dict[str, Callable[..., WSGIApp]] = {
        "flask": _flask_session,
        "bottle": _bottle_session,
        "werkzeug": _werkzeug_session,
    }
    app = builders[framework.family](framework.module)
    return wsgi_call(app, environ_for("/", cookie_set_by(app, "/login")))


def client_get(framework: Framework) -> Call:
    from werkzeug.test import Client

    app: Any = hello_app(framework)
    client = app.test_client() if framework.family == "flask" else Client(app)

    def call() -> Answer:
        response = client.get("/")
        return response.status, response.data

    return call


def _says(text: str) -> Callable[[bytes], bool]:
    return lambda body: body == text.encode()


# Each workload by its name, with the check of its answer's body.
WORKLOADS: dict[str, tuple[Callable[[Framework], Call], Callable[[bytes], bool]]] = {
    "hello view": (hello_view, _says(HELLO)),
    "dict view": (dict_view, lambda body: json.loads(body) == ADA),
    "1,000 rules": (thousand_rules, _says("user 42")),
    "session read": (session_read, _says("Hello, Ada")),
    "client.get": (client_get, _says(HELLO)),
}


def build(name: str, framework: Framework) -> Call:
    """Return a workload's callable, its answer checked.

    Raises AssertionError if the framework answers anything but what is meant:
    a wrong answer must not win a race.
    """
    make, is_right = WORKLOADS[name]
    call = make(framework)
    for _ in range(2):  # a second one, for what the first leaves behind
        status, body = call()
        right = status == "200 OK" and is_right(body)
        assert right, f"{framework.name}, {name}: {status} {body[:200]!r}"
    return call


def hello_app(framework: Framework) -> WSGIApp:
    return one_view(framework, lambda: HELLO)


def one_view(framework: Framework, view: Callable[[], Any]) -> WSGIApp:
    """Return an app with view at / and nothing else."""
    module: Any = framework.module
    app: Any
    if framework.family == "flask":
        app = module.Flask("benchmark")
        app.get("/")(view)
    elif framework.family == "bottle":
        app = module.Bottle()
        app.get("/")(view)
    else:
        app = _werkzeug_app({"/": lambda request: view()})
    return app


def _flask_rules(module: Any, rules: list[str]) -> WSGIApp:
    app = module.Flask("benchmark")
    for number, rule in enumerate(rules):
        rule = rule.replace("{id}", "<int:id>")
        app.add_url_rule(rule, f"view{number}", lambda id: f"user {id}")
    return app


def _bottle_rules(module: Any, rules: list[str]) -> WSGIApp:
    app = module.Bottle()
    for rule in rules:
        app.get(rule.replace("{id}", "<id:int>"))(lambda id: f"user {id}")
    return app


def _werkzeug_rules(module: Any, rules: list[str]) -> WSGIApp:
    return _werkzeug_app(
        {
            rule.replace("{id}", "<int:id>"): lambda request, id: f"user {id}"
            for rule in rules
        }
    )


def _flask_session(module: Any) -> WSGIApp:
    app = module.Flask("benchmark")
    app.secret_key = SECRET

    @app.get("/login")
    def login() -> str:
        module.session["name"] = "Ada"
        return "welcome"

    @app.get("/")
    def read() -> str:
        return f"Hello, {module.session['name']}"

    return app


def _bottle_session(module: Any) -> WSGIApp:
    app = module.Bottle()

    @app.get("/login")
    def login() -> str:
        module.response.set_cookie("name", "Ada", secret=SECRET)
        return "welcome"

    @app.get("/")
    def read() -> str:
        return f"Hello, {module.request.get_cookie('name', secret=SECRET)}"

    return app


def _werkzeug_session(module: Any) -> WSGIApp:
    from itsdangerous import URLSafeTimedSerializer
    from werkzeug.wrappers import Request, Response

    signer = URLSafeTimedSerializer(SECRET)

    def login(request: Request) -> Response:
        response = Response("welcome")
        response.set_cookie("session", signer.dumps({"name": "Ada"}))
        return response

    def read(request: Request) -> str:
        session = signer.loads(request.cookies["session"], max_age=3600)
        return f"Hello, {session['name']}"

    return _werkzeug_app({"/login": login, "/": read})


def _werkzeug_app(views: dict[str, Callable[..., Any]]) -> WSGIApp:
    """Return what Werkzeug's own tutorial would: a map, a match, a response."""
    from werkzeug.routing import Map, Rule
    from werkzeug.wrappers import Request, Response

    url_map = Map([Rule(rule, endpoint=rule) for rule in views])

    def app(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        endpoint, values = url_map.bind_to_environ(environ).match()
        result = views[endpoint](request, **values)
        if isinstance(result, dict):
            result = Response(json.dumps(result), mimetype="application/json")
        elif isinstance(result, str):
            result = Response(result)
        return result(environ, start_response)

    return app
